//! Steps and wishes in words, for the timeline and the log.

use super::next::Step;
use super::record::{Environment, Gate};
use super::stack::{DeleteEffect, DeployEffect};
use super::wish::{Absence, Wish};
use std::fmt;

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read => f.write_str("read .ebbtide.yml"),
            Self::CheckGate => f.write_str("ask for checks"),
            Self::TakeAccount => f.write_str("take an account"),
            Self::Deploy(stack, effect) => write!(f, "deploy {stack}: {effect}"),
            Self::Delete(stack, effect) => write!(f, "delete {stack}: {effect}"),
            Self::Probe => f.write_str("send the health checks"),
            Self::Settle => f.write_str("ready"),
            Self::SweepUploads => f.write_str("remove the template bucket"),
            Self::Confirm => f.write_str("no stack left; look again"),
            Self::GiveBack => f.write_str("give the account back"),
            Self::SetAside(stack) => write!(f, "set the account aside with {stack}"),
            Self::End => f.write_str("ended"),
            Self::Wait => f.write_str("wait for CloudFormation"),
            Self::Rest => f.write_str("rest"),
        }
    }
}

impl fmt::Display for DeployEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plan => "make the change set",
            Self::Replan => "make the change set anew",
            Self::Execute => "execute the change set",
            Self::Discard => "nothing to change",
        })
    }
}

impl fmt::Display for DeleteEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LiftProtection => "lift termination protection",
            Self::CancelUpdate => "cancel the running update",
            Self::Delete => "delete the stack",
            Self::ForceDelete => "delete by force",
        })
    }
}

impl Step {
    /// Its name without particulars, for metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::CheckGate => "check_gate",
            Self::TakeAccount => "take_account",
            Self::Deploy(..) => "deploy",
            Self::Delete(..) => "delete",
            Self::Probe => "probe",
            Self::Settle => "settle",
            Self::SweepUploads => "sweep_uploads",
            Self::Confirm => "confirm",
            Self::GiveBack => "give_back",
            Self::SetAside(_) => "set_aside",
            Self::End => "end",
            Self::Wait => "wait",
            Self::Rest => "rest",
        }
    }

    /// Whether it is worth a line in the timeline.
    pub fn is_effect(&self) -> bool {
        !matches!(
            self,
            Self::Wait | Self::Rest | Self::CheckGate | Self::TakeAccount | Self::Probe
        )
    }

    /// Why it is the next one.
    pub fn why(&self, environment: &Environment) -> String {
        let revision = environment.wish.target().map_or_else(
            || "nothing is wanted".to_owned(),
            |target| format!("commit {} is wanted", short(target.revision.as_str())),
        );
        match self {
            Self::Read => format!("{revision} and its file is not read"),
            Self::CheckGate => match &environment.gate {
                Gate::Unknown | Gate::Open => "checks are to be green first".to_owned(),
                Gate::Waiting { on } => format!("{} not green yet", on.join(", ")),
                Gate::Broken { by } => format!("{} red", by.join(", ")),
            },
            Self::TakeAccount => format!("{revision} and there is no account"),
            Self::Deploy(..) | Self::Delete(..) => revision,
            Self::Probe => "every stack is as wanted".to_owned(),
            Self::Settle => "every stack is as wanted and healthy".to_owned(),
            Self::SweepUploads | Self::Confirm => "no stack is left".to_owned(),
            Self::GiveBack => "no stack is left, looked twice".to_owned(),
            Self::SetAside(stack) => format!("{stack} cannot be deleted"),
            Self::End => "nothing is wanted and nothing is left".to_owned(),
            Self::Wait => "CloudFormation is at work".to_owned(),
            Self::Rest => "nothing to do".to_owned(),
        }
    }
}

/// The first ten characters of a commit.
fn short(revision: &str) -> &str {
    revision.get(..10).unwrap_or(revision)
}

impl fmt::Display for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("unknown"),
            Self::Present {
                target, attempt: 0, ..
            } => write!(f, "present at {}", short(target.revision.as_str())),
            Self::Present {
                target, attempt, ..
            } => write!(
                f,
                "present at {}, retry {attempt}",
                short(target.revision.as_str())
            ),
            Self::Absent { reason, .. } => write!(f, "absent: {reason}"),
        }
    }
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Merged => f.write_str("merged"),
            Self::Closed => f.write_str("closed"),
            Self::Expired => f.write_str("its time to live ran out"),
            Self::Destroyed { by } => write!(f, "ended by {by}"),
            Self::Uninstalled => f.write_str("the App was uninstalled"),
            Self::Gone => f.write_str("the pull request is gone"),
            Self::NoFile => f.write_str("no .ebbtide.yml"),
            Self::Draft => f.write_str("a draft"),
            Self::Fork => f.write_str("from a fork"),
            Self::NoWriteAccess { author } => write!(f, "{author} has no write access"),
        }
    }
}
