//! Text with `${{ … }}` parts: how one stack's output reaches another stack, the URL and the health checks.
//!
//! An [`Expression`] that exists is well-formed: it mentions nothing outside the allow-list. Rendering replaces each
//! part once; what was put in is never read again, so a value that itself contains `${{` stays as it is.

mod render;
mod variable;

pub use render::{Context, RenderError};
pub use variable::Variable;
pub(crate) use variable::{is_logical_id, is_name};

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const OPEN: &str = "${{";
const CLOSE: &str = "}}";

/// A text whose `${{ … }}` parts are filled in when a stack is deployed. It is stored as the text that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    text: String,
    parts: Vec<Part>,
}

/// A piece of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(Variable),
}

/// Why a text is no expression, and where in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// Characters of the text before the mistake.
    pub offset: usize,
    /// What is wrong, without a trailing period.
    pub message: String,
    /// How to mend it.
    pub help: String,
}

impl Expression {
    /// Fills in every part.
    pub fn render(&self, context: &Context) -> Result<String, RenderError> {
        self.parts.iter().try_fold(String::new(), |text, part| {
            Ok(match part {
                Part::Text(written) => text + written,
                Part::Variable(variable) => text + &*context.value(variable)?,
            })
        })
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What is filled in, in the order of the text.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.parts.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Variable(variable) => Some(variable),
        })
    }

    /// The stack outputs that are used, each as stack and output.
    pub fn stack_outputs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables().filter_map(|variable| match variable {
            Variable::StackOutput { stack, output } => Some((stack.as_str(), output.as_str())),
            _ => None,
        })
    }

    /// The names of the stacks whose outputs are used.
    pub fn stacks(&self) -> BTreeSet<&str> {
        self.stack_outputs().map(|(stack, _)| stack).collect()
    }

    /// The whole text, if nothing in it is filled in.
    pub fn literal(&self) -> Option<&str> {
        self.variables().next().is_none().then_some(&*self.text)
    }

    /// The text before the first part that is filled in.
    pub(crate) fn literal_beginning(&self) -> &str {
        match self.parts.first() {
            Some(Part::Text(text)) => text,
            _ => "",
        }
    }
}

impl FromStr for Expression {
    type Err = ExpressionError;

    fn from_str(text: &str) -> Result<Self, ExpressionError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(begin) = rest.find(OPEN) {
            let offset = text[..text.len() - rest.len() + begin].chars().count();
            if begin > 0 {
                parts.push(Part::Text(rest[..begin].to_owned()));
            }
            let inside = &rest[begin + OPEN.len()..];
            let end = inside
                .find(CLOSE)
                // The end that is found may belong to a later part when this one's was forgotten.
                .filter(|end| !inside[..*end].contains(OPEN))
                .ok_or_else(|| ExpressionError {
                    offset,
                    message: "`${{` is never closed".to_owned(),
                    help: "write `}}` after the name, as in `${{ sha }}`".to_owned(),
                })?;
            let variable = Variable::parse(inside[..end].trim()).map_err(|(message, help)| {
                ExpressionError {
                    offset,
                    message,
                    help,
                }
            })?;
            parts.push(Part::Variable(variable));
            rest = &inside[end + CLOSE.len()..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self {
            text: text.to_owned(),
            parts,
        })
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Expression {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Expression {
    fn schema_name() -> Cow<'static, str> {
        "Expression".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": format!(
                "Text whose `${{{{ … }}}}` parts are filled in. Allowed inside: {}.",
                variable::FORMS.join(", "),
            ),
            "type": "string",
            "examples": ["${{ stacks.app.outputs.Url }}", "preview-${{ pr.number }}"],
        })
    }
}
