//! What lending an account and taking it back writes down: the same for every store.

use super::account::{Account, AccountState};
use super::certificate::{ScrubId, Served};
use super::ids::{AccountId, AccountRowId, IncarnationId, Region};
use super::record::{Environment, HealthRecord, Incarnation, Shown};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

impl Environment {
    /// The document as it is once `id` holds an account: a new incarnation without stacks, out of the queue.
    #[must_use]
    pub fn with_incarnation(
        &self,
        id: &IncarnationId,
        account_row: &AccountRowId,
        account: &AccountId,
        region: &Region,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            queued_at: None,
            queue_position: None,
            incarnation: Some(Incarnation {
                id: id.clone(),
                account_row: account_row.clone(),
                account: account.clone(),
                region: region.clone(),
                started_at: now,
                ready_at: None,
                forced: BTreeMap::new(),
                clean_since: None,
                ending: false,
                stacks: BTreeMap::new(),
                change_sets: 0,
                uploads: false,
                health: HealthRecord::default(),
                shown: Shown::default(),
                settled: None,
            }),
            incarnations: self.incarnations + 1,
            ..self.clone()
        }
    }
}

impl Account {
    /// Whether it may be lent: nobody holds it, and it is as fresh or proven to be empty.
    pub fn may_be_lent(&self) -> bool {
        self.state == AccountState::Ready
            && self.account.is_some()
            && self.holder.is_none()
            && (self.served.is_none() || self.certificate.is_some())
    }

    /// Held by an incarnation of this environment, which puts its stacks into this region.
    #[must_use]
    pub fn lent_to(
        &self,
        incarnation: &IncarnationId,
        environment: &Environment,
        region: &Region,
    ) -> Self {
        let mut regions = self.regions.clone();
        if !regions.contains(region) {
            regions.push(region.clone());
        }
        Self {
            regions,
            state: AccountState::Leased,
            holder: Some(incarnation.clone()),
            repository: Some(environment.key.repository),
            served: Some(Served {
                environment: environment.id.clone(),
                incarnation: incarnation.clone(),
            }),
            certificate: None,
            reason: None,
            culprits: Vec::new(),
            rests_until: None,
            kept: false,
            ..self.clone()
        }
    }

    /// Held by nobody, to be emptied; with a note on what is known to be left.
    #[must_use]
    pub fn taken_back(&self, note: Option<&str>) -> Self {
        Self {
            state: AccountState::Scrubbing,
            holder: None,
            reason: note.map(str::to_owned),
            failures: 0,
            scrubs: self.scrubs + 1,
            scrubbing_since: None,
            culprits: Vec::new(),
            rests_until: None,
            ..self.clone()
        }
    }

    /// Set aside by somebody who found it not to be as it should.
    #[must_use]
    pub fn set_aside(&self, reason: &str) -> Self {
        Self {
            state: AccountState::Quarantined,
            holder: None,
            reason: Some(reason.to_owned()),
            scrubs: self.scrubs + 1,
            scrubbing_since: None,
            culprits: Vec::new(),
            rests_until: None,
            ..self.clone()
        }
    }

    /// The emptying under way, or the last one.
    pub fn scrub(&self) -> ScrubId {
        ScrubId::of(&self.id, self.scrubs)
    }
}
