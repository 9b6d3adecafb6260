//! The first failure of a stack's latest operation: the cause, not what it brought down with it.

use super::call::call;
use super::connection::{Connection, Session};
use crate::cloud::Place;
use crate::environment::{ResourceFailure, Setback};
use aws_sdk_cloudformation::types::StackEvent;

/// The kind of a nested stack, and of the event a stack reports about itself.
const STACK: &str = "AWS::CloudFormation::Stack";

/// A stack's status with which an operation begins; what lies before belongs to another one.
const BEGINNINGS: &[&str] = &[
    "CREATE_IN_PROGRESS",
    "UPDATE_IN_PROGRESS",
    "DELETE_IN_PROGRESS",
    "IMPORT_IN_PROGRESS",
];

/// CloudFormation allows deeper nesting, but a path longer than this helps nobody.
const DEEPEST: usize = 8;

impl Connection {
    /// Follows the first failure down through nested stacks.
    pub(super) async fn trace_failure(
        &self,
        at: &Place,
        stack_id: &str,
    ) -> Result<Option<ResourceFailure>, Setback> {
        let session = self.session(at).await?;
        let mut path = String::new();
        let mut found = None;
        let mut next = Some(stack_id.to_owned());
        for _ in 0..DEEPEST {
            let Some(current) = next.take() else { break };
            let events = latest_operation(&session, at, &current).await?;
            let Some(event) = cause(&events, &current) else {
                break;
            };
            let logical_id = event.logical_resource_id().unwrap_or_default();
            found = Some(ResourceFailure {
                logical_id: format!("{path}{logical_id}"),
                kind: event.resource_type().unwrap_or_default().to_owned(),
                reason: reason(event).unwrap_or("AWS gave no reason").to_owned(),
            });
            if is_about(event, &current) || event.resource_type() != Some(STACK) {
                break;
            }
            path = format!("{path}{logical_id}/");
            next = event
                .physical_resource_id()
                .filter(|id| !id.is_empty())
                .map(str::to_owned);
        }
        Ok(found)
    }
}

/// The events of the stack's latest operation, newest first.
async fn latest_operation(
    session: &Session,
    at: &Place,
    stack_id: &str,
) -> Result<Vec<StackEvent>, Setback> {
    let mut events = Vec::new();
    let mut next = None;
    loop {
        let asked = session
            .cloudformation
            .describe_stack_events()
            .stack_name(stack_id)
            .set_next_token(next);
        let page = match call(session.call("DescribeStackEvents", at), asked.send()).await {
            Err(failed) if failed.is_absent() => return Ok(events),
            other => other?,
        };
        next = page.next_token().map(str::to_owned);
        for event in page.stack_events.unwrap_or_default() {
            let begins = is_about(&event, stack_id) && BEGINNINGS.contains(&status(&event));
            events.push(event);
            if begins {
                return Ok(events);
            }
        }
        if next.is_none() {
            return Ok(events);
        }
    }
}

/// The earliest failed resource; where none is to blame, what the stack says about itself.
fn cause<'a>(newest_first: &'a [StackEvent], stack_id: &str) -> Option<&'a StackEvent> {
    let oldest_first = || newest_first.iter().rev();
    oldest_first()
        .find(|event| {
            status(event).ends_with("_FAILED")
                && !is_about(event, stack_id)
                && !was_cancelled(event)
        })
        .or_else(|| {
            oldest_first().find(|event| {
                let failed = status(event).ends_with("_FAILED")
                    || status(event).ends_with("ROLLBACK_IN_PROGRESS");
                is_about(event, stack_id) && failed && reason(event).is_some()
            })
        })
}

fn is_about(event: &StackEvent, stack_id: &str) -> bool {
    event.resource_type() == Some(STACK)
        && event.physical_resource_id().is_some()
        && (event.physical_resource_id() == event.stack_id()
            || event.physical_resource_id() == Some(stack_id))
}

/// "Resource creation cancelled" and its like: stopped because something else had failed.
fn was_cancelled(event: &StackEvent) -> bool {
    reason(event).is_some_and(|reason| {
        ["creation", "update", "deletion"]
            .iter()
            .any(|what| reason.starts_with(&format!("Resource {what} cancelled")))
    })
}

fn status(event: &StackEvent) -> &str {
    event.resource_status().map_or("", |status| status.as_str())
}

fn reason(event: &StackEvent) -> Option<&str> {
    event
        .resource_status_reason()
        .filter(|reason| !reason.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_cloudformation::types::ResourceStatus;

    fn event(logical_id: &str, physical_id: &str, status: &str, reason: &str) -> StackEvent {
        let kind = if physical_id.starts_with("stack-") {
            STACK
        } else {
            "AWS::SQS::Queue"
        };
        StackEvent::builder()
            .stack_id("stack-1")
            .logical_resource_id(logical_id)
            .physical_resource_id(physical_id)
            .resource_type(kind)
            .resource_status(ResourceStatus::from(status))
            .resource_status_reason(reason)
            .build()
    }

    fn blamed(newest_first: &[StackEvent]) -> Option<String> {
        cause(newest_first, "stack-1")?
            .logical_resource_id()
            .map(str::to_owned)
    }

    #[test]
    fn the_earliest_failure_is_the_cause() {
        let events = [
            event(
                "web",
                "stack-1",
                "ROLLBACK_FAILED",
                "Queue could not be deleted",
            ),
            event("Queue", "q", "DELETE_FAILED", "still in use"),
            event("Table", "t", "CREATE_FAILED", "Resource creation cancelled"),
            event("Queue", "q", "CREATE_FAILED", "name is taken"),
        ];
        assert_eq!(blamed(&events).as_deref(), Some("Queue"));
    }

    #[test]
    fn what_was_only_cancelled_is_not_to_blame() {
        let events = [
            event("Queue", "q", "CREATE_FAILED", "name is taken"),
            event("Table", "t", "CREATE_FAILED", "Resource creation cancelled"),
        ];
        assert_eq!(blamed(&events).as_deref(), Some("Queue"));
    }

    #[test]
    fn a_nested_stack_counts_as_a_resource() {
        let events = [event(
            "Nested",
            "stack-2",
            "CREATE_FAILED",
            "Embedded stack was not created",
        )];
        assert_eq!(blamed(&events).as_deref(), Some("Nested"));
    }

    #[test]
    fn a_stack_without_a_failed_resource_speaks_for_itself() {
        let events = [
            event("web", "stack-1", "ROLLBACK_COMPLETE", ""),
            event("web", "stack-1", "ROLLBACK_IN_PROGRESS", "Transform failed"),
            event("web", "stack-1", "CREATE_IN_PROGRESS", "User Initiated"),
        ];
        assert_eq!(blamed(&events).as_deref(), Some("web"));
        assert_eq!(blamed(&events[2..]), None);
    }
}
