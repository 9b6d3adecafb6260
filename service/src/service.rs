//! The whole service in one process: the store, and the doors over it.

use crate::api::{self, Api, metrics};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::poke::Poke;
use crate::store::Store;
use crate::store::sql::SqlStore;
use anyhow::Context;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Runs until `shutdown`; requests under way may end first.
pub async fn run(config: Config, shutdown: CancellationToken) -> anyhow::Result<()> {
    let store: Arc<dyn Store> = Arc::new(
        SqlStore::open(config.database.url.expose())
            .await
            .with_context(|| format!("database.url = {}", config.database.url))?,
    );
    let listen = config.server.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("server.listen = {listen}"))?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    let api = Api {
        store,
        clock: Arc::new(SystemClock),
        webhook_secrets: config.github.webhook_secrets.into(),
        poke: Poke::default(),
        metrics: metrics::recorder(),
    };
    api::serve(listener, api, shutdown).await?;
    tracing::info!("stopped");
    Ok(())
}
