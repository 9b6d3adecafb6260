//! Time passes: from one thing that is due to the next.

use crate::world::World;
use chrono::TimeDelta;
use ebbtide::clock::{Clock, SystemClock};
use std::time::Duration;

/// What is due later than this is not waited for: the end of a life, or the slow period.
const SOON: TimeDelta = TimeDelta::minutes(10);
/// Nothing takes longer than this many jumps of the clock.
const JUMPS: u64 = 2_000;

impl World {
    /// Works until nothing is due but the slow period and the ends of lives.
    pub async fn settle(&self) {
        assert!(
            !self.run(async |_| false).await,
            "nothing was to be reached"
        );
    }

    /// Works until this holds.
    pub async fn until(&self, what: &str, holds: impl AsyncFn(&Self) -> bool) {
        if !self.run(holds).await {
            let stands = self.stands().await;
            panic!("the world came to rest, and never was {what}: {stands}");
        }
    }

    /// Lets this much time pass, then works until nothing is due.
    pub async fn pass(&self, time: TimeDelta) {
        self.settle().await;
        self.clock.forward(time);
        self.settle().await;
    }

    /// Works on what is due now, without letting time pass.
    pub async fn work(&self) {
        self.github.deliveries_settled().await;
        for _ in 0..1_000 {
            if !self.reconciler.work().await.expect("the database answers") {
                return;
            }
        }
        panic!("work without end: {}", self.stands().await);
    }

    /// Works and jumps from due to due; `true` once this holds, `false` when the world is at rest before.
    async fn run(&self, holds: impl AsyncFn(&Self) -> bool) -> bool {
        for jump in 0..JUMPS {
            self.work().await;
            if holds(self).await {
                return true;
            }
            let due = self.store.next_due().await.expect("the database answers");
            let Some(due) = due.filter(|due| *due - self.now() < SOON) else {
                return false;
            };
            // The emulator lives in real time: the longer it takes, the slower ours goes.
            SystemClock
                .sleep(Duration::from_millis((1 + jump / 4).min(50)))
                .await;
            self.clock.forward_to(due);
        }
        panic!("the world does not come to rest: {}", self.stands().await);
    }

    /// For a person who reads why a story failed.
    async fn stands(&self) -> String {
        let mut lines = Vec::new();
        for environment in self.environments().await {
            let (id, phase) = (&environment.id, environment.phase());
            lines.push(format!("{id} is {phase:?}: {:?}", environment.trouble));
            let timeline = self.store.timeline(id).await.unwrap_or_default();
            let last = timeline.iter().rev().take(30).rev();
            lines.extend(last.map(|line| format!("  {} {}: {}", line.at, line.step, line.why)));
        }
        let accounts = self.accounts().await;
        lines.extend(accounts.iter().map(|account| format!("{account:?}")));
        format!("\n{}", lines.join("\n"))
    }
}
