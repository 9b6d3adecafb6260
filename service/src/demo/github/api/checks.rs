//! Check runs and commit statuses.

use super::check_fields::apply;
use crate::demo::github::answer::{Answer, Reply};
use crate::demo::github::call::{Call, optional, required, with_link};
use crate::demo::github::said::CheckRun;
use crate::demo::github::state::State;
use serde_json::{Value, json};
use std::collections::HashSet;

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
    state.save_check_run(&run, "created", &bot);
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
    let mut fields = call.json()?;
    if was_completed {
        // GitHub says yes and leaves status and conclusion as they were: what is to run again needs a new run.
        for fixed in ["status", "conclusion", "completed_at"] {
            fields.remove(fixed);
        }
    }
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
    state.save_check_run(&run, action, &bot);
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
    pub fn save_check_run(&mut self, run: &CheckRun, action: &str, by: &str) {
        let standing = run.conclusion.as_ref().unwrap_or(&run.status);
        let words = format!(
            "set the check “{}” to {}",
            run.name,
            standing.replace('_', " ")
        );
        self.note_on_commit(run.repository, &run.head_sha, by, &words);
        self.check_runs.insert(run.id, run.clone());
        if action == "created" || action == "completed" {
            self.announce_check(run, action, by);
        }
        if action == "created" && run.conclusion.is_some() {
            self.announce_check(run, "completed", by);
        }
    }
}
