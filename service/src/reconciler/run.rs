//! The workers: as many passes side by side as configured, until the service shuts down.

use super::Reconciler;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The longest nap when nothing is due: another replica may have taken in a delivery.
const NAP: Duration = Duration::from_secs(2);

/// The shortest: a row that is leased by somebody else is due but cannot be had.
const SHORTEST_NAP: Duration = Duration::from_millis(20);

/// How long to wait when the database does not answer.
const DATABASE_PAUSE: Duration = Duration::from_secs(2);

impl Reconciler {
    /// Works until `shutdown`, with `workers` passes side by side; a pass that has begun is finished.
    pub async fn run(self: Arc<Self>, workers: usize, shutdown: CancellationToken) {
        let mut tasks = JoinSet::new();
        for _ in 0..workers.max(1) {
            tasks.spawn(Arc::clone(&self).worker(shutdown.clone()));
        }
        tasks.spawn(Arc::clone(&self).sweeper(shutdown));
        while tasks.join_next().await.is_some() {}
    }

    async fn worker(self: Arc<Self>, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            match self.work().await {
                Ok(true) => {}
                Ok(false) => {
                    let nap = self.nap().await;
                    tokio::select! {
                        () = shutdown.cancelled() => {}
                        () = self.poke.poked() => {}
                        () = self.clock.sleep(nap) => {}
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "the database does not answer as it should");
                    tokio::select! {
                        () = shutdown.cancelled() => {}
                        () = self.clock.sleep(DATABASE_PAUSE) => {}
                    }
                }
            }
        }
    }

    async fn nap(&self) -> Duration {
        let due = self.store.next_due().await.ok().flatten();
        due.and_then(|due| (due - self.clock.now()).to_std().ok())
            .unwrap_or(NAP)
            .clamp(SHORTEST_NAP, NAP)
    }

    async fn sweeper(self: Arc<Self>, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            if let Err(error) = self.sweep().await {
                tracing::error!(%error, "the slow sweep could not be finished");
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = self.clock.sleep(self.settings.sweep_every) => {}
            }
        }
    }
}
