//! Plans, as they are shown, stored, read again, and held against what is there.

use super::certificate::excused_table;
use super::facts;
use crate::api::certificate_views::ExcusedView;
use crate::cli::exit::Usage;
use crate::cli::output;
use crate::environment::{AccountId, Region};
use crate::nuke::plan::{Plan, Planned, Unanswered};
use anyhow::{Context, bail};
use std::fmt::Write;
use std::path::Path;

/// Reads the plan for an account.
pub(super) fn read(path: &Path, account: &AccountId) -> anyhow::Result<Plan> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Usage(format!("--plan {shown}: it cannot be read: {error}")))?;
    let plan = Plan::read(&text, account);
    Ok(plan.map_err(|why| Usage(format!("--plan {shown}: {why}")))?)
}

/// Stores a plan.
pub(super) fn save(path: &Path, plan: &Plan) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(plan)? + "\n";
    std::fs::write(path, text)
        .with_context(|| format!("--save {}: it cannot be written", path.display()))
}

/// Stops where an account is not as it was approved.
pub(super) fn hold(approved: &Plan, now: &Plan) -> anyhow::Result<()> {
    let differences = approved.differences(now);
    if differences.is_empty() {
        return Ok(());
    }
    bail!(
        "{} is not as the plan says, make a new one; nothing was done\n{}",
        approved.account,
        differences.join("\n")
    );
}

/// A plan for people.
pub(super) fn page(plan: &Plan) -> String {
    let row = plan.row.as_ref().map(ToString::to_string);
    let regions: Vec<&str> = plan.regions.iter().map(Region::as_str).collect();
    let mut page = facts([
        ("Account", Some(plan.account.to_string())),
        (
            "In the ledger",
            Some(row.unwrap_or_else(|| {
                "no: \"ebbtide account adopt\" takes it in, with this plan stored".to_owned()
            })),
        ),
        ("Looked at", Some(output::time(plan.made_at))),
        ("Regions", Some(regions.join(", "))),
        (
            "Guardrails",
            Some(plan.guardrails.clone().unwrap_or_else(|| {
                "not known to have held, so everything was asked for".to_owned()
            })),
        ),
        ("Digest", Some(plan.digest.clone())),
    ]);
    page += "\n";
    if plan.is_empty() {
        page += "Nothing would be deleted\n";
    } else {
        let waves = plan.waves.len();
        let noun = if waves == 1 { "wave" } else { "waves" };
        let _ = writeln!(page, "Would be deleted: {}, in {waves} {noun}", plan.len());
        let rows = plan.waves.iter().enumerate();
        let rows = rows.flat_map(|(wave, all)| all.iter().map(move |it| planned(wave + 1, it)));
        page += &output::table(["WAVE", "TYPE", "REGION", "IDENTIFIER"], rows);
    }
    if !plan.excused.is_empty() {
        let _ = writeln!(page, "\nWould stay: {}", plan.excused.len());
        let excused: Vec<ExcusedView> = plan.excused.iter().map(ExcusedView::of).collect();
        page += &excused_table(&excused);
    }
    if !plan.unknown.is_empty() {
        let _ = writeln!(
            page,
            "\nNobody knows, which keeps the account from being proven empty: {}",
            plan.unknown.len()
        );
        let rows = plan.unknown.iter().map(unanswered);
        page += &output::table(["TYPE", "REGION", "WHY"], rows);
    }
    page
}

fn planned(wave: usize, it: &Planned) -> [String; 4] {
    [
        wave.to_string(),
        it.cell.type_name.clone(),
        it.cell.region.to_string(),
        it.identifier.clone(),
    ]
}

fn unanswered(it: &Unanswered) -> [String; 3] {
    [
        it.cell.type_name.clone(),
        it.cell.region.to_string(),
        it.why.clone(),
    ]
}
