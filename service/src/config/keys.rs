//! The list of keys, taken from the sections' schema: one source for reference, checks and messages.

use super::Written;
use schemars::generate::SchemaSettings;
use serde_json::Value;
use std::sync::LazyLock;

/// One section.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its name in the file.
    pub name: String,
    /// What it is about.
    pub meaning: String,
    /// Its keys, by name.
    pub keys: Vec<Key>,
}

/// One key.
#[derive(Clone, Debug)]
pub struct Key {
    /// `section.key`.
    pub name: String,
    /// What it sets.
    pub meaning: String,
    /// What may be written.
    pub allowed: String,
    /// What holds when it is not set; `None` where nothing does.
    pub default: Option<String>,
    /// Whether it must be set.
    pub required: bool,
    /// Whether its value is never shown.
    pub secret: bool,
}

impl Key {
    /// The environment variable that sets it.
    pub fn variable(&self) -> String {
        variable(&self.name)
    }
}

/// The environment variable that sets `section.key`.
pub fn variable(key: &str) -> String {
    format!("EBBTIDE_{}", key.replace('.', "__").to_uppercase())
}

static SECTIONS: LazyLock<Vec<Section>> = LazyLock::new(read);

/// Every section, by name.
pub fn sections() -> &'static [Section] {
    &SECTIONS
}

/// Every key.
pub fn all() -> impl Iterator<Item = &'static Key> {
    sections().iter().flat_map(|section| &section.keys)
}

/// One key by its name.
pub fn find(name: &str) -> Option<&'static Key> {
    all().find(|key| key.name == name)
}

/// The key whose name is the fewest changes away.
pub fn nearest(name: &str) -> Option<&'static Key> {
    all().min_by_key(|key| distance(&key.name, name))
}

fn read() -> Vec<Section> {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
    });
    let schema = settings.into_generator().into_root_schema_for::<Written>();
    let properties = &schema.as_value()["properties"];
    let sections = properties.as_object().into_iter().flatten();
    let mut sections: Vec<Section> = sections
        .map(|(name, section)| {
            let required = section["required"].as_array();
            let is_required =
                |key: &str| required.is_some_and(|all| all.iter().any(|one| one == key));
            let properties = section["properties"].as_object().into_iter().flatten();
            let mut keys: Vec<Key> = properties
                .map(|(key, property)| {
                    read_key(format!("{name}.{key}"), property, is_required(key))
                })
                .collect();
            keys.sort_by(|one, other| one.name.cmp(&other.name));
            Section {
                name: name.clone(),
                meaning: text(&section["description"]),
                keys,
            }
        })
        .collect();
    // Whether JSON objects keep their order is decided by other crates: by name is always the same.
    sections.sort_by(|one, other| one.name.cmp(&other.name));
    sections
}

fn read_key(name: String, property: &Value, required: bool) -> Key {
    Key {
        name,
        meaning: text(&property["description"]),
        allowed: text(&property["x-allowed"]),
        default: match &property["default"] {
            Value::Null => None,
            Value::Array(items) if items.is_empty() => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        },
        required,
        secret: property["x-secret"] == true,
    }
}

fn text(value: &Value) -> String {
    // Doc comments are wrapped in the source; here a meaning is one line.
    value.as_str().unwrap_or_default().replace('\n', " ")
}

/// How many characters must be put in, taken out or exchanged to get from one name to the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for column in 0..other.len() {
            let exchanged = diagonal + usize::from(letter != other[column]);
            diagonal = row[column + 1];
            row[column + 1] = exchanged.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}
