//! Hints: what makes an environment due, each counted once by its id.

use super::{SqlStore, in_transaction};
use crate::environment::{EnvironmentId, Hint};
use crate::store::StoreError;
use chrono::{DateTime, Utc};

/// Gives one hint inside a transaction; `true` if the environment is there. A macro because the
/// transaction's type differs between the databases.
macro_rules! give {
    ($transaction:ident, $environment:expr, $id:expr, $hint:expr, $now:expr) => {{
        // The row is locked first: a claim's commit that runs at the same time sees the higher count.
        let known: Option<(i64,)> = sqlx::query_as(
            "UPDATE environments SET hinted = hinted WHERE id = $1 RETURNING hinted",
        )
        .bind($environment)
        .fetch_optional(&mut *$transaction)
        .await?;
        if let Some((hinted,)) = known {
            let given = sqlx::query(
                "INSERT INTO hints (id, environment_id, hint, given_at, ordinal, applied)
                 VALUES ($1, $2, $3, $4, $5, FALSE) ON CONFLICT (environment_id, id) DO NOTHING",
            )
            .bind($id)
            .bind($environment)
            .bind($crate::store::sql::write($environment, $hint)?)
            .bind($crate::store::sql::ms($now))
            .bind(hinted + 1)
            .execute(&mut *$transaction)
            .await?
            .rows_affected();
            if given == 1 {
                sqlx::query(
                    "UPDATE environments SET hinted = hinted + 1,
                         due_at = CASE WHEN due_at < $2 THEN due_at ELSE $2 END
                     WHERE id = $1",
                )
                .bind($environment)
                .bind($crate::store::sql::ms($now))
                .execute(&mut *$transaction)
                .await?;
            }
        }
        known.is_some()
    }};
}

/// Applies what a delivery comes to, inside a transaction.
macro_rules! apply {
    ($transaction:ident, $id:expr, $effect:expr, $now:expr) => {
        match $effect {
            $crate::store::Effect::One { environment, hint } => {
                sqlx::query(
                    "INSERT INTO environments (id, repository_id, repository, installation_id, phase, ended,
                         queued_at, opened_at, document, hinted, due_at, lease_owner, lease_until, lease_epoch)
                     VALUES ($1, $2, $3, $4, $5, $9, NULL, $6, $7, 0, $8, '', 0, 0)
                     ON CONFLICT (id) DO UPDATE SET installation_id = excluded.installation_id",
                )
                .bind(environment.id.as_str())
                .bind($crate::store::sql::number(environment.key.repository.0))
                .bind(environment.repository.as_str())
                .bind($crate::store::sql::number(environment.installation.0))
                .bind(environment.phase().as_str())
                .bind($crate::store::sql::ms(environment.opened_at))
                .bind($crate::store::sql::write(environment.id.as_str(), environment.as_ref())?)
                .bind($crate::store::sql::ms($now))
                .bind(environment.ended_at.is_some())
                .execute(&mut *$transaction)
                .await?;
                let _ = $crate::store::sql::hints::give!($transaction, environment.id.as_str(), $id, hint, $now);
            }
            $crate::store::Effect::Known { environment, hint } => {
                let _ = $crate::store::sql::hints::give!($transaction, environment.as_str(), $id, hint, $now);
            }
            $crate::store::Effect::Many { installation, repositories, hint } => {
                let rows: Vec<(String, i64)> = sqlx::query_as(
                    "SELECT id, repository_id FROM environments
                     WHERE installation_id = $1 AND NOT ended ORDER BY id",
                )
                .bind($crate::store::sql::number(installation.0))
                .fetch_all(&mut *$transaction)
                .await?;
                for (id, repository) in rows {
                    let meant = repositories.as_ref().is_none_or(|some| {
                        some.iter().any(|one| $crate::store::sql::number(one.0) == repository)
                    });
                    if meant {
                        let _ = $crate::store::sql::hints::give!($transaction, id.as_str(), $id, hint, $now);
                    }
                }
            }
        }
    };
}
pub(super) use {apply, give};

impl SqlStore {
    pub(super) async fn give_hint(
        &self,
        environment: &EnvironmentId,
        id: &str,
        hint: &Hint,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        in_transaction!(self, transaction => {
            give!(transaction, environment.as_str(), id, hint, now)
        })
    }
}
