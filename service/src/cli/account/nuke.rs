//! `ebbtide account nuke`.

use super::{hands, plan};
use crate::cli::exit::Usage;
use crate::cli::output::{self, Output};
use crate::config::Sources;
use crate::environment::AccountOrder;
use crate::reconciler::Reconciler;
use crate::reconciler::dry_run::Candidate;
use anyhow::{anyhow, bail};
use clap::Args;
use std::path::{Path, PathBuf};

/// What to do with which account.
#[derive(Debug, Args)]
pub struct Nuke {
    /// The account's twelve digits, or the pool's own id of it
    account: String,
    /// Say what would be deleted, in waves, and delete nothing
    #[arg(long, required_unless_present = "plan", conflicts_with = "plan")]
    dry_run: bool,
    /// For an account that is not in the ledger: vouch that the guardrails, as they are now, held since it was made. Otherwise everything is asked for, and what nobody can list keeps it from being proven empty
    #[arg(long, requires = "dry_run")]
    guardrails_held: bool,
    /// Store what was said as a plan, which can be performed later
    #[arg(long, value_name = "FILE", requires = "dry_run")]
    save: Option<PathBuf>,
    /// Have the running service empty the account, if it still holds exactly what this plan says
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// In which form to answer
    #[arg(long, value_enum, default_value_t = Output::Human)]
    output: Output,
}

impl Nuke {
    pub(super) async fn run(self, sources: &Sources) -> anyhow::Result<()> {
        let reconciler = hands(sources).await?;
        let mut candidate = find(&reconciler, &self.account).await?;
        if self.guardrails_held && candidate.row.is_some() {
            bail!(Usage(format!(
                "--guardrails-held: {} is in the ledger, which knows whether they held",
                candidate.number
            )));
        }
        candidate.vouched = self.guardrails_held;
        match &self.plan {
            Some(path) => self.perform(&reconciler, &candidate, path).await,
            None => self.look(&reconciler, &candidate).await,
        }
    }

    async fn look(&self, reconciler: &Reconciler, candidate: &Candidate) -> anyhow::Result<()> {
        let made = reconciler.dry_run(candidate).await?;
        if let Some(path) = &self.save {
            plan::save(path, &made)?;
        }
        match self.output {
            Output::Json => output::json(&made),
            Output::Human => output::text(&plan::page(&made)),
        }
    }

    async fn perform(
        &self,
        reconciler: &Reconciler,
        candidate: &Candidate,
        path: &Path,
    ) -> anyhow::Result<()> {
        let approved = plan::read(path, &candidate.number)?;
        let number = &candidate.number;
        let Some(row) = &candidate.row else {
            bail!(
                "{number} is not in the ledger, and nothing is deleted in an account that is not: \
                 \"ebbtide account adopt {number} --plan {}\" takes it in and has it emptied",
                path.display()
            );
        };
        let now = reconciler.dry_run(candidate).await?;
        plan::hold(&approved, &now)?;
        let at = reconciler.clock.now();
        let ordered = reconciler
            .store
            .order(&row.id, &AccountOrder::Empty, at)
            .await?;
        let account = ordered
            .ok_or_else(|| anyhow!("{number} is not in the ledger any more"))?
            .map_err(|why| anyhow!("{number}: {why}"))?;
        match self.output {
            Output::Json => output::json(&account),
            Output::Human => output::text(&format!(
                "{number} is as the plan says, and is emptied by the running service: \
                 \"ebbtide account show {number}\" shows how far that is\n"
            )),
        }
    }
}

/// The account of this name.
pub(super) async fn find(reconciler: &Reconciler, name: &str) -> anyhow::Result<Candidate> {
    let candidate = reconciler.candidate(name).await?;
    Ok(candidate.ok_or_else(|| {
        Usage(format!(
            "{name}: neither an account of the pool nor twelve digits"
        ))
    })?)
}
