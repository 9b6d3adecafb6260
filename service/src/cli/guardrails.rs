//! `ebbtide guardrails`: the service control policies of the sandbox OU, directly against AWS.

mod apply;
mod diff;
mod lines;
mod show;

use super::exit::Exit;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Sources};
use crate::guardrails::Keeper;
use crate::service;
use clap::Subcommand;
use std::sync::Arc;

/// What to do with the guardrails.
#[derive(Debug, Subcommand)]
pub enum GuardrailsCommand {
    /// Show the policies as they are configured, and how long each is; asks nobody
    Show(show::Show),
    /// Compare what is attached with what is configured; ends with 1 where they differ
    Diff,
    /// Attach what is configured
    Apply(apply::Apply),
}

impl GuardrailsCommand {
    /// Does it.
    pub async fn run(self, sources: &Sources) -> anyhow::Result<Exit> {
        let config = Config::load(sources)?;
        match self {
            Self::Show(show) => show.run(&config).map(|()| Exit::Done),
            Self::Diff => diff::run(&keeper(&config).await?).await,
            Self::Apply(apply) => {
                apply.run(&keeper(&config).await?).await?;
                Ok(Exit::Done)
            }
        }
    }
}

async fn keeper(config: &Config) -> anyhow::Result<Keeper> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    service::guardrails(config, &clock).await
}

/// What an admin attached beside ours, so that nobody wonders what became of it.
fn left_alone(others: &[String]) -> String {
    if others.is_empty() {
        return String::new();
    }
    format!("Left alone: {}\n", others.join(", "))
}
