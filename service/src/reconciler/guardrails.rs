//! The guardrails on the slow period: said where they differ, and set right where they are kept.

use super::Reconciler;
use super::sweep::Difference;
use crate::guardrails::{Drift, Keeper};

impl Reconciler {
    /// The same reconciler, which also looks after the guardrails.
    #[must_use]
    pub fn with_guardrails(mut self, keeper: Keeper) -> Self {
        self.guardrails = Some(keeper);
        self
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
