//! How long it takes to empty an account, with how many calls and how much memory, and what is left: by Ebbtide, and
//! by somebody else. `tests/benchmark_nuke` runs it and says what the numbers mean.

use crate::permit::Allows;
use crate::toll::Counts;
use crate::world::World;
use ebbtide::clock::{Clock as _, SystemClock};
use ebbtide::environment::patience::Pace;
use ebbtide::nuke::{Outcome, Work};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// As somebody has it who configures nothing.
const PACE: Pace = Pace {
    poll_min: Duration::from_secs(2),
    poll_max: Duration::from_secs(30),
};

/// Services that are the same in all regions, as signatures name them.
const GLOBAL: [&str; 7] = [
    "budgets",
    "cloudfront",
    "globalaccelerator",
    "iam",
    "route53",
    "shield",
    "waf",
];

/// How many kinds of calls are told, the most frequent first.
const MOST_CALLS: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, and takes minutes"]
async fn many_things_in_four_regions() {
    let count = u32::try_from(number("EBBTIDE_BENCHMARK_COUNT", 1_000)).expect("a number");
    let latency = Duration::from_millis(number("EBBTIDE_BENCHMARK_LATENCY", 0));
    let rival = std::env::var("AWS_NUKE").ok();
    let mut world = World::measured(latency).await;

    let fresh = match &rival {
        Some(program) => found(&world.rival(&["--aws-nuke", program]).await),
        None => BTreeSet::new(),
    };
    world.litter(count).await;
    world.take_counts();
    let mut measured = empty(&world).await;
    measured["left"] = json!(world.left().await);
    if let Some(program) = &rival {
        let still = found(&world.rival(&["--aws-nuke", program]).await);
        measured["aws_nuke_finds"] = json!(still.difference(&fresh).collect::<Vec<_>>());
    }
    tell("Ebbtide", count, latency, measured);

    if let Some(program) = &rival {
        world.move_on();
        world.litter(count).await;
        world.take_counts();
        let mut measured = world.rival(&["--aws-nuke", program, "--delete"]).await;
        measured["deleted"] = json!(found(&measured).len());
        for long in ["found", "scanned"] {
            measured.as_object_mut().expect("an object").remove(long);
        }
        let counts = world.take_counts();
        count_calls(&mut measured, &counts);
        // Told where services are, it asks in each region for what is the same in all: on AWS it does so once.
        let everywhere = counts
            .iter()
            .filter(|(name, _)| {
                name.split(' ')
                    .next()
                    .is_some_and(|it| GLOBAL.contains(&it))
            })
            .map(|(_, calls)| calls)
            .sum::<u64>();
        let (all, regions) = (counts.values().sum::<u64>(), world.regions().len() as u64);
        measured["calls"] = json!(all - everywhere / regions * (regions - 1));
        measured["calls_with_repeated_global_ones"] = json!(all);
        measured["left"] = json!(world.left().await);
        let still = found(&world.rival(&["--aws-nuke", program]).await);
        measured["aws_nuke_finds"] = json!(still);
        tell("aws-nuke", count, latency, measured);
    }
}

/// Empties the account as the service does: pass by pass, with the work written down after each.
async fn empty(world: &World) -> Value {
    let nuke = world.nuke(usize::MAX);
    let permit = Allows::everything();
    let mut work = Work::new(SystemClock.now());
    let mut waiting = Duration::ZERO;
    let mut stages: BTreeMap<String, f64> = BTreeMap::new();
    forget_peak();
    let begun = Instant::now();
    loop {
        let (stage, since) = (format!("{:?}", work.stage), Instant::now());
        let job = world.job(&SystemClock, PACE, &permit);
        let outcome = nuke.go_on(&mut work, &job).await.expect("no setback");
        let written = serde_json::to_string(&work).expect("JSON");
        work = serde_json::from_str(&written).expect("a work");
        *stages.entry(stage).or_default() += since.elapsed().as_secs_f64();
        match outcome {
            Outcome::Proven(_) => break,
            Outcome::GoOn => {}
            Outcome::Wait(wait) => {
                waiting += wait;
                SystemClock.sleep(wait).await;
            }
            other => panic!("it is not proven: {other:?}"),
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    let mut measured = json!({
        "seconds": seconds,
        "seconds_of_waiting": waiting.as_secs_f64(),
        "seconds_of_work": seconds - waiting.as_secs_f64(),
        "peak_memory_mib": peak_memory(),
        "deleted": work.deleted.len(),
        "looks": work.rounds,
        "passes_from": stages,
    });
    count_calls(&mut measured, &world.take_counts());
    measured
}

/// All calls, and the most frequent.
fn count_calls(measured: &mut Value, counts: &Counts) {
    let mut most: Vec<(&String, &u64)> = counts.iter().collect();
    most.sort_by_key(|(_, calls)| std::cmp::Reverse(**calls));
    measured["calls"] = json!(counts.values().sum::<u64>());
    let most = most.into_iter().take(MOST_CALLS);
    measured["most_calls"] = most
        .map(|(name, calls)| json!(format!("{calls} {name}")))
        .collect();
}

/// What a dry run names.
fn found(told: &Value) -> BTreeSet<String> {
    assert_eq!(told["scanned"], true, "it did not come to an end: {told}");
    let found = told["found"].as_array().expect("a list");
    let names = found.iter().filter_map(Value::as_str);
    names.map(str::to_owned).collect()
}

#[expect(clippy::print_stdout, reason = "for tests/benchmark_nuke")]
fn tell(who: &str, count: u32, latency: Duration, mut measured: Value) {
    measured["who"] = json!(who);
    measured["things"] = json!(count);
    measured["latency_ms"] = json!(u64::try_from(latency.as_millis()).unwrap_or(u64::MAX));
    println!("measured: {measured}");
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |it| it.parse().expect("a number"))
}

/// Begins the measurement of memory anew, where the system can do that.
fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// The most memory that this process had since then, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024)
}
