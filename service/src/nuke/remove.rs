//! Removing one resource: prepare, ask, follow, and say what came of it. Nothing here says that something is
//! gone; only the next list does.

use super::direct::{Direct, direct_deletion};
use super::listers::Listers;
use super::prepare::{Prepared, is_gone, locked, prepare, words};
use crate::cloud::{Place, Progress, Resources, StackSeen, Stacks, Unlisted};
use crate::environment::inventory::{Cell, Resource};
use crate::environment::{AccountId, SessionName, Setback};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;

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
    /// Whether its policy was taken away because it locked us out.
    #[serde(default)]
    pub unlocked: bool,
}

/// How far a removal has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TargetState {
    /// To be prepared and asked for.
    Open,
    /// AWS is at work on it.
    UnderWay {
        /// Names the request.
        request: String,
    },
    /// AWS is at work on it without a name for that: it is there until it is gone.
    Fading {
        /// By which call.
        by: String,
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
            unlocked: false,
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

    /// Whether AWS is at work on it.
    pub fn is_under_way(&self) -> bool {
        matches!(
            self.state,
            TargetState::UnderWay { .. } | TargetState::Fading { .. }
        )
    }

    /// The call that asked for its deletion, if AWS took it.
    pub fn asked_by(&self) -> Option<&str> {
        match &self.state {
            TargetState::UnderWay { .. } => Some(DELETE),
            TargetState::Fading { by } | TargetState::Done { by } => Some(by),
            TargetState::Open | TargetState::Refused { .. } => None,
        }
    }

    pub(super) fn refuse(&mut self, why: impl Into<String>) {
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

/// How Cloud Control is asked for a deletion.
const DELETE: &str = "DeleteResource";

/// What Cloud Control calls a request that it doesn't know any more.
const FORGOTTEN: &str = "RequestTokenNotFoundException";

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

    /// Names a try: whoever repeats it after a crash asks for the same, and the next round asks anew. AWS would
    /// answer a known token with what came of it the first time.
    fn token_of(&self, target: &Target) -> String {
        format!(
            "{}-{}-{}-{}",
            self.token,
            digest(&target.resource),
            target.began_at.timestamp_millis(),
            target.tries
        )
    }

    /// Brings one removal further.
    pub async fn go_on(&self, target: &mut Target, now: DateTime<Utc>) -> Result<(), Setback> {
        if now - target.began_at > DEADLINE {
            let minutes = DEADLINE.num_minutes();
            target.refuse(format!("its deletion did not end in {minutes} minutes"));
            return Ok(());
        }
        match target.state.clone() {
            TargetState::Open => {
                self.ask(target).await?;
                self.unlock(target).await
            }
            TargetState::UnderWay { request } => {
                let at = self.at(&target.resource);
                let progress = self.resources.progress(&at, &request).await?;
                match progress {
                    // AWS forgot the request; it is asked again, and says so if there is nothing left to do.
                    Progress::Refused { code, .. } if code == FORGOTTEN => {
                        target.state = TargetState::Open;
                    }
                    progress => target.take(progress, DELETE),
                }
                self.unlock(target).await
            }
            TargetState::Fading { by } => {
                let at = self.at(&target.resource);
                let Cell { type_name, .. } = &target.resource.cell;
                let identifier = &target.resource.identifier;
                if self
                    .resources
                    .read(&at, type_name, identifier)
                    .await?
                    .is_none()
                {
                    target.take(Progress::Done, &by);
                }
                Ok(())
            }
            TargetState::Done { .. } | TargetState::Refused { .. } => Ok(()),
        }
    }

    /// Where its own policy may be why it was refused, takes that away, once, and has it asked for again.
    async fn unlock(&self, target: &mut Target) -> Result<(), Setback> {
        let TargetState::Refused { why } = &mut target.state else {
            return Ok(());
        };
        let Some(locked) = locked(&target.resource, why).filter(|_| !target.unlocked) else {
            return Ok(());
        };
        let at = self.at(&target.resource);
        match self.resources.unlock(&at, &locked).await {
            Ok(Progress::Refused { message, .. }) | Err(Setback::Refused { sentence: message }) => {
                let _ = write!(why, "; it could not be unlocked: {message}");
            }
            Ok(_) => {
                target.unlocked = true;
                target.state = TargetState::Open;
            }
            // It is refused again then, and this is tried again.
            Err(setback) => {
                target.state = TargetState::Open;
                return Err(setback);
            }
        }
        Ok(())
    }

    async fn ask(&self, target: &mut Target) -> Result<(), Setback> {
        let at = self.at(&target.resource);
        let type_name = &target.resource.cell.type_name;
        let identifier = &target.resource.identifier;
        let token = self.token_of(target);
        let properties = if super::prepare::asks_for_properties(type_name) {
            let read = self.resources.read(&at, type_name, identifier).await?;
            if read.is_none() {
                target.take(Progress::Done, "nobody: it was gone");
                return Ok(());
            }
            read
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
        let direct = direct_deletion(&target.resource).or_else(|| {
            let call = self.listers.delete_call(&target.resource)?;
            Some(Direct {
                call,
                takes_long: false,
            })
        });
        if let Some(Direct { call, takes_long }) = direct {
            let answer = self.resources.call(&at, &call).await?;
            target.tries += 1;
            match answer {
                Ok(_) if takes_long => {
                    target.state = TargetState::Fading { by: call.operation };
                }
                Ok(_) => target.take(Progress::Done, &call.operation),
                Err(refusal) if is_gone(&refusal) => {
                    target.take(Progress::Done, &call.operation);
                }
                Err(refusal) if takes_long && is_going(&refusal) => {
                    target.state = TargetState::Fading { by: call.operation };
                }
                Err(refusal) => target.refuse(words(&refusal)),
            }
        } else {
            let progress = self
                .resources
                .delete(&at, type_name, identifier, &token)
                .await?;
            target.tries += 1;
            target.take(progress, DELETE);
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
        let token = self.token_of(target);
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

/// Whether a refusal says that the deletion is under way already.
fn is_going(refusal: &Unlisted) -> bool {
    let Unlisted::Unknown { message, .. } = refusal else {
        return false;
    };
    let message = message.to_lowercase();
    ["already being deleted", "pending delete", "draining"]
        .iter()
        .any(|words| message.contains(words))
}

/// A short name for a resource, for tokens.
fn digest(resource: &Resource) -> String {
    use sha2::{Digest, Sha256};
    let name = super::order::key(resource);
    hex::encode(&Sha256::digest(name.as_bytes())[..8])
}
