//! How the reconciler works: the configuration in its words.

use crate::environment::Region;
use crate::environment::patience::Pace;
use crate::environment::pool::PoolRules;
use crate::github::words::WordsContext;
use crate::nuke::NukeSettings;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Randomness that can be replayed.
#[derive(Clone, Debug)]
pub struct Random(Arc<Mutex<fastrand::Rng>>);

impl Random {
    /// Seeded by the operating system.
    pub fn fresh() -> Self {
        Self(Arc::new(Mutex::new(fastrand::Rng::new())))
    }

    /// The same numbers for the same seed.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(fastrand::Rng::with_seed(seed))))
    }

    /// The next number.
    pub fn next(&self) -> u64 {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .u64(..)
    }
}

/// How the reconciler works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// This process, for leases and logs.
    pub owner: String,
    /// How often to look.
    pub pace: Pace,
    /// How long a claim lasts before somebody else may take it over.
    pub lease: Duration,
    /// The slow period.
    pub sweep_every: Duration,
    /// Time to live where the repository says nothing.
    pub default_ttl: Duration,
    /// The longest time to live that a repository may ask for.
    pub max_ttl: Duration,
    /// Where stacks go if the repository says nothing.
    pub region: Region,
    /// How large the pool is, and how it is used.
    pub pool: PoolRules,
    /// E-mail addresses of new accounts; contains `{id}`.
    pub account_email: String,
    /// Names of new accounts; contains `{id}`.
    pub account_name: String,
    /// The role that AWS makes in new accounts, by which they are entered.
    pub member_role: String,
    /// For names of new accounts; seeded in the simulation.
    pub random: Random,
    /// How accounts are emptied.
    pub nuke: NukeSettings,
    /// Where links in our words lead.
    pub words: WordsContext,
}
