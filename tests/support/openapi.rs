//! GitHub's own API description, as a judge of what our client asks and what our local GitHub answers.
//!
//! An exchange is judged on: the operation exists; its path and query parameters are known and of the
//! right type; the request body is valid and has no field that GitHub does not know; the status is
//! described, and the answer is valid.

use ebbtide::demo::github::Exchange;
use jsonschema::{Draft, Validator};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;

/// The description, cut to the operations that Ebbtide uses.
pub struct Description {
    document: Value,
    /// Schemas are compiled once, by their place in the document.
    compiled: RefCell<HashMap<String, Rc<Validator>>>,
}

impl Description {
    /// Reads the test kit's description.
    pub fn of_the_test_kit() -> Self {
        let kit = std::env::var_os("EBBTIDE_TEST_KIT").map_or_else(
            || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/test-kit")),
            PathBuf::from,
        );
        let path = kit.join("github-openapi.json");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
            panic!(
                "can't read {}: {error}; run tests/kit to fetch it",
                path.display()
            )
        });
        let mut document =
            serde_json::from_str(&text).expect("the kit's description of GitHub is JSON");
        mend_accounts(&mut document);
        mend_heads(&mut document);
        Self {
            document,
            compiled: RefCell::default(),
        }
    }

    /// Stops with all complaints, if there are any.
    #[track_caller]
    pub fn judge_all(&self, exchanges: &[Exchange]) {
        assert!(
            !exchanges.is_empty(),
            "nothing was recorded, so nothing is proven"
        );
        let complaints: Vec<String> = exchanges
            .iter()
            .flat_map(|one| self.complaints(one))
            .collect();
        assert!(
            complaints.is_empty(),
            "GitHub's description disagrees:\n{}",
            complaints.join("\n")
        );
    }

    /// What GitHub's description has against an exchange.
    pub fn complaints(&self, exchange: &Exchange) -> Vec<String> {
        let (path, query) = exchange
            .path
            .split_once('?')
            .unwrap_or((&exchange.path, ""));
        let name = format!("{} {path}", exchange.method);
        let Some(found) = self.operation(&exchange.method, path) else {
            return vec![format!("{name}: no such operation")];
        };
        let mut complaints = self.of_parameters(&found, query);
        complaints.extend(self.of_request(&found, exchange));
        complaints.extend(self.of_answer(&found, exchange));
        complaints
            .iter()
            .map(|complaint| format!("{name}: {complaint}"))
            .collect()
    }

    /// The operations of the description, as `GET /path`.
    #[allow(
        dead_code,
        reason = "not every test program that shares this asks for it"
    )]
    pub fn operations(&self) -> Vec<String> {
        let mut all = Vec::new();
        for (template, item) in fields(&self.document["paths"]) {
            for method in fields(item).keys().filter(|key| *key != "parameters") {
                all.push(format!("{} {template}", method.to_uppercase()));
            }
        }
        all
    }

    /// Which operation an exchange is, as `GET /path`.
    #[allow(
        dead_code,
        reason = "not every test program that shares this asks for it"
    )]
    pub fn operation_of(&self, exchange: &Exchange) -> Option<String> {
        let path = exchange.path.split('?').next().unwrap_or_default();
        let found = self.operation(&exchange.method, path)?;
        Some(format!("{} {}", exchange.method, found.template))
    }

    fn operation(&self, method: &str, path: &str) -> Option<Found<'_>> {
        let method = method.to_lowercase();
        fields(&self.document["paths"])
            .iter()
            .filter(|(_, item)| item.get(&method).is_some())
            .filter_map(|(template, item)| {
                let values = fit(template, path)?;
                Some(Found {
                    template,
                    pointer: format!("/paths/{}/{method}", escaped(template)),
                    operation: &item[&method],
                    values,
                })
            })
            // The template with the fewest parameters says most.
            .min_by_key(|found| found.values.len())
    }

    /// Follows a reference within the document.
    fn resolve<'a>(&'a self, node: &'a Value) -> &'a Value {
        match node["$ref"].as_str() {
            Some(reference) => {
                let target = self.document.pointer(reference.trim_start_matches('#'));
                self.resolve(target.expect("references of the description lead somewhere"))
            }
            None => node,
        }
    }

    fn of_parameters(&self, found: &Found<'_>, query: &str) -> Vec<String> {
        let described: Vec<&Value> = found.operation["parameters"]
            .as_array()
            .map(|all| all.iter().map(|one| self.resolve(one)).collect())
            .unwrap_or_default();
        let query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let given = found
            .values
            .iter()
            .map(|(name, value)| ("path", name, value))
            .chain(query.iter().map(|(name, value)| ("query", name, value)));
        let mut complaints = Vec::new();
        for (place, name, value) in given {
            let parameter = described
                .iter()
                .find(|one| one["in"] == *place && one["name"] == **name);
            let Some(parameter) = parameter else {
                complaints.push(format!("unknown {place} parameter {name}"));
                continue;
            };
            let schema = self.resolve(&parameter["schema"]);
            let value = match schema["type"].as_str() {
                Some("integer") => value.parse::<i64>().map_or(json!(value), Value::from),
                Some("boolean") => value.parse::<bool>().map_or(json!(value), Value::from),
                _ => json!(value),
            };
            let validator = compile(schema);
            for error in validator.iter_errors(&value) {
                complaints.push(format!("{place} parameter {name}: {error}"));
            }
        }
        complaints
    }

    fn of_request(&self, found: &Found<'_>, exchange: &Exchange) -> Vec<String> {
        let body = &found.operation["requestBody"];
        let Some(request) = &exchange.request else {
            let required = body["required"] == true;
            return Vec::from_iter(required.then(|| "the request has no body".to_owned()));
        };
        let schema = &body["content"]["application/json"]["schema"];
        if schema.is_null() {
            return vec!["the request has a body, and none is described".to_owned()];
        }
        let place = format!(
            "{}/requestBody/content/application~1json/schema",
            found.pointer
        );
        let mut complaints = self.validate(&place, request, "request");
        // GitHub ignores fields it does not know, so a misspelt one would never be noticed.
        if let (Value::Object(known), Value::Object(given)) = (&schema["properties"], request) {
            for name in given.keys().filter(|name| !known.contains_key(*name)) {
                complaints.push(format!("request: GitHub knows no field {name}"));
            }
        }
        complaints
    }

    fn of_answer(&self, found: &Found<'_>, exchange: &Exchange) -> Vec<String> {
        let status = exchange.status.to_string();
        let described = &found.operation["responses"][&status];
        if described.is_null() && exchange.status < 400 {
            return vec![format!("status {status} is not described")];
        }
        let response = self.resolve(described);
        let json = response["content"].get("application/json");
        let raw = exchange
            .content_type
            .as_deref()
            .is_some_and(|kind| kind.starts_with("application/vnd.github.raw"));
        match (&exchange.answer, json) {
            (None, None) => Vec::new(),
            (None, Some(_)) if raw => Vec::new(),
            (None, Some(_)) => vec![format!("answer {status} has no JSON body")],
            (Some(answer), Some(_)) => {
                let place = format!(
                    "{}/content/application~1json/schema",
                    place_of(found, &status, described)
                );
                self.validate(&place, answer, &format!("answer {status}"))
            }
            // Many refusals are described in prose only; they all look alike.
            (Some(answer), None) if exchange.status >= 400 => {
                let mut complaints =
                    self.validate("/components/schemas/basic-error", answer, "refusal");
                if !answer["message"].is_string() {
                    complaints.push("a refusal has no message".to_owned());
                }
                complaints
            }
            (Some(_), None) => vec![format!("answer {status} has a body, and none is described")],
        }
    }

    fn validate(&self, place: &str, instance: &Value, what: &str) -> Vec<String> {
        let validator = Rc::clone(
            self.compiled
                .borrow_mut()
                .entry(place.to_owned())
                .or_insert_with(|| {
                    // Within a document of its own, beside all that it may refer to.
                    let schema = json!({
                        "allOf": [self.document.pointer(place)],
                        "components": self.document["components"],
                    });
                    Rc::new(compile(&schema))
                }),
        );
        validator
            .iter_errors(instance)
            .map(|error| format!("{what}{}: {error}", error.instance_path()))
            .collect()
    }
}

/// An operation, and what its path's parameters are.
struct Found<'a> {
    template: &'a str,
    pointer: String,
    operation: &'a Value,
    values: Vec<(String, String)>,
}

/// Where the description of an answer stands.
fn place_of(found: &Found<'_>, status: &str, described: &Value) -> String {
    described["$ref"].as_str().map_or_else(
        || format!("{}/responses/{status}", found.pointer),
        |reference| reference.trim_start_matches('#').to_owned(),
    )
}

fn compile(schema: &Value) -> Validator {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        // GitHub writes an address that is not set as an empty text.
        .with_format("uri", |text: &str| {
            text.is_empty() || url::Url::parse(text).is_ok()
        })
        .build(schema)
        .expect("schemas of the description compile")
}

/// The parameters of a path that fits a template. A file's path and a branch may contain slashes.
fn fit(template: &str, path: &str) -> Option<Vec<(String, String)>> {
    let template: Vec<&str> = template.trim_matches('/').split('/').collect();
    let path: Vec<&str> = path.trim_matches('/').split('/').collect();
    fit_segments(&template, &path)
}

fn fit_segments(template: &[&str], path: &[&str]) -> Option<Vec<(String, String)>> {
    let Some((first, template)) = template.split_first() else {
        return path.is_empty().then(Vec::new);
    };
    let name = first
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    let longest = match name {
        None if path.first() != Some(first) => return None,
        None => return fit_segments(template, &path[1..]),
        Some("path" | "ref") => path.len(),
        Some(_) => 1,
    };
    let name = name?;
    (1..=longest).find_map(|count| {
        let (value, rest) = path.split_at_checked(count)?;
        let mut values = fit_segments(template, rest)?;
        let value = percent_decode_str(&value.join("/"))
            .decode_utf8_lossy()
            .into_owned();
        values.insert(0, (name.to_owned(), value));
        Some(values)
    })
}

fn fields(node: &Value) -> &Map<String, Value> {
    node.as_object()
        .expect("the description holds objects here")
}

fn escaped(segment: &str) -> String {
    segment.replace('~', "~0").replace('/', "~1")
}

/// One list of the description demands that an account is a user and an enterprise at once; elsewhere
/// it says, rightly, one or the other.
fn mend_accounts(node: &mut Value) {
    match node {
        Value::Object(fields) => {
            let both = fields
                .get("allOf")
                .and_then(Value::as_array)
                .is_some_and(|members| {
                    let titled = |title: &str| members.iter().any(|one| one["title"] == title);
                    titled("Simple User") && titled("Enterprise")
                });
            if both && let Some(members) = fields.remove("allOf") {
                fields.insert("anyOf".to_owned(), members);
            }
            fields.values_mut().for_each(mend_accounts);
        }
        Value::Array(items) => items.iter_mut().for_each(mend_accounts),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A pull request whose fork was deleted has no head repository; the description has not heard of it.
fn mend_heads(document: &mut Value) {
    for kind in ["pull-request", "pull-request-simple"] {
        let place = format!("/components/schemas/{kind}/properties/head/properties/repo");
        let schema = document
            .pointer_mut(&place)
            .expect("the description has pull requests");
        *schema = json!({ "anyOf": [schema.take(), { "type": "null" }] });
    }
}
