//! A YAML (or JSON) text as a tree that remembers where everything stood.
//!
//! Both the repository's `.ebbtide.yml` and its CloudFormation templates are read through this one tree. A tree is
//! small enough to walk without thought: its depth, its number of nodes and the growth by aliases are bounded, so
//! that no text can make reading it expensive. Mistakes of form that leave the rest readable (a key given twice)
//! become findings beside the tree; mistakes that don't end the reading.

mod builder;

use crate::finding::{Finding, Position};
use crate::wording::quote;

/// One value and where it begins.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub at: Position,
    /// A short-form tag without its exclamation mark, such as `Ref` of `!Ref Bucket`.
    pub tag: Option<String>,
    pub value: Value,
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key with its value; keys are unique within their map.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub key: String,
    pub key_at: Position,
    pub value: Node,
}

#[derive(Clone, Debug)]
pub(crate) struct Scalar {
    pub text: String,
    /// What the text means if nothing says otherwise (YAML 1.2 core schema). Quoted text is always text.
    pub kind: ScalarKind,
    /// Where the first character of `text` stands, when `text` is found in the file letter by letter.
    pub text_at: Option<Position>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScalarKind {
    Text,
    Number,
    Boolean,
    Nothing,
}

impl Node {
    /// What this value is, in words for a sentence.
    pub fn describe(&self) -> String {
        match &self.value {
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a map".to_owned(),
            Value::Scalar(scalar) => match scalar.kind {
                ScalarKind::Text => format!("the text {}", quote(&scalar.text)),
                ScalarKind::Number => format!("the number {}", quote(&scalar.text)),
                ScalarKind::Boolean => quote(&scalar.text),
                ScalarKind::Nothing => "nothing".to_owned(),
            },
        }
    }

    /// The entries, if this is a map.
    pub fn entries(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value of a key, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        let entry = self.entries()?.iter().find(|entry| entry.key == key)?;
        Some(&entry.value)
    }

    /// The scalar, if this is one without a tag.
    pub fn plain(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) if self.tag.is_none() => Some(scalar),
            _ => None,
        }
    }
}

/// What is different between the two kinds of file.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    /// The longest text accepted, in bytes.
    pub max_bytes: usize,
    /// What the text should have been, in words.
    pub called: &'static str,
    /// Whether `*alias` is understood. CloudFormation refuses aliases.
    pub aliases: bool,
    /// Whether `!Tag value` is understood.
    pub tags: bool,
}

/// Reads one document. `None` means there is nothing to walk; then there is at least one finding.
pub(crate) fn parse(path: &str, text: &str, rules: Rules) -> (Option<Node>, Vec<Finding>) {
    if text.len() > rules.max_bytes {
        let message = format!(
            "the file has {} bytes, and at most {} are read",
            text.len(),
            rules.max_bytes
        );
        return (None, vec![Finding::new(path, Position::START, message)]);
    }
    let (root, mut findings) = builder::build(path, text, rules);
    if root.is_none() && findings.is_empty() {
        findings.push(Finding::new(path, Position::START, "the file is empty"));
    }
    (root, findings)
}
