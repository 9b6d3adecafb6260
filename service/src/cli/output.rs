//! The one printer: answers to standard output, errors to standard error.

use chrono::{DateTime, Utc};
use clap::ValueEnum;
use serde::Serialize;
use std::io::{ErrorKind, Write};

/// In which form to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// A table for people
    Human,
    /// JSON for machines
    Json,
}

/// Prints text as it is. A reader that went away (`| head`) is no error.
pub fn text(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => Ok(done?),
    }
}

/// Prints a value as JSON.
pub fn json(value: &impl Serialize) -> anyhow::Result<()> {
    text(&(serde_json::to_string_pretty(value)? + "\n"))
}

/// Prints an error with its causes. Nothing is left to do if that fails.
pub fn error(error: &anyhow::Error) {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        // Many an error repeats its cause in its own words.
        if !text.contains(&cause) {
            text += if text.is_empty() { "" } else { ": " };
            text += &cause;
        }
    }
    let text = text.replace('\n', "\n       ");
    let _ = writeln!(std::io::stderr(), "error: {text}");
}

/// Rows under headings, in columns as wide as they need to be; the last one is as long as it is.
pub fn table<const N: usize>(
    headings: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut lines = vec![headings.map(str::to_owned)];
    lines.extend(rows.into_iter().map(|row| row.map(|cell| line(&cell))));
    let width = |column: usize| {
        let cells = lines.iter().map(|line| line[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let mut text = String::new();
    for line in &lines {
        let cells = line.iter().zip(widths);
        let padded: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        text.push_str(padded.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// A value on one line. What a template's author wrote into an output or a name must not steer the terminal of
/// whoever looks at it.
pub fn line(value: &str) -> String {
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    value.chars().map(plain).collect()
}

/// A time as people read it.
pub fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::{line, table};
    use insta::assert_snapshot;

    #[test]
    fn nothing_that_is_shown_steers_the_terminal() {
        assert_eq!(line("a\u{1b}[2J\r\nb\u{9b}c"), "a [2J  b c");
        assert_snapshot!(table(["A"], [["x\ny\u{7}".to_owned()]]), @r"
        A
        x y
        ");
    }

    #[test]
    fn columns_are_as_wide_as_they_need_to_be() {
        let rows = [["a", "1"], ["größer", "2 and more"]].map(|row| row.map(str::to_owned));
        assert_snapshot!(table(["NAME", "N"], rows), @r"
        NAME    N
        a       1
        größer  2 and more
        ");
    }
}
