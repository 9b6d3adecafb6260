//! Check runs and commit statuses.

use super::node_id;
use crate::demo::github::said::{CheckRun, CommitStatus};
use crate::demo::github::state::{Repository, State};
use serde_json::{Value, json};

impl State {
    /// A check run.
    pub fn check_run_json(&self, run: &CheckRun) -> Value {
        let repository = self.repositories.get(&run.repository);
        let name = repository.map(Repository::full_name).unwrap_or_default();
        let url = format!("{}/repos/{name}/check-runs/{}", self.base, run.id);
        let html = format!("{}/{name}/runs/{}", self.base, run.id);
        let pulls = repository
            .map(|repository| self.pulls_of_commit_json(repository, &run.head_sha))
            .unwrap_or_default();
        json!({
            "id": run.id,
            "node_id": node_id("CheckRun", run.id),
            "name": run.name,
            "head_sha": run.head_sha,
            "external_id": run.external_id,
            "url": url,
            "html_url": html,
            "details_url": run.details_url.as_ref().unwrap_or(&html),
            "status": run.status,
            "conclusion": run.conclusion,
            "started_at": run.started_at,
            "completed_at": run.completed_at,
            "output": {
                "title": run.title,
                "summary": run.summary,
                "text": run.text,
                "annotations_count": run.annotations.len(),
                "annotations_url": format!("{url}/annotations"),
            },
            "check_suite": { "id": run.suite },
            "app": self.app_json(run.app_id),
            "pull_requests": pulls,
        })
    }

    /// A check run as its webhook carries it, with the whole suite.
    pub fn check_run_event_json(&self, run: &CheckRun) -> Value {
        let mut shape = self.check_run_json(run);
        let repository = self.repositories.get(&run.repository);
        let name = repository.map(Repository::full_name).unwrap_or_default();
        let branch = repository.and_then(|one| {
            one.branches
                .iter()
                .find(|(_, sha)| **sha == run.head_sha)
                .map(|(branch, _)| branch)
        });
        let before = self
            .commits
            .get(&run.head_sha)
            .and_then(|one| one.parents.first());
        shape["check_suite"] = json!({
            "id": run.suite,
            "node_id": node_id("CheckSuite", run.suite),
            "head_branch": branch,
            "head_sha": run.head_sha,
            "status": run.status,
            "conclusion": run.conclusion,
            "url": format!("{}/repos/{name}/check-suites/{}", self.base, run.suite),
            "before": before,
            "after": run.head_sha,
            "pull_requests": shape["pull_requests"],
            "app": shape["app"],
            "created_at": run.started_at,
            "updated_at": run.completed_at.unwrap_or(run.started_at),
        });
        shape
    }

    /// A commit status.
    pub fn commit_status_json(&self, repository: &Repository, status: &CommitStatus) -> Value {
        let api = format!("{}/repos/{}", self.base, repository.full_name());
        json!({
            "id": status.id,
            "node_id": node_id("StatusContext", status.id),
            "state": status.state,
            "context": status.context,
            "description": null,
            "target_url": null,
            "avatar_url": null,
            "url": format!("{api}/statuses/{}", status.sha),
            "created_at": status.at,
            "updated_at": status.at,
        })
    }
}
