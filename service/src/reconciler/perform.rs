//! One step, one effect. The match below makes no choices: it does what the step says and writes down what
//! came of it.

use super::Reconciler;
use super::observe::{Observed, place};
use super::pass::{Next, Pass};
use super::read::Read;
use super::render::context;
use crate::environment::next::Step;
use crate::environment::stack::DeleteEffect;
use crate::environment::{
    Gate, HealthRecord, HealthVerdict, Incarnation, Life, Plan, Reading, ReadingOutcome, Setback,
    Shown, StackName, StackRecord, Target, Wish,
};
use crate::store::StoreError;
use std::collections::BTreeMap;

/// What performing came to: when to go on, or a setback. A lost lease ends the pass.
pub(super) type Performed = Result<Result<Next, Setback>, StoreError>;

impl Reconciler {
    pub(super) async fn perform(
        &self,
        pass: &mut Pass,
        step: &Step,
        observed: Option<Observed>,
    ) -> Performed {
        match step {
            Step::Read => self.perform_read(pass).await,
            Step::CheckGate => self.perform_gate(pass).await,
            Step::TakeAccount => self.take_account(pass).await,
            Step::Deploy(stack, effect) => self.deploy(pass, stack, *effect, observed).await,
            Step::Delete(stack, effect) => self.delete(pass, stack, *effect).await,
            Step::Probe => self.send_probes(pass, observed).await,
            Step::Settle => Ok(Ok(self.settle(pass, observed))),
            Step::SweepUploads => self.sweep_uploads(pass).await,
            Step::Confirm => {
                let now = self.clock.now();
                if let Some(incarnation) = &mut pass.environment.incarnation {
                    incarnation.clean_since.get_or_insert(now);
                }
                Ok(Ok(Next::In(self.settings.pace.poll_min)))
            }
            Step::GiveBack => {
                let foreign = observed
                    .map(|observed| observed.foreign)
                    .unwrap_or_default();
                let note = (!foreign.is_empty()).then(|| {
                    format!(
                        "stacks that are not Ebbtide's were left in it: {}",
                        foreign.join(", ")
                    )
                });
                self.give_back(pass, note, BTreeMap::new()).await
            }
            Step::SetAside(stack) => {
                let left = left_behind(pass.environment.incarnation.as_ref());
                let note = format!("stack {stack} could not be deleted");
                self.give_back(pass, Some(note), left).await
            }
            Step::End => {
                pass.environment.ended_at = Some(self.clock.now());
                Ok(Ok(Next::Idle))
            }
            Step::Wait => Ok(Ok(Next::Poll)),
            Step::Rest => Ok(Ok(Next::Idle)),
        }
    }

    async fn perform_read(&self, pass: &mut Pass) -> Performed {
        let environment = &mut pass.environment;
        let (
            Wish::Present {
                target, attempt, ..
            },
            Some(live),
        ) = (environment.wish.clone(), environment.pull_request.clone())
        else {
            return Ok(Ok(Next::Idle));
        };
        match self.read(environment, &target, &live).await {
            Ok(Read::Declined(absence)) => {
                let before = environment.wish.clone();
                environment.wish = before.withdrawn(absence);
                environment.follow_wish(&before);
                Ok(Ok(Next::Now))
            }
            Ok(Read::Outcome(outcome)) => {
                environment.reading = Some(Reading::of(&target, attempt, outcome));
                environment.gate = Gate::Unknown;
                Ok(Ok(Next::Now))
            }
            Err(setback) => Ok(Err(setback)),
        }
    }

    async fn perform_gate(&self, pass: &mut Pass) -> Performed {
        let environment = &mut pass.environment;
        let Some((plan, target, _)) = current(&environment.wish, environment.reading.as_ref())
        else {
            return Ok(Ok(Next::Now));
        };
        match self.gate(environment, &target, &plan.wait_for).await {
            Ok(gate) => {
                let open = gate == Gate::Open;
                environment.gate = gate;
                Ok(Ok(if open { Next::Now } else { Next::Poll }))
            }
            Err(setback) => Ok(Err(setback)),
        }
    }

    async fn delete(&self, pass: &mut Pass, stack: &StackName, effect: DeleteEffect) -> Performed {
        let Some(incarnation) = pass.environment.incarnation.clone() else {
            return Ok(Ok(Next::Now));
        };
        let at = place(&incarnation);
        let deletes = matches!(effect, DeleteEffect::Delete | DeleteEffect::ForceDelete);
        if deletes {
            if let Some(switch) = self.store.deletes_stopped().await? {
                return Ok(Err(Setback::later(switch.sentence())));
            }
            let down = !matches!(pass.environment.wish, Wish::Present { .. });
            if let Some(incarnation) = &mut pass.environment.incarnation {
                incarnation.ending |= down;
            }
            pass.with_record(stack, |record| {
                record.forced |= effect == DeleteEffect::ForceDelete;
            });
            self.checkpoint(pass).await?;
        }
        let record = incarnation.stacks.get(stack).cloned().unwrap_or_default();
        let address = record.address(&incarnation, stack);
        let token = format!("{}-{stack}-{}", incarnation.id, record.deletes);
        let stacks = &self.cloud.stacks;
        let outcome = match effect {
            DeleteEffect::LiftProtection => stacks.lift_protection(&at, &address).await,
            DeleteEffect::CancelUpdate => {
                let token = format!("cancel-{token}");
                stacks.cancel_update(&at, &address, &token).await
            }
            DeleteEffect::Delete => stacks.delete(&at, &address, false, &token).await,
            DeleteEffect::ForceDelete => {
                let token = format!("force-{token}");
                stacks.delete(&at, &address, true, &token).await
            }
        };
        // Only what AWS has answered counts towards giving up: throttling says nothing about the stack.
        if deletes && outcome.as_ref().err().is_none_or(Setback::is_refusal) {
            pass.with_record(stack, |record| record.deletes += 1);
        }
        // A cancelled update is not over yet: asking again at once would only be refused.
        let next = match effect {
            DeleteEffect::CancelUpdate => Next::Poll,
            _ => Next::Now,
        };
        Ok(outcome.map(|()| next))
    }

    async fn send_probes(&self, pass: &mut Pass, observed: Option<Observed>) -> Performed {
        let now = self.clock.now();
        let environment = &mut pass.environment;
        let Some((plan, target, attempt)) =
            current(&environment.wish, environment.reading.as_ref())
        else {
            return Ok(Ok(Next::Now));
        };
        let Some(incarnation) = environment.incarnation.clone() else {
            return Ok(Ok(Next::Now));
        };
        let outputs = observed
            .map(|observed| observed.outputs)
            .unwrap_or_default();
        let context = context(environment, &incarnation, outputs);
        let of = Some((target, attempt));
        let mut health = if incarnation.health.target == of {
            incarnation.health.clone()
        } else {
            HealthRecord {
                target: of,
                began_at: Some(now),
                verdict: None,
                last: None,
            }
        };
        let waited = now - health.began_at.unwrap_or(now);
        let mut failure = None;
        for check in &plan.file.health {
            let result = match check.url.render(&context) {
                Ok(url) => self.prober.probe(&url, check).await,
                Err(error) => Err(error.to_string()),
            };
            if let Err(reason) = result {
                let over = waited >= super::look::period(check.within);
                failure = Some((reason, over));
                break;
            }
        }
        let next = match failure {
            None => {
                health.verdict = Some(HealthVerdict::Passed);
                health.last = None;
                Next::Now
            }
            Some((reason, true)) => {
                health.verdict = Some(HealthVerdict::Failed {
                    reason: reason.clone(),
                });
                health.last = Some(reason);
                Next::Now
            }
            Some((reason, false)) => {
                health.last = Some(reason);
                Next::Poll
            }
        };
        if let Some(incarnation) = &mut environment.incarnation {
            incarnation.health = health;
        }
        Ok(Ok(next))
    }

    fn settle(&self, pass: &mut Pass, observed: Option<Observed>) -> Next {
        let environment = &mut pass.environment;
        let Some((plan, target, attempt)) =
            current(&environment.wish, environment.reading.as_ref())
        else {
            return Next::Now;
        };
        let Some(incarnation) = environment.incarnation.clone() else {
            return Next::Now;
        };
        let outputs = observed
            .map(|observed| observed.outputs)
            .unwrap_or_default();
        let context = context(environment, &incarnation, outputs);
        let rendered = |expression: &ebbtide_templates::Expression| {
            expression
                .render(&context)
                .unwrap_or_else(|error| format!("({error})"))
        };
        let shown = Shown {
            url: plan
                .file
                .url
                .as_ref()
                .and_then(|url| url.render(&context).ok()),
            outputs: plan
                .file
                .outputs
                .iter()
                .map(|(label, expression)| (label.clone(), rendered(expression)))
                .collect(),
        };
        let now = self.clock.now();
        if let Some(incarnation) = &mut environment.incarnation {
            incarnation.shown = shown;
            incarnation.ready_at.get_or_insert(now);
            incarnation.settled = Some((target, attempt));
        }
        Next::Idle
    }

    async fn sweep_uploads(&self, pass: &mut Pass) -> Performed {
        let Some(incarnation) = &mut pass.environment.incarnation else {
            return Ok(Ok(Next::Now));
        };
        if let Some(switch) = self.store.deletes_stopped().await? {
            return Ok(Err(Setback::later(switch.sentence())));
        }
        let swept = self.cloud.stacks.sweep_uploads(&place(incarnation)).await;
        if swept.is_ok() {
            incarnation.uploads = false;
        }
        Ok(swept.map(|()| Next::Now))
    }

    async fn give_back(
        &self,
        pass: &mut Pass,
        note: Option<String>,
        left: BTreeMap<String, String>,
    ) -> Performed {
        let now = self.clock.now();
        let Some(incarnation) = pass.environment.incarnation.take() else {
            return Ok(Ok(Next::Now));
        };
        pass.environment.last_life = Some(Life {
            incarnation: incarnation.id.clone(),
            started_at: incarnation.started_at,
            ended_at: now,
            left,
            forced: incarnation.forced.clone(),
            emptied: None,
        });
        // Irreversible, so decided in the database under the lease before anybody acts on it.
        self.store
            .give_back(
                &pass.lease,
                &incarnation.id,
                note.as_deref(),
                &pass.environment,
                now,
            )
            .await?;
        self.poke.poke();
        Ok(Ok(Next::Now))
    }
}

impl Pass {
    pub(super) fn with_record(&mut self, stack: &StackName, change: impl FnOnce(&mut StackRecord)) {
        if let Some(incarnation) = &mut self.environment.incarnation {
            change(incarnation.stacks.entry(stack.clone()).or_default());
        }
    }
}

/// The plan that is wanted now, with its target and attempt.
pub(super) fn current(wish: &Wish, reading: Option<&Reading>) -> Option<(Plan, Target, u32)> {
    let Wish::Present {
        target, attempt, ..
    } = wish
    else {
        return None;
    };
    let reading =
        reading.filter(|reading| reading.target == *target && reading.attempt == *attempt)?;
    match &reading.outcome {
        ReadingOutcome::Plan(plan) => Some((plan.as_ref().clone(), target.clone(), *attempt)),
        ReadingOutcome::Bad { .. } => None,
    }
}

/// The stacks that are still there, with the reason where AWS gave one.
fn left_behind(incarnation: Option<&Incarnation>) -> BTreeMap<String, String> {
    incarnation
        .iter()
        .flat_map(|incarnation| {
            incarnation
                .stacks
                .iter()
                .filter_map(|(name, record)| {
                    record.status?;
                    let reason = record.why_not_deleted();
                    Some((incarnation.id.cloud_stack_name(name).to_string(), reason))
                })
                .collect::<Vec<_>>()
        })
        .collect()
}
