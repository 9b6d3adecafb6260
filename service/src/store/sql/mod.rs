//! The store in SQL: SQLite or PostgreSQL, one query text for both.
//!
//! `$1` placeholders work on both; [`on!`] runs the same body on either pool. Every write that decides
//! something repeats its condition in the `WHERE` of the statement that writes, so that the database has
//! the last word, not what was read before.

mod accounts;
mod deliveries;
mod environments;
mod hints;
mod lending;
mod orders;
mod scrubs;
mod tokens;

use super::{
    ApiToken, ClaimedEnvironment, Delivery, Effect, EnvironmentCommit, EnvironmentFilter, Lease,
    Received, ScrubCommit, Store, StoreError, Switch, TimelineEntry,
};
use crate::environment::closing;
use crate::environment::forecast::Traffic;
use crate::environment::pool::{Affinity, Room, Waiting};
use crate::environment::{
    Account, AccountOrder, AccountRowId, Certificate, DeliveryId, Environment, EnvironmentId, Hint,
    IncarnationId, Region, ScrubId,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::str::FromStr;
use std::time::Duration;

/// The far future, for rows that nothing but a hint makes due.
pub const NEVER: i64 = 253_402_300_799_000;

/// Runs one body on whichever pool there is.
macro_rules! on {
    ($store:expr, $pool:ident => $body:expr) => {
        match &$store.pool {
            $crate::store::sql::Pool::Sqlite($pool) => $body,
            $crate::store::sql::Pool::Postgres($pool) => $body,
        }
    };
}

/// Runs one body in a write transaction of whichever database there is. SQLite takes its one write lock at
/// the beginning: a transaction that reads first and writes later could not be granted it then.
macro_rules! in_transaction {
    ($store:expr, $transaction:ident => $body:expr) => {
        match &$store.pool {
            $crate::store::sql::Pool::Sqlite(pool) => {
                let mut $transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
                let value = $body;
                $transaction.commit().await?;
                Ok(value)
            }
            $crate::store::sql::Pool::Postgres(pool) => {
                let mut $transaction = pool.begin().await?;
                let value = $body;
                $transaction.commit().await?;
                Ok(value)
            }
        }
    };
}
pub(crate) use {in_transaction, on};

/// A pool of connections to one of the two databases.
#[derive(Clone, Debug)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// The store in SQL.
#[derive(Clone, Debug)]
pub struct SqlStore {
    pub(crate) pool: Pool,
}

impl SqlStore {
    /// Opens the database of this URL (`sqlite:PATH`, `postgres://…`) and brings its tables up to date.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let pool = if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let options = PgConnectOptions::from_str(url)?;
            let pool = PgPoolOptions::new()
                .max_connections(16)
                .acquire_timeout(Duration::from_secs(15))
                .connect_with(options)
                .await?;
            sqlx::migrate!("../migrations")
                .run(&pool)
                .await
                .map_err(|error| sqlx::Error::Migrate(Box::new(error)))?;
            Pool::Postgres(pool)
        } else {
            let options = SqliteConnectOptions::from_str(url)?
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(15));
            let pool = SqlitePoolOptions::new()
                .max_connections(8)
                .acquire_timeout(Duration::from_secs(15))
                // There is no network on which a connection to a file could be lost.
                .test_before_acquire(false)
                .connect_with(options)
                .await?;
            sqlx::migrate!("../migrations")
                .run(&pool)
                .await
                .map_err(|error| sqlx::Error::Migrate(Box::new(error)))?;
            Pool::Sqlite(pool)
        };
        Ok(Self { pool })
    }

    /// Closes all connections.
    pub async fn close(&self) {
        on!(self, pool => pool.close().await);
    }
}

/// Milliseconds since 1970.
pub(crate) fn ms(time: DateTime<Utc>) -> i64 {
    time.timestamp_millis()
}

/// The time of that many milliseconds since 1970.
pub(crate) fn time(milliseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(milliseconds).unwrap_or_default()
}

/// A document as text.
pub(crate) fn write<T: Serialize>(row: &str, document: &T) -> Result<String, StoreError> {
    serde_json::to_string(document).map_err(|error| StoreError::Unreadable {
        row: row.to_owned(),
        cause: error.to_string(),
    })
}

/// A document from text.
pub(crate) fn read<T: DeserializeOwned>(row: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Unreadable {
        row: row.to_owned(),
        cause: error.to_string(),
    })
}

/// GitHub's numbers are far below 2^63.
pub(crate) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[async_trait]
impl Store for SqlStore {
    async fn receive(&self, delivery: &Delivery) -> Result<Received, StoreError> {
        self.receive_delivery(delivery).await
    }
    async fn undigested(&self, limit: u32) -> Result<Vec<Delivery>, StoreError> {
        self.undigested_deliveries(limit).await
    }
    async fn digest(
        &self,
        delivery: &DeliveryId,
        effects: &[Effect],
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.digest_delivery(delivery, effects, now).await
    }
    async fn purge_deliveries(&self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        self.purge_old_deliveries(before).await
    }
    async fn hint(
        &self,
        environment: &EnvironmentId,
        id: &str,
        hint: &Hint,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.give_hint(environment, id, hint, now).await
    }
    async fn claim_environment(
        &self,
        owner: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<ClaimedEnvironment>, StoreError> {
        self.claim_due_environment(owner, now, until).await
    }
    async fn commit_environment(
        &self,
        lease: &Lease,
        commit: &EnvironmentCommit<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.commit_claimed_environment(lease, commit, now).await
    }
    async fn lend(
        &self,
        lease: &Lease,
        incarnation: &IncarnationId,
        environment: &Environment,
        region: &Region,
        affinity: Affinity,
        now: DateTime<Utc>,
    ) -> Result<Option<Environment>, StoreError> {
        self.lend_account(lease, incarnation, environment, region, affinity, now)
            .await
    }
    async fn give_back(
        &self,
        lease: &Lease,
        incarnation: &IncarnationId,
        note: Option<&str>,
        environment: &Environment,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.give_account_back(lease, incarnation, note, environment, now)
            .await
    }
    async fn environment(&self, id: &EnvironmentId) -> Result<Option<Environment>, StoreError> {
        self.find_environment(id).await
    }
    async fn environments(
        &self,
        filter: &EnvironmentFilter,
    ) -> Result<Vec<Environment>, StoreError> {
        self.list_environments(filter).await
    }
    async fn queue(&self) -> Result<Vec<Waiting>, StoreError> {
        self.list_queue().await
    }
    async fn timeline(&self, id: &EnvironmentId) -> Result<Vec<TimelineEntry>, StoreError> {
        self.read_timeline(id).await
    }
    async fn poke_environments(
        &self,
        ids: &[EnvironmentId],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.make_environments_due(ids, now).await
    }
    async fn want_accounts(
        &self,
        accounts: &[Account],
        room: Room,
        now: DateTime<Utc>,
    ) -> Result<u32, StoreError> {
        self.insert_wanted_accounts(accounts, room, now).await
    }
    async fn claim_account(
        &self,
        owner: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<(Lease, Account)>, StoreError> {
        self.claim_due_account(owner, now, until).await
    }
    async fn commit_account(
        &self,
        lease: &Lease,
        account: &Account,
        due_at: Option<DateTime<Utc>>,
        _now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.commit_claimed_account(lease, account, due_at).await
    }
    async fn commit_scrub(
        &self,
        lease: &Lease,
        scrub: &ScrubCommit<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.commit_scrub_of_account(lease, scrub, now).await
    }
    async fn scrub_work(&self, id: &ScrubId) -> Result<Option<String>, StoreError> {
        self.find_scrub_work(id).await
    }
    async fn certificate(&self, id: &ScrubId) -> Result<Option<Certificate>, StoreError> {
        self.find_certificate(id).await
    }
    async fn certificates(&self, account: &AccountRowId) -> Result<Vec<Certificate>, StoreError> {
        self.list_certificates(account).await
    }
    async fn deletes_stopped(&self) -> Result<Option<Switch>, StoreError> {
        self.find_switch("deletes").await
    }
    async fn stop_deletes(&self, switch: Option<&Switch>) -> Result<(), StoreError> {
        self.throw_switch("deletes", switch).await
    }
    async fn begin_creation(
        &self,
        lease: &Lease,
        account: &Account,
        max_creating: u32,
        _now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.begin_account_creation(lease, account, max_creating)
            .await
    }
    async fn begin_closing(
        &self,
        lease: &Lease,
        account: &Account,
        now: DateTime<Utc>,
    ) -> Result<closing::Turn, StoreError> {
        self.begin_account_closing(lease, account, now).await
    }
    async fn traffic(&self, since: DateTime<Utc>) -> Result<Traffic, StoreError> {
        self.count_traffic(since).await
    }
    async fn quarantine(&self, id: &AccountRowId, reason: &str) -> Result<bool, StoreError> {
        self.quarantine_free_account(id, reason).await
    }
    async fn order(
        &self,
        id: &AccountRowId,
        order: &AccountOrder,
        now: DateTime<Utc>,
    ) -> Result<Option<Result<Account, String>>, StoreError> {
        self.order_account(id, order, now).await
    }
    async fn adopt(&self, account: &Account, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.insert_adopted_account(account, now).await
    }
    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        self.list_accounts().await
    }
    async fn account(&self, id: &AccountRowId) -> Result<Option<Account>, StoreError> {
        self.find_account(id).await
    }
    async fn next_due(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.earliest_due().await
    }
    async fn ping(&self) -> Result<(), StoreError> {
        on!(self, pool => sqlx::query("SELECT 1").execute(pool).await.map(|_| ()))?;
        Ok(())
    }
    async fn put_token(&self, token: &ApiToken) -> Result<(), StoreError> {
        self.insert_token(token).await
    }
    async fn token(&self, hash: &str) -> Result<Option<ApiToken>, StoreError> {
        self.find_token(hash).await
    }
    async fn tokens(&self) -> Result<Vec<ApiToken>, StoreError> {
        self.list_tokens().await
    }
    async fn revoke_token(&self, name: &str) -> Result<bool, StoreError> {
        self.delete_token(name).await
    }
}
