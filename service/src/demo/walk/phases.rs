//! How long each phase took, from the environment's own timeline.

use crate::environment::Environment;
use crate::store::TimelineEntry;
use chrono::{DateTime, TimeDelta, Utc};

/// The moments at which somebody did something on GitHub.
#[derive(Clone, Copy, Debug)]
pub struct Moments {
    /// The pull request was opened.
    pub opened: DateTime<Utc>,
    /// Something was pushed to it.
    pub pushed: DateTime<Utc>,
    /// It was merged.
    pub merged: DateTime<Utc>,
    /// Its account was proven empty.
    pub proven: DateTime<Utc>,
}

/// One line a phase: its name and how long it took.
pub fn phases(
    environment: &Environment,
    timeline: &[TimelineEntry],
    moments: Moments,
) -> Vec<String> {
    let ready: Vec<DateTime<Utc>> = timeline
        .iter()
        .filter(|entry| entry.step == "ready")
        .map(|entry| entry.at)
        .collect();
    let life = environment.last_life.as_ref();
    let leased = life.map(|life| life.started_at);
    let first = ready.first().copied();
    let second = ready.iter().copied().find(|at| *at > moments.pushed);
    let gone = life.map(|life| life.ended_at);
    [
        (
            "opened, until an account was lent",
            Some(moments.opened),
            leased,
        ),
        ("deployed, until ready", leased, first),
        ("pushed, until ready again", Some(moments.pushed), second),
        ("merged, until nothing was left", Some(moments.merged), gone),
        (
            "merged, until proven empty",
            Some(moments.merged),
            Some(moments.proven),
        ),
        ("whole life", Some(moments.opened), Some(moments.proven)),
    ]
    .into_iter()
    .map(|(name, from, to)| match (from, to) {
        (Some(from), Some(to)) => format!("{name:<36} {}", seconds(to - from)),
        _ => format!("{name:<36} not seen"),
    })
    .collect()
}

/// One line a step.
pub fn steps(timeline: &[TimelineEntry]) -> Vec<String> {
    let Some(first) = timeline.first() else {
        return Vec::new();
    };
    timeline
        .iter()
        .map(|entry| {
            format!(
                "{:>9}  {:>7}  {} ({})",
                seconds(entry.at - first.at),
                format!("{} ms", entry.duration_ms),
                entry.step,
                entry.why
            )
        })
        .collect()
}

fn seconds(duration: TimeDelta) -> String {
    let milliseconds = duration.num_milliseconds().max(0);
    format!("{}.{:02} s", milliseconds / 1000, milliseconds % 1000 / 10)
}
