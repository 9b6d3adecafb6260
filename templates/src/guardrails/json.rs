//! JSON in one form: the same content always gives the same text. `serde_json` can't promise that, because whether
//! its maps keep their order is decided by whichever crate asks for it.

use std::fmt::Write;

use serde_json::Value;

/// The order in which a statement is read best; everything else by name.
const FIRST: [&str; 9] = [
    "Version",
    "Statement",
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// Without a blank.
pub(super) fn short(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, None);
    text
}

/// Indented, a line per value.
pub(super) fn readable(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, Some(0));
    text.push('\n');
    text
}

fn write(text: &mut String, value: &Value, depth: Option<usize>) {
    let inside = depth.map(|depth| depth + 1);
    match value {
        Value::Array(items) if !items.is_empty() => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(text, index, inside);
                write(text, item, inside);
            }
            line(text, depth);
            text.push(']');
        }
        Value::Object(map) if !map.is_empty() => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_by_key(|key| {
                let place = FIRST.iter().position(|first| first == key);
                (place.unwrap_or(FIRST.len()), *key)
            });
            text.push('{');
            for (index, key) in keys.into_iter().enumerate() {
                separate(text, index, inside);
                let blank = if depth.is_some() { " " } else { "" };
                let _ = write!(text, "{}:{blank}", Value::from(key.as_str()));
                write(text, &map[key], inside);
            }
            line(text, depth);
            text.push('}');
        }
        plain => {
            let _ = write!(text, "{plain}");
        }
    }
}

fn separate(text: &mut String, index: usize, depth: Option<usize>) {
    if index > 0 {
        text.push(',');
    }
    line(text, depth);
}

fn line(text: &mut String, depth: Option<usize>) {
    if let Some(depth) = depth {
        let _ = write!(text, "\n{:1$}", "", depth * 2);
    }
}
