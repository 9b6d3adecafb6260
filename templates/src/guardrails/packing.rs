//! Which statement goes into which policy.

use serde_json::Value;

use super::json;
use crate::finding::Position;

/// One statement, and where it came from.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    /// The file it stands in.
    pub path: String,
    /// Where in that file.
    pub at: Position,
    /// What that file is about, for the policy's description.
    pub idea: String,
    /// Its own name.
    pub sid: Option<String>,
    /// The statement, as short JSON.
    pub text: String,
}

impl Statement {
    pub(super) fn new(path: &str, at: Position, idea: &str, value: &Value) -> Self {
        Self {
            path: path.to_owned(),
            at,
            idea: idea.to_owned(),
            sid: value["Sid"].as_str().map(str::to_owned),
            text: json::short(value),
        }
    }
}

const BEFORE: &str = r#"{"Version":"2012-10-17","Statement":["#;
const AFTER: &str = "]}";

/// A policy of these statements.
pub(super) fn document(statements: &[&Statement]) -> String {
    let texts: Vec<&str> = statements.iter().map(|one| one.text.as_str()).collect();
    format!("{BEFORE}{}{AFTER}", texts.join(","))
}

/// Few policies of at most `limit` bytes: each statement, the longest first, goes into the first policy that has
/// room. Within a policy the order is that of the files. Every statement alone must fit.
pub(super) fn pack(statements: &[Statement], limit: usize) -> Vec<Vec<&Statement>> {
    let mut longest_first: Vec<usize> = (0..statements.len()).collect();
    longest_first.sort_by_key(|&index| (usize::MAX - statements[index].text.len(), index));
    let mut policies: Vec<Vec<usize>> = Vec::new();
    for index in longest_first {
        let fits = |policy: &Vec<usize>| {
            let texts: usize = policy.iter().map(|&one| statements[one].text.len()).sum();
            let commas = policy.len();
            let added = statements[index].text.len();
            BEFORE.len() + texts + commas + added + AFTER.len() <= limit
        };
        match policies.iter_mut().find(|policy| fits(policy)) {
            Some(policy) => policy.push(index),
            None => policies.push(vec![index]),
        }
    }
    for policy in &mut policies {
        policy.sort_unstable();
    }
    policies.sort_unstable();
    policies
        .into_iter()
        .map(|policy| policy.into_iter().map(|one| &statements[one]).collect())
        .collect()
}
