//! The product's trait of GitHub, and its health checks, answered by the world.

use super::world::{Service, State, World};
use async_trait::async_trait;
use ebbtide::environment::{
    CheckRunId, CommentId, CommitSha, DeploymentId, Login, PullRequest, PullRequestNumber, Setback,
};
use ebbtide::github::{
    CheckSeen, CheckState, CheckWords, DeploymentWords, FailedDelivery, GitHub, Live, Repo,
};
use ebbtide::reconciler::probe::Prober;
use ebbtide_templates::HealthCheck;
use std::sync::Arc;

/// GitHub as one process reaches it.
pub struct GitHubCalls(pub Arc<World>);

impl GitHubCalls {
    async fn call<T>(
        &self,
        name: &str,
        effect: impl FnOnce(&mut State) -> Result<T, Setback>,
    ) -> Result<T, Setback> {
        self.0.call(Service::GitHub, name, effect).await
    }

    /// A call that needs the App to be installed in the repository.
    async fn at<T>(
        &self,
        name: &str,
        repo: &Repo,
        effect: impl FnOnce(&mut State) -> Result<T, Setback>,
    ) -> Result<T, Setback> {
        self.call(name, |state| {
            let here = state.github.repository_of(&repo.name);
            if here.is_none_or(|repository| repository.removed) {
                return Err(Setback::refused("Resource not accessible by integration"));
            }
            effect(state)
        })
        .await
    }
}

#[async_trait]
impl GitHub for GitHubCalls {
    async fn pull_request(
        &self,
        repo: &Repo,
        number: PullRequestNumber,
    ) -> Result<Live<PullRequest>, Setback> {
        self.call("get a pull request", |state| {
            let here = state.github.repository_of(&repo.name);
            if here.is_none_or(|repository| repository.removed) {
                return Ok(Live::NoInstallation);
            }
            let live = state.github.live(&repo.name, number.0);
            state.note(|| {
                let word = live.as_ref().map(|live| (live.state, &live.head));
                format!("look at {}#{number}: {word:?}", repo.name)
            });
            Ok(live.map_or(Live::Missing, Live::There))
        })
        .await
    }

    async fn file(&self, repo: &Repo, path: &str, at: &str) -> Result<Option<Vec<u8>>, Setback> {
        self.at("get contents", repo, |state| {
            let repository = state.github.repository_of(&repo.name);
            let branch = repository.and_then(|repository| repository.branches.get(at));
            let commit = branch.map_or(at, String::as_str);
            let content = state.github.commits.get(commit);
            Ok(content
                .and_then(|content| content.text(path))
                .map(String::into_bytes))
        })
        .await
    }

    async fn may_write(&self, repo: &Repo, login: &Login) -> Result<bool, Setback> {
        self.at("get a permission", repo, |_| Ok(login.as_str() == "alice"))
            .await
    }

    async fn checks(&self, repo: &Repo, sha: &CommitSha) -> Result<Vec<CheckSeen>, Setback> {
        self.at("list checks", repo, |state| {
            let build = state.github.builds.get(sha.as_str());
            let seen = build.map(|(until, end)| CheckSeen {
                name: "build".to_owned(),
                state: if *until > state.now {
                    CheckState::Pending
                } else {
                    *end
                },
            });
            Ok(seen.into_iter().collect())
        })
        .await
    }

    async fn put_comment(
        &self,
        repo: &Repo,
        number: PullRequestNumber,
        marker: &str,
        known: Option<CommentId>,
        body: &str,
    ) -> Result<CommentId, Setback> {
        self.at("put the comment", repo, |state| {
            state.note(|| {
                let heading = body.lines().nth(1).unwrap_or_default();
                format!("comment on {}#{number}: {heading}", repo.name)
            });
            let known = known.map(|known| known.0);
            let put = state
                .github
                .put_comment(&repo.name, number.0, marker, known, body);
            put.map(CommentId)
                .ok_or_else(|| Setback::refused("there is no such pull request"))
        })
        .await
    }

    async fn put_check(
        &self,
        repo: &Repo,
        _name: &str,
        external_id: &str,
        known: Option<CheckRunId>,
        words: &CheckWords,
    ) -> Result<CheckRunId, Setback> {
        self.at("put the check", repo, |state| {
            state.note(|| format!("check: {:?} {}", words.conclusion, words.title));
            Ok(state.github.put_check(external_id, known, words))
        })
        .await
    }

    async fn put_deployment(
        &self,
        repo: &Repo,
        _known: Option<DeploymentId>,
        words: &DeploymentWords,
    ) -> Result<DeploymentId, Setback> {
        self.at("put the Deployment", repo, |state| {
            state.note(|| format!("Deployment of {}: {:?}", words.environment, words.state));
            let repository = state.github.repository_of(&repo.name).map_or(0, |r| r.id);
            Ok(state.github.put_deployment(repository, words))
        })
        .await
    }

    async fn failed_deliveries(&self) -> Result<Vec<FailedDelivery>, Setback> {
        self.call("list deliveries", |state| {
            let failed = state.github.sent.iter().filter(|sent| sent.failed);
            Ok(failed
                .map(|sent| FailedDelivery {
                    id: sent.number,
                    guid: sent.guid.clone(),
                    event: sent.event.clone(),
                })
                .collect())
        })
        .await
    }

    async fn redeliver(&self, id: u64) -> Result<(), Setback> {
        self.call("redeliver", |state| {
            let now = state.now;
            for sent in &mut state.github.sent {
                if sent.number == id {
                    sent.arrives_at = Some(now);
                    sent.failed = false;
                }
            }
            Ok(())
        })
        .await
    }
}

#[async_trait]
impl Prober for GitHubCalls {
    async fn probe(&self, url: &str, _check: &HealthCheck) -> Result<(), String> {
        self.0.gate().await;
        if url.contains("healthy") {
            Ok(())
        } else {
            Err("the application answered 503, expected 200".to_owned())
        }
    }
}
