//! The reference of all keys, as Markdown for the README.

use super::keys::{self, Key};
use std::fmt::Write;

/// Every key with its variable, default, and what is allowed, section by section.
pub fn reference() -> String {
    let mut page = String::new();
    for section in keys::sections() {
        let _ = write!(page, "#### `[{}]`\n\n{}\n\n", section.name, section.meaning);
        page.push_str("| key | default | allowed | meaning |\n| --- | --- | --- | --- |\n");
        for key in &section.keys {
            let _ = writeln!(
                page,
                "| `{}`<br>`{}` | {} | {} | {} |",
                key.name
                    .trim_start_matches(&section.name)
                    .trim_start_matches('.'),
                key.variable(),
                default_of(key),
                key.allowed,
                key.meaning,
            );
        }
        page.push('\n');
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

fn default_of(key: &Key) -> String {
    match &key.default {
        Some(default) => format!("`{default}`"),
        None if key.required => "must be set".to_owned(),
        None => "not set".to_owned(),
    }
}
