//! The whole life of an incarnation on one page.
//!
//! [`next_step`] is total and pure: what is wanted, what is seen, and from these the one next thing to do.
//! Performing a step makes no further choice. Destroying supersedes creating at any point, because an
//! absent wish is looked at before anything else.

use super::frontier::Frontier;
use super::ids::StackName;
use super::record::{Environment, Gate, HealthVerdict, ReadingOutcome};
use super::stack::{DeleteEffect, DeployEffect};
use super::wish::{Absence, Wish};
use serde::{Deserialize, Serialize};

/// The wish, as far as the next step depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Want {
    /// Not known yet.
    Unknown,
    /// Nothing, or nothing of what is there: an incarnation that has begun to end.
    Absent,
    /// An environment.
    Present,
}

/// What the file came to, as far as the next step depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReadingSeen {
    /// Not read for this revision and attempt.
    Unread,
    /// To be mended first.
    Bad,
    /// There is a plan.
    Plan,
}

/// The checks of `wait_for`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GateSeen {
    /// Not (yet) green.
    Shut,
    /// Green.
    Open,
}

/// Whether there is an account.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Hold {
    /// None.
    Nothing,
    /// One, with its stacks.
    Leased {
        /// What is next about its stacks, for the wish.
        stacks: Frontier,
        /// Whether the bucket for templates may be there.
        uploads: bool,
        /// On the way down: whether a second look, a while after the first, found no stack either.
        confirmed: bool,
    },
}

/// The health checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HealthSeen {
    /// Not over.
    Open,
    /// Passed, or none was asked for.
    Passed,
    /// Failed.
    Failed,
}

/// All that the next step depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seen {
    /// What is wanted.
    pub want: Want,
    /// What the file came to.
    pub reading: ReadingSeen,
    /// The checks of `wait_for`.
    pub gate: GateSeen,
    /// The account and its stacks.
    pub hold: Hold,
    /// The health checks.
    pub health: HealthSeen,
    /// Whether the end, or the wish's fulfilment, is written down already.
    pub noted: bool,
}

/// The one next thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Step {
    /// Read `.ebbtide.yml`, and ask whether this pull request is to be trusted.
    Read,
    /// Ask GitHub for the checks of `wait_for`.
    CheckGate,
    /// Take an account from the pool, or a place in the queue.
    TakeAccount,
    /// Bring a stack further.
    Deploy(StackName, DeployEffect),
    /// Be rid of a stack.
    Delete(StackName, DeleteEffect),
    /// Send the health checks.
    Probe,
    /// Note that everything is as wanted.
    Settle,
    /// Remove the bucket for templates.
    SweepUploads,
    /// No stack is to be seen: look a second time before believing it.
    Confirm,
    /// Give the account back to the pool.
    GiveBack,
    /// Give the account up with what is left in it: this stack cannot be deleted.
    SetAside(StackName),
    /// Note that nothing is left.
    End,
    /// CloudFormation is at work: look again soon.
    Wait,
    /// Nothing to do until something happens or the time to live runs out.
    Rest,
}

/// From what is seen to the one next thing to do.
pub fn next_step(seen: &Seen) -> Step {
    match (seen.want, &seen.hold) {
        (Want::Unknown, _) => Step::Rest,
        (Want::Absent, Hold::Nothing) if seen.noted => Step::Rest,
        (Want::Absent, Hold::Nothing) => Step::End,
        (
            Want::Absent,
            Hold::Leased {
                stacks,
                uploads,
                confirmed,
            },
        ) => way_down(stacks, *uploads, *confirmed),
        (Want::Present, hold) => match (seen.reading, seen.gate, hold) {
            (ReadingSeen::Unread, _, _) => Step::Read,
            (ReadingSeen::Bad, _, _) => Step::Rest,
            (ReadingSeen::Plan, GateSeen::Shut, _) => Step::CheckGate,
            (ReadingSeen::Plan, GateSeen::Open, Hold::Nothing) => Step::TakeAccount,
            (ReadingSeen::Plan, GateSeen::Open, Hold::Leased { stacks, .. }) => {
                way_up(stacks, seen.health, seen.noted)
            }
        },
    }
}

fn way_up(stacks: &Frontier, health: HealthSeen, noted: bool) -> Step {
    match (stacks, health) {
        (Frontier::Deploy(name, effect), _) => Step::Deploy(name.clone(), *effect),
        (Frontier::Delete(name, effect), _) => Step::Delete(name.clone(), *effect),
        (Frontier::Wait, _) => Step::Wait,
        (Frontier::Failed(_), _) | (Frontier::AllSettled, HealthSeen::Failed) => Step::Rest,
        (Frontier::AllSettled, HealthSeen::Open) => Step::Probe,
        (Frontier::AllSettled, HealthSeen::Passed) if noted => Step::Rest,
        (Frontier::AllSettled, HealthSeen::Passed) => Step::Settle,
    }
}

fn way_down(stacks: &Frontier, uploads: bool, confirmed: bool) -> Step {
    match stacks {
        Frontier::Delete(name, effect) => Step::Delete(name.clone(), *effect),
        // An absent wish deploys nothing, so the frontier never says so; looking again is always harmless.
        Frontier::Wait | Frontier::Deploy(..) => Step::Wait,
        Frontier::AllSettled if uploads => Step::SweepUploads,
        Frontier::AllSettled if !confirmed => Step::Confirm,
        Frontier::AllSettled => Step::GiveBack,
        Frontier::Failed(name) => Step::SetAside(name.clone()),
    }
}

impl Seen {
    /// What the rows and the stacks' frontier come to. `stacks` is `None` where there is no account.
    pub fn of(
        environment: &Environment,
        stacks: Option<Frontier>,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Self {
        let current = match &environment.wish {
            Wish::Present {
                target, attempt, ..
            } => Some((target, *attempt)),
            Wish::Unknown | Wish::Absent { .. } => None,
        };
        let outcome =
            current.and_then(|(target, attempt)| environment.reading_for(target, attempt));
        let incarnation = environment.incarnation.as_ref();
        let is_current = |of: &Option<(super::Target, u32)>| {
            of.as_ref().map(|(target, attempt)| (target, *attempt)) == current && current.is_some()
        };
        Self {
            want: match &environment.wish {
                Wish::Present { .. } if incarnation.is_some_and(|one| one.ending) => Want::Absent,
                Wish::Unknown => Want::Unknown,
                Wish::Absent { .. } => Want::Absent,
                Wish::Present { .. } => Want::Present,
            },
            reading: match outcome {
                None => ReadingSeen::Unread,
                Some(ReadingOutcome::Bad { .. }) => ReadingSeen::Bad,
                Some(ReadingOutcome::Plan(_)) => ReadingSeen::Plan,
            },
            gate: match environment.gate {
                Gate::Open => GateSeen::Open,
                Gate::Unknown | Gate::Waiting { .. } | Gate::Broken { .. } => GateSeen::Shut,
            },
            hold: match (incarnation, stacks) {
                (Some(incarnation), Some(stacks)) => Hold::Leased {
                    stacks,
                    uploads: incarnation.uploads,
                    confirmed: incarnation.clean_since.is_some_and(|since| since < now),
                },
                _ => Hold::Nothing,
            },
            health: match (outcome, incarnation) {
                (Some(ReadingOutcome::Plan(plan)), _) if plan.file.health.is_empty() => {
                    HealthSeen::Passed
                }
                (_, Some(incarnation)) if is_current(&incarnation.health.target) => {
                    match incarnation.health.verdict {
                        None => HealthSeen::Open,
                        Some(HealthVerdict::Passed) => HealthSeen::Passed,
                        Some(HealthVerdict::Failed { .. }) => HealthSeen::Failed,
                    }
                }
                _ => HealthSeen::Open,
            },
            noted: match incarnation {
                Some(incarnation) => is_current(&incarnation.settled),
                None => environment.ended_at.is_some(),
            },
        }
    }
}

impl Environment {
    /// Turns a present wish whose time is up into an absent one; `true` if it did.
    pub fn expire(&mut self, now: chrono::DateTime<chrono::Utc>) -> bool {
        let over = self.ends_at().is_some_and(|end| end <= now);
        if over {
            self.wish = self.wish.withdrawn(Absence::Expired);
        }
        over
    }

    /// When its time to live runs out; known once the file was read for the wish's target.
    pub fn ends_at(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        let Wish::Present { target, since, .. } = &self.wish else {
            return None;
        };
        let reading = self.reading.as_ref()?;
        match &reading.outcome {
            ReadingOutcome::Plan(plan) if reading.target == *target => {
                let ttl = chrono::TimeDelta::seconds(i64::try_from(plan.ttl_seconds).ok()?);
                since.checked_add_signed(ttl)
            }
            _ => None,
        }
    }
}
