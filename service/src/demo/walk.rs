//! The guided demo: one pull request's whole life, on this machine.
//!
//! The peers (an AWS emulator, a local GitHub) live in this process; the service is a process of its own,
//! the same `ebbtide serve` that runs anywhere, started again whenever it ends. So it can be killed at any
//! moment of the walk, and the walk ends the same.

mod check;
mod narrator;
mod phases;
mod script;
mod stage;
mod supervisor;

use anyhow::{Context, bail};
use narrator::Narrator;
use stage::Stage;
use std::path::Path;

/// Sets everything up under `folder` and walks; with `once` it ends after the walk.
pub async fn run(folder: &Path, once: bool) -> anyhow::Result<()> {
    let narrator = Narrator;
    let stage = Stage::set(folder, narrator).await?;
    let walked = tokio::select! {
        walked = script::walk(&stage, narrator) => walked,
        interrupted = tokio::signal::ctrl_c() => {
            interrupted.context("Ctrl-C cannot be listened to")?;
            stage.clear().await;
            bail!("interrupted");
        }
    };
    if walked.is_err() {
        narrator.line(&format!("   The service's log: {}", stage.log().display()))?;
    }
    if once {
        stage.clear().await;
        return walked;
    }
    if let Err(error) = &walked {
        narrator.line(&format!("   ✗ {error:#}"))?;
    }
    narrator.line("")?;
    narrator.line("It stays up until Ctrl-C. Have a try yourself:")?;
    for line in stage.addresses() {
        narrator.line(&line)?;
    }
    tokio::signal::ctrl_c()
        .await
        .context("Ctrl-C cannot be listened to")?;
    stage.clear().await;
    Ok(())
}
