//! What the demo prints.

use std::io::{self, Write};

/// Prints to standard output.
#[derive(Clone, Copy, Debug)]
pub struct Narrator;

impl Narrator {
    /// One line.
    #[expect(
        clippy::unused_self,
        reason = "whoever prints shows that it does by holding a narrator"
    )]
    pub fn line(self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "{text}")?;
        out.flush()
    }

    /// A step of the walk.
    pub fn step(self, text: &str) -> io::Result<()> {
        self.line("")?;
        self.line(&format!("── {text}"))
    }

    /// A step that held.
    pub fn held(self, text: &str) -> io::Result<()> {
        self.line(&format!("   ✓ {text}"))
    }

    /// A comment, as it stands on the pull request.
    pub fn comment(self, author: &str, body: &str) -> io::Result<()> {
        self.line(&format!("   ┌ {author}"))?;
        for line in plain(body) {
            self.line(format!("   │ {line}").trim_end())?;
        }
        self.line("   └")
    }
}

/// The comment's Markdown without what a page would hide: the marker, and what is folded away.
fn plain(body: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut folded = false;
    for line in body.lines().filter(|line| !line.starts_with("<!--")) {
        if let Some(summary) = line.trim().strip_prefix("<details>") {
            folded = true;
            let summary = summary.replace("<summary>", "").replace("</summary>", "");
            lines.push(format!("▸ {summary}"));
        } else if folded && line.contains("<summary>") {
            let summary = line.replace("<summary>", "").replace("</summary>", "");
            if let Some(last) = lines.last_mut() {
                *last = format!("▸ {summary}");
            }
        } else if line.trim() == "</details>" {
            folded = false;
        } else if !folded && (!line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()))
        {
            lines.push(line.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn what_a_page_hides_is_not_printed() {
        let body = "<!-- marker -->\n### Ready\n\n\n<details><summary>3 resources</summary>\n\n| a |\n\n</details>\n\nend";
        assert_eq!(plain(body), ["### Ready", "", "▸ 3 resources", "", "end"]);
    }
}
