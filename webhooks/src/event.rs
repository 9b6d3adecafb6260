//! What a delivery can mean to us.

/// One delivery, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// GitHub tries whether anybody listens.
    Ping,
    /// A pull request may need an environment, another revision, or none any more.
    PullRequest(PullRequestEvent),
    /// Somebody pressed "Re-run" on one of our checks.
    CheckRunRerequested {
        /// The installation that the delivery is for; none for a webhook of a single repository.
        installation: Option<u64>,
        /// Where the check stands.
        repository: Repository,
        /// The commit that the check is about.
        head_sha: String,
        /// What we called the check when we made it; none when it was made without.
        external_id: Option<String>,
    },
    /// Somebody pressed "Re-run all checks" or "Re-run failed checks": GitHub tells of the suite alone.
    CheckSuiteRerequested {
        /// The installation that the delivery is for; none for a webhook of a single repository.
        installation: Option<u64>,
        /// Where the suite stands.
        repository: Repository,
        /// The commit that the suite is about.
        head_sha: String,
        /// The numbers of the pull requests into this repository whose head is that commit. GitHub names none for
        /// the heads of forks.
        pull_requests: Vec<u64>,
    },
    /// The App was installed, removed, or something in between.
    Installation {
        /// What became of the installation.
        action: InstallationAction,
        /// The installation's id.
        installation: u64,
        /// The user, organization or enterprise it belongs to. GitHub leaves it out when that
        /// account is gone.
        account_login: Option<String>,
        /// The repositories that came or went with it; empty where GitHub names none.
        repositories: Vec<RepositoryRef>,
    },
    /// The repositories that an installation can see have changed.
    InstallationRepositories {
        /// The installation's id.
        installation: u64,
        /// Repositories it now sees.
        added: Vec<RepositoryRef>,
        /// Repositories it no longer sees.
        removed: Vec<RepositoryRef>,
    },
    /// Well formed, and nothing to us.
    Ignored {
        /// The event's name, as `X-GitHub-Event` gave it.
        event: String,
        /// The payload's `action`, if it has one.
        action: Option<String>,
    },
}

/// A pull request to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequestEvent {
    /// What was done to it.
    pub action: PullRequestAction,
    /// The installation that the delivery is for; none for a webhook of a single repository.
    pub installation: Option<u64>,
    /// The repository that it would be merged into.
    pub repository: Repository,
    /// Its number in that repository.
    pub number: u64,
}

/// What was done to a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PullRequestAction {
    /// It was made.
    Opened,
    /// It was closed and is open again.
    Reopened,
    /// It was a draft and no longer is.
    ReadyForReview,
    /// Its head has other commits.
    Synchronize,
    /// It goes into another base branch. (Other edits are [`Event::Ignored`].)
    Edited,
    /// It was merged, or closed without.
    Closed,
    /// It became a draft.
    ConvertedToDraft,
}

/// What became of an installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InstallationAction {
    /// The App was installed.
    Created,
    /// The App was removed.
    Deleted,
    /// The App may not do anything for now.
    Suspended,
    /// The App may work again.
    Unsuspended,
    /// The owner granted permissions that the App had newly asked for.
    PermissionsAccepted,
}

/// A repository, as most events describe it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The number that stays when the repository is renamed or moved.
    pub id: u64,
    /// `owner/name`.
    pub full_name: String,
    /// Whether the public can't see it.
    pub private: bool,
}

/// A repository, as events about installations list it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryRef {
    /// The number that stays when the repository is renamed or moved.
    pub id: u64,
    /// `owner/name`.
    pub full_name: String,
}
