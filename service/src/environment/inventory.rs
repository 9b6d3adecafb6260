//! What an account holds: the answers to every question of an inventory, and what they come to.
//!
//! An inventory never guesses. Each pair of resource type and region has an answer of its own, and one that
//! is not known blocks the account as surely as one that found something.

use super::ids::Region;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One question of an inventory.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cell {
    /// The resource type: `AWS::EC2::VPC`, or a name of ours for what is no type in AWS.
    pub type_name: String,
    /// Where; for global types the region they are asked in.
    pub region: Region,
}

/// What somebody found in an account.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Resource {
    /// Type and region.
    #[serde(flatten)]
    pub cell: Cell,
    /// Its primary identifier within its cell.
    pub identifier: String,
    /// Text in its properties that may name other resources: what it needs has to go after it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub mentions: BTreeSet<String>,
}

/// Why something that is there blocks nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Excuse {
    /// It belongs to every account, or an admin said why it stays.
    Baseline {
        /// The reason, for a person.
        reason: String,
    },
    /// It is to be gone by itself, and until then is disabled and free.
    Dying {
        /// What is known of its end.
        until: String,
    },
}

/// A resource that blocks nothing, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excused {
    /// Which.
    #[serde(flatten)]
    pub resource: Resource,
    /// Why.
    pub excuse: Excuse,
}

/// The answer to one question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// AWS gave the whole list: what blocks is in [`Inventory::found`].
    #[default]
    Listed,
    /// A guardrail denied it for the whole lease.
    Denied {
        /// The policy.
        by: String,
    },
    /// There is no such type in this region, or the service is closed to this account.
    NotOffered {
        /// AWS's error code.
        code: String,
    },
    /// Nobody could say.
    Unknown {
        /// Why not.
        why: String,
    },
}

/// All answers of one look at an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// Every question that was asked, with its answer.
    pub answers: BTreeMap<String, BTreeMap<Region, Answer>>,
    /// What blocks.
    pub found: BTreeSet<Resource>,
    /// What is there and blocks nothing.
    pub excused: Vec<Excused>,
    /// How many calls to AWS it took.
    pub calls: u64,
}

/// What an inventory comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything was answered and nothing blocks.
    Empty,
    /// Something blocks.
    NotEmpty,
    /// Nothing that was found blocks, but not everything was answered.
    Unknown,
}

impl Inventory {
    /// Writes an answer down.
    pub fn answer(&mut self, cell: &Cell, answer: Answer) {
        let by_region = self.answers.entry(cell.type_name.clone()).or_default();
        by_region.insert(cell.region.clone(), answer);
    }

    /// The questions nobody could answer, with the reasons.
    pub fn unknown(&self) -> impl Iterator<Item = (Cell, &str)> {
        self.answers.iter().flat_map(|(type_name, by_region)| {
            by_region.iter().filter_map(|(region, answer)| {
                let Answer::Unknown { why } = answer else {
                    return None;
                };
                let cell = Cell {
                    type_name: type_name.clone(),
                    region: region.clone(),
                };
                Some((cell, why.as_str()))
            })
        })
    }

    /// What it comes to. An inventory that asked nothing proves nothing.
    pub fn verdict(&self) -> Verdict {
        if !self.found.is_empty() {
            Verdict::NotEmpty
        } else if self.answers.is_empty() || self.unknown().next().is_some() {
            Verdict::Unknown
        } else {
            Verdict::Empty
        }
    }
}
