//! What Apps and people say in a repository: comments, check runs, commit statuses, deployments.

use chrono::{DateTime, Utc};
use serde_json::Value;

/// A comment on a pull request.
#[derive(Clone, Debug)]
pub(super) struct Comment {
    pub id: u64,
    pub repository: u64,
    pub issue: u64,
    pub author: String,
    pub body: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A check run.
#[derive(Clone, Debug)]
pub(super) struct CheckRun {
    pub id: u64,
    pub repository: u64,
    pub suite: u64,
    pub app_id: u64,
    pub name: String,
    pub head_sha: String,
    pub external_id: String,
    pub details_url: Option<String>,
    pub status: String,
    pub conclusion: Option<String>,
    pub started_at: DateTime<Utc>,
    pub completed_at: Option<DateTime<Utc>>,
    pub title: Option<String>,
    pub summary: Option<String>,
    pub text: Option<String>,
    pub annotations: Vec<Value>,
    pub actions: Vec<Value>,
}

/// A commit status, the older sister of the check run.
#[derive(Clone, Debug)]
pub(super) struct CommitStatus {
    pub id: u64,
    pub repository: u64,
    pub sha: String,
    pub context: String,
    pub state: String,
    pub at: DateTime<Utc>,
}

/// A Deployment.
#[derive(Clone, Debug)]
pub(super) struct Deployment {
    pub id: u64,
    pub repository: u64,
    pub sha: String,
    pub reference: String,
    pub task: String,
    pub environment: String,
    pub description: Option<String>,
    pub payload: Value,
    pub transient: bool,
    pub production: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Oldest first.
    pub statuses: Vec<DeploymentStatus>,
}

/// One status of a Deployment.
#[derive(Clone, Debug)]
pub(super) struct DeploymentStatus {
    pub id: u64,
    pub state: String,
    pub description: String,
    pub environment: String,
    pub environment_url: String,
    pub log_url: String,
    pub at: DateTime<Utc>,
}
