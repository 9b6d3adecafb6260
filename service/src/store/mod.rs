//! What must survive: deliveries, environments, accounts, the timeline, API tokens.
//!
//! [`Store`] is what the service asks of it; [`sql`] keeps it in SQLite or PostgreSQL with one query text,
//! and the simulation in `tests/` keeps it in memory.
//!
//! # Guarantees
//! - A delivery is stored once by its id, durable before the answer.
//! - An environment or account is changed only by the holder of its [`Lease`]; a stale epoch is refused.
//! - An account is held by at most one incarnation, decided in one transaction.

pub mod sql;

use crate::environment::closing;
use crate::environment::forecast::Traffic;
use crate::environment::pool::{Affinity, Room, Waiting};
use crate::environment::{
    Account, AccountOrder, AccountRowId, Certificate, DeliveryId, Environment, EnvironmentId, Hint,
    IncarnationId, InstallationId, RepositoryId, ScrubId,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else holds the lease by now: drop what was done and look again.
    #[error("the lease on {0} was taken over")]
    Stale(String),
    /// The database could not be reached or refused.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// A row that this version cannot read.
    #[error("row {row} cannot be read: {cause}")]
    Unreadable {
        /// Which.
        row: String,
        /// Why.
        cause: String,
    },
}

/// The right to change one row until `until`, or until somebody takes it over after that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Row id.
    pub row: String,
    /// Raised by each claim; the database refuses writes under an older one.
    pub epoch: i64,
    /// How many hints had been given when the row was claimed. A commit of a row that was hinted at since
    /// makes it due at once.
    pub hinted: i64,
}

/// A delivery as it came in at the door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// `X-GitHub-Delivery`.
    pub id: DeliveryId,
    /// `X-GitHub-Event`.
    pub event: String,
    /// The raw body, verified.
    pub body: String,
    /// When it came.
    pub received_at: DateTime<Utc>,
}

/// Whether a delivery was new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// Stored now.
    New,
    /// Stored before.
    Repeated,
}

/// What a delivery comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A hint for one environment, whose row is made if it is not there.
    One {
        /// The row as it would be made; an existing one stays as it is, but for the installation, which is
        /// another one after the App was removed and installed again.
        environment: Box<Environment>,
        /// The hint.
        hint: Hint,
    },
    /// A hint for every environment that is not ended, of an installation or of some of its repositories.
    Many {
        /// The installation.
        installation: InstallationId,
        /// `None` for all of them.
        repositories: Option<Vec<RepositoryId>>,
        /// The hint.
        hint: Hint,
    },
    /// A hint for the environment of this id, if there is one.
    Known {
        /// Its id.
        environment: EnvironmentId,
        /// The hint.
        hint: Hint,
    },
}

/// One line of an environment's timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TimelineEntry {
    /// When the step was begun.
    pub at: DateTime<Utc>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// Which incarnation, where there was one.
    pub incarnation: Option<String>,
    /// What was done, for example `deploy app: execute change set`.
    pub step: String,
    /// Why, or what came of it.
    pub why: String,
    /// Whether it met a setback.
    pub setback: bool,
}

/// A claimed environment.
#[derive(Clone, Debug)]
pub struct ClaimedEnvironment {
    /// The right to change it.
    pub lease: Lease,
    /// The document.
    pub environment: Environment,
    /// Hints not applied yet, oldest first, by id.
    pub hints: Vec<(String, Hint)>,
}

/// What is written at the end of a pass over an environment.
#[derive(Clone, Debug)]
pub struct EnvironmentCommit<'a> {
    /// The document.
    pub environment: &'a Environment,
    /// Hints that were applied; they are removed.
    pub applied: &'a [String],
    /// Lines for the timeline.
    pub timeline: &'a [TimelineEntry],
    /// When to look again; `None` keeps the lease (a checkpoint in the middle of a pass).
    pub due_at: Option<DateTime<Utc>>,
}

/// What is written of an account's emptying.
#[derive(Clone, Copy, Debug)]
pub struct ScrubCommit<'a> {
    /// The account; its [`Account::scrub`] names the emptying.
    pub account: &'a Account,
    /// How far it has come, as text that only its worker reads.
    pub work: &'a str,
    /// The proof, once it is complete.
    pub certificate: Option<&'a Certificate>,
    /// When to go on; `None` keeps the lease.
    pub due_at: Option<DateTime<Utc>>,
}

/// A switch that an admin threw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switch {
    /// Why.
    pub reason: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl Switch {
    /// Who stopped all deletions, and why.
    pub fn sentence(&self) -> String {
        format!("{} stopped all deletions: {}", self.by, self.reason)
    }
}

/// Which environments to list.
#[derive(Clone, Debug, Default)]
pub struct EnvironmentFilter {
    /// Also those that ended.
    pub ended: bool,
    /// Only this repository, `owner/name`.
    pub repository: Option<String>,
}

/// An API token as stored: its hash only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// A name for people.
    pub name: String,
    /// Lower-case hex SHA-256 of the token.
    pub hash: String,
    /// What it may do: `read` or `write` (which includes reading).
    pub scope: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// Where everything is kept.
#[async_trait]
pub trait Store: Send + Sync {
    /// Stores a delivery once.
    async fn receive(&self, delivery: &Delivery) -> Result<Received, StoreError>;
    /// Deliveries not worked on yet, oldest first, at most `limit`.
    async fn undigested(&self, limit: u32) -> Result<Vec<Delivery>, StoreError>;
    /// Applies what a delivery comes to and marks it done, in one transaction; `false` if it was done already.
    async fn digest(
        &self,
        delivery: &DeliveryId,
        effects: &[Effect],
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError>;
    /// Forgets done deliveries received before `before`; how many.
    async fn purge_deliveries(&self, before: DateTime<Utc>) -> Result<u64, StoreError>;
    /// Gives a hint that comes from no delivery (API, slow sweep); `id` makes it count once.
    /// `false` if there is no such environment.
    async fn hint(
        &self,
        environment: &EnvironmentId,
        id: &str,
        hint: &Hint,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError>;

    /// Claims the environment that has been due the longest.
    async fn claim_environment(
        &self,
        owner: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<ClaimedEnvironment>, StoreError>;
    /// Writes what a pass came to, under its lease.
    async fn commit_environment(
        &self,
        lease: &Lease,
        commit: &EnvironmentCommit<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Lends an account to an incarnation and writes the environment's document (built by `record` from the
    /// account), in one transaction. `None` when no account that may be lent to the repository is free.
    async fn lend(
        &self,
        lease: &Lease,
        incarnation: &IncarnationId,
        environment: &Environment,
        region: &crate::environment::Region,
        affinity: Affinity,
        now: DateTime<Utc>,
    ) -> Result<Option<Environment>, StoreError>;
    /// Gives an incarnation's account back to be emptied, with a note on what is known to be left, and writes
    /// the environment's document, in one transaction.
    async fn give_back(
        &self,
        lease: &Lease,
        incarnation: &IncarnationId,
        note: Option<&str>,
        environment: &Environment,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// One environment.
    async fn environment(&self, id: &EnvironmentId) -> Result<Option<Environment>, StoreError>;
    /// Environments, newest first.
    async fn environments(
        &self,
        filter: &EnvironmentFilter,
    ) -> Result<Vec<Environment>, StoreError>;
    /// Environments that wait for an account, longest waiting first.
    async fn queue(&self) -> Result<Vec<Waiting>, StoreError>;
    /// An environment's timeline, oldest first.
    async fn timeline(&self, id: &EnvironmentId) -> Result<Vec<TimelineEntry>, StoreError>;
    /// Makes these environments due now.
    async fn poke_environments(
        &self,
        ids: &[EnvironmentId],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Writes intent to make accounts, as far as there is room; how many were written.
    async fn want_accounts(
        &self,
        accounts: &[Account],
        room: Room,
        now: DateTime<Utc>,
    ) -> Result<u32, StoreError>;
    /// Claims the account that has been due the longest.
    async fn claim_account(
        &self,
        owner: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<(Lease, Account)>, StoreError>;
    /// Writes an account, under its lease. `due_at` `None` keeps the lease.
    async fn commit_account(
        &self,
        lease: &Lease,
        account: &Account,
        due_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Writes how far an account's emptying has come, under the account's lease. With a certificate, the
    /// environment it was emptied for is told in the same transaction.
    async fn commit_scrub(
        &self,
        lease: &Lease,
        scrub: &ScrubCommit<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// How far an emptying has come.
    async fn scrub_work(&self, id: &ScrubId) -> Result<Option<String>, StoreError>;
    /// One certificate.
    async fn certificate(&self, id: &ScrubId) -> Result<Option<Certificate>, StoreError>;
    /// An account's certificates, newest first.
    async fn certificates(&self, account: &AccountRowId) -> Result<Vec<Certificate>, StoreError>;
    /// Why nothing may be deleted at the moment, if an admin said so.
    async fn deletes_stopped(&self) -> Result<Option<Switch>, StoreError>;
    /// Stops every deletion, or (`None`) lets them go on.
    async fn stop_deletes(&self, switch: Option<&Switch>) -> Result<(), StoreError>;
    /// Lets an account go from `Wanted` to `Creating` if fewer than `max_creating` are being created,
    /// in one statement; `false` if not.
    async fn begin_creation(
        &self,
        lease: &Lease,
        account: &Account,
        max_creating: u32,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError>;
    /// Writes down that an account's closing is asked of AWS, if it is its turn ([`closing::turn`]), in one
    /// transaction with the count.
    async fn begin_closing(
        &self,
        lease: &Lease,
        account: &Account,
        now: DateTime<Utc>,
    ) -> Result<closing::Turn, StoreError>;
    /// How many accounts were lent and how many were proven empty since then.
    async fn traffic(&self, since: DateTime<Utc>) -> Result<Traffic, StoreError>;
    /// Sets an account aside that is free; one that was lent meanwhile stays with its holder. Whether it did.
    async fn quarantine(&self, id: &AccountRowId, reason: &str) -> Result<bool, StoreError>;
    /// Does with an account what an admin says; whoever works on it is refused from then on. The account as it is
    /// then, or why that cannot be; `None` when there is no such account.
    async fn order(
        &self,
        id: &AccountRowId,
        order: &AccountOrder,
        now: DateTime<Utc>,
    ) -> Result<Option<Result<Account, String>>, StoreError>;
    /// Writes the row of an account that AWS has already, due now. `false` if the ledger knows the account.
    async fn adopt(&self, account: &Account, now: DateTime<Utc>) -> Result<bool, StoreError>;
    /// All accounts, oldest first.
    async fn accounts(&self) -> Result<Vec<Account>, StoreError>;
    /// One account.
    async fn account(&self, id: &AccountRowId) -> Result<Option<Account>, StoreError>;

    /// The earliest time at which anything is due, for the loop and for tests that jump the clock.
    async fn next_due(&self) -> Result<Option<DateTime<Utc>>, StoreError>;
    /// Whether the database answers.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Stores an API token, replacing one of the same name.
    async fn put_token(&self, token: &ApiToken) -> Result<(), StoreError>;
    /// The token with this hash.
    async fn token(&self, hash: &str) -> Result<Option<ApiToken>, StoreError>;
    /// All tokens.
    async fn tokens(&self) -> Result<Vec<ApiToken>, StoreError>;
    /// Removes a token by name; `false` if there was none.
    async fn revoke_token(&self, name: &str) -> Result<bool, StoreError>;
}

/// The far future (9999-12-31T23:59:59Z): when a row is due that nothing but a hint makes due.
pub const NEVER: DateTime<Utc> = match DateTime::from_timestamp(253_402_300_799, 0) {
    Some(never) => never,
    None => DateTime::<Utc>::MAX_UTC,
};
