//! Reading single fields out of a payload, and saying which one was wrong.
//!
//! Only the fields asked for are looked at, so GitHub may add and leave out any other.

use serde_json::{Map, Value};

/// A payload that can't be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadPayload {
    /// The path of the field, like `repository.id` or `repositories[2].id`; none when the body as
    /// a whole is wrong.
    pub field: Option<String>,
    /// What is wrong, naming the field.
    pub message: String,
}

/// A JSON object, and where in the payload it stands.
pub(crate) struct Object<'a> {
    path: String,
    fields: &'a Map<String, Value>,
}

impl<'a> Object<'a> {
    /// The payload itself.
    pub(crate) fn root(payload: &'a Value) -> Result<Self, BadPayload> {
        let fields = payload.as_object().ok_or_else(|| BadPayload {
            field: None,
            message: format!("the payload must be an object, found {}", kind(payload)),
        })?;
        Ok(Self {
            path: String::new(),
            fields,
        })
    }

    pub(crate) fn object(&self, name: &str) -> Result<Object<'a>, BadPayload> {
        let value = self.required(name)?;
        self.as_object(name, value)
    }

    /// The object, or nothing where it is left out or null.
    pub(crate) fn optional_object(&self, name: &str) -> Result<Option<Object<'a>>, BadPayload> {
        self.present(name)
            .map(|value| self.as_object(name, value))
            .transpose()
    }

    pub(crate) fn string(&self, name: &str) -> Result<&'a str, BadPayload> {
        let value = self.required(name)?;
        self.as_string(name, value)
    }

    /// The string, or nothing where it is left out or null.
    pub(crate) fn optional_string(&self, name: &str) -> Result<Option<&'a str>, BadPayload> {
        self.present(name)
            .map(|value| self.as_string(name, value))
            .transpose()
    }

    pub(crate) fn number(&self, name: &str) -> Result<u64, BadPayload> {
        let value = self.required(name)?;
        value
            .as_u64()
            .ok_or_else(|| self.ill_typed(name, "a whole number from 0", value))
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<bool, BadPayload> {
        let value = self.required(name)?;
        value
            .as_bool()
            .ok_or_else(|| self.ill_typed(name, "true or false", value))
    }

    pub(crate) fn objects(&self, name: &str) -> Result<Vec<Object<'a>>, BadPayload> {
        let value = self.required(name)?;
        let items = value
            .as_array()
            .ok_or_else(|| self.ill_typed(name, "an array", value))?;
        items
            .iter()
            .enumerate()
            .map(|(index, item)| self.as_object(&format!("{name}[{index}]"), item))
            .collect()
    }

    /// The objects, or none of them where the array is left out or null.
    pub(crate) fn optional_objects(&self, name: &str) -> Result<Vec<Object<'a>>, BadPayload> {
        match self.present(name) {
            Some(_) => self.objects(name),
            None => Ok(Vec::new()),
        }
    }

    fn present(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    fn required(&self, name: &str) -> Result<&'a Value, BadPayload> {
        self.fields.get(name).ok_or_else(|| {
            let field = self.path_of(name);
            BadPayload {
                message: format!("`{field}` is missing"),
                field: Some(field),
            }
        })
    }

    fn as_object(&self, name: &str, value: &'a Value) -> Result<Object<'a>, BadPayload> {
        let fields = value
            .as_object()
            .ok_or_else(|| self.ill_typed(name, "an object", value))?;
        Ok(Object {
            path: self.path_of(name),
            fields,
        })
    }

    fn as_string(&self, name: &str, value: &'a Value) -> Result<&'a str, BadPayload> {
        value
            .as_str()
            .ok_or_else(|| self.ill_typed(name, "a string", value))
    }

    fn ill_typed(&self, name: &str, expected: &str, found: &Value) -> BadPayload {
        let field = self.path_of(name);
        BadPayload {
            message: format!("`{field}` must be {expected}, found {}", kind(found)),
            field: Some(field),
        }
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }
}

/// What a value is, in words; short values that may be near misses are shown.
fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(_) => "a string".to_owned(),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
