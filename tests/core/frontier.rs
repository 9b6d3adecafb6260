//! The graph of stacks: order, termination, and independent ones side by side.

use ebbtide::environment::frontier::{Frontier, frontier};
use ebbtide::environment::stack::{DeployEffect, StackVerdict, StackView, Wanted};
use ebbtide::environment::{
    ChangeSetState, CommitSha, Intent, StackName, StackRecord, StackStatus,
};
use proptest::prelude::*;

const FINGERPRINT: &str = "f2";
/// More than any obedient world needs: a handful of effects and ticks for each stack.
const STEPS_AT_MOST: usize = 400;

/// One random stack: its needs by number, whether it is wanted, its status by number, and what it carries.
#[derive(Clone, Debug)]
struct Seed {
    needs: Vec<usize>,
    wanted: bool,
    status: usize,
    carries: bool,
    protected: bool,
}

fn seeds(most: usize) -> impl Strategy<Value = Vec<Seed>> {
    let one = (
        prop::collection::vec(0..most + 2, 0..4),
        any::<bool>(),
        0..=StackStatus::ALL.len(),
        any::<bool>(),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(needs, wanted, status, carries, protected)| Seed {
            needs,
            wanted,
            status,
            carries,
            protected,
        });
    prop::collection::vec(one, 0..most)
}

/// A world that does at once what it is told, and in which whatever runs ends well.
#[derive(Clone, Debug)]
struct Obedient {
    stacks: Vec<StackView>,
    wanted: Vec<bool>,
}

fn name(index: usize) -> StackName {
    StackName::new(format!("stack-{index:02}"))
}

impl Obedient {
    fn new(seeds: &[Seed], acyclic: bool) -> Self {
        let stacks = seeds.iter().enumerate().map(|(index, seed)| {
            let needs = seed.needs.iter();
            let status = seed
                .status
                .checked_sub(1)
                .map(|status| StackStatus::ALL[status]);
            StackView {
                name: name(index),
                wanted: Wanted::Absent,
                protected: seed.protected,
                record: StackRecord {
                    needs: needs
                        .filter(|need| !acyclic || **need < index)
                        .map(|need| name(*need))
                        .collect(),
                    status: status.filter(|status| *status != StackStatus::DeleteComplete),
                    applied: seed.carries.then(|| FINGERPRINT.to_owned()),
                    ..StackRecord::default()
                },
                change_set: None,
            }
        });
        let mut world = Self {
            stacks: stacks.collect(),
            wanted: seeds.iter().map(|seed| seed.wanted).collect(),
        };
        // What is needed by something wanted is wanted too: files are checked for that.
        if acyclic {
            for index in (0..world.stacks.len())
                .rev()
                .filter(|index| world.wanted[*index])
                .collect::<Vec<_>>()
            {
                world.want(index);
            }
        }
        world.look();
        world
    }

    fn want(&mut self, index: usize) {
        self.wanted[index] = true;
        for need in self.stacks[index].record.needs.clone() {
            if let Some(needed) = self.stacks.iter().position(|stack| stack.name == need) {
                self.want(needed);
            }
        }
    }

    fn is_up(&self, name: &StackName) -> bool {
        // Judged by the bare facts, not by the verdict.
        self.stacks.iter().zip(&self.wanted).all(|(stack, wanted)| {
            stack.name != *name
                || (*wanted
                    && stack.record.applied.as_deref() == Some(FINGERPRINT)
                    && stack.record.status.is_some_and(|status| !status.is_busy()))
        })
    }

    /// Looks at every stack, and renders what is wanted as far as its needs are there.
    fn look(&mut self) {
        for index in 0..self.stacks.len() {
            let stack = &mut self.stacks[index];
            let (status, change_set) = (stack.record.status, stack.change_set.clone());
            stack.record.absorb(status, None, change_set.as_ref());
        }
        for index in 0..self.stacks.len() {
            let ready = self.stacks[index]
                .record
                .needs
                .iter()
                .all(|need| self.is_up(need));
            self.stacks[index].wanted = match (self.wanted[index], ready) {
                (false, _) => Wanted::Absent,
                (true, false) => Wanted::Later,
                (true, true) => Wanted::At {
                    fingerprint: FINGERPRINT.to_owned(),
                    revision: CommitSha::new("c2"),
                    attempt: 0,
                },
            };
        }
    }

    fn stack(&mut self, name: &StackName) -> &mut StackView {
        let found = self.stacks.iter_mut().find(|stack| stack.name == *name);
        found.expect("the frontier names stacks that are there")
    }

    /// Does what the frontier says; `false` when there is nothing left to do.
    fn obey(&mut self, next: &Frontier) -> bool {
        use ebbtide::environment::stack::DeleteEffect as Delete;
        match next {
            Frontier::Deploy(name, effect) => {
                let stack = self.stack(name);
                match effect {
                    DeployEffect::Plan | DeployEffect::Replan => {
                        let intent = Intent::new(FINGERPRINT, &CommitSha::new("c2"), 0, 0);
                        stack.record.intent = Some(intent);
                        stack.change_set = Some(ChangeSetState::Available);
                        stack
                            .record
                            .status
                            .get_or_insert(StackStatus::ReviewInProgress);
                    }
                    DeployEffect::Execute => {
                        if let Some(intent) = &mut stack.record.intent {
                            intent.executed = true;
                        }
                        stack.change_set = None;
                        stack.record.status = Some(match stack.record.status {
                            Some(StackStatus::ReviewInProgress) | None => {
                                StackStatus::CreateInProgress
                            }
                            Some(_) => StackStatus::UpdateInProgress,
                        });
                    }
                    DeployEffect::Discard => {
                        stack.record.applied = Some(FINGERPRINT.to_owned());
                        stack.record.intent = None;
                        stack.change_set = None;
                    }
                }
            }
            Frontier::Delete(name, effect) => {
                let stack = self.stack(name);
                match effect {
                    Delete::LiftProtection => stack.protected = false,
                    Delete::CancelUpdate => {
                        stack.record.status = Some(StackStatus::UpdateRollbackInProgress);
                    }
                    Delete::Delete | Delete::ForceDelete => {
                        stack.record.deletes += 1;
                        stack.record.status = Some(StackStatus::DeleteInProgress);
                    }
                }
            }
            Frontier::Wait => self.tick(),
            Frontier::AllSettled | Frontier::Failed(_) => return false,
        }
        self.look();
        true
    }

    /// Whatever runs, ends.
    fn tick(&mut self) {
        use StackStatus as S;
        for stack in &mut self.stacks {
            let status = stack.record.status;
            stack.record.status = match status {
                Some(S::CreateInProgress) => Some(S::CreateComplete),
                Some(S::RollbackInProgress) => Some(S::RollbackComplete),
                Some(S::DeleteInProgress) => None,
                Some(S::UpdateInProgress | S::UpdateCompleteCleanupInProgress) => {
                    Some(S::UpdateComplete)
                }
                Some(S::UpdateRollbackInProgress | S::UpdateRollbackCompleteCleanupInProgress) => {
                    Some(S::UpdateRollbackComplete)
                }
                Some(S::ImportInProgress) => Some(S::ImportComplete),
                Some(S::ImportRollbackInProgress) => Some(S::ImportRollbackComplete),
                other => other,
            };
            if status.is_some() && stack.record.status.is_none() {
                stack.record.intent = None;
                stack.change_set = None;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_obedient_world_always_comes_to_an_end(seeds in seeds(8), acyclic in any::<bool>()) {
        let mut world = Obedient::new(&seeds, acyclic);
        let mut path = Vec::new();
        loop {
            let next = frontier(&world.stacks);
            path.push(next.clone());
            prop_assert!(path.len() < STEPS_AT_MOST, "it goes on for ever: {:#?}", &path[path.len() - 20..]);
            if !world.obey(&next) {
                break;
            }
        }
        let end = path.last().expect("at least one");
        if acyclic {
            // Nothing fails here, and every need can be met: everything is as wanted in the end.
            prop_assert_eq!(end, &Frontier::AllSettled, "{:#?}", world);
            for (stack, wanted) in world.stacks.iter().zip(&world.wanted) {
                prop_assert_eq!(stack.record.status.is_some(), *wanted, "{:?}", stack);
                prop_assert!(!*wanted || world.is_up(&stack.name));
            }
        }
        let busy = world.stacks.iter().any(|stack| stack.record.status.is_some_and(StackStatus::is_busy));
        prop_assert!(!busy, "it ends while something is at work: {:#?}", world);
    }

    #[test]
    fn nothing_is_deployed_before_what_it_needs(seeds in seeds(8), acyclic in any::<bool>()) {
        let mut world = Obedient::new(&seeds, acyclic);
        for _ in 0..STEPS_AT_MOST {
            let next = frontier(&world.stacks);
            if let Frontier::Deploy(name, _) = &next {
                let needs = world.stack(name).record.needs.clone();
                for need in needs {
                    prop_assert!(world.is_up(&need), "{name} before {need}: {:#?}", world);
                }
            }
            if !world.obey(&next) {
                break;
            }
        }
    }

    #[test]
    fn nothing_is_deleted_while_another_stack_needs_it(seeds in seeds(8)) {
        let seeds: Vec<Seed> = seeds.into_iter().map(|seed| Seed { wanted: false, ..seed }).collect();
        let mut world = Obedient::new(&seeds, true);
        for _ in 0..STEPS_AT_MOST {
            let next = frontier(&world.stacks);
            if let Frontier::Delete(name, _) = &next {
                let needing = world.stacks.iter().find(|stack| {
                    stack.record.status.is_some() && stack.record.needs.contains(name)
                });
                prop_assert!(needing.is_none(), "{name} before {needing:?}");
            }
            if !world.obey(&next) {
                break;
            }
        }
    }

    #[test]
    fn independent_stacks_go_side_by_side(count in 1..8usize, up in any::<bool>()) {
        let seed = Seed { needs: Vec::new(), wanted: up, status: 0, carries: false, protected: false };
        let mut world = Obedient::new(&vec![seed; count], true);
        if !up {
            for stack in &mut world.stacks {
                stack.record.status = Some(StackStatus::CreateComplete);
            }
        }
        loop {
            let next = frontier(&world.stacks);
            if next == Frontier::Wait {
                break;
            }
            prop_assert!(world.obey(&next), "it ended before anything was at work");
        }
        for stack in &world.stacks {
            let busy = stack.record.status.is_some_and(StackStatus::is_busy);
            prop_assert!(busy, "{} is not at work with the others", stack.name);
        }
    }

    #[test]
    fn a_failure_holds_up_only_what_needs_it(seeds in seeds(8), which in 0..8usize) {
        let seeds: Vec<Seed> = seeds.into_iter().map(|seed| Seed { wanted: true, status: 0, ..seed }).collect();
        prop_assume!(!seeds.is_empty());
        let which = which % seeds.len();
        let mut world = Obedient::new(&seeds, true);
        let mut intent = Intent::new(FINGERPRINT, &CommitSha::new("c2"), 0, 0);
        intent.failed = Some("it failed".to_owned());
        let failed = name(which);
        for _ in 0..STEPS_AT_MOST {
            let next = frontier(&world.stacks);
            if let Frontier::Deploy(name, _) = &next && *name == failed {
                world.stack(&failed).record.intent = Some(intent.clone());
                world.look();
                continue;
            }
            if !world.obey(&next) {
                break;
            }
        }
        prop_assert_eq!(frontier(&world.stacks), Frontier::Failed(failed.clone()));
        for stack in &world.stacks {
            let held_up = depends(&world, &stack.name, &failed);
            prop_assert_eq!(world.is_up(&stack.name), !held_up, "{}", stack.name);
            if stack.name == failed {
                prop_assert_eq!(stack.verdict(), StackVerdict::Failed);
            }
        }
    }
}

/// Whether a stack is that one, or needs it directly or through others.
fn depends(world: &Obedient, stack: &StackName, on: &StackName) -> bool {
    let found = world.stacks.iter().find(|one| one.name == *stack);
    stack == on
        || found.is_some_and(|one| one.record.needs.iter().any(|need| depends(world, need, on)))
}
