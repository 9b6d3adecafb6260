//! `ebbtide serve`.

use crate::config::{Config, Sources};
use crate::{logging, service};
use anyhow::Context;
use clap::Args;
use std::io::Read;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// How to run the service.
#[derive(Debug, Args)]
pub struct Serve {
    /// Stop when standard input is closed: for whoever starts the service and must not outlive it
    #[arg(long, hide = true)]
    until_stdin_closes: bool,
}

impl Serve {
    /// Runs the service until SIGTERM or SIGINT. A second one ends it at once.
    pub async fn run(self, sources: &Sources) -> anyhow::Result<()> {
        // Boxed: it holds the whole service.
        Box::pin(run(sources, self.until_stdin_closes)).await
    }
}

async fn run(sources: &Sources, until_stdin_closes: bool) -> anyhow::Result<()> {
    let config = Config::load(sources)?;
    logging::start(&config.log)?;
    let shutdown = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be listened to")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be listened to")?;
    let mut service = std::pin::pin!(service::run(config, shutdown.clone()));
    let mut closed = std::pin::pin!(stdin_closes(until_stdin_closes));
    for _ in 0..2 {
        tokio::select! {
            ended = &mut service => return ended,
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = &mut closed, if !shutdown.is_cancelled() => {}
        }
        tracing::info!("asked to stop");
        shutdown.cancel();
    }
    Ok(())
}

/// Ends when standard input does; never, if nobody asked for that. A thread of its own reads, because a read
/// of standard input cannot be cancelled and would keep the runtime from ending.
async fn stdin_closes(asked: bool) {
    let (closed, waiting) = tokio::sync::oneshot::channel::<()>();
    if asked {
        std::thread::spawn(move || {
            let mut byte = [0];
            while matches!(std::io::stdin().read(&mut byte), Ok(read) if read > 0) {}
            drop(closed);
        });
        let _ = waiting.await;
    } else {
        std::future::pending::<()>().await;
    }
}
