//! The files under `templates/guardrails/`, with their placeholders filled in.
//!
//! An item of a list that contains `{{region}}`, `{{role}}` or `{{service}}` stands for one item for each of them,
//! also for none; `{{partition}}` is filled in as it is.

use serde_json::Value;

use super::GuardrailSettings;
use super::packing::Statement;
use crate::finding::Position;

/// Where the files are, as findings name it.
pub(super) const FOLDER: &str = "templates/guardrails";

/// Roles below this path are ours. It is a path and not the beginning of a name, because CloudFormation names the
/// roles of a stack after the stack, and the names of our stacks begin with `ebbtide-`.
const OUR_PATH: &str = "ebbtide/*";

/// What each file is about, and the file.
const FILES: [(&str, &str); 9] = [
    (
        "organization",
        include_str!("../../guardrails/organization.json"),
    ),
    ("roles", include_str!("../../guardrails/roles.json")),
    ("trail", include_str!("../../guardrails/trail.json")),
    ("regions", include_str!("../../guardrails/regions.json")),
    ("services", include_str!("../../guardrails/services.json")),
    (
        "commitments",
        include_str!("../../guardrails/commitments.json"),
    ),
    ("locks", include_str!("../../guardrails/locks.json")),
    ("root-user", include_str!("../../guardrails/root-user.json")),
    (
        "account-settings",
        include_str!("../../guardrails/account-settings.json"),
    ),
];

/// All statements, in the order of the files.
pub(super) fn statements(settings: &GuardrailSettings) -> Vec<Statement> {
    let mut roles = settings.roles.clone();
    roles.push(OUR_PATH.to_owned());
    let placeholders = [
        ("{{region}}", settings.regions.as_slice()),
        ("{{role}}", roles.as_slice()),
        ("{{service}}", settings.services.as_slice()),
    ];
    let mut statements = Vec::new();
    for (idea, text) in FILES {
        let path = format!("{FOLDER}/{idea}.json");
        let policy: Value = serde_json::from_str(text)
            .unwrap_or_else(|error| unreachable!("{path} is JSON: {error}"));
        for statement in policy["Statement"].as_array().into_iter().flatten() {
            let filled = fill(statement, &placeholders, &settings.partition);
            statements.push(Statement::new(&path, Position::START, idea, &filled));
        }
    }
    statements
}

fn fill(value: &Value, placeholders: &[(&str, &[String])], partition: &str) -> Value {
    match value {
        Value::String(text) => Value::from(text.replace("{{partition}}", partition)),
        Value::Array(items) => {
            let filled = items.iter().flat_map(|item| {
                let placeholder = placeholders
                    .iter()
                    .find(|(name, _)| item.as_str().is_some_and(|text| text.contains(name)));
                let items = match (placeholder, item) {
                    (Some((name, values)), Value::String(text)) => values
                        .iter()
                        .map(|value| Value::from(text.replace(name, value)))
                        .collect(),
                    _ => vec![item.clone()],
                };
                items
                    .into_iter()
                    .map(|item| fill(&item, placeholders, partition))
            });
            Value::Array(filled.collect())
        }
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, value)| (key.clone(), fill(value, placeholders, partition)))
                .collect(),
        ),
        plain => plain.clone(),
    }
}
