//! The section `pool`: how many accounts there are, and how they are used.

use super::mistake::Mistake;
use super::sources::Sources;
use super::values;
use crate::environment::pool::{Affinity, AfterUse, PoolRules};
use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How many accounts there are, and how they are used.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PoolConfig {
    /// Accounts are made until there are this many, also when nobody waits for one.
    #[serde(deserialize_with = "values::between::<_, 0, 50_000>")]
    #[schemars(extend("x-allowed" = "0 to 50000, up to `pool.max_accounts`"))]
    pub target_accounts: u32,
    /// Accounts are made until this many are free or on their way, beside those that somebody waits for.
    #[serde(deserialize_with = "values::between::<_, 0, 1_000>")]
    #[schemars(extend("x-allowed" = "0 to 1000, up to `pool.max_accounts`"))]
    pub min_ready: u32,
    /// There are never more than this many accounts, closed ones counted for 90 days as AWS counts them. AWS's own quota of the organization is 10 until raised.
    #[serde(deserialize_with = "values::between::<_, 0, 50_000>")]
    #[schemars(extend("x-allowed" = "0 to 50000"))]
    pub max_accounts: u32,
    /// How many accounts may be in the making at a time.
    #[serde(deserialize_with = "values::between::<_, 1, 5>")]
    #[schemars(extend("x-allowed" = "1 to 5, AWS Organizations makes five accounts at a time at most"))]
    pub max_creating: u32,
    /// Whether a repository gets an account that it had before, where one is free. Without it everybody gets the oldest.
    #[serde(deserialize_with = "values::truth")]
    #[schemars(extend("x-allowed" = "`true` or `false`"))]
    pub affinity: bool,
    /// How long an account rests after it was proven empty, so that deleted roles and names are forgotten everywhere in AWS.
    #[serde(with = "values::any_duration")]
    #[schemars(with = "String", extend("x-allowed" = "a duration, for example `2m`; `0s` is none"))]
    pub cool_down: Duration,
    /// What becomes of an account that came back: it is emptied and lent again (`reuse`), emptied and closed for good (`close`), or set aside as it is until an admin releases or closes it (`keep`).
    #[schemars(with = "String", extend("x-allowed" = "`reuse`, `close` or `keep`"))]
    pub after_use: AfterUse,
}

impl Default for PoolConfig {
    fn default() -> Self {
        Self {
            target_accounts: 0,
            min_ready: 1,
            max_accounts: 10,
            max_creating: 3,
            affinity: false,
            cool_down: Duration::from_mins(2),
            after_use: AfterUse::Reuse,
        }
    }
}

impl PoolConfig {
    pub(super) fn check(&self, sources: &Sources, mistakes: &mut Vec<Mistake>) {
        // No pool at all is a way to stop everything; what is kept ready then says nothing.
        if self.max_accounts > 0 && self.target_accounts > self.max_accounts {
            mistakes.push(sources.not_more(
                "pool.target_accounts",
                "pool.max_accounts",
                self.max_accounts,
            ));
        }
        if self.max_accounts > 0 && self.min_ready > self.max_accounts {
            mistakes.push(sources.not_more(
                "pool.min_ready",
                "pool.max_accounts",
                self.max_accounts,
            ));
        }
    }

    /// The same for the core.
    pub fn rules(&self) -> PoolRules {
        PoolRules {
            target_accounts: self.target_accounts,
            min_ready: self.min_ready,
            max_accounts: self.max_accounts,
            max_creating: self.max_creating,
            affinity: if self.affinity {
                Affinity::Repository
            } else {
                Affinity::None
            },
            cool_down: TimeDelta::from_std(self.cool_down).unwrap_or(TimeDelta::MAX),
            after_use: self.after_use,
        }
    }
}
