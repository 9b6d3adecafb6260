//! A [`Store`] in memory, with the same compare-and-set on leases as the databases: the world in which
//! the simulation lives ten thousand lives, and the store behind the API's tests.

#[path = "memory_rows.rs"]
mod memory_rows;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ebbtide::environment::closing::Turn;
use ebbtide::environment::forecast::Traffic;
use ebbtide::environment::pool::{
    AccountStep, Affinity, Room, Waiting, next_account_step, preference,
};
use ebbtide::environment::{
    Account, AccountOrder, AccountRowId, AccountState, Certificate, DeliveryId, Environment,
    EnvironmentId, Hint, IncarnationId, Region, ScrubId,
};
use ebbtide::store::{
    ApiToken, ClaimedEnvironment, Delivery, Effect, EnvironmentCommit, EnvironmentFilter, Lease,
    NEVER, Received, ScrubCommit, Store, StoreError, Switch, TimelineEntry,
};
use memory_rows::{Row, Tables, leased, longest_due};
use std::cmp::Reverse;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Everything in memory behind one lock; each method is one transaction.
#[derive(Default)]
pub struct MemoryStore {
    tables: Mutex<Tables>,
    /// While set, every call fails as it does when the database cannot be reached.
    pub unreachable: AtomicBool,
}

impl MemoryStore {
    fn tables(&self) -> Result<MutexGuard<'_, Tables>, StoreError> {
        if self.unreachable.load(Ordering::Relaxed) {
            return Err(StoreError::Database(sqlx::Error::PoolClosed));
        }
        Ok(self.tables.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn environment_key(lease: &Lease) -> EnvironmentId {
    EnvironmentId::new(lease.row.as_str())
}

fn account_key(lease: &Lease) -> AccountRowId {
    AccountRowId::new(lease.row.as_str())
}

#[async_trait]
impl Store for MemoryStore {
    async fn receive(&self, delivery: &Delivery) -> Result<Received, StoreError> {
        let mut tables = self.tables()?;
        let id = delivery.id.as_str();
        if tables.deliveries.contains_key(id) {
            return Ok(Received::Repeated);
        }
        tables
            .deliveries
            .insert(id.to_owned(), (delivery.clone(), false));
        let waiting = (delivery.received_at, id.to_owned());
        tables.inbox.insert(waiting);
        Ok(Received::New)
    }

    async fn undigested(&self, limit: u32) -> Result<Vec<Delivery>, StoreError> {
        let tables = self.tables()?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let waiting = tables.inbox.iter().take(limit);
        let found = waiting.filter_map(|(_, id)| tables.deliveries.get(id));
        Ok(found.map(|(delivery, _)| delivery.clone()).collect())
    }

    async fn digest(
        &self,
        delivery: &DeliveryId,
        effects: &[Effect],
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let mut tables = self.tables()?;
        let came = match tables.deliveries.get_mut(delivery.as_str()) {
            Some((delivery, done)) if !*done => {
                *done = true;
                delivery.received_at
            }
            Some(_) | None => return Ok(false),
        };
        tables.inbox.remove(&(came, delivery.to_string()));
        for (position, effect) in effects.iter().enumerate() {
            tables.apply(effect, &format!("{delivery}/{position}"), now);
        }
        Ok(true)
    }

    async fn purge_deliveries(&self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        let mut tables = self.tables()?;
        let count = tables.deliveries.len();
        tables
            .deliveries
            .retain(|_, (delivery, done)| !*done || delivery.received_at >= before);
        Ok((count - tables.deliveries.len()) as u64)
    }

    async fn hint(
        &self,
        environment: &EnvironmentId,
        id: &str,
        hint: &Hint,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        Ok(self.tables()?.give_hint(environment, id, hint, now))
    }

    async fn claim_environment(
        &self,
        _owner: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<ClaimedEnvironment>, StoreError> {
        let tables = &mut *self.tables()?;
        let Some(id) = longest_due(&tables.environments, now) else {
            return Ok(None);
        };
        let hints = tables.hints.get(&id).cloned().unwrap_or_default();
        let installation = tables.installations.get(&id).copied();
        Ok(tables.environments.get_mut(&id).map(|row| {
            let mut environment = row.document.clone();
            environment.installation = installation.unwrap_or(environment.installation);
            ClaimedEnvironment {
                lease: row.claim(id.as_str(), until),
                environment,
                hints,
            }
        }))
    }

    async fn commit_environment(
        &self,
        lease: &Lease,
        commit: &EnvironmentCommit<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let tables = &mut *self.tables()?;
        let id = environment_key(lease);
        let row = leased(&mut tables.environments, &id, lease)?;
        row.document = commit.environment.clone();
        if let Some(due_at) = commit.due_at {
            row.release(lease, due_at, now);
        }
        if let Some(hints) = tables.hints.get_mut(&id) {
            hints.retain(|(hint, _)| !commit.applied.contains(hint));
        }
        if !commit.timeline.is_empty() {
            let timeline = tables.timelines.entry(id).or_default();
            timeline.extend_from_slice(commit.timeline);
        }
        Ok(())
    }

    async fn lend(
        &self,
        lease: &Lease,
        incarnation: &IncarnationId,
        environment: &Environment,
        region: &Region,
        affinity: Affinity,
        now: DateTime<Utc>,
    ) -> Result<Option<Environment>, StoreError> {
        let tables = &mut *self.tables()?;
        let row = leased(&mut tables.environments, &environment_key(lease), lease)?;
        let repository = environment.key.repository;
        let accounts = &tables.accounts;
        let held = accounts
            .values()
            .find(|account| account.document.holder.as_ref() == Some(incarnation));
        let chosen = held.or_else(|| {
            accounts
                .values()
                .filter(|account| account.document.may_be_lent())
                .min_by_key(|account| preference(&account.document, repository, affinity))
        });
        let Some(account) = chosen.map(|account| account.document.clone()) else {
            return Ok(None);
        };
        let Some(number) = &account.account else {
            return Ok(None);
        };
        let document = environment.with_incarnation(incarnation, &account.id, number, region, now);
        row.document = document.clone();
        if account.holder.is_none() {
            tables.lent.push(now);
        }
        if let Some(account_row) = tables.accounts.get_mut(&account.id) {
            account_row.overrule(account.lent_to(incarnation, environment, region));
        }
        Ok(Some(document))
    }

    async fn give_back(
        &self,
        lease: &Lease,
        incarnation: &IncarnationId,
        note: Option<&str>,
        environment: &Environment,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let tables = &mut *self.tables()?;
        let row = leased(&mut tables.environments, &environment_key(lease), lease)?;
        row.document = environment.clone();
        let held = tables
            .accounts
            .values_mut()
            .find(|account| account.document.holder.as_ref() == Some(incarnation));
        if let Some(account) = held {
            account.overrule(account.document.taken_back(note));
            account.due_at = now;
        }
        Ok(())
    }

    async fn environment(&self, id: &EnvironmentId) -> Result<Option<Environment>, StoreError> {
        let tables = self.tables()?;
        Ok(tables.environments.get(id).map(|row| row.document.clone()))
    }

    async fn environments(
        &self,
        filter: &EnvironmentFilter,
    ) -> Result<Vec<Environment>, StoreError> {
        let tables = self.tables()?;
        let mut found: Vec<&Environment> = tables
            .environments
            .values()
            .map(|row| &row.document)
            .filter(|environment| filter.ended || environment.ended_at.is_none())
            .filter(|environment| {
                let wanted = filter.repository.as_deref();
                wanted.is_none_or(|name| environment.repository.as_str() == name)
            })
            .collect();
        found.sort_by_key(|environment| Reverse(environment.opened_at));
        Ok(found.into_iter().cloned().collect())
    }

    async fn queue(&self) -> Result<Vec<Waiting>, StoreError> {
        let tables = self.tables()?;
        let mut queue: Vec<Waiting> = tables
            .environments
            .values()
            .filter_map(|row| {
                Some(Waiting {
                    environment: row.document.id.clone(),
                    repository: row.document.key.repository,
                    since: row.document.queued_at?,
                })
            })
            .collect();
        queue.sort_by(|a, b| (a.since, &a.environment).cmp(&(b.since, &b.environment)));
        Ok(queue)
    }

    async fn timeline(&self, id: &EnvironmentId) -> Result<Vec<TimelineEntry>, StoreError> {
        let tables = self.tables()?;
        Ok(tables.timelines.get(id).cloned().unwrap_or_default())
    }

    async fn poke_environments(
        &self,
        ids: &[EnvironmentId],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tables = self.tables()?;
        for id in ids {
            if let Some(row) = tables.environments.get_mut(id) {
                row.wake(now);
            }
        }
        Ok(())
    }

    async fn want_accounts(
        &self,
        accounts: &[Account],
        room: Room,
        now: DateTime<Utc>,
    ) -> Result<u32, StoreError> {
        Ok(self.tables()?.want(accounts, room, now))
    }

    async fn claim_account(
        &self,
        _owner: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<(Lease, Account)>, StoreError> {
        let mut tables = self.tables()?;
        let Some(id) = longest_due(&tables.accounts, now) else {
            return Ok(None);
        };
        let row = tables.accounts.get_mut(&id);
        Ok(row.map(|row| (row.claim(id.as_str(), until), row.document.clone())))
    }

    async fn commit_account(
        &self,
        lease: &Lease,
        account: &Account,
        due_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tables = self.tables()?;
        let row = leased(&mut tables.accounts, &account_key(lease), lease)?;
        row.document = account.clone();
        if let Some(due_at) = due_at {
            let resting = next_account_step(account) == AccountStep::Rest;
            row.release(lease, if resting { NEVER } else { due_at }, now);
        }
        Ok(())
    }

    async fn commit_scrub(
        &self,
        lease: &Lease,
        scrub: &ScrubCommit<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.commit_account(lease, scrub.account, scrub.due_at, now)
            .await?;
        let mut tables = self.tables()?;
        let id = scrub.account.scrub();
        let row = tables.scrubs.entry(id.clone()).or_default();
        scrub.work.clone_into(&mut row.0);
        if row.1.is_none() {
            row.1 = scrub.certificate.cloned();
        }
        if let Some(certificate) = scrub.certificate
            && let Some(served) = &certificate.served
        {
            let hint = Hint::Emptied {
                incarnation: served.incarnation.clone(),
                emptied: certificate.summary(),
            };
            tables.give_hint(&served.environment, id.as_str(), &hint, now);
        }
        Ok(())
    }

    async fn scrub_work(&self, id: &ScrubId) -> Result<Option<String>, StoreError> {
        Ok(self.tables()?.scrubs.get(id).map(|(work, _)| work.clone()))
    }

    async fn certificate(&self, id: &ScrubId) -> Result<Option<Certificate>, StoreError> {
        let tables = self.tables()?;
        Ok(tables.scrubs.get(id).and_then(|(_, found)| found.clone()))
    }

    async fn certificates(&self, account: &AccountRowId) -> Result<Vec<Certificate>, StoreError> {
        let tables = self.tables()?;
        let all = tables
            .scrubs
            .values()
            .filter_map(|(_, found)| found.as_ref());
        let mut found: Vec<Certificate> = all
            .filter(|certificate| certificate.account_row == *account)
            .cloned()
            .collect();
        found.sort_by_key(|certificate| Reverse(certificate.ended_at));
        Ok(found)
    }

    async fn deletes_stopped(&self) -> Result<Option<Switch>, StoreError> {
        Ok(self.tables()?.deletes_stopped.clone())
    }

    async fn stop_deletes(&self, switch: Option<&Switch>) -> Result<(), StoreError> {
        self.tables()?.deletes_stopped = switch.cloned();
        Ok(())
    }

    async fn begin_creation(
        &self,
        lease: &Lease,
        account: &Account,
        max_creating: u32,
        _now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let mut tables = self.tables()?;
        let creating = tables.count(|state| state == AccountState::Creating);
        let row = leased(&mut tables.accounts, &account_key(lease), lease)?;
        if row.document.state != AccountState::Wanted || creating >= max_creating {
            return Ok(false);
        }
        row.document = Account {
            state: AccountState::Creating,
            ..account.clone()
        };
        Ok(true)
    }

    async fn begin_closing(
        &self,
        lease: &Lease,
        account: &Account,
        now: DateTime<Utc>,
    ) -> Result<Turn, StoreError> {
        self.tables()?
            .begin_closing(lease, &account_key(lease), account, now)
    }

    async fn traffic(&self, since: DateTime<Utc>) -> Result<Traffic, StoreError> {
        Ok(self.tables()?.traffic(since))
    }

    async fn quarantine(&self, id: &AccountRowId, reason: &str) -> Result<bool, StoreError> {
        let mut tables = self.tables()?;
        let Some(row) = tables
            .accounts
            .get_mut(id)
            .filter(|row| row.document.state == AccountState::Ready)
        else {
            return Ok(false);
        };
        row.overrule(row.document.set_aside(reason));
        Ok(true)
    }

    async fn order(
        &self,
        id: &AccountRowId,
        order: &AccountOrder,
        now: DateTime<Utc>,
    ) -> Result<Option<Result<Account, String>>, StoreError> {
        Ok(self.tables()?.order(id, order, now))
    }

    async fn adopt(&self, account: &Account, now: DateTime<Utc>) -> Result<bool, StoreError> {
        Ok(self.tables()?.adopt(account, now))
    }

    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let tables = self.tables()?;
        let mut found: Vec<&Account> = tables.accounts.values().map(|row| &row.document).collect();
        found.sort_by_key(|account| account.created_at);
        Ok(found.into_iter().cloned().collect())
    }

    async fn account(&self, id: &AccountRowId) -> Result<Option<Account>, StoreError> {
        let tables = self.tables()?;
        Ok(tables.accounts.get(id).map(|row| row.document.clone()))
    }

    async fn next_due(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let tables = self.tables()?;
        let environments = tables.environments.values().map(Row::claimable_at);
        let accounts = tables.accounts.values().map(Row::claimable_at);
        let received = tables.inbox.first().map(|(came, _)| *came);
        let all = environments.chain(accounts).chain(received);
        Ok(all.filter(|due| *due < NEVER).min())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.tables().map(drop)
    }

    async fn put_token(&self, token: &ApiToken) -> Result<(), StoreError> {
        self.tables()?
            .tokens
            .insert(token.name.clone(), token.clone());
        Ok(())
    }

    async fn token(&self, hash: &str) -> Result<Option<ApiToken>, StoreError> {
        let tables = self.tables()?;
        let found = tables.tokens.values().find(|token| token.hash == hash);
        Ok(found.cloned())
    }

    async fn tokens(&self) -> Result<Vec<ApiToken>, StoreError> {
        Ok(self.tables()?.tokens.values().cloned().collect())
    }

    async fn revoke_token(&self, name: &str) -> Result<bool, StoreError> {
        Ok(self.tables()?.tokens.remove(name).is_some())
    }
}
