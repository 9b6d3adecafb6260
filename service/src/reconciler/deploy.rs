//! Bringing one stack further: make its change set, execute it, or drop one that would change nothing.
//!
//! Each writes its intent down before its call, so that a crash in between repeats the same call.

use super::Reconciler;
use super::observe::{Observed, place};
use super::pass::{Next, Pass};
use super::perform::{Performed, current};
use super::render::context;
use crate::cloud::ChangeRequest;
use crate::environment::stack::DeployEffect;
use crate::environment::{
    ChangeSummary, Incarnation, Intent, Setback, StackName, StackRecord, StackStatus,
};
use crate::store::StoreError;

/// What a call to CloudFormation came to.
type Called = Result<Result<(), Setback>, StoreError>;

impl Reconciler {
    pub(super) async fn deploy(
        &self,
        pass: &mut Pass,
        stack: &StackName,
        effect: DeployEffect,
        observed: Option<Observed>,
    ) -> Performed {
        let Some(incarnation) = pass.environment.incarnation.clone() else {
            return Ok(Ok(Next::Now));
        };
        let called = match effect {
            DeployEffect::Plan => {
                self.plan(pass, &incarnation, stack, observed, false)
                    .await?
            }
            DeployEffect::Replan => self.plan(pass, &incarnation, stack, observed, true).await?,
            DeployEffect::Execute => self.execute(pass, &incarnation, stack).await?,
            DeployEffect::Discard => self.discard(pass, &incarnation, stack).await?,
        };
        match called {
            Ok(()) => Ok(Ok(Next::Now)),
            // AWS will not make this change set: a person has to change something.
            Err(Setback::Refused { sentence }) if effect != DeployEffect::Execute => {
                pass.with_record(stack, |record| {
                    if let Some(intent) = &mut record.intent {
                        intent.failed = Some(sentence);
                    }
                });
                Ok(Ok(Next::Now))
            }
            Err(setback) => Ok(Err(setback)),
        }
    }

    /// Makes the change set; `anew` under a name that was not used before.
    async fn plan(
        &self,
        pass: &mut Pass,
        incarnation: &Incarnation,
        stack: &StackName,
        observed: Option<Observed>,
        anew: bool,
    ) -> Called {
        let environment = &pass.environment;
        let Some((plan, target, attempt)) =
            current(&environment.wish, environment.reading.as_ref())
        else {
            return Ok(Ok(()));
        };
        let outputs = observed
            .map(|observed| observed.outputs)
            .unwrap_or_default();
        let context = context(environment, incarnation, outputs);
        let rendered = self
            .deployment(environment, incarnation, &plan, stack, &target, &context)
            .await;
        let deployment = match rendered {
            Ok(Ok(deployment)) => deployment,
            // The next look finds the same and says so; nothing was called.
            Ok(Err(sentence)) => return Ok(Err(Setback::later(sentence))),
            Err(setback) => return Ok(Err(setback)),
        };
        let record = record(incarnation, stack);
        // The same call again only for what was decided on and not yet seen to be made.
        let repeated = record.intent.as_ref().filter(|intent| {
            !anew
                && intent.fingerprint == deployment.fingerprint
                && intent.revision == target.revision
                && intent.attempt == attempt
        });
        let serial = repeated.map_or(incarnation.change_sets, |intent| intent.serial);
        let intent = Intent::new(&deployment.fingerprint, &target.revision, attempt, serial);
        let request = ChangeRequest {
            stack: incarnation.id.cloud_stack_name(stack),
            change_set: intent.change_set.clone(),
            create: record.needs_creation(),
            template: deployment.body.to_string(),
            parameters: deployment.parameters,
            capabilities: deployment.capabilities,
            tags: deployment.tags,
        };
        if let Some(incarnation) = &mut pass.environment.incarnation {
            incarnation.change_sets = incarnation.change_sets.max(serial + 1);
        }
        pass.with_record(stack, |record| {
            record.intent = Some(intent);
            record.failure = None;
            record.changes = None;
            record.changes_for = Some(target.revision.clone());
        });
        self.checkpoint(pass).await?;
        Ok(self.cloud.stacks.plan(&place(incarnation), &request).await)
    }

    async fn execute(
        &self,
        pass: &mut Pass,
        incarnation: &Incarnation,
        stack: &StackName,
    ) -> Called {
        let record = record(incarnation, stack);
        let Some(intent) = record.intent else {
            return Ok(Ok(()));
        };
        pass.with_record(stack, |record| {
            let before = record.updated_at;
            if let Some(intent) = record.intent.as_mut().filter(|intent| !intent.executed) {
                intent.executed = true;
                intent.updated_before = before;
            }
        });
        self.checkpoint(pass).await?;
        let name = &intent.change_set;
        let cloud_name = incarnation.id.cloud_stack_name(stack);
        Ok(self
            .cloud
            .stacks
            .execute(&place(incarnation), &cloud_name, name, name.as_str())
            .await)
    }

    async fn discard(
        &self,
        pass: &mut Pass,
        incarnation: &Incarnation,
        stack: &StackName,
    ) -> Called {
        let Some(intent) = record(incarnation, stack).intent else {
            return Ok(Ok(()));
        };
        let cloud_name = incarnation.id.cloud_stack_name(stack);
        let dropped = self
            .cloud
            .stacks
            .drop_change_set(&place(incarnation), &cloud_name, &intent.change_set)
            .await;
        if dropped.is_ok() {
            pass.with_record(stack, |record| {
                record.applied = Some(intent.fingerprint);
                record.intent = None;
                record.changes = Some(ChangeSummary::default());
            });
        }
        Ok(dropped)
    }
}

fn record(incarnation: &Incarnation, stack: &StackName) -> StackRecord {
    incarnation.stacks.get(stack).cloned().unwrap_or_default()
}

impl StackRecord {
    /// Whether its change set is to create the stack.
    fn needs_creation(&self) -> bool {
        matches!(self.status, None | Some(StackStatus::ReviewInProgress))
    }
}
