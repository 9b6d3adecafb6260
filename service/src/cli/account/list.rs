//! `ebbtide account list`.

use crate::api::account_views::{AccountList, AccountView};
use crate::cli::client::Service;
use crate::cli::output::{self, Output};
use clap::Args;
use reqwest::Method;

/// How to list them.
#[derive(Debug, Args)]
pub struct List {
    /// In which form to answer
    #[arg(long, value_enum, default_value_t = Output::Human)]
    output: Output,
    #[command(flatten)]
    service: Service,
}

impl List {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let list: AccountList = self.service.ask(Method::GET, &["accounts"]).await?;
        match self.output {
            Output::Json => output::json(&list),
            Output::Human if list.accounts.is_empty() => output::text("No accounts\n"),
            Output::Human => {
                let headings = ["ACCOUNT", "ID", "STATE", "SERVED", "CERTIFICATE", "REASON"];
                let rows = list.accounts.iter().map(row);
                output::text(&output::table(headings, rows))
            }
        }
    }
}

fn row(one: &AccountView) -> [String; 6] {
    let known = |text: &Option<String>| text.clone().unwrap_or_default();
    let state = match one.progress.filter(|_| one.state == "scrubbing") {
        Some(progress) => format!(
            "scrubbing, {} left, {} deleted",
            progress.resources_left, progress.deleted
        ),
        None => one.state.clone(),
    };
    [
        known(&one.account),
        one.id.clone(),
        state,
        known(&one.served),
        known(&one.certificate),
        known(&one.reason),
    ]
}
