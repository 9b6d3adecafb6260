//! Everybody's checks of a commit: check runs and the older commit statuses, told alike.

use super::AppClient;
use super::call::{Call, Voice};
use super::pages::PER_PAGE;
use super::path::{of_repo, with_query};
use crate::environment::{CommitSha, Setback};
use crate::github::{CheckSeen, CheckState, Repo};
use serde::Deserialize;
use std::collections::BTreeMap;

/// 1,000 check runs: what GitHub gives out for one commit at most.
const PAGES_AT_MOST: usize = 10;

#[derive(Deserialize)]
struct Runs {
    check_runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    id: u64,
    name: String,
    status: String,
    conclusion: Option<String>,
    app: Option<App>,
}

#[derive(Deserialize)]
struct App {
    id: u64,
}

#[derive(Deserialize)]
struct Combined {
    statuses: Vec<Status>,
}

#[derive(Deserialize)]
struct Status {
    context: String,
    state: String,
}

impl AppClient {
    pub(super) async fn read_checks(
        &self,
        repo: &Repo,
        sha: &CommitSha,
    ) -> Result<Vec<CheckSeen>, Setback> {
        let voice = Voice::Installation(repo.installation);
        let list = |name, last, query: &[(&str, &str)]| {
            let path = of_repo(repo, &["commits", sha.as_str(), last]);
            Call::read(name, voice, with_query(&path, query))
        };
        let query = [("filter", "latest"), ("per_page", PER_PAGE)];
        let runs: Vec<Runs> = self
            .pages(
                list("list_check_runs", "check-runs", &query),
                PAGES_AT_MOST,
                |_| true,
            )
            .await?;
        let combined: Vec<Combined> = self
            .pages(
                list("list_statuses", "status", &query[1..]),
                PAGES_AT_MOST,
                |_| true,
            )
            .await?;
        let runs = runs.into_iter().flat_map(|page| page.check_runs);
        let statuses = combined.into_iter().flat_map(|page| page.statuses);
        let mut seen = latest(runs.filter(|run| !self.is_ours(run)));
        seen.extend(statuses.map(|status| CheckSeen {
            state: match status.state.as_str() {
                "success" => CheckState::Green,
                "pending" => CheckState::Pending,
                _ => CheckState::Red,
            },
            name: status.context,
        }));
        Ok(seen)
    }

    /// Waiting for our own check would never end.
    fn is_ours(&self, run: &Run) -> bool {
        run.app.as_ref().is_some_and(|app| app.id == self.app_id)
    }
}

/// The newest run of each name.
fn latest(runs: impl Iterator<Item = Run>) -> Vec<CheckSeen> {
    let mut newest: BTreeMap<String, Run> = BTreeMap::new();
    for run in runs {
        let known = newest.get(&run.name);
        if known.is_none_or(|known| known.id < run.id) {
            newest.insert(run.name.clone(), run);
        }
    }
    let seen = newest.into_values().map(|run| CheckSeen {
        state: match (run.status.as_str(), run.conclusion.as_deref()) {
            ("completed", Some("success" | "neutral" | "skipped")) => CheckState::Green,
            ("completed", _) => CheckState::Red,
            _ => CheckState::Pending,
        },
        name: run.name,
    });
    seen.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_run_of_a_name_counts() {
        let run = |id, name: &str, conclusion: Option<&str>| Run {
            id,
            name: name.to_owned(),
            status: conclusion.map_or("queued", |_| "completed").to_owned(),
            conclusion: conclusion.map(str::to_owned),
            app: None,
        };
        let runs = [
            run(3, "test", Some("success")),
            run(1, "test", Some("failure")),
            run(2, "build", Some("skipped")),
            run(4, "build", None),
            run(5, "lint", Some("stale")),
            run(6, "docs", Some("neutral")),
        ];
        let seen: Vec<(String, CheckState)> = latest(runs.into_iter())
            .into_iter()
            .map(|check| (check.name, check.state))
            .collect();
        let expected = [
            ("build", CheckState::Pending),
            ("docs", CheckState::Green),
            ("lint", CheckState::Red),
            ("test", CheckState::Green),
        ];
        assert_eq!(seen, expected.map(|(name, state)| (name.to_owned(), state)));
    }
}
