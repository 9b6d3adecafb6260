//! Reading one field: the kinds of value that the file is made of.

use std::time::Duration;

use crate::expression::{Expression, is_name};
use crate::file::Positions;
use crate::finding::{Finding, MAX_FINDINGS, Position};
use crate::wording::{did_you_mean, quote};
use crate::yaml::{Entry, Node, Scalar, ScalarKind, Value};

/// Collects findings and positions while the tree is walked.
pub(super) struct Reader<'a> {
    path: &'a str,
    findings: Vec<Finding>,
    positions: Positions,
}

impl<'a> Reader<'a> {
    pub fn new(path: &'a str, findings: Vec<Finding>) -> Self {
        Self {
            path,
            findings,
            positions: Positions::default(),
        }
    }

    pub fn finish(self) -> (Vec<Finding>, Positions) {
        (self.findings, self.positions)
    }

    pub fn finding(&self, at: Position, message: impl Into<String>) -> Finding {
        Finding::new(self.path, at, message)
    }

    pub fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Whether enough has been found. Looking for the name that was meant can then be spared.
    pub fn has_enough(&self) -> bool {
        self.findings.len() > MAX_FINDINGS
    }

    pub fn remember(&mut self, key: String, at: Position) {
        self.positions.insert(key, at);
    }

    pub fn position_of(&self, key: &str) -> Position {
        self.positions.of(key)
    }

    /// A map. Its keys are remembered, and those that are not known are reported.
    pub fn map<'n>(
        &mut self,
        key: &str,
        node: &'n Node,
        known: Option<&[&str]>,
    ) -> Option<&'n [Entry]> {
        let Some(entries) = node.entries() else {
            self.wrong_type(key, node, "a map of keys and values", "");
            return None;
        };
        for entry in entries {
            let full = if key.is_empty() {
                entry.key.clone()
            } else {
                format!("{key}.{}", entry.key)
            };
            self.remember(full, entry.key_at);
            if let Some(known) = known
                && !known.contains(&entry.key.as_str())
                && !self.has_enough()
            {
                let place = if key.is_empty() {
                    String::new()
                } else {
                    format!(" in {}", quote(key))
                };
                let message = format!("{} is not a known key{place}", quote(&entry.key));
                let help = did_you_mean(&entry.key, known.iter().copied(), "known are");
                self.push(self.finding(entry.key_at, message).with_help(help));
            }
        }
        Some(entries)
    }

    /// Text, and nothing that YAML takes for something else.
    pub fn text(&mut self, key: &str, node: &Node) -> Option<String> {
        match &node.value {
            Value::Scalar(scalar) if scalar.kind == ScalarKind::Text => Some(scalar.text.clone()),
            Value::Scalar(scalar) if scalar.kind != ScalarKind::Nothing => {
                let help = format!("put it in quotes if it is meant: \"{}\"", scalar.text);
                self.wrong_type(key, node, "text", &help);
                None
            }
            _ => {
                self.wrong_type(key, node, "text", "");
                None
            }
        }
    }

    /// Text that is taken as it stands: no expressions, and not empty.
    pub fn fixed_text(&mut self, key: &str, node: &Node) -> Option<String> {
        let text = self.text(key, node)?;
        self.without_expressions(key, node, &text);
        if text.is_empty() {
            let message = format!("{} is empty", quote(key));
            let finding = self.finding(node.at, message);
            self.push(finding.with_help("leave the key out, or give it a value"));
            return None;
        }
        Some(text)
    }

    pub fn without_expressions(&mut self, key: &str, node: &Node, text: &str) {
        if text.contains("${{") {
            let message = format!("{} is taken as it stands", quote(key));
            let finding = self.finding(node.at, message);
            self.push(finding.with_help("`${{ … }}` is not filled in here, leave it out"));
        }
    }

    /// Text, or a number or truth value taken as the text it was written as.
    pub fn value_text<'n>(&mut self, key: &str, node: &'n Node) -> Option<&'n Scalar> {
        match &node.value {
            Value::Scalar(scalar) if scalar.kind != ScalarKind::Nothing => Some(scalar),
            Value::Scalar(_) => {
                let message = format!("{} has no value", quote(key));
                let finding = self.finding(node.at, message);
                self.push(finding.with_help("write \"\" if the empty text is meant"));
                None
            }
            _ => {
                self.wrong_type(key, node, "text, a number, true or false", "");
                None
            }
        }
    }

    pub fn boolean(&mut self, key: &str, node: &Node) -> Option<bool> {
        if let Value::Scalar(scalar) = &node.value
            && scalar.kind == ScalarKind::Boolean
        {
            return Some(scalar.text.eq_ignore_ascii_case("true"));
        }
        let help = match &node.value {
            Value::Scalar(scalar) if matches!(scalar.text.as_str(), "true" | "false") => {
                "leave the quotes out"
            }
            _ => "",
        };
        self.wrong_type(key, node, "true or false", help);
        None
    }

    pub fn integer(&mut self, key: &str, node: &Node) -> Option<i64> {
        let number = match &node.value {
            Value::Scalar(scalar) if scalar.kind == ScalarKind::Number => scalar.text.parse().ok(),
            _ => None,
        };
        if number.is_none() {
            self.wrong_type(key, node, "a whole number", "");
        }
        number
    }

    pub fn duration(
        &mut self,
        key: &str,
        node: &Node,
        longest: Option<Duration>,
    ) -> Option<Duration> {
        let example = "write a number with its unit, such as `90s`, `5m`, `48h` or `2days`";
        let parsed = match &node.value {
            Value::Scalar(scalar) if scalar.kind == ScalarKind::Text => {
                humantime::parse_duration(&scalar.text).ok()
            }
            _ => None,
        };
        let Some(duration) = parsed else {
            self.wrong_type(key, node, "a duration", example);
            return None;
        };
        let message = if duration.is_zero() {
            format!("{} must be longer than nothing", quote(key))
        } else if let Some(longest) = longest.filter(|longest| duration > *longest) {
            let longest = humantime::format_duration(longest);
            format!("{} must be {longest} at most", quote(key))
        } else {
            return Some(duration);
        };
        self.push(self.finding(node.at, message));
        None
    }

    /// A list of texts.
    pub fn texts(&mut self, key: &str, node: &Node, limit: usize) -> Vec<String> {
        let example = format!(
            "write `{}: [one, two]`",
            key.rsplit('.').next().unwrap_or(key)
        );
        let items = items_of(self, key, node, &example);
        self.at_most(key, node, items.len(), limit);
        let mut texts = Vec::new();
        for item in items {
            if let Some(text) = self.fixed_text(key, item) {
                self.remember(format!("{key}.{text}"), item.at);
                texts.push(text);
            }
        }
        texts
    }

    pub fn expression(&mut self, text: &str, node: &Node) -> Option<Expression> {
        match text.parse() {
            Ok(expression) => Some(expression),
            Err(error) => {
                let error: crate::expression::ExpressionError = error;
                let at = match &node.value {
                    Value::Scalar(Scalar {
                        text_at: Some(at), ..
                    }) => Position {
                        line: at.line,
                        column: at.column + u32::try_from(error.offset).unwrap_or_default(),
                    },
                    _ => node.at,
                };
                self.push(self.finding(at, error.message).with_help(error.help));
                None
            }
        }
    }

    /// A name that its owner chose and that ends up in names on AWS.
    pub fn name(&mut self, what: &str, entry: &Entry) -> bool {
        let fits = is_name(&entry.key);
        if !fits {
            let message = format!("{} can't be the name of {what}", quote(&entry.key));
            let finding = self.finding(entry.key_at, message);
            self.push(
                finding
                    .with_help("begin with a letter; then letters, digits and dashes, 41 in all"),
            );
        }
        fits
    }

    pub fn wrong_type(&mut self, key: &str, node: &Node, wanted: &str, help: &str) {
        let what = if key.is_empty() {
            "the file".to_owned()
        } else {
            quote(key)
        };
        let message = format!("{what} must be {wanted}, not {}", node.describe());
        let finding = self.finding(node.at, message);
        self.push(if help.is_empty() {
            finding
        } else {
            finding.with_help(help)
        });
    }
}

/// The items of a list.
pub(super) fn items_of<'n>(
    reader: &mut Reader<'_>,
    key: &str,
    node: &'n Node,
    example: &str,
) -> &'n [Node] {
    if let Value::List(items) = &node.value {
        items
    } else {
        reader.wrong_type(key, node, "a list", example);
        &[]
    }
}
