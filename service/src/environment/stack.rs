//! One stack: from what is wanted and what CloudFormation says to what is to be done about it.
//!
//! Two pure halves. [`StackRecord::absorb`] writes down what was seen (an executed change set and a good
//! status mean that the fingerprint is applied). [`StackView::verdict`] then says what comes next. A
//! change set is read before the stack's status, so a status is never older than what the change set says.

use super::cloudformation::{ChangeSetState, StackStatus};
use super::ids::{ChangeSetName, CommitSha, StackName};
use super::record::{Intent, StackRecord};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How often a deletion is asked for before a person has to look.
pub const DELETE_LIMIT: u32 = 6;

/// How many looks may find an executed change set gone and the stack unmoved (or not there yet) before the
/// change set is made anew: AWS hides what is executed at once, and a list may lag behind.
pub const STILL_LIMIT: u32 = 20;

/// What a stack should be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wanted {
    /// Gone.
    Absent,
    /// Deployed, once the stacks it needs are there: its parameters cannot be rendered before.
    Later,
    /// Deployed with this fingerprint, for this commit and attempt.
    At {
        /// Digest of template, parameters, capabilities and tags.
        fingerprint: String,
        /// The commit.
        revision: CommitSha,
        /// Raised by a retry.
        attempt: u32,
    },
}

/// Everything about one stack that the next step depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackView {
    /// Its name in the file.
    pub name: StackName,
    /// What it should be.
    pub wanted: Wanted,
    /// Whether CloudFormation refuses to delete it.
    pub protected: bool,
    /// What is written down, what was just seen included.
    pub record: StackRecord,
    /// The change set of the intent; `None` when there is none.
    pub change_set: Option<ChangeSetState>,
}

/// What to do to bring a stack about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DeployEffect {
    /// Make the change set.
    Plan,
    /// Make it under another name: the old one cannot be executed any more.
    Replan,
    /// Execute it.
    Execute,
    /// Remove it: it would change nothing, so the stack is as wanted.
    Discard,
}

/// What to do to be rid of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DeleteEffect {
    /// Lift termination protection.
    LiftProtection,
    /// Cancel the running update: nothing else is allowed during it.
    CancelUpdate,
    /// Delete it.
    Delete,
    /// Delete it and leave behind what cannot be deleted: allowed only after a delete failed.
    ForceDelete,
}

/// What is to be done about one stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StackVerdict {
    /// As wanted.
    Settled,
    /// To be deployed.
    Deploy(DeployEffect),
    /// To be deleted, for good or to be made anew.
    Delete(DeleteEffect),
    /// CloudFormation is at work.
    Wait,
    /// It failed, and repeating it unchanged would fail again.
    Failed,
}

impl StackStatus {
    /// Whether CloudFormation is at work on the stack.
    pub fn is_busy(self) -> bool {
        use StackStatus as S;
        match self {
            S::CreateInProgress
            | S::RollbackInProgress
            | S::DeleteInProgress
            | S::UpdateInProgress
            | S::UpdateCompleteCleanupInProgress
            | S::UpdateRollbackInProgress
            | S::UpdateRollbackCompleteCleanupInProgress
            | S::ImportInProgress
            | S::ImportRollbackInProgress => true,
            S::CreateFailed
            | S::CreateComplete
            | S::RollbackFailed
            | S::RollbackComplete
            | S::DeleteFailed
            | S::DeleteComplete
            | S::UpdateComplete
            | S::UpdateFailed
            | S::UpdateRollbackFailed
            | S::UpdateRollbackComplete
            | S::ReviewInProgress
            | S::ImportComplete
            | S::ImportRollbackFailed
            | S::ImportRollbackComplete => false,
        }
    }

    /// Whether the last operation brought about what it was asked for.
    pub fn is_good(self) -> bool {
        matches!(
            self,
            Self::CreateComplete | Self::UpdateComplete | Self::ImportComplete
        )
    }

    /// Whether the stack stands and can be updated.
    fn stands(self) -> bool {
        self.is_good()
            || matches!(
                self,
                Self::UpdateRollbackComplete | Self::ImportRollbackComplete
            )
    }

    /// Whether nothing but a deletion is possible.
    fn is_wreck(self) -> bool {
        matches!(
            self,
            Self::CreateFailed
                | Self::RollbackFailed
                | Self::RollbackComplete
                | Self::DeleteFailed
                | Self::UpdateFailed
                | Self::UpdateRollbackFailed
                | Self::ImportRollbackFailed
        )
    }
}

impl Intent {
    /// The intent to bring a stack to a fingerprint. The name of its change set derives from it, so that a
    /// repeat is the same call.
    pub fn new(fingerprint: &str, revision: &CommitSha, attempt: u32, serial: u32) -> Self {
        let short = |text: &str| text.chars().take(10).collect::<String>();
        Self {
            fingerprint: fingerprint.to_owned(),
            revision: revision.clone(),
            attempt,
            change_set: ChangeSetName::new(format!(
                "ebbtide-{}-{}-{attempt}-{serial}",
                short(revision.as_str()),
                short(fingerprint),
            )),
            serial,
            executed: false,
            updated_before: None,
            moved: false,
            still: 0,
            failed: None,
        }
    }
}

impl StackRecord {
    /// Writes down what was seen of the stack and of its intent's change set.
    ///
    /// AWS hides a change set once it was executed, and a list of stacks may lag behind: a good status
    /// counts for the execution only if the stack was seen to move since it was decided on.
    pub fn absorb(
        &mut self,
        status: Option<StackStatus>,
        updated_at: Option<DateTime<Utc>>,
        change_set: Option<&ChangeSetState>,
    ) {
        let created = matches!(self.status, None | Some(StackStatus::ReviewInProgress));
        let status = status.filter(|status| *status != StackStatus::DeleteComplete);
        self.status = status;
        self.updated_at = updated_at;
        if matches!(status, None | Some(StackStatus::ReviewInProgress)) {
            self.applied = None;
        }
        if status.is_none() {
            self.deletes = 0;
            self.forced = false;
        }
        let Some(intent) = &mut self.intent else {
            return;
        };
        if intent.failed.is_some() {
            return;
        }
        if let Some(ChangeSetState::Failed(reason)) = change_set {
            intent.failed = Some(reason.clone());
            return;
        }
        if !intent.executed {
            return;
        }
        let standing = status
            .is_some_and(|status| !status.is_busy() && status != StackStatus::ReviewInProgress);
        intent.moved |= status.is_some_and(StackStatus::is_busy)
            || (standing && (created || updated_at != intent.updated_before));
        let over = match change_set {
            Some(ChangeSetState::Executed) => standing,
            Some(_) => false,
            None => standing && intent.moved,
        };
        if change_set.is_none() && !over && !status.is_some_and(StackStatus::is_busy) {
            intent.still += 1;
        }
        if !over {
            return;
        }
        if status.is_some_and(StackStatus::is_good) {
            self.applied = Some(intent.fingerprint.clone());
            self.failure = None;
            self.intent = None;
        } else if let Some(status) = status {
            intent.failed = Some(format!("the stack ended in {status}"));
        }
    }
}

impl StackView {
    /// What is to be done about this stack, taken by itself.
    pub fn verdict(&self) -> StackVerdict {
        match &self.wanted {
            Wanted::Absent => self.verdict_of_absent(),
            Wanted::Later => match self.record.status {
                Some(status) if status.is_busy() => StackVerdict::Wait,
                _ => StackVerdict::Settled,
            },
            Wanted::At {
                fingerprint,
                revision,
                attempt,
            } => self.verdict_of_present(fingerprint, revision, *attempt),
        }
    }

    fn verdict_of_present(
        &self,
        fingerprint: &str,
        revision: &CommitSha,
        attempt: u32,
    ) -> StackVerdict {
        let status = self.record.status;
        if status.is_some_and(StackStatus::is_busy) {
            return StackVerdict::Wait;
        }
        let current = self.record.intent.as_ref().filter(|intent| {
            intent.fingerprint == fingerprint
                && intent.revision == *revision
                && intent.attempt == attempt
        });
        match current {
            Some(intent) if intent.failed.is_some() => StackVerdict::Failed,
            Some(intent) => self.verdict_of_intent(intent),
            // What was decided on for an earlier commit may begin at any moment.
            None if self.is_in_flight() => StackVerdict::Wait,
            None if self.record.applied.as_deref() == Some(fingerprint)
                && status.is_some_and(StackStatus::stands) =>
            {
                StackVerdict::Settled
            }
            None if status.is_some_and(StackStatus::is_wreck) => self.verdict_of_absent(),
            None => StackVerdict::Deploy(DeployEffect::Plan),
        }
    }

    /// Whether a change set was executed, or may have been, and nothing was seen of it yet.
    fn is_in_flight(&self) -> bool {
        let gone_or_running = matches!(
            self.change_set,
            None | Some(ChangeSetState::Executing | ChangeSetState::Executed)
        );
        let open = |intent: &Intent| {
            intent.executed && intent.failed.is_none() && intent.still < STILL_LIMIT
        };
        gone_or_running
            && self.record.intent.as_ref().is_some_and(open)
            && !self.record.status.is_some_and(StackStatus::is_wreck)
    }

    /// An intent that is current, has not failed, and whose stack is not busy.
    fn verdict_of_intent(&self, intent: &Intent) -> StackVerdict {
        match (&self.change_set, intent.executed) {
            (None, _) if self.record.status.is_some_and(StackStatus::is_wreck) => {
                self.verdict_of_absent()
            }
            (None, false) => StackVerdict::Deploy(DeployEffect::Plan),
            (Some(ChangeSetState::Available), _) => StackVerdict::Deploy(DeployEffect::Execute),
            (Some(ChangeSetState::NoChanges), _) => StackVerdict::Deploy(DeployEffect::Discard),
            (
                Some(
                    ChangeSetState::Pending | ChangeSetState::Executing | ChangeSetState::Executed,
                ),
                _,
            ) => StackVerdict::Wait,
            (None, true) if self.is_in_flight() => StackVerdict::Wait,
            (None, true) | (Some(ChangeSetState::Obsolete), _) => {
                StackVerdict::Deploy(DeployEffect::Replan)
            }
            (Some(ChangeSetState::Failed(_)), _) => StackVerdict::Failed,
        }
    }

    fn verdict_of_absent(&self) -> StackVerdict {
        use StackStatus as S;
        let effect = match self.record.status {
            None | Some(S::DeleteComplete) => return StackVerdict::Settled,
            Some(S::UpdateInProgress) => DeleteEffect::CancelUpdate,
            Some(S::CreateInProgress) if self.protected => DeleteEffect::LiftProtection,
            Some(S::CreateInProgress) => DeleteEffect::Delete,
            Some(status) if status.is_busy() => return StackVerdict::Wait,
            Some(_) if self.protected => DeleteEffect::LiftProtection,
            Some(_) if self.record.deletes >= DELETE_LIMIT => return StackVerdict::Failed,
            Some(S::DeleteFailed) => DeleteEffect::ForceDelete,
            Some(_) => DeleteEffect::Delete,
        };
        StackVerdict::Delete(effect)
    }
}

impl StackRecord {
    /// Why it could not be deleted, as far as AWS said.
    pub fn why_not_deleted(&self) -> String {
        match (&self.failure, self.status) {
            (Some(failure), _) => format!("{}: {}", failure.logical_id, failure.reason),
            (None, Some(status)) => status.to_string(),
            (None, None) => "AWS gave no reason".to_owned(),
        }
    }
}
