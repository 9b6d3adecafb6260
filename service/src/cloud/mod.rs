//! AWS in our words: narrow traits and what they speak of.
//!
//! The reconciler knows only these. [`aws`] implements them with the AWS SDK; the simulation in
//! `tests/` implements them as a small world of its own. Every method is safe to repeat: an effect that
//! has already taken place answers as if it had just done so.

pub mod aws;
mod guardrails;
mod pages;
mod resources;

pub use guardrails::{AttachedPolicies, Guardrails, OurPolicy};
pub use pages::next_page;
pub use resources::{Call, Listed, Locked, Progress, Resources, Unlisted};

use crate::environment::{
    AccountId, ChangeSetName, CloudStackName, CreateRequestId, Region, SessionName, Setback,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use std::collections::BTreeMap;

/// Where a call goes: into which account and region, under which session name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The sandbox account.
    pub account: AccountId,
    /// The region of the stacks.
    pub region: Region,
    /// Names the environment in CloudTrail.
    pub session: SessionName,
}

/// Tags by key. Keys of ours start with `ebbtide:`.
pub type Tags = BTreeMap<String, String>;

/// The tag that leads from an account or a stack back to its row.
pub mod tag {
    /// On accounts: `pool` for every account this service made or adopted. On policies: `guardrail`.
    pub const MANAGED: &str = "ebbtide:managed";
    /// On accounts: what they are for, for whoever reads the bill.
    pub const PURPOSE: &str = "ebbtide:purpose";
    /// On accounts: the pool row it belongs to.
    pub const ACCOUNT_ROW: &str = "ebbtide:account-row";
    /// On policies: the sandbox OU they are kept for.
    pub const SANDBOX_OU: &str = "ebbtide:sandbox-ou";
    /// On stacks: the environment.
    pub const ENVIRONMENT: &str = "ebbtide:environment";
    /// On stacks: the incarnation.
    pub const INCARNATION: &str = "ebbtide:incarnation";
    /// On stacks: the name in `.ebbtide.yml`.
    pub const STACK: &str = "ebbtide:stack";
    /// On stacks and accounts: `owner/name` of the repository.
    pub const REPOSITORY: &str = "ebbtide:repository";
}

/// An account of the sandbox OU, as Organizations lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CensusEntry {
    /// Its twelve digits.
    pub account: AccountId,
    /// Its name; ours are unique.
    pub name: String,
    /// Its e-mail address; unique in all of AWS.
    pub email: String,
    /// Whether it is usable (`State` `ACTIVE`, or `Status` where only that is offered).
    pub active: bool,
    /// Its tags.
    pub tags: Tags,
}

/// What `CreateAccount` is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccount {
    /// Unique in all of AWS; the key by which the account is found again.
    pub email: String,
    /// Unique in the organization.
    pub name: String,
    /// The role AWS makes in the new account for the management account.
    pub role: String,
    /// What the account is for.
    pub tags: Tags,
}

/// How far the making of an account has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Creation {
    /// Still being made; "a few minutes" is normal.
    InProgress,
    /// Made.
    Done(AccountId),
    /// Failed, with AWS's reason code (`EMAIL_ALREADY_EXISTS`, `ACCOUNT_LIMIT_EXCEEDED`, …).
    Failed(String),
}

/// AWS Organizations, as the management account sees it.
#[async_trait]
pub trait Organization: Send + Sync {
    /// Every account in the sandbox OU, with its tags.
    async fn census(&self) -> Result<Vec<CensusEntry>, Setback>;
    /// The management account, in which nothing is ever done.
    async fn management(&self) -> Result<AccountId, Setback>;
    /// One account with its tags, if it is in the sandbox OU.
    async fn standing(&self, account: &AccountId) -> Result<Option<CensusEntry>, Setback>;
    /// Starts making an account. Has no idempotency token in AWS: look with [`Self::find`] first.
    async fn create(&self, account: &NewAccount) -> Result<CreateRequestId, Setback>;
    /// How far a creation has come.
    async fn creation(&self, request: &CreateRequestId) -> Result<Creation, Setback>;
    /// Looks for an account with this name or e-mail, made or still in the making.
    async fn find(&self, account: &NewAccount) -> Result<Option<Found>, Setback>;
    /// Moves the account into the sandbox OU, wherever it is now.
    async fn place(&self, account: &AccountId) -> Result<(), Setback>;
    /// Sets these tags; others stay.
    async fn tag(&self, account: &AccountId, tags: &Tags) -> Result<(), Setback>;
    /// Asks for an account of the sandbox OU to be closed, for good: AWS ends everything in it. One that is being
    /// closed already is left as it is.
    async fn close(&self, account: &AccountId) -> Result<(), Setback>;
    /// How far an account's closing has come.
    async fn closure(&self, account: &AccountId) -> Result<Closure, Setback>;
}

/// How far an account's closing has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closure {
    /// It is in use.
    Open,
    /// AWS is closing it.
    UnderWay,
    /// It is closed, or the organization does not know it any more.
    Closed,
}

/// What [`Organization::find`] came upon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The account exists.
    Account(AccountId),
    /// Its creation was requested and has not ended.
    Creating(CreateRequestId),
}

/// The way into a sandbox account.
#[async_trait]
pub trait Entry: Send + Sync {
    /// Proves that the account can be entered and that the services an environment needs answer in the
    /// region: STS with the right account id, CloudFormation and EC2. `TryLater` while it is too new.
    async fn enter(&self, at: &Place) -> Result<(), Setback>;

    /// Ends every session of these roles that began before a time (UTC): each role gets the inline policy
    /// `AWSRevokeOlderSessions`, which denies them everything. A role that is not there is skipped.
    ///
    /// The role that we enter by may be among them. It comes last, and only once our own session is younger than
    /// `before`; other sessions of ours in the account are entered again. So `before` should not be later than now.
    async fn revoke_sessions(
        &self,
        at: &Place,
        roles: &[String],
        before: DateTime<Utc>,
    ) -> Result<(), Setback>;
}

/// A stack as CloudFormation describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackSeen {
    /// The stack's name in CloudFormation.
    pub name: CloudStackName,
    /// Its ARN; names it even after deletion.
    pub id: String,
    /// `CREATE_COMPLETE`, …
    pub status: StackStatus,
    /// When CloudFormation last began to change it; `None` before the first execution.
    pub updated_at: Option<DateTime<Utc>>,
    /// AWS's words on the status, where it gave any.
    pub reason: Option<String>,
    /// Whether it refuses to be deleted.
    pub protected: bool,
    /// Its outputs. Values of `NoEcho` parameters never appear here.
    pub outputs: BTreeMap<String, String>,
    /// Its tags.
    pub tags: Tags,
    /// Set for the stacks nested in another one.
    pub parent: Option<String>,
}

pub use crate::environment::StackStatus;

/// How far a change set has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSetSeen {
    /// Its state, read from `Status`, `ExecutionStatus` and `StatusReason` together.
    pub state: crate::environment::ChangeSetState,
    /// What it would change.
    pub changes: crate::environment::ChangeSummary,
}

/// What a change set is made of.
#[derive(Clone, Debug)]
pub struct ChangeRequest {
    /// The stack to create or to update.
    pub stack: CloudStackName,
    /// The change set's name; also its idempotency token.
    pub change_set: ChangeSetName,
    /// `true` for a stack that does not exist yet (or is in `REVIEW_IN_PROGRESS`).
    pub create: bool,
    /// The template's body.
    pub template: String,
    /// Rendered parameters.
    pub parameters: BTreeMap<String, String>,
    /// `CAPABILITY_IAM`, …
    pub capabilities: Vec<String>,
    /// Tags of the stack, which CloudFormation hands on to its resources.
    pub tags: Tags,
}

/// CloudFormation in one account and region.
#[async_trait]
pub trait Stacks: Send + Sync {
    /// Every stack that is not deleted, those made by others included.
    async fn list(&self, at: &Place) -> Result<Vec<StackSeen>, Setback>;
    /// One change set; `None` when there is none of that name.
    async fn change_set(
        &self,
        at: &Place,
        stack: &CloudStackName,
        name: &ChangeSetName,
    ) -> Result<Option<ChangeSetSeen>, Setback>;
    /// Makes a change set. Bodies over 51,200 bytes go through a bucket in the account ([`Self::sweep_uploads`]).
    async fn plan(&self, at: &Place, request: &ChangeRequest) -> Result<(), Setback>;
    /// Executes a change set. `token` is the idempotency token.
    async fn execute(
        &self,
        at: &Place,
        stack: &CloudStackName,
        name: &ChangeSetName,
        token: &str,
    ) -> Result<(), Setback>;
    /// Removes a change set that is not to be executed.
    async fn drop_change_set(
        &self,
        at: &Place,
        stack: &CloudStackName,
        name: &ChangeSetName,
    ) -> Result<(), Setback>;
    /// Rolls a running update back, so that the stack can be deleted.
    async fn cancel_update(&self, at: &Place, stack_id: &str, token: &str) -> Result<(), Setback>;
    /// Lifts termination protection.
    async fn lift_protection(&self, at: &Place, stack_id: &str) -> Result<(), Setback>;
    /// Deletes a stack; with `force` (only where a delete has failed) AWS leaves behind what it cannot delete.
    async fn delete(
        &self,
        at: &Place,
        stack_id: &str,
        force: bool,
        token: &str,
    ) -> Result<(), Setback>;
    /// The stack's resources and their state.
    async fn resources(&self, at: &Place, stack_id: &str) -> Result<Vec<ResourceSeen>, Setback>;
    /// The first failure of the latest operation: the cause a person wants to read. Nested stacks are
    /// followed, "cancelled" is skipped.
    async fn first_failure(
        &self,
        at: &Place,
        stack_id: &str,
    ) -> Result<Option<ResourceFailure>, Setback>;
    /// Empties and deletes the bucket that [`Self::plan`] made, if it is there.
    async fn sweep_uploads(&self, at: &Place) -> Result<(), Setback>;
}

pub use crate::environment::{ResourceFailure, ResourceSeen};

/// The AWS side as the reconciler holds it.
#[derive(Clone)]
pub struct Cloud {
    /// Accounts.
    pub organization: std::sync::Arc<dyn Organization>,
    /// The way in.
    pub entry: std::sync::Arc<dyn Entry>,
    /// CloudFormation.
    pub stacks: std::sync::Arc<dyn Stacks>,
    /// What is there besides stacks.
    pub resources: std::sync::Arc<dyn Resources>,
}

/// The largest template body that CloudFormation takes in a call, in bytes; larger ones go through S3.
pub const INLINE_TEMPLATE_BYTES: usize = 51_200;
