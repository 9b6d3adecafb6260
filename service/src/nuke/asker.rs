//! One place that is asked, with a count of the calls.

use crate::cloud::{Call, Listed, Place, Resources, Unlisted};
use crate::environment::Setback;
use serde_json::Value;
use std::sync::atomic::{AtomicU64, Ordering};

/// Asks in one account and region.
pub(super) struct Asker<'a> {
    resources: &'a dyn Resources,
    /// Where.
    pub place: Place,
    calls: AtomicU64,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// AWS said no.
    No(Unlisted),
    /// The call failed, and may succeed later.
    Later(Setback),
}

impl Obstacle {
    /// AWS answered in a way that tells nothing.
    pub fn unknown(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::No(Unlisted::Unknown {
            code: code.into(),
            message: message.into(),
        })
    }
}

impl<'a> Asker<'a> {
    pub fn new(resources: &'a dyn Resources, place: Place) -> Self {
        Self {
            resources,
            place,
            calls: AtomicU64::new(0),
        }
    }

    /// How many calls there were.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Counts a call that somebody else makes.
    pub fn count(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    pub async fn list(
        &self,
        type_name: &str,
        under: Option<&Value>,
    ) -> Result<Vec<Listed>, Obstacle> {
        self.count();
        let answer = self.resources.list(&self.place, type_name, under).await;
        answer.map_err(Obstacle::Later)?.map_err(Obstacle::No)
    }

    /// What AWS says is unknown is told with the call that it said it to.
    pub async fn call(&self, call: &Call) -> Result<Value, Obstacle> {
        self.count();
        let answer = self.resources.call(&self.place, call).await;
        answer.map_err(Obstacle::Later)?.map_err(|no| match no {
            Unlisted::Unknown { code, message } => {
                let message = format!("{} {}: {message}", call.service, call.operation);
                Obstacle::unknown(code, message)
            }
            other => Obstacle::No(other),
        })
    }
}
