//! Deployments and their statuses.

use crate::demo::github::answer::{Answer, Reply};
use crate::demo::github::call::{Call, optional, required};
use crate::demo::github::said::{Deployment, DeploymentStatus};
use crate::demo::github::state::{Repository, State};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Characters of a status's description.
const LONGEST_DESCRIPTION: usize = 140;
const STATES: [&str; 7] = [
    "error",
    "failure",
    "inactive",
    "in_progress",
    "queued",
    "pending",
    "success",
];

/// `GET /repos/{owner}/{repo}/deployments`, newest first
pub(super) fn list(state: &State, call: &Call, repository: u64) -> Answer {
    let matches = |name: &str, value: &str| call.asked(name).is_none_or(|asked| asked == value);
    let found = state
        .deployments
        .values()
        .rev()
        .filter(|one| one.repository == repository)
        .filter(|one| matches("sha", &one.sha) && matches("ref", &one.reference))
        .filter(|one| matches("environment", &one.environment) && matches("task", &one.task))
        .map(|one| state.deployment_json(one))
        .collect();
    call.list(&state.base, found)
}

/// `POST /repos/{owner}/{repo}/deployments`
pub(super) fn create(state: &mut State, call: &Call, repository: u64) -> Reply {
    let fields = call.json()?;
    let reference = required(&fields, "ref")?;
    let place = state
        .repositories
        .get(&repository)
        .ok_or_else(Answer::not_found)?;
    let sha = state
        .resolve(place, reference)
        .ok_or_else(|| Answer::unprocessable(&format!("No ref found for: {reference}")))?
        .sha
        .clone();
    if flag(&fields, "auto_merge").unwrap_or(true)
        && let Some(merged) = auto_merge(state, repository, reference, &sha)?
    {
        return Ok(merged);
    }
    let place = state
        .repositories
        .get(&repository)
        .ok_or_else(Answer::not_found)?;
    require_green(
        state,
        place,
        &sha,
        reference,
        fields.get("required_contexts"),
    )?;
    let environment = optional(&fields, "environment")?
        .unwrap_or("production")
        .to_owned();
    let (reference, task) = (
        reference.to_owned(),
        optional(&fields, "task")?.unwrap_or("deploy"),
    );
    let (id, now) = (state.next_id(), state.now());
    let deployment = Deployment {
        id,
        repository,
        sha,
        reference,
        task: task.to_owned(),
        description: optional(&fields, "description")?.map(str::to_owned),
        payload: fields.get("payload").cloned().unwrap_or_else(|| json!({})),
        transient: flag(&fields, "transient_environment").unwrap_or(false),
        production: flag(&fields, "production_environment").unwrap_or(environment == "production"),
        environment,
        created_at: now,
        updated_at: now,
        statuses: Vec::new(),
    };
    let shape = state.deployment_json(&deployment);
    state.deployments.insert(id, deployment);
    Ok(Answer::created(shape))
}

/// Merges the default branch into a branch that lacks it, as GitHub does unless told not to. The
/// caller has to ask again then.
fn auto_merge(
    state: &mut State,
    repository: u64,
    branch: &str,
    sha: &str,
) -> Result<Option<Answer>, Answer> {
    let place = state
        .repositories
        .get(&repository)
        .ok_or_else(Answer::not_found)?;
    let default = place.default_branch.clone();
    let Some(tip) = place.branches.get(&default).cloned() else {
        return Ok(None);
    };
    if !place.branches.contains_key(branch) || state.contains(sha, &tip) {
        return Ok(None);
    }
    let conflict = |refusal: crate::demo::github::Refusal| {
        Answer::refusal(
            409,
            &format!("Conflict merging {default} into {branch}: {refusal}"),
        )
    };
    let tree = state.merged_tree(sha, &tip).map_err(conflict)?;
    let (network, now, bot) = (place.network, state.now(), state.app.bot());
    let message = format!("Merge {default} into {branch}");
    let merged = state.commit(network, vec![sha.to_owned(), tip], tree, &message, now);
    state.move_branch(repository, branch, &merged, &bot);
    let message = format!("Auto-merged {default} into {branch} on deployment.");
    Ok(Some(Answer::json(202, json!({ "message": message }))))
}

/// Refuses a Deployment of a commit whose contexts are not green: those that are named, or all there
/// are when none are named. An empty list asks for nothing.
fn require_green(
    state: &State,
    place: &Repository,
    sha: &str,
    reference: &str,
    named: Option<&Value>,
) -> Result<(), Answer> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for status in &state.statuses {
        if status.repository == place.id && status.sha == sha {
            seen.insert(&status.context, &status.state);
        }
    }
    for run in state.check_runs.values() {
        if run.repository == place.id && run.head_sha == sha {
            let word = run.conclusion.as_ref().unwrap_or(&run.status);
            let green = matches!(word.as_str(), "success" | "neutral" | "skipped");
            seen.insert(&run.name, if green { "success" } else { word });
        }
    }
    let named: Option<Vec<&str>> = named
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect());
    let wanted = named.unwrap_or_else(|| seen.keys().copied().collect());
    let red: Vec<Value> = wanted
        .iter()
        .map(|context| (*context, seen.get(context).copied().unwrap_or("pending")))
        .filter(|(_, state)| *state != "success")
        .map(|(context, state)| json!({ "context": context, "state": state }))
        .collect();
    if red.is_empty() {
        return Ok(());
    }
    let message = format!("Conflict: Commit status checks failed for {reference}.");
    let body = json!({
        "message": message,
        "errors": [{
            "resource": "Deployment",
            "field": "required_contexts",
            "code": "invalid",
            "contexts": red,
        }],
        "documentation_url": "https://docs.github.com/rest/deployments/deployments#create-a-deployment",
        "status": "409",
    });
    Err(Answer::json(409, body))
}

/// `GET /repos/{owner}/{repo}/deployments/{id}/statuses`, newest first
pub(super) fn statuses(state: &State, call: &Call, repository: u64, id: u64) -> Reply {
    let one = find(state, repository, id)?;
    let all = one
        .statuses
        .iter()
        .rev()
        .map(|status| state.deployment_status_json(one, status))
        .collect();
    Ok(call.list(&state.base, all))
}

/// `POST /repos/{owner}/{repo}/deployments/{id}/statuses`
pub(super) fn create_status(state: &mut State, call: &Call, repository: u64, id: u64) -> Reply {
    let one = find(state, repository, id)?;
    let fields = call.json()?;
    let word = required(&fields, "state")?;
    if !STATES.contains(&word) {
        return Err(Answer::invalid(
            "DeploymentStatus",
            "state",
            "custom",
            "state is not included in the list",
        ));
    }
    let description = optional(&fields, "description")?.unwrap_or_default();
    if description.chars().count() > LONGEST_DESCRIPTION {
        let message =
            format!("description is too long (maximum is {LONGEST_DESCRIPTION} characters)");
        return Err(Answer::invalid(
            "DeploymentStatus",
            "description",
            "custom",
            &message,
        ));
    }
    let environment_url = web_address(&fields, "environment_url")?;
    let mut log_url = web_address(&fields, "log_url")?;
    if log_url.is_empty() {
        log_url = web_address(&fields, "target_url")?;
    }
    let environment = optional(&fields, "environment")?
        .unwrap_or(&one.environment)
        .to_owned();
    let (status_id, now) = (state.next_id(), state.now());
    let status = DeploymentStatus {
        id: status_id,
        state: word.to_owned(),
        description: description.to_owned(),
        environment,
        environment_url,
        log_url,
        at: now,
    };
    let sweep = word == "success" && flag(&fields, "auto_inactive").unwrap_or(true);
    state.add_status(id, status.clone());
    if sweep {
        state.retire_older(repository, id, &status);
    }
    let one = find(state, repository, id)?;
    Ok(Answer::created(state.deployment_status_json(one, &status)))
}

fn find(state: &State, repository: u64, id: u64) -> Result<&Deployment, Answer> {
    state
        .deployments
        .get(&id)
        .filter(|one| one.repository == repository)
        .ok_or_else(Answer::not_found)
}

fn flag(fields: &Map<String, Value>, name: &str) -> Option<bool> {
    fields.get(name).and_then(Value::as_bool)
}

fn web_address(fields: &Map<String, Value>, name: &str) -> Result<String, Answer> {
    let text = optional(fields, name)?.unwrap_or_default();
    if text.is_empty() || text.starts_with("http://") || text.starts_with("https://") {
        return Ok(text.to_owned());
    }
    let message = format!("{name} must use http(s) scheme");
    Err(Answer::invalid(
        "DeploymentStatus",
        name,
        "custom",
        &message,
    ))
}

impl State {
    fn add_status(&mut self, deployment: u64, status: DeploymentStatus) {
        let bot = self.app.bot();
        if let Some(one) = self.deployments.get_mut(&deployment) {
            one.updated_at = status.at;
            let words = format!(
                "set {} to {}",
                one.environment,
                status.state.replace('_', " ")
            );
            let (repository, sha) = (one.repository, one.sha.clone());
            one.statuses.push(status);
            self.note_on_commit(repository, &sha, &bot, &words);
        }
    }

    /// Sets older Deployments of the same environment inactive, where they had succeeded and are
    /// neither transient nor production.
    fn retire_older(&mut self, repository: u64, newest: u64, success: &DeploymentStatus) {
        let older: Vec<u64> = self
            .deployments
            .values()
            .filter(|one| one.id < newest && one.repository == repository)
            .filter(|one| one.environment == success.environment)
            .filter(|one| !one.transient && !one.production)
            .filter(|one| {
                one.statuses
                    .last()
                    .is_some_and(|last| last.state == "success")
            })
            .map(|one| one.id)
            .collect();
        for deployment in older {
            let status = DeploymentStatus {
                id: self.next_id(),
                state: "inactive".to_owned(),
                description: String::new(),
                ..success.clone()
            };
            self.add_status(deployment, status);
        }
    }
}
