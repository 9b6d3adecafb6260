//! Accounts that came back: each is emptied, and proven to be, before it is lent again.

use super::Reconciler;
use super::look::period;
use crate::environment::inventory::Cell;
use crate::environment::{
    Account, AccountId, AccountState, Certificate, Culprit, Digests, Guarded, ScrubId, SessionName,
    Setback,
};
use crate::nuke::settings::Settings;
use crate::nuke::{self, Job, Outcome, Permit, Work};
use crate::store::{Lease, ScrubCommit, StoreError};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use std::time::Duration;

/// How long an account that could not be emptied rests before it is tried again.
pub(super) const QUARANTINE_PERIOD: Duration = Duration::from_hours(6);

/// How long to wait while deletions are stopped.
const STOPPED_PAUSE: Duration = Duration::from_mins(1);

/// What became of a pass.
enum Turn {
    /// Go on after this long.
    On(Duration),
    /// It is proven, and these guardrails hold from now on.
    Proven(Box<Certificate>, Option<Guarded>),
    /// It can't be.
    Stuck(Vec<Culprit>),
    /// It must not be emptied.
    Forbidden(Vec<String>),
}

impl Reconciler {
    /// One pass over an account that is to be emptied.
    pub(super) async fn scrub_pass(
        &self,
        lease: Lease,
        mut account: Account,
        until: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        if account.state == AccountState::Quarantined {
            tracing::info!(account = %account.id, "tried once more");
            account.scrubs += 1;
            account.scrubbing_since = None;
            account.failures = 0;
            account.state = AccountState::Scrubbing;
        }
        if account.is_to_be_kept(&self.settings.pool) {
            let kept = account.kept_for_inspection();
            tracing::info!(account = %account.id, "kept for inspection");
            self.store
                .commit_account(&lease, &kept, Some(now), now)
                .await?;
            return self.tend_pool().await;
        }
        let began_at = *account.scrubbing_since.get_or_insert(now);
        let id = account.scrub();
        let mut work = match self.store.scrub_work(&id).await? {
            Some(text) => serde_json::from_str(&text).map_err(|error| StoreError::Unreadable {
                row: id.to_string(),
                cause: error.to_string(),
            })?,
            None => Work::new(began_at),
        };
        let turn = self.scrub(&account, &mut work, until).await;
        let mut certificate = None;
        let wait = match turn {
            Ok(Turn::On(wait)) => {
                account.failures = 0;
                wait
            }
            Ok(Turn::Proven(proof, guardrails)) => {
                tracing::info!(
                    account = %account.id, certificate = %proof.id, deleted = proof.deleted.len(),
                    "emptied, and proven to be"
                );
                metrics::counter!("ebbtide_certificates_total").increment(1);
                account = account.proven(&proof.id, guardrails, &self.settings.pool, now);
                let rest = account
                    .rests_until
                    .map_or(TimeDelta::zero(), |until| until - now);
                certificate = Some(proof);
                rest.to_std().unwrap_or_default()
            }
            Ok(Turn::Stuck(culprits)) => {
                account = account.stuck(&culprits);
                quarantined(&account);
                QUARANTINE_PERIOD
            }
            Ok(Turn::Forbidden(objections)) => {
                let reason = format!("nothing is deleted in it: {}", objections.join("; "));
                account = account.quarantined(&reason);
                quarantined(&account);
                QUARANTINE_PERIOD
            }
            Err(setback) => {
                account.failures = account.failures.saturating_add(1);
                account.reason = Some(setback.to_string());
                tracing::warn!(account = %account.id, %setback, "the emptying is set back");
                metrics::counter!("ebbtide_setbacks_total").increment(1);
                let salt = account.id.as_str().bytes().map(u64::from).sum();
                self.settings.pace.retry(&setback, account.failures, salt)
            }
        };
        let text = as_text(&id, &work)?;
        let now = self.clock.now();
        let commit = ScrubCommit {
            account: &account,
            work: &text,
            certificate: certificate.as_deref(),
            due_at: Some(now + period(wait)),
        };
        self.store.commit_scrub(&lease, &commit, now).await?;
        if account.state == AccountState::Ready {
            self.wake_queue().await?;
            self.poke.poke();
        }
        if account.state != AccountState::Scrubbing {
            self.tend_pool().await?;
        }
        Ok(())
    }

    /// What no list shows, as it is now.
    pub(super) async fn settings_of(
        &self,
        number: &AccountId,
        session: &SessionName,
    ) -> Result<Settings, Setback> {
        let role = &self.settings.member_role;
        self.nuke.settings_of(number, session, role).await
    }

    /// Writes down how an account is while it is new, under the number 0 of its emptyings.
    pub(super) async fn write_settings(
        &self,
        lease: &Lease,
        account: &Account,
        settings: &Settings,
    ) -> Result<(), StoreError> {
        let work = as_text(&account.scrub(), settings)?;
        let commit = ScrubCommit {
            account,
            work: &work,
            certificate: None,
            due_at: None,
        };
        self.store
            .commit_scrub(lease, &commit, self.clock.now())
            .await
    }

    /// What is not as it was when the account was new. Nobody knows that of an account that was adopted.
    async fn changed_settings(
        &self,
        account: &Account,
        now: &Settings,
    ) -> Result<Vec<Culprit>, Setback> {
        let new = ScrubId::of(&account.id, 0);
        let written = self.store.scrub_work(&new).await;
        let written = written.map_err(|error| Setback::later(error.to_string()))?;
        let before = written.and_then(|text| serde_json::from_str::<Settings>(&text).ok());
        let Some(before) = before else {
            return Ok(Vec::new());
        };
        let changed = now.changed_since(&before).into_iter();
        Ok(changed
            .map(|name| Culprit {
                cell: Cell {
                    type_name: "account settings".to_owned(),
                    region: self.settings.region.clone(),
                },
                identifier: name,
                why: "it is not as it was when the account was new".to_owned(),
            })
            .collect())
    }

    async fn scrub(
        &self,
        account: &Account,
        work: &mut Work,
        until: DateTime<Utc>,
    ) -> Result<Turn, Setback> {
        let Some(number) = account.account.clone() else {
            return Ok(Turn::Forbidden(vec!["it has no number".to_owned()]));
        };
        let permit = ScrubPermit {
            reconciler: self,
            account,
        };
        if let Some(stop) = permit.stop().await? {
            tracing::info!(account = %account.id, reason = stop, "deletions are stopped");
            return Ok(Turn::On(STOPPED_PAUSE));
        }
        let now = self.clock.now();
        // Half the lease: what is under way when the time is over still ends within it.
        let job = Job {
            account: number.clone(),
            session: SessionName::new(format!("ebbtide-scrub-{}", account.scrubs)),
            token: account.scrub().to_string(),
            stack_regions: account.regions.clone(),
            held: self.held(account).await?,
            pace: self.settings.pace,
            clock: self.clock.as_ref(),
            until: now + (until - now) / 2,
            permit: &permit,
        };
        Ok(match self.nuke.go_on(work, &job).await? {
            Outcome::GoOn => Turn::On(Duration::ZERO),
            Outcome::Wait(wait) => Turn::On(wait),
            Outcome::Forbidden(objections) => Turn::Forbidden(objections),
            Outcome::Stuck(culprits) => Turn::Stuck(culprits),
            Outcome::Proven(proof) => {
                let settings = self.settings_of(&number, &job.session).await?;
                let changed = self.changed_settings(account, &settings).await?;
                if !changed.is_empty() {
                    return Ok(Turn::Stuck(changed));
                }
                let guardrails = self.intact_guardrails().await?;
                // What they denied was not asked for: the proof rests on them.
                if proof.guardrails.is_some() && guardrails.is_none() {
                    return Err(Setback::later(
                        "the guardrails are not attached as configured any more; \"ebbtide guardrails diff\" says what differs",
                    ));
                }
                let answered = Certificate::count(&proof.inventory);
                let certificate = Box::new(Certificate {
                    id: account.scrub(),
                    account_row: account.id.clone(),
                    account: number,
                    served: account.served.clone(),
                    began_at: work.began_at,
                    ended_at: self.clock.now(),
                    regions: proof.regions,
                    listed: answered.listed,
                    denied: answered.denied,
                    not_offered: answered.not_offered,
                    deleted: work.deleted.clone(),
                    excused: proof.inventory.excused,
                    calls: work.calls,
                    digests: Digests {
                        types: proof.types,
                        guardrails: proof.guardrails,
                        settings: Some(settings.digest()),
                        inventories: proof.digests,
                    },
                });
                Turn::Proven(certificate, guardrails)
            }
        })
    }
}

/// May something be deleted in this account? Asked when a plan is made, and again before each wave.
pub(super) struct ScrubPermit<'a> {
    pub(super) reconciler: &'a Reconciler,
    pub(super) account: &'a Account,
}

#[async_trait]
impl Permit for ScrubPermit<'_> {
    async fn stop(&self) -> Result<Option<String>, Setback> {
        let stopped = self.reconciler.store.deletes_stopped().await;
        let stopped = stopped.map_err(|error| Setback::later(error.to_string()))?;
        Ok(stopped.map(|switch| switch.sentence()))
    }

    async fn object(&self) -> Result<Vec<String>, Setback> {
        let Some(number) = &self.account.account else {
            return Ok(vec!["it has no number".to_owned()]);
        };
        // As the ledger has it now: it may have been set aside since it was claimed.
        let row = self.reconciler.store.account(&self.account.id).await;
        let row = row.map_err(|error| Setback::later(error.to_string()))?;
        let Some(row) = row else {
            return Ok(vec!["the ledger does not have it any more".to_owned()]);
        };
        if let Some(by) = &row.set_aside_by {
            return Ok(vec![format!("{by} set it aside")]);
        }
        let at = self.reconciler.place_of(self.account, number);
        let gathered = nuke::evidence::gather(&self.reconciler.cloud, &at).await?;
        let forbidden = &self.reconciler.settings.nuke.forbidden;
        Ok(nuke::target::objections(
            &row,
            &gathered.evidence(),
            forbidden,
        ))
    }
}

fn as_text(id: &ScrubId, what: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(what).map_err(|error| StoreError::Unreadable {
        row: id.to_string(),
        cause: error.to_string(),
    })
}

fn quarantined(account: &Account) {
    tracing::warn!(account = %account.id, reason = account.reason, "account quarantined");
    metrics::counter!("ebbtide_quarantines_total").increment(1);
}
