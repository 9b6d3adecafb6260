//! Deliveries that did not arrive.

use crate::receiver::Receiver;
use crate::world::World;
use chrono::TimeDelta;
use ebbtide::demo::github::Options;
use ebbtide::github::GitHub;

#[tokio::test]
async fn what_did_not_arrive_is_asked_for_until_it_does() {
    let receiver = Receiver::start().await;
    let world = World::with(Options {
        webhook_url: Some(receiver.url()),
        ..Options::default()
    })
    .await;
    world.github.deliveries_settled().await;
    assert_eq!(world.client.failed_deliveries().await, Ok(Vec::new()));
    world.github.drop_next_deliveries(2);
    world.github.as_user("alice").retitle(1, "Sell more tea");
    world.github.as_user("alice").close(1);
    world.github.deliveries_settled().await;
    let failed = world.client.failed_deliveries().await.unwrap();
    let events: Vec<&str> = failed.iter().map(|one| one.event.as_str()).collect();
    assert_eq!(events, ["pull_request", "pull_request"]);
    assert!(failed[0].id < failed[1].id, "oldest first");

    world.client.redeliver(failed[0].id).await.unwrap();
    world.github.deliveries_settled().await;
    let left = world.client.failed_deliveries().await.unwrap();
    assert_eq!(left, failed[1..]);

    world
        .clock
        .forward(TimeDelta::days(3) + TimeDelta::minutes(1));
    assert_eq!(world.client.failed_deliveries().await, Ok(Vec::new()));
    world.end().await;
    receiver.stop().await;
}

#[tokio::test]
async fn a_failure_is_found_behind_many_successes() {
    let receiver = Receiver::start().await;
    let world = World::with(Options {
        webhook_url: Some(receiver.url()),
        ..Options::default()
    })
    .await;
    world.github.deliveries_settled().await;
    world.github.drop_next_deliveries(1);
    for number in 0..110 {
        let title = format!("Sell tea, {number}");
        world.github.as_user("alice").retitle(1, &title);
    }
    world.github.deliveries_settled().await;
    let failed = world.client.failed_deliveries().await.unwrap();
    assert_eq!(failed.len(), 1, "{failed:?}");
    world.end().await;
    receiver.stop().await;
}
