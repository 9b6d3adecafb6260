//! What somebody wants to be true, and how it changes.
//!
//! Events are hints: what is wanted is derived anew from the live pull request each time, so missed,
//! repeated, late and out-of-order deliveries all end in the same wish. Only what GitHub does not keep
//! (somebody asked for a retry, or for the end) changes the wish by itself, once.

use super::certificate::Emptied;
use super::ids::{CommitSha, IncarnationId, Login};
use super::pull_request::{PullRequest, PullRequestState};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a wish was judged on: when none of this has changed, the old judgement stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The head commit.
    pub revision: CommitSha,
    /// The base branch.
    pub base_branch: String,
    /// Whether it was a draft.
    pub draft: bool,
}

/// What should be true now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "wish", rename_all = "snake_case")]
pub enum Wish {
    /// Nobody has looked at the pull request yet.
    Unknown,
    /// An environment at this revision.
    Present {
        /// What is to be deployed.
        target: Target,
        /// Raised by a rebuild: everything starts anew in another incarnation.
        generation: u32,
        /// Raised by a retry: what failed is tried again.
        attempt: u32,
        /// When this revision was first wanted; the time to live counts from here.
        since: DateTime<Utc>,
    },
    /// Nothing, and why.
    Absent {
        /// Why not.
        reason: Absence,
        /// What the reason was found on, where it is bound to a revision.
        target: Option<Target>,
    },
}

/// Why nothing is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Absence {
    /// The pull request was merged.
    Merged,
    /// It was closed without a merge.
    Closed,
    /// Its time to live ran out.
    Expired,
    /// Somebody asked for the end through the API or a command.
    Destroyed {
        /// The API token's name or the user.
        by: String,
    },
    /// The App was uninstalled, suspended, or taken from this repository: nothing can be said any more.
    Uninstalled,
    /// The pull request or its repository is not to be seen any more.
    Gone,
    /// The repository has no `.ebbtide.yml`.
    NoFile,
    /// A draft, in a repository that does not deploy drafts.
    Draft,
    /// The head lies in a fork.
    Fork,
    /// The author has no write access.
    NoWriteAccess {
        /// Whose pull request it is.
        author: Login,
    },
}

/// Something that happened and bears on the wish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "hint", rename_all = "snake_case")]
pub enum Hint {
    /// Look at the live pull request.
    Look,
    /// Try again what failed (a check run was re-requested).
    Retry,
    /// End it.
    Destroy {
        /// Who asked.
        by: String,
    },
    /// The App was uninstalled, suspended, or taken from the repository.
    Uninstalled,
    /// The account of an incarnation was emptied.
    Emptied {
        /// Which incarnation had held it.
        incarnation: IncarnationId,
        /// How it came out.
        emptied: Emptied,
    },
}

impl Wish {
    /// The wish after a look at the live pull request.
    #[must_use]
    pub fn after_look(&self, live: &PullRequest, now: DateTime<Utc>) -> Self {
        let target = Target {
            revision: live.head.clone(),
            base_branch: live.base_branch.clone(),
            draft: live.draft,
        };
        match live.state {
            PullRequestState::Merged => Self::ended(Absence::Merged),
            PullRequestState::Closed => Self::ended(Absence::Closed),
            PullRequestState::Open => match self {
                Self::Present { target: old, .. } if *old == target => self.clone(),
                Self::Absent {
                    target: Some(old), ..
                } if *old == target => self.clone(),
                Self::Present { generation, .. } => Self::Present {
                    target,
                    generation: *generation,
                    attempt: 0,
                    since: now,
                },
                Self::Unknown | Self::Absent { .. } => Self::Present {
                    target,
                    generation: 0,
                    attempt: 0,
                    since: now,
                },
            },
        }
    }

    /// The wish after a hint other than a look.
    #[must_use]
    pub fn after_hint(&self, hint: &Hint, now: DateTime<Utc>) -> Self {
        match (hint, self) {
            (Hint::Uninstalled, _) => Self::ended(Absence::Uninstalled),
            (Hint::Destroy { by }, Self::Present { target, .. }) => Self::Absent {
                reason: Absence::Destroyed { by: by.clone() },
                target: Some(target.clone()),
            },
            (
                Hint::Retry,
                Self::Present {
                    target,
                    generation,
                    attempt,
                    since,
                },
            ) => Self::Present {
                target: target.clone(),
                generation: *generation,
                attempt: attempt + 1,
                since: *since,
            },
            (
                Hint::Retry,
                Self::Absent {
                    reason:
                        Absence::Expired
                        | Absence::Destroyed { .. }
                        | Absence::Draft
                        | Absence::Fork
                        | Absence::NoWriteAccess { .. },
                    target: Some(target),
                },
            ) => Self::Present {
                target: target.clone(),
                generation: 0,
                attempt: 0,
                since: now,
            },
            (Hint::Look | Hint::Emptied { .. }, _)
            | (Hint::Destroy { .. }, Self::Unknown | Self::Absent { .. })
            | (Hint::Retry, Self::Unknown | Self::Absent { .. }) => self.clone(),
        }
    }

    /// The same wish turned into an absence that is bound to its revision, so that a later push lifts it.
    #[must_use]
    pub fn withdrawn(&self, reason: Absence) -> Self {
        let target = match self {
            Self::Present { target, .. } => Some(target.clone()),
            Self::Absent { target, .. } => target.clone(),
            Self::Unknown => None,
        };
        Self::Absent { reason, target }
    }

    /// Nothing is wanted, for a reason that no push changes.
    pub fn ended(reason: Absence) -> Self {
        Self::Absent {
            reason,
            target: None,
        }
    }

    /// What is to be deployed, if anything.
    pub fn target(&self) -> Option<&Target> {
        match self {
            Self::Present { target, .. } => Some(target),
            Self::Unknown | Self::Absent { .. } => None,
        }
    }
}
