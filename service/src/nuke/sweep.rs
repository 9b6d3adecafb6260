//! One pass over an account that is being emptied: as far as the time allows.

use super::look::{Eyes, Look};
use super::order::{Tier, tier};
use super::remove::{Remover, SeenStacks, Target};
use super::work::{Next, Sight, Stage, Work};
use crate::clock::Clock;
use crate::cloud::{Cloud, Place};
use crate::environment::inventory::{Cell, Inventory};
use crate::environment::{AccountId, Culprit, Region, SessionName, Setback};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Deletions side by side in one account.
const SIDE_BY_SIDE: usize = 12;

/// How long to wait before asking again how far deletions have come.
const POLL: Duration = Duration::from_secs(3);

/// Says whether anything may be deleted.
#[async_trait]
pub trait Permit: Send + Sync {
    /// Why all deletions are stopped at the moment, if they are.
    async fn stop(&self) -> Result<Option<String>, Setback>;
    /// Every reason why this account must not be emptied.
    async fn object(&self) -> Result<Vec<String>, Setback>;
}

/// What is to be done, for whom, and for how long.
pub struct Job<'a> {
    /// The account.
    pub account: AccountId,
    /// Under which session name.
    pub session: SessionName,
    /// Begins every token.
    pub token: String,
    /// Where stacks were put, besides the regions that are looked at anyway.
    pub stack_regions: Vec<Region>,
    /// Whether the guardrails held for the whole lease.
    pub held: Held,
    /// The one clock.
    pub clock: &'a dyn Clock,
    /// When this pass has to come to an end.
    pub until: DateTime<Utc>,
    /// Who may stop it.
    pub permit: &'a dyn Permit,
}

/// Whether the guardrails held for the whole lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// They did: what they deny can't be there.
    Yes {
        /// Their digest.
        digest: String,
    },
    /// Nobody can say so: everything is asked.
    No,
}

/// The proof that an account is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The last look.
    pub inventory: Inventory,
    /// Where was asked.
    pub regions: BTreeSet<Region>,
    /// Digest of the table of types.
    pub types: String,
    /// Digest of the guardrails, where they held.
    pub guardrails: Option<String>,
    /// Digests of the last two looks.
    pub digests: [String; 2],
}

/// What a pass came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The time is over; there is more to do.
    GoOn,
    /// AWS is at work: go on after this long.
    Wait(Duration),
    /// Look again after a while.
    Pause,
    /// It is empty.
    Proven(Box<Proof>),
    /// Nothing helps.
    Stuck(Vec<Culprit>),
    /// Somebody objects.
    Forbidden(Vec<String>),
}

impl Nuke {
    /// Goes on until the time is over, AWS has to be waited for, or it is over.
    pub async fn go_on(&self, work: &mut Work, job: &Job<'_>) -> Result<Outcome, Setback> {
        while job.clock.now() < job.until {
            match work.stage.clone() {
                Stage::Revoke => {
                    self.revoke(job).await?;
                    work.stage = Stage::Look {
                        what: Sight::Stacks,
                    };
                }
                Stage::Look { what } => {
                    let Some(inventory) = self.look(work, what, job).await? else {
                        return Ok(Outcome::GoOn);
                    };
                    match work.take_look(what, &inventory, job.clock.now()) {
                        Next::GoOn => {}
                        Next::Pause => return Ok(Outcome::Pause),
                        Next::Stuck(culprits) => return Ok(Outcome::Stuck(culprits)),
                        Next::Proven(digests) => {
                            return Ok(Outcome::Proven(Box::new(self.proof(inventory, digests, job))));
                        }
                    }
                }
                Stage::Wave => {
                    if let Some(outcome) = self.wave(work, job).await? {
                        return Ok(outcome);
                    }
                }
                Stage::Over => return Ok(Outcome::Stuck(Vec::new())),
            }
        }
        Ok(Outcome::GoOn)
    }
}

/// Removals between two questions whether deletions go on.
const CHUNK: usize = 48;

impl Nuke {
    /// Brings the wave under way further. `None` when it is over.
    async fn wave(&self, work: &mut Work, job: &Job<'_>) -> Result<Option<Outcome>, Setback> {
        if work.targets.iter().any(Target::is_open) {
            let objections = job.permit.object().await?;
            if !objections.is_empty() {
                return Ok(Some(Outcome::Forbidden(objections)));
            }
        }
        let mut first_setback = None;
        let mut moved = false;
        for chunk in work.targets.chunks_mut(CHUNK) {
            if job.permit.stop().await?.is_some() || job.clock.now() >= job.until {
                return Ok(Some(Outcome::GoOn));
            }
            for outcome in self.remove(chunk, job).await? {
                match outcome {
                    Ok(()) => moved = true,
                    Err(setback) => {
                        first_setback.get_or_insert(setback);
                    }
                }
            }
        }
        if work.wave_is_over() {
            return Ok(None);
        }
        match first_setback {
            // Nothing answers: whoever called knows how patient to be.
            Some(setback) if !moved => Err(setback),
            _ => Ok(Some(Outcome::Wait(POLL))),
        }
    }

    /// Brings some removals further, side by side.
    async fn remove(
        &self,
        targets: &mut [Target],
        job: &Job<'_>,
    ) -> Result<Vec<Result<(), Setback>>, Setback> {
        let remover = Remover {
            account: &job.account,
            session: &job.session,
            resources: self.cloud.resources.as_ref(),
            stacks: self.cloud.stacks.as_ref(),
            token: &job.token,
        };
        let stacks = self.stacks_of(targets, job).await?;
        let now = job.clock.now();
        let removals = targets
            .iter_mut()
            .filter(|target| !target.is_settled())
            .map(|target| async {
                match stacks.get(&target.resource.cell.region) {
                    Some(seen) if tier(&target.resource.cell.type_name) == Tier::Stack => {
                        remover.go_on_with_stack(target, seen, now).await
                    }
                    _ => remover.go_on(target, now).await,
                }
            });
        Ok(futures_util::stream::iter(removals)
            .buffer_unordered(SIDE_BY_SIDE)
            .collect()
            .await)
    }

    /// What CloudFormation lists in the regions in which stacks are removed.
    async fn stacks_of(
        &self,
        targets: &[Target],
        job: &Job<'_>,
    ) -> Result<BTreeMap<Region, SeenStacks>, Setback> {
        let regions: BTreeSet<&Region> = targets
            .iter()
            .filter(|target| !target.is_settled())
            .map(|target| &target.resource.cell)
            .filter(|cell| tier(&cell.type_name) == Tier::Stack)
            .map(|cell| &cell.region)
            .collect();
        let mut seen = BTreeMap::new();
        for region in regions {
            let at = Place {
                account: job.account.clone(),
                region: region.clone(),
                session: job.session.clone(),
            };
            let listed = self.cloud.stacks.list(&at).await?;
            let by_id = listed.into_iter().map(|stack| (stack.id.clone(), stack));
            seen.insert(region.clone(), by_id.collect());
        }
        Ok(seen)
    }
}
