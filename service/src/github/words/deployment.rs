//! The Deployment's status: where GitHub shows "View deployment".

use super::escape;
use super::story::Story;
use crate::environment::Phase;
use crate::github::{DeploymentState, DeploymentWords};

/// The Deployment's status, if something is, was or is about to be deployed.
pub(super) fn deployment(story: &Story<'_>) -> Option<DeploymentWords> {
    if story.is_silent() {
        return None;
    }
    // No numbers in the descriptions: a status is one more line in the pull request's timeline, so a
    // Deployment gets a new one only when its state changes.
    let (state, description) = match story.phase {
        Phase::Queued => (DeploymentState::Queued, "Waiting for an account"),
        Phase::Deploying | Phase::Verifying => {
            (DeploymentState::InProgress, "The stacks are being deployed")
        }
        Phase::Ready => (DeploymentState::Success, "Ready"),
        Phase::Failed => (DeploymentState::Failure, "The deployment failed"),
        Phase::Ending | Phase::Ended | Phase::Declined => {
            (DeploymentState::Inactive, "The environment has ended")
        }
        // What is deployed already stays so, and what is not yet has no Deployment.
        Phase::Reading | Phase::BadFile | Phase::WaitingForChecks | Phase::ChecksFailed => {
            return None;
        }
    };
    let is_over = state == DeploymentState::Inactive;
    let said = story.env.said.deployment_of();
    let head = if is_over { said? } else { story.head()? };
    let url = story
        .incarnation()
        .and_then(|incarnation| incarnation.shown.url.as_deref())
        .filter(|_| state == DeploymentState::Success);
    Some(DeploymentWords {
        head: head.clone(),
        environment: format!("ebbtide/pr-{}", story.env.key.pull_request),
        state,
        description: description.to_owned(),
        environment_url: url.and_then(escape::web_address),
        log_url: story.page().map(Into::into),
    })
}
