//! What becomes of an account whose emptying has come to an end, one way or the other.

use super::account::{Account, AccountState, Guarded};
use super::certificate::{Culprit, ScrubId};
use super::pool::{AfterUse, PoolRules};
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt::Write as _;

/// Culprits that are written down with an account; its emptying has all of them.
const WRITTEN_DOWN: usize = 20;

/// Culprits that are named in a sentence.
const NAMED: usize = 3;

impl Account {
    /// Whether it is to be looked at by somebody before anything in it is deleted.
    pub fn is_to_be_kept(&self, rules: &PoolRules) -> bool {
        rules.after_use == AfterUse::Keep && !self.kept && self.served.is_some()
    }

    /// Set aside as it is, for inspection.
    #[must_use]
    pub fn kept_for_inspection(&self) -> Self {
        let served = self.served.as_ref();
        let of = served.map_or_else(String::new, |served| {
            format!(" after {}", served.environment)
        });
        Self {
            kept: true,
            set_aside_by: Some("pool.after_use".to_owned()),
            ..self.set_aside(&format!("kept for inspection{of}"))
        }
    }

    /// Proven empty: it rests, is lent again or is closed, as the rules say.
    #[must_use]
    pub fn proven(
        &self,
        certificate: &ScrubId,
        guardrails: Option<Guarded>,
        rules: &PoolRules,
        now: DateTime<Utc>,
    ) -> Self {
        let proven = Self {
            // One that was adopted is prepared only now: nobody's wish is deployed before.
            state: if self.prepared {
                AccountState::Ready
            } else {
                AccountState::Preparing
            },
            certificate: Some(certificate.clone()),
            scrubbing_since: None,
            guardrails,
            reason: None,
            failures: 0,
            culprits: Vec::new(),
            ..self.clone()
        };
        match rules.after_use {
            AfterUse::Close if self.served.is_some() => proven.to_be_closed("pool.after_use", now),
            _ if self.prepared && rules.cool_down > TimeDelta::zero() => Self {
                state: AccountState::Resting,
                rests_until: Some(now + rules.cool_down),
                ..proven
            },
            _ => proven,
        }
    }

    /// It could not be emptied, because of these.
    #[must_use]
    pub fn stuck(&self, culprits: &[Culprit]) -> Self {
        let named = culprits.iter().take(NAMED).map(ToString::to_string);
        let named: Vec<String> = named.collect();
        let mut reason = format!("it could not be emptied: {}", named.join("; "));
        let more = culprits.len().saturating_sub(NAMED);
        if more > 0 {
            let _ = write!(reason, "; and {more} more");
        }
        Self {
            culprits: culprits.iter().take(WRITTEN_DOWN).cloned().collect(),
            ..self.quarantined(&reason)
        }
    }

    /// Nothing was, or may be, deleted in it, for this reason.
    #[must_use]
    pub fn quarantined(&self, reason: &str) -> Self {
        Self {
            state: AccountState::Quarantined,
            scrubbing_since: None,
            reason: Some(reason.to_owned()),
            culprits: Vec::new(),
            ..self.clone()
        }
    }

    /// Its rest, once it is over; `Err` with what is left of it before.
    pub fn woken(&self, now: DateTime<Utc>) -> Result<Self, TimeDelta> {
        match self.rests_until {
            Some(until) if now < until => Err(until - now),
            _ => Ok(Self {
                state: AccountState::Ready,
                rests_until: None,
                ..self.clone()
            }),
        }
    }
}
