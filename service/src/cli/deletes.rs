//! `ebbtide deletes`: the switch that stops every deletion at once.

use super::client::Service;
use super::output::{self, Output};
use crate::api::account_views::DeletesView;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::json;

/// What to do with the switch.
#[derive(Debug, Subcommand)]
pub enum Deletes {
    /// Stop them: nothing new is deleted in any account
    Stop(Stop),
    /// Let them go on
    Resume(How),
    /// Say whether they are stopped, by whom and why
    Status(How),
}

/// How to stop them.
#[derive(Debug, Args)]
pub struct Stop {
    /// Why, for whoever wonders later
    #[arg(long, value_name = "SENTENCE")]
    reason: String,
    #[command(flatten)]
    how: How,
}

/// Whom to ask, and how to answer.
#[derive(Debug, Args)]
pub struct How {
    /// In which form to answer
    #[arg(long, value_enum, default_value_t = Output::Human)]
    output: Output,
    #[command(flatten)]
    service: Service,
}

const PATH: [&str; 2] = ["deletes", "stop"];

impl Deletes {
    /// Does it.
    pub async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Stop(Stop { reason, how }) => {
                let body = json!({ "reason": reason });
                how.answer(&how.service.tell(Method::POST, &PATH, &body).await?)
            }
            Self::Resume(how) => how.answer(&how.service.ask(Method::DELETE, &PATH).await?),
            Self::Status(how) => how.answer(&how.service.ask(Method::GET, &PATH).await?),
        }
    }
}

impl How {
    fn answer(&self, deletes: &DeletesView) -> anyhow::Result<()> {
        match self.output {
            Output::Json => output::json(deletes),
            Output::Human => output::text(&sentence(deletes)),
        }
    }
}

fn sentence(deletes: &DeletesView) -> String {
    if !deletes.stopped {
        return "Nothing stops deletions\n".to_owned();
    }
    let by = deletes.by.as_deref().unwrap_or_default();
    let reason = deletes.reason.as_deref().unwrap_or_default();
    let since = deletes.since.map(output::time).unwrap_or_default();
    let line = format!("{by} stopped all deletions, {since}: {reason}");
    output::line(&line) + "\n"
}
