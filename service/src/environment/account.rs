//! A pool account as it is written down.

use super::certificate::{Culprit, ScrubId, Served};
use super::closing::Closing;
use super::ids::{AccountId, AccountRowId, CreateRequestId, IncarnationId, Region, RepositoryId};
use chrono::{DateTime, Utc};
use ebbtide_templates::guardrails::Reach;
use serde::{Deserialize, Serialize};

/// One account of the pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The row; exists before AWS knows the account.
    pub id: AccountRowId,
    /// Its twelve digits, once AWS gave them.
    pub account: Option<AccountId>,
    /// Unique in all of AWS.
    pub email: String,
    /// Unique in the organization.
    pub name: String,
    /// Where it stands.
    pub state: AccountState,
    /// The creation that was requested.
    pub request: Option<CreateRequestId>,
    /// Whether a creation may have been requested: set before the first call.
    pub requested: bool,
    /// The repository whose environment it served last.
    pub repository: Option<RepositoryId>,
    /// Who holds it.
    pub holder: Option<IncarnationId>,
    /// Where stacks were put into it: these regions are looked at for what is left.
    #[serde(default)]
    pub regions: Vec<Region>,
    /// Whom it served last: told when it is empty.
    #[serde(default)]
    pub served: Option<Served>,
    /// How many times its emptying was begun.
    #[serde(default)]
    pub scrubs: u32,
    /// When the emptying under way was begun.
    #[serde(default)]
    pub scrubbing_since: Option<DateTime<Utc>>,
    /// The certificate of its last emptying; `None` while it was never lent, or was lent since.
    #[serde(default)]
    pub certificate: Option<ScrubId>,
    /// The guardrails that were attached, as configured, when it became ready; `None` if none were.
    #[serde(default)]
    pub guardrails: Option<Guarded>,
    /// Whether every region was seen to answer, and what previews need was seen to.
    #[serde(default)]
    pub prepared: bool,
    /// What previews may miss in it, a sentence each; none of it keeps it from being lent.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Failures since it came into its state.
    pub failures: u32,
    /// How often AWS said that its e-mail address is taken.
    #[serde(default)]
    pub taken: u32,
    /// Why it is where it is, for a person.
    pub reason: Option<String>,
    /// The admin who set it aside: until somebody releases it, it is neither lent nor emptied.
    #[serde(default)]
    pub set_aside_by: Option<String>,
    /// What kept it from being emptied, while it is set aside for that: the first of them.
    #[serde(default)]
    pub culprits: Vec<Culprit>,
    /// Until when it rests after it was proven empty.
    #[serde(default)]
    pub rests_until: Option<DateTime<Utc>>,
    /// Whether it was kept for inspection since it was lent last.
    #[serde(default)]
    pub kept: bool,
    /// Its closing, once that was decided.
    #[serde(default)]
    pub closing: Option<Closing>,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
}

impl Account {
    /// The intent to make an account. `id` is unique; e-mail and name derive from it.
    pub fn wanted(
        id: AccountRowId,
        email: String,
        name: String,
        created_at: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            account: None,
            email,
            name,
            state: AccountState::Wanted,
            request: None,
            requested: false,
            repository: None,
            holder: None,
            regions: Vec::new(),
            served: None,
            scrubs: 0,
            scrubbing_since: None,
            certificate: None,
            guardrails: None,
            prepared: false,
            notes: Vec::new(),
            failures: 0,
            taken: 0,
            reason: None,
            set_aside_by: None,
            culprits: Vec::new(),
            rests_until: None,
            kept: false,
            closing: None,
            created_at,
        }
    }

    /// An account that somebody else made, taken into the pool. It is emptied before it is lent.
    pub fn adopted(
        account: AccountId,
        email: String,
        name: String,
        created_at: DateTime<Utc>,
    ) -> Self {
        let id = AccountRowId::new(format!("acct-{account}"));
        Self {
            account: Some(account),
            state: AccountState::Scrubbing,
            requested: true,
            scrubs: 1,
            ..Self::wanted(id, email, name, created_at)
        }
    }
}

/// Guardrails that were seen to hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guarded {
    /// Digest of the policies, in lower-case hex SHA-256.
    pub digest: String,
    /// What could be made under them.
    pub reach: Reach,
}

/// Where an account stands in its life in the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// Decided on; waits for its turn to be created.
    Wanted,
    /// Requested from Organizations.
    Creating,
    /// Made; to be moved into the sandbox OU and tagged.
    Arriving,
    /// In place; waits until every region answers and what previews need is there.
    Preparing,
    /// Can be lent.
    Ready,
    /// Held by an incarnation.
    Leased,
    /// Given back; being emptied, and proven to be.
    Scrubbing,
    /// Proven empty; rests until what was changed in it has arrived everywhere in AWS.
    Resting,
    /// Set aside: it could not be proven empty. Never lent until it is.
    Quarantined,
    /// To be closed for good: waits for its turn, or for AWS.
    Closing,
    /// Closed for good; AWS counts it for 90 days.
    Closed,
    /// It could not be made; holds nothing.
    Failed,
}

impl AccountState {
    /// Every state, in the order of an account's life.
    pub const ALL: [Self; 12] = [
        Self::Wanted,
        Self::Creating,
        Self::Arriving,
        Self::Preparing,
        Self::Ready,
        Self::Leased,
        Self::Scrubbing,
        Self::Resting,
        Self::Quarantined,
        Self::Closing,
        Self::Closed,
        Self::Failed,
    ];

    /// Its name, as shown in API and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wanted => "wanted",
            Self::Creating => "creating",
            Self::Arriving => "arriving",
            Self::Preparing => "preparing",
            Self::Ready => "ready",
            Self::Leased => "leased",
            Self::Scrubbing => "scrubbing",
            Self::Resting => "resting",
            Self::Quarantined => "quarantined",
            Self::Closing => "closing",
            Self::Closed => "closed",
            Self::Failed => "failed",
        }
    }
}
