//! `ebbtide account adopt`.

use super::nuke::find;
use super::{hands, plan};
use crate::cli::output::{self, Output};
use crate::config::Sources;
use anyhow::bail;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// Which account to take in.
#[derive(Debug, Args)]
pub struct Adopt {
    /// The account's twelve digits. It has to be in the sandbox OU
    number: String,
    /// What will be deleted in it: the plan that "ebbtide account nuke NUMBER --dry-run --save FILE" stored
    #[arg(long, value_name = "FILE")]
    plan: PathBuf,
    /// In which form to answer
    #[arg(long, value_enum, default_value_t = Output::Human)]
    output: Output,
}

impl Adopt {
    pub(super) async fn run(self, sources: &Sources) -> anyhow::Result<()> {
        let reconciler = hands(sources).await?;
        let mut candidate = find(&reconciler, &self.number).await?;
        let number = &candidate.number.clone();
        if let Some(row) = &candidate.row {
            bail!("{number} is in the ledger already, as {}", row.id);
        }
        let approved = plan::read(&self.plan, number)?;
        candidate.vouched = approved.guardrails.is_some();
        let now = reconciler.dry_run(&candidate).await?;
        plan::hold(&approved, &now)?;
        let Some(account) = reconciler.adopt(&candidate).await? else {
            bail!("{number} was taken into the ledger by somebody else meanwhile");
        };
        match self.output {
            Output::Json => output::json(&json!({ "id": account.id, "account": number })),
            Output::Human => output::text(&format!(
                "{number} is in the ledger as {}. The running service empties it, and lends it once that is proven: \
                 \"ebbtide account show {number}\" shows how far that is\n",
                account.id
            )),
        }
    }
}
