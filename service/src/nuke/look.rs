//! One look at an account: every question of a scope asked, answered and written down.
//!
//! # Guarantees
//! - A question is answered only by AWS. One whose call keeps failing is unknown after a number of tries, with the
//!   reason, and so is one that nobody can ask.
//! - It stops between two questions when its time is over, is stored as JSON, and goes on in another process; what
//!   it finds is the same as in one go.
//! - It never waits: where AWS asks for patience, it says so and keeps the open questions.

use super::asker::{Asker, Obstacle};
use super::baseline::Baseline;
use super::question::{Found, ask};
use super::scope::{Scope, Way};
use super::together::{Running, next};
use crate::cloud::{Place, Resources, Stacks, Unlisted};
use crate::environment::inventory::{Answer, Cell, Inventory, Resource};
use crate::environment::{AccountId, Region, SessionName, Setback};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

/// Whom a look asks, about what.
pub struct Asking<'a> {
    /// Cloud Control, and calls to services.
    pub resources: &'a dyn Resources,
    /// CloudFormation.
    pub stacks: &'a dyn Stacks,
    /// The account.
    pub account: &'a AccountId,
    /// Names the look in CloudTrail.
    pub session: &'a SessionName,
    /// The questions.
    pub scope: &'a Scope,
    /// What belongs to every account.
    pub baseline: &'a Baseline,
    /// How hard it tries.
    pub effort: Effort,
}

/// How hard a look tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Questions at once.
    pub at_once: usize,
    /// Failed calls in a row, each in a pass of its own, after which a question is given up as unknown.
    pub tries: u32,
}

impl Default for Effort {
    fn default() -> Self {
        Self {
            at_once: 16,
            tries: 8,
        }
    }
}

/// How a pass ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Went {
    /// Everything is answered.
    Done,
    /// Time was over; go on at once.
    OutOfTime,
    /// Calls failed; go on later.
    Later {
        /// How long AWS asked us to wait, where it said so.
        after: Option<Duration>,
        /// What failed, for the log.
        cause: String,
    },
}

/// A look at an account, finished or not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// The scope it is made for. With another one it begins anew.
    scope: String,
    /// Open questions, with the number of failed tries.
    open: BTreeMap<String, BTreeMap<Region, u32>>,
    /// Passes in a row that ended by many failures and without any answer.
    fruitless: u32,
    so_far: Inventory,
}

impl Look {
    /// A look that has asked nothing yet.
    pub fn begin(scope: &Scope) -> Self {
        let mut look = Self {
            scope: scope.digest().to_owned(),
            ..Self::default()
        };
        for cell in scope.cells() {
            match scope.way(cell) {
                Some(Way::Nobody(why)) => look
                    .so_far
                    .answer(cell, Answer::Unknown { why: why.clone() }),
                _ => look.reopen(cell),
            }
        }
        look
    }

    /// A look that asks these questions alone, with what is listed under them.
    pub fn only<'a>(scope: &Scope, cells: impl IntoIterator<Item = &'a Cell>) -> Self {
        let mut look = Self {
            scope: scope.digest().to_owned(),
            ..Self::default()
        };
        look.again(scope, cells);
        look
    }

    /// Whether everything is answered.
    pub fn is_done(&self) -> bool {
        self.open.is_empty()
    }

    /// How many questions are open.
    pub fn open(&self) -> usize {
        self.open.values().map(BTreeMap::len).sum()
    }

    /// What is known so far, with what the guardrail denied.
    pub fn inventory(&self, scope: &Scope) -> Inventory {
        let mut inventory = self.so_far.clone();
        inventory
            .excused
            .sort_by(|one, other| one.resource.cmp(&other.resource));
        for (type_name, by) in scope.denied() {
            for region in scope.regions() {
                let cell = Cell {
                    type_name: type_name.clone(),
                    region: region.clone(),
                };
                inventory.answer(&cell, Answer::Denied { by: by.clone() });
            }
        }
        inventory
    }

    /// Opens some questions again, together with what is listed under them: what was found there is forgotten.
    pub fn again<'a>(&mut self, scope: &Scope, cells: impl IntoIterator<Item = &'a Cell>) {
        let mut again: BTreeSet<Cell> = cells
            .into_iter()
            .map(|cell| asked_as(cell, scope))
            .collect();
        for cell in scope.cells() {
            if scope
                .parents(cell)
                .iter()
                .any(|parent| again.contains(parent))
            {
                again.insert(cell.clone());
            }
        }
        for cell in &again {
            let askable = !matches!(scope.way(cell), None | Some(Way::Nobody(_)));
            if askable {
                self.forget(cell, scope);
                self.reopen(cell);
            }
        }
        self.fruitless = 0;
    }

    /// Asks open questions while there are any and `more` says that there is time. A pass tries each once.
    pub async fn go_on(&mut self, asking: &Asking<'_>, more: &(dyn Fn() -> bool + Sync)) -> Went {
        let scope = asking.scope;
        if self.scope != scope.digest() {
            *self = Self::begin(scope);
        }
        let mut queue = self.queue(scope);
        let mut running: Vec<Running<'_, Asked>> = Vec::new();
        let mut pass = Pass::default();
        loop {
            while running.len() < asking.effort.at_once.max(1) && !pass.is_strained() && more() {
                let ready = queue.iter().position(|cell| {
                    scope
                        .parents(cell)
                        .iter()
                        .all(|it| self.tries(it).is_none())
                });
                let Some(cell) = ready.and_then(|index| queue.remove(index)) else {
                    break;
                };
                let parents = self.identifiers(&scope.parents(&cell));
                running.push(Box::pin(one(asking, cell, parents)));
            }
            let Some((cell, calls, outcome)) = next(&mut running).await else {
                break;
            };
            self.so_far.calls += calls;
            match outcome {
                Err(Obstacle::Later(setback)) => {
                    pass.failed(&setback);
                    self.failed(&cell, &setback, asking.effort);
                }
                Ok(found) => {
                    pass.answered();
                    self.found(&cell, found);
                }
                Err(Obstacle::No(no)) => {
                    pass.answered();
                    let elsewhere =
                        scope.is_global(&cell.type_name) && scope.way(&cell) != Some(&Way::Lister);
                    self.settle(&cell, answer(no, elsewhere));
                }
            }
        }
        self.end(pass, asking.effort)
    }

    fn end(&mut self, pass: Pass, effort: Effort) -> Went {
        let hopeless = pass.is_strained() && pass.fruits == 0;
        let Some((after, cause)) = pass.setback else {
            self.fruitless = 0;
            return if self.is_done() {
                Went::Done
            } else {
                Went::OutOfTime
            };
        };
        self.fruitless = if hopeless { self.fruitless + 1 } else { 0 };
        if self.fruitless >= effort.tries {
            for cell in self.open_cells() {
                let why = format!("nothing was answered in {} passes: {cause}", self.fruitless);
                self.settle(&cell, Answer::Unknown { why });
            }
        }
        if self.is_done() {
            Went::Done
        } else {
            Went::Later { after, cause }
        }
    }

    fn failed(&mut self, cell: &Cell, setback: &Setback, effort: Effort) {
        let tries = self.tries(cell).unwrap_or_default() + 1;
        if tries >= effort.tries {
            let why = format!("the list failed {tries} times: {setback}");
            self.settle(cell, Answer::Unknown { why });
        } else {
            let by_region = self.open.entry(cell.type_name.clone()).or_default();
            by_region.insert(cell.region.clone(), tries);
        }
    }

    fn found(&mut self, cell: &Cell, found: Found) {
        self.so_far.found.extend(found.left);
        self.so_far.excused.extend(found.excused);
        self.settle(cell, Answer::Listed);
    }

    fn settle(&mut self, cell: &Cell, answer: Answer) {
        self.so_far.answer(cell, answer);
        if let Some(by_region) = self.open.get_mut(&cell.type_name) {
            by_region.remove(&cell.region);
            if by_region.is_empty() {
                self.open.remove(&cell.type_name);
            }
        }
    }

    fn reopen(&mut self, cell: &Cell) {
        let by_region = self.open.entry(cell.type_name.clone()).or_default();
        by_region.insert(cell.region.clone(), 0);
    }

    fn forget(&mut self, cell: &Cell, scope: &Scope) {
        let global = scope.is_global(&cell.type_name);
        let other = |resource: &Resource| {
            resource.cell.type_name != cell.type_name
                || (!global && resource.cell.region != cell.region)
        };
        self.so_far.found.retain(other);
        self.so_far
            .excused
            .retain(|excused| other(&excused.resource));
        if let Some(by_region) = self.so_far.answers.get_mut(&cell.type_name) {
            by_region.remove(&cell.region);
            if by_region.is_empty() {
                self.so_far.answers.remove(&cell.type_name);
            }
        }
    }

    /// The open questions, those that failed least first: one that keeps failing must not keep the others waiting.
    fn queue(&self, scope: &Scope) -> VecDeque<Cell> {
        let cells = scope.cells().iter();
        let open = cells.filter_map(|cell| Some((self.tries(cell)?, cell)));
        let mut open: Vec<(u32, &Cell)> = open.collect();
        open.sort_by_key(|(tries, _)| *tries);
        open.into_iter().map(|(_, cell)| cell.clone()).collect()
    }

    /// The failed tries of an open question.
    fn tries(&self, cell: &Cell) -> Option<u32> {
        self.open.get(&cell.type_name)?.get(&cell.region).copied()
    }

    fn open_cells(&self) -> Vec<Cell> {
        let cells = self.open.iter().flat_map(|(type_name, by_region)| {
            by_region.keys().map(|region| Cell {
                type_name: type_name.clone(),
                region: region.clone(),
            })
        });
        cells.collect()
    }

    /// What was found in some cells: an error for one that has no list.
    fn identifiers(&self, cells: &[Cell]) -> Result<BTreeMap<String, Vec<String>>, Answer> {
        let mut identifiers = BTreeMap::new();
        for cell in cells {
            let answers = self.so_far.answers.get(&cell.type_name);
            match answers.and_then(|by_region| by_region.get(&cell.region)) {
                Some(Answer::Listed) => {}
                Some(Answer::Unknown { .. }) | None => {
                    let why = format!("it is listed under {}, which is unknown", cell.type_name);
                    return Err(Answer::Unknown { why });
                }
                Some(other) => return Err(other.clone()),
            }
            let excused = self.so_far.excused.iter().map(|it| &it.resource);
            let here = self.so_far.found.iter().chain(excused);
            let here = here
                .filter(|it| it.cell == *cell)
                .map(|it| it.identifier.clone());
            identifiers.insert(cell.type_name.clone(), here.collect());
        }
        Ok(identifiers)
    }
}

/// The question that a resource's cell belongs to: for global types it may be asked elsewhere.
fn asked_as(cell: &Cell, scope: &Scope) -> Cell {
    match scope.regions().first() {
        Some(home) if scope.is_global(&cell.type_name) => Cell {
            region: home.clone(),
            ..cell.clone()
        },
        _ => cell.clone(),
    }
}

/// The question, how many calls it took, and what came of it.
type Asked = (Cell, u64, Result<Found, Obstacle>);

async fn one(
    asking: &Asking<'_>,
    cell: Cell,
    parents: Result<BTreeMap<String, Vec<String>>, Answer>,
) -> Asked {
    let place = Place {
        account: asking.account.clone(),
        region: cell.region.clone(),
        session: asking.session.clone(),
    };
    let asker = Asker::new(asking.resources, place);
    let outcome = match parents {
        Ok(parents) => ask(asking, &asker, &cell, &parents).await,
        Err(answer) => Err(Obstacle::No(unlisted(answer))),
    };
    (cell, asker.calls(), outcome)
}

fn unlisted(answer: Answer) -> Unlisted {
    match answer {
        Answer::Denied { by } => Unlisted::Denied { by },
        Answer::NotOffered { code } => Unlisted::NotOffered { code },
        Answer::Unknown { why } => Unlisted::Unknown {
            code: String::new(),
            message: why,
        },
        Answer::Listed => Unlisted::Unknown {
            code: String::new(),
            message: "it is listed under what has a list".to_owned(),
        },
    }
}

/// `elsewhere`: Cloud Control may have the type in another region, and it would be the same there. A lister of ours
/// asks the one endpoint that a global service has.
fn answer(no: Unlisted, elsewhere: bool) -> Answer {
    match no {
        Unlisted::Denied { by } => Answer::Denied { by },
        Unlisted::NotOffered { code } if elsewhere => Answer::Unknown {
            why: format!("it is the same in all regions, and this one doesn't list it: {code}"),
        },
        Unlisted::NotOffered { code } => Answer::NotOffered { code },
        Unlisted::Unknown { code, message } if code.is_empty() => Answer::Unknown { why: message },
        Unlisted::Unknown { code, message } => Answer::Unknown {
            why: format!("{code}: {message}"),
        },
    }
}

/// So many failures in a row end a pass.
const STRAIN: u32 = 16;

/// What happened in one pass.
#[derive(Default)]
struct Pass {
    fruits: u32,
    failures_in_a_row: u32,
    setback: Option<(Option<Duration>, String)>,
}

impl Pass {
    fn answered(&mut self) {
        self.fruits += 1;
        self.failures_in_a_row = 0;
    }

    fn failed(&mut self, setback: &Setback) {
        self.failures_in_a_row += 1;
        let asked = match setback {
            Setback::TryLater { after, .. } => *after,
            Setback::Refused { .. } | Setback::AnswerLost { .. } => None,
        };
        let longest = self.setback.take().and_then(|(after, _)| after);
        self.setback = Some((longest.max(asked), setback.to_string()));
    }

    /// Whether AWS wants to be left alone: more questions would only use up their tries.
    fn is_strained(&self) -> bool {
        self.failures_in_a_row >= STRAIN
    }
}
