//! What is decided between looks and waves.

use chrono::{DateTime, Utc};
use ebbtide::environment::Region;
use ebbtide::environment::inventory::{Answer, Cell, Inventory, Resource};
use ebbtide::nuke::remove::{Target, TargetState};
use ebbtide::nuke::work::{Next, Sight, Stage, Work};
use std::collections::BTreeSet;

const QUEUE: &str = "AWS::SQS::Queue";
const REGIONS: [&str; 2] = ["eu-central-1", "eu-west-1"];

fn now() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn queue(name: &str, region: &str) -> Resource {
    Resource {
        cell: Cell {
            type_name: QUEUE.to_owned(),
            region: Region::new(region),
        },
        identifier: name.to_owned(),
        mentions: BTreeSet::new(),
    }
}

/// Queues in both regions are listed, and these are there.
fn sees(found: &[Resource]) -> Inventory {
    let mut inventory = Inventory::default();
    for region in REGIONS {
        inventory.answer(&queue("", region).cell, Answer::Listed);
    }
    inventory.found = found.iter().cloned().collect();
    inventory
}

fn take(work: &mut Work, what: Sight, inventory: &Inventory) -> Next {
    work.take_look(what, inventory, &|_| false, now())
}

/// Every deletion of the wave ends so.
fn end_wave(work: &mut Work, state: &TargetState) {
    for target in &mut work.targets {
        target.state = state.clone();
        target.tries = 1;
    }
    assert!(work.wave_is_over());
}

fn done() -> TargetState {
    TargetState::Done {
        by: "DeleteResource".to_owned(),
    }
}

fn refused() -> TargetState {
    TargetState::Refused {
        why: "AccessDenied: no".to_owned(),
    }
}

/// Look once more; nobody noted when the look began.
fn again() -> Next {
    Next::Again(now())
}

#[test]
fn two_looks_in_a_row_have_to_find_nothing() {
    let mut work = Work::new(now());
    assert_eq!(take(&mut work, Sight::Everything, &sees(&[])), again());
    // Something came back: the first look counts for nothing.
    let back = [queue("back", REGIONS[0])];
    assert_eq!(take(&mut work, Sight::Everything, &sees(&back)), Next::GoOn);
    end_wave(&mut work, &done());
    assert_eq!(take(&mut work, Sight::Wave, &sees(&[])), Next::GoOn);
    assert_eq!(take(&mut work, Sight::Everything, &sees(&[])), again());
    let proven = take(&mut work, Sight::Everything, &sees(&[]));
    assert!(matches!(proven, Next::Proven([one, two]) if one == two));
    assert_eq!(work.deleted.len(), 1);
    // Whoever was cut off before it wrote the proof has it again after another look.
    let more = take(&mut work, Sight::Everything, &sees(&[]));
    assert!(matches!(more, Next::Proven(_)), "{more:?}");
}

#[test]
fn what_is_unknown_is_as_bad_as_something_left() {
    let mut work = Work::new(now());
    assert_eq!(take(&mut work, Sight::Everything, &sees(&[])), again());
    let mut blind = sees(&[]);
    let why = "throttled".to_owned();
    blind.answer(&queue("", REGIONS[1]).cell, Answer::Unknown { why });
    assert_eq!(take(&mut work, Sight::Everything, &blind), Next::GoOn);
    assert_eq!(take(&mut work, Sight::Everything, &sees(&[])), again());
    // A look that asked nothing proves nothing either.
    let next = take(&mut work, Sight::Everything, &Inventory::default());
    assert!(matches!(next, Next::Pause(_)), "{next:?}");
    assert_eq!(work.empty_before, None);
}

#[test]
fn rounds_that_bring_nothing_are_further_and_further_apart_and_then_it_is_given_up() {
    let mut work = Work::new(now());
    let left = [queue("held", REGIONS[0]), queue("liar", REGIONS[1])];
    let mut waits = Vec::new();
    loop {
        match take(&mut work, Sight::Everything, &sees(&left)) {
            Next::GoOn => waits.push(0),
            Next::Pause(wait) => waits.push(wait),
            Next::Stuck(culprits) => {
                let culprits: Vec<String> = culprits.iter().map(ToString::to_string).collect();
                insta::assert_snapshot!(culprits.join("\n"), @r"
                AWS::SQS::Queue held in eu-central-1: AccessDenied: no
                AWS::SQS::Queue liar in eu-west-1: AWS calls it deleted and goes on listing it
                ");
                break;
            }
            other @ (Next::Proven(_) | Next::Again(_)) => panic!("{other:?}"),
        }
        for target in &mut work.targets {
            let held = target.resource.identifier == "held";
            target.state = if held { refused() } else { done() };
        }
        assert!(work.wave_is_over());
        take(&mut work, Sight::Wave, &sees(&left));
    }
    assert_eq!(waits, [0, 1, 2, 4, 8, 16, 32]);
    assert_eq!(work.deleted, []);
}

#[test]
fn progress_makes_it_patient_again_and_endless_progress_ends() {
    let mut work = Work::new(now());
    let held = queue("held", REGIONS[0]);
    for round in 0..100 {
        // Something else each time.
        let new = queue(&format!("new-{round}"), REGIONS[1]);
        match take(&mut work, Sight::Everything, &sees(&[held.clone(), new])) {
            Next::GoOn => {}
            Next::Stuck(culprits) => {
                assert_eq!((round, culprits.len()), (59, 2));
                return;
            }
            other => panic!("{other:?}"),
        }
        end_wave(&mut work, &done());
        take(&mut work, Sight::Wave, &sees(std::slice::from_ref(&held)));
    }
    panic!("it goes on for ever");
}

#[test]
fn only_what_a_whole_list_of_its_region_lacks_is_gone() {
    let mut work = Work::new(now());
    let all = [queue("one", REGIONS[0]), queue("two", REGIONS[1])];
    take(&mut work, Sight::Everything, &sees(&all));
    end_wave(&mut work, &done());
    // The list of one region says nothing about the other.
    let mut one_region = Inventory::default();
    one_region.answer(&all[0].cell, Answer::Listed);
    take(&mut work, Sight::Wave, &one_region);
    assert_eq!(Vec::from_iter(&work.left), [&all[1]]);
    assert_eq!(work.deleted.len(), 1);
    assert_eq!(work.deleted[0].by, "DeleteResource");
    // For what is the same everywhere it does.
    let next = work.take_look(Sight::Wave, &one_region, &|_| true, now());
    assert_eq!((next, work.left.len()), (Next::GoOn, 0));
}

#[test]
fn a_wave_is_over_when_every_deletion_of_it_is() {
    let mut work = Work::new(now());
    let all = [queue("one", REGIONS[0]), queue("two", REGIONS[0])];
    take(&mut work, Sight::Everything, &sees(&all));
    work.targets[0].state = done();
    assert!(!work.wave_is_over());
    let request = "r-1".to_owned();
    for state in [
        TargetState::UnderWay { request },
        TargetState::Fading {
            by: "DeleteDBInstance".to_owned(),
        },
    ] {
        work.targets[1].state = state;
        assert!(!work.wave_is_over());
        // It survives being written down.
        let text = serde_json::to_string(&work).unwrap();
        work = serde_json::from_str(&text).unwrap();
    }
    work.targets[1].state = refused();
    assert!(work.wave_is_over());
    assert_eq!(work.stage, Stage::Look { what: Sight::Wave });
}

#[test]
fn what_is_not_listed_any_more_is_not_asked_after_and_what_is_goes_on() {
    let mut work = Work::new(now());
    let one = REGIONS.map(|region| ["a", "b", "c"].map(|name| queue(name, region)));
    let all = one.concat();
    take(&mut work, Sight::Everything, &sees(&all[..5]));
    // Each region in turn.
    let regions = work
        .targets
        .iter()
        .map(|it| it.resource.cell.region.as_str());
    assert_eq!(regions.count(), 5);
    assert_eq!(work.targets[0].resource.cell.region.as_str(), REGIONS[0]);
    assert_eq!(work.targets[1].resource.cell.region.as_str(), REGIONS[1]);
    for target in &mut work.targets {
        target.tries = 1;
        target.state = TargetState::UnderWay {
            request: "r-1".to_owned(),
        };
    }
    // Whoever goes on later asks for the rest first, and then lists.
    assert!(work.turn().is_empty());
    work.targets[1].state = TargetState::Open;
    assert_eq!(work.turn().len(), 1);
    work.targets[1].state = work.targets[0].state.clone();
    // Two in the other region are not worth a list.
    work.look_amid_wave();
    assert_eq!(work.stage, Stage::Look { what: Sight::Wave });
    assert_eq!(Vec::from_iter(work.cells_of_wave()), [&all[0].cell]);
    let mut one_region = Inventory::default();
    one_region.answer(&all[0].cell, Answer::Listed);
    one_region.found.insert(all[2].clone());
    take(&mut work, Sight::Wave, &one_region);
    assert_eq!(work.stage, Stage::Wave);
    assert_eq!((work.targets.len(), work.left.len()), (3, 3));
    assert_eq!(work.deleted.len(), 2);
    assert_eq!(
        (work.deleted[0].by.as_str(), work.deleted[0].tries),
        ("DeleteResource", 1)
    );
    // AWS has not said yet that this one is done.
    assert!(work.done.is_empty());
    assert!(!work.wave_is_over());
    assert_eq!(work.turn().len(), 3);
    work.look_amid_wave();
    assert_eq!(work.stage, Stage::Wave);
}

#[test]
fn stacks_go_first_and_alone_but_do_not_keep_the_rest_for_ever() {
    let mut work = Work::new(now());
    let mut stack = queue("arn:stack", REGIONS[0]);
    stack.cell.type_name = "AWS::CloudFormation::Stack".to_owned();
    let rest = queue("rest", REGIONS[0]);
    let mut both = sees(&[stack.clone(), rest]);
    both.answer(&stack.cell, Answer::Listed);
    let names = |targets: &[Target]| -> Vec<String> {
        targets
            .iter()
            .map(|it| it.resource.identifier.clone())
            .collect()
    };
    take(&mut work, Sight::Everything, &both);
    assert_eq!(names(&work.targets), ["arn:stack"]);
    end_wave(&mut work, &refused());
    take(&mut work, Sight::Wave, &both);
    assert!(work.targets.is_empty());
    take(&mut work, Sight::Everything, &both);
    assert_eq!(
        (names(&work.targets), work.waves.len()),
        (vec!["arn:stack".to_owned()], 1)
    );
}
