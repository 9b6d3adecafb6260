//! Emptyings of accounts and their certificates, and the switch that stops every deletion.

use super::accounts::write_account;
use super::hints::give;
use super::{NEVER, SqlStore, in_transaction, ms, number, on, read, time, write};
use crate::environment::forecast::Traffic;
use crate::environment::pool::{AccountStep, next_account_step};
use crate::environment::{AccountRowId, Certificate, Hint, ScrubId};
use crate::store::{Lease, ScrubCommit, StoreError, Switch};
use chrono::{DateTime, Utc};

impl SqlStore {
    pub(super) async fn commit_scrub_of_account(
        &self,
        lease: &Lease,
        scrub: &ScrubCommit<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let account = scrub.account;
        let id = account.scrub();
        let certificate = scrub
            .certificate
            .map(|certificate| write(id.as_str(), certificate))
            .transpose()?;
        let told = scrub
            .certificate
            .and_then(|certificate| Some((certificate.served.as_ref()?, certificate.summary())));
        in_transaction!(self, transaction => {
            write_account!(transaction, lease, account, scrub.due_at);
            sqlx::query(
                "INSERT INTO scrubs (id, account_id, serial, work, certificate, proven_at)
                 VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (id) DO UPDATE
                 SET work = excluded.work,
                     certificate = COALESCE(scrubs.certificate, excluded.certificate),
                     proven_at = COALESCE(scrubs.proven_at, excluded.proven_at)",
            )
            .bind(id.as_str())
            .bind(account.id.as_str())
            .bind(i64::from(account.scrubs))
            .bind(scrub.work)
            .bind(certificate)
            .bind(scrub.certificate.map(|certificate| ms(certificate.ended_at)))
            .execute(&mut *transaction)
            .await?;
            if let Some((served, emptied)) = told {
                let hint = &Hint::Emptied {
                    incarnation: served.incarnation.clone(),
                    emptied,
                };
                let _ = give!(transaction, served.environment.as_str(), id.as_str(), hint, now);
            }
        })
    }

    pub(super) async fn find_scrub_work(&self, id: &ScrubId) -> Result<Option<String>, StoreError> {
        let row: Option<(String,)> = on!(self, pool => sqlx::query_as(
            "SELECT work FROM scrubs WHERE id = $1",
        )
        .bind(id.as_str())
        .fetch_optional(pool)
        .await?);
        Ok(row.map(|(work,)| work))
    }

    pub(super) async fn find_certificate(
        &self,
        id: &ScrubId,
    ) -> Result<Option<Certificate>, StoreError> {
        let row: Option<(Option<String>,)> = on!(self, pool => sqlx::query_as(
            "SELECT certificate FROM scrubs WHERE id = $1",
        )
        .bind(id.as_str())
        .fetch_optional(pool)
        .await?);
        row.and_then(|(certificate,)| certificate)
            .map(|certificate| read(id.as_str(), &certificate))
            .transpose()
    }

    pub(super) async fn list_certificates(
        &self,
        account: &AccountRowId,
    ) -> Result<Vec<Certificate>, StoreError> {
        let rows: Vec<(String,)> = on!(self, pool => sqlx::query_as(
            "SELECT certificate FROM scrubs WHERE account_id = $1 AND certificate IS NOT NULL
             ORDER BY serial DESC",
        )
        .bind(account.as_str())
        .fetch_all(pool)
        .await?);
        rows.iter()
            .map(|(certificate,)| read(account.as_str(), certificate))
            .collect()
    }

    pub(super) async fn count_traffic(&self, since: DateTime<Utc>) -> Result<Traffic, StoreError> {
        let (lent, proven): (i64, i64) = on!(self, pool => sqlx::query_as(
            "SELECT (SELECT COUNT(*) FROM leases WHERE taken_at > $1),
                    (SELECT COUNT(*) FROM scrubs WHERE proven_at > $1)",
        )
        .bind(ms(since))
        .fetch_one(pool)
        .await?);
        Ok(Traffic {
            lent: u64::try_from(lent).unwrap_or_default(),
            proven: u64::try_from(proven).unwrap_or_default(),
        })
    }

    pub(super) async fn find_switch(&self, name: &str) -> Result<Option<Switch>, StoreError> {
        let row: Option<(String, String, i64)> = on!(self, pool => sqlx::query_as(
            "SELECT reason, switched_by, switched_at FROM switches WHERE name = $1",
        )
        .bind(name)
        .fetch_optional(pool)
        .await?);
        Ok(row.map(|(reason, by, at)| Switch {
            reason,
            by,
            at: time(at),
        }))
    }

    pub(super) async fn throw_switch(
        &self,
        name: &str,
        switch: Option<&Switch>,
    ) -> Result<(), StoreError> {
        if let Some(switch) = switch {
            on!(self, pool => sqlx::query(
                "INSERT INTO switches (name, reason, switched_by, switched_at)
                 VALUES ($1, $2, $3, $4)
                 ON CONFLICT (name) DO UPDATE
                 SET reason = excluded.reason, switched_by = excluded.switched_by,
                     switched_at = excluded.switched_at",
            )
            .bind(name)
            .bind(&switch.reason)
            .bind(&switch.by)
            .bind(ms(switch.at))
            .execute(pool)
            .await
            .map(|_| ()))?;
        } else {
            on!(self, pool => sqlx::query("DELETE FROM switches WHERE name = $1")
                .bind(name)
                .execute(pool)
                .await
                .map(|_| ()))?;
        }
        Ok(())
    }
}
