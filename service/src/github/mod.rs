//! GitHub in our words: one narrow trait and what it speaks of.
//!
//! [`client`] implements it as a GitHub App through octocrab, [`words`] renders what we say. The
//! simulation in `tests/` implements the trait as a small world of its own; stories go over the wire to
//! the local GitHub of [`crate::demo`].

pub mod client;
pub mod words;

use crate::environment::{
    CheckRunId, CommentId, CommitSha, DeploymentId, InstallationId, Login, PullRequest,
    PullRequestNumber, RepositoryName, Setback,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Which repository, and through which installation we may speak to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Repo {
    /// The App's installation.
    pub installation: InstallationId,
    /// `owner/name`.
    pub name: RepositoryName,
}

/// What a look at something live found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Live<T> {
    /// It is there.
    There(T),
    /// GitHub answered 404 or 410: gone, or hidden from us.
    Missing,
    /// The installation itself is gone or suspended.
    NoInstallation,
}

/// A check run or commit status on a commit, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckSeen {
    /// The check run's name or the status's context.
    pub name: String,
    /// How it stands; the latest run of a name counts.
    pub state: CheckState,
}

/// How a check stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CheckState {
    /// Queued or running.
    Pending,
    /// `success`, `neutral` or `skipped`.
    Green,
    /// Any other conclusion.
    Red,
}

/// What a check run says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckWords {
    /// The commit it stands on.
    pub head: CommitSha,
    /// `None` while it runs.
    pub conclusion: Option<Conclusion>,
    /// One line.
    pub title: String,
    /// Markdown, at most 65,535 characters.
    pub summary: String,
    /// Where in the repository something is to be mended.
    pub annotations: Vec<Annotation>,
    /// Where "Details" leads.
    pub details_url: Option<String>,
}

/// How a check run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// The environment is ready.
    Success,
    /// It is not, and that is the change's fault.
    Failure,
    /// Nothing was to be done.
    Neutral,
    /// It ended before it was ready.
    Cancelled,
}

/// A remark at a line of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Annotation {
    /// Path inside the repository.
    pub path: String,
    /// 1-based.
    pub line: u32,
    /// What is wrong and how to mend it.
    pub message: String,
}

/// What a Deployment's status says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentWords {
    /// The commit that is deployed.
    pub head: CommitSha,
    /// The environment's name on GitHub.
    pub environment: String,
    /// How it stands.
    pub state: DeploymentState,
    /// One line, at most 140 characters.
    pub description: String,
    /// The application's address, once it is ready.
    pub environment_url: Option<String>,
    /// The environment's page here.
    pub log_url: Option<String>,
}

/// GitHub's deployment states, those we use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentState {
    /// Waiting for an account.
    Queued,
    /// Stacks are changing.
    InProgress,
    /// Ready.
    Success,
    /// Not ready, and it will not become so by itself.
    Failure,
    /// Gone.
    Inactive,
}

/// A delivery that GitHub could not hand over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedDelivery {
    /// GitHub's number of the delivery, for asking again.
    pub id: u64,
    /// `X-GitHub-Delivery`; stays the same when delivered again.
    pub guid: String,
    /// For the log.
    pub event: String,
}

/// GitHub, as the App sees it. Every method is safe to repeat.
#[async_trait]
pub trait GitHub: Send + Sync {
    /// The pull request as it is now.
    async fn pull_request(
        &self,
        repo: &Repo,
        number: PullRequestNumber,
    ) -> Result<Live<PullRequest>, Setback>;
    /// A file at a commit or branch; `None` when it is not there.
    async fn file(&self, repo: &Repo, path: &str, at: &str) -> Result<Option<Vec<u8>>, Setback>;
    /// Whether this user may push to the repository, asked of GitHub now.
    async fn may_write(&self, repo: &Repo, login: &Login) -> Result<bool, Setback>;
    /// All checks and statuses of a commit, but for the App's own.
    async fn checks(&self, repo: &Repo, sha: &CommitSha) -> Result<Vec<CheckSeen>, Setback>;
    /// Writes the sticky comment: edits `known`, or the one that carries `marker`, or makes it; removes
    /// further ones of ours with the same marker. `body` contains the marker.
    async fn put_comment(
        &self,
        repo: &Repo,
        number: PullRequestNumber,
        marker: &str,
        known: Option<CommentId>,
        body: &str,
    ) -> Result<CommentId, Setback>;
    /// Writes the check run of `name` and `external_id` on its commit: edits `known`, or one found by
    /// external id, or makes it. If `known` stands on an earlier commit and still runs, it is ended as
    /// superseded. A run that has concluded is never turned into a cancelled one: it is left as it is.
    async fn put_check(
        &self,
        repo: &Repo,
        name: &str,
        external_id: &str,
        known: Option<CheckRunId>,
        words: &CheckWords,
    ) -> Result<CheckRunId, Setback>;
    /// Writes a Deployment's status; makes the Deployment of that commit and environment if there is none.
    /// The same state is not written twice in a row. A success or an end makes the environment's earlier
    /// Deployments inactive: GitHub does not do that by itself where they are transient.
    async fn put_deployment(
        &self,
        repo: &Repo,
        known: Option<DeploymentId>,
        words: &DeploymentWords,
    ) -> Result<DeploymentId, Setback>;
    /// Deliveries of the last days that never succeeded under their id, oldest first.
    async fn failed_deliveries(&self) -> Result<Vec<FailedDelivery>, Setback>;
    /// Asks GitHub to deliver again.
    async fn redeliver(&self, id: u64) -> Result<(), Setback>;
}
