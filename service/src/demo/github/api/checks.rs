//! Check runs and commit statuses.

use crate::demo::github::answer::{Answer, Reply};
use crate::demo::github::call::{Call, optional, required, with_link};
use crate::demo::github::said::CheckRun;
use crate::demo::github::state::State;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// Annotations that one request may bring.
const MOST_ANNOTATIONS: usize = 50;
/// Buttons of a check run.
const MOST_ACTIONS: usize = 3;
/// Characters of a summary or text.
const LONGEST: usize = 65_535;
/// How a check run can stand; the first three are for Apps to set.
const STATUSES: [&str; 6] = [
    "queued",
    "in_progress",
    "completed",
    "waiting",
    "requested",
    "pending",
];
const CONCLUSIONS: [&str; 7] = [
    "action_required",
    "cancelled",
    "failure",
    "neutral",
    "success",
    "skipped",
    "timed_out",
];

/// `POST /repos/{owner}/{repo}/check-runs`
pub(super) fn create(state: &mut State, call: &Call, repository: u64) -> Reply {
    let fields = call.json()?;
    let name = required(&fields, "name")?;
    let sha = required(&fields, "head_sha")?;
    let place = state
        .repositories
        .get(&repository)
        .ok_or_else(Answer::not_found)?;
    let known = state
        .commits
        .get(sha)
        .is_some_and(|commit| commit.network == place.network);
    if !known {
        return Err(Answer::unprocessable(&format!(
            "No commit found for SHA: {sha}"
        )));
    }
    let app = state.app.id;
    let mut run = state.new_check_run(repository, app, sha, name);
    apply(&mut run, &fields, state.now())?;
    let shape = state.check_run_json(&run);
    let bot = state.app.bot();
    state.save_check_run(run, "created", &bot);
    Ok(Answer::created(shape))
}

/// `GET /repos/{owner}/{repo}/check-runs/{id}`
pub(super) fn show(state: &State, repository: u64, id: u64) -> Reply {
    Ok(Answer::ok(
        state.check_run_json(find(state, repository, id)?),
    ))
}

/// `PATCH /repos/{owner}/{repo}/check-runs/{id}`
pub(super) fn update(state: &mut State, call: &Call, repository: u64, id: u64) -> Reply {
    let mut run = find(state, repository, id)?.clone();
    if run.app_id != state.app.id {
        return Err(Answer::refusal(
            403,
            "Invalid app_id - check run can only be modified by the GitHub App that created it.",
        ));
    }
    let was_completed = run.status == "completed";
    let fields = call.json()?;
    if let Some(name) = optional(&fields, "name")? {
        name.clone_into(&mut run.name);
    }
    apply(&mut run, &fields, state.now())?;
    let shape = state.check_run_json(&run);
    let bot = state.app.bot();
    let action = if run.status == "completed" && !was_completed {
        "completed"
    } else {
        ""
    };
    state.save_check_run(run, action, &bot);
    Ok(Answer::ok(shape))
}

/// `GET /repos/{owner}/{repo}/commits/{ref}/check-runs`, newest first
pub(super) fn list(state: &State, call: &Call, repository: u64, reference: &str) -> Reply {
    let place = state
        .repositories
        .get(&repository)
        .ok_or_else(Answer::not_found)?;
    let commit = state
        .resolve(place, reference)
        .ok_or_else(|| Answer::unprocessable(&format!("No commit found for SHA: {reference}")))?;
    let all = call.asked("filter") == Some("all");
    let app = call.asked("app_id");
    let mut seen = HashSet::new();
    let runs: Vec<Value> = state
        .check_runs
        .values()
        .rev()
        .filter(|run| run.repository == repository && run.head_sha == commit.sha)
        .filter(|run| all || seen.insert((run.app_id, run.name.clone())))
        .filter(|run| call.asked("check_name").is_none_or(|name| name == run.name))
        .filter(|run| {
            call.asked("status")
                .is_none_or(|status| status == run.status)
        })
        .filter(|run| app.is_none_or(|app| app == run.app_id.to_string()))
        .map(|run| state.check_run_json(run))
        .collect();
    let total = runs.len();
    let (page, link) = call.page(&state.base, runs);
    let body = json!({ "total_count": total, "check_runs": page });
    Ok(with_link(Answer::ok(body), link))
}

/// `GET /repos/{owner}/{repo}/commits/{ref}/status`
pub(super) fn combined_status(
    state: &State,
    call: &Call,
    repository: u64,
    reference: &str,
) -> Reply {
    let place = state
        .repositories
        .get(&repository)
        .ok_or_else(Answer::not_found)?;
    let commit = state
        .resolve(place, reference)
        .ok_or_else(Answer::not_found)?;
    let mut seen = HashSet::new();
    let latest: Vec<_> = state
        .statuses
        .iter()
        .rev()
        .filter(|one| one.repository == repository && one.sha == commit.sha)
        .filter(|one| seen.insert(one.context.clone()))
        .collect();
    let any = |wanted: &str| latest.iter().any(|one| one.state == wanted);
    // Without any status GitHub says pending, too.
    let combined = if any("failure") || any("error") {
        "failure"
    } else if latest.is_empty() || any("pending") {
        "pending"
    } else {
        "success"
    };
    let api = format!("{}/repos/{}", state.base, place.full_name());
    let total = latest.len();
    let shapes = latest
        .iter()
        .map(|one| state.commit_status_json(place, one))
        .collect();
    let (page, link) = call.page(&state.base, shapes);
    let body = json!({
        "state": combined,
        "statuses": page,
        "sha": commit.sha,
        "total_count": total,
        "repository": state.repository_json(place),
        "commit_url": format!("{api}/commits/{}", commit.sha),
        "url": format!("{api}/commits/{}/status", commit.sha),
    });
    Ok(with_link(Answer::ok(body), link))
}

fn find(state: &State, repository: u64, id: u64) -> Result<&CheckRun, Answer> {
    state
        .check_runs
        .get(&id)
        .filter(|run| run.repository == repository)
        .ok_or_else(Answer::not_found)
}

/// Takes over what a request says about a check run.
fn apply(
    run: &mut CheckRun,
    fields: &Map<String, Value>,
    now: DateTime<Utc>,
) -> Result<(), Answer> {
    if let Some(id) = optional(fields, "external_id")? {
        id.clone_into(&mut run.external_id);
    }
    if let Some(url) = optional(fields, "details_url")? {
        if !url.starts_with("http://") && !url.starts_with("https://") {
            let message = "details_url must use http or https";
            return Err(Answer::invalid(
                "CheckRun",
                "details_url",
                "custom",
                message,
            ));
        }
        run.details_url = Some(url.to_owned());
    }
    if let Some(at) = time(fields, "started_at")? {
        run.started_at = at;
    }
    if let Some(output) = fields.get("output") {
        apply_output(run, output)?;
    }
    if let Some(actions) = fields.get("actions") {
        run.actions = actions_of(actions)?;
    }
    apply_status(run, fields, now)
}

fn apply_status(
    run: &mut CheckRun,
    fields: &Map<String, Value>,
    now: DateTime<Utc>,
) -> Result<(), Answer> {
    let status = optional(fields, "status")?;
    let conclusion = optional(fields, "conclusion")?;
    if let Some(status) = status.filter(|status| !STATUSES.contains(status)) {
        return Err(not_a_member("status", status));
    }
    if let Some(conclusion) = conclusion.filter(|word| !CONCLUSIONS.contains(word)) {
        return Err(not_a_member("conclusion", conclusion));
    }
    match (status, conclusion) {
        // A conclusion completes the run, whatever the status says.
        (_, Some(conclusion)) => {
            "completed".clone_into(&mut run.status);
            run.conclusion = Some(conclusion.to_owned());
            run.completed_at = Some(time(fields, "completed_at")?.unwrap_or(now));
        }
        (Some("completed"), None) => {
            return Err(Answer::unprocessable(
                "Invalid request.\n\nNo subschema in \"anyOf\" matched.\n\"conclusion\" wasn't supplied.",
            ));
        }
        (Some(status), None) => {
            status.clone_into(&mut run.status);
            run.conclusion = None;
            run.completed_at = None;
        }
        (None, None) => {}
    }
    Ok(())
}

fn apply_output(run: &mut CheckRun, output: &Value) -> Result<(), Answer> {
    let Value::Object(output) = output else {
        return Err(Answer::unprocessable(&format!(
            "Invalid request.\n\nFor 'properties/output', {output} is not an object."
        )));
    };
    let title = optional(output, "title")?;
    let summary = required(output, "summary")?;
    let text = optional(output, "text")?;
    if title.is_none() && run.title.is_none() {
        return Err(Answer::unprocessable(
            "Invalid request.\n\n\"title\" wasn't supplied.",
        ));
    }
    for (name, words) in [("summary", Some(summary)), ("text", text)] {
        if words.is_some_and(|words| words.chars().count() > LONGEST) {
            return Err(Answer::unprocessable(&format!(
                "Invalid request.\n\nOnly {LONGEST} characters are allowed; \"{name}\" has more."
            )));
        }
    }
    if let Some(Value::Array(annotations)) = output.get("annotations") {
        if annotations.len() > MOST_ANNOTATIONS {
            return Err(Answer::unprocessable(&format!(
                "Invalid request.\n\nNo more than {MOST_ANNOTATIONS} items are allowed; {} were supplied.",
                annotations.len()
            )));
        }
        for annotation in annotations {
            for field in [
                "path",
                "start_line",
                "end_line",
                "annotation_level",
                "message",
            ] {
                if annotation.get(field).is_none() {
                    return Err(Answer::unprocessable(&format!(
                        "Invalid request.\n\n\"{field}\" wasn't supplied."
                    )));
                }
            }
        }
        // Annotations add up over requests; title and summary are replaced.
        run.annotations.extend(annotations.iter().cloned());
    }
    if let Some(title) = title {
        run.title = Some(title.to_owned());
    }
    run.summary = Some(summary.to_owned());
    run.text = text.map(str::to_owned);
    Ok(())
}

fn actions_of(actions: &Value) -> Result<Vec<Value>, Answer> {
    let actions = actions.as_array().cloned().unwrap_or_default();
    if actions.len() > MOST_ACTIONS {
        return Err(Answer::unprocessable(&format!(
            "Invalid request.\n\nNo more than {MOST_ACTIONS} items are allowed; {} were supplied.",
            actions.len()
        )));
    }
    for action in &actions {
        for (field, longest) in [("label", 20), ("description", 40), ("identifier", 20)] {
            let text = action[field].as_str().unwrap_or_default();
            if text.is_empty() || text.chars().count() > longest {
                return Err(Answer::unprocessable(&format!(
                    "Invalid request.\n\nOnly {longest} characters are allowed in \"{field}\", and one at least."
                )));
            }
        }
    }
    Ok(actions)
}

fn time(fields: &Map<String, Value>, name: &str) -> Result<Option<DateTime<Utc>>, Answer> {
    let Some(text) = optional(fields, name)? else {
        return Ok(None);
    };
    DateTime::parse_from_rfc3339(text)
        .map(|at| Some(at.with_timezone(&Utc)))
        .map_err(|_| {
            Answer::unprocessable(&format!(
                "Invalid request.\n\n\"{text}\" is not a valid date-time of \"{name}\"."
            ))
        })
}

fn not_a_member(field: &str, value: &str) -> Answer {
    Answer::unprocessable(&format!(
        "Invalid request.\n\n{value} is not a possible value of \"{field}\"."
    ))
}

impl State {
    /// A check run that is not saved yet. All runs of one App on one commit share a suite.
    pub fn new_check_run(&mut self, repository: u64, app: u64, sha: &str, name: &str) -> CheckRun {
        let suite = self
            .check_runs
            .values()
            .find(|run| run.repository == repository && run.app_id == app && run.head_sha == sha)
            .map(|run| run.suite);
        let suite = suite.unwrap_or_else(|| self.next_id());
        CheckRun {
            id: self.next_id(),
            repository,
            suite,
            app_id: app,
            name: name.to_owned(),
            head_sha: sha.to_owned(),
            external_id: String::new(),
            details_url: None,
            status: "queued".to_owned(),
            conclusion: None,
            started_at: self.now(),
            completed_at: None,
            title: None,
            summary: None,
            text: None,
            annotations: Vec::new(),
            actions: Vec::new(),
        }
    }

    /// Saves a check run and tells of it; an empty action tells nothing.
    pub fn save_check_run(&mut self, run: CheckRun, action: &str, by: &str) {
        let standing = run.conclusion.as_ref().unwrap_or(&run.status);
        let words = format!(
            "set the check “{}” to {}",
            run.name,
            standing.replace('_', " ")
        );
        self.note_on_commit(run.repository, &run.head_sha, by, &words);
        self.check_runs.insert(run.id, run.clone());
        if action == "created" || action == "completed" {
            self.announce_check(&run, action, by);
        }
        if action == "created" && run.conclusion.is_some() {
            self.announce_check(&run, "completed", by);
        }
    }
}
