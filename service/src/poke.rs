//! How the door tells the reconciler that there is something to do now.

use std::sync::Arc;
use tokio::sync::Notify;

/// Wakes the reconciler of this process. Losing one costs time, never work: what is due stands in the store.
#[derive(Clone, Debug, Default)]
pub struct Poke(Arc<Notify>);

impl Poke {
    /// Says that something is due. Pokes that come before anybody waits count as one.
    pub fn poke(&self) {
        self.0.notify_one();
    }

    /// Waits for a poke.
    pub async fn poked(&self) {
        self.0.notified().await;
    }
}
