//! Everything from outside passes through here before it stands in Markdown.
//!
//! # Guarantees
//! Whatever goes in, what comes out is one line that stays within its table cell or list item, starts no
//! HTML, makes no link, mentions nobody, refers to no issue and shows no control characters. Texts in
//! backquotes stay code, because that is how findings and AWS name things.

use std::fmt::Write as _;
use url::Url;

/// The longest value that is shown as code, in characters.
pub(super) const CODE_AT_MOST: usize = 300;
/// The longest sentence of somebody else that is repeated, in characters.
pub(super) const TEXT_AT_MOST: usize = 1_000;
/// The longest address that is made a link, in characters.
const LINK_AT_MOST: usize = 1_000;

/// One line of plain text of at most `at_most` characters: for titles and descriptions, which are no Markdown.
pub(super) fn plain(text: &str, at_most: usize) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        let word: String = word.chars().filter(|c| !is_invisible(*c)).collect();
        if word.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    if line.chars().count() <= at_most {
        return line;
    }
    let mut short: String = line.chars().take(at_most.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// A value as code that may stand in a table, at most [`CODE_AT_MOST`] characters of it.
pub(super) fn code(value: &str) -> String {
    let value = plain(value, CODE_AT_MOST);
    if value.is_empty() {
        return "(empty)".to_owned();
    }
    // A code span cannot hold a backquote of its own length, and tables read `|` and `\` before code spans
    // are looked for. HTML with entities holds anything, but is harder to read where Markdown is not rendered.
    if value.contains(['`', '|', '\\']) {
        format!("<code>{}</code>", entities(&value))
    } else {
        format!("`{value}`")
    }
}

/// A value as code that stands outside of tables, at most [`TEXT_AT_MOST`] characters of it.
pub(super) fn quote(value: &str) -> String {
    let value = plain(value, TEXT_AT_MOST);
    if value.is_empty() {
        return "(empty)".to_owned();
    }
    let longest = value.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // A backquote at either end would be taken for a part of the fence.
    let space = if longest == 0 { "" } else { " " };
    format!("{fence}{space}{value}{space}{fence}")
}

/// A sentence of somebody else, at most [`TEXT_AT_MOST`] characters of it.
pub(super) fn text(sentence: &str) -> String {
    let sentence = plain(sentence, TEXT_AT_MOST);
    let parts: Vec<&str> = sentence.split('`').collect();
    let last = parts.len() - 1;
    let mut escaped = String::with_capacity(sentence.len() + 16);
    for (index, part) in parts.iter().enumerate() {
        let opened = index % 2 == 1;
        if opened && index < last && !part.trim().is_empty() {
            // Two spans without anything between would be read as one.
            if escaped.ends_with('`') {
                escaped.push(' ');
            }
            escaped.push_str(&code(part));
            continue;
        }
        if opened {
            escaped.push_str("\\`");
        }
        escape_into(&mut escaped, part);
        if opened && index < last {
            escaped.push_str("\\`");
        }
    }
    escaped
}

/// An `http` or `https` address as a link, if it is one and leads where it seems to lead.
pub(super) fn link(address: &str) -> Option<String> {
    web_address(address).map(|address| format!("<{address}>"))
}

/// An `http` or `https` address, fit to stand in a link; `None` for anything else.
pub(super) fn web_address(address: &str) -> Option<String> {
    if address != plain(address, LINK_AT_MOST) || address.contains(' ') {
        return None;
    }
    let url = Url::parse(address).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.host().is_some();
    if !is_web || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    Some(destination(&url))
}

/// An address of ours, fit to stand in a link.
pub(super) fn destination(url: &Url) -> String {
    let mut encoded = String::with_capacity(url.as_str().len());
    for character in url.as_str().chars() {
        match character {
            '|' | '`' | '\\' | '(' | ')' | '<' | '>' | '{' | '}' | '"' => {
                let mut utf8 = [0; 4];
                for byte in character.encode_utf8(&mut utf8).bytes() {
                    let _ = write!(encoded, "%{byte:02X}");
                }
            }
            other => encoded.push(other),
        }
    }
    encoded
}

/// Twelve digits that stand alone may be an account's id: they are hidden where strangers read along.
pub(super) fn without_account_ids(text: &str) -> String {
    let mut hidden = String::with_capacity(text.len());
    let mut digits = String::new();
    for character in text.chars().chain(std::iter::once('\n')) {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        if digits.len() == 12 {
            hidden.push_str("************");
        } else {
            hidden.push_str(&digits);
        }
        digits.clear();
        hidden.push(character);
    }
    hidden.pop();
    hidden
}

/// Characters that turn text around or cannot be seen.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}'
    )
}

fn entities(text: &str) -> String {
    text.chars().fold(String::new(), |mut encoded, character| {
        if character.is_ascii_punctuation() {
            let _ = write!(encoded, "&#{};", u32::from(character));
        } else {
            encoded.push(character);
        }
        // E-mail addresses are looked for after entities were read.
        if character == '@' {
            encoded.push('\u{200B}');
        }
        encoded
    })
}

fn escape_into(escaped: &mut String, text: &str) {
    let mut previous = [' '; 3];
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek().copied();
        match character {
            '\\' | '*' | '_' | '[' | ']' | '~' => {
                escaped.push('\\');
                escaped.push(character);
            }
            '<' | '>' | '&' | '|' | '$' => {
                let _ = write!(escaped, "&#{};", u32::from(character));
            }
            // A mention notifies and a reference shows up in the other issue, escaped or not: only a
            // character in between keeps them from being found.
            '@' => escaped.push_str("@\u{200B}"),
            '#' if next.is_some_and(|next| next.is_ascii_digit()) => escaped.push_str("#\u{200B}"),
            '-' if previous[1..]
                .iter()
                .collect::<String>()
                .eq_ignore_ascii_case("gh") =>
            {
                escaped.push_str("-\u{200B}");
            }
            // Addresses are not made links by themselves.
            ':' if next == Some('/') => escaped.push_str("&#58;"),
            '.' if previous.iter().all(|before| matches!(before, 'w' | 'W')) => {
                escaped.push_str("&#46;");
            }
            other => escaped.push(other),
        }
        previous = [previous[1], previous[2], character];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;
    use proptest::prelude::*;

    #[test]
    fn a_sentence_is_readable_and_harmless() {
        let sentence = text(
            "Resource of type 'AWS::S3::Bucket' *failed*: <b>no</b> | see #12,\n@octocat at https://a.example/x",
        );
        // Between `@` or `#` and what follows is a character that cannot be seen.
        assert_snapshot!(
            sentence.replace('\u{200B}', "{ZWSP}"),
            @r"Resource of type 'AWS::S3::Bucket' \*failed\*: &#60;b&#62;no&#60;/b&#62; &#124; see #{ZWSP}12, @{ZWSP}octocat at https&#58;//a.example/x"
        );
    }

    #[test]
    fn names_in_backquotes_stay_code() {
        assert_snapshot!(text("`stakcs` is not a known key, did you mean `stacks`?"), @"`stakcs` is not a known key, did you mean `stacks`?");
        assert_snapshot!(text("an odd ` stays as it is"), @r"an odd \` stays as it is");
        assert_snapshot!(text("``, ` ` and `a``b`"), @r"\`\`, \` \` and `a` `b`");
        assert_snapshot!(text("`a|b`"), @"<code>a&#124;b</code>");
        // A backslash before a backquote is a backslash of its own: the code begins after it.
        assert_snapshot!(text(r"\`!``a`"), @r"\\`!` `a`");
    }

    #[test]
    fn code_after_a_backslash_is_harmless_too() {
        assert_harmless(&text(r"\`!``a`"), r"\!a").expect("harmless");
    }

    #[test]
    fn the_judge_sees_what_is_not_harmless() {
        for (escaped, why) in [
            ("a | b", "another cell"),
            ("*a*", "emphasis"),
            ("<b>", "HTML"),
            ("[a](https://a.example)", "a link"),
            ("see https://a.example", "an address"),
            ("see www.a.example", "an address"),
            ("@octocat", "a mention"),
            ("&#64;octocat", "a mention"),
            ("#12", "a reference"),
            ("GH-12", "a reference"),
            ("$a$", "a formula"),
            ("<code>a@b.example</code>", "an e-mail address"),
        ] {
            let said = escaped.replace("&#64;", "@").replace("<code>", "");
            let said = said.replace("</code>", "");
            assert!(assert_harmless(escaped, &said).is_err(), "{why}: {escaped}");
        }
    }

    #[test]
    fn code_holds_anything() {
        assert_snapshot!(code("arn:aws:s3:::my_bucket @x <b>"), @"`arn:aws:s3:::my_bucket @x <b>`");
        assert_snapshot!(code("a`b|c\\d"), @"<code>a&#96;b&#124;c&#92;d</code>");
        assert_snapshot!(code(" \n\t"), @"(empty)");
        assert_eq!(code(&"x".repeat(1_000)).chars().count(), CODE_AT_MOST + 2);
    }

    #[test]
    fn a_quote_is_fenced_by_more_backquotes_than_it_holds() {
        assert_snapshot!(quote("no | or \\ trouble"), @r"`no | or \ trouble`");
        assert_snapshot!(quote("`a` and ``b``"), @"``` `a` and ``b`` ```");
        assert_snapshot!(quote(""), @"(empty)");
    }

    #[test]
    fn only_web_addresses_become_links() {
        assert_eq!(
            link("https://shop.example/a|b?c=`(d)`").unwrap(),
            "<https://shop.example/a%7Cb?c=%60%28d%29%60>"
        );
        for other in [
            "javascript:alert(1)",
            "ftp://a.example",
            "https://user:secret@a.example",
            "https://github.com@evil.example",
            "https://a.example/\nhttps://b.example",
            "https://a.example/ b",
            "shop.example",
            "",
        ] {
            assert_eq!(link(other), None, "{other}");
        }
    }

    #[test]
    fn account_ids_are_hidden_and_other_numbers_are_not() {
        assert_eq!(
            without_account_ids(
                "arn:aws:sqs:eu-west-1:123456789012:jobs at 1700000000 1700000000000"
            ),
            "arn:aws:sqs:eu-west-1:************:jobs at 1700000000 1700000000000"
        );
        assert_eq!(without_account_ids("123456789012"), "************");
        assert_eq!(without_account_ids(""), "");
    }

    #[test]
    fn text_that_runs_backwards_is_straightened() {
        assert_eq!(plain("a\u{202E}b\u{200B}c\u{0007}d", 10), "abc d");
    }

    proptest! {
        #[test]
        fn a_line_stays_one_bounded_line(any in "\\PC{0,40}|[ -~\\r\\n\t\u{85}\u{2028}]{0,40}", at_most in 1_usize..20) {
            let line = plain(&any, at_most);
            prop_assert!(line.chars().count() <= at_most);
            prop_assert!(!line.chars().any(|c| c.is_control() || is_invisible(c)));
            prop_assert!(!line.starts_with(' '));
        }

        #[test]
        fn a_sentence_reads_as_it_was_said(said in "([ -~\n]|@a|#1|www\\.a\\.de|https?://a|<b>|\\*\\*a){0,30}") {
            assert_harmless(&text(&said), &plain(&said, TEXT_AT_MOST))?;
        }

        #[test]
        fn code_reads_as_it_was_said(said in "[ -~\n]{0,60}") {
            assert_harmless(&code(&said), &plain(&said, CODE_AT_MOST))?;
        }

        #[test]
        fn a_quote_reads_as_it_was_said(said in "[!-~][ -~\n`]{0,60}") {
            let page = rendered(&format!("> {}", quote(&said)));
            prop_assert_eq!(page.nodes, vec!["block quote", "paragraph", "code"]);
            prop_assert_eq!(letters(&page.seen), letters(&plain(&said, TEXT_AT_MOST)));
        }

        #[test]
        fn a_link_ends_where_it_should(any in "https?://[ -~]{0,40}") {
            if let Some(link) = link(&any) {
                let inside = &link[1..link.len() - 1];
                prop_assert!(!inside.contains(['<', '>', ' ', '|', '`', '\\', '(', ')', '\n']), "{link}");
            }
        }

        #[test]
        fn hiding_account_ids_never_panics(any in "\\PC{0,30}[0-9]{10,14}\\PC{0,10}") {
            without_account_ids(&any);
        }
    }

    /// In a table, what was escaped is one cell that says what was said, and nothing else.
    fn assert_harmless(escaped: &str, said: &str) -> Result<(), TestCaseError> {
        let page = rendered(&format!("| a | b |\n| - | - |\n| {escaped} | end |"));
        let cells = page.nodes.iter().filter(|node| **node == "cell").count();
        prop_assert_eq!(cells, 4, "{}", escaped);
        let strange: Vec<_> = page
            .nodes
            .iter()
            .filter(|node| !matches!(**node, "table" | "row" | "cell" | "code"))
            .collect();
        prop_assert!(strange.is_empty(), "{strange:?} in {escaped}");
        prop_assert_eq!(
            letters(&page.seen),
            letters(&format!("ab{said}end")),
            "{}",
            escaped
        );
        prop_assert!(!escaped.contains('\n'));
        assert_nothing_is_found(&page)
    }

    /// What GitHub looks for besides Markdown, and makes links of: addresses in the source, mentions and e-mail
    /// addresses in what the source comes to, references in what of that is no code.
    fn assert_nothing_is_found(page: &Rendered) -> Result<(), TestCaseError> {
        let source = page.source.to_lowercase();
        for beginning in ["://", "www."] {
            prop_assert!(!source.contains(beginning), "{beginning} in {source}");
        }
        let is_bare = |found: char| {
            let mut after = page.outside.split(found).skip(1);
            after.any(|rest| !rest.starts_with('\u{200B}'))
        };
        prop_assert!(!is_bare('@'), "a mention in {}", page.outside);
        let prose = page.prose.to_lowercase();
        for beginning in ["#", "gh-"] {
            let mut after = prose.split(beginning).skip(1);
            let is_reference = after.any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            prop_assert!(!is_reference, "a reference in {prose}");
        }
        Ok(())
    }

    /// Text without what stands for code, for nothing, and for what must not be found.
    fn letters(text: &str) -> String {
        let text = text.replace("(empty)", "");
        text.chars()
            .filter(|c| !matches!(c, '`' | ' ' | '\u{200B}'))
            .collect()
    }

    /// Markdown as a page.
    #[derive(Default)]
    struct Rendered {
        /// What a reader sees.
        seen: String,
        /// What it is made of.
        nodes: Vec<&'static str>,
        /// What a reader sees, without code spans.
        outside: String,
        /// What a reader sees, without any code.
        prose: String,
        /// The source without code spans.
        source: String,
    }

    fn rendered(markdown: &str) -> Rendered {
        use pulldown_cmark::{Event, Options, Parser, Tag};
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_MATH
            | Options::ENABLE_GFM;
        let mut page = Rendered::default();
        let (mut in_html_code, mut read_to) = (false, 0);
        for (event, range) in Parser::new_ext(markdown, options).into_offset_iter() {
            page.nodes.push(match event {
                Event::Text(text) => {
                    page.seen.push_str(&text);
                    page.outside.push_str(&text);
                    if !in_html_code {
                        page.prose.push_str(&text);
                    }
                    continue;
                }
                Event::End(_) => continue,
                Event::Code(code) => {
                    page.seen.push_str(&code);
                    page.source.push_str(&markdown[read_to..range.start]);
                    read_to = range.end;
                    "code"
                }
                Event::InlineHtml(html) if matches!(&*html, "<code>" | "</code>") => {
                    in_html_code = &*html == "<code>";
                    "code"
                }
                Event::Start(Tag::Table(_)) => "table",
                Event::Start(Tag::TableHead | Tag::TableRow) => "row",
                Event::Start(Tag::TableCell) => "cell",
                Event::Start(Tag::BlockQuote(None)) => "block quote",
                Event::Start(Tag::Paragraph) => "paragraph",
                _ => "something else",
            });
        }
        page.source.push_str(&markdown[read_to..]);
        page
    }
}
