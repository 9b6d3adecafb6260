//! An admin's own policies: read, checked, and taken apart into statements.
//!
//! What AWS would refuse, or what would not do what it seems to do, is a finding here, before anything is attached.

use serde_json::{Map, Value};

use super::ExtraFile;
use super::packing::Statement;
use crate::finding::{Finding, Position};
use crate::wording::{list, quote};
use crate::yaml::{self, Node, Rules, Value as Tree};

/// Only for positions: what JSON means is told by `serde_json`.
const RULES: Rules = Rules {
    max_bytes: 200_000,
    called: "JSON",
    aliases: false,
    tags: false,
};

const POLICY_KEYS: [&str; 2] = ["Version", "Statement"];
const STATEMENT_KEYS: [&str; 7] = [
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// The statements of a file; what is wrong with it is added to `findings`.
pub(super) fn statements(file: &ExtraFile, findings: &mut Vec<Finding>) -> Vec<Statement> {
    if file.text.len() > RULES.max_bytes {
        let message = format!(
            "the file has {} bytes, and at most {} are read",
            file.text.len(),
            RULES.max_bytes
        );
        findings.push(Finding::new(&file.path, Position::START, message));
        return Vec::new();
    }
    let value: Value = match serde_json::from_str(&file.text) {
        Ok(value) => value,
        Err(error) => {
            findings.push(not_json(file, &error));
            return Vec::new();
        }
    };
    // JSON lets a key stand twice and nobody knows which one counts; the tree has noticed.
    let (tree, doubts) = yaml::parse(&file.path, &file.text, RULES);
    if tree.is_some() {
        findings.extend(doubts);
    }
    let mut check = Check {
        path: &file.path,
        findings,
    };
    check.policy(&value, tree.as_ref())
}

fn not_json(file: &ExtraFile, error: &serde_json::Error) -> Finding {
    let at = Position {
        line: u32::try_from(error.line()).unwrap_or(u32::MAX).max(1),
        column: u32::try_from(error.column()).unwrap_or(u32::MAX).max(1),
    };
    let words = error.to_string();
    let what = words.split(" at line ").next().unwrap_or_default();
    Finding::new(&file.path, at, format!("the file is not JSON: {what}"))
}

struct Check<'a> {
    path: &'a str,
    findings: &'a mut Vec<Finding>,
}

impl Check<'_> {
    fn add(&mut self, at: Position, message: impl Into<String>, help: &str) {
        let finding = Finding::new(self.path, at, message);
        self.findings.push(finding.with_help(help));
    }

    fn policy(&mut self, value: &Value, tree: Option<&Node>) -> Vec<Statement> {
        let start = place(tree, Position::START);
        let Some(policy) = value.as_object() else {
            let help = r#"write {"Version": "2012-10-17", "Statement": [...]}"#;
            self.add(start, "a policy must be an object", help);
            return Vec::new();
        };
        self.known_keys(policy, &POLICY_KEYS, "a policy", tree, start);
        if policy.get("Version").and_then(Value::as_str) != Some("2012-10-17") {
            let at = key(tree, "Version", start);
            let message = "a policy needs a Version, and AWS knows one for it";
            self.add(at, message, r#"write "Version": "2012-10-17""#);
        }
        let at = key(tree, "Statement", start);
        let Some(statements) = policy.get("Statement").and_then(Value::as_array) else {
            let help = r#"write "Statement": [...] with a list in it"#;
            self.add(at, "a policy needs a list of statements", help);
            return Vec::new();
        };
        if statements.is_empty() {
            self.add(
                at,
                "the list of statements is empty",
                "leave the file out of guardrails.extra",
            );
        }
        let nodes = match tree
            .and_then(|tree| tree.get("Statement"))
            .map(|node| &node.value)
        {
            Some(Tree::List(nodes)) => nodes.as_slice(),
            _ => &[],
        };
        let idea = self.path.rsplit('/').next().unwrap_or(self.path);
        let idea = idea.strip_suffix(".json").unwrap_or(idea).to_owned();
        let mut found = Vec::new();
        for (index, statement) in statements.iter().enumerate() {
            let node = nodes.get(index);
            let at = place(node, at);
            if self.statement(statement, node, at) {
                found.push(Statement::new(self.path, at, &idea, statement));
            }
        }
        found
    }

    /// Whether it is one that can be attached.
    fn statement(&mut self, value: &Value, node: Option<&Node>, at: Position) -> bool {
        let before = self.findings.len();
        let Some(statement) = value.as_object() else {
            self.add(
                at,
                "a statement must be an object",
                r#"write {"Effect": "Deny", "Action": [...], "Resource": "*"}"#,
            );
            return false;
        };
        self.known_keys(
            statement,
            &STATEMENT_KEYS,
            "a statement of a service control policy",
            node,
            at,
        );
        self.effect(statement, node, at);
        if let Some(sid) = statement.get("Sid") {
            let plain = sid.as_str().is_some_and(|sid| {
                !sid.is_empty() && sid.bytes().all(|byte| byte.is_ascii_alphanumeric())
            });
            if !plain {
                let message = "a Sid is made of letters and digits";
                self.add(
                    key(node, "Sid", at),
                    message,
                    "write it as DenyWhatItDenies",
                );
            }
        }
        self.either(statement, ["Action", "NotAction"], is_action, "`*`, or a service and what is asked of it, for example `s3:PutObject` or `ec2:Purchase*`", node, at);
        self.either(
            statement,
            ["Resource", "NotResource"],
            is_resource,
            "`*`, or an ARN, for example `arn:aws:s3:::logs/*`",
            node,
            at,
        );
        if let Some(condition) = statement.get("Condition") {
            let shaped = condition
                .as_object()
                .is_some_and(|operators| operators.values().all(Value::is_object));
            if !shaped {
                let help = r#"write {"StringEquals": {"aws:RequestedRegion": ["eu-west-1"]}}"#;
                let message = "a Condition is an object of operators, each an object of keys";
                self.add(key(node, "Condition", at), message, help);
            }
        }
        self.findings.len() == before
    }

    fn effect(&mut self, statement: &Map<String, Value>, node: Option<&Node>, at: Position) {
        match statement.get("Effect").and_then(Value::as_str) {
            Some("Deny") => {}
            Some("Allow") => self.add(
                key(node, "Effect", at),
                "a guardrail can't allow: `FullAWSAccess` allows everything beside it, so an Allow would change nothing",
                "deny with NotAction what is not on your list; for whole services, guardrails.services has the list",
            ),
            _ => self.add(
                key(node, "Effect", at),
                "a statement needs an Effect",
                r#"write "Effect": "Deny""#,
            ),
        }
    }

    /// One of two keys must be there, with a text or a list of texts.
    fn either(
        &mut self,
        statement: &Map<String, Value>,
        keys: [&str; 2],
        allowed: fn(&str) -> bool,
        example: &str,
        node: Option<&Node>,
        at: Position,
    ) {
        let mut given = keys.into_iter().filter(|key| statement.contains_key(*key));
        let (Some(name), None) = (given.next(), given.next()) else {
            let message = format!("a statement needs {} or {}, and one only", keys[0], keys[1]);
            self.add(at, message, &format!("write \"{}\": [...]", keys[0]));
            return;
        };
        let at = key(node, name, at);
        let help = format!("write {example}");
        let items = match &statement[name] {
            Value::String(_) => std::slice::from_ref(&statement[name]),
            Value::Array(items) if !items.is_empty() => items.as_slice(),
            _ => {
                self.add(at, format!("{name} is a text or a list of texts"), &help);
                return;
            }
        };
        for item in items {
            if !item.as_str().is_some_and(allowed) {
                let written = item
                    .as_str()
                    .map_or_else(|| item.to_string(), str::to_owned);
                let what = keys[0].to_lowercase();
                let article = if what == "action" { "an" } else { "a" };
                let message = format!("{} is not {article} {what}", quote(&written));
                self.add(at, message, &help);
            }
        }
    }

    fn known_keys(
        &mut self,
        map: &Map<String, Value>,
        known: &[&str],
        called: &str,
        node: Option<&Node>,
        at: Position,
    ) {
        for name in map.keys().filter(|name| !known.contains(&name.as_str())) {
            let message = format!("{} has no place in {called}", quote(name));
            let help = format!("keys are {}", list(known));
            self.add(key(node, name, at), message, &help);
        }
    }
}

fn is_action(text: &str) -> bool {
    let Some((service, action)) = text.split_once(':') else {
        return text == "*";
    };
    let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let named = |byte: u8| byte.is_ascii_alphanumeric() || b"*?".contains(&byte);
    !service.is_empty()
        && service.bytes().all(lower)
        && !action.is_empty()
        && action.bytes().all(named)
}

fn is_resource(text: &str) -> bool {
    text == "*" || (text.starts_with("arn:") && text.split(':').count() >= 6)
}

/// Where a value stands, as far as that is known.
fn place(node: Option<&Node>, otherwise: Position) -> Position {
    node.map_or(otherwise, |node| node.at)
}

/// Where a key stands, as far as that is known.
fn key(node: Option<&Node>, name: &str, otherwise: Position) -> Position {
    node.and_then(Node::entries)
        .and_then(|entries| entries.iter().find(|entry| entry.key == name))
        .map_or(otherwise, |entry| entry.key_at)
}
