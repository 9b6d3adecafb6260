//! What lending an account and taking it back writes down: the same for every store.

use super::account::{Account, AccountState};
use super::ids::{AccountId, AccountRowId, IncarnationId, Region, RepositoryId};
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
    /// Whether it may be lent to this repository: until a sweep certifies it, a used account goes back
    /// only to the repository that used it.
    pub fn may_be_lent_to(&self, repository: RepositoryId) -> bool {
        self.state == AccountState::Ready
            && self.account.is_some()
            && self.holder.is_none()
            && self.repository.is_none_or(|used_by| used_by == repository)
    }

    /// Held by an incarnation of this repository, which puts its stacks into this region.
    #[must_use]
    pub fn lent_to(
        &self,
        incarnation: &IncarnationId,
        repository: RepositoryId,
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
            repository: Some(repository),
            reason: None,
            ..self.clone()
        }
    }

    /// Held by nobody: ready again, or set aside when there is a reason to.
    #[must_use]
    pub fn taken_back(&self, set_aside: Option<&str>) -> Self {
        Self {
            state: match set_aside {
                None => AccountState::Ready,
                Some(_) => AccountState::Quarantined,
            },
            holder: None,
            reason: set_aside.map(str::to_owned),
            ..self.clone()
        }
    }
}
