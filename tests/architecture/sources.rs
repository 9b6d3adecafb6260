//! Rust sources as the rules read them: with comments and the contents of strings blanked out, so that only code
//! is judged, and every line keeps its number.

use std::path::{Path, PathBuf};

/// One file.
pub struct Source {
    /// Its path from the repository's top.
    pub path: String,
    /// Its code; as many lines as the file has.
    pub code: String,
}

/// A path from the repository's top.
pub fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// A file's text.
pub fn read(path: &str) -> String {
    std::fs::read_to_string(root(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every Rust file in a folder and below, by path.
pub fn under(folder: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    let entries =
        std::fs::read_dir(root(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    for entry in entries {
        let name = entry
            .expect("an entry")
            .file_name()
            .into_string()
            .expect("a name");
        let path = format!("{folder}/{name}");
        if root(&path).is_dir() {
            sources.extend(under(&path));
        } else if Path::new(&name)
            .extension()
            .is_some_and(|extension| extension == "rs")
        {
            sources.push(Source::new(&path, &read(&path)));
        }
    }
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    sources
}

impl Source {
    /// A file with this text.
    pub fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            code: code_of(text),
        }
    }

    /// `path:line` of a place in the code.
    pub fn at(&self, position: usize) -> String {
        let line = 1 + self.code[..position].matches('\n').count();
        format!("{}:{line}", self.path)
    }

    /// The module a file is: `["environment", "wish"]`; empty for a crate's root.
    pub fn module(&self) -> Vec<&str> {
        let inside = self
            .path
            .split_once("/src/")
            .map_or("", |(_, inside)| inside);
        let inside = inside.trim_end_matches(".rs").trim_end_matches("/mod");
        match inside {
            "lib" | "main" => Vec::new(),
            inside => inside.split('/').collect(),
        }
    }
}

/// Whether a character may be a part of a name.
pub fn in_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Everywhere this word stands by itself.
pub fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word)
        .map(|(position, _)| position)
        .filter(move |position| !code[..*position].ends_with(in_name))
}

/// The text with spaces for whatever stands in comments, strings and characters.
fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (length, kept) = match token(rest, code.ends_with(in_name)) {
            Some(length) => (length, false),
            None => (first.len_utf8(), true),
        };
        let (taken, after) = rest.split_at(length);
        if kept {
            code.push_str(taken);
        } else {
            code.extend(taken.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        }
        rest = after;
    }
    code
}

/// How long the comment, string or character is that begins here, if one does.
fn token(rest: &str, after_name: bool) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(rest.find("*/").map_or(rest.len(), |end| end + 2));
    }
    if rest.starts_with('"') {
        return Some(quoted(rest, '"'));
    }
    if let Some(raw) = rest.strip_prefix('r').filter(|_| !after_name) {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            let fence = format!("\"{}", "#".repeat(hashes));
            let begin = 2 + hashes;
            return Some(
                rest[begin..]
                    .find(&fence)
                    .map_or(rest.len(), |end| begin + end + fence.len()),
            );
        }
    }
    // A quote is a character's, not a lifetime's, if another one closes it.
    let mut after = rest.strip_prefix('\'')?.chars();
    let is_character = match after.next()? {
        '\\' => true,
        _ => after.next() == Some('\''),
    };
    is_character.then(|| quoted(rest, '\''))
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (position, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            other if other == quote => return position + 1,
            _ => {}
        }
    }
    rest.len()
}

#[test]
fn only_code_is_read() {
    let text = r##"use a; // crate::b
let c = "crate::\"d"; /* crate::e
*/ let f = r#"crate::"g"#; let h: &'a str = '"'; i"##;
    let source = Source::new("service/src/x/y.rs", text);
    let left: Vec<String> = source
        .code
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        left,
        ["use a;", "let c = ;", "let f = ; let h: &'a str = ; i"]
    );
    assert_eq!(
        source.at(source.code.find("h:").expect("h")),
        "service/src/x/y.rs:3"
    );
    assert_eq!(source.module(), ["x", "y"]);
}
