//! The recorded proof that an account was emptied: what was found, what became of it, and what was asked to
//! know that nothing is left.

use super::ids::{AccountId, AccountRowId, EnvironmentId, IncarnationId, Region};
use super::inventory::{Answer, Cell, Excused, Inventory};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Names one emptying of one account, and its certificate: the account's row and how many there were before.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ScrubId(String);

impl ScrubId {
    /// The name of the `serial`th emptying of an account.
    pub fn of(account: &AccountRowId, serial: u32) -> Self {
        Self(format!("{account}-{serial}"))
    }

    /// A name that somebody gave.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ScrubId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// For whom an account was emptied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// The environment that held it last.
    pub environment: EnvironmentId,
    /// Its incarnation.
    pub incarnation: IncarnationId,
}

/// A resource that was deleted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Deleted {
    /// Type and region.
    #[serde(flatten)]
    pub cell: Cell,
    /// Its identifier.
    pub identifier: String,
    /// The call that deleted it, or what it went with.
    pub by: String,
    /// How many times it was asked for.
    pub tries: u32,
}

/// A resource that could not be deleted, and why: what keeps an account from being lent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Culprit {
    /// Type and region.
    #[serde(flatten)]
    pub cell: Cell,
    /// Its identifier; empty where a whole type could not be listed.
    pub identifier: String,
    /// AWS's words, or ours.
    pub why: String,
}

impl fmt::Display for Culprit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cell { type_name, region } = &self.cell;
        if self.identifier.is_empty() {
            write!(f, "{type_name} in {region}: {}", self.why)
        } else {
            write!(
                f,
                "{type_name} {} in {region}: {}",
                self.identifier, self.why
            )
        }
    }
}

/// Digests of what the proof rests on, in lower-case hex SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digests {
    /// The table of resource types.
    pub types: String,
    /// The guardrails that held for the whole lease; `None` where none was kept, so that everything was asked.
    pub guardrails: Option<String>,
    /// The settings of the account that no list shows.
    pub settings: Option<String>,
    /// The two inventories in a row that found nothing.
    pub inventories: [String; 2],
}

/// The recorded proof that an account's inventory was complete and empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Its name.
    pub id: ScrubId,
    /// The pool row.
    pub account_row: AccountRowId,
    /// The account's twelve digits.
    pub account: AccountId,
    /// For whom it was emptied, where somebody had held it.
    pub served: Option<Served>,
    /// When the emptying began.
    pub began_at: DateTime<Utc>,
    /// When the second empty inventory was complete.
    pub ended_at: DateTime<Utc>,
    /// Where was asked.
    pub regions: BTreeSet<Region>,
    /// How many pairs of type and region were listed.
    pub listed: usize,
    /// Types that a guardrail denied for the whole lease: by policy, how many pairs of type and region.
    pub denied: BTreeMap<String, usize>,
    /// Pairs that AWS does not offer, by its error code.
    pub not_offered: BTreeMap<String, Vec<Cell>>,
    /// What was deleted.
    pub deleted: Vec<Deleted>,
    /// What is there and blocks nothing, with the reasons.
    pub excused: Vec<Excused>,
    /// How many calls to AWS it took.
    pub calls: u64,
    /// What it rests on.
    pub digests: Digests,
}

impl Certificate {
    /// How long the emptying took.
    pub fn took(&self) -> chrono::TimeDelta {
        self.ended_at - self.began_at
    }

    /// What the environment it was emptied for is told.
    pub fn summary(&self) -> Emptied {
        Emptied {
            certificate: self.id.clone(),
            seconds: u64::try_from(self.took().num_seconds()).unwrap_or_default(),
            resources: self.deleted.len(),
        }
    }

    /// Counts the last inventory's answers.
    pub fn count(inventory: &Inventory) -> Answered {
        let mut answered = Answered::default();
        for (type_name, by_region) in &inventory.answers {
            for (region, answer) in by_region {
                match answer {
                    Answer::Listed => answered.listed += 1,
                    Answer::Denied { by } => *answered.denied.entry(by.clone()).or_default() += 1,
                    Answer::NotOffered { code } => {
                        let cells = answered.not_offered.entry(code.clone()).or_default();
                        cells.push(Cell {
                            type_name: type_name.clone(),
                            region: region.clone(),
                        });
                    }
                    // An inventory with such an answer proves nothing.
                    Answer::Unknown { .. } => {}
                }
            }
        }
        answered
    }
}

/// An inventory's answers, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// Pairs of type and region that were listed.
    pub listed: usize,
    /// By policy, how many were denied.
    pub denied: BTreeMap<String, usize>,
    /// By error code, which are not offered.
    pub not_offered: BTreeMap<String, Vec<Cell>>,
}

/// What a pull request is told about its account's end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Emptied {
    /// The certificate.
    pub certificate: ScrubId,
    /// How long it took.
    pub seconds: u64,
    /// How many resources were deleted beside the environment's own stacks.
    pub resources: usize,
}

impl Inventory {
    /// Digest of everything it says, in lower-case hex SHA-256. The number of calls is not part of it: it
    /// depends on how often AWS throttled.
    pub fn digest(&self) -> String {
        let said = Self {
            calls: 0,
            ..self.clone()
        };
        // Maps are sorted, so the same answers are the same text.
        let text = serde_json::to_string(&said).unwrap_or_default();
        hex::encode(Sha256::digest(text.as_bytes()))
    }
}
