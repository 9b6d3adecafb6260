//! How long it takes, how many calls and how much memory: `tests/benchmark_nuke` runs it.

use crate::world::World;
use ebbtide::clock::Clock as _;
use std::time::Instant;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, and takes minutes"]
#[expect(clippy::print_stdout, reason = "for tests/benchmark_nuke")]
async fn many_things_in_four_regions() {
    let count = std::env::var("EBBTIDE_BENCHMARK_COUNT");
    let count: u32 = count.map_or(1_000, |it| it.parse().expect("a number"));
    let world = World::in_many_regions().await.with_things(count).await;
    let mut work = world.work();
    let (began_at, begun) = (world.clock.now(), Instant::now());
    world.empty(&mut work).await.proof();
    let took = begun.elapsed().as_secs_f64();
    // The hand clock counts what would have been waited: for AWS, and between the two clean looks.
    let waited = (world.clock.now() - began_at).num_seconds();
    let left = world.left().await.len();
    let measured = serde_json::json!({
        "things": count,
        "deleted": work.deleted.len(),
        "left": left,
        "seconds_of_work": (took * 10.0).round() / 10.0,
        "seconds_of_waiting": waited,
        "cloud_control_calls": world.front.calls("").await,
        "of_these_lists": world.front.calls("ListResources").await,
        "calls_of_looks": work.calls,
        "peak_memory_mib": peak_memory(),
    });
    println!("measured: {measured}");
    assert_eq!(left, 0);
}

/// The most memory that this process ever had, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024)
}
