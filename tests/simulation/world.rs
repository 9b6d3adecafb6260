//! The one world of a simulation: its time, its chance, its faults, AWS, GitHub, and what happened in it.

use super::aws::Aws;
use super::github::GitHubSide;
use super::ledger::Ledger;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use ebbtide::clock::Clock;
use ebbtide::environment::Setback;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

/// How likely each fault is, in thousandths of all calls.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// The request never arrives, and nobody says so.
    pub lost_request: u32,
    /// The effect takes place, the answer never comes.
    pub lost_reply: u32,
    /// AWS or GitHub asks to wait.
    pub throttle: u32,
    /// The database fails before or after it did what it was asked.
    pub store: u32,
    /// A process dies.
    pub crash: u32,
    /// A process stands still until long after its lease.
    pub stall: u32,
}

/// What was counted over a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub lives: u64,
    pub steps: u64,
    pub calls: u64,
    pub faults: u64,
    pub crashes: u64,
    pub stalls: u64,
    /// Accounts that were closed.
    pub closings: u64,
    /// Things beside stacks that were deleted.
    pub leftovers: u64,
    /// Accounts that were set aside, as often as they were.
    pub set_aside: u64,
}

impl Counts {
    pub fn add(&mut self, other: Self) {
        self.lives += other.lives;
        self.steps += other.steps;
        self.calls += other.calls;
        self.faults += other.faults;
        self.crashes += other.crashes;
        self.stalls += other.stalls;
        self.closings += other.closings;
        self.leftovers += other.leftovers;
        self.set_aside += other.set_aside;
    }
}

/// Everything that changes.
pub struct State {
    pub now: DateTime<Utc>,
    pub rng: fastrand::Rng,
    pub faults: Faults,
    pub counts: Counts,
    pub aws: Aws,
    pub github: GitHubSide,
    pub ledger: Ledger,
    /// Until when GitHub does not answer.
    pub github_away_until: DateTime<Utc>,
    /// Whether whoever acts at this moment lost its lease long ago without knowing.
    pub late: bool,
    /// Who acts at this moment.
    pub actor: String,
    /// What happened, in order; only kept for a run that is to be shown.
    pub trace: Option<Vec<String>>,
}

impl State {
    pub fn note(&mut self, what: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            let since = self.now - start();
            trace.push(format!(
                "{:>9.3}s {:<8} {}",
                since.as_seconds_f64(),
                self.actor,
                what()
            ));
        }
    }

    pub fn chance(&mut self, thousandths: u32) -> bool {
        thousandths > 0 && self.rng.u32(0..1000) < thousandths
    }

    fn pass_time(&mut self) {
        let milliseconds = self.rng.i64(5..200);
        self.now += TimeDelta::milliseconds(milliseconds);
        self.aws.advance(self.now, &mut self.rng);
    }

    fn fate(&mut self, service: Service) -> Fate {
        self.counts.calls += 1;
        let faults = self.faults;
        if service == Service::GitHub && self.github_away_until > self.now {
            return Fate::Throttled;
        }
        let fate = if self.chance(faults.lost_request) {
            Fate::LostRequest
        } else if self.chance(faults.lost_reply) {
            Fate::LostReply
        } else if self.chance(faults.throttle) {
            Fate::Throttled
        } else {
            return Fate::Fine;
        };
        self.counts.faults += 1;
        fate
    }
}

/// When every simulation begins: 2026-03-01T12:00:00Z.
pub fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_366_400, 0).unwrap_or_default()
}

/// Whom a call goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    Aws,
    GitHub,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Fine,
    LostRequest,
    LostReply,
    Throttled,
}

/// The world, shared by all who act in it.
pub struct World {
    state: Mutex<State>,
    at_gate: AtomicBool,
}

impl World {
    pub fn new(seed: u64, traced: bool) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                now: start(),
                rng: fastrand::Rng::with_seed(seed),
                faults: Faults::default(),
                counts: Counts::default(),
                aws: Aws::default(),
                github: GitHubSide::default(),
                ledger: Ledger::default(),
                github_away_until: start(),
                late: false,
                actor: "world".to_owned(),
                trace: traced.then(Vec::new),
            }),
            at_gate: AtomicBool::new(false),
        })
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A point at which whoever acts can be held up, or cut off for good.
    pub fn gate(&self) -> Gate<'_> {
        Gate {
            world: self,
            passed: false,
        }
    }

    /// Whether the last poll ended at a gate (and not at real I/O).
    pub fn take_gate(&self) -> bool {
        self.at_gate.swap(false, Ordering::Relaxed)
    }

    /// A call over the network: it can be cut off before and after its effect, and lose request or reply.
    pub async fn call<T>(
        &self,
        service: Service,
        name: &str,
        effect: impl FnOnce(&mut State) -> Result<T, Setback>,
    ) -> Result<T, Setback> {
        let begun = self.lock().now;
        self.gate().await;
        let (fate, result) = {
            let mut guard = self.lock();
            let state = &mut *guard;
            state.pass_time();
            // Whoever stood still in the middle of a call comes back to a connection that is gone. Only AWS
            // is so unkind as to do late what it was asked.
            let broken = service == Service::GitHub && state.now - begun > TimeDelta::minutes(1);
            let fate = if broken {
                Fate::LostRequest
            } else {
                state.fate(service)
            };
            let result = match fate {
                Fate::Fine | Fate::LostReply => effect(state),
                Fate::LostRequest => Err(Setback::lost(format!("{name}: connection reset"))),
                Fate::Throttled => Err(Setback::later(format!("{name}: not now"))),
            };
            match (&result, fate) {
                (Ok(_), Fate::LostReply) => state.note(|| format!("{name}: done, its answer lost")),
                (Ok(_), _) => {}
                (Err(setback), _) => state.note(|| format!("{name}: {setback}")),
            }
            (fate, result)
        };
        self.gate().await;
        if fate == Fate::LostReply {
            return Err(Setback::lost(format!("{name}: no answer")));
        }
        result
    }
}

/// See [`World::gate`].
pub struct Gate<'a> {
    world: &'a World,
    passed: bool,
}

impl Future for Gate<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<()> {
        if self.passed {
            return Poll::Ready(());
        }
        self.passed = true;
        self.world.at_gate.store(true, Ordering::Relaxed);
        Poll::Pending
    }
}

/// The world's time as the product's clock.
pub struct WorldClock(pub Arc<World>);

#[async_trait]
impl Clock for WorldClock {
    fn now(&self) -> DateTime<Utc> {
        self.0.lock().now
    }

    async fn sleep(&self, _duration: Duration) {
        self.0.gate().await;
    }
}
