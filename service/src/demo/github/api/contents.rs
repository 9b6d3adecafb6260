//! Files at a commit.

use crate::demo::github::answer::{Answer, Body, Reply};
use crate::demo::github::call::Call;
use crate::demo::github::state::State;
use serde_json::Value;
use std::collections::BTreeMap;

/// `GET /repos/{owner}/{repo}/contents/{path}`
pub(super) fn show(state: &State, call: &Call, repository: u64, path: &[&str]) -> Reply {
    let one = state
        .repositories
        .get(&repository)
        .ok_or_else(Answer::not_found)?;
    let reference = call.asked("ref").unwrap_or(&one.default_branch);
    let commit = state
        .resolve(one, reference)
        .ok_or_else(|| Answer::missing(&format!("No commit found for the ref {reference}")))?;
    let path = path.join("/");
    let path = path.trim_matches('/');
    let raw = [
        "application/vnd.github.raw",
        "application/vnd.github.v3.raw",
    ]
    .iter()
    .any(|kind| call.accept().contains(kind));
    if let Some(content) = commit.tree.get(path) {
        return Ok(if raw {
            let kind = "application/vnd.github.raw+json; charset=utf-8".to_owned();
            Answer {
                status: 200,
                body: Body::Raw(content.to_vec(), kind),
                headers: Vec::new(),
            }
        } else {
            Answer::ok(state.file_json(one, reference, path, content))
        });
    }
    let prefix = if path.is_empty() {
        String::new()
    } else {
        format!("{path}/")
    };
    // Name to content of the files right here, name to nothing for folders.
    let mut entries: BTreeMap<&str, Option<&[u8]>> = BTreeMap::new();
    for (full, content) in commit.tree.iter() {
        let Some(below) = full.strip_prefix(&prefix) else {
            continue;
        };
        match below.split_once('/') {
            Some((folder, _)) => entries.insert(folder, None),
            None => entries.insert(below, Some(content)),
        };
    }
    if entries.is_empty() {
        return Err(Answer::not_found());
    }
    let listing: Vec<Value> = entries
        .into_iter()
        .map(|(name, file)| state.entry_json(one, reference, &format!("{prefix}{name}"), file))
        .collect();
    Ok(Answer::ok(listing.into()))
}
