//! Calls to services as data: what they ask, with gaps that are filled in, and how their answers are read.

use super::asker::{Asker, Obstacle};
use crate::cloud::Call;
use serde::Deserialize;
use serde_json::{Map, Value};

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

/// How an answer names the next page, and how the next call asks for it. An answer may have several of them.
const PAGES: [(&str, &str); 10] = [
    ("NextToken", "NextToken"),
    ("nextToken", "nextToken"),
    ("Marker", "Marker"),
    ("NextMarker", "Marker"),
    ("LastEvaluatedBackupArn", "ExclusiveStartBackupArn"),
    ("TrafficPolicyIdMarker", "TrafficPolicyIdMarker"),
    ("TrafficPolicyVersionMarker", "TrafficPolicyVersionMarker"),
    ("HostedZoneIdMarker", "HostedZoneIdMarker"),
    (
        "TrafficPolicyInstanceNameMarker",
        "TrafficPolicyInstanceNameMarker",
    ),
    (
        "TrafficPolicyInstanceTypeMarker",
        "TrafficPolicyInstanceTypeMarker",
    ),
];

/// The most pages that are followed: whoever answers with more goes round in circles.
const MOST_PAGES: usize = 10_000;

/// All items of a list, through all pages. A list that is not there at all has none.
pub(super) async fn items(
    asker: &Asker<'_>,
    mut call: Call,
    at: &str,
) -> Result<Vec<Value>, Obstacle> {
    let mut found = Vec::new();
    for _ in 0..MOST_PAGES {
        let answer = asker.call(&call).await?;
        if let Some(items) = answer.pointer(at).and_then(Value::as_array) {
            found.extend(items.iter().cloned());
        }
        let next = next_page(&answer);
        if next.is_empty() {
            return Ok(found);
        }
        if next
            .iter()
            .all(|(name, value)| call.input.get(name) == Some(value))
        {
            break;
        }
        match &mut call.input {
            Value::Object(input) => input.extend(next),
            input => *input = Value::Object(next),
        }
    }
    Err(Obstacle::unknown(
        "EndlessList",
        format!(
            "{} {} names one page after the other and no last one",
            call.service, call.operation
        ),
    ))
}

fn next_page(answer: &Value) -> Map<String, Value> {
    // Some services repeat the marker of the last page and say beside it that there is no next one.
    if matches!(answer.get("IsTruncated"), Some(Value::Bool(false)))
        || answer.get("IsTruncated").is_some_and(|it| it == "false")
    {
        return Map::new();
    }
    let named = PAGES.iter().filter_map(|(from, to)| {
        let value = answer.get(from)?;
        let empty = value.is_null() || value == "";
        (!empty).then(|| ((*to).to_owned(), value.clone()))
    });
    named.collect()
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
