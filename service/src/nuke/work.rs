//! The emptying of one account, from the first look to the second empty inventory. It is written down between
//! passes, so that whoever comes next goes on where it stands.
//!
//! Rounds: look at everything, order what was found into waves, remove wave after wave (in the midst of each and
//! after it, list again what it touched), look at everything again. Stacks come first, alone: they know their own
//! order, and most of what is there goes with them. The proof is two looks in a row that find nothing.

use super::look::Look;
use super::order::{Lessons, key, tier, waves};
use super::remove::{Target, TargetState};
use crate::environment::inventory::{Answer, Cell, Inventory, Resource, Verdict};
use crate::environment::{Culprit, Deleted, Region};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Rounds in a row that brought nothing further before the account is given up. With the pauses between them that is
/// about 20 minutes: as long as AWS takes to let go of the network interfaces of functions.
const FRUITLESS_ROUNDS: u32 = 7;

/// Rounds before an account is given up that goes on making things.
const MOST_ROUNDS: u32 = 60;

/// From so many deletions under way of one type in one region, a list takes fewer calls than asking after each.
const WORTH_A_LIST: usize = 3;

/// What is being done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum Stage {
    /// Sessions that were opened before are made worthless.
    #[default]
    Revoke,
    /// Looking at something.
    Look {
        /// At what.
        what: Sight,
    },
    /// Removing a wave.
    Wave,
}

/// What a look is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sight {
    /// Stacks alone.
    Stacks,
    /// Everything.
    Everything,
    /// What the wave touched and was not seen to be gone; in the midst of it, only where that takes fewer calls than
    /// asking after each deletion.
    Wave,
}

/// How far the emptying of one account has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Work {
    /// When it began.
    pub began_at: DateTime<Utc>,
    /// What is being done.
    pub stage: Stage,
    /// Looks at everything that are complete.
    pub rounds: u32,
    /// Rounds in a row that brought nothing further.
    pub fruitless: u32,
    /// The look under way.
    pub look: Option<Look>,
    /// What is known to be left.
    pub left: BTreeSet<Resource>,
    /// The waves to come.
    pub waves: VecDeque<Vec<Resource>>,
    /// The wave under way.
    pub targets: Vec<Target>,
    /// Whether the wave was just listed in the midst of it: what is still there has to be asked after.
    #[serde(default)]
    pub listed_amid: bool,
    /// What AWS's refusals taught.
    pub lessons: Lessons,
    /// The last refusal of what is left, by [`key`].
    pub refusals: BTreeMap<String, String>,
    /// Removals that AWS called done, by [`key`]: the call and how often it was asked for.
    pub done: BTreeMap<String, (String, u32)>,
    /// What is gone.
    pub deleted: Vec<Deleted>,
    /// What the last look at everything found or could not list.
    #[serde(default)]
    pub last_found: BTreeSet<String>,
    /// The look before the last, if it found nothing.
    pub empty_before: Option<String>,
    /// When the look at everything that is under way, or was the last, began.
    #[serde(default)]
    pub looked_from: Option<DateTime<Utc>>,
    /// Calls that complete looks took.
    pub calls: u64,
}

/// What a complete look came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Go on at once.
    GoOn,
    /// Go on after a pause, each time twice as long: looks found nothing new.
    Pause(u32),
    /// Look once more: a look that began at this time found nothing.
    Again(DateTime<Utc>),
    /// Empty twice in a row: the digests of both looks.
    Proven([String; 2]),
    /// Nothing helps.
    Stuck(Vec<Culprit>),
}

impl Work {
    /// Nothing is done yet.
    pub fn new(began_at: DateTime<Utc>) -> Self {
        Self {
            began_at,
            stage: Stage::default(),
            rounds: 0,
            fruitless: 0,
            look: None,
            left: BTreeSet::new(),
            waves: VecDeque::new(),
            targets: Vec::new(),
            listed_amid: false,
            lessons: Lessons::default(),
            refusals: BTreeMap::new(),
            done: BTreeMap::new(),
            deleted: Vec::new(),
            last_found: BTreeSet::new(),
            empty_before: None,
            looked_from: None,
            calls: 0,
        }
    }

    /// Takes what a look found, and decides what is next. `is_global` tells which types are asked in one region for
    /// all of them.
    pub fn take_look(
        &mut self,
        what: Sight,
        inventory: &Inventory,
        is_global: &dyn Fn(&str) -> bool,
        now: DateTime<Utc>,
    ) -> Next {
        self.look = None;
        self.calls += inventory.calls;
        match what {
            Sight::Stacks => {
                self.left.clone_from(&inventory.found);
                self.plan(now);
                Next::GoOn
            }
            Sight::Wave => {
                self.take_wave(inventory, is_global, now);
                Next::GoOn
            }
            Sight::Everything => self.take_round(inventory, is_global, now),
        }
    }

    /// The questions that show how a wave went: after it, wherever something of it is not seen to be gone; in the
    /// midst of it, wherever many deletions are under way.
    pub fn cells_of_wave(&self) -> BTreeSet<&Cell> {
        let cells = |of: &dyn Fn(&Target) -> bool| {
            let targets = self.targets.iter().filter(|target| of(target));
            let cells = targets.map(|target| &target.resource.cell);
            cells.fold(BTreeMap::new(), |mut counts, cell| {
                *counts.entry(cell).or_insert(0_usize) += 1;
                counts
            })
        };
        if self.targets.iter().all(Target::is_settled) {
            return cells(&|_| true).into_keys().collect();
        }
        let many = cells(&Target::is_under_way).into_iter();
        many.filter(|(_, count)| *count >= WORTH_A_LIST)
            .map(|(cell, _)| cell)
            .collect()
    }

    /// The removals whose turn it is, those to be asked for first. Where many are under way, a list says more about
    /// those than asking after each, so it comes first.
    pub fn turn(&mut self) -> Vec<&mut Target> {
        let after_all = std::mem::take(&mut self.listed_amid) || self.cells_of_wave().is_empty();
        let those = self.targets.iter_mut();
        let mut those: Vec<&mut Target> = those
            .filter(|target| target.is_open() || (after_all && !target.is_settled()))
            .collect();
        those.sort_by_key(|target| !target.is_open());
        those
    }

    /// Looks at the wave before its deletions are asked after, where that is worth it.
    pub fn look_amid_wave(&mut self) {
        if !self.cells_of_wave().is_empty() {
            self.stage = Stage::Look { what: Sight::Wave };
        }
    }

    /// What is not seen any more needs no more questions; with the rest the wave goes on, if it was not over.
    fn take_wave(
        &mut self,
        inventory: &Inventory,
        is_global: &dyn Fn(&str) -> bool,
        now: DateTime<Utc>,
    ) {
        let over = self.targets.iter().all(Target::is_settled);
        for target in &self.targets {
            if let Some(by) = target.asked_by() {
                let name = key(&target.resource);
                self.done.insert(name, (by.to_owned(), target.tries));
            }
        }
        self.take_lists(inventory, is_global);
        let left = names(&self.left);
        self.targets
            .retain(|target| left.contains(&key(&target.resource)));
        for target in &self.targets {
            if target.is_under_way() {
                self.done.remove(&key(&target.resource));
            }
        }
        if over || self.targets.is_empty() {
            self.begin_wave(now);
        } else {
            self.stage = Stage::Wave;
            self.listed_amid = true;
        }
    }

    fn take_round(
        &mut self,
        inventory: &Inventory,
        is_global: &dyn Fn(&str) -> bool,
        now: DateTime<Utc>,
    ) -> Next {
        self.rounds += 1;
        self.take_lists(inventory, is_global);
        // What cannot be listed at the moment may still be there; what is listed now is known better.
        let found = names(&inventory.found);
        self.left.retain(|resource| !found.contains(&key(resource)));
        self.left.extend(inventory.found.iter().cloned());
        if inventory.verdict() == Verdict::Empty {
            self.left.clear();
            self.last_found.clear();
            self.fruitless = 0;
            let digest = inventory.digest();
            // Whoever is cut off before the proof is written looks once more, and has it again.
            if let Some(before) = self.empty_before.replace(digest.clone()) {
                return Next::Proven([before, digest]);
            }
            self.stage = Stage::Look {
                what: Sight::Everything,
            };
            return Next::Again(self.looked_from.unwrap_or(now));
        }
        self.empty_before = None;
        // Not what is left since the last wave: something that comes back each time is no progress.
        let mut found = names(&self.left);
        found.extend(inventory.unknown().map(|(cell, _)| format!("{cell:?}")));
        let same = self.last_found == found;
        self.last_found = found;
        self.fruitless = if same { self.fruitless + 1 } else { 0 };
        if self.fruitless >= FRUITLESS_ROUNDS || self.rounds >= MOST_ROUNDS {
            return Next::Stuck(self.culprits(inventory));
        }
        self.plan(now);
        match self.fruitless {
            0 => Next::GoOn,
            rounds => Next::Pause(2_u32.pow(rounds - 1)),
        }
    }

    /// Orders what is left into waves and begins the first.
    fn plan(&mut self, now: DateTime<Utc>) {
        let stacks: BTreeSet<Resource> = self
            .left
            .iter()
            .filter(|resource| tier(&resource.cell.type_name) == super::order::Tier::Stack)
            .cloned()
            .collect();
        let tried = self.rounds > 1;
        // Alone: what is left of the rest is known only when they are gone. One that cannot be deleted must not
        // keep the rest for ever.
        let subject = if stacks.is_empty() || tried {
            &self.left
        } else {
            &stacks
        };
        self.waves = waves(subject, &self.lessons).into();
        self.begin_wave(now);
    }

    /// Begins the next wave; after the last one, everything is looked at again.
    fn begin_wave(&mut self, now: DateTime<Utc>) {
        self.targets.clear();
        self.listed_amid = false;
        while let Some(wave) = self.waves.pop_front() {
            let left = names(&self.left);
            let wave = wave.into_iter();
            let wave = wave.filter(|resource| left.contains(&key(resource)));
            let targets = wave.map(|resource| Target::new(resource, now));
            self.targets = region_by_region(targets);
            if !self.targets.is_empty() {
                self.stage = Stage::Wave;
                return;
            }
        }
        self.stage = Stage::Look {
            what: Sight::Everything,
        };
    }

    /// Whether every removal of the wave has come to an end; what was refused is learned from.
    pub fn wave_is_over(&mut self) -> bool {
        if !self.targets.iter().all(Target::is_settled) {
            return false;
        }
        for target in &self.targets {
            let name = key(&target.resource);
            match &target.state {
                TargetState::Done { by } => {
                    self.refusals.remove(&name);
                    self.done.insert(name, (by.clone(), target.tries));
                }
                TargetState::Refused { why } => {
                    self.lessons.learn(&target.resource, why, &self.left);
                    self.refusals.insert(name, why.clone());
                }
                TargetState::Open | TargetState::UnderWay { .. } | TargetState::Fading { .. } => {}
            }
        }
        self.stage = Stage::Look { what: Sight::Wave };
        true
    }

    /// Only what is not seen any more in a whole list is gone.
    fn take_lists(&mut self, inventory: &Inventory, is_global: &dyn Fn(&str) -> bool) {
        let found = names(&inventory.found);
        self.bury(|resource| {
            let Cell { type_name, region } = &resource.cell;
            let listed = inventory.answers.get(type_name).is_some_and(|by_region| {
                // What is the same in all regions is asked in one of them.
                let elsewhere = by_region.values().next().filter(|_| is_global(type_name));
                by_region.get(region).or(elsewhere) == Some(&Answer::Listed)
            });
            listed && !found.contains(&key(resource))
        });
    }

    /// Counts what is gone as deleted.
    fn bury(&mut self, is_gone: impl Fn(&Resource) -> bool) {
        let left = std::mem::take(&mut self.left);
        for resource in left {
            if !is_gone(&resource) {
                self.left.insert(resource);
                continue;
            }
            let name = key(&resource);
            self.refusals.remove(&name);
            let (by, tries) = self
                .done
                .remove(&name)
                .unwrap_or_else(|| ("with something else".to_owned(), 0));
            self.deleted.push(Deleted {
                cell: resource.cell,
                identifier: resource.identifier,
                by,
                tries,
            });
        }
    }

    fn culprits(&self, inventory: &Inventory) -> Vec<Culprit> {
        let gone: BTreeSet<(&Cell, &String)> = self
            .deleted
            .iter()
            .map(|deleted| (&deleted.cell, &deleted.identifier))
            .collect();
        let left = self.left.iter().map(|resource| Culprit {
            cell: resource.cell.clone(),
            identifier: resource.identifier.clone(),
            why: match self.refusals.get(&key(resource)) {
                Some(refusal) => refusal.clone(),
                None if gone.contains(&(&resource.cell, &resource.identifier)) => {
                    "it was gone and came back: something makes it again".to_owned()
                }
                None => "AWS calls it deleted and goes on listing it".to_owned(),
            },
        });
        let unknown = inventory.unknown().map(|(cell, why)| Culprit {
            cell,
            identifier: String::new(),
            why: format!("could not be listed: {why}"),
        });
        left.chain(unknown).collect()
    }
}

fn names(resources: &BTreeSet<Resource>) -> BTreeSet<String> {
    resources.iter().map(key).collect()
}

/// In turn one of each region: each has a pace of its own, so all of them go on side by side.
fn region_by_region(targets: impl Iterator<Item = Target>) -> Vec<Target> {
    let mut regions: BTreeMap<Region, usize> = BTreeMap::new();
    let mut turns: Vec<(usize, Target)> = targets
        .map(|target| {
            let turn = regions
                .entry(target.resource.cell.region.clone())
                .or_default();
            *turn += 1;
            (*turn, target)
        })
        .collect();
    turns.sort_by_key(|(turn, _)| *turn);
    turns.into_iter().map(|(_, target)| target).collect()
}
