//! Whole lives of pull requests through the real reconciler, in a world of faults: lost requests, lost
//! replies, throttling, outages, crashes at every point, two replicas. Each seed is a storm and then a
//! calm, in which everything has to come right. A seed that fails is printed with what happened in it.
//!
//! `EBBTIDE_SIMULATION_SEED=…` lives through one seed again; `EBBTIDE_SIMULATION_LIVES=…` asks for more lives.

#[path = "../support/databases.rs"]
mod databases;
#[path = "../support/memory_store.rs"]
mod memory_store;
#[path = "../support/nuke.rs"]
#[expect(dead_code, reason = "shared with the stories, and each uses a part")]
mod nuke;

mod aws;
mod cloud;
mod content;
mod github;
mod github_calls;
mod judge;
mod judged;
mod ledger;
mod leftovers;
mod life;
mod people;
mod resources;
mod stacks;
mod store;
mod world;

use ebbtide::store::Store;
use life::{Outcome, live};
use memory_store::MemoryStore;
use std::collections::BTreeMap;
use std::future::Future;
use std::io::Write;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use world::Counts;

/// The seed to live through again, if one is asked for.
fn asked() -> Option<u64> {
    let text = std::env::var("EBBTIDE_SIMULATION_SEED").ok()?;
    Some(text.parse().expect("EBBTIDE_SIMULATION_SEED is a number"))
}

/// How many lives to live in memory.
fn lives() -> u64 {
    match std::env::var("EBBTIDE_SIMULATION_LIVES") {
        Ok(text) => text.parse().expect("EBBTIDE_SIMULATION_LIVES is a number"),
        Err(_) => 10_000,
    }
}

/// Tells whoever runs the test how much was lived through, also where the test runner hides what tests print.
fn report(where_kept: &str, counts: Counts) {
    let line = format!(
        "{where_kept}: {} lives, {} steps, {} calls, {} faults, {} crashes, {} standstills, {} leftovers, \
         {} times set aside, {} accounts closed\n",
        counts.lives,
        counts.steps,
        counts.calls,
        counts.faults,
        counts.crashes,
        counts.stalls,
        counts.leftovers,
        counts.set_aside,
        counts.closings
    );
    let mut shown = std::io::stderr();
    shown.write_all(line.as_bytes()).expect("standard error");
}

/// Every seed that ended wrong, so that a pattern shows.
#[expect(clippy::print_stdout, reason = "for whoever has to find out why")]
fn list(failed: &BTreeMap<u64, Vec<String>>) {
    for (seed, complaints) in failed {
        println!("seed {seed}: {}", complaints.join(" | "));
    }
}

fn fail(test: &str, seed: u64, outcome: &Outcome) -> ! {
    panic!(
        "seed {seed} ends wrong:\n  {}\n\nwhat happened:\n{}\n\nrepeat it with\n  \
         EBBTIDE_SIMULATION_SEED={seed} cargo test -p ebbtide --test simulation {test}",
        outcome.complaints.join("\n  "),
        outcome.trace.join("\n"),
    );
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}

fn in_memory(seed: u64, traced: bool) -> Outcome {
    block_on(live(seed, Arc::new(MemoryStore::default()), traced))
}

#[test]
fn lives_in_memory() {
    if let Some(seed) = asked() {
        let outcome = in_memory(seed, true);
        if !outcome.complaints.is_empty() {
            fail("lives_in_memory", seed, &outcome);
        }
        return;
    }
    let next = AtomicU64::new(0);
    let total = Mutex::new(Counts::default());
    let failed: Mutex<BTreeMap<u64, Vec<String>>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while total.lock().expect("no thread panics").lives < lives() {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    let outcome = in_memory(seed, false);
                    if !outcome.complaints.is_empty() {
                        let mut failed = failed.lock().expect("no thread panics");
                        failed.insert(seed, outcome.complaints);
                    }
                    total.lock().expect("no thread panics").add(outcome.counts);
                }
            });
        }
    });
    let total = total.into_inner().expect("no thread panics");
    report("memory", total);
    let many = total.lives >= 1_000;
    let rough = total.leftovers > total.lives / 10 && total.set_aside > 0;
    assert!(rough || !many, "too kind a world: {total:?}");
    let failed = failed.into_inner().expect("no thread panics");
    if let Some(seed) = failed.keys().next() {
        let outcome = in_memory(*seed, true);
        list(&failed);
        fail("lives_in_memory", *seed, &outcome);
    }
}

/// Lives on a real database: the same seeds, fewer of them.
async fn lives_on(test: &str, open: impl AsyncFn() -> databases::Database, lives: u64) {
    let mut total = Counts::default();
    let mut seed = asked().unwrap_or(0);
    while total.lives < lives {
        let database = open().await;
        let store: Arc<dyn Store> = Arc::new(database.store.clone());
        let outcome = live(seed, store, asked().is_some()).await;
        if !outcome.complaints.is_empty() {
            let database = open().await;
            let outcome = live(seed, Arc::new(database.store.clone()), true).await;
            fail(test, seed, &outcome);
        }
        total.add(outcome.counts);
        if asked().is_some() {
            break;
        }
        seed += 1;
    }
    report(test, total);
}

#[tokio::test]
async fn two_hundred_lives_on_sqlite() {
    lives_on("two_hundred_lives_on_sqlite", databases::sqlite, 200).await;
}

#[tokio::test]
async fn fifty_lives_on_postgresql() {
    lives_on("fifty_lives_on_postgresql", databases::postgres, 50).await;
}
