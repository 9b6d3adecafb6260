//! One of everything that people leave behind.

use crate::world::{World, tell};
use std::time::Instant;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_everything_in_two_regions_is_found_removed_and_proven_gone() {
    let (world, made) = World::new().await.with_everything().await;
    let mut work = world.work();
    let begun = Instant::now();
    let proof = world.empty(&mut work).await.proof();
    tell("everything", begun, &work, world.front.calls("").await);
    assert_eq!(world.left().await, Vec::<String>::new());
    assert!(made > 150, "{made}");
}
