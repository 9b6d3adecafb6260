//! What CloudFormation says about an incarnation's stacks, written down and reduced to a frontier.

use super::Reconciler;
use super::render::{context, in_order};
use crate::cloud::{Place, StackSeen, tag};
use crate::environment::frontier::{Frontier, frontier};
use crate::environment::stack::{StackVerdict, StackView, Wanted};
use crate::environment::{
    ChangeSetState, Environment, Gate, HealthRecord, Incarnation, Intent, Plan, ReadingOutcome,
    Setback, StackName, StackRecord, Target, Wish,
};
use crate::store::TimelineEntry;
use std::collections::{BTreeMap, BTreeSet};

/// What was observed of an incarnation.
pub(super) struct Observed {
    /// What is next about its stacks.
    pub frontier: Frontier,
    /// Outputs of the stacks that are as wanted, by stack and key.
    pub outputs: BTreeMap<String, BTreeMap<String, String>>,
    /// Top-level stacks in the account that are not this incarnation's.
    pub foreign: Vec<String>,
    /// Changes of status since the last look, for the timeline.
    pub changes: Vec<TimelineEntry>,
}

/// Where an incarnation's stacks are.
pub(super) fn place(incarnation: &Incarnation) -> Place {
    Place {
        account: incarnation.account.clone(),
        region: incarnation.region.clone(),
        session: incarnation.id.session(),
    }
}

impl Reconciler {
    /// Looks at the stacks, if there is an account and something depends on them now.
    pub(super) async fn observe(
        &self,
        environment: &mut Environment,
    ) -> Result<Option<Observed>, Setback> {
        let Some(mut incarnation) = environment.incarnation.clone() else {
            return Ok(None);
        };
        let plan = match &environment.wish {
            _ if incarnation.ending => None,
            Wish::Absent { .. } => None,
            Wish::Unknown => return Ok(None),
            Wish::Present {
                target, attempt, ..
            } => match environment.reading_for(target, *attempt) {
                Some(ReadingOutcome::Plan(plan)) if environment.gate == Gate::Open => {
                    Some(plan.as_ref().clone())
                }
                _ => return Ok(None),
            },
        };
        if plan.is_none() && incarnation.change_sets == 0 {
            // Nothing was ever asked for in this account, so there is nothing to look for; the region that the
            // file names may be one that the account cannot be asked about.
            return Ok(Some(Observed {
                frontier: Frontier::AllSettled,
                outputs: BTreeMap::new(),
                foreign: Vec::new(),
                changes: Vec::new(),
            }));
        }
        let at = place(&incarnation);
        // Change sets first: a status must never be older than what the change set says.
        let mut change_sets = BTreeMap::new();
        for (name, record) in &mut incarnation.stacks {
            if let Some(intent) = record
                .intent
                .as_ref()
                .filter(|intent| intent.failed.is_none())
            {
                let stack = incarnation.id.cloud_stack_name(name);
                let seen = self
                    .cloud
                    .stacks
                    .change_set(&at, &stack, &intent.change_set)
                    .await?;
                if let Some(seen) = seen {
                    if seen.state == ChangeSetState::Available {
                        record.changes = Some(seen.changes);
                    }
                    change_sets.insert(name.clone(), seen.state);
                }
            }
        }
        let stacks = self.cloud.stacks.list(&at).await?;
        let (ours, foreign) = sort(&incarnation, stacks);
        let changes = self
            .absorb(&mut incarnation, &at, plan.as_ref(), &ours, &change_sets)
            .await?;
        let (views, outputs) = self
            .views(
                environment,
                &mut incarnation,
                plan.as_ref(),
                &ours,
                &change_sets,
            )
            .await?;
        let frontier = frontier(&views);
        if let (Frontier::Failed(name), Some(_)) = (&frontier, &plan) {
            incarnation.say_why(name, &environment.wish);
        }
        if plan.is_some() || frontier != Frontier::AllSettled {
            incarnation.clean_since = None;
        }
        if plan.is_some() && frontier != Frontier::AllSettled {
            incarnation.unsettle(&environment.wish);
        }
        environment.incarnation = Some(incarnation);
        Ok(Some(Observed {
            frontier,
            outputs,
            foreign,
            changes,
        }))
    }

    /// Writes down what was seen of each stack, and asks for reasons and resources where that says something.
    async fn absorb(
        &self,
        incarnation: &mut Incarnation,
        at: &Place,
        plan: Option<&Plan>,
        ours: &BTreeMap<StackName, StackSeen>,
        change_sets: &BTreeMap<StackName, ChangeSetState>,
    ) -> Result<Vec<TimelineEntry>, Setback> {
        let now = self.clock.now();
        let id = incarnation.id.to_string();
        let mut changes = Vec::new();
        for (name, seen) in ours {
            let record = incarnation.stacks.entry(name.clone()).or_default();
            record.stack_id = Some(seen.id.clone());
        }
        if let Some(plan) = plan {
            for (name, spec) in &plan.file.stacks {
                let record = incarnation.stacks.entry(StackName::new(name)).or_default();
                record.needs = spec.needs.iter().map(StackName::new).collect();
            }
        }
        for (name, record) in &mut incarnation.stacks {
            let before = record.clone();
            let seen = ours.get(name);
            if before.forced && seen.is_none() {
                let cloud_name = incarnation.id.cloud_stack_name(name).to_string();
                incarnation
                    .forced
                    .insert(cloud_name, before.why_not_deleted());
            }
            record.absorb(
                seen.map(|seen| seen.status),
                seen.and_then(|seen| seen.updated_at),
                change_sets.get(name),
            );
            if record.status != before.status {
                let word = |status: Option<crate::environment::StackStatus>| {
                    status.map_or("no stack", crate::environment::StackStatus::as_str)
                };
                changes.push(TimelineEntry {
                    at: now,
                    duration_ms: 0,
                    incarnation: Some(id.clone()),
                    step: format!("{name}: {}", word(record.status)),
                    why: format!("was {}", word(before.status)),
                    setback: false,
                });
            }
            let Some(stack_id) = record.stack_id.clone() else {
                continue;
            };
            let busy = record
                .status
                .is_some_and(crate::environment::StackStatus::is_busy);
            if record.status.is_some() && (busy || record.status != before.status) {
                record.resources = self.cloud.stacks.resources(at, &stack_id).await?;
            }
            let failed_now = record.intent.as_ref().is_some_and(|i| i.failed.is_some())
                && before
                    .intent
                    .as_ref()
                    .is_some_and(|i| i.failed.is_none() && i.executed);
            let undeletable = record.status == Some(crate::environment::StackStatus::DeleteFailed)
                && record.status != before.status;
            if failed_now || undeletable {
                record.failure = self.cloud.stacks.first_failure(at, &stack_id).await?;
            }
        }
        let planned: BTreeSet<StackName> = plan
            .iter()
            .flat_map(|plan| plan.file.stacks.keys().map(StackName::new))
            .collect();
        incarnation.stacks.retain(|name, record| {
            record.status.is_some() || planned.contains(name) || plan.is_none()
        });
        Ok(changes)
    }

    /// Renders what each stack should be, in the order of their needs, as far as outputs are there.
    async fn views(
        &self,
        environment: &Environment,
        incarnation: &mut Incarnation,
        plan: Option<&Plan>,
        ours: &BTreeMap<StackName, StackSeen>,
        change_sets: &BTreeMap<StackName, ChangeSetState>,
    ) -> Result<(Vec<StackView>, BTreeMap<String, BTreeMap<String, String>>), Setback> {
        let mut views: BTreeMap<StackName, StackView> = incarnation
            .stacks
            .iter()
            .map(|(name, record)| {
                let planned = plan.is_some_and(|plan| plan.file.stacks.contains_key(name.as_str()));
                let view = StackView {
                    name: name.clone(),
                    wanted: if planned {
                        Wanted::Later
                    } else {
                        Wanted::Absent
                    },
                    protected: ours.get(name).is_some_and(|seen| seen.protected),
                    record: record.clone(),
                    change_set: change_sets.get(name).cloned(),
                };
                (name.clone(), view)
            })
            .collect();
        let mut outputs = BTreeMap::new();
        let (
            Some(plan),
            Wish::Present {
                target, attempt, ..
            },
        ) = (plan, &environment.wish)
        else {
            return Ok((views.into_values().collect(), outputs));
        };
        for name in in_order(plan) {
            let there = |need: &StackName| {
                views.get(need).is_none_or(|view| {
                    matches!(view.wanted, Wanted::At { .. })
                        && view.verdict() == StackVerdict::Settled
                })
            };
            if !views[&name].record.needs.iter().all(there) {
                continue;
            }
            let context = context(environment, incarnation, outputs.clone());
            let rendered = self
                .deployment(environment, incarnation, plan, &name, target, &context)
                .await?;
            let wanted_at = |fingerprint: &str| Wanted::At {
                fingerprint: fingerprint.to_owned(),
                revision: target.revision.clone(),
                attempt: *attempt,
            };
            if let Some(view) = views.get_mut(&name) {
                match rendered {
                    Ok(deployment) => {
                        incarnation.uploads |= deployment.is_large();
                        view.wanted = wanted_at(&deployment.fingerprint);
                    }
                    Err(sentence) => {
                        // It cannot be deployed as it stands: failed for this revision, without a call.
                        let mut intent = Intent::new("unrenderable", &target.revision, *attempt, 0);
                        intent.failed = Some(sentence);
                        view.record.intent = Some(intent.clone());
                        view.wanted = wanted_at("unrenderable");
                        if let Some(record) = incarnation.stacks.get_mut(&name) {
                            record.intent = Some(intent);
                        }
                    }
                }
                if view.verdict() == StackVerdict::Settled
                    && let Some(seen) = ours.get(&name)
                {
                    if let Some(record) = incarnation.stacks.get_mut(&name) {
                        record.unchanged_by(&target.revision);
                    }
                    outputs.insert(name.to_string(), seen.outputs.clone());
                }
            }
        }
        Ok((views.into_values().collect(), outputs))
    }
}

/// Splits what the account holds into this incarnation's stacks, by their name in the file, and others.
/// Nested stacks belong to their parents; `StackSet-…` are the organization's own.
fn sort(
    incarnation: &Incarnation,
    stacks: Vec<StackSeen>,
) -> (BTreeMap<StackName, StackSeen>, Vec<String>) {
    let mut ours = BTreeMap::new();
    let mut foreign = Vec::new();
    for seen in stacks {
        let name = seen.tags.get(tag::STACK).map(StackName::new);
        let of_record = incarnation
            .stacks
            .keys()
            .find(|name| incarnation.id.cloud_stack_name(name) == seen.name)
            .cloned();
        let tagged =
            seen.tags.get(tag::INCARNATION).map(String::as_str) == Some(incarnation.id.as_str());
        // Tags are handed on to nested stacks, which are told apart by their name.
        let named =
            name.filter(|name| tagged && incarnation.id.cloud_stack_name(name) == seen.name);
        match of_record.or(named) {
            Some(name) => {
                ours.insert(name, seen);
            }
            None if seen.parent.is_some() || seen.name.as_str().starts_with("StackSet-") => {}
            None => foreign.push(seen.name.to_string()),
        }
    }
    (ours, foreign)
}

impl Incarnation {
    /// What had settled for this very wish is settled no more: a stack went missing, or is being made anew.
    fn unsettle(&mut self, wish: &Wish) {
        let Wish::Present {
            target, attempt, ..
        } = wish
        else {
            return;
        };
        let current = |of: &Option<(Target, u32)>| {
            of.as_ref()
                .is_some_and(|(settled, tried)| settled == target && tried == attempt)
        };
        if current(&self.settled) {
            self.settled = None;
            self.health = HealthRecord::default();
        }
    }

    /// Notes why nothing more can be done about a stack that is wanted, where no deployment of this commit
    /// says so: it is in the way of one, and cannot be deleted.
    fn say_why(&mut self, name: &StackName, wish: &Wish) {
        let (
            Wish::Present {
                target, attempt, ..
            },
            Some(record),
        ) = (wish, self.stacks.get_mut(name))
        else {
            return;
        };
        let said = record.intent.as_ref().is_some_and(|intent| {
            intent.failed.is_some()
                && intent.revision == target.revision
                && intent.attempt == *attempt
        });
        if let Some(status) = record.status.filter(|_| !said) {
            let mut intent = Intent::new("undeletable", &target.revision, *attempt, 0);
            intent.failed = Some(format!(
                "it is in {status}, and cannot be deleted to be made anew"
            ));
            record.intent = Some(intent);
        }
    }
}

impl StackRecord {
    /// Says that a revision changed nothing here, unless its own deployment is on record.
    fn unchanged_by(&mut self, revision: &crate::environment::CommitSha) {
        if self.changes_for.as_ref() != Some(revision) {
            self.changes = Some(crate::environment::ChangeSummary::default());
            self.changes_for = Some(revision.clone());
        }
    }

    /// What names the stack in calls: its ARN where it was seen.
    pub(super) fn address(&self, incarnation: &Incarnation, name: &StackName) -> String {
        self.stack_id
            .clone()
            .unwrap_or_else(|| incarnation.id.cloud_stack_name(name).to_string())
    }
}
