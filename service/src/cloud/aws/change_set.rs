//! What a change set says about itself, read into one state and one summary.

use crate::environment::{ChangeSetState, ChangeSummary};
use aws_sdk_cloudformation::types::{
    Change, ChangeAction, ChangeSetStatus, ExecutionStatus, Replacement,
};

/// CloudFormation's two sentences for "there is nothing to change"; it has no code for it.
const NOTHING_TO_CHANGE: [&str; 2] = ["didn't contain changes", "No updates are to be performed"];

/// Reads the three fields together; none of them says enough alone.
pub(super) fn state(
    status: Option<&ChangeSetStatus>,
    execution: Option<&ExecutionStatus>,
    reason: Option<&str>,
) -> ChangeSetState {
    match execution {
        Some(ExecutionStatus::Available) => return ChangeSetState::Available,
        Some(ExecutionStatus::ExecuteInProgress) => return ChangeSetState::Executing,
        Some(ExecutionStatus::ExecuteComplete | ExecutionStatus::ExecuteFailed) => {
            return ChangeSetState::Executed;
        }
        Some(ExecutionStatus::Obsolete) => return ChangeSetState::Obsolete,
        _ => {}
    }
    match status {
        Some(ChangeSetStatus::Failed | ChangeSetStatus::DeleteFailed) => failed(reason),
        Some(
            ChangeSetStatus::DeletePending
            | ChangeSetStatus::DeleteInProgress
            | ChangeSetStatus::DeleteComplete,
        ) => ChangeSetState::Obsolete,
        _ => ChangeSetState::Pending,
    }
}

fn failed(reason: Option<&str>) -> ChangeSetState {
    let reason = reason.unwrap_or("AWS gave no reason");
    if NOTHING_TO_CHANGE.iter().any(|words| reason.contains(words)) {
        return ChangeSetState::NoChanges;
    }
    ChangeSetState::Failed(reason.to_owned())
}

/// Sorts one more change into the summary.
pub(super) fn add(summary: &mut ChangeSummary, change: &Change) {
    let Some(resource) = change.resource_change() else {
        return;
    };
    let replaced = matches!(
        resource.replacement(),
        Some(Replacement::True | Replacement::Conditional)
    );
    let list = match resource.action() {
        Some(ChangeAction::Add | ChangeAction::Import) => &mut summary.added,
        Some(ChangeAction::Remove) => &mut summary.removed,
        _ if replaced => &mut summary.replaced,
        _ => &mut summary.changed,
    };
    list.push(
        resource
            .logical_resource_id()
            .unwrap_or_default()
            .to_owned(),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_set_without_changes_is_no_failure() {
        for reason in [
            "The submitted information didn't contain changes. Submit different information to create a change set.",
            "No updates are to be performed.",
        ] {
            let read = state(
                Some(&ChangeSetStatus::Failed),
                Some(&ExecutionStatus::Unavailable),
                Some(reason),
            );
            assert_eq!(read, ChangeSetState::NoChanges);
        }
    }

    #[test]
    fn any_other_failure_keeps_its_reason() {
        let read = state(
            Some(&ChangeSetStatus::Failed),
            None,
            Some("Circular dependency"),
        );
        assert_eq!(
            read,
            ChangeSetState::Failed("Circular dependency".to_owned())
        );
    }

    #[test]
    fn created_but_not_yet_available_is_still_pending() {
        let read = state(
            Some(&ChangeSetStatus::CreateComplete),
            Some(&ExecutionStatus::Unavailable),
            None,
        );
        assert_eq!(read, ChangeSetState::Pending);
    }

    #[test]
    fn how_the_execution_went_is_the_stacks_to_say() {
        for execution in [
            ExecutionStatus::ExecuteComplete,
            ExecutionStatus::ExecuteFailed,
        ] {
            let read = state(
                Some(&ChangeSetStatus::CreateComplete),
                Some(&execution),
                None,
            );
            assert_eq!(read, ChangeSetState::Executed);
        }
    }
}
