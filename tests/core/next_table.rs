//! The whole of `next_step` as one table. Every combination is in it: `*` stands where a value makes no
//! difference, which is checked, not assumed.

use ebbtide::environment::StackName;
use ebbtide::environment::frontier::Frontier;
use ebbtide::environment::next::{
    GateSeen, HealthSeen, Hold, ReadingSeen, Seen, Step, Want, next_step,
};
use ebbtide::environment::stack::{DeleteEffect, DeployEffect};
use std::fmt::Write;

/// Each dimension's values, by number.
const SIZES: [usize; 8] = [3, 3, 2, 12, 2, 2, 3, 2];
const NAMES: [&str; 8] = [
    "want",
    "file",
    "gate",
    "stacks",
    "uploads",
    "confirmed",
    "health",
    "noted",
];

fn word(dimension: usize, value: usize) -> String {
    let yes_or_no = ["no", "yes"];
    match dimension {
        0 => ["unknown", "absent", "present"][value].to_owned(),
        1 => ["unread", "bad", "plan"][value].to_owned(),
        2 => ["shut", "open"][value].to_owned(),
        3 => match frontier(value) {
            None => "no account".to_owned(),
            Some(Frontier::Deploy(_, effect)) => format!("Deploy {effect:?}"),
            Some(Frontier::Delete(_, effect)) => format!("Delete {effect:?}"),
            Some(Frontier::Failed(_)) => "Failed".to_owned(),
            Some(other) => format!("{other:?}"),
        },
        6 => ["open", "passed", "failed"][value].to_owned(),
        _ => yes_or_no[value].to_owned(),
    }
}

fn frontier(value: usize) -> Option<Frontier> {
    let app = StackName::new("app");
    Some(match value {
        0 => return None,
        1 => Frontier::Deploy(app, DeployEffect::Plan),
        2 => Frontier::Deploy(app, DeployEffect::Replan),
        3 => Frontier::Deploy(app, DeployEffect::Execute),
        4 => Frontier::Deploy(app, DeployEffect::Discard),
        5 => Frontier::Delete(app, DeleteEffect::LiftProtection),
        6 => Frontier::Delete(app, DeleteEffect::CancelUpdate),
        7 => Frontier::Delete(app, DeleteEffect::Delete),
        8 => Frontier::Delete(app, DeleteEffect::ForceDelete),
        9 => Frontier::Wait,
        10 => Frontier::AllSettled,
        _ => Frontier::Failed(app),
    })
}

fn seen(values: [usize; 8]) -> Seen {
    Seen {
        want: [Want::Unknown, Want::Absent, Want::Present][values[0]],
        reading: [ReadingSeen::Unread, ReadingSeen::Bad, ReadingSeen::Plan][values[1]],
        gate: [GateSeen::Shut, GateSeen::Open][values[2]],
        hold: frontier(values[3]).map_or(Hold::Nothing, |stacks| Hold::Leased {
            stacks,
            uploads: values[4] == 1,
            confirmed: values[5] == 1,
        }),
        health: [HealthSeen::Open, HealthSeen::Passed, HealthSeen::Failed][values[6]],
        noted: values[7] == 1,
    }
}

/// The steps of all combinations that begin with these values.
fn steps(prefix: &[usize]) -> Vec<Step> {
    let Some(size) = SIZES.get(prefix.len()) else {
        let mut values = [0; 8];
        values.copy_from_slice(prefix);
        return vec![next_step(&seen(values))];
    };
    let with = |value| [prefix, &[value]].concat();
    (0..*size).flat_map(|value| steps(&with(value))).collect()
}

/// Writes the lines below a prefix: one where the next value makes no difference, else one per value.
fn lines(prefix: &mut Vec<usize>, words: &mut Vec<String>, table: &mut String) {
    let dimension = prefix.len();
    let Some(size) = SIZES.get(dimension) else {
        let step = steps(prefix).remove(0);
        let _ = write!(table, "{:<8} {:<7} {:<5} ", words[0], words[1], words[2]);
        let _ = write!(table, "{:<21} {:<8} ", words[3], words[4]);
        let _ = write!(table, "{:<10} {:<7} {:<6}", words[5], words[6], words[7]);
        let _ = writeln!(table, "-> {step}");
        return;
    };
    let below = |value: usize| steps(&[prefix.as_slice(), &[value]].concat());
    let all_the_same = (1..*size).all(|value| below(value) == below(0));
    for value in 0..if all_the_same { 1 } else { *size } {
        let shown = if all_the_same {
            "*".to_owned()
        } else {
            word(dimension, value)
        };
        prefix.push(value);
        words.push(shown);
        lines(prefix, words, table);
        prefix.pop();
        words.pop();
    }
}

#[test]
fn every_combination_has_its_step() {
    let mut table = String::new();
    let _ = write!(table, "{:<8} {:<7} {:<5} ", NAMES[0], NAMES[1], NAMES[2]);
    let _ = write!(table, "{:<21} {:<8} ", NAMES[3], NAMES[4]);
    let _ = writeln!(
        table,
        "{:<10} {:<7} {:<6}-> step",
        NAMES[5], NAMES[6], NAMES[7]
    );
    lines(&mut Vec::new(), &mut Vec::new(), &mut table);
    insta::assert_snapshot!("next_step", table);
}
