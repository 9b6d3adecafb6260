//! `ebbtide account retry`, `quarantine`, `release` and `close`.

use crate::api::account_views::AccountView;
use crate::cli::Usage;
use crate::cli::client::Service;
use crate::cli::output::{self, Output};
use clap::Args;
use reqwest::Method;
use serde_json::json;

/// Which account to try again.
#[derive(Debug, Args)]
pub struct Retry {
    #[command(flatten)]
    which: Which,
}

/// Which account to set aside.
#[derive(Debug, Args)]
pub struct Quarantine {
    /// Why, for whoever wonders later
    #[arg(long, value_name = "SENTENCE")]
    reason: String,
    #[command(flatten)]
    which: Which,
}

/// Which account to give back.
#[derive(Debug, Args)]
pub struct Release {
    #[command(flatten)]
    which: Which,
}

/// Which account to close.
#[derive(Debug, Args)]
pub struct Close {
    /// That you know that it cannot be undone here: AWS ends everything in it and counts it for another 90 days
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, Args)]
struct Which {
    /// The account's twelve digits, or the pool's own id of it
    account: String,
    /// In which form to answer
    #[arg(long, value_enum, default_value_t = Output::Human)]
    output: Output,
    #[command(flatten)]
    service: Service,
}

impl Retry {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let path = ["accounts", &self.which.account, "retry"];
        let account = self.which.service.ask(Method::POST, &path).await?;
        self.which.answer(&account, EMPTIED)
    }
}

impl Quarantine {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let path = ["accounts", &self.which.account, "quarantine"];
        let body = json!({ "reason": self.reason });
        let account = self.which.service.tell(Method::POST, &path, &body).await?;
        let words = "set aside, \"ebbtide account release\" gives it back";
        self.which.answer(&account, words)
    }
}

impl Release {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let path = ["accounts", &self.which.account, "release"];
        let account = self.which.service.ask(Method::POST, &path).await?;
        self.which.answer(&account, EMPTIED)
    }
}

impl Close {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        if !self.yes {
            let account = &self.which.account;
            return Err(Usage(format!(
                "closing {account} cannot be undone here: AWS ends everything in it and counts it for another 90 days; \
                 if you mean it, say --yes"
            ))
            .into());
        }
        let path = ["accounts", &self.which.account, "close"];
        let account = self.which.service.ask(Method::POST, &path).await?;
        let words = "to be closed, \"ebbtide account show\" shows how far that is";
        self.which.answer(&account, words)
    }
}

const EMPTIED: &str = "being emptied, \"ebbtide account show\" shows how far that is";

impl Which {
    fn answer(&self, account: &AccountView, words: &str) -> anyhow::Result<()> {
        match self.output {
            Output::Json => output::json(account),
            Output::Human => output::text(&format!("{} is {words}\n", self.account)),
        }
    }
}
