//! The rows of [`super::MemoryStore`]: what each one holds, and the rules of leases and hints.

use chrono::{DateTime, Utc};
use ebbtide::environment::closing::{self, Turn};
use ebbtide::environment::forecast::Traffic;
use ebbtide::environment::pool::{AccountStep, Room, next_account_step};
use ebbtide::environment::{
    Account, AccountOrder, AccountRowId, AccountState, Certificate, Environment, EnvironmentId,
    Hint, InstallationId, RepositoryId, ScrubId,
};
use ebbtide::store::{ApiToken, Delivery, Effect, Lease, NEVER, StoreError, Switch, TimelineEntry};
use std::collections::{BTreeMap, BTreeSet};

/// A document with what the claim needs.
pub struct Row<T> {
    /// The document.
    pub document: T,
    /// When somebody should look.
    pub due_at: DateTime<Utc>,
    lease_until: DateTime<Utc>,
    epoch: i64,
    /// How many hints were given; a commit compares it with what it was at the claim.
    hinted: i64,
}

impl<T> Row<T> {
    pub fn new(document: T, due_at: DateTime<Utc>) -> Self {
        Self {
            document,
            due_at,
            lease_until: DateTime::<Utc>::MIN_UTC,
            epoch: 0,
            hinted: 0,
        }
    }

    /// When it can be claimed at the earliest.
    pub fn claimable_at(&self) -> DateTime<Utc> {
        self.due_at.max(self.lease_until)
    }

    pub fn claim(&mut self, id: &str, until: DateTime<Utc>) -> Lease {
        self.lease_until = until;
        self.epoch += 1;
        Lease {
            row: id.to_owned(),
            epoch: self.epoch,
            hinted: self.hinted,
        }
    }

    /// Ends the lease; a hint that came since the claim is looked at right away.
    pub fn release(&mut self, lease: &Lease, due_at: DateTime<Utc>, now: DateTime<Utc>) {
        let hinted_since = self.hinted != lease.hinted;
        self.due_at = if hinted_since { now } else { due_at };
        self.lease_until = DateTime::<Utc>::MIN_UTC;
    }

    /// Makes it due now, also when it is being worked on at this moment.
    pub fn wake(&mut self, now: DateTime<Utc>) {
        self.due_at = self.due_at.min(now);
        self.hinted += 1;
    }

    /// Changes it from outside its lease; whoever holds that is refused from now on.
    pub fn overrule(&mut self, document: T) {
        self.document = document;
        self.epoch += 1;
        self.lease_until = DateTime::<Utc>::MIN_UTC;
        self.due_at = NEVER;
    }
}

/// Finds the row that a lease is for, if it is still the newest lease.
pub fn leased<'a, K: Ord, T>(
    rows: &'a mut BTreeMap<K, Row<T>>,
    key: &K,
    lease: &Lease,
) -> Result<&'a mut Row<T>, StoreError> {
    rows.get_mut(key)
        .filter(|row| row.epoch == lease.epoch)
        .ok_or_else(|| StoreError::Stale(lease.row.clone()))
}

/// The key of the row that has been due the longest and that nobody holds.
pub fn longest_due<K: Ord + Clone, T>(rows: &BTreeMap<K, Row<T>>, now: DateTime<Utc>) -> Option<K> {
    rows.iter()
        .filter(|(_, row)| row.claimable_at() <= now)
        .min_by_key(|(_, row)| row.due_at)
        .map(|(key, _)| key.clone())
}

/// Everything, behind one lock.
#[derive(Default)]
pub struct Tables {
    pub deliveries: BTreeMap<String, (Delivery, bool)>,
    /// Deliveries that wait, by when they came.
    pub inbox: BTreeSet<(DateTime<Utc>, String)>,
    pub environments: BTreeMap<EnvironmentId, Row<Environment>>,
    /// Through which installation the last delivery came.
    pub installations: BTreeMap<EnvironmentId, InstallationId>,
    pub hints: BTreeMap<EnvironmentId, Vec<(String, Hint)>>,
    pub hints_seen: BTreeSet<(EnvironmentId, String)>,
    pub timelines: BTreeMap<EnvironmentId, Vec<TimelineEntry>>,
    pub accounts: BTreeMap<AccountRowId, Row<Account>>,
    /// How far each emptying has come, and its certificate.
    pub scrubs: BTreeMap<ScrubId, (String, Option<Certificate>)>,
    /// When accounts were lent.
    pub lent: Vec<DateTime<Utc>>,
    pub deletes_stopped: Option<Switch>,
    pub tokens: BTreeMap<String, ApiToken>,
}

impl Tables {
    fn documents(&self) -> Vec<Account> {
        let rows = self.accounts.values();
        rows.map(|row| row.document.clone()).collect()
    }

    /// Writes down accounts that are wanted, as far as there is room; how many.
    pub fn want(&mut self, accounts: &[Account], room: Room, now: DateTime<Utc>) -> u32 {
        let free = room.left(&self.documents(), now);
        let mut written = 0;
        for account in accounts {
            if written < free && !self.accounts.contains_key(&account.id) {
                let row = Row::new(account.clone(), now);
                self.accounts.insert(account.id.clone(), row);
                written += 1;
            }
        }
        u32::try_from(written).expect("not so many")
    }

    /// Has an account closed, if it is its turn.
    pub fn begin_closing(
        &mut self,
        lease: &Lease,
        id: &AccountRowId,
        account: &Account,
        now: DateTime<Utc>,
    ) -> Result<Turn, StoreError> {
        let turn = closing::turn(&self.documents(), now);
        let row = leased(&mut self.accounts, id, lease)?;
        if turn == Turn::Now {
            row.document = account.closing_asked(now);
        }
        Ok(turn)
    }

    /// How many accounts were lent, and how many proven empty, since then.
    pub fn traffic(&self, since: DateTime<Utc>) -> Traffic {
        let proofs = self.scrubs.values().filter_map(|(_, proof)| proof.as_ref());
        let proven = proofs.filter(|proof| proof.ended_at > since).count();
        let lent = self.lent.iter().filter(|at| **at > since).count();
        Traffic {
            lent: lent as u64,
            proven: proven as u64,
        }
    }

    /// Gives a hint once; `false` if there is no such environment.
    pub fn give_hint(
        &mut self,
        id: &EnvironmentId,
        hint_id: &str,
        hint: &Hint,
        now: DateTime<Utc>,
    ) -> bool {
        let Some(row) = self.environments.get_mut(id) else {
            return false;
        };
        if self.hints_seen.insert((id.clone(), hint_id.to_owned())) {
            row.wake(now);
            self.hints
                .entry(id.clone())
                .or_default()
                .push((hint_id.to_owned(), hint.clone()));
        }
        true
    }

    /// Applies one effect of a delivery; `hint_id` is unique to the effect.
    pub fn apply(&mut self, effect: &Effect, hint_id: &str, now: DateTime<Utc>) {
        match effect {
            Effect::One { environment, hint } => {
                self.environments
                    .entry(environment.id.clone())
                    .or_insert_with(|| Row::new((**environment).clone(), now));
                self.installations
                    .insert(environment.id.clone(), environment.installation);
                self.give_hint(&environment.id, hint_id, hint, now);
            }
            Effect::Many {
                installation,
                repositories,
                hint,
            } => {
                for id in self.live_of(*installation, repositories.as_deref()) {
                    self.give_hint(&id, hint_id, hint, now);
                }
            }
            Effect::Known { environment, hint } => {
                self.give_hint(environment, hint_id, hint, now);
            }
        }
    }

    /// Does with an account what an admin says.
    pub fn order(
        &mut self,
        id: &AccountRowId,
        order: &AccountOrder,
        now: DateTime<Utc>,
    ) -> Option<Result<Account, String>> {
        let row = self.accounts.get_mut(id)?;
        let ordered = row.document.ordered(order);
        if let Ok(account) = &ordered {
            row.overrule(account.clone());
            if next_account_step(account) != AccountStep::Rest {
                row.due_at = now;
            }
        }
        Some(ordered)
    }

    /// Takes an account in; `false` if it is known.
    pub fn adopt(&mut self, account: &Account, now: DateTime<Utc>) -> bool {
        let mut known = self.accounts.values().map(|row| &row.document);
        if known.any(|one| one.account == account.account || one.id == account.id) {
            return false;
        }
        let row = Row::new(account.clone(), now);
        self.accounts.insert(account.id.clone(), row);
        true
    }

    /// How many accounts are in a state that counts.
    pub fn count(&self, counted: impl Fn(AccountState) -> bool) -> u32 {
        let states = self.accounts.values().map(|row| row.document.state);
        u32::try_from(states.filter(|state| counted(*state)).count()).unwrap_or(u32::MAX)
    }

    fn live_of(
        &self,
        installation: InstallationId,
        repositories: Option<&[RepositoryId]>,
    ) -> Vec<EnvironmentId> {
        self.environments
            .values()
            .map(|row| &row.document)
            .filter(|environment| environment.ended_at.is_none())
            .filter(|environment| self.installations.get(&environment.id) == Some(&installation))
            .filter(|environment| {
                repositories.is_none_or(|some| some.contains(&environment.key.repository))
            })
            .map(|environment| environment.id.clone())
            .collect()
    }
}
