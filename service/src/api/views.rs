//! What the JSON API answers. Types of its own: the documents in the store may change, these may not.

use crate::environment::{
    Absence, Environment, Gate, Incarnation, ReadingOutcome, StackRecord, Wish,
};
use crate::store::TimelineEntry;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Environments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnvironmentList {
    /// Newest first.
    pub environments: Vec<EnvironmentView>,
}

/// An environment and what was done for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnvironmentDetail {
    /// How it stands.
    pub environment: EnvironmentView,
    /// What was done, oldest first.
    pub timeline: Vec<TimelineLine>,
}

/// An environment as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnvironmentView {
    /// Its id.
    #[schema(example = "pr-42-k3f9zq")]
    pub id: String,
    /// `owner/name` as last seen.
    #[schema(example = "acme/shop")]
    pub repository: String,
    /// The pull request's number.
    pub pull_request: u64,
    /// Its name within the pull request.
    #[schema(example = "default")]
    pub name: String,
    /// `reading`, `bad_file`, `waiting_for_checks`, `checks_failed`, `queued`, `deploying`, `verifying`,
    /// `ready`, `failed`, `declined`, `ending` or `ended`.
    #[schema(example = "ready")]
    pub state: String,
    /// Why it is in this state, where there is more to say.
    pub reason: Option<String>,
    /// The commit that is wanted.
    pub revision: Option<String>,
    /// The application's address.
    pub url: Option<String>,
    /// The outputs that the repository's file names.
    pub outputs: BTreeMap<String, String>,
    /// The place in the queue for an account; 1 is next.
    pub queue_position: Option<u32>,
    /// The live incarnation's id.
    #[schema(example = "pr-42-k3f9zq-1")]
    pub incarnation: Option<String>,
    /// The twelve digits of its AWS account.
    pub account: Option<String>,
    /// Its AWS region.
    #[schema(example = "eu-west-1")]
    pub region: Option<String>,
    /// Its stacks, by name.
    pub stacks: Vec<StackView>,
    /// When it was first asked for.
    pub opened_at: DateTime<Utc>,
    /// When its account was taken.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was first ready.
    pub ready_at: Option<DateTime<Utc>>,
    /// When its time to live runs out.
    pub expires_at: Option<DateTime<Utc>>,
    /// When nothing was left of it.
    pub ended_at: Option<DateTime<Utc>>,
}

/// One stack of an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StackView {
    /// Its name in `.ebbtide.yml`.
    pub name: String,
    /// CloudFormation's status as last seen; absent while there is no stack.
    #[schema(example = "CREATE_COMPLETE")]
    pub status: Option<String>,
    /// What went wrong first, in AWS's words.
    pub failure: Option<String>,
    /// How many resources it has.
    pub resources: u64,
}

/// One line of a timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TimelineLine {
    /// When the step was begun.
    pub at: DateTime<Utc>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// Which incarnation it was for.
    pub incarnation: Option<String>,
    /// What was done.
    pub step: String,
    /// Why, or what came of it.
    pub why: String,
    /// Whether it met a setback.
    pub setback: bool,
}

impl EnvironmentView {
    /// The answer for one environment.
    pub fn of(environment: &Environment) -> Self {
        let incarnation = environment.incarnation.as_ref();
        let shown = incarnation.map(|live| &live.shown);
        let target = environment.wish.target();
        Self {
            id: environment.id.to_string(),
            repository: environment.repository.to_string(),
            pull_request: environment.key.pull_request.0,
            name: environment.key.name.clone(),
            state: environment.phase().as_str().to_owned(),
            reason: reason(environment),
            revision: target.map(|target| target.revision.to_string()),
            url: shown.and_then(|shown| shown.url.clone()),
            outputs: shown.map(|shown| shown.outputs.clone()).unwrap_or_default(),
            queue_position: environment.queue_position,
            incarnation: incarnation.map(|live| live.id.to_string()),
            account: incarnation.map(|live| live.account.to_string()),
            region: incarnation.map(|live| live.region.to_string()),
            stacks: incarnation.map(stacks).unwrap_or_default(),
            opened_at: environment.opened_at,
            started_at: incarnation.map(|live| live.started_at),
            ready_at: incarnation.and_then(|live| live.ready_at),
            expires_at: environment.ends_at(),
            ended_at: environment.ended_at,
        }
    }
}

fn stacks(incarnation: &Incarnation) -> Vec<StackView> {
    let view = |name: &dyn ToString, stack: &StackRecord| StackView {
        name: name.to_string(),
        status: stack.status.map(|status| status.as_str().to_owned()),
        failure: failure(stack),
        resources: stack.resources.len() as u64,
    };
    let all = incarnation.stacks.iter();
    all.map(|(name, stack)| view(name, stack)).collect()
}

fn failure(stack: &StackRecord) -> Option<String> {
    if let Some(failure) = &stack.failure {
        return Some(format!(
            "{} ({}): {}",
            failure.logical_id, failure.kind, failure.reason
        ));
    }
    stack
        .intent
        .as_ref()
        .and_then(|intent| intent.failed.clone())
}

/// Why it is in its state.
fn reason(environment: &Environment) -> Option<String> {
    if let Wish::Absent { reason, .. } = &environment.wish {
        return Some(match reason {
            Absence::Merged => "the pull request was merged".to_owned(),
            Absence::Closed => "the pull request was closed".to_owned(),
            Absence::Expired => "its time to live ran out".to_owned(),
            Absence::Destroyed { by } => format!("{by} asked for its end"),
            Absence::Uninstalled => "the App was taken from the repository".to_owned(),
            Absence::Gone => "the pull request is not to be seen any more".to_owned(),
            Absence::NoFile => "the repository has no .ebbtide.yml".to_owned(),
            Absence::Draft => "the pull request is a draft".to_owned(),
            Absence::Fork => "the head lies in a fork".to_owned(),
            Absence::NoWriteAccess { author } => format!("{author} has no write access"),
        });
    }
    if let Wish::Present {
        target, attempt, ..
    } = &environment.wish
        && let Some(ReadingOutcome::Bad { findings }) = environment.reading_for(target, *attempt)
    {
        return findings
            .first()
            .map(|finding| format!("{}:{}: {}", finding.path, finding.line, finding.message));
    }
    match &environment.gate {
        Gate::Waiting { on } => return Some(format!("waiting for {}", on.join(", "))),
        Gate::Broken { by } => return Some(format!("not green: {}", by.join(", "))),
        Gate::Unknown | Gate::Open => {}
    }
    environment.trouble.words.clone()
}

impl TimelineLine {
    /// The answer for one line.
    pub fn of(entry: &TimelineEntry) -> Self {
        Self {
            at: entry.at,
            duration_ms: entry.duration_ms,
            incarnation: entry.incarnation.clone(),
            step: entry.step.clone(),
            why: entry.why.clone(),
            setback: entry.setback,
        }
    }
}
