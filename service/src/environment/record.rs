//! What is written down about an environment: one document per row, read and committed as a whole.

use super::certificate::Emptied;
use super::cloudformation::{ChangeSummary, ResourceFailure, ResourceSeen, StackStatus};
use super::ids::{
    AccountId, AccountRowId, ChangeSetName, CheckRunId, CloudStackName, CommentId, CommitSha,
    DeploymentId, EnvironmentId, IncarnationId, InstallationId, PullRequestNumber, Region,
    RepositoryId, RepositoryName, SessionName, StackName,
};
use super::next::Step;
use super::pull_request::PullRequest;
use super::wish::{Target, Wish};
use chrono::{DateTime, Utc};
use ebbtide_templates::{Finding, RepositoryFile};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What makes an environment the same one: the repository, the pull request, and a name within it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EnvironmentKey {
    /// GitHub's number of the repository, which survives renames.
    pub repository: RepositoryId,
    /// The pull request.
    pub pull_request: PullRequestNumber,
    /// `default` where the file names none.
    pub name: String,
}

impl EnvironmentKey {
    /// The id, derived from the key: the same pull request always has the same one.
    pub fn id(&self) -> EnvironmentId {
        const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let text = format!("{}/{}/{}", self.repository, self.pull_request, self.name);
        let short: String = Sha256::digest(text.as_bytes())
            .iter()
            .take(6)
            .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
            .collect();
        EnvironmentId::new(format!("pr-{}-{short}", self.pull_request))
    }
}

/// An environment: everything that is known and was said about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// Its id.
    pub id: EnvironmentId,
    /// Its key.
    pub key: EnvironmentKey,
    /// Through which installation GitHub is spoken to.
    pub installation: InstallationId,
    /// `owner/name` as last seen.
    pub repository: RepositoryName,
    /// What should be true.
    pub wish: Wish,
    /// The pull request as last seen.
    pub pull_request: Option<PullRequest>,
    /// When it was last compared with the live pull request.
    pub looked_at: Option<DateTime<Utc>>,
    /// How many looks in a row found no pull request.
    pub missing_looks: u32,
    /// What the repository says is to be deployed, for the wish's target.
    pub reading: Option<Reading>,
    /// Whether the checks of `wait_for` were green for the reading.
    pub gate: Gate,
    /// Since when it has waited for an account.
    #[serde(default)]
    pub queued_at: Option<DateTime<Utc>>,
    /// The place in the queue for an account: 1 is next.
    pub queue_position: Option<u32>,
    /// The live attempt to make it real.
    pub incarnation: Option<Incarnation>,
    /// How many incarnations there were.
    pub incarnations: u32,
    /// The last incarnation that ended.
    pub last_life: Option<Life>,
    /// What was said on GitHub.
    pub said: Said,
    /// Failures in a row of the current step, and the last one's words.
    pub trouble: Trouble,
    /// Looks in a row that found nothing changed.
    #[serde(default)]
    pub quiet: u32,
    /// The last step that was done, and how many times in a row it had been done before.
    #[serde(default)]
    pub last_step: Option<(Step, u32)>,
    /// Looks in a row that GitHub did not answer.
    #[serde(default)]
    pub failed_looks: u32,
    /// When a look at the pull request that failed is to be tried again.
    #[serde(default)]
    pub look_again_at: Option<DateTime<Utc>>,
    /// When the row was made.
    pub opened_at: DateTime<Utc>,
    /// Set while nothing is wanted and nothing is left.
    pub ended_at: Option<DateTime<Utc>>,
}

impl Environment {
    /// An environment that nobody has looked at yet.
    pub fn new(
        key: EnvironmentKey,
        installation: InstallationId,
        repository: RepositoryName,
        opened_at: DateTime<Utc>,
    ) -> Self {
        Self {
            id: key.id(),
            key,
            installation,
            repository,
            wish: Wish::Unknown,
            pull_request: None,
            looked_at: None,
            missing_looks: 0,
            reading: None,
            gate: Gate::Unknown,
            queued_at: None,
            queue_position: None,
            incarnation: None,
            incarnations: 0,
            last_life: None,
            said: Said::default(),
            trouble: Trouble::default(),
            quiet: 0,
            last_step: None,
            failed_looks: 0,
            look_again_at: None,
            opened_at,
            ended_at: None,
        }
    }
}

/// Failures in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// How many.
    pub count: u32,
    /// The last one's words, for the timeline and, after a while, for the comment.
    pub words: Option<String>,
}

impl Trouble {
    /// Whether it has lasted so long that people and others in the queue should know.
    pub fn is_lasting(&self) -> bool {
        /// Failures in a row that are nobody's business yet.
        const PASSING: u32 = 2;
        self.count > PASSING
    }
}

/// What the repository's file came to, for one target and attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// For which revision, base and draft state it was read.
    pub target: Target,
    /// For which attempt.
    pub attempt: u32,
    /// What came of it.
    pub outcome: ReadingOutcome,
}

/// What the file came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ReadingOutcome {
    /// Something is to be mended first; what runs already is left as it is.
    Bad {
        /// Where and how.
        findings: Vec<Finding>,
    },
    /// This is to be deployed.
    Plan(Box<Plan>),
}

/// What is to be deployed: policy from the base branch, stacks from the head.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Stacks, URL, outputs, health checks: from the head.
    pub file: RepositoryFile,
    /// Time to live in seconds, from the base branch's file, bounded by the admin's policy.
    pub ttl_seconds: u64,
    /// Checks that must be green first: from the base branch's file.
    pub wait_for: Vec<String>,
    /// Where the stacks go.
    pub region: Region,
}

/// Whether the checks of `wait_for` allow a deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "gate", rename_all = "snake_case")]
pub enum Gate {
    /// Not asked yet for this reading.
    #[default]
    Unknown,
    /// Green.
    Open,
    /// Not there or not ended yet.
    Waiting {
        /// Which.
        on: Vec<String>,
    },
    /// Ended red; a new run of the check can still turn it green.
    Broken {
        /// Which.
        by: Vec<String>,
    },
}

/// One attempt to make an environment real.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incarnation {
    /// Its id.
    pub id: IncarnationId,
    /// The pool row of its account.
    pub account_row: AccountRowId,
    /// Its account.
    pub account: AccountId,
    /// Where its stacks are.
    pub region: Region,
    /// When the account was taken.
    pub started_at: DateTime<Utc>,
    /// When it was first ready.
    pub ready_at: Option<DateTime<Utc>>,
    /// Stacks that were deleted by force, with the reason that made it necessary.
    #[serde(default)]
    pub forced: BTreeMap<String, String>,
    /// On the way down: since when no stack has been seen. Given back only after a second look.
    #[serde(default)]
    pub clean_since: Option<DateTime<Utc>>,
    /// Whether its deletion has begun. It is then finished, whatever is wanted meanwhile: a new one starts
    /// from nothing, not from what is left of this one.
    #[serde(default)]
    pub ending: bool,
    /// Its stacks, by their name in the file.
    pub stacks: BTreeMap<StackName, StackRecord>,
    /// How many change sets were named so far. It is part of their names, so that none is used twice: AWS
    /// takes a name and token it knows for a repeat of the old call.
    #[serde(default)]
    pub change_sets: u32,
    /// Whether a template went through a bucket in the account, which is to be removed at the end.
    pub uploads: bool,
    /// The health checks' state for the current target.
    pub health: HealthRecord,
    /// The URL and the named outputs, rendered when everything settled.
    pub shown: Shown,
    /// The target that is fully deployed and, where asked, healthy.
    pub settled: Option<(Target, u32)>,
}

/// What is shown of an environment that settled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The application's address.
    pub url: Option<String>,
    /// The outputs that the file names.
    pub outputs: BTreeMap<String, String>,
}

/// One stack of an incarnation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackRecord {
    /// Stacks that had to be there first; deletion goes the other way.
    pub needs: Vec<StackName>,
    /// Its ARN, once seen.
    pub stack_id: Option<String>,
    /// Its status as last seen; `None` while it does not exist.
    pub status: Option<StackStatus>,
    /// When CloudFormation last began to change it (`LastUpdatedTime`), as last seen.
    #[serde(default)]
    pub updated_at: Option<DateTime<Utc>>,
    /// The fingerprint that it carries.
    pub applied: Option<String>,
    /// What is being brought about.
    pub intent: Option<Intent>,
    /// What the deployment of `changes_for` changed, or would change.
    pub changes: Option<ChangeSummary>,
    /// The commit whose deployment `changes` speaks of.
    #[serde(default)]
    pub changes_for: Option<CommitSha>,
    /// Why it failed.
    pub failure: Option<ResourceFailure>,
    /// Its resources as last seen.
    pub resources: Vec<ResourceSeen>,
    /// How often AWS accepted or refused its deletion.
    pub deletes: u32,
    /// Whether a deletion with force was asked for.
    pub forced: bool,
}

/// A deployment of one stack that was decided on, written before the first call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// What the stack will carry.
    pub fingerprint: String,
    /// For which commit.
    pub revision: CommitSha,
    /// For which attempt of that commit.
    pub attempt: u32,
    /// The change set; its name is derived from the above and `serial`.
    pub change_set: ChangeSetName,
    /// Tells it from every other change set of the incarnation.
    pub serial: u32,
    /// Whether its execution was decided on.
    pub executed: bool,
    /// `updated_at` of the stack when the execution was decided on: a status is that of this execution only
    /// once the stack is seen busy or this time has moved.
    #[serde(default)]
    pub updated_before: Option<DateTime<Utc>>,
    /// Whether the stack was seen to move since then.
    #[serde(default)]
    pub moved: bool,
    /// Looks since then that found neither the change set nor a movement.
    #[serde(default)]
    pub still: u32,
    /// Set when it failed, with the sentence for a person.
    pub failed: Option<String>,
}

/// Where the health checks stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthRecord {
    /// For which target and attempt.
    pub target: Option<(Target, u32)>,
    /// When the first probe went out.
    pub began_at: Option<DateTime<Utc>>,
    /// How it came out, once it did.
    pub verdict: Option<HealthVerdict>,
    /// What the last probe found, while it is not passed.
    pub last: Option<String>,
}

/// How the health checks came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum HealthVerdict {
    /// Every check passed.
    Passed,
    /// One did not pass within its time.
    Failed {
        /// Which and what it answered last.
        reason: String,
    },
}

/// An incarnation that ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    /// Its id.
    pub incarnation: IncarnationId,
    /// When its account was taken.
    pub started_at: DateTime<Utc>,
    /// When its account was given back.
    pub ended_at: DateTime<Utc>,
    /// Stacks that could not be deleted, with AWS's reason; the account was set aside with them.
    pub left: BTreeMap<String, String>,
    /// Stacks that were deleted by force, with AWS's reason for refusing it before: what could not be deleted
    /// was left in the account.
    #[serde(default)]
    pub forced: BTreeMap<String, String>,
    /// How its account was emptied, once it is proven.
    #[serde(default)]
    pub emptied: Option<Emptied>,
}

impl Life {
    /// Whether something is known to be left that nobody has proven to be gone since.
    pub fn leaves_something(&self) -> bool {
        self.emptied.is_none() && !(self.left.is_empty() && self.forced.is_empty())
    }
}

/// What was said on GitHub, by id and digest of the words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The sticky comment.
    pub comment: Option<CommentId>,
    /// Digest of its text.
    pub comment_digest: Option<String>,
    /// The check run and its commit.
    pub check: Option<(CheckRunId, CommitSha)>,
    /// Digest of its words.
    pub check_digest: Option<String>,
    /// The Deployment and its commit.
    pub deployment: Option<(DeploymentId, CommitSha)>,
    /// Digest of its last status.
    pub deployment_digest: Option<String>,
    /// What is being made at this moment, or was when nobody answered.
    #[serde(default)]
    pub begun: Begun,
    /// When progress was last written.
    pub progress_at: Option<DateTime<Utc>>,
    /// Failures to speak in a row.
    pub failures: u32,
    /// When to try again after a failure.
    pub retry_at: Option<DateTime<Utc>>,
}

/// What may have been made on GitHub without our having learnt its id: written down before the first call,
/// so that it is found and brought to an end whatever becomes of the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// A sticky comment.
    pub comment: bool,
    /// A check run on this commit.
    pub check: Option<CommitSha>,
    /// A Deployment of this commit.
    pub deployment: Option<CommitSha>,
}

impl Said {
    /// Whether there is, or may be, a comment of ours.
    pub fn has_comment(&self) -> bool {
        self.comment.is_some() || self.begun.comment
    }

    /// The commit on which our newest check run stands, or may stand.
    pub fn check_on(&self) -> Option<&CommitSha> {
        let known = self.check.as_ref().map(|(_, head)| head);
        self.begun.check.as_ref().or(known)
    }

    /// The commit of our newest Deployment, made or perhaps made.
    pub fn deployment_of(&self) -> Option<&CommitSha> {
        let known = self.deployment.as_ref().map(|(_, head)| head);
        self.begun.deployment.as_ref().or(known)
    }
}

impl IncarnationId {
    /// The stack's name in CloudFormation.
    pub fn cloud_stack_name(&self, stack: &StackName) -> CloudStackName {
        CloudStackName::new(format!("ebbtide-{self}-{stack}"))
    }

    /// The role session's name.
    pub fn session(&self) -> SessionName {
        SessionName::new(format!("ebbtide-{self}"))
    }
}
