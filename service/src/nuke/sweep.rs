//! One pass over an account that is being emptied: as far as the time allows.

use super::baseline::Baseline;
use super::listers::Listers;
use super::look::{Asking, Effort, Look, Went};
use super::order::{Tier, tier};
use super::remove::{Remover, SeenStacks, Target};
use super::scope::{STACK, Scope};
use super::settings::{Settings, SettingsTable, settings};
use super::target::Forbidden;
use super::together::{Running, next};
use super::types::TypeTable;
use super::work::{Next, Sight, Stage, Work};
use crate::clock::Clock;
use crate::cloud::{Call, Cloud, Place};
use crate::environment::inventory::{Cell, Inventory};
use crate::environment::patience::Pace;
use crate::environment::{AccountId, Culprit, Region, SessionName, Setback};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ebbtide_templates::guardrails::Reach;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The longest pause between two looks at an account that does not get empty.
const LONGEST_PAUSE: Duration = Duration::from_mins(8);

/// Deletions side by side in one account.
const SIDE_BY_SIDE: usize = 24;

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
    /// How often to look at what takes its time.
    pub pace: Pace,
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
        /// Their digest; that of the newer ones, where they were changed meanwhile.
        digest: String,
        /// Everything that could be made while they did.
        reach: Box<Reach>,
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
    /// AWS is at work, or may be: go on after this long.
    Wait(Duration),
    /// It is empty.
    Proven(Box<Proof>),
    /// Nothing helps.
    Stuck(Vec<Culprit>),
    /// Somebody objects.
    Forbidden(Vec<String>),
}

/// How accounts are emptied.
#[derive(Clone, Debug)]
pub struct NukeSettings {
    /// The resource types.
    pub types: TypeTable,
    /// What Cloud Control does not list.
    pub listers: Listers,
    /// What belongs to every account.
    pub baseline: Baseline,
    /// What no list shows and has to be as it was.
    pub watched: SettingsTable,
    /// Where to look when no guardrail held; the first is asked for what is the same in all regions.
    pub regions: Vec<Region>,
    /// What the guardrails allow.
    pub reach: Option<Reach>,
    /// An account that holds more is not emptied without somebody's word.
    pub max_resources: usize,
    /// What is never emptied.
    pub forbidden: Forbidden,
}

/// Empties accounts.
pub struct Nuke {
    pub(super) cloud: Cloud,
    /// How.
    pub settings: NukeSettings,
    held: Option<Scope>,
    unguarded: Scope,
}

impl Nuke {
    /// Nothing is asked yet.
    pub fn new(cloud: Cloud, settings: NukeSettings) -> Self {
        let NukeSettings { types, listers, .. } = &settings;
        let home = settings.regions.first();
        let held = settings.reach.as_ref().zip(home);
        Self {
            held: held.map(|(reach, home)| Scope::held(types, listers, reach, home)),
            unguarded: Scope::unguarded(types, listers, &settings.regions),
            cloud,
            settings,
        }
    }

    fn scope(&self, job: &Job<'_>) -> Cow<'_, Scope> {
        self.scope_of(&job.held, &job.stack_regions)
    }

    /// What has to be asked of an account with stacks in these regions.
    pub(super) fn scope_of(&self, held: &Held, stack_regions: &[Region]) -> Cow<'_, Scope> {
        let NukeSettings { types, listers, .. } = &self.settings;
        let known = &self.settings.regions;
        if let (Held::Yes { reach, .. }, Some(home)) = (held, known.first()) {
            return match &self.held {
                Some(scope) if self.settings.reach.as_ref() == Some(&**reach) => {
                    Cow::Borrowed(scope)
                }
                _ => Cow::Owned(Scope::held(types, listers, reach, home)),
            };
        }
        let more = stack_regions.iter().filter(|it| !known.contains(it));
        let all: Vec<Region> = known.iter().chain(more).cloned().collect();
        if all.len() == known.len() {
            return Cow::Borrowed(&self.unguarded);
        }
        Cow::Owned(Scope::unguarded(types, listers, &all))
    }

    /// What no list shows: of an account as it is now.
    pub async fn settings_of(
        &self,
        account: &AccountId,
        session: &SessionName,
        member_role: &str,
    ) -> Result<Settings, Setback> {
        let NukeSettings {
            watched,
            baseline,
            regions,
            ..
        } = &self.settings;
        let roles = [member_role.to_owned()];
        let resources = self.cloud.resources.as_ref();
        settings(
            resources, watched, baseline, account, session, regions, &roles,
        )
        .await
    }

    fn proof(&self, inventory: Inventory, digests: [String; 2], job: &Job<'_>) -> Proof {
        Proof {
            inventory,
            regions: self.scope(job).regions().iter().cloned().collect(),
            types: self.settings.types.digest().to_owned(),
            guardrails: match &job.held {
                Held::Yes { digest, .. } => Some(digest.clone()),
                Held::No => None,
            },
            digests,
        }
    }

    /// Goes on until the time is over, AWS has to be waited for, or it is over.
    pub async fn go_on(&self, work: &mut Work, job: &Job<'_>) -> Result<Outcome, Setback> {
        while job.clock.now() < job.until {
            match work.stage.clone() {
                Stage::Revoke => {
                    let objections = job.permit.object().await?;
                    if !objections.is_empty() {
                        return Ok(Outcome::Forbidden(objections));
                    }
                    self.revoke(job).await?;
                    work.stage = Stage::Look {
                        what: Sight::Stacks,
                    };
                }
                Stage::Look { what } => {
                    let Some(inventory) = self.look(work, what, job).await? else {
                        return Ok(Outcome::GoOn);
                    };
                    let found = inventory.found.len();
                    if found > self.settings.max_resources {
                        work.look = None;
                        return Ok(Outcome::Forbidden(vec![format!(
                            "it holds {found} resources, more than nuke.max_resources ({})",
                            self.settings.max_resources
                        )]));
                    }
                    let scope = self.scope(job);
                    let is_global = |type_name: &str| scope.is_global(type_name);
                    match work.take_look(what, &inventory, &is_global, job.clock.now()) {
                        // What was found is written down before anything of it is deleted.
                        Next::GoOn if what != Sight::Wave && work.stage == Stage::Wave => {
                            return Ok(Outcome::GoOn);
                        }
                        Next::GoOn => {}
                        Next::Pause(times) => {
                            let pause = job.pace.poll_max.saturating_mul(times);
                            return Ok(Outcome::Wait(pause.min(LONGEST_PAUSE)));
                        }
                        Next::Again(since) => {
                            let pause = pause_between(since, job);
                            return Ok(Outcome::Wait(pause));
                        }
                        Next::Stuck(culprits) => return Ok(Outcome::Stuck(culprits)),
                        Next::Proven(digests) => {
                            return Ok(Outcome::Proven(Box::new(
                                self.proof(inventory, digests, job),
                            )));
                        }
                    }
                }
                Stage::Wave => {
                    if let Some(outcome) = self.wave(work, job).await? {
                        return Ok(outcome);
                    }
                }
            }
        }
        Ok(Outcome::GoOn)
    }

    /// Looks as far as the time allows; `None` when there is more to look at.
    async fn look(
        &self,
        work: &mut Work,
        what: Sight,
        job: &Job<'_>,
    ) -> Result<Option<Inventory>, Setback> {
        let scope = &*self.scope(job);
        let mut look = match work.look.take() {
            Some(look) => look,
            None => match what {
                Sight::Everything => {
                    work.looked_from = Some(job.clock.now());
                    Look::begin(scope)
                }
                Sight::Stacks => {
                    let is_stack = |cell: &&Cell| cell.type_name == STACK;
                    Look::only(scope, scope.cells().iter().filter(is_stack))
                }
                Sight::Wave => Look::only(scope, work.cells_of_wave()),
            },
        };
        let asking = Asking {
            resources: self.cloud.resources.as_ref(),
            stacks: self.cloud.stacks.as_ref(),
            account: &job.account,
            session: &job.session,
            scope,
            baseline: &self.settings.baseline,
            effort: Effort::default(),
        };
        let went = look.go_on(&asking, &|| job.clock.now() < job.until).await;
        let inventory = (went == Went::Done).then(|| look.inventory(scope));
        work.look = Some(look);
        match went {
            Went::Done => Ok(inventory),
            Went::OutOfTime => Ok(None),
            Went::Later { after, cause } => Err(Setback::TryLater { after, cause }),
        }
    }

    /// Makes worthless what sessions were opened in the account before.
    async fn revoke(&self, job: &Job<'_>) -> Result<(), Setback> {
        let Some(home) = self.settings.regions.first() else {
            return Ok(());
        };
        let at = Place {
            account: job.account.clone(),
            region: home.clone(),
            session: job.session.clone(),
        };
        let call = Call::new("iam", "ListRoles", serde_json::Value::Null);
        let pages = self.cloud.resources.call_all(&at, &call).await?;
        let pages = pages.map_err(|refusal| {
            let why = super::prepare::words(&refusal);
            Setback::refused(format!("the account's roles could not be listed: {why}"))
        })?;
        let roles: Vec<String> = pages
            .iter()
            .flat_map(|page| Call::items(page, "Roles").unwrap_or_default())
            .filter(|role| {
                let path = role["Path"].as_str().unwrap_or_default();
                // AWS's own, which nobody in the account can assume or change.
                !path.starts_with("/aws-service-role/") && !path.starts_with("/aws-reserved/")
            })
            .filter_map(|role| role["RoleName"].as_str().map(str::to_owned))
            .collect();
        let now = job.clock.now();
        self.cloud.entry.revoke_sessions(&at, &roles, now).await
    }
}

/// Between two looks that find nothing, each question is to rest for the longest wait. The second look asks in the
/// order of the first, so what that one took counts, up to a half: the second may be quicker.
fn pause_between(since: DateTime<Utc>, job: &Job<'_>) -> Duration {
    let longest = job.pace.poll_max;
    let took = (job.clock.now() - since).to_std().unwrap_or_default();
    longest.saturating_sub(took).max(longest / 2)
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
        let mut turn = work.turn();
        for chunk in turn.chunks_mut(CHUNK) {
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
            _ => {
                work.look_amid_wave();
                Ok(Some(Outcome::Wait(job.pace.poll_min)))
            }
        }
    }

    /// Brings some removals further, side by side.
    async fn remove(
        &self,
        targets: &mut [&mut Target],
        job: &Job<'_>,
    ) -> Result<Vec<Result<(), Setback>>, Setback> {
        let remover = Remover {
            account: &job.account,
            session: &job.session,
            resources: self.cloud.resources.as_ref(),
            stacks: self.cloud.stacks.as_ref(),
            listers: &self.settings.listers,
            token: &job.token,
        };
        let stacks = self.stacks_of(targets, job).await?;
        let now = job.clock.now();
        let (remover, stacks) = (&remover, &stacks);
        let mut waiting = targets.iter_mut();
        let mut running: Vec<Running<'_, Result<(), Setback>>> = Vec::new();
        let mut outcomes = Vec::new();
        loop {
            while running.len() < SIDE_BY_SIDE
                && let Some(target) = waiting.next()
            {
                running.push(Box::pin(remove_one(remover, target, stacks, now)));
            }
            match next(&mut running).await {
                Some(outcome) => outcomes.push(outcome),
                None => return Ok(outcomes),
            }
        }
    }

    /// What CloudFormation lists in the regions in which stacks are removed.
    async fn stacks_of(
        &self,
        targets: &[&mut Target],
        job: &Job<'_>,
    ) -> Result<BTreeMap<Region, SeenStacks>, Setback> {
        let regions: BTreeSet<&Region> = targets
            .iter()
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

async fn remove_one(
    remover: &Remover<'_>,
    target: &mut Target,
    stacks: &BTreeMap<Region, SeenStacks>,
    now: DateTime<Utc>,
) -> Result<(), Setback> {
    let Cell { type_name, region } = &target.resource.cell;
    let went = match stacks.get(region) {
        Some(seen) if tier(type_name) == Tier::Stack => {
            remover.go_on_with_stack(target, seen, now).await
        }
        _ => remover.go_on(target, now).await,
    };
    match went {
        // That will be so each time: the others go on.
        Err(Setback::Refused { sentence }) => {
            target.refuse(sentence);
            Ok(())
        }
        other => other,
    }
}
