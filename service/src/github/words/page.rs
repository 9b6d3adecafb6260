//! Markdown put together from blocks, within GitHub's bounds.

use super::time::ordinal;

/// GitHub takes 65,536 characters in a comment and 65,535 in a check run's summary.
pub(super) const PAGE_AT_MOST: usize = 60_000;
/// The longest a single table or list gets, in characters.
const BLOCK_AT_MOST: usize = 25_000;

/// Blocks of Markdown, one blank line apart.
#[derive(Default)]
pub(super) struct Page {
    blocks: Vec<String>,
}

impl Page {
    /// Adds a block, if there is something in it.
    pub(super) fn push(&mut self, block: impl Into<String>) {
        let block = block.into();
        if !block.is_empty() {
            self.blocks.push(block);
        }
    }

    /// Adds a block, if there is one.
    pub(super) fn push_some(&mut self, block: Option<String>) {
        self.push(block.unwrap_or_default());
    }

    /// The page. Blocks are left out whole when they do not fit, the longest-winded ones come last anyway.
    pub(super) fn render(self) -> String {
        const LEFT_OUT: &str = "Some of it is left out here, because it is too long.";
        let mut page = String::new();
        let mut length = LEFT_OUT.len() + 2;
        let mut left_out = false;
        for block in self.blocks {
            let longer = length + block.chars().count() + 2;
            if longer > PAGE_AT_MOST {
                left_out = true;
                continue;
            }
            length = longer;
            if !page.is_empty() {
                page.push_str("\n\n");
            }
            page.push_str(&block);
        }
        if left_out {
            page.push_str("\n\n");
            page.push_str(LEFT_OUT);
        }
        page
    }
}

/// Lines within bounds; `more` makes the last line of the number that was left out.
pub(super) fn bounded(
    lines: impl IntoIterator<Item = String>,
    at_most: usize,
    more: impl Fn(usize) -> String,
) -> String {
    let mut kept = String::new();
    let (mut count, mut length, mut left_out) = (0, 0, 0);
    for line in lines {
        length += line.chars().count() + 1;
        if left_out > 0 || count == at_most || length > BLOCK_AT_MOST {
            left_out += 1;
            continue;
        }
        count += 1;
        if !kept.is_empty() {
            kept.push('\n');
        }
        kept.push_str(&line);
    }
    if left_out > 0 {
        kept.push('\n');
        kept.push_str(&more(left_out));
    }
    kept
}

/// Rows of name and value; the first one is the table's head, which GitHub sets in bold.
pub(super) fn facts(rows: &[(String, String)]) -> String {
    let Some(((name, value), rest)) = rows.split_first() else {
        return String::new();
    };
    let rest = rest
        .iter()
        .map(|(name, value)| format!("| {name} | {value} |"));
    let body = bounded(rest, 100, |more| format!("| and {more} more | |"));
    let table = format!("| {name} | {value} |\n| :-- | :-- |\n{body}");
    table.trim_end().to_owned()
}

/// `a, b and c`.
pub(super) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `1 resource`, `3 resources`.
pub(super) fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// `3rd in the queue for an account`.
pub(super) fn place_in_queue(position: Option<u32>) -> String {
    match position {
        Some(position) => format!("{} in the queue for an account", ordinal(position)),
        None => "Waiting for an account".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_never_grows_past_its_bound() {
        let mut page = Page::default();
        page.push("first");
        page.push("");
        page.push("ü".repeat(PAGE_AT_MOST));
        page.push("last");
        assert_eq!(
            page.render(),
            "first\n\nlast\n\nSome of it is left out here, because it is too long."
        );
    }

    #[test]
    fn lists_say_how_much_they_leave_out() {
        let lines = || ["a", "b", "c"].map(str::to_owned);
        let more = |more| format!("and {more} more");
        assert_eq!(bounded(lines(), 3, more), "a\nb\nc");
        assert_eq!(bounded(lines(), 1, more), "a\nand 2 more");
        let long = ["x".repeat(BLOCK_AT_MOST), "b".to_owned(), "c".to_owned()];
        assert_eq!(bounded(long, 9, more), "\nand 3 more");
    }

    #[test]
    fn a_table_needs_a_row() {
        assert_eq!(facts(&[]), "");
        let row = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            facts(&[row("URL", "x"), row("Region", "y")]),
            "| URL | x |\n| :-- | :-- |\n| Region | y |"
        );
    }

    #[test]
    fn lists_read_naturally() {
        let items = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(list(&items), "a, b and c");
        assert_eq!(list(&items[..1]), "a");
        assert_eq!(list(&[]), "");
    }
}
