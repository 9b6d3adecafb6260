//! Several stacks reduced to one next thing.
//!
//! Stacks that others need come first on the way up and last on the way down; independent ones go side
//! by side, because a stack at work never keeps another one from its turn.

use super::cloudformation::StackStatus;
use super::ids::StackName;
use super::stack::{DeleteEffect, DeployEffect, StackVerdict, StackView, Wanted};
use std::collections::{BTreeMap, BTreeSet};

/// The one next thing to do about all stacks of an incarnation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Frontier {
    /// Bring this one further.
    Deploy(StackName, DeployEffect),
    /// Be rid of this one.
    Delete(StackName, DeleteEffect),
    /// CloudFormation is at work, and nothing else can be begun.
    Wait,
    /// Every stack is as wanted.
    AllSettled,
    /// Nothing more can be done, and this one failed first (in the order of their names).
    Failed(StackName),
}

/// Reduces the stacks to one next thing. Total: any set of views has an answer, also one whose needs form
/// a cycle or name stacks that do not exist (which the file's check refuses).
pub fn frontier(views: &[StackView]) -> Frontier {
    let by_name: BTreeMap<&StackName, &StackView> =
        views.iter().map(|view| (&view.name, view)).collect();
    let wanted: Vec<&StackView> = views
        .iter()
        .filter(|view| view.wanted != Wanted::Absent)
        .collect();
    let rising: Vec<(&StackView, StackVerdict)> = wanted
        .iter()
        .filter(|view| {
            // A running operation is waited for whether or not its needs are there.
            let needs = &mut view.record.needs.iter();
            is_busy(view)
                || needs.all(|need| by_name.get(need).is_none_or(|needed| is_there(needed)))
        })
        .map(|view| (*view, view.verdict()))
        .collect();
    let all_up = rising.len() == wanted.len()
        && rising.iter().all(|(view, verdict)| {
            *verdict == StackVerdict::Settled && view.wanted != Wanted::Later
        });
    let leaving: Vec<&StackView> = views
        .iter()
        .filter(|view| view.wanted == Wanted::Absent)
        .collect();
    let falling = if all_up {
        falling(&leaving)
    } else {
        // Nothing is begun there yet, but what is at work is waited for.
        let busy = leaving.iter().filter(|view| is_busy(view));
        busy.map(|view| (*view, StackVerdict::Wait)).collect()
    };
    match reduce(rising.iter().copied().chain(falling)) {
        // Every stack that may be looked at is settled, and yet some wait for stacks that never come.
        Frontier::AllSettled if !all_up => wanted
            .iter()
            .find(|view| !is_there(view))
            .map_or(Frontier::AllSettled, |view| {
                Frontier::Failed(view.name.clone())
            }),
        next => next,
    }
}

/// What is to be done about stacks that should be gone: those that no other one needs come first. Where
/// every one is needed by another (a cycle), all are free to go.
fn falling<'a>(leaving: &[&'a StackView]) -> Vec<(&'a StackView, StackVerdict)> {
    let held = still_needed(leaving);
    let (bound, free): (Vec<_>, Vec<_>) = leaving
        .iter()
        .map(|view| (*view, view.verdict()))
        .partition(|(view, _)| held.contains(&view.name));
    let free_is_done = free
        .iter()
        .all(|(_, verdict)| matches!(verdict, StackVerdict::Settled | StackVerdict::Failed));
    if free_is_done {
        [free, bound].concat()
    } else {
        free
    }
}

fn is_busy(view: &StackView) -> bool {
    view.record.status.is_some_and(StackStatus::is_busy)
}

/// Whether a stack that others need is deployed as wanted.
fn is_there(view: &StackView) -> bool {
    matches!(view.wanted, Wanted::At { .. }) && view.verdict() == StackVerdict::Settled
}

/// Names that a stack which still exists, and can still be deleted, needs.
fn still_needed<'a>(leaving: &[&'a StackView]) -> BTreeSet<&'a StackName> {
    leaving
        .iter()
        .filter(|view| !matches!(view.verdict(), StackVerdict::Settled | StackVerdict::Failed))
        .flat_map(|view| view.record.needs.iter().filter(|need| **need != view.name))
        .collect()
}

fn reduce<'a>(verdicts: impl Iterator<Item = (&'a StackView, StackVerdict)>) -> Frontier {
    let mut waiting = false;
    let mut failed = None;
    for (view, verdict) in verdicts {
        match verdict {
            StackVerdict::Deploy(effect) => return Frontier::Deploy(view.name.clone(), effect),
            StackVerdict::Delete(effect) => return Frontier::Delete(view.name.clone(), effect),
            StackVerdict::Wait => waiting = true,
            StackVerdict::Failed => {
                failed.get_or_insert(&view.name);
            }
            StackVerdict::Settled => {}
        }
    }
    match (waiting, failed) {
        (true, _) => Frontier::Wait,
        (false, Some(name)) => Frontier::Failed(name.clone()),
        (false, None) => Frontier::AllSettled,
    }
}
