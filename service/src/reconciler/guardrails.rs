//! The guardrails: whether they hold, for accounts that are emptied; and on the slow period said where they differ, and
//! set right where they are kept.

use super::Reconciler;
use super::sweep::Difference;
use crate::environment::{Account, Guarded, Setback};
use crate::guardrails::{Drift, Keeper};
use crate::nuke::Held;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::{Mutex, PoisonError};

/// How long they are believed to be as they were seen: each pass over each account asks, and Organizations takes few
/// calls.
const SEEN_FOR: TimeDelta = TimeDelta::minutes(1);

/// How the guardrails were seen to be last.
#[derive(Debug, Default)]
pub(super) struct Seen(Mutex<Option<(DateTime<Utc>, Option<Guarded>)>>);

impl Reconciler {
    /// The same reconciler, which also looks after the guardrails.
    #[must_use]
    pub fn with_guardrails(mut self, keeper: Keeper) -> Self {
        self.guardrails = Some(keeper);
        self
    }

    /// Whether guardrails held since the account was ready: they were intact then, and lately. Where they were
    /// changed meanwhile, what either allowed could be made.
    pub(super) async fn held(&self, account: &Account) -> Result<Held, Setback> {
        let lately = self.guardrails_lately().await?;
        Ok(match account.guardrails.as_ref().zip(lately) {
            Some((then, now)) => Held::Yes {
                reach: Box::new(then.reach.or(&now.reach)),
                digest: now.digest,
            },
            None => Held::No,
        })
    }

    async fn guardrails_lately(&self) -> Result<Option<Guarded>, Setback> {
        let seen = self.guardrails_seen.0.lock();
        let seen = seen.unwrap_or_else(PoisonError::into_inner).clone();
        match seen {
            Some((at, guarded)) if self.clock.now() < at + SEEN_FOR => Ok(guarded),
            _ => self.intact_guardrails().await,
        }
    }

    /// The guardrails, if they are attached as configured: as they are now.
    pub(super) async fn intact_guardrails(&self) -> Result<Option<Guarded>, Setback> {
        let (Some(keeper), Some(reach)) = (&self.guardrails, &self.settings.nuke.reach) else {
            return Ok(None);
        };
        let (_, drifts) = keeper.look().await?;
        let guarded = drifts.is_empty().then(|| Guarded {
            digest: keeper.digest(),
            reach: reach.clone(),
        });
        let mut seen = self
            .guardrails_seen
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *seen = Some((self.clock.now(), guarded.clone()));
        Ok(guarded)
    }

    /// How the guardrails differ from what is configured, for the slow period. Where they are neither kept nor were
    /// ever applied, there is nothing that could differ.
    pub(super) async fn guardrail_drift(&self) -> Vec<Difference> {
        let Some(keeper) = &self.guardrails else {
            return Vec::new();
        };
        let (attached, mut drifts) = match keeper.look().await {
            Ok(seen) => seen,
            Err(setback) if keeper.keep => {
                return vec![Difference::Unreadable {
                    what: "guardrails of the sandbox OU".to_owned(),
                    cause: setback.to_string(),
                }];
            }
            Err(setback) => {
                tracing::info!(%setback, "the guardrails cannot be looked at, and nobody asked to keep them");
                return Vec::new();
            }
        };
        if attached.ours.is_empty() && !keeper.keep {
            drifts.clear();
        }
        let count = u32::try_from(drifts.len()).unwrap_or(u32::MAX);
        metrics::gauge!("ebbtide_guardrails_drifted").set(f64::from(count));
        let difference = |drift: &Drift| Difference::GuardrailDrift {
            policy: drift.policy().to_owned(),
            what: drift.sentence().to_owned(),
            repair: keeper.keep.then(|| drift.mended().to_owned()),
        };
        drifts.iter().map(difference).collect()
    }

    /// Sets right what the slow period found about one policy, as far as it still is so.
    pub(super) async fn mend_guardrail(&self, policy: &str) {
        let Some(keeper) = self.guardrails.as_ref().filter(|keeper| keeper.keep) else {
            return;
        };
        let mended = async {
            let (_, drifts) = keeper.look().await?;
            match drifts.iter().find(|drift| drift.policy() == policy) {
                Some(drift) => keeper.mend(drift).await,
                None => Ok(()),
            }
        };
        match mended.await {
            Ok(()) => tracing::info!(policy, "the guardrail is as configured"),
            Err(setback) => {
                tracing::warn!(%setback, policy, "a guardrail could not be set right yet");
            }
        }
    }
}
