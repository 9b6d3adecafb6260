//! Claim, observe, decide, perform, commit: the loop that makes wishes true.
//!
//! In reading order:
//! - [`inbox`]: deliveries become hints.
//! - [`pass`]: one pass over one environment.
//! - [`look`]: the live pull request; [`read`]: the repository's file and whom to trust.
//! - [`render`]: expressions filled in; [`observe`]: what CloudFormation says.
//! - [`perform`] and [`deploy`]: one step, one effect; [`probe`]: health checks.
//! - [`speak`]: what we say on GitHub, as far as it differs from what was said.
//! - [`scrub`]: accounts that came back are emptied. [`dry_run`]: what that would delete.
//! - `pool`: who gets an account and how many there are; `queue`: what keeps those who wait from getting one.
//! - [`accounts`]: the pool's accounts, one by one; `prepare`: each gets what previews need (`needs`) before it is lent;
//!   `closing`: those that are closed for good.
//! - [`sweep`]: the slow period that finds what was missed; [`guardrails`]: its part of the sandbox OU's policies.
//!
//! # Guarantees
//! - At most one effect per pass; then the world is looked at again.
//! - Intent is committed before its effect; a crash in between repeats the same call.
//! - Nothing is written without the lease; whoever lost it drops what it did and leaves.
//!
//! # Assumptions
//! - Every call of [`crate::cloud`] and [`crate::github`] is safe to repeat.

pub mod accounts;
mod closing;
pub mod deploy;
pub mod dry_run;
pub mod guardrails;
pub mod inbox;
pub mod look;
mod needs;
pub mod observe;
pub mod pass;
pub mod perform;
mod pool;
mod prepare;
pub mod probe;
mod queue;
pub mod read;
pub mod render;
pub mod run;
pub mod scrub;
pub mod settings;
pub mod speak;
pub mod sweep;
pub mod template_cache;

use crate::clock::Clock;
use crate::cloud::Cloud;
use crate::environment::Class;
use crate::github::GitHub;
use crate::guardrails::Keeper;
use crate::nuke::Nuke;
use crate::poke::Poke;
use crate::store::{Store, StoreError};
use probe::Prober;
use settings::Settings;
use speak::Budget;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use template_cache::TemplateCache;

/// The loop's hands: everything it works on, and how.
pub struct Reconciler {
    /// What must survive.
    pub store: Arc<dyn Store>,
    /// AWS.
    pub cloud: Cloud,
    /// GitHub.
    pub github: Arc<dyn GitHub>,
    /// Health checks.
    pub prober: Arc<dyn Prober>,
    /// The one clock.
    pub clock: Arc<dyn Clock>,
    /// How it works.
    pub settings: Settings,
    /// Wakes other workers.
    pub poke: Poke,
    guardrails: Option<Keeper>,
    nuke: Nuke,
    templates: TemplateCache,
    budget: Budget,
    /// Alarms that were logged, so that each is logged once.
    raised: Mutex<BTreeSet<Class>>,
    guardrails_seen: guardrails::Seen,
}

impl Reconciler {
    /// Puts the parts together.
    pub fn new(
        store: Arc<dyn Store>,
        cloud: Cloud,
        github: Arc<dyn GitHub>,
        prober: Arc<dyn Prober>,
        clock: Arc<dyn Clock>,
        settings: Settings,
        poke: Poke,
    ) -> Self {
        let nuke = Nuke::new(cloud.clone(), settings.nuke.clone());
        Self {
            nuke,
            store,
            cloud,
            github,
            prober,
            clock,
            settings,
            poke,
            guardrails: None,
            templates: TemplateCache::default(),
            budget: Budget::default(),
            raised: Mutex::default(),
            guardrails_seen: guardrails::Seen::default(),
        }
    }

    /// Does one piece of work, if any is due: a delivery, an environment or an account. `false` if none was.
    pub async fn work(&self) -> Result<bool, StoreError> {
        if self.digest_deliveries().await? {
            return Ok(true);
        }
        let environments = self.reconcile_environment().await?;
        let accounts = self.reconcile_account().await?;
        Ok(environments || accounts)
    }
}
