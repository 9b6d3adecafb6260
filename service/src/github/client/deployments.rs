//! Deployments and their statuses.

use super::AppClient;
use super::call::{Call, Voice};
use super::pages::PER_PAGE;
use super::path::{of_repo, with_query};
use super::setback::Trouble;
use crate::environment::{DeploymentId, Setback};
use crate::github::{DeploymentState, DeploymentWords, Repo};
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

/// What the Deployment is for, in GitHub's words.
const TASK: &str = "deploy";
/// Earlier Deployments of an environment that are looked at. Each success ends those before it, so there are
/// more than one to end only after a bad time.
const EARLIER_AT_MOST: usize = 10;

#[derive(Deserialize)]
struct Shape {
    id: u64,
    #[serde(default)]
    performed_via_github_app: Option<App>,
}

#[derive(Deserialize)]
struct App {
    id: u64,
}

#[derive(Deserialize)]
struct Status {
    state: String,
    #[serde(default)]
    environment_url: Option<String>,
}

impl AppClient {
    pub(super) async fn write_deployment(
        &self,
        repo: &Repo,
        known: Option<DeploymentId>,
        words: &DeploymentWords,
    ) -> Result<DeploymentId, Setback> {
        let head = ("sha", words.head.as_str());
        let there = self.list_deployments(repo, words, &[head]).await?;
        let id = match there
            .iter()
            .copied()
            .find(|id| Some(*id) == known)
            .or(there.first().copied())
        {
            Some(id) => id,
            None => self.create_deployment(repo, words).await?,
        };
        let latest = self.latest_status(repo, id).await?;
        if !latest.is_some_and(|latest| says_the_same(&latest, words)) {
            self.create_status(repo, id, words).await?;
        }
        // GitHub ends earlier Deployments of an environment by itself only where it is not transient.
        if matches!(
            words.state,
            DeploymentState::Success | DeploymentState::Inactive
        ) {
            self.end_others(repo, id, words).await?;
        }
        Ok(id)
    }

    /// Deployments of the environment that are ours, the newest first.
    async fn list_deployments(
        &self,
        repo: &Repo,
        words: &DeploymentWords,
        further: &[(&str, &str)],
    ) -> Result<Vec<DeploymentId>, Setback> {
        let mut query = vec![
            ("environment", words.environment.as_str()),
            ("task", TASK),
            ("per_page", PER_PAGE),
        ];
        query.extend(further);
        let path = with_query(&of_repo(repo, &["deployments"]), &query);
        let call = Call::read("list_deployments", voice(repo), path);
        let list: Vec<Shape> = self.call_for(&call).await?;
        Ok(list
            .into_iter()
            .filter(|one| {
                let app = one.performed_via_github_app.as_ref();
                app.is_none_or(|app| app.id == self.app_id)
            })
            .map(|one| DeploymentId(one.id))
            .collect())
    }

    async fn create_deployment(
        &self,
        repo: &Repo,
        words: &DeploymentWords,
    ) -> Result<DeploymentId, Setback> {
        let body = json!({
            "ref": words.head,
            "task": TASK,
            // Merging the base branch in would deploy another commit than the one that was pushed.
            "auto_merge": false,
            // Else our own check, which is pending, would stop it.
            "required_contexts": [],
            "environment": words.environment,
            "description": words.description,
            "transient_environment": true,
            "production_environment": false,
        });
        let path = of_repo(repo, &["deployments"]);
        let call = write("create_deployment", repo, path, body);
        let made: Shape = self.call_for(&call).await?;
        Ok(DeploymentId(made.id))
    }

    async fn latest_status(
        &self,
        repo: &Repo,
        id: DeploymentId,
    ) -> Result<Option<Status>, Setback> {
        let path = with_query(&of_statuses(repo, id), &[("per_page", "1")]);
        let call = Call::read("list_deployment_statuses", voice(repo), path);
        let newest_first: Vec<Status> = self.call_for(&call).await?;
        Ok(newest_first.into_iter().next())
    }

    async fn create_status(
        &self,
        repo: &Repo,
        id: DeploymentId,
        words: &DeploymentWords,
    ) -> Result<(), Setback> {
        let mut body = json!({
            "state": words.state,
            "description": words.description,
            "auto_inactive": true,
        });
        if let Some(url) = &words.environment_url {
            body["environment_url"] = json!(url);
        }
        if let Some(url) = &words.log_url {
            body["log_url"] = json!(url);
        }
        let call = write(
            "create_deployment_status",
            repo,
            of_statuses(repo, id),
            body,
        );
        self.call(&call).await?;
        Ok(())
    }

    async fn end_others(
        &self,
        repo: &Repo,
        id: DeploymentId,
        words: &DeploymentWords,
    ) -> Result<(), Setback> {
        let all = self.list_deployments(repo, words, &[]).await?;
        let earlier = all.into_iter().filter(|one| one.0 < id.0);
        for one in earlier.take(EARLIER_AT_MOST) {
            let latest = self.latest_status(repo, one).await?;
            if latest.is_some_and(|latest| latest.state == "inactive") {
                continue;
            }
            let body = json!({ "state": "inactive", "description": "A newer commit was deployed" });
            let call = write(
                "create_deployment_status",
                repo,
                of_statuses(repo, one),
                body,
            );
            match self.call(&call).await {
                Ok(_) | Err(Trouble::Missing(..)) => {}
                Err(trouble) => return Err(trouble.into()),
            }
        }
        Ok(())
    }
}

/// Every status is a line in the pull request's timeline, so none is said twice in a row.
fn says_the_same(latest: &Status, words: &DeploymentWords) -> bool {
    let url = latest.environment_url.as_deref().unwrap_or_default();
    let wanted = words.environment_url.as_deref().unwrap_or_default();
    json!(words.state) == json!(latest.state) && (wanted.is_empty() || url == wanted)
}

fn voice(repo: &Repo) -> Voice {
    Voice::Installation(repo.installation)
}

fn of_statuses(repo: &Repo, id: DeploymentId) -> String {
    of_repo(repo, &["deployments", &id.to_string(), "statuses"])
}

fn write(name: &'static str, repo: &Repo, path: String, body: Value) -> Call {
    Call::write(name, voice(repo), Method::POST, path, Some(body))
}
