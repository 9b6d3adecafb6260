//! How often an account may be asked: each account, region and service has a pace of its own, which slows
//! down when AWS says so and picks up again by and by. One account's throttling slows no other.

use crate::clock::Clock;
use crate::cloud::Place;
use crate::environment::{AccountId, Region};
use chrono::{DateTime, TimeDelta, Utc};

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Calls per second at first. Cloud Control takes about 25 per account and region.
const FIRST_RATE: f64 = 20.0;

/// However often AWS says no, this many calls per second go on: one in two seconds.
const SLOWEST_RATE: f64 = 0.5;

/// The rate never rises above this.
const FASTEST_RATE: f64 = 40.0;

/// A second of calls that are answered raises the rate by this.
const RECOVERY: f64 = 1.0;

/// How many calls may go at once after a rest.
const BURST: f64 = 20.0;

/// Refusals of calls that went out together count as one.
const SLOWED_FOR: TimeDelta = TimeDelta::seconds(1);

/// What has rested this long is forgotten, and starts anew.
const FORGOTTEN_AFTER: TimeDelta = TimeDelta::minutes(10);

/// The pace of one account, region and service.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// Calls per second.
    rate: f64,
    /// Calls that may go at once.
    ready: f64,
    /// Up to when `ready` is counted.
    counted_to: DateTime<Utc>,
    slowed_at: Option<DateTime<Utc>>,
}

impl Pace {
    fn new(now: DateTime<Utc>) -> Self {
        Self {
            rate: FIRST_RATE,
            ready: BURST,
            counted_to: now,
            slowed_at: None,
        }
    }

    /// Takes the next turn and says how long to wait for it.
    fn take(&mut self, now: DateTime<Utc>) -> Duration {
        let rested = (now - self.counted_to).as_seconds_f64().max(0.0);
        self.ready = rested.mul_add(self.rate, self.ready).min(BURST);
        self.counted_to = now;
        if self.ready >= 1.0 {
            self.ready -= 1.0;
            return Duration::ZERO;
        }
        let wait = Duration::from_secs_f64((1.0 - self.ready) / self.rate);
        self.ready = 0.0;
        self.counted_to = now + wait;
        wait
    }

    /// Learns from an answer.
    fn learn(&mut self, throttled: bool, now: DateTime<Utc>) {
        if !throttled {
            self.rate = (self.rate + RECOVERY / self.rate).min(FASTEST_RATE);
            return;
        }
        if self.slowed_at.is_none_or(|at| now - at >= SLOWED_FOR) {
            self.rate = (self.rate / 2.0).max(SLOWEST_RATE);
            self.ready = 0.0;
            self.counted_to = self.counted_to.max(now);
            self.slowed_at = Some(now);
        }
    }
}

/// What a pace belongs to.
type Whose = (AccountId, Region, String);

/// A pace and the queue of those who wait for their turn.
struct Lane {
    pace: Mutex<Pace>,
    queue: tokio::sync::Mutex<()>,
}

impl Lane {
    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All paces.
pub(super) struct Paces {
    clock: Arc<dyn Clock>,
    lanes: Mutex<HashMap<Whose, Arc<Lane>>>,
}

impl Paces {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            lanes: Mutex::default(),
        }
    }

    /// Waits for the next turn.
    pub(super) async fn turn(&self, at: &Place, service: &str) {
        let lane = self.lane(at, service);
        let _first_in_queue = lane.queue.lock().await;
        let wait = lane.pace().take(self.clock.now());
        if !wait.is_zero() {
            self.clock.sleep(wait).await;
        }
    }

    /// Learns from the answer to a call.
    pub(super) fn learn(&self, at: &Place, service: &str, throttled: bool) {
        let lane = self.lane(at, service);
        lane.pace().learn(throttled, self.clock.now());
    }

    fn lane(&self, at: &Place, service: &str) -> Arc<Lane> {
        let now = self.clock.now();
        let whose = (at.account.clone(), at.region.clone(), service.to_owned());
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get(&whose) {
            return lane.clone();
        }
        lanes.retain(|_, lane| now - lane.pace().counted_to < FORGOTTEN_AFTER);
        let lane = Arc::new(Lane {
            pace: Mutex::new(Pace::new(now)),
            queue: tokio::sync::Mutex::default(),
        });
        lanes.insert(whose, lane.clone());
        lane
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::SessionName;
    use async_trait::async_trait;

    /// A clock on which only sleeping takes time.
    struct Asleep(Mutex<DateTime<Utc>>);

    #[async_trait]
    impl Clock for Asleep {
        fn now(&self) -> DateTime<Utc> {
            *self.0.lock().unwrap()
        }

        async fn sleep(&self, duration: Duration) {
            *self.0.lock().unwrap() += duration;
        }
    }

    fn clock() -> Arc<Asleep> {
        Arc::new(Asleep(Mutex::new(DateTime::UNIX_EPOCH)))
    }

    fn place(account: &str) -> Place {
        Place {
            account: AccountId::new(account),
            region: Region::new("eu-central-1"),
            session: SessionName::new("sweep"),
        }
    }

    /// How long so many calls take, whatever the first burst takes.
    async fn time(paces: &Paces, clock: &Asleep, at: &Place, calls: u32) -> TimeDelta {
        let begin = clock.now();
        for _ in 0..calls {
            paces.turn(at, "cloudcontrol").await;
        }
        clock.now() - begin
    }

    #[tokio::test]
    async fn a_burst_goes_at_once_and_then_twenty_a_second() {
        let clock = clock();
        let paces = Paces::new(clock.clone());
        let at = place("111111111111");
        assert_eq!(time(&paces, &clock, &at, 20).await, TimeDelta::zero());
        assert_eq!(time(&paces, &clock, &at, 20).await, TimeDelta::seconds(1));
    }

    #[tokio::test]
    async fn throttling_halves_the_pace_once_for_calls_that_went_together() {
        let clock = clock();
        let paces = Paces::new(clock.clone());
        let at = place("111111111111");
        for _ in 0..5 {
            paces.learn(&at, "cloudcontrol", true);
        }
        assert_eq!(time(&paces, &clock, &at, 10).await, TimeDelta::seconds(1));
        paces.learn(&at, "cloudcontrol", true);
        assert_eq!(time(&paces, &clock, &at, 5).await, TimeDelta::seconds(1));
    }

    #[tokio::test]
    async fn it_never_comes_to_a_stop() {
        let clock = clock();
        let paces = Paces::new(clock.clone());
        let at = place("111111111111");
        for _ in 0..50 {
            paces.learn(&at, "cloudcontrol", true);
            clock.sleep(Duration::from_secs(1)).await;
        }
        paces.turn(&at, "cloudcontrol").await;
        let one = time(&paces, &clock, &at, 1).await;
        assert!(one <= TimeDelta::seconds(2), "{one}");
    }

    #[tokio::test]
    async fn answers_bring_the_pace_back() {
        let clock = clock();
        let paces = Paces::new(clock.clone());
        let at = place("111111111111");
        paces.learn(&at, "cloudcontrol", true);
        for _ in 0..1000 {
            paces.turn(&at, "cloudcontrol").await;
            paces.learn(&at, "cloudcontrol", false);
        }
        let hundred = time(&paces, &clock, &at, 100).await;
        assert!(hundred <= TimeDelta::milliseconds(2600), "{hundred}");
        assert!(hundred >= TimeDelta::milliseconds(2400), "{hundred}");
    }

    #[tokio::test]
    async fn others_are_not_slowed() {
        let clock = clock();
        let paces = Paces::new(clock.clone());
        let (one, other) = (place("111111111111"), place("222222222222"));
        for _ in 0..10 {
            paces.learn(&one, "cloudcontrol", true);
            clock.sleep(Duration::from_secs(1)).await;
        }
        assert_eq!(time(&paces, &clock, &other, 20).await, TimeDelta::zero());
        paces.turn(&one, "ec2").await;
        assert!(time(&paces, &clock, &one, 3).await >= TimeDelta::seconds(2));
    }
}
