//! The store behind a network that can fail: before or after it did what it was asked. The judge looks on
//! as accounts are lent and given back.

use super::world::World;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ebbtide::environment::closing::Turn;
use ebbtide::environment::forecast::Traffic;
use ebbtide::environment::pool::{Affinity, Room, Waiting};
use ebbtide::environment::{
    Account, AccountOrder, AccountRowId, AccountState, Certificate, DeliveryId, Environment,
    EnvironmentId, Hint, IncarnationId, Region, ScrubId,
};
use ebbtide::store::{
    ApiToken, ClaimedEnvironment, Delivery, Effect, EnvironmentCommit, EnvironmentFilter, Lease,
    Received, ScrubCommit, Store, StoreError, Switch, TimelineEntry,
};
use std::future::Future;
use std::sync::Arc;

/// A store as one process reaches it.
pub struct Reached {
    pub world: Arc<World>,
    pub store: Arc<dyn Store>,
}

impl Reached {
    async fn call<T>(
        &self,
        name: &str,
        effect: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.world.gate().await;
        let (before, after) = {
            let state = &mut *self.world.lock();
            state.now += chrono::TimeDelta::milliseconds(state.rng.i64(0..4));
            let fault = state.faults.store;
            let before = state.chance(fault);
            let after = !before && state.chance(fault);
            if before || after {
                state.counts.faults += 1;
                let when = if before { "before" } else { "after" };
                state.note(|| format!("store: {name} fails {when} its effect"));
            }
            (before, after)
        };
        let failed = || StoreError::Database(sqlx::Error::PoolClosed);
        if before {
            return Err(failed());
        }
        let result = effect.await;
        if let Err(StoreError::Stale(row)) = &result {
            self.world
                .lock()
                .note(|| format!("store: {name}: stale lease on {row}"));
        }
        self.world.gate().await;
        if after { Err(failed()) } else { result }
    }
}

#[async_trait]
impl Store for Reached {
    async fn receive(&self, delivery: &Delivery) -> Result<Received, StoreError> {
        self.call("receive", self.store.receive(delivery)).await
    }
    async fn undigested(&self, limit: u32) -> Result<Vec<Delivery>, StoreError> {
        self.call("undigested", self.store.undigested(limit)).await
    }
    async fn digest(
        &self,
        delivery: &DeliveryId,
        effects: &[Effect],
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.call("digest", self.store.digest(delivery, effects, now))
            .await
    }
    async fn purge_deliveries(&self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        self.call("purge", self.store.purge_deliveries(before))
            .await
    }
    async fn hint(
        &self,
        environment: &EnvironmentId,
        id: &str,
        hint: &Hint,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.call("hint", self.store.hint(environment, id, hint, now))
            .await
    }
    async fn claim_environment(
        &self,
        owner: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<ClaimedEnvironment>, StoreError> {
        self.call("claim", async {
            let claimed = self.store.claim_environment(owner, now, until).await?;
            if let Some(claimed) = &claimed {
                let id = &claimed.environment.id;
                let wish = &claimed.environment.wish;
                self.world.lock().note(|| format!("claims {id}: {wish}"));
            }
            Ok(claimed)
        })
        .await
    }
    async fn commit_environment(
        &self,
        lease: &Lease,
        commit: &EnvironmentCommit<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.call("commit", async {
            self.store.commit_environment(lease, commit, now).await?;
            let id = &lease.row;
            self.world.lock().note(|| {
                let environment = commit.environment;
                let due = commit.due_at.map(|due| (due - now).num_seconds());
                let steps: Vec<&str> = commit.timeline.iter().map(|t| t.step.as_str()).collect();
                format!(
                    "commits {id}: {} {:?}, due in {due:?} s, {steps:?}",
                    environment.phase().as_str(),
                    environment.wish.target().map(|target| &target.revision),
                )
            });
            Ok(())
        })
        .await
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
        self.call("lend", async {
            let lent = self
                .store
                .lend(lease, incarnation, environment, region, affinity, now)
                .await?;
            if let Some(taken) = lent.as_ref().and_then(|lent| lent.incarnation.as_ref()) {
                let state = &mut *self.world.lock();
                let account = taken.account.to_string();
                state.note(|| format!("lends {account} to {incarnation}"));
                state.see_loan(&account, incarnation.as_str(), environment);
            }
            Ok(lent)
        })
        .await
    }
    async fn give_back(
        &self,
        lease: &Lease,
        incarnation: &IncarnationId,
        note: Option<&str>,
        environment: &Environment,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.call("give back", async {
            self.store
                .give_back(lease, incarnation, note, environment, now)
                .await?;
            let state = &mut *self.world.lock();
            state.note(|| format!("gives {incarnation}'s account back: {note:?}"));
            state.see_return(incarnation.as_str());
            Ok(())
        })
        .await
    }
    async fn commit_scrub(
        &self,
        lease: &Lease,
        scrub: &ScrubCommit<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.call("commit scrub", async {
            self.store.commit_scrub(lease, scrub, now).await?;
            let state = &mut *self.world.lock();
            let account = scrub.account;
            state.note(|| format!("scrub {}: {}", account.scrub(), account.state.as_str()));
            if let (Some(certificate), Some(number)) = (scrub.certificate, &account.account) {
                state.see_certificate(number.as_str(), certificate.id.as_str());
                state.counts.leftovers += certificate.deleted.len() as u64;
            }
            state.counts.set_aside += u64::from(account.state == AccountState::Quarantined);
            Ok(())
        })
        .await
    }
    async fn scrub_work(&self, id: &ScrubId) -> Result<Option<String>, StoreError> {
        self.call("scrub work", self.store.scrub_work(id)).await
    }
    async fn certificate(&self, id: &ScrubId) -> Result<Option<Certificate>, StoreError> {
        self.store.certificate(id).await
    }
    async fn certificates(&self, account: &AccountRowId) -> Result<Vec<Certificate>, StoreError> {
        self.store.certificates(account).await
    }
    async fn deletes_stopped(&self) -> Result<Option<Switch>, StoreError> {
        self.call("deletes stopped", self.store.deletes_stopped())
            .await
    }
    async fn stop_deletes(&self, switch: Option<&Switch>) -> Result<(), StoreError> {
        self.store.stop_deletes(switch).await
    }
    async fn environment(&self, id: &EnvironmentId) -> Result<Option<Environment>, StoreError> {
        self.call("environment", self.store.environment(id)).await
    }
    async fn environments(
        &self,
        filter: &EnvironmentFilter,
    ) -> Result<Vec<Environment>, StoreError> {
        self.call("environments", self.store.environments(filter))
            .await
    }
    async fn queue(&self) -> Result<Vec<Waiting>, StoreError> {
        self.call("queue", self.store.queue()).await
    }
    async fn timeline(&self, id: &EnvironmentId) -> Result<Vec<TimelineEntry>, StoreError> {
        self.store.timeline(id).await
    }
    async fn poke_environments(
        &self,
        ids: &[EnvironmentId],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.call("poke", self.store.poke_environments(ids, now))
            .await
    }
    async fn want_accounts(
        &self,
        accounts: &[Account],
        room: Room,
        now: DateTime<Utc>,
    ) -> Result<u32, StoreError> {
        self.call(
            "want accounts",
            self.store.want_accounts(accounts, room, now),
        )
        .await
    }
    async fn claim_account(
        &self,
        owner: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<(Lease, Account)>, StoreError> {
        self.call("claim account", self.store.claim_account(owner, now, until))
            .await
    }
    async fn commit_account(
        &self,
        lease: &Lease,
        account: &Account,
        due_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.call("commit account", async {
            self.store
                .commit_account(lease, account, due_at, now)
                .await?;
            self.world.lock().note(|| {
                format!(
                    "commits {}: {} {:?}",
                    account.id,
                    account.state.as_str(),
                    account.account
                )
            });
            Ok(())
        })
        .await
    }
    async fn begin_creation(
        &self,
        lease: &Lease,
        account: &Account,
        max_creating: u32,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.call(
            "begin creation",
            self.store.begin_creation(lease, account, max_creating, now),
        )
        .await
    }
    async fn begin_closing(
        &self,
        lease: &Lease,
        account: &Account,
        now: DateTime<Utc>,
    ) -> Result<Turn, StoreError> {
        self.call(
            "begin closing",
            self.store.begin_closing(lease, account, now),
        )
        .await
    }
    async fn traffic(&self, since: DateTime<Utc>) -> Result<Traffic, StoreError> {
        self.call("traffic", self.store.traffic(since)).await
    }
    async fn quarantine(&self, id: &AccountRowId, reason: &str) -> Result<bool, StoreError> {
        self.call("quarantine", self.store.quarantine(id, reason))
            .await
    }
    async fn order(
        &self,
        id: &AccountRowId,
        order: &AccountOrder,
        now: DateTime<Utc>,
    ) -> Result<Option<Result<Account, String>>, StoreError> {
        self.store.order(id, order, now).await
    }
    async fn adopt(&self, account: &Account, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.store.adopt(account, now).await
    }
    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        self.call("accounts", self.store.accounts()).await
    }
    async fn account(&self, id: &AccountRowId) -> Result<Option<Account>, StoreError> {
        self.store.account(id).await
    }
    async fn next_due(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.store.next_due().await
    }
    async fn ping(&self) -> Result<(), StoreError> {
        self.store.ping().await
    }
    async fn put_token(&self, token: &ApiToken) -> Result<(), StoreError> {
        self.store.put_token(token).await
    }
    async fn token(&self, hash: &str) -> Result<Option<ApiToken>, StoreError> {
        self.store.token(hash).await
    }
    async fn tokens(&self) -> Result<Vec<ApiToken>, StoreError> {
        self.store.tokens().await
    }
    async fn revoke_token(&self, name: &str) -> Result<bool, StoreError> {
        self.store.revoke_token(name).await
    }
}
