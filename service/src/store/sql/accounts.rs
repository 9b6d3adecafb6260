//! Accounts of the pool.

use super::environments::hold;
use super::{NEVER, SqlStore, in_transaction, ms, number, on, read, write};
use crate::environment::closing::{self, Turn};
use crate::environment::pool::{AccountStep, Room, next_account_step};
use crate::environment::{Account, AccountRowId, AccountState};
use crate::store::{Lease, StoreError};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// Waits for the turn to count accounts and to decide by the count, until the transaction ends.
macro_rules! take_turn {
    ($transaction:ident) => {
        sqlx::query("UPDATE turns SET name = name WHERE name = 'pool'")
            .execute(&mut *$transaction)
            .await?;
    };
}

/// Every account, inside a transaction.
macro_rules! all_accounts {
    ($transaction:ident) => {{
        let rows: Vec<(String, String)> = sqlx::query_as("SELECT id, document FROM accounts")
            .fetch_all(&mut *$transaction)
            .await?;
        rows.iter()
            .map(|(id, document)| read(id, document))
            .collect::<Result<Vec<Account>, StoreError>>()?
    }};
}

/// Writes an account under its lease, inside a transaction; with a time, also ends the lease. An account at
/// rest is due only when somebody says so. A macro because the transaction's type differs between the databases.
macro_rules! write_account {
    ($transaction:ident, $lease:expr, $account:expr, $due_at:expr) => {
        let resting = next_account_step($account) == AccountStep::Rest;
        let due_at = $due_at.filter(|_| !resting).map_or(NEVER, ms);
        let rows = sqlx::query(
            "UPDATE accounts
             SET account = $3, state = $4, repository_id = $5, document = $6,
                 due_at = CASE WHEN $7 THEN $8 ELSE due_at END,
                 lease_until = CASE WHEN $7 THEN 0 ELSE lease_until END
             WHERE id = $1 AND lease_epoch = $2",
        )
        .bind(&$lease.row)
        .bind($lease.epoch)
        .bind($account.account.as_ref().map(|id| id.as_str().to_owned()))
        .bind($account.state.as_str())
        .bind($account.repository.map(|id| number(id.0)))
        .bind(write(&$lease.row, $account)?)
        .bind($due_at.is_some())
        .bind(due_at)
        .execute(&mut *$transaction)
        .await?
        .rows_affected();
        if rows == 0 {
            return Err(StoreError::Stale($lease.row.clone()));
        }
    };
}
pub(super) use write_account;

impl SqlStore {
    pub(super) async fn insert_wanted_accounts(
        &self,
        accounts: &[Account],
        room: Room,
        now: DateTime<Utc>,
    ) -> Result<u32, StoreError> {
        in_transaction!(self, transaction => {
            take_turn!(transaction);
            let rows: Vec<Account> = all_accounts!(transaction);
            let free = room.left(&rows, now);
            let known: BTreeSet<&AccountRowId> = rows.iter().map(|row| &row.id).collect();
            let new = accounts.iter().filter(|account| !known.contains(&account.id));
            let mut written = 0;
            for account in new.take(free) {
                sqlx::query(
                    "INSERT INTO accounts (id, account, state, repository_id, holder, created_at, document,
                         due_at, lease_owner, lease_until, lease_epoch)
                     VALUES ($1, $5, $6, $7, $8, $2, $3, $4, '', 0, 0)",
                )
                .bind(account.id.as_str())
                .bind(ms(account.created_at))
                .bind(write(account.id.as_str(), account)?)
                .bind(ms(now))
                .bind(account.account.as_ref().map(|id| id.as_str().to_owned()))
                .bind(account.state.as_str())
                .bind(account.repository.map(|id| number(id.0)))
                .bind(account.holder.as_ref().map(|id| id.as_str().to_owned()))
                .execute(&mut *transaction)
                .await?;
                written += 1;
            }
            written
        })
    }

    pub(super) async fn begin_account_closing(
        &self,
        lease: &Lease,
        account: &Account,
        now: DateTime<Utc>,
    ) -> Result<Turn, StoreError> {
        in_transaction!(self, transaction => {
            hold!(
                transaction,
                lease,
                "UPDATE accounts SET lease_epoch = lease_epoch WHERE id = $1 AND lease_epoch = $2"
            );
            take_turn!(transaction);
            let turn = closing::turn(&all_accounts!(transaction), now);
            if turn == Turn::Now {
                let asked = account.closing_asked(now);
                write_account!(transaction, lease, &asked, None::<DateTime<Utc>>);
            }
            turn
        })
    }

    pub(super) async fn claim_due_account(
        &self,
        owner: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<(Lease, Account)>, StoreError> {
        let row: Option<(String, String, i64)> = on!(self, pool => sqlx::query_as(
            "UPDATE accounts
             SET lease_owner = $1, lease_until = $3, lease_epoch = lease_epoch + 1
             WHERE id = (SELECT id FROM accounts WHERE due_at <= $2 AND lease_until <= $2
                         ORDER BY due_at, id LIMIT 1)
               AND due_at <= $2 AND lease_until <= $2
             RETURNING id, document, lease_epoch",
        )
        .bind(owner)
        .bind(ms(now))
        .bind(ms(until))
        .fetch_optional(pool)
        .await?);
        row.map(|(id, document, epoch)| {
            let account = read(&id, &document)?;
            let lease = Lease {
                row: id,
                epoch,
                hinted: 0,
            };
            Ok((lease, account))
        })
        .transpose()
    }

    pub(super) async fn commit_claimed_account(
        &self,
        lease: &Lease,
        account: &Account,
        due_at: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        in_transaction!(self, transaction => {
            write_account!(transaction, lease, account, due_at);
        })
    }

    pub(super) async fn begin_account_creation(
        &self,
        lease: &Lease,
        account: &Account,
        max_creating: u32,
    ) -> Result<bool, StoreError> {
        let mut creating = account.clone();
        creating.state = AccountState::Creating;
        in_transaction!(self, transaction => {
            hold!(
                transaction,
                lease,
                "UPDATE accounts SET lease_epoch = lease_epoch WHERE id = $1 AND lease_epoch = $2"
            );
            take_turn!(transaction);
            let rows = sqlx::query(
                "UPDATE accounts SET state = 'creating', document = $3
                 WHERE id = $1 AND lease_epoch = $2 AND state = 'wanted'
                   AND (SELECT COUNT(*) FROM accounts WHERE state = 'creating') < $4",
            )
            .bind(&lease.row)
            .bind(lease.epoch)
            .bind(write(&lease.row, &creating)?)
            .bind(i64::from(max_creating))
            .execute(&mut *transaction)
            .await?
            .rows_affected();
            rows == 1
        })
    }

    pub(super) async fn quarantine_free_account(
        &self,
        id: &AccountRowId,
        reason: &str,
    ) -> Result<bool, StoreError> {
        in_transaction!(self, transaction => {
            let free: Option<(String,)> = sqlx::query_as(
                "UPDATE accounts SET state = 'quarantined', lease_epoch = lease_epoch + 1
                 WHERE id = $1 AND state = 'ready' AND holder IS NULL RETURNING document",
            )
            .bind(id.as_str())
            .fetch_optional(&mut *transaction)
            .await?;
            let Some((document,)) = free else {
                return Ok(false);
            };
            let account: Account =
                read::<Account>(id.as_str(), &document)?.set_aside(reason);
            sqlx::query("UPDATE accounts SET document = $2 WHERE id = $1")
                .bind(id.as_str())
                .bind(write(id.as_str(), &account)?)
                .execute(&mut *transaction)
                .await?;
            true
        })
    }

    pub(super) async fn list_accounts(&self) -> Result<Vec<Account>, StoreError> {
        let rows: Vec<(String, String)> = on!(self, pool => sqlx::query_as(
            "SELECT id, document FROM accounts ORDER BY created_at, id",
        )
        .fetch_all(pool)
        .await?);
        rows.iter()
            .map(|(id, document)| read(id, document))
            .collect()
    }

    pub(super) async fn find_account(
        &self,
        id: &AccountRowId,
    ) -> Result<Option<Account>, StoreError> {
        let row: Option<(String,)> = on!(self, pool => sqlx::query_as(
            "SELECT document FROM accounts WHERE id = $1",
        )
        .bind(id.as_str())
        .fetch_optional(pool)
        .await?);
        row.map(|(document,)| read(id.as_str(), &document))
            .transpose()
    }
}
