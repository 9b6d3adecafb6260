//! `ebbtide guardrails apply`.

use super::left_alone;
use crate::cli::exit::Usage;
use crate::cli::output;
use crate::guardrails::{Drift, Keeper};
use anyhow::{Context, bail};
use clap::Args;
use std::fmt::Write;

/// How to apply them.
#[derive(Debug, Args)]
pub struct Apply {
    /// Say what would be done and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Also detach policies of ours that are not configured any more
    #[arg(long, short)]
    yes: bool,
}

impl Apply {
    pub(super) async fn run(self, keeper: &Keeper) -> anyhow::Result<()> {
        let (attached, drifts) = keeper.look().await?;
        if drifts.is_empty() {
            return output::text(&format!(
                "The guardrails are as configured, nothing was done\n{}",
                left_alone(&attached.others)
            ));
        }
        if self.dry_run {
            let mut page = String::new();
            for drift in &drifts {
                let _ = writeln!(page, "{} would be {}", drift.policy(), drift.mended());
            }
            return output::text(&(page + &left_alone(&attached.others)));
        }
        let surplus = drifts
            .iter()
            .find(|drift| matches!(drift, Drift::Surplus(_)));
        if let Some(surplus) = surplus.filter(|_| !self.yes) {
            bail!(Usage(format!(
                "{} would be detached, because it is not configured any more: say --yes if that is meant; nothing was done",
                surplus.policy()
            )));
        }
        for drift in &drifts {
            // Each as soon as it is done: the next one may be refused.
            let mended = keeper.mend(drift).await;
            mended
                .with_context(|| format!("{} could not be {}", drift.policy(), drift.mended()))?;
            output::text(&format!("{} is {}\n", drift.policy(), drift.mended()))?;
        }
        output::text(&left_alone(&attached.others))
    }
}
