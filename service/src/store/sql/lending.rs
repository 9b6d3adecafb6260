//! Lending an account and giving it back: environment, incarnation and account change in one transaction.

use super::environments::{hold, write_document};
use super::{NEVER, SqlStore, in_transaction, ms, number, read, write};
use crate::environment::pool::Affinity;
use crate::environment::{Account, Environment, IncarnationId, Region};
use crate::store::{Lease, StoreError};
use chrono::{DateTime, Utc};

impl SqlStore {
    pub(super) async fn lend_account(
        &self,
        lease: &Lease,
        incarnation: &IncarnationId,
        environment: &Environment,
        region: &Region,
        affinity: Affinity,
        now: DateTime<Utc>,
    ) -> Result<Option<Environment>, StoreError> {
        in_transaction!(self, transaction => {
            hold!(
                transaction,
                lease,
                "UPDATE environments SET lease_epoch = lease_epoch WHERE id = $1 AND lease_epoch = $2"
            );
            let held: Option<(String, String)> =
                sqlx::query_as("SELECT id, document FROM accounts WHERE holder = $1")
                    .bind(incarnation.as_str())
                    .fetch_optional(&mut *transaction)
                    .await?;
            let mut account: Account = if let Some((id, document)) = held {
                read(&id, &document)?
            } else {
                let free: Option<(String, String)> = sqlx::query_as(
                    "SELECT id, document FROM accounts
                     WHERE state = 'ready' AND holder IS NULL
                     ORDER BY CASE WHEN NOT $2 THEN 0 WHEN repository_id = $1 THEN 0
                                   WHEN repository_id IS NULL THEN 1 ELSE 2 END, created_at, id LIMIT 1",
                )
                .bind(number(environment.key.repository.0))
                .bind(affinity == Affinity::Repository)
                .fetch_optional(&mut *transaction)
                .await?;
                let Some((id, document)) = free else {
                    return Ok(None);
                };
                read(&id, &document)?
            };
            let new = account.holder.is_none();
            let Some(number_of_account) = account.account.clone() else {
                return Ok(None);
            };
            if account.holder.is_none() && !account.may_be_lent() {
                return Ok(None);
            }
            account = account.lent_to(incarnation, environment, region);
            let changed = environment.with_incarnation(
                incarnation, &account.id, &number_of_account, region, now,
            );
            let rows = sqlx::query(
                "UPDATE accounts SET holder = $2, state = 'leased', repository_id = $3, document = $4,
                     due_at = $5, lease_epoch = lease_epoch + 1, lease_until = 0
                 WHERE id = $1 AND ((state = 'ready' AND holder IS NULL) OR holder = $2)",
            )
            .bind(account.id.as_str())
            .bind(incarnation.as_str())
            .bind(number(environment.key.repository.0))
            .bind(write(account.id.as_str(), &account)?)
            .bind(NEVER)
            .execute(&mut *transaction)
            .await?
            .rows_affected();
            if rows == 0 {
                return Ok(None);
            }
            if new {
                sqlx::query(
                    "INSERT INTO leases (incarnation_id, environment_id, account_id, taken_at)
                     VALUES ($1, $2, $3, $4)",
                )
                .bind(incarnation.as_str())
                .bind(environment.id.as_str())
                .bind(account.id.as_str())
                .bind(ms(now))
                .execute(&mut *transaction)
                .await?;
            }
            write_document!(transaction, lease, &changed);
            Some(changed)
        })
    }

    pub(super) async fn give_account_back(
        &self,
        lease: &Lease,
        incarnation: &IncarnationId,
        note: Option<&str>,
        environment: &Environment,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        in_transaction!(self, transaction => {
            write_document!(transaction, lease, environment);
            let held: Option<(String, String)> =
                sqlx::query_as("SELECT id, document FROM accounts WHERE holder = $1")
                    .bind(incarnation.as_str())
                    .fetch_optional(&mut *transaction)
                    .await?;
            if let Some((id, document)) = held {
                let account: Account = read::<Account>(&id, &document)?.taken_back(note);
                sqlx::query(
                    "UPDATE accounts SET holder = NULL, state = $3, document = $4, due_at = $5,
                         lease_epoch = lease_epoch + 1, lease_until = 0
                     WHERE id = $1 AND holder = $2",
                )
                .bind(&id)
                .bind(incarnation.as_str())
                .bind(account.state.as_str())
                .bind(write(&id, &account)?)
                .bind(ms(now))
                .execute(&mut *transaction)
                .await?;
                sqlx::query(
                    "UPDATE leases SET released_at = $2 WHERE incarnation_id = $1 AND released_at IS NULL",
                )
                .bind(incarnation.as_str())
                .bind(ms(now))
                .execute(&mut *transaction)
                .await?;
            }
        })
    }
}
