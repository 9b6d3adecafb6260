//! The JSON Schema of `.ebbtide.yml`, for editors. Generated from the types, so that it can't disagree with them.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

use crate::file::RepositoryFile;

/// The schema, in JSON Schema's draft 2020-12.
pub fn schema() -> serde_json::Value {
    SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<RepositoryFile>()
        .to_value()
}

/// How a parameter's value may be written; all become text.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(
    dead_code,
    reason = "describes the written form, values are read elsewhere"
)]
pub(crate) enum ParameterValue {
    /// Text, a number, `true` or `false`. `${{ … }}` parts are filled in.
    One(PlainValue),
    /// A list, joined by commas.
    Many(Vec<PlainValue>),
}

/// How a tag's value may be written; all become text.
pub(crate) type TagValue = PlainValue;

#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(
    dead_code,
    reason = "describes the written form, values are read elsewhere"
)]
pub(crate) enum PlainValue {
    Text(String),
    Number(f64),
    Boolean(bool),
}
