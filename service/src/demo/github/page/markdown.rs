//! Markdown as GitHub shows it in comments: tables, strikethrough, task lists, alerts, bare addresses as
//! links, kept line breaks, and HTML such as `<details>`.

use pulldown_cmark::{
    CowStr, Event, LinkType, Options, Parser, Tag, TagEnd, TextMergeStream, html,
};

/// Markdown as HTML. HTML inside it stays as it is: the page's policy keeps scripts, styles and addresses
/// in it from doing anything (see the module above), but it is not cleaned as GitHub cleans it.
pub(super) fn render(markdown: &str) -> String {
    let extensions = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM;
    // Inside links and code an address is not one more link.
    let mut depth = 0_u32;
    let events = TextMergeStream::new(Parser::new_ext(markdown, extensions)).flat_map(|event| {
        match event {
            Event::Start(Tag::Link { .. } | Tag::CodeBlock(_)) => depth += 1,
            Event::End(TagEnd::Link | TagEnd::CodeBlock) => depth = depth.saturating_sub(1),
            _ => {}
        }
        match event {
            Event::SoftBreak => vec![Event::HardBreak],
            Event::Text(text) if depth == 0 => linked(&text),
            other => vec![other],
        }
    });
    let mut page = String::new();
    html::push_html(&mut page, events);
    page
}

/// Text with its bare addresses as links.
fn linked(text: &str) -> Vec<Event<'static>> {
    let plain = |text: &str| Event::Text(CowStr::from(text.to_owned()));
    let mut events = Vec::new();
    let mut rest = text;
    while let Some(start) = ["https://", "http://"]
        .iter()
        .filter_map(|one| rest.find(one))
        .min()
    {
        let (before, address) = rest.split_at(start);
        let end = address.find(|one: char| one.is_whitespace() || one == '<');
        let address = &address[..end.unwrap_or(address.len())];
        // A full stop after an address belongs to the sentence.
        let address = address.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '"', '\'']);
        events.push(plain(before));
        events.push(Event::Start(Tag::Link {
            link_type: LinkType::Autolink,
            dest_url: CowStr::from(address.to_owned()),
            title: CowStr::from(""),
            id: CowStr::from(""),
        }));
        events.push(plain(address));
        events.push(Event::End(TagEnd::Link));
        rest = &rest[start + address.len()..];
    }
    events.push(plain(rest));
    events
}

#[cfg(test)]
mod tests {
    use super::render;

    #[test]
    fn a_comment_looks_as_on_github() {
        let html = render(
            "**Ready** ~~soon~~\nat https://shop.example.com/a?b=1&c=2.\n\n\
             | a | b |\n|---|---|\n| http://one.test | 2 |\n\n\
             <details><summary>More</summary>\n\n- `http://queue`\n\n</details>\n\n\
             [https://text](https://aim) <!-- hidden -->\n\n> [!NOTE]\n> Heed\n",
        );
        for part in [
            "<strong>Ready</strong> <del>soon</del><br />",
            "at <a href=\"https://shop.example.com/a?b=1&amp;c=2\">https://shop.example.com/a?b=1&amp;c=2</a>.",
            "<td><a href=\"http://one.test\">http://one.test</a></td><td>2</td>",
            "<details><summary>More</summary>",
            "<li><code>http://queue</code></li>",
            "<p><a href=\"https://aim\">https://text</a> <!-- hidden --></p>",
            "<blockquote class=\"markdown-alert-note\">",
        ] {
            assert!(html.contains(part), "{part} is missing in {html}");
        }
    }
}
