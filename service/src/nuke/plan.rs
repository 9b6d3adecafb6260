//! What would be deleted in an account, in waves: made by a dry run, approved by a person, and performed only while
//! the account still holds exactly that.

use super::order::{Lessons, waves};
use super::sweep::Held;
use super::types::digest;
use crate::environment::inventory::{Cell, Excused, Inventory, Resource};
use crate::environment::{AccountId, AccountRowId, Region};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The form of a written plan. Another one is not read.
const FORMAT: u32 = 1;

/// What would be deleted in an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The form of this document.
    format: u32,
    /// The account.
    pub account: AccountId,
    /// Its row; `None` if it is not in the ledger.
    pub row: Option<AccountRowId>,
    /// When everything was looked at.
    pub made_at: DateTime<Utc>,
    /// Digest of the guardrails that held for the whole life of what is there, so that what they deny was not asked
    /// for; `None` where nobody can say so.
    pub guardrails: Option<String>,
    /// Where was asked.
    pub regions: Vec<Region>,
    /// What would be deleted: each wave after the one before it is gone.
    pub waves: Vec<Vec<Planned>>,
    /// What is there and would stay, with the reasons.
    pub excused: Vec<Excused>,
    /// What could not be listed, with the reasons.
    pub unknown: Vec<Unanswered>,
    /// Digest of the account, the guardrails and all that would be deleted, in lower-case hex SHA-256.
    pub digest: String,
}

/// A resource that would be deleted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Planned {
    /// Type and region.
    #[serde(flatten)]
    pub cell: Cell,
    /// Its identifier.
    pub identifier: String,
}

/// A type that could not be listed somewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unanswered {
    /// Type and region.
    #[serde(flatten)]
    pub cell: Cell,
    /// Why not.
    pub why: String,
}

impl Plan {
    /// The plan for what an inventory found.
    pub fn new(
        account: AccountId,
        row: Option<AccountRowId>,
        made_at: DateTime<Utc>,
        held: &Held,
        regions: Vec<Region>,
        inventory: Inventory,
    ) -> Self {
        let planned = |resource: Resource| Planned {
            cell: resource.cell,
            identifier: resource.identifier,
        };
        let waves: Vec<Vec<Planned>> = waves(&inventory.found, &Lessons::default())
            .into_iter()
            .map(|wave| wave.into_iter().map(planned).collect())
            .collect();
        let unknown = inventory.unknown().map(|(cell, why)| Unanswered {
            cell,
            why: why.to_owned(),
        });
        let mut plan = Self {
            format: FORMAT,
            account,
            row,
            made_at,
            guardrails: match held {
                Held::Yes { digest, .. } => Some(digest.clone()),
                Held::No => None,
            },
            regions,
            waves,
            unknown: unknown.collect(),
            excused: inventory.excused,
            digest: String::new(),
        };
        plan.digest = plan.content();
        plan
    }

    /// Reads a plan for this account that somebody stored, or says why it cannot be performed.
    pub fn read(text: &str, account: &AccountId) -> Result<Self, String> {
        let plan: Self = serde_json::from_str(text)
            .map_err(|error| format!("it is no plan of \"account nuke --dry-run\": {error}"))?;
        if plan.format != FORMAT {
            return Err(format!(
                "it has the form {}, this version reads {FORMAT}: make a new one",
                plan.format
            ));
        }
        if plan.account != *account {
            return Err(format!("it is for another account, {}", plan.account));
        }
        if plan.digest != plan.content() {
            let sentence =
                "its digest is not that of its content: it was changed after it was made";
            return Err(sentence.to_owned());
        }
        Ok(plan)
    }

    /// How many resources would be deleted.
    pub fn len(&self) -> usize {
        self.waves.iter().map(Vec::len).sum()
    }

    /// Whether nothing would be deleted.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How the account now differs from what was approved, a line each; none is exactly as approved. What could be
    /// listed then and cannot be now is a difference, because it may hide something.
    pub fn differences(&self, now: &Self) -> Vec<String> {
        let (approved, found) = (self.all(), now.all());
        let cells = |plan: &Self| -> BTreeSet<Cell> {
            plan.unknown.iter().map(|it| it.cell.clone()).collect()
        };
        let hidden = cells(self);
        let mut lines: Vec<String> = found
            .difference(&approved)
            .map(|more| format!("not in the plan: {more}"))
            .collect();
        let gone = approved.difference(&found);
        lines.extend(gone.map(|gone| format!("not there any more: {gone}")));
        let unknown = now.unknown.iter().filter(|it| !hidden.contains(&it.cell));
        lines.extend(unknown.map(|it| {
            let Cell { type_name, region } = &it.cell;
            format!(
                "not to be listed any more: {type_name} in {region}: {}",
                it.why
            )
        }));
        if lines.is_empty() && self.digest != now.digest {
            lines.push("the guardrails are not those that held then".to_owned());
        }
        lines
    }

    fn all(&self) -> BTreeSet<&Planned> {
        self.waves.iter().flatten().collect()
    }

    /// The order of the waves is no part of it: it follows from what is there.
    fn content(&self) -> String {
        let guardrails = self.guardrails.as_deref().unwrap_or_default();
        let mut texts = vec![self.account.as_str(), guardrails];
        for Planned { cell, identifier } in self.all() {
            texts.extend([cell.type_name.as_str(), cell.region.as_str(), identifier]);
        }
        digest(&texts)
    }
}

impl std::fmt::Display for Planned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Cell { type_name, region } = &self.cell;
        write!(f, "{type_name} {} in {region}", self.identifier)
    }
}
