//! What admins have done with accounts, and accounts they bring.

use super::{NEVER, SqlStore, in_transaction, ms, on, read, write};
use crate::environment::pool::{AccountStep, next_account_step};
use crate::environment::{Account, AccountOrder, AccountRowId};
use crate::store::StoreError;
use chrono::{DateTime, Utc};

impl SqlStore {
    pub(super) async fn order_account(
        &self,
        id: &AccountRowId,
        order: &AccountOrder,
        now: DateTime<Utc>,
    ) -> Result<Option<Result<Account, String>>, StoreError> {
        in_transaction!(self, transaction => {
            // Holds the row first: nobody can lend it between the decision and the write.
            let row: Option<(String,)> = sqlx::query_as(
                "UPDATE accounts SET lease_epoch = lease_epoch + 1, lease_until = 0
                 WHERE id = $1 RETURNING document",
            )
            .bind(id.as_str())
            .fetch_optional(&mut *transaction)
            .await?;
            let Some((document,)) = row else {
                return Ok(None);
            };
            // A refusal leaves the transaction open, and the row as it was.
            let account = match read::<Account>(id.as_str(), &document)?.ordered(order) {
                Ok(account) => account,
                Err(why) => return Ok(Some(Err(why))),
            };
            let resting = next_account_step(&account) == AccountStep::Rest;
            sqlx::query("UPDATE accounts SET state = $2, document = $3, due_at = $4 WHERE id = $1")
                .bind(id.as_str())
                .bind(account.state.as_str())
                .bind(write(id.as_str(), &account)?)
                .bind(if resting { NEVER } else { ms(now) })
                .execute(&mut *transaction)
                .await?;
            Some(Ok(account))
        })
    }

    pub(super) async fn insert_adopted_account(
        &self,
        account: &Account,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let rows = on!(self, pool => sqlx::query(
            "INSERT INTO accounts (id, account, state, created_at, document,
                 due_at, lease_owner, lease_until, lease_epoch)
             VALUES ($1, $2, $3, $4, $5, $6, '', 0, 0)
             ON CONFLICT DO NOTHING",
        )
        .bind(account.id.as_str())
        .bind(account.account.as_ref().map(|id| id.as_str().to_owned()))
        .bind(account.state.as_str())
        .bind(ms(account.created_at))
        .bind(write(account.id.as_str(), account)?)
        .bind(ms(now))
        .execute(pool)
        .await
        .map(|done| done.rows_affected()))?;
        Ok(rows == 1)
    }
}
