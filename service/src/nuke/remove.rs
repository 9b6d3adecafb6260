//! Removing one resource: prepare, ask, follow, and say what came of it. Nothing here says that something is
//! gone; only the next list does.

use super::listers::Listers;
use super::prepare::{Prepared, direct_deletion, is_gone, prepare, words};
use crate::cloud::{Place, Progress, Resources, StackSeen, Stacks};
use crate::environment::inventory::Resource;
use crate::environment::{AccountId, SessionName, Setback};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A deletion that takes longer than this counts as refused.
const DEADLINE: TimeDelta = TimeDelta::minutes(30);

/// A resource that is being removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Which.
    pub resource: Resource,
    /// How many times its deletion was asked for.
    pub tries: u32,
    /// When it was its turn.
    pub began_at: DateTime<Utc>,
    /// How far it has come.
    pub state: TargetState,
}

/// How far a removal has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TargetState {
    /// To be prepared and asked for.
    Open,
    /// AWS is at work on it.
    UnderWay {
        /// Names the request; empty where there is none, for stacks.
        request: String,
    },
    /// AWS said that it is done.
    Done {
        /// By which call.
        by: String,
    },
    /// AWS said no, or never came to an end.
    Refused {
        /// In its words.
        why: String,
    },
}

impl Target {
    /// A resource whose turn it is.
    pub fn new(resource: Resource, now: DateTime<Utc>) -> Self {
        Self {
            resource,
            tries: 0,
            began_at: now,
            state: TargetState::Open,
        }
    }

    /// Whether there is nothing to do about it in this wave any more.
    pub fn is_settled(&self) -> bool {
        matches!(
            self.state,
            TargetState::Done { .. } | TargetState::Refused { .. }
        )
    }

    /// Whether its deletion is still to be asked for.
    pub fn is_open(&self) -> bool {
        self.state == TargetState::Open
    }

    fn refuse(&mut self, why: impl Into<String>) {
        self.state = TargetState::Refused { why: why.into() };
    }

    fn take(&mut self, progress: Progress, by: &str) {
        self.state = match progress {
            Progress::UnderWay { request } => TargetState::UnderWay { request },
            Progress::Done => TargetState::Done { by: by.to_owned() },
            Progress::Refused { code, message } => TargetState::Refused {
                why: format!("{code}: {message}"),
            },
        };
    }
}

/// Removes resources in one account.
pub struct Remover<'a> {
    /// The account.
    pub account: &'a AccountId,
    /// Under which session name.
    pub session: &'a SessionName,
    /// Resource by resource.
    pub resources: &'a dyn Resources,
    /// Stack by stack.
    pub stacks: &'a dyn Stacks,
    /// Listers of ours know how to delete what they list.
    pub listers: &'a Listers,
    /// Begins the token of each request, so that a repeat is the same request.
    pub token: &'a str,
}

/// CloudFormation's stacks by ARN.
pub type SeenStacks = BTreeMap<String, StackSeen>;

impl Remover<'_> {
    fn at(&self, resource: &Resource) -> Place {
        Place {
            account: self.account.clone(),
            region: resource.cell.region.clone(),
            session: self.session.clone(),
        }
    }

    /// Brings one removal further.
    pub async fn go_on(&self, target: &mut Target, now: DateTime<Utc>) -> Result<(), Setback> {
        if now - target.began_at > DEADLINE {
            let minutes = DEADLINE.num_minutes();
            target.refuse(format!("its deletion did not end in {minutes} minutes"));
            return Ok(());
        }
        match target.state.clone() {
            TargetState::Open => self.ask(target).await,
            TargetState::UnderWay { request } => {
                let at = self.at(&target.resource);
                let progress = self.resources.progress(&at, &request).await?;
                target.take(progress, "DeleteResource");
                Ok(())
            }
            TargetState::Done { .. } | TargetState::Refused { .. } => Ok(()),
        }
    }

    async fn ask(&self, target: &mut Target) -> Result<(), Setback> {
        let at = self.at(&target.resource);
        let type_name = &target.resource.cell.type_name;
        let identifier = &target.resource.identifier;
        let token = format!(
            "{}-{}-{}",
            self.token,
            digest(&target.resource),
            target.tries
        );
        let properties = if super::prepare::asks_for_properties(type_name) {
            match self.resources.read(&at, type_name, identifier).await? {
                Some(properties) => Some(properties),
                None => {
                    target.take(Progress::Done, "nobody: it was gone");
                    return Ok(());
                }
            }
        } else {
            None
        };
        let prepared = prepare(
            self.resources,
            &at,
            &target.resource,
            properties.as_ref(),
            &token,
        )
        .await?;
        if prepared == Prepared::NotYet {
            return Ok(());
        }
        target.tries += 1;
        let direct = direct_deletion(&target.resource);
        let direct = direct.or_else(|| self.listers.delete_call(&target.resource));
        if let Some(call) = direct {
            match self.resources.call(&at, &call).await? {
                Ok(_) => target.take(Progress::Done, &call.operation),
                Err(refusal) if is_gone(&refusal) => {
                    target.take(Progress::Done, &call.operation);
                }
                Err(refusal) => target.refuse(words(&refusal)),
            }
        } else {
            let progress = self
                .resources
                .delete(&at, type_name, identifier, &token)
                .await?;
            target.take(progress, "DeleteResource");
        }
        if let (Prepared::Refused(why), TargetState::Refused { why: refusal }) =
            (prepared, &mut target.state)
        {
            *refusal = format!("{refusal}; before that: {why}");
        }
        Ok(())
    }

    /// Brings the removal of a stack further; `seen` is what CloudFormation lists in its region now.
    pub async fn go_on_with_stack(
        &self,
        target: &mut Target,
        seen: &SeenStacks,
        now: DateTime<Utc>,
    ) -> Result<(), Setback> {
        let at = self.at(&target.resource);
        let id = target.resource.identifier.clone();
        let Some(stack) = seen.get(&id) else {
            target.take(Progress::Done, "DeleteStack");
            return Ok(());
        };
        if now - target.began_at > DEADLINE {
            target.refuse(format!(
                "its deletion did not end in {} minutes; it is {}",
                DEADLINE.num_minutes(),
                stack.status
            ));
            return Ok(());
        }
        let status = stack.status.as_str();
        let token = format!(
            "{}-{}-{}",
            self.token,
            digest(&target.resource),
            target.tries
        );
        if status == "DELETE_IN_PROGRESS" {
            return Ok(());
        }
        if stack.protected {
            return self.stacks.lift_protection(&at, &id).await;
        }
        if status == "UPDATE_IN_PROGRESS" {
            return self.stacks.cancel_update(&at, &id, &token).await;
        }
        if status.ends_with("_IN_PROGRESS") && status != "REVIEW_IN_PROGRESS" {
            // A creation can be deleted while it goes on; everything else ends by itself first.
            if status != "CREATE_IN_PROGRESS" {
                return Ok(());
            }
        }
        let failed = status == "DELETE_FAILED";
        if failed && target.tries > FORCED_FROM {
            let why = stack.reason.clone().unwrap_or_default();
            target.refuse(format!("its deletion failed, also by force: {why}"));
            return Ok(());
        }
        let force = failed && target.tries >= FORCED_FROM;
        match self.stacks.delete(&at, &id, force, &token).await {
            Ok(()) => {
                target.tries += 1;
                Ok(())
            }
            Err(Setback::Refused { sentence }) => {
                target.tries += 1;
                // Another stack may use what it exports: that one goes first, and this one is asked again.
                if target.tries > STACK_TRIES {
                    target.refuse(sentence);
                }
                Ok(())
            }
            Err(setback) => Err(setback),
        }
    }
}

/// Failed deletions of a stack before the next is forced.
const FORCED_FROM: u32 = 2;

/// Refused deletions of a stack before it is left to the next round.
const STACK_TRIES: u32 = 6;

/// A short name for a resource, for tokens.
fn digest(resource: &Resource) -> String {
    use sha2::{Digest, Sha256};
    let name = super::order::key(resource);
    hex::encode(&Sha256::digest(name.as_bytes())[..8])
}
