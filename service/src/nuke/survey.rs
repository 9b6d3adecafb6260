//! Everything in an account looked at once, for a plan. Nothing is changed.

use super::look::{Asking, Effort, Look, Went};
use super::sweep::{Held, Nuke};
use crate::clock::Clock;
use crate::environment::inventory::Inventory;
use crate::environment::{AccountId, Region, SessionName};
use std::time::Duration;

/// How long to wait where AWS asked for patience and did not say how much.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is to be looked at.
pub struct Survey<'a> {
    /// The account.
    pub account: &'a AccountId,
    /// Under which session name.
    pub session: &'a SessionName,
    /// Where stacks were put, besides the regions that are looked at anyway.
    pub stack_regions: &'a [Region],
    /// Whether the guardrails held for the whole lease.
    pub held: &'a Held,
    /// The one clock, to wait by.
    pub clock: &'a dyn Clock,
}

impl Nuke {
    /// Looks until everything is answered; what nobody can answer after several tries is unknown.
    pub async fn survey(&self, survey: &Survey<'_>) -> (Inventory, Vec<Region>) {
        let scope = &*self.scope_of(survey.held, survey.stack_regions);
        let asking = Asking {
            resources: self.cloud.resources.as_ref(),
            stacks: self.cloud.stacks.as_ref(),
            account: survey.account,
            session: survey.session,
            scope,
            baseline: &self.settings.baseline,
            effort: Effort::default(),
        };
        let mut look = Look::begin(scope);
        loop {
            match look.go_on(&asking, &|| true).await {
                Went::Done => break,
                Went::OutOfTime => {}
                Went::Later { after, .. } => {
                    survey.clock.sleep(after.unwrap_or(PATIENCE)).await;
                }
            }
        }
        (look.inventory(scope), scope.regions().to_vec())
    }
}
