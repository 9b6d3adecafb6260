//! A clock that stands still until a test puts it forward.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use ebbtide::clock::Clock;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The clock.
pub struct HandClock(Mutex<DateTime<Utc>>);

impl HandClock {
    /// Noon of a day in spring.
    pub fn at_noon() -> Arc<Self> {
        let noon = "2026-03-01T12:00:00Z".parse().expect("a time");
        Arc::new(Self(Mutex::new(noon)))
    }

    /// Puts it forward.
    pub fn forward(&self, by: TimeDelta) {
        *self.0.lock().expect("nobody panicked") += by;
    }

    /// Puts it forward to this moment; a moment that is over changes nothing.
    #[allow(dead_code, reason = "not every test program jumps to a moment")]
    pub fn forward_to(&self, moment: DateTime<Utc>) {
        let mut now = self.0.lock().expect("nobody panicked");
        *now = moment.max(*now);
    }
}

#[async_trait]
impl Clock for HandClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().expect("nobody panicked")
    }

    async fn sleep(&self, _: Duration) {}
}
