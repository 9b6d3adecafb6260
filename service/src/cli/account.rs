//! `ebbtide account`: the pool's accounts. What only looks or orders goes over a running service's API; `nuke` and
//! `adopt` look into AWS themselves, with the service's own configuration.

mod adopt;
mod certificate;
mod list;
mod nuke;
mod order;
mod plan;
mod show;

use crate::config::{Config, Mistakes, Sources};
use crate::poke::Poke;
use crate::reconciler::Reconciler;
use crate::service;
use clap::Subcommand;
use std::fmt::Write;

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// List the accounts of the pool, oldest first
    List(list::List),
    /// Show one account, and how far its emptying has come
    Show(show::Show),
    /// Show the proof that an account was emptied: an account's newest, or the one of this name
    Certificate(certificate::Certificate),
    /// Try to empty a quarantined account now
    Retry(order::Retry),
    /// Set an account aside: it is neither lent nor emptied until it is released
    Quarantine(order::Quarantine),
    /// Give an account back that was set aside: it is emptied, and lent only with a certificate
    Release(order::Release),
    /// Close an account for good
    Close(order::Close),
    /// Say what would be deleted in an account, or have exactly that deleted
    Nuke(nuke::Nuke),
    /// Take an existing account of the sandbox OU into the pool: it is emptied before it is lent
    Adopt(adopt::Adopt),
}

impl AccountCommand {
    /// Does it.
    pub async fn run(
        self,
        sources: impl FnOnce() -> Result<Sources, Mistakes>,
    ) -> anyhow::Result<()> {
        match self {
            Self::List(list) => list.run().await,
            Self::Show(show) => show.run().await,
            Self::Certificate(certificate) => certificate.run().await,
            Self::Retry(retry) => retry.run().await,
            Self::Quarantine(quarantine) => quarantine.run().await,
            Self::Release(release) => release.run().await,
            Self::Close(close) => close.run().await,
            // Boxed: they hold the whole service.
            Self::Nuke(nuke) => Box::pin(nuke.run(&sources()?)).await,
            Self::Adopt(adopt) => Box::pin(adopt.run(&sources()?)).await,
        }
    }
}

/// The service's own hands. Nothing is sent yet.
async fn hands(sources: &Sources) -> anyhow::Result<Reconciler> {
    let config = Config::load(sources)?;
    service::reconciler(&config, Poke::default()).await
}

/// Facts under each other, as far as they are known.
fn facts<'a>(facts: impl IntoIterator<Item = (&'a str, Option<String>)>) -> String {
    let mut text = String::new();
    for (name, value) in facts {
        if let Some(value) = value {
            let label = format!("{name}:");
            let _ = writeln!(text, "{label:18}{}", super::output::line(&value));
        }
    }
    text
}
