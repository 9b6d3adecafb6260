//! The one clock. Everything else takes time as an argument.

use async_trait::async_trait;
use chrono::{DateTime, SubsecRound, Utc};
use std::time::Duration;

/// Tells the time and waits.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now, in whole milliseconds: PostgreSQL keeps microseconds, text keeps what it is given.
    fn now(&self) -> DateTime<Utc>;
    /// Waits within a pass or a loop; whatever must survive a crash is a `due_at` column instead.
    async fn sleep(&self, duration: Duration);
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(3)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one clock")]
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
