//! Where an environment stands, in one word: for the comment, the check run, the Deployment, the API.

use super::record::{Environment, Gate, HealthVerdict, Incarnation, ReadingOutcome};
use super::wish::{Absence, Target, Wish};
use serde::{Deserialize, Serialize};

/// One word for where an environment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nobody has looked at the pull request, or at the file of this revision, yet.
    Reading,
    /// The file is to be mended.
    BadFile,
    /// Waiting for the checks of `wait_for`.
    WaitingForChecks,
    /// One of them is red.
    ChecksFailed,
    /// Waiting for an account.
    Queued,
    /// Stacks are changing.
    Deploying,
    /// Everything is deployed; the health checks have not passed yet.
    Verifying,
    /// Deployed and healthy.
    Ready,
    /// A stack or a health check failed; a push or a retry tries again.
    Failed,
    /// Nothing is deployed for this pull request, by rule: no file, a draft, a fork, an author without write access.
    Declined,
    /// Stacks are being deleted.
    Ending,
    /// Nothing is left, or what could not be deleted was set aside.
    Ended,
}

impl Phase {
    /// The word itself.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::BadFile => "bad_file",
            Self::WaitingForChecks => "waiting_for_checks",
            Self::ChecksFailed => "checks_failed",
            Self::Queued => "queued",
            Self::Deploying => "deploying",
            Self::Verifying => "verifying",
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::Declined => "declined",
            Self::Ending => "ending",
            Self::Ended => "ended",
        }
    }

    /// Whether it stays so until something happens outside.
    pub fn is_final(self) -> bool {
        match self {
            Self::BadFile
            | Self::ChecksFailed
            | Self::Ready
            | Self::Failed
            | Self::Declined
            | Self::Ended => true,
            Self::Reading
            | Self::WaitingForChecks
            | Self::Queued
            | Self::Deploying
            | Self::Verifying
            | Self::Ending => false,
        }
    }
}

impl Environment {
    /// Where it stands.
    pub fn phase(&self) -> Phase {
        match &self.wish {
            Wish::Unknown => Phase::Reading,
            Wish::Absent { reason, .. } => match (&self.incarnation, reason) {
                (Some(_), _) => Phase::Ending,
                (
                    None,
                    Absence::NoFile
                    | Absence::Draft
                    | Absence::Fork
                    | Absence::NoWriteAccess { .. },
                ) => Phase::Declined,
                (None, _) => Phase::Ended,
            },
            Wish::Present {
                target, attempt, ..
            } => self.phase_of_present(target, *attempt),
        }
    }

    fn phase_of_present(&self, target: &Target, attempt: u32) -> Phase {
        if self.incarnation.as_ref().is_some_and(|one| one.ending) {
            return Phase::Ending;
        }
        let Some(reading) = self.reading_for(target, attempt) else {
            return Phase::Reading;
        };
        if let ReadingOutcome::Bad { .. } = reading {
            return Phase::BadFile;
        }
        match &self.gate {
            Gate::Unknown => return Phase::Reading,
            Gate::Waiting { .. } => return Phase::WaitingForChecks,
            Gate::Broken { .. } => return Phase::ChecksFailed,
            Gate::Open => {}
        }
        match &self.incarnation {
            None => Phase::Queued,
            Some(incarnation) => incarnation.phase(target, attempt),
        }
    }

    /// What the file came to for this target and attempt, if it was read for them.
    pub fn reading_for(&self, target: &Target, attempt: u32) -> Option<&ReadingOutcome> {
        self.reading
            .as_ref()
            .filter(|reading| reading.target == *target && reading.attempt == attempt)
            .map(|reading| &reading.outcome)
    }
}

impl Incarnation {
    fn phase(&self, target: &Target, attempt: u32) -> Phase {
        let current = (target.clone(), attempt);
        if self.settled.as_ref() == Some(&current) {
            return Phase::Ready;
        }
        let health = self
            .health
            .target
            .as_ref()
            .filter(|probed| **probed == current);
        if health.is_some() {
            return match self.health.verdict {
                Some(HealthVerdict::Failed { .. }) => Phase::Failed,
                Some(HealthVerdict::Passed) | None => Phase::Verifying,
            };
        }
        let failed = self.stacks.values().any(|stack| {
            stack.intent.as_ref().is_some_and(|intent| {
                intent.failed.is_some()
                    && intent.revision == target.revision
                    && intent.attempt == attempt
            })
        });
        let busy = self
            .stacks
            .values()
            .any(|stack| stack.status.is_some_and(super::StackStatus::is_busy));
        if failed && !busy {
            Phase::Failed
        } else {
            Phase::Deploying
        }
    }
}
