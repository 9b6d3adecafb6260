//! Somebody has a say in the middle of it.

use crate::permit::Allows;
use crate::world::{End, Process, World};

const THINGS: u32 = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_objection_between_two_waves_stops_every_further_deletion() {
    let world = World::new().await.with_things(THINGS).await;
    let mut work = world.work();
    // Once for the plan, once for the first wave, then no more.
    let permit = Allows::objecting_after(2);
    let end = world.go_on(&mut work, &permit, Process::One).await;
    assert!(
        matches!(&end, End::Forbidden(why) if *why == ["it left the sandbox OU"]),
        "{end:?}"
    );
    let deletions = world.front.calls("DeleteResource").await;
    let left = world.left().await.len();
    assert!(deletions > 0 && left > 0, "{deletions} {left}");
    // However often it is tried.
    let permit = Allows::objecting_after(0);
    let end = world.go_on(&mut work, &permit, Process::One).await;
    assert!(matches!(end, End::Forbidden(_)), "{end:?}");
    assert_eq!(world.front.calls("DeleteResource").await, deletions);
    assert_eq!(world.left().await.len(), left);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_switch_stops_deletions_within_a_wave_and_they_go_on_when_it_is_back() {
    let world = World::new().await.with_things(THINGS).await;
    let mut work = world.work();
    let end = world
        .go_on(&mut work, &Allows::stopping_after(2), Process::One)
        .await;
    assert!(matches!(end, End::Stopped), "{end:?}");
    let deletions = world.front.calls("DeleteResource").await;
    assert!((1..u64::from(THINGS)).contains(&deletions), "{deletions}");
    let end = world
        .go_on(&mut work, &Allows::stopping_after(0), Process::One)
        .await;
    assert!(matches!(end, End::Stopped), "{end:?}");
    assert_eq!(world.front.calls("DeleteResource").await, deletions);
    world.empty(&mut work).await.proof();
    assert_eq!(world.left().await, Vec::<String>::new());
    assert_eq!(work.deleted.len(), THINGS as usize);
}
