//! What the JSON API answers about accounts and the switch that stops deletions.

use crate::environment::Account;
use crate::nuke::progress::Progress;
use crate::store::Switch;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountList {
    /// Oldest first.
    pub accounts: Vec<AccountView>,
}

/// An account of the pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountView {
    /// The pool's own id of it.
    #[schema(example = "acct-69a42a407e7291")]
    pub id: String,
    /// Its twelve digits, once AWS gave them.
    #[schema(example = "111122223333")]
    pub account: Option<String>,
    /// Its name in the organization.
    pub name: String,
    /// Its e-mail address.
    pub email: String,
    /// `wanted`, `creating`, `arriving`, `preparing`, `ready`, `leased`, `scrubbing`, `resting`,
    /// `quarantined`, `closing`, `closed` or `failed`.
    #[schema(example = "ready")]
    pub state: String,
    /// Why it is in this state, where there is more to say.
    pub reason: Option<String>,
    /// What previews may miss in it, a sentence each: a quota that only AWS raises, for example.
    #[serde(default)]
    pub notes: Vec<String>,
    /// The token that set it aside by hand; it is left alone until it is released.
    pub set_aside_by: Option<String>,
    /// The incarnation that holds it.
    pub holder: Option<String>,
    /// The environment that it served last.
    #[schema(example = "pr-42-k3f9zq")]
    pub served: Option<String>,
    /// The certificate of its last emptying, while nobody had it since.
    pub certificate: Option<String>,
    /// When its emptying under way, or the last one, was begun.
    pub emptying_since: Option<DateTime<Utc>>,
    /// How far that has come, while it is being emptied or could not be.
    pub progress: Option<ProgressView>,
    /// What keeps it from being emptied: the first of them.
    pub culprits: Vec<String>,
    /// Until when it rests, once it was proven empty.
    pub rests_until: Option<DateTime<Utc>>,
    /// The token, or the key of the configuration, that has it closed.
    pub closed_by: Option<String>,
    /// When it was decided on.
    pub created_at: DateTime<Utc>,
}

/// How far an emptying has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProgressView {
    /// Looks at everything that are complete.
    pub rounds: u32,
    /// Waves of deletions still to come in this round.
    pub waves_left: u64,
    /// Resources that are known to be left.
    pub resources_left: u64,
    /// Resources that are gone.
    pub deleted: u64,
}

/// Whether deletions are stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeletesView {
    /// Whether they are.
    pub stopped: bool,
    /// Why, if they are.
    pub reason: Option<String>,
    /// The name of the token that stopped them.
    pub by: Option<String>,
    /// Since when.
    pub since: Option<DateTime<Utc>>,
}

/// Why something is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonGiven {
    /// A sentence for whoever wonders later; 1 to 500 characters.
    #[schema(example = "its trail shows calls that nobody can explain")]
    pub reason: String,
}

impl AccountView {
    /// The answer for one account; `work` is what is written down of its emptying.
    pub fn of(account: &Account, work: Option<&str>) -> Self {
        Self {
            id: account.id.to_string(),
            account: account.account.as_ref().map(ToString::to_string),
            name: account.name.clone(),
            email: account.email.clone(),
            state: account.state.as_str().to_owned(),
            reason: account.reason.clone(),
            notes: account.notes.clone(),
            set_aside_by: account.set_aside_by.clone(),
            holder: account.holder.as_ref().map(ToString::to_string),
            served: account
                .served
                .as_ref()
                .map(|served| served.environment.to_string()),
            certificate: account.certificate.as_ref().map(ToString::to_string),
            emptying_since: account.scrubbing_since,
            progress: work.and_then(Progress::read).map(ProgressView::of),
            culprits: account.culprits.iter().map(ToString::to_string).collect(),
            rests_until: account.rests_until,
            closed_by: account.closing.as_ref().map(|closing| closing.by.clone()),
            created_at: account.created_at,
        }
    }
}

impl ProgressView {
    fn of(progress: Progress) -> Self {
        Self {
            rounds: progress.rounds,
            waves_left: progress.waves_left as u64,
            resources_left: progress.resources_left as u64,
            deleted: progress.deleted as u64,
        }
    }
}

impl DeletesView {
    /// The answer for the switch; `None` is not thrown.
    pub fn of(switch: Option<&Switch>) -> Self {
        Self {
            stopped: switch.is_some(),
            reason: switch.map(|switch| switch.reason.clone()),
            by: switch.map(|switch| switch.by.clone()),
            since: switch.map(|switch| switch.at),
        }
    }
}
