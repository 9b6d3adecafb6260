//! What is to be seen on GitHub, in the few fields that stories look at.

use super::LocalGitHub;
use super::pulls::Standing;
use super::state::State;
use chrono::{DateTime, Utc};

/// A comment on a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommentSeen {
    /// Its number.
    pub id: u64,
    /// Who wrote it; the App is `slug[bot]`.
    pub author: String,
    /// Markdown.
    pub body: String,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it was last edited.
    pub updated_at: DateTime<Utc>,
}

/// A check run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckRunSeen {
    /// Its number.
    pub id: u64,
    /// The App that made it.
    pub app_id: u64,
    /// Its name.
    pub name: String,
    /// The commit it stands on.
    pub head_sha: String,
    /// What the App calls it.
    pub external_id: String,
    /// `queued`, `in_progress` or `completed`.
    pub status: String,
    /// How it ended.
    pub conclusion: Option<String>,
    /// One line.
    pub title: Option<String>,
    /// Markdown.
    pub summary: Option<String>,
    /// Path, line and message of each annotation.
    pub annotations: Vec<(String, u64, String)>,
    /// Where "Details" leads.
    pub details_url: Option<String>,
}

/// A Deployment with its newest status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentSeen {
    /// Its number.
    pub id: u64,
    /// The commit it deploys.
    pub sha: String,
    /// The environment's name.
    pub environment: String,
    /// Whether the environment will go away.
    pub transient: bool,
    /// States, oldest first.
    pub states: Vec<String>,
    /// The newest status's description.
    pub description: String,
    /// The newest status's address of the application.
    pub environment_url: String,
    /// The newest status's address of its log.
    pub log_url: String,
}

impl DeploymentSeen {
    /// The newest state; empty when it has none yet.
    pub fn state(&self) -> &str {
        self.states.last().map_or("", String::as_str)
    }
}

/// A line of the delivery log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliverySeen {
    /// Its number; a redelivery has another one.
    pub id: u64,
    /// `X-GitHub-Delivery`; a redelivery has the same one.
    pub guid: String,
    /// The event.
    pub event: String,
    /// The event's action.
    pub action: Option<String>,
    /// What the App answered; 502 when it could not be reached.
    pub status_code: u16,
    /// Whether somebody asked for it.
    pub redelivery: bool,
}

/// A pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequestSeen {
    /// Its number.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Who opened it.
    pub author: String,
    /// The head branch.
    pub branch: String,
    /// The head commit.
    pub head_sha: String,
    /// The base branch.
    pub base: String,
    /// Whether it is a draft.
    pub draft: bool,
    /// `open`, `closed` or `merged`.
    pub state: &'static str,
}

impl LocalGitHub {
    /// A pull request of the first repository.
    pub fn pull_request(&self, number: u64) -> Option<PullRequestSeen> {
        let state = self.state();
        let pull = state.repositories.values().next()?.pulls.get(&number)?;
        Some(PullRequestSeen {
            number,
            title: pull.title.clone(),
            author: pull.author.clone(),
            branch: pull.head.branch.clone(),
            head_sha: pull.head.sha.clone(),
            base: pull.base_branch.clone(),
            draft: pull.draft,
            state: match pull.standing {
                Standing::Open => "open",
                Standing::Closed { .. } => "closed",
                Standing::Merged { .. } => "merged",
            },
        })
    }

    /// Comments on a pull request of the first repository, oldest first.
    pub fn comments(&self, number: u64) -> Vec<CommentSeen> {
        let state = self.state();
        let first = state.repositories.keys().next().copied();
        first
            .map(|id| comments_of(&state, id, number))
            .unwrap_or_default()
    }

    /// Comments on a pull request of this repository, oldest first.
    pub fn comments_in(&self, full_name: &str, number: u64) -> Vec<CommentSeen> {
        let state = self.state();
        let found = state.find_repository(full_name).ok();
        found
            .map(|id| comments_of(&state, id, number))
            .unwrap_or_default()
    }

    /// Check runs on a commit, oldest first.
    pub fn check_runs(&self, sha: &str) -> Vec<CheckRunSeen> {
        let state = self.state();
        state
            .check_runs
            .values()
            .filter(|run| run.head_sha == sha)
            .map(|run| CheckRunSeen {
                id: run.id,
                app_id: run.app_id,
                name: run.name.clone(),
                head_sha: run.head_sha.clone(),
                external_id: run.external_id.clone(),
                status: run.status.clone(),
                conclusion: run.conclusion.clone(),
                title: run.title.clone(),
                summary: run.summary.clone(),
                annotations: run
                    .annotations
                    .iter()
                    .map(|one| {
                        let text = |field: &str| one[field].as_str().unwrap_or_default().to_owned();
                        let line = one["start_line"].as_u64().unwrap_or_default();
                        (text("path"), line, text("message"))
                    })
                    .collect(),
                details_url: run.details_url.clone(),
            })
            .collect()
    }

    /// All Deployments, oldest first.
    pub fn deployments(&self) -> Vec<DeploymentSeen> {
        let state = self.state();
        state
            .deployments
            .values()
            .map(|one| {
                let newest = one.statuses.last();
                DeploymentSeen {
                    id: one.id,
                    sha: one.sha.clone(),
                    environment: one.environment.clone(),
                    transient: one.transient,
                    states: one
                        .statuses
                        .iter()
                        .map(|status| status.state.clone())
                        .collect(),
                    description: newest
                        .map(|last| last.description.clone())
                        .unwrap_or_default(),
                    environment_url: newest
                        .map(|last| last.environment_url.clone())
                        .unwrap_or_default(),
                    log_url: newest.map(|last| last.log_url.clone()).unwrap_or_default(),
                }
            })
            .collect()
    }

    /// The delivery log, oldest first.
    pub fn deliveries(&self) -> Vec<DeliverySeen> {
        let state = self.state();
        let mut kept: Vec<DeliverySeen> = state
            .post
            .kept(state.now())
            .map(|entry| DeliverySeen {
                id: entry.id,
                guid: entry.parcel.guid.clone(),
                event: entry.parcel.event.clone(),
                action: entry.parcel.action.clone(),
                status_code: entry.status_code,
                redelivery: entry.parcel.redelivery,
            })
            .collect();
        kept.reverse();
        kept
    }
}

fn comments_of(state: &State, repository: u64, number: u64) -> Vec<CommentSeen> {
    state
        .comments
        .values()
        .filter(|one| one.repository == repository && one.issue == number)
        .map(|one| CommentSeen {
            id: one.id,
            author: one.author.clone(),
            body: one.body.clone(),
            created_at: one.created_at,
            updated_at: one.updated_at,
        })
        .collect()
}
