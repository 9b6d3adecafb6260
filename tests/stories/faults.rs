//! Calls that go wrong, one kind of call after the other: each life ends as an undisturbed one.

use crate::files::{TWO_QUEUES, one_stack};
use crate::support::proxy::Fault;
use crate::world::{SHOP, Setup, World};
use ebbtide::demo::github::{Actor, Failure, Seen};
use std::collections::BTreeSet;

/// A whole life: opened, pushed to, merged. Everything is as it would be without faults.
async fn life(world: &World, repository: &str, alice: &Actor, what: &str) {
    let branch = format!("branch-{}", what.replace([' ', '/', '(', ')'], "-"));
    let number = alice.open_pull_request(what, &branch, [("README.md", what.to_owned())]);
    world.settle().await;
    assert_ready(world, repository, number, what);
    alice.push(&branch, [("app.yaml", TWO_QUEUES)]);
    world.settle().await;
    assert_ready(world, repository, number, what);
    alice.close(number);
    world.settle().await;
    let told = world.told_in(repository, number);
    assert!(
        told.contains("Everything is deleted: the pull request was closed."),
        "{what}: {told}"
    );
    assert!(
        told.contains("Its account was proven empty"),
        "{what}: {told}"
    );
    // The account that was used last: looking into all of them each time would take long.
    let rows = world.accounts().await;
    let newest = rows.iter().max_by_key(|row| row.created_at);
    let account = newest.and_then(|row| row.account.as_ref());
    let held = world.sandbox.held(account.expect("made").as_str()).await;
    assert!(held.is_empty(), "{what}: {held:#?}");
}

fn assert_ready(world: &World, repository: &str, number: u64, what: &str) {
    let comments = world.comments_in(repository, number);
    assert_eq!(comments.len(), 1, "{what}: {comments:#?}");
    let told = world.told_in(repository, number);
    assert!(told.contains("Everything is deployed."), "{what}: {told}");
}

pub async fn every_call_to_aws_may_go_wrong(setup: Setup) {
    let world = setup.at_most_accounts(200).with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    life(&world, SHOP, &alice, "undisturbed").await;
    let log = world.proxy.log();
    let names: BTreeSet<String> = log.into_iter().map(|call| call.name).collect();
    assert!(names.len() > 10, "{names:?}");

    let mut repositories = 1;
    for name in &names {
        for fault in [
            Fault::LostReply,
            Fault::LostRequest,
            Fault::Throttled,
            Fault::ServerError(503),
        ] {
            // Each life needs an account of its own, so that calls about accounts are made too.
            for account in world.accounts().await {
                let aside = world.store.quarantine(&account.id, "kept aside");
                aside.await.expect("the database answers");
            }
            repositories += 1;
            let repository = format!("acme/shop-{repositories}");
            world.repository(&repository, one_stack());
            let alice = world.github.as_user("alice").on(&repository);
            let what = format!("{name} {fault:?}");
            // Twice: the SDK tries once more by itself.
            world.proxy.next(name, 2, fault.clone());
            let before = world.proxy.log().len();
            life(&world, &repository, &alice, &what).await;
            let log = world.proxy.log();
            let met = log[before..].iter().any(|call| call.fault.is_some());
            // What is asked only once in a process is not asked here again.
            assert!(met || name == "DescribeOrganization", "{what} never came");
            world.proxy.calm();
            assert_eq!(world.sandbox.accounts().await.len(), repositories, "{what}");
        }
    }
    world.ends_pristine().await;
}

pub async fn every_call_to_github_may_go_wrong(setup: Setup) {
    let world = setup.at_most_accounts(1).with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    life(&world, SHOP, &alice, "undisturbed").await;
    let seen = world.github.requests();
    let calls: BTreeSet<(String, String)> = seen
        .iter()
        .filter(|one| !one.path.contains("access_tokens"))
        .map(|one| (one.method.clone(), kind_of(&one.path)))
        .collect();
    assert!(calls.len() > 8, "{calls:?}");

    for (method, prefix) in calls {
        for failure in [
            Failure::LoseAnswer,
            Failure::LoseRequest,
            Failure::Status(502),
            Failure::SecondaryLimit(60),
        ] {
            world.github.fail_next(2, &method, &prefix, failure.clone());
            let what = format!("{method} {prefix} {failure:?}");
            let before = world.github.requests().len();
            life(&world, SHOP, &alice, &what).await;
            let seen = &world.github.requests()[before..];
            let met = |one: &Seen| {
                one.status
                    .is_none_or(|status| status == 403 || status == 502)
            };
            assert!(seen.iter().any(met), "{what} never came");
            world.github.stop_failing();
        }
    }
    world.ends_pristine().await;
}

/// The path up to the first number or commit: `/repos/acme/shop/issues`.
fn kind_of(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').collect();
    let end = parts
        .iter()
        .position(|part| part.bytes().any(|one| one.is_ascii_digit()))
        .unwrap_or(parts.len());
    parts[..end].join("/")
}
