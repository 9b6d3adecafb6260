//! What happens, as webhook payloads.

use super::said::CheckRun;
use super::state::State;
use serde_json::{Map, Value, json};

impl State {
    /// Tells of a change to a pull request; `extra` are the fields that only this action has.
    pub fn announce_pull(
        &mut self,
        repository: u64,
        number: u64,
        action: &str,
        by: &str,
        extra: Value,
    ) {
        let Some(place) = self.repositories.get(&repository) else {
            return;
        };
        let Some(pull) = place.pulls.get(&number) else {
            return;
        };
        let mut fields = Map::new();
        fields.insert("number".to_owned(), number.into());
        fields.insert("pull_request".to_owned(), self.pull_json(place, pull));
        if let Value::Object(extra) = extra {
            fields.extend(extra);
        }
        self.announce(repository, "pull_request", action, by, fields);
    }

    /// Tells of a check run.
    pub fn announce_check(&mut self, run: &CheckRun, action: &str, by: &str) {
        let mut fields = Map::new();
        fields.insert("check_run".to_owned(), self.check_run_event_json(run));
        self.announce(run.repository, "check_run", action, by, fields);
    }

    /// Tells that the suite of a check run is to run again.
    pub fn announce_suite(&mut self, run: &CheckRun, action: &str, by: &str) {
        let mut suite = self.check_run_event_json(run)["check_suite"].take();
        // GitHub resets the suite; its runs stay as they are.
        suite["status"] = json!("queued");
        suite["conclusion"] = Value::Null;
        let url = suite["url"].as_str().unwrap_or_default();
        suite["check_runs_url"] = json!(format!("{url}/check-runs"));
        let runs = self.check_runs.values();
        let runs = runs.filter(|one| one.suite == run.suite).count();
        suite["latest_check_runs_count"] = json!(runs);
        // The model's commits carry no names or words of their own.
        let who = json!({ "name": by, "email": format!("{by}@users.noreply.github.com") });
        suite["head_commit"] = json!({
            "id": run.head_sha,
            "tree_id": run.head_sha,
            "message": "Change files",
            "timestamp": run.started_at,
            "author": who,
            "committer": who,
        });
        let mut fields = Map::new();
        fields.insert("check_suite".to_owned(), suite);
        self.announce(run.repository, "check_suite", action, by, fields);
    }

    /// Sends an event of a repository, if the App asked for such events and sees the repository.
    fn announce(
        &mut self,
        repository: u64,
        event: &str,
        action: &str,
        by: &str,
        mut fields: Map<String, Value>,
    ) {
        let asked_for = self.app.events.iter().any(|one| one == event);
        let Some(installation) = self.listening(repository).filter(|_| asked_for) else {
            return;
        };
        let Some(place) = self.repositories.get(&repository) else {
            return;
        };
        fields.insert("action".to_owned(), action.into());
        fields.insert("repository".to_owned(), self.repository_json(place));
        fields.insert("sender".to_owned(), self.user_json(by));
        if let Some(organization) = self.organization_json(&place.owner) {
            fields.insert("organization".to_owned(), organization);
        }
        fields.insert(
            "installation".to_owned(),
            json!({ "id": installation, "node_id": format!("MDIz{installation}") }),
        );
        let payload = Value::Object(fields);
        self.dispatch(
            event,
            Some(action),
            Some(installation),
            Some(repository),
            payload,
        );
    }

    /// Tells that the App was installed, removed, suspended or let on again. Every App hears that.
    pub fn announce_installation(&mut self, installation: u64, action: &str, by: &str) {
        let Some(one) = self.installations.get(&installation) else {
            return;
        };
        let repositories: Vec<Value> = one
            .repositories
            .iter()
            .map(|id| self.repository_stub_json(*id))
            .collect();
        let payload = json!({
            "action": action,
            "installation": self.installation_json(one),
            "repositories": repositories,
            "requester": null,
            "sender": self.user_json(by),
        });
        self.dispatch(
            "installation",
            Some(action),
            Some(installation),
            None,
            payload,
        );
    }

    /// Tells that a repository came under an installation or left it. Every App hears that.
    pub fn announce_installation_repositories(
        &mut self,
        installation: u64,
        action: &str,
        repository: u64,
        by: &str,
    ) {
        let Some(one) = self.installations.get(&installation) else {
            return;
        };
        let changed = vec![self.repository_stub_json(repository)];
        let (added, removed) = match action {
            "added" => (changed, Vec::new()),
            _ => (Vec::new(), changed),
        };
        let payload = json!({
            "action": action,
            "installation": self.installation_json(one),
            "repository_selection": "selected",
            "repositories_added": added,
            "repositories_removed": removed,
            "requester": null,
            "sender": self.user_json(by),
        });
        let event = "installation_repositories";
        self.dispatch(event, Some(action), Some(installation), None, payload);
    }
}
