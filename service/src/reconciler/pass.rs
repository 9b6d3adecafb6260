//! One pass over one environment: claim, observe, decide, perform, commit.

use super::Reconciler;
use super::look::{occasion, period, salt};
use crate::environment::next::{Seen, Step, next_step};
use crate::environment::{Absence, Environment, Hint, Phase, Setback, Wish};
use crate::store::{
    ClaimedEnvironment, EnvironmentCommit, Lease, NEVER, StoreError, TimelineEntry,
};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// When to look again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// At once: something was brought further.
    Now,
    /// Soon: something takes its time.
    Poll,
    /// After this long.
    In(Duration),
    /// When something happens, the time to live runs out, or the slow period comes round.
    Idle,
}

/// A pass under way.
pub(super) struct Pass {
    pub lease: Lease,
    /// When somebody else may take over.
    pub until: DateTime<Utc>,
    pub environment: Environment,
    pub applied: Vec<String>,
    pub timeline: Vec<TimelineEntry>,
}

impl Reconciler {
    /// Claims the environment that has been due the longest and makes one pass over it; `false` if none was.
    pub(super) async fn reconcile_environment(&self) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let until = now + period(self.settings.lease);
        let Some(claimed) = self
            .store
            .claim_environment(&self.settings.owner, now, until)
            .await?
        else {
            return Ok(false);
        };
        let id = claimed.environment.id.clone();
        let span = tracing::info_span!("pass", environment = %id);
        match tracing::Instrument::instrument(self.pass(claimed, until), span).await {
            Ok(()) => Ok(true),
            Err(StoreError::Stale(row)) => {
                tracing::info!(environment = %row, "another worker took over; what this one did is dropped");
                Ok(true)
            }
            Err(error) => Err(error),
        }
    }

    async fn pass(
        &self,
        claimed: ClaimedEnvironment,
        until: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let began = self.clock.now();
        let ClaimedEnvironment {
            lease,
            mut environment,
            hints,
        } = claimed;
        let before = environment.clone();
        let look = occasion(&environment, &hints, self.settings.sweep_every, began);
        // In the order in which they were given: what came after the last call for a look is judged by what
        // the look finds.
        let last_look = hints.iter().rposition(|(_, hint)| *hint == Hint::Look);
        let (earlier, later) = hints.split_at(last_look.unwrap_or_default());
        let mut applied = environment.take_hints(earlier, began);
        if let Some(occasion) = look {
            self.look(&mut environment, occasion).await;
        }
        applied.extend(environment.take_hints(later, began));
        environment.expire(began);
        environment.follow_wish(&before.wish);
        let mut pass = Pass {
            lease,
            until,
            environment,
            applied,
            timeline: Vec::new(),
        };
        pass.note_wish(&before.wish, began);
        let next = self.advance(&mut pass).await?;
        self.speak(&mut pass).await?;
        self.finish(pass, &before, next).await
    }

    /// Observes, decides, performs.
    async fn advance(&self, pass: &mut Pass) -> Result<Next, StoreError> {
        let began = self.clock.now();
        let observed = match self.observe(&mut pass.environment).await {
            Ok(observed) => observed,
            Err(setback) => return Ok(self.set_back(pass, "look at the stacks", began, &setback)),
        };
        let frontier = observed.as_ref().map(|observed| observed.frontier.clone());
        if let Some(observed) = &observed {
            pass.timeline.extend(observed.changes.iter().cloned());
        }
        let step = next_step(&Seen::of(&pass.environment, frontier, began));
        tracing::debug!(?step, "decided");
        metrics::counter!("ebbtide_steps_total", "step" => step.name()).increment(1);
        let why = step.why(&pass.environment);
        self.still_holds(pass)?;
        match self.perform(pass, &step, observed).await? {
            Ok(next) => {
                pass.environment.trouble = crate::environment::Trouble::default();
                if step.is_effect() {
                    pass.environment.quiet = 0;
                    tracing::info!(%step, why, "done");
                    pass.note(began, self.clock.now(), &step.to_string(), why, false);
                }
                let times = pass.environment.repeats(&step);
                Ok(if next == Next::Now && times > 0 {
                    // What it did is not to be seen yet: doing it again at once would be a race against AWS.
                    let salt = salt(&pass.environment);
                    Next::In(self.settings.pace.poll(times.saturating_mul(2), salt))
                } else {
                    next
                })
            }
            Err(setback) => Ok(self.set_back(pass, &step.to_string(), began, &setback)),
        }
    }

    /// Notes a setback and says when to try again.
    fn set_back(
        &self,
        pass: &mut Pass,
        step: &str,
        began: DateTime<Utc>,
        setback: &Setback,
    ) -> Next {
        let trouble = &mut pass.environment.trouble;
        trouble.count = trouble.count.saturating_add(1);
        trouble.words = Some(setback.to_string());
        let count = trouble.count;
        tracing::warn!(step, count, %setback, "set back");
        metrics::counter!("ebbtide_setbacks_total").increment(1);
        // A long outage would fill the timeline: the first few are noted, then ever fewer.
        if count <= 3 || count.is_power_of_two() {
            pass.note(began, self.clock.now(), step, setback.to_string(), true);
        }
        Next::In(
            self.settings
                .pace
                .retry(setback, count, salt(&pass.environment)),
        )
    }

    /// Commits what the pass came to.
    async fn finish(
        &self,
        mut pass: Pass,
        before: &Environment,
        next: Next,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let environment = &mut pass.environment;
        if next == Next::Poll {
            environment.quiet = if environment.incarnation == before.incarnation {
                environment.quiet.saturating_add(1)
            } else {
                0
            };
        }
        environment.mind_the_queue();
        let idle = self.idle_until(environment);
        let due = match next {
            Next::Now => now,
            Next::Poll => {
                let wait = self
                    .settings
                    .pace
                    .poll(environment.quiet, salt(environment));
                now + period(wait)
            }
            Next::In(wait) => now + period(wait),
            Next::Idle => idle,
        };
        let due = [environment.said.retry_at, environment.look_again_at]
            .into_iter()
            .flatten()
            .fold(due.min(idle), DateTime::min);
        self.store
            .commit_environment(
                &pass.lease,
                &EnvironmentCommit {
                    environment,
                    applied: &pass.applied,
                    timeline: &pass.timeline,
                    due_at: Some(due),
                },
                now,
            )
            .await
    }

    /// When an environment that rests is looked at again.
    fn idle_until(&self, environment: &Environment) -> DateTime<Utc> {
        let end = environment.ends_at();
        // Once the App is gone nobody looks at all.
        let uninstalled = Absence::Uninstalled;
        let asked =
            !matches!(&environment.wish, Wish::Absent { reason, .. } if *reason == uninstalled);
        // A look that failed comes again at its own time, which stands for the period's.
        let period = environment
            .looked_at
            .filter(|_| asked)
            .filter(|_| environment.ended_at.is_none() && environment.look_again_at.is_none())
            .map(|looked| looked + period(self.settings.sweep_every));
        [end, period].into_iter().flatten().min().unwrap_or(NEVER)
    }

    /// Refuses to go on with a pass that took so long that somebody else may have begun one: neither AWS nor
    /// GitHub knows of leases, so nothing old may be done or said there.
    pub(super) fn still_holds(&self, pass: &Pass) -> Result<(), StoreError> {
        if self.clock.now() < pass.until {
            Ok(())
        } else {
            Err(StoreError::Stale(pass.lease.row.clone()))
        }
    }

    /// Writes intent down before its effect, keeping the lease.
    pub(super) async fn checkpoint(&self, pass: &mut Pass) -> Result<(), StoreError> {
        self.store
            .commit_environment(
                &pass.lease,
                &EnvironmentCommit {
                    environment: &pass.environment,
                    applied: &pass.applied,
                    timeline: &pass.timeline,
                    due_at: None,
                },
                self.clock.now(),
            )
            .await?;
        pass.applied.clear();
        pass.timeline.clear();
        Ok(())
    }
}

impl Pass {
    pub(super) fn note(
        &mut self,
        began: DateTime<Utc>,
        ended: DateTime<Utc>,
        step: &str,
        why: String,
        setback: bool,
    ) {
        let duration = (ended - began).num_milliseconds();
        self.timeline.push(TimelineEntry {
            at: began,
            duration_ms: u64::try_from(duration).unwrap_or_default(),
            incarnation: self
                .environment
                .incarnation
                .as_ref()
                .map(|incarnation| incarnation.id.to_string())
                .or_else(|| {
                    let life = self.environment.last_life.as_ref()?;
                    Some(life.incarnation.to_string())
                }),
            step: step.to_owned(),
            why,
            setback,
        });
    }

    fn note_wish(&mut self, before: &Wish, at: DateTime<Utc>) {
        if self.environment.wish != *before {
            let why = format!("was {before}");
            let step = format!("wish: {}", self.environment.wish);
            self.note(at, at, &step, why, false);
        }
    }
}

impl Environment {
    /// Applies hints to the wish and tells which are done with. A person's hint about an environment that nobody
    /// could look at yet waits until somebody can.
    fn take_hints(&mut self, hints: &[(String, Hint)], now: DateTime<Utc>) -> Vec<String> {
        let mut applied = Vec::new();
        for (id, hint) in hints {
            let early =
                self.wish == Wish::Unknown && matches!(hint, Hint::Destroy { .. } | Hint::Retry);
            if early {
                continue;
            }
            self.wish = self.wish.after_hint(hint, now);
            if let (
                Hint::Emptied {
                    incarnation,
                    emptied,
                },
                Some(life),
            ) = (hint, &mut self.last_life)
                && life.incarnation == *incarnation
            {
                life.emptied = Some(emptied.clone());
            }
            if *hint == Hint::Uninstalled {
                // Whatever was to be asked, there is nobody left to ask.
                self.look_again_at = None;
            }
            applied.push(id.clone());
        }
        applied
    }

    /// Leaves the queue when it would not take an account if it were offered one: others would wait behind
    /// it in vain. A push alone keeps the place.
    fn mind_the_queue(&mut self) {
        let goes_on = match self.phase() {
            Phase::Queued => true,
            Phase::Reading => !self.trouble.is_lasting(),
            _ => false,
        };
        if !goes_on {
            self.queued_at = None;
            self.queue_position = None;
        }
    }

    /// How many times in a row this step was done before.
    fn repeats(&mut self, step: &Step) -> u32 {
        let times = match &self.last_step {
            Some((last, times)) if last == step => times.saturating_add(1),
            _ => 0,
        };
        self.last_step = Some((step.clone(), times));
        times
    }

    /// Drops what belongs to an earlier wish: also its place in the queue, where it would keep an account
    /// from others.
    pub(super) fn follow_wish(&mut self, before: &Wish) {
        if self.wish == *before {
            return;
        }
        self.gate = crate::environment::Gate::Unknown;
        self.quiet = 0;
        self.trouble = crate::environment::Trouble::default();
        match self.wish {
            Wish::Present { .. } => self.ended_at = None,
            Wish::Unknown | Wish::Absent { .. } => {
                self.queued_at = None;
                self.queue_position = None;
            }
        }
    }
}
