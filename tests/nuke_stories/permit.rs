//! Somebody who allows deletions, until somebody else says otherwise.

use async_trait::async_trait;
use ebbtide::environment::Setback;
use ebbtide::nuke::Permit;
use std::sync::atomic::{AtomicU32, Ordering};

/// Allows so many questions.
pub struct Allows {
    objections: AtomicU32,
    stops: AtomicU32,
}

impl Allows {
    /// Everything.
    pub fn everything() -> Self {
        Self {
            objections: AtomicU32::new(u32::MAX),
            stops: AtomicU32::new(u32::MAX),
        }
    }

    /// Objects when it is asked once more than this.
    pub fn objecting_after(waves: u32) -> Self {
        Self {
            objections: AtomicU32::new(waves),
            ..Self::everything()
        }
    }

    /// Stops all deletions when it is asked once more than this.
    pub fn stopping_after(chunks: u32) -> Self {
        Self {
            stops: AtomicU32::new(chunks),
            ..Self::everything()
        }
    }

    /// Whether it stopped something.
    pub fn stopped(&self) -> bool {
        self.stops.load(Ordering::Relaxed) == 0
    }
}

/// Takes one of what is left; false when nothing is.
fn take(left: &AtomicU32) -> bool {
    let one_less = |left: u32| left.checked_sub(1);
    let relaxed = Ordering::Relaxed;
    left.fetch_update(relaxed, relaxed, one_less).is_ok()
}

#[async_trait]
impl Permit for Allows {
    async fn stop(&self) -> Result<Option<String>, Setback> {
        Ok((!take(&self.stops)).then(|| "somebody pulled the switch".to_owned()))
    }

    async fn object(&self) -> Result<Vec<String>, Setback> {
        if take(&self.objections) {
            return Ok(Vec::new());
        }
        Ok(vec!["it left the sandbox OU".to_owned()])
    }
}
