//! `ebbtide serve`.

use crate::config::{Config, Sources};
use crate::{logging, service};
use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Runs the service until SIGTERM or SIGINT. A second one ends it at once.
pub async fn run(sources: &Sources) -> anyhow::Result<()> {
    let config = Config::load(sources)?;
    logging::start(&config.log)?;
    let shutdown = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be listened to")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be listened to")?;
    let mut service = std::pin::pin!(service::run(config, shutdown.clone()));
    for _ in 0..2 {
        tokio::select! {
            ended = &mut service => return ended,
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("asked to stop");
        shutdown.cancel();
    }
    Ok(())
}
