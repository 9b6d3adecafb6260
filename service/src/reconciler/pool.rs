//! The pool as a whole: who gets an account, how many are made, and what is to be known about it.

use super::Reconciler;
use super::pass::{Next, Pass};
use super::perform::Performed;
use super::queue;
use crate::environment::forecast::{LOOKED_BACK, by_state, forecast};
use crate::environment::pool::{Assignment, Room, Waiting, assign, growth, places_taken};
use crate::environment::{
    Account, AccountRowId, Alarm, IncarnationId, ReadingOutcome, Setback, alarms,
};
use crate::store::StoreError;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;
use std::sync::PoisonError;

/// Enough of the queue to wake when an account becomes free.
const WOKEN: usize = 20;

impl Reconciler {
    /// Takes an account if the queue's order gives one to this environment, and has more made if not.
    pub(super) async fn take_account(&self, pass: &mut Pass) -> Performed {
        let now = self.clock.now();
        let environment = &mut pass.environment;
        let repository = environment.key.repository;
        let since = *environment.queued_at.get_or_insert(now);
        let mut queue = self.store.queue().await?;
        if !queue.iter().any(|one| one.environment == environment.id) {
            queue.push(Waiting {
                environment: environment.id.clone(),
                repository,
                since,
            });
            queue.sort_by(|a, b| (a.since, &a.environment).cmp(&(b.since, &b.environment)));
        }
        let accounts = self.store.accounts().await?;
        let alarms = alarms(&accounts);
        if let Some(alarm) = alarms.iter().find(|alarm| alarm.would_hit(repository)) {
            environment.queue_position = None;
            return Ok(Err(Setback::later(alarm.pause())));
        }
        let queue = without_paused(queue, &alarms);
        let affinity = self.settings.pool.affinity;
        let assignment = assign(&queue, &accounts, affinity);
        let mine = assignment
            .lent
            .iter()
            .any(|(who, _)| *who == environment.id);
        if mine {
            let id = IncarnationId::new(format!(
                "{}-{}",
                environment.id,
                environment.incarnations + 1
            ));
            let region = match environment.reading.as_ref().map(|reading| &reading.outcome) {
                Some(ReadingOutcome::Plan(plan)) => plan.region.clone(),
                _ => self.settings.region.clone(),
            };
            let lent = self
                .store
                .lend(&pass.lease, &id, environment, &region, affinity, now)
                .await?;
            let Some(lent) = lent else {
                // Somebody was faster: look again.
                return Ok(Ok(Next::Poll));
            };
            pass.environment = lent;
            pass.note(
                now,
                self.clock.now(),
                "an account is lent",
                waited(since, now),
                false,
            );
            self.tend_pool().await?;
            return Ok(Ok(Next::Now));
        }
        let place = assignment
            .left
            .iter()
            .position(|who| *who == environment.id)
            .and_then(|index| u32::try_from(index + 1).ok());
        environment.queue_position = place;
        self.grow(&assignment, &accounts).await?;
        let coming = accounts.iter().filter(|account| account.is_coming());
        let most = usize::try_from(self.settings.pool.max_accounts).unwrap_or(usize::MAX);
        let pool_is_full =
            assignment.left.len() > coming.count() && places_taken(&accounts, now) >= most;
        Ok(match queue::holdup(&accounts, pool_is_full) {
            Some(why) => Err(Setback::later(why)),
            None => Ok(Next::Poll),
        })
    }

    /// Looks at the pool as a whole: has accounts made as its rules say, raises alarms, and shows how it stands.
    pub(super) async fn tend_pool(&self) -> Result<(), StoreError> {
        let queue = self.store.queue().await?;
        let accounts = self.store.accounts().await?;
        let alarms = alarms(&accounts);
        self.raise(&alarms);
        metrics::gauge!("ebbtide_queue_length").set(gauge(queue.len()));
        let queue = without_paused(queue, &alarms);
        let assignment = assign(&queue, &accounts, self.settings.pool.affinity);
        self.grow(&assignment, &accounts).await?;
        for (state, count) in by_state(&accounts) {
            metrics::gauge!("ebbtide_accounts", "state" => state.as_str()).set(gauge(count));
        }
        metrics::gauge!("ebbtide_alarms").set(gauge(alarms.len()));
        let now = self.clock.now();
        let traffic = self.store.traffic(now - LOOKED_BACK).await?;
        let forecast = forecast(&accounts, traffic, &self.settings.pool, now);
        let runway = forecast
            .runway
            .map_or(f64::INFINITY, TimeDelta::as_seconds_f64);
        metrics::gauge!("ebbtide_pool_runway_seconds").set(runway);
        Ok(())
    }

    /// Writes down which accounts are to be made; their own passes make them.
    async fn grow(&self, assignment: &Assignment, accounts: &[Account]) -> Result<(), StoreError> {
        let now = self.clock.now();
        let missing = growth(assignment, accounts, &self.settings.pool, now);
        let may_make = queue::rests_until(accounts).is_none_or(|until| until <= now);
        if missing == 0 || !may_make {
            return Ok(());
        }
        let wanted: Vec<Account> = (0..missing).map(|_| self.new_account()).collect();
        let room = Room {
            max_accounts: self.settings.pool.max_accounts,
            counted: Some(accounts.len()),
        };
        let made = self.store.want_accounts(&wanted, room, now).await?;
        if made > 0 {
            tracing::info!(made, "the pool grows");
            self.poke.poke();
        }
        Ok(())
    }

    /// Logs each alarm once while it lasts.
    fn raise(&self, alarms: &[Alarm]) {
        let classes: BTreeSet<_> = alarms.iter().map(|alarm| alarm.class.clone()).collect();
        let mut raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner);
        for alarm in alarms.iter().filter(|alarm| !raised.contains(&alarm.class)) {
            tracing::error!(class = %alarm.class, accounts = alarm.accounts.len(), "{}", alarm.sentence());
        }
        for class in raised.difference(&classes) {
            tracing::info!(%class, "several accounts could not be emptied for this reason; it is over");
        }
        *raised = classes;
    }

    /// Makes the head of the queue due, because an account became free.
    pub(super) async fn wake_queue(&self) -> Result<(), StoreError> {
        let first: Vec<_> = self
            .store
            .queue()
            .await?
            .into_iter()
            .take(WOKEN)
            .map(|waiting| waiting.environment)
            .collect();
        if !first.is_empty() {
            self.store
                .poke_environments(&first, self.clock.now())
                .await?;
            self.poke.poke();
        }
        Ok(())
    }

    fn new_account(&self) -> Account {
        let now = self.clock.now();
        let id = format!(
            "{:x}{:06x}",
            now.timestamp(),
            self.settings.random.next() & 0xff_ffff
        );
        Account::wanted(
            AccountRowId::new(format!("acct-{id}")),
            self.settings.account_email.replace("{id}", &id),
            self.settings.account_name.replace("{id}", &id),
            now,
        )
    }
}

/// Those of the queue whose accounts would not likely be lost to a known cause.
fn without_paused(queue: Vec<Waiting>, alarms: &[Alarm]) -> Vec<Waiting> {
    let is_paused = |one: &Waiting| alarms.iter().any(|alarm| alarm.would_hit(one.repository));
    queue.into_iter().filter(|one| !is_paused(one)).collect()
}

fn gauge(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// How long an environment waited for its account.
fn waited(since: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let milliseconds = (now - since).num_milliseconds();
    if milliseconds == 0 {
        "one was free".to_owned()
    } else {
        format!(
            "after {}.{:03} s in the queue",
            milliseconds / 1000,
            milliseconds % 1000
        )
    }
}
