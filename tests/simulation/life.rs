//! One seed: two replicas over one store, driven by hand from gate to gate, through a storm and a calm.

use super::cloud::CloudSide;
use super::github::Sent;
use super::github_calls::GitHubCalls;
use super::judge::{self, Rows};
use super::leftovers::{self, REGION};
use super::people::{self, Ask, People};
use super::store::Reached;
use super::world::{Counts, Faults, World, WorldClock};
use chrono::{DateTime, TimeDelta, Utc};
use ebbtide::environment::patience::Pace;
use ebbtide::environment::pool::{Affinity, AfterUse, PoolRules};
use ebbtide::environment::{AccountOrder, DeliveryId, Hint, PullRequestState, Region};
use ebbtide::github::words::WordsContext;
use ebbtide::poke::Poke;
use ebbtide::reconciler::Reconciler;
use ebbtide::reconciler::settings::{Random, Settings};
use ebbtide::store::{Delivery, EnvironmentFilter, Store, StoreError};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// In one of so many seeds accounts are closed after use, and admins close some, too.
const CLOSING_ONE_IN: u64 = 5;
/// Most accounts being created at a time.
pub const MAX_CREATING: u32 = 2;
const REPLICAS: usize = 2;
/// A worker goes on for fewer than so many steps before somebody else has a turn.
const STEPS_IN_A_ROW: u32 = 8;
/// At one of so many turns another worker wakes beside those at work.
const ANOTHER_ONE_IN: u32 = 4;
const WORKERS: usize = 2;
const LEASE: Duration = Duration::from_mins(2);
const SWEEP_EVERY: Duration = Duration::from_mins(30);
/// Everything has come right by then. An account that cannot be emptied rests for six hours before the next try, and
/// the cause may go just after one.
const SETTLED_BY: TimeDelta = TimeDelta::hours(14);
/// More steps than this is a world that never comes to rest.
const STEPS_AT_MOST: u64 = 400_000;

type Work = Pin<Box<dyn Future<Output = Result<bool, StoreError>>>>;

struct Running {
    work: Work,
    began: DateTime<Utc>,
    /// Stands still until then.
    stalled: Option<DateTime<Utc>>,
}

struct Replica {
    reconciler: Arc<Reconciler>,
    workers: Vec<Option<Running>>,
    sweeper: Option<Running>,
    next_sweep: DateTime<Utc>,
    /// Down, or waiting for the database, until then.
    resting: DateTime<Utc>,
}

/// What one seed came to.
pub struct Outcome {
    pub counts: Counts,
    pub complaints: Vec<String>,
    pub trace: Vec<String>,
}

/// One seed under way.
pub struct Simulation {
    pub world: Arc<World>,
    store: Arc<dyn Store>,
    people: People,
    replicas: Vec<Replica>,
    seed: u64,
}

/// Lives through one seed.
pub async fn live(seed: u64, store: Arc<dyn Store>, traced: bool) -> Outcome {
    let mut simulation = Simulation::new(seed, store, traced);
    let complaints = simulation.storm_and_calm().await.err().unwrap_or_default();
    simulation.outcome(complaints)
}

impl Simulation {
    pub fn new(seed: u64, store: Arc<dyn Store>, traced: bool) -> Self {
        let world = World::new(seed, traced);
        let now = {
            let state = &mut *world.lock();
            people::settle_in(state);
            state.now
        };
        let mut simulation = Self {
            world,
            store,
            people: People {
                pulls: 12,
                actions: 46,
                next_at: now,
            },
            replicas: Vec::new(),
            seed,
        };
        for index in 0..REPLICAS {
            let replica = simulation.replica(index, 0, now);
            simulation.replicas.push(replica);
        }
        simulation
    }

    fn closes(&self) -> bool {
        self.seed % CLOSING_ONE_IN == CLOSING_ONE_IN - 1
    }

    /// Most accounts in the pool, those that were closed counted.
    fn max_accounts(&self) -> u32 {
        if self.closes() { 60 } else { 4 }
    }

    fn outcome(&self, mut complaints: Vec<String>) -> Outcome {
        let state = &mut *self.world.lock();
        complaints.sort();
        complaints.dedup();
        Outcome {
            counts: state.counts,
            complaints,
            trace: state.trace.take().unwrap_or_default(),
        }
    }

    fn replica(&self, index: usize, incarnation: u64, from: DateTime<Utc>) -> Replica {
        let world = &self.world;
        let github = Arc::new(GitHubCalls(Arc::clone(world)));
        let api = url::Url::parse("https://api.github.com").expect("a URL");
        let settings = Settings {
            owner: format!("replica-{index}"),
            pace: Pace {
                poll_min: Duration::from_secs(5),
                poll_max: Duration::from_mins(1),
            },
            lease: LEASE,
            sweep_every: SWEEP_EVERY,
            default_ttl: Duration::from_hours(48),
            max_ttl: Duration::from_hours(72),
            region: Region::new(REGION),
            pool: PoolRules {
                target_accounts: 0,
                min_ready: 0,
                max_accounts: self.max_accounts(),
                max_creating: MAX_CREATING,
                affinity: Affinity::Repository,
                cool_down: TimeDelta::minutes(2),
                after_use: if self.closes() {
                    AfterUse::Close
                } else {
                    AfterUse::Reuse
                },
            },
            account_email: "aws+{id}@example.com".to_owned(),
            account_name: "ebbtide-{id}".to_owned(),
            member_role: "OrganizationAccountAccessRole".to_owned(),
            random: Random::seeded(self.seed.wrapping_mul(31) + incarnation * 7 + index as u64),
            nuke: crate::nuke::few_types_and(leftovers::TYPES, REGION),
            words: WordsContext::new(None, &api),
        };
        let reconciler = Reconciler::new(
            Arc::new(Reached {
                world: Arc::clone(world),
                store: Arc::clone(&self.store),
            }),
            CloudSide(Arc::clone(world)).cloud(),
            Arc::clone(&github) as Arc<dyn ebbtide::github::GitHub>,
            github,
            Arc::new(WorldClock(Arc::clone(world))),
            settings,
            Poke::default(),
        );
        Replica {
            reconciler: Arc::new(reconciler),
            workers: (0..WORKERS).map(|_| None).collect(),
            sweeper: None,
            next_sweep: from,
            resting: from,
        }
    }

    async fn storm_and_calm(&mut self) -> Result<(), Vec<String>> {
        self.storm().await?;
        self.end_all();
        // What could not be deleted can be now: whoever was set aside for it comes back.
        self.world.lock().aws.leftovers.let_go();
        self.settle().await
    }

    /// The storm, and the calm after it: everything that is still open is as it should be.
    pub async fn storm(&mut self) -> Result<(), Vec<String>> {
        self.set_faults(true);
        let end = self.now() + TimeDelta::hours(12);
        while self.people.actions > 0 && self.now() < end {
            let next = self.people.next_at;
            self.advance(next).await?;
            self.let_people_act().await;
        }
        self.set_faults(false);
        self.settle().await
    }

    /// Everything still open is closed.
    fn end_all(&mut self) {
        let state = &mut *self.world.lock();
        "people".clone_into(&mut state.actor);
        for index in 0..state.github.pulls.len() {
            if state.github.pulls[index].state == PullRequestState::Open {
                state.close(index, index % 2 == 0);
            }
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.world.lock().now
    }

    fn set_faults(&mut self, storm: bool) {
        let state = &mut *self.world.lock();
        state.faults = if storm {
            // Seeds differ in how bad it gets.
            let rough = state.rng.u32(0..4);
            Faults {
                lost_request: 6 * rough,
                lost_reply: 8 * rough,
                throttle: 8 * rough,
                store: 2 * rough,
                crash: 2 * rough,
                stall: u32::from(rough == 3),
            }
        } else {
            state.github_away_until = state.now;
            Faults::default()
        };
        "world".clone_into(&mut state.actor);
        state.note(|| format!("faults {}", if storm { "begin" } else { "end" }));
    }

    /// Lets time pass until the judge has nothing to say, and still has nothing to say a period later. (In
    /// between a time to live may have run out: then it has to come right once more.)
    async fn settle(&mut self) -> Result<(), Vec<String>> {
        let mut complaints = Vec::new();
        let end = self.now() + SETTLED_BY;
        while self.now() < end {
            self.advance(self.now() + TimeDelta::minutes(10)).await?;
            complaints = self.judge().await;
            if complaints.is_empty() {
                self.advance(self.now() + TimeDelta::minutes(33)).await?;
                complaints = self.judge().await;
                if complaints.is_empty() {
                    return Ok(());
                }
            }
        }
        Err(complaints)
    }

    /// What the judge has to say now.
    pub async fn judge(&self) -> Vec<String> {
        let filter = EnvironmentFilter {
            ended: true,
            repository: None,
        };
        let rows = Rows {
            environments: self.store.environments(&filter).await.expect("rows"),
            accounts: self.store.accounts().await.expect("rows"),
            queue: self.store.queue().await.expect("rows"),
            max_accounts: self.max_accounts() as usize,
        };
        judge::judge(&self.world.lock(), &rows)
    }

    async fn let_people_act(&mut self) {
        let (ask, now, number) = {
            let state = &mut *self.world.lock();
            "people".clone_into(&mut state.actor);
            let ask = state.act(&mut self.people);
            (ask, state.now, state.github.next_number())
        };
        if let Some(Ask::Destroy(id)) = ask {
            let by = "api".to_owned();
            let hint = Hint::Destroy { by };
            let id_of_hint = format!("ask-{number}");
            let hinted = self.store.hint(&id, &id_of_hint, &hint, now).await;
            hinted.expect("the store takes a hint");
        }
        if self.closes() && number % 10 == 0 {
            let accounts = self.store.accounts().await.expect("rows");
            let Some(account) = accounts.first() else {
                return;
            };
            let close = AccountOrder::Close {
                by: "an admin".to_owned(),
                at: now,
            };
            // Refused while somebody holds it.
            let ordered = self.store.order(&account.id, &close, now).await;
            let _ = ordered.expect("the store takes an order");
        }
    }

    /// Hands over what has arrived.
    async fn deliver(&self) {
        let arrived: Vec<Delivery> = {
            let state = &mut *self.world.lock();
            let now = state.now;
            let here = |sent: &mut Sent| sent.arrives_at.is_some_and(|at| at <= now);
            let due = state.github.sent.extract_if(.., here);
            due.map(|sent| Delivery {
                id: DeliveryId::new(sent.guid),
                event: sent.event,
                body: sent.body,
                received_at: now,
            })
            .collect()
        };
        for delivery in arrived {
            let received = self.store.receive(&delivery).await;
            received.expect("the store takes a delivery");
        }
    }

    /// Lets the world go on until a time.
    async fn advance(&mut self, until: DateTime<Utc>) -> Result<(), Vec<String>> {
        while self.now() < until {
            self.deliver().await;
            self.begin_work().await;
            let ready = self.ready();
            if ready.is_empty() {
                let next = self.next_event().await.unwrap_or(until).min(until);
                let state = &mut *self.world.lock();
                state.now = state.now.max(next) + TimeDelta::milliseconds(1);
                continue;
            }
            let ((replica, worker), steps) = {
                let state = &mut *self.world.lock();
                if state.counts.steps > STEPS_AT_MOST {
                    return Err(vec!["the world never comes to rest".to_owned()]);
                }
                let one = ready[state.rng.usize(0..ready.len())];
                (one, state.rng.u32(1..STEPS_IN_A_ROW))
            };
            for _ in 0..steps {
                if !self.step(replica, worker).await {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Wakes a worker when something is due and nobody works; now and then another one beside those who do.
    async fn begin_work(&mut self) {
        let (now, also, first) = {
            let state = &mut *self.world.lock();
            let also = state.rng.u32(0..ANOTHER_ONE_IN) == 0;
            (state.now, also, state.rng.usize(0..REPLICAS))
        };
        let busy = self
            .replicas
            .iter()
            .any(|one| one.workers.iter().any(Option::is_some));
        let due = if busy && !also {
            None
        } else {
            self.store.next_due().await.expect("the store answers")
        };
        let mut due = due.is_some_and(|due| due <= now);
        for index in (first..first + REPLICAS).map(|index| index % REPLICAS) {
            let replica = &mut self.replicas[index];
            if replica.resting > now {
                continue;
            }
            let begin = |work: Work| Running {
                work,
                began: now,
                stalled: None,
            };
            let idle = replica.workers.iter_mut().find(|one| one.is_none());
            if let Some(worker) = idle.filter(|_| due) {
                let reconciler = Arc::clone(&replica.reconciler);
                *worker = Some(begin(Box::pin(async move { reconciler.work().await })));
                due = false;
            }
            if replica.sweeper.is_none() && replica.next_sweep <= now {
                let reconciler = Arc::clone(&replica.reconciler);
                let sweep = async move { reconciler.sweep().await.map(|()| true) };
                replica.sweeper = Some(begin(Box::pin(sweep)));
            }
        }
    }

    /// Who can go on; a replica's sweeper counts as its last worker.
    fn ready(&self) -> Vec<(usize, usize)> {
        let now = self.now();
        let mut ready = Vec::new();
        for (index, replica) in self.replicas.iter().enumerate() {
            let all = replica.workers.iter().chain([&replica.sweeper]);
            for (worker, running) in all.enumerate() {
                let running = running.as_ref();
                if running.is_some_and(|one| one.stalled.is_none_or(|until| until <= now)) {
                    ready.push((index, worker));
                }
            }
        }
        ready
    }

    async fn next_event(&self) -> Option<DateTime<Utc>> {
        let due = self.store.next_due().await.expect("the store answers");
        let mut times: Vec<DateTime<Utc>> = due.into_iter().collect();
        let now = {
            let state = self.world.lock();
            times.extend(state.github.sent.iter().filter_map(|sent| sent.arrives_at));
            state.now
        };
        for replica in &self.replicas {
            if replica.resting > now {
                times.push(replica.resting);
            }
            if replica.sweeper.is_none() {
                times.push(replica.next_sweep);
            }
            let all = replica.workers.iter().chain([&replica.sweeper]);
            times.extend(all.flatten().filter_map(|running| running.stalled));
        }
        times.into_iter().min()
    }

    /// Takes one worker to its next gate, or to its end; or the whole replica dies.
    /// `false` if it cannot go on at once.
    async fn step(&mut self, index: usize, worker: usize) -> bool {
        let world = Arc::clone(&self.world);
        let replica = &mut self.replicas[index];
        let slot = match replica.workers.get_mut(worker) {
            Some(slot) => slot,
            None => &mut replica.sweeper,
        };
        let Some(running) = slot else {
            return false;
        };
        running.stalled = None;
        let lease = TimeDelta::from_std(LEASE).unwrap_or_default();
        let (crashes, now) = {
            let state = &mut *world.lock();
            state.counts.steps += 1;
            if state.trace.is_some() {
                state.actor = format!("{index}.{worker}");
            }
            state.late = state.now - running.began >= lease;
            if state.chance(state.faults.stall) {
                state.counts.stalls += 1;
                state.note(|| "stands still".to_owned());
                let minutes = state.rng.i64(3..20);
                running.stalled = Some(state.now + TimeDelta::minutes(minutes));
                return false;
            }
            (state.chance(state.faults.crash), state.now)
        };
        if crashes {
            let state = &mut *world.lock();
            state.counts.crashes += 1;
            state.note(|| "dies".to_owned());
            let back = now + TimeDelta::seconds(state.rng.i64(0..90));
            let incarnation = state.counts.crashes;
            let _ = state;
            let next_sweep = self.replicas[index].next_sweep;
            self.replicas[index] = self.replica(index, incarnation, back);
            self.replicas[index].next_sweep = next_sweep.max(back);
            return false;
        }
        let polled = poll_fn(|context| match running.work.as_mut().poll(context) {
            Poll::Ready(result) => Poll::Ready(Some(result)),
            Poll::Pending if world.take_gate() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        })
        .await;
        world.lock().late = false;
        let Some(result) = polled else {
            return true;
        };
        *slot = None;
        let now = world.lock().now;
        if worker >= WORKERS {
            let period = TimeDelta::from_std(SWEEP_EVERY).unwrap_or_default();
            replica.next_sweep = now + period;
        }
        if result.is_err() {
            replica.resting = now + TimeDelta::seconds(2);
        }
        false
    }
}
