//! `ebbtide env`: environments, over a running service's API.

mod destroy;
mod list;
mod show;

use clap::Subcommand;

/// What to do with environments.
#[derive(Debug, Subcommand)]
pub enum Env {
    /// List environments, newest first
    List(list::List),
    /// Show one environment and its timeline: every step with time, duration and why
    Show(show::Show),
    /// End an environment: its stacks are deleted, its account is given back
    Destroy(destroy::Destroy),
}

impl Env {
    /// Does it.
    pub async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::List(list) => list.run().await,
            Self::Show(show) => show.run().await,
            Self::Destroy(destroy) => destroy.run().await,
        }
    }
}
