//! Stacks and their resources in a few words.

use super::page::{bounded, count, list};
use super::story::Story;
use crate::environment::{ChangeSummary, Phase, StackName, StackRecord, StackStatus};

/// Resources that the collapsed list shows.
const RESOURCES_AT_MOST: usize = 100;
/// Stacks that a table shows.
const STACKS_AT_MOST: usize = 50;
/// Replaced resources that are named: a replacement loses what was in them.
const NAMED_AT_MOST: usize = 5;

/// A table of the stacks, their state and what changes in them.
pub(super) fn table(story: &Story<'_>) -> String {
    let stacks = story.stacks();
    if stacks.is_empty() {
        return String::new();
    }
    let rows = stacks.into_iter().map(|(name, stack)| {
        let changes = match (&stack.changes, story.phase) {
            (None, _) | (Some(_), Phase::Ending) => String::new(),
            (Some(changes), _) => changed(story, changes),
        };
        let name = story.code(name.as_str());
        format!("| {name} | {} | {changes} |", state(story, stack))
    });
    let rows = bounded(rows, STACKS_AT_MOST, |more| {
        format!("| and {more} more | | |")
    });
    format!("| Stack | State | Changes |\n| :-- | :-- | :-- |\n{rows}")
}

/// What the last deployment changed, a line per stack.
pub(super) fn last_changes(story: &Story<'_>) -> String {
    let lines: Vec<String> = story
        .stacks()
        .into_iter()
        .take(STACKS_AT_MOST)
        .filter_map(|(name, stack)| Some((name, stack.changes.as_ref()?)))
        .map(|(name, changes)| {
            let name: &StackName = name;
            format!("{}: {}", story.code(name.as_str()), changed(story, changes))
        })
        .collect();
    lines.join("<br>")
}

/// Every resource with its state, collapsed.
pub(super) fn resources(story: &Story<'_>) -> Option<String> {
    let stacks = story.stacks();
    let total: usize = stacks.iter().map(|(_, stack)| stack.resources.len()).sum();
    if total == 0 {
        return None;
    }
    let with_resources = stacks
        .iter()
        .filter(|(_, stack)| !stack.resources.is_empty())
        .count();
    let rows = stacks.iter().flat_map(|(name, stack)| {
        stack.resources.iter().map(|resource| {
            format!(
                "| {} | {} | {} | {} |",
                story.code(name.as_str()),
                story.code(&resource.logical_id),
                story.code(&resource.kind),
                story.text(&resource.status.replace('_', " ").to_lowercase()),
            )
        })
    });
    let rows = bounded(rows, RESOURCES_AT_MOST, |more| {
        format!("| and {more} more | | | |")
    });
    Some(format!(
        "<details>\n<summary>{} in {}</summary>\n\n\
         | Stack | Resource | Type | State |\n| :-- | :-- | :-- | :-- |\n{rows}\n\n</details>",
        count(total, "resource"),
        count(with_resources, "stack"),
    ))
}

/// `2 added, 1 changed, 1 replaced (Queue)`.
fn changed(story: &Story<'_>, changes: &ChangeSummary) -> String {
    let mut parts = Vec::new();
    for (ids, verb) in [
        (&changes.added, "added"),
        (&changes.changed, "changed"),
        (&changes.replaced, "replaced"),
        (&changes.removed, "removed"),
    ] {
        if ids.is_empty() {
            continue;
        }
        let mut part = format!("{} {verb}", ids.len());
        if verb == "replaced" {
            let mut names: Vec<String> = ids
                .iter()
                .take(NAMED_AT_MOST)
                .map(|id| story.code(id))
                .collect();
            if ids.len() > NAMED_AT_MOST {
                names.push(format!("{} more", ids.len() - NAMED_AT_MOST));
            }
            part = format!("{part} ({})", list(&names));
        }
        parts.push(part);
    }
    if parts.is_empty() {
        "no changes".to_owned()
    } else {
        parts.join(", ")
    }
}

/// Where a stack stands, in a word.
fn state(story: &Story<'_>, stack: &StackRecord) -> &'static str {
    let intent = stack.intent.as_ref();
    let failed = intent
        .is_some_and(|intent| intent.failed.is_some() && Some(&intent.revision) == story.head());
    let planned = intent.is_some_and(|intent| intent.failed.is_none() && !intent.executed);
    match (story.phase, stack.status) {
        (Phase::Ending, None) => "deleted",
        (Phase::Ending, Some(StackStatus::DeleteInProgress)) if stack.forced => {
            "deleting, with force"
        }
        (Phase::Ending, Some(status)) => status_word(status),
        (_, Some(status)) if failed && is_at_rest(status) => "failed",
        (_, None) if failed => "failed",
        (_, None | Some(StackStatus::ReviewInProgress)) if planned => "planning",
        (_, None) => "waiting",
        (_, Some(status)) if planned && is_at_rest(status) => "planning",
        (_, Some(status)) => status_word(status),
    }
}

fn is_at_rest(status: StackStatus) -> bool {
    !status.as_str().ends_with("_IN_PROGRESS")
}

fn status_word(status: StackStatus) -> &'static str {
    match status {
        StackStatus::CreateInProgress => "creating",
        StackStatus::CreateComplete => "created",
        StackStatus::CreateFailed => "creation failed",
        StackStatus::RollbackInProgress | StackStatus::UpdateRollbackInProgress => "rolling back",
        StackStatus::RollbackFailed | StackStatus::UpdateRollbackFailed => "rollback failed",
        StackStatus::RollbackComplete
        | StackStatus::UpdateRollbackComplete
        | StackStatus::UpdateRollbackCompleteCleanupInProgress => "rolled back",
        StackStatus::DeleteInProgress => "deleting",
        StackStatus::DeleteFailed => "deletion failed",
        StackStatus::DeleteComplete => "deleted",
        StackStatus::UpdateInProgress => "updating",
        StackStatus::UpdateCompleteCleanupInProgress => "cleaning up",
        StackStatus::UpdateComplete => "updated",
        StackStatus::UpdateFailed => "update failed",
        StackStatus::ReviewInProgress => "planning",
        StackStatus::ImportInProgress => "importing",
        StackStatus::ImportComplete => "imported",
        StackStatus::ImportRollbackInProgress => "rolling the import back",
        StackStatus::ImportRollbackFailed => "rollback of the import failed",
        StackStatus::ImportRollbackComplete => "import rolled back",
    }
}
