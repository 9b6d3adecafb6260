//! A small judge of requests, written from AWS's rules for policies and not from the code under test: a request is
//! denied if a Deny statement matches its action, its resource and all of its conditions.

use ebbtide_templates::guardrails::Guardrail;
use serde_json::Value;

/// What somebody asks for.
#[derive(Clone, Debug)]
pub struct Request {
    pub action: String,
    pub resource: String,
    pub region: String,
    pub principal: String,
    pub via_service: bool,
    pub assumed_root: bool,
}

pub const ACCOUNT: &str = "111122223333";

/// A developer's role asks for this in the allowed region.
pub fn ask(action: &str) -> Request {
    Request {
        action: action.to_owned(),
        resource: format!("arn:aws:service:eu-west-1:{ACCOUNT}:thing/1"),
        region: "eu-west-1".to_owned(),
        principal: role("developer"),
        via_service: false,
        assumed_root: false,
    }
}

pub fn role(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

impl Request {
    pub fn on(self, resource: impl Into<String>) -> Self {
        Self {
            resource: resource.into(),
            ..self
        }
    }

    pub fn by(self, principal: impl Into<String>) -> Self {
        Self {
            principal: principal.into(),
            ..self
        }
    }

    pub fn from(self, region: &str) -> Self {
        Self {
            region: region.to_owned(),
            ..self
        }
    }

    pub fn via_service(self) -> Self {
        Self {
            via_service: true,
            ..self
        }
    }

    pub fn with_assumed_root(self) -> Self {
        Self {
            assumed_root: true,
            ..self
        }
    }
}

/// The Sids of the statements that deny it.
pub fn denials(guardrails: &[Guardrail], request: &Request) -> Vec<String> {
    let mut denials = Vec::new();
    for guardrail in guardrails {
        let policy: Value = serde_json::from_str(&guardrail.document).expect("JSON");
        assert_eq!(policy["Version"], "2012-10-17");
        for statement in policy["Statement"].as_array().expect("statements") {
            assert_eq!(statement["Effect"], "Deny");
            if matches(statement, request) {
                denials.push(statement["Sid"].as_str().unwrap_or("?").to_owned());
            }
        }
    }
    denials
}

fn matches(statement: &Value, request: &Request) -> bool {
    one_of(statement, "Action", &request.action.to_lowercase(), true)
        && one_of(statement, "Resource", &request.resource, false)
        && conditions(&statement["Condition"], request)
}

/// `Action`/`NotAction`, `Resource`/`NotResource`.
fn one_of(statement: &Value, key: &str, text: &str, fold: bool) -> bool {
    let negated = &statement[format!("Not{key}")];
    let patterns = texts(if negated.is_null() {
        &statement[key]
    } else {
        negated
    });
    assert!(!patterns.is_empty(), "{key} is missing in {statement}");
    let found = patterns.iter().any(|pattern| {
        let pattern = if fold {
            pattern.to_lowercase()
        } else {
            pattern.clone()
        };
        like(&pattern, text)
    });
    found == negated.is_null()
}

/// All operators and all keys must hold.
fn conditions(condition: &Value, request: &Request) -> bool {
    let operators = condition.as_object().into_iter().flatten();
    operators.into_iter().all(|(operator, keys)| {
        let keys = keys.as_object().expect("keys");
        keys.iter().all(|(key, wanted)| {
            let value = value(key, request);
            let wanted = texts(wanted);
            let any = |same: fn(&str, &str) -> bool| {
                value
                    .as_deref()
                    .is_some_and(|value| wanted.iter().any(|pattern| same(pattern, value)))
            };
            match operator.as_str() {
                "StringEquals" | "Bool" => any(|pattern, value| pattern == value),
                "StringNotEquals" => !any(|pattern, value| pattern == value),
                "StringLike" | "ArnLike" => any(like),
                "ArnNotLike" => !any(like),
                "Null" => wanted == [value.is_none().to_string()],
                other => panic!("the judge does not know {other}"),
            }
        })
    })
}

/// What AWS puts into a request's context; a key that is not there is `None`.
fn value(key: &str, request: &Request) -> Option<String> {
    match key {
        "aws:RequestedRegion" => Some(request.region.clone()),
        "aws:PrincipalArn" => Some(request.principal.clone()),
        "aws:ViaAWSService" => Some(request.via_service.to_string()),
        "aws:AssumedRoot" => request.assumed_root.then(|| "true".to_owned()),
        other => panic!("the judge does not know {other}"),
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().expect("a text").to_owned())
            .collect(),
        _ => Vec::new(),
    }
}

/// `*` for any characters, `?` for one.
fn like(pattern: &str, text: &str) -> bool {
    match (pattern.chars().next(), text.chars().next()) {
        (None, None) => true,
        (Some('*'), _) => {
            like(&pattern[1..], text)
                || text
                    .chars()
                    .next()
                    .is_some_and(|c| like(pattern, &text[c.len_utf8()..]))
        }
        (Some('?'), Some(c)) => like(&pattern[1..], &text[c.len_utf8()..]),
        (Some(p), Some(c)) if p == c => like(&pattern[p.len_utf8()..], &text[c.len_utf8()..]),
        _ => false,
    }
}
