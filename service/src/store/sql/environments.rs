//! Environments: claimed by one worker at a time, committed under its epoch.

use super::{NEVER, SqlStore, in_transaction, ms, on, read, time, write};
use crate::environment::pool::Waiting;
use crate::environment::{Environment, EnvironmentId, Hint, InstallationId, RepositoryId};
use crate::store::{
    ClaimedEnvironment, EnvironmentCommit, EnvironmentFilter, Lease, StoreError, TimelineEntry,
};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// Writes an environment's document under its lease, inside a transaction, without ending the lease.
/// A macro because the transaction's type differs between the databases.
macro_rules! write_document {
    ($transaction:ident, $lease:expr, $environment:expr) => {
        let rows = sqlx::query(
            "UPDATE environments SET document = $3, repository = $4, phase = $5, ended = $6,
                 queued_at = $7
             WHERE id = $1 AND lease_epoch = $2",
        )
        .bind(&$lease.row)
        .bind($lease.epoch)
        .bind($crate::store::sql::write(&$lease.row, $environment)?)
        .bind($environment.repository.as_str())
        .bind($environment.phase().as_str())
        .bind($environment.ended_at.is_some())
        .bind($environment.queued_at.map($crate::store::sql::ms))
        .execute(&mut *$transaction)
        .await?
        .rows_affected();
        if rows == 0 {
            return Err($crate::store::StoreError::Stale($lease.row.clone()));
        }
    };
}
/// Refuses a stale lease before anything is read under it, and locks the row until the transaction ends.
macro_rules! hold {
    ($transaction:ident, $lease:expr, $lock:literal) => {
        let rows = sqlx::query($lock)
            .bind(&$lease.row)
            .bind($lease.epoch)
            .execute(&mut *$transaction)
            .await?
            .rows_affected();
        if rows == 0 {
            return Err($crate::store::StoreError::Stale($lease.row.clone()));
        }
    };
}
pub(super) use {hold, write_document};

impl SqlStore {
    pub(super) async fn claim_due_environment(
        &self,
        owner: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<ClaimedEnvironment>, StoreError> {
        let row: Option<(String, String, i64, i64, i64)> = on!(self, pool => sqlx::query_as(
            "UPDATE environments
             SET lease_owner = $1, lease_until = $3, lease_epoch = lease_epoch + 1
             WHERE id = (SELECT id FROM environments WHERE due_at <= $2 AND lease_until <= $2
                         ORDER BY due_at, id LIMIT 1)
               AND due_at <= $2 AND lease_until <= $2
             RETURNING id, document, lease_epoch, hinted, installation_id",
        )
        .bind(owner)
        .bind(ms(now))
        .bind(ms(until))
        .fetch_optional(pool)
        .await?);
        let Some((id, document, epoch, hinted, installation)) = row else {
            return Ok(None);
        };
        let mut environment: Environment = read(&id, &document)?;
        // The column is newer than the document where the App was removed and installed again.
        environment.installation = InstallationId(u64::try_from(installation).unwrap_or_default());
        let hints: Vec<(String, String)> = on!(self, pool => sqlx::query_as(
            "SELECT id, hint FROM hints WHERE environment_id = $1 AND NOT applied AND ordinal <= $2
             ORDER BY ordinal, id",
        )
        .bind(&id)
        .bind(hinted)
        .fetch_all(pool)
        .await?);
        let hints = hints
            .into_iter()
            .map(|(hint_id, text)| Ok((hint_id, read::<Hint>(&id, &text)?)))
            .collect::<Result<_, StoreError>>()?;
        Ok(Some(ClaimedEnvironment {
            environment,
            hints,
            lease: Lease {
                row: id,
                epoch,
                hinted,
            },
        }))
    }

    pub(super) async fn commit_claimed_environment(
        &self,
        lease: &Lease,
        commit: &EnvironmentCommit<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        in_transaction!(self, transaction => {
            write_document!(transaction, lease, commit.environment);
            for id in commit.applied {
                sqlx::query("UPDATE hints SET applied = TRUE WHERE environment_id = $1 AND id = $2")
                    .bind(&lease.row)
                    .bind(id)
                    .execute(&mut *transaction)
                    .await?;
            }
            for entry in commit.timeline {
                // The environment's row is locked by the write above, so the count cannot race.
                sqlx::query(
                    "INSERT INTO timeline (environment_id, ordinal, entry)
                     SELECT $1, COALESCE(MAX(ordinal), 0) + 1, $2 FROM timeline WHERE environment_id = $1",
                )
                .bind(&lease.row)
                .bind(write(&lease.row, entry)?)
                .execute(&mut *transaction)
                .await?;
            }
            if let Some(due_at) = commit.due_at {
                // The count of hints is a column of the same row: whoever waited for the row's lock
                // sees the newest, which a sub-select would not.
                sqlx::query(
                    "UPDATE environments
                     SET due_at = CASE WHEN hinted = $3 THEN $4 ELSE $5 END,
                         lease_until = 0, lease_owner = ''
                     WHERE id = $1 AND lease_epoch = $2",
                )
                .bind(&lease.row)
                .bind(lease.epoch)
                .bind(lease.hinted)
                .bind(ms(due_at))
                .bind(ms(now))
                .execute(&mut *transaction)
                .await?;
            }
        })
    }

    pub(super) async fn find_environment(
        &self,
        id: &EnvironmentId,
    ) -> Result<Option<Environment>, StoreError> {
        let row: Option<(String,)> = on!(self, pool => sqlx::query_as(
            "SELECT document FROM environments WHERE id = $1",
        )
        .bind(id.as_str())
        .fetch_optional(pool)
        .await?);
        row.map(|(document,)| read(id.as_str(), &document))
            .transpose()
    }

    pub(super) async fn list_environments(
        &self,
        filter: &EnvironmentFilter,
    ) -> Result<Vec<Environment>, StoreError> {
        let rows: Vec<(String, String)> = on!(self, pool => sqlx::query_as(
            "SELECT id, document FROM environments
             WHERE (NOT ended OR $1) AND ($2 = '' OR repository = $2)
             ORDER BY opened_at DESC, id",
        )
        .bind(filter.ended)
        .bind(filter.repository.as_deref().unwrap_or_default())
        .fetch_all(pool)
        .await?);
        rows.iter()
            .map(|(id, document)| read(id, document))
            .collect()
    }

    pub(super) async fn list_queue(&self) -> Result<Vec<Waiting>, StoreError> {
        let rows: Vec<(String, i64, i64)> = on!(self, pool => sqlx::query_as(
            "SELECT id, repository_id, queued_at FROM environments WHERE queued_at IS NOT NULL
             ORDER BY queued_at, id",
        )
        .fetch_all(pool)
        .await?);
        Ok(rows
            .into_iter()
            .map(|(id, repository, since)| Waiting {
                environment: EnvironmentId::new(id),
                repository: RepositoryId(u64::try_from(repository).unwrap_or_default()),
                since: time(since),
            })
            .collect())
    }

    pub(super) async fn read_timeline(
        &self,
        id: &EnvironmentId,
    ) -> Result<Vec<TimelineEntry>, StoreError> {
        let rows: Vec<(String,)> = on!(self, pool => sqlx::query_as(
            "SELECT entry FROM timeline WHERE environment_id = $1 ORDER BY ordinal",
        )
        .bind(id.as_str())
        .fetch_all(pool)
        .await?);
        rows.iter()
            .map(|(entry,)| read(id.as_str(), entry))
            .collect()
    }

    pub(super) async fn make_environments_due(
        &self,
        ids: &[EnvironmentId],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        // In one order everywhere: two transactions that lock rows crosswise would wait for each other.
        let ids: BTreeSet<&EnvironmentId> = ids.iter().collect();
        in_transaction!(self, transaction => {
            for id in ids {
                sqlx::query(
                    "UPDATE environments SET hinted = hinted + 1, due_at = $2 WHERE id = $1",
                )
                .bind(id.as_str())
                .bind(ms(now))
                .execute(&mut *transaction)
                .await?;
            }
        })
    }

    pub(super) async fn earliest_due(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        // A row that is leased becomes due again when its lease runs out at the latest. Those that rest for
        // good, which only grow in number, are passed over by the index.
        let row: (Option<i64>,) = on!(self, pool => sqlx::query_as(
            "SELECT MIN(due) FROM (
                 SELECT CASE WHEN due_at > lease_until THEN due_at ELSE lease_until END AS due
                 FROM environments WHERE due_at < $1
                 UNION ALL
                 SELECT CASE WHEN due_at > lease_until THEN due_at ELSE lease_until END
                 FROM accounts WHERE due_at < $1
                 UNION ALL
                 SELECT received_at FROM deliveries WHERE digested_at IS NULL
             ) AS everything",
        )
        .bind(NEVER)
        .fetch_one(pool)
        .await?);
        Ok(row.0.map(time))
    }
}
