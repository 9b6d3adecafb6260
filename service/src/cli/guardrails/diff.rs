//! `ebbtide guardrails diff`.

use super::{left_alone, lines};
use crate::cli::exit::Exit;
use crate::cli::output;
use crate::guardrails::Keeper;

/// Prints how what is attached becomes what is configured, like `diff -u`.
pub(super) async fn run(keeper: &Keeper) -> anyhow::Result<Exit> {
    let (attached, drifts) = keeper.look().await?;
    if drifts.is_empty() {
        output::text(&format!(
            "The guardrails are as configured\n{}",
            left_alone(&attached.others)
        ))?;
        return Ok(Exit::Done);
    }
    let mut page = String::new();
    for drift in &drifts {
        let heading = format!("{} {}", drift.policy(), drift.sentence());
        page += &lines::unified(&heading, &drift.before(), &drift.after());
    }
    output::text(&page)?;
    Ok(Exit::Different)
}
