//! Calls to services as data: what they ask, with gaps that are filled in, and how their answers are read.

use super::asker::{Asker, Obstacle};
use crate::cloud::{Call, next_page};
use serde::Deserialize;
use serde_json::Value;

/// A call whose input has gaps: `{name}` in any text of it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pattern {
    pub service: String,
    pub operation: String,
    pub input: Value,
}

impl Pattern {
    /// The call, with the gaps filled in.
    pub fn filled(&self, gaps: &[(&str, &str)]) -> Call {
        Call {
            service: self.service.clone(),
            operation: self.operation.clone(),
            input: filled(&self.input, gaps),
        }
    }

    /// The call, with each `{those:TYPE}` in a list replaced by all texts that `those` has; `None` if it has none.
    pub fn for_those(&self, type_name: &str, those: &[String]) -> Option<Self> {
        let gap = format!("{{those:{type_name}}}");
        (!those.is_empty()).then(|| Self {
            input: spread(&self.input, &gap, those),
            ..self.clone()
        })
    }

    /// The type named in a `{those:TYPE}`, if there is one.
    pub fn needs_those(&self) -> Option<String> {
        let text = self.input.to_string();
        let (_, after) = text.split_once("{those:")?;
        after.split_once('}').map(|(name, _)| name.to_owned())
    }

    /// How it is named in reasons.
    pub fn named(&self) -> String {
        format!("{} {}", self.service, self.operation)
    }
}

fn filled(value: &Value, gaps: &[(&str, &str)]) -> Value {
    match value {
        Value::String(text) => {
            let fill = |text: String, (name, with): &(&str, &str)| {
                text.replace(&format!("{{{name}}}"), with)
            };
            Value::String(gaps.iter().fold(text.clone(), fill))
        }
        Value::Array(items) => items.iter().map(|item| filled(item, gaps)).collect(),
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, value)| (key.clone(), filled(value, gaps)))
                .collect(),
        ),
        plain => plain.clone(),
    }
}

fn spread(value: &Value, gap: &str, those: &[String]) -> Value {
    match value {
        Value::Array(items) => items
            .iter()
            .flat_map(|item| {
                if item == gap {
                    those
                        .iter()
                        .map(|text| Value::from(text.as_str()))
                        .collect()
                } else {
                    vec![spread(item, gap, those)]
                }
            })
            .collect(),
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, value)| (key.clone(), spread(value, gap, those)))
                .collect(),
        ),
        plain => plain.clone(),
    }
}

/// All items of a list, through all pages. A list that is not there at all has none.
pub(super) async fn items(asker: &Asker<'_>, call: Call, at: &str) -> Result<Vec<Value>, Obstacle> {
    let mut found = Vec::new();
    let mut pages = vec![call];
    while let Some(call) = pages.last() {
        let answer = asker.call(call).await?;
        match answer.pointer(at) {
            Some(Value::Array(items)) => found.extend(items.iter().cloned()),
            Some(Value::Null) | None => {}
            // Half a list must not look like an empty one.
            Some(_) => return Err(trouble("UnreadableList", call, "gave no list at", at)),
        }
        let Some(next) = next_page(call, &answer) else {
            return Ok(found);
        };
        if pages.contains(&next) {
            let words = "names one page after the other and no last one";
            return Err(trouble("EndlessList", call, words, ""));
        }
        pages.push(next);
    }
    Ok(found)
}

fn trouble(code: &str, call: &Call, words: &str, at: &str) -> Obstacle {
    let message = format!("{} {} {words} {at}", call.service, call.operation);
    Obstacle::unknown(code, message.trim_end())
}

/// A scalar as text; `None` for everything else. The pointer is RFC 6901, empty for the value itself.
pub(super) fn text(value: &Value, pointer: &str) -> Option<String> {
    match value.pointer(pointer)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// Whether a text is like a pattern, in which `*` stands for any text and `?` for any one character.
pub(super) fn like(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut in_text) = (0, 0);
    // Where to go on when the latest star has to take one more character.
    let mut retry = None;
    while in_text < text.len() {
        match pattern.get(at) {
            Some('*') => {
                retry = Some((at + 1, in_text));
                at += 1;
            }
            Some(c) if *c == '?' || *c == text[in_text] => {
                at += 1;
                in_text += 1;
            }
            _ => {
                let Some((after_star, taken)) = retry else {
                    return false;
                };
                retry = Some((after_star, taken + 1));
                at = after_star;
                in_text = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::like;

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("default", "default", true),
            ("default", "defaults", false),
            ("default.*", "default.mysql8.0", true),
            ("default.*", "my-default.mysql8.0", false),
            (
                "arn:*:policy/ebbtide/*",
                "arn:aws:iam::1:policy/ebbtide/a/b",
                true,
            ),
            (
                "arn:*:policy/ebbtide/*",
                "arn:aws:iam::1:policy/mine/ebbtide",
                false,
            ),
            ("*a*b", "aabab", true),
            ("?*", "", false),
            ("?*", "x", true),
            ("", "", true),
        ] {
            assert_eq!(like(pattern, text), expected, "{pattern} {text}");
        }
    }
}
