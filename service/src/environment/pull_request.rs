//! A pull request as GitHub shows it at one moment.

use super::ids::{CommitSha, Login};
use serde::{Deserialize, Serialize};

/// The live facts from which a wish is derived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequest {
    /// Open, closed or merged.
    pub state: PullRequestState,
    /// Whether it is a draft.
    pub draft: bool,
    /// The head commit.
    pub head: CommitSha,
    /// The head branch.
    pub head_branch: String,
    /// Whether the head lies in another repository, or in one that is gone (`head.repo` is null).
    pub fork: bool,
    /// The base branch.
    pub base_branch: String,
    /// The commit of the base branch that GitHub names; policy is read there.
    pub base: CommitSha,
    /// Who opened it.
    pub author: Login,
    /// Whether the repository is private: account ids are shown only there.
    pub private: bool,
    /// The repository's name now, `owner/name`: it may have been renamed.
    pub repository: super::RepositoryName,
}

/// Whether a pull request still wants its environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PullRequestState {
    /// Open.
    Open,
    /// Closed without a merge.
    Closed,
    /// Merged.
    Merged,
}
