//! Things that happen while CloudFormation is at work.

use crate::files::{QUEUE, SLOW, TWO_QUEUES, one_stack};
use crate::world::Setup;

pub async fn only_the_newest_of_several_pushes_is_deployed(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");

    let tea = alice.open_pull_request("Sell tea", "tea", [("app.yaml", SLOW)]);
    let opened = world.head(tea);
    world
        .until("at work", async |world| {
            world.stacks().await == ["ebbtide-pr-1-ID-1-app CREATE_IN_PROGRESS"]
        })
        .await;
    let skipped = alice.push("tea", [("app.yaml", QUEUE)]);
    world.work().await;
    alice.push("tea", [("app.yaml", TWO_QUEUES)]);
    world.work().await;
    world.release("app").await;
    world.settle().await;

    assert_eq!(world.verdict(tea), "success: Ready");
    assert_eq!(world.proxy.count("ExecuteChangeSet"), 2);
    let held = world.sandbox.held(&world.account().await).await;
    assert_eq!(held["queue"].len(), 2, "{held:?}");
    for superseded in [opened, skipped] {
        for check in world.checks_on(&superseded) {
            assert_eq!(check.conclusion.as_deref(), Some("cancelled"), "{check:?}");
        }
    }
    for deployment in world.github.deployments() {
        let newest = deployment.sha == world.head(tea);
        assert_eq!(
            deployment.state(),
            if newest { "success" } else { "inactive" },
            "{deployment:?}"
        );
    }

    alice.merge(tea);
    world.settle().await;
    world.ends_pristine().await;
}

pub async fn closed_while_it_is_created(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    world.proxy.guard_deletes();

    let tea = alice.open_pull_request("Sell tea", "tea", [("app.yaml", SLOW)]);
    world
        .until("at work", async |world| {
            world.stacks().await == ["ebbtide-pr-1-ID-1-app CREATE_IN_PROGRESS"]
        })
        .await;
    alice.close(tea);
    world
        .until("told", async |world| world.told(tea).contains("Ending"))
        .await;
    said!(world.told(tea), @r"
    ### 🌊 Preview environment · Ending
    Everything is being deleted: the pull request was closed.
    AWS is not answering as it should: `DeleteStack: Rate exceeded (Throttling, HTTP 400)`; trying again.
    ");
    world.release("app").await;
    world.settle().await;
    said!(world.told(tea), @r"
    ### 🌊 Preview environment · Ended
    Everything is deleted: the pull request was closed. It lived A WHILE.
    Its account was proven empty in A WHILE: certificate `acct-ID-1`.
    ");
    said!(world.verdict(tea), @"cancelled: Ending");
    world.ends_pristine().await;
}

pub async fn merged_while_it_is_updated(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    world.proxy.guard_deletes();

    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;
    alice.push("tea", [("app.yaml", SLOW)]);
    world
        .until("at work", async |world| {
            world.stacks().await == ["ebbtide-pr-1-ID-1-app UPDATE_IN_PROGRESS"]
        })
        .await;
    alice.merge(tea);
    world
        .until("asked to stop", async |world| {
            world.proxy.count("CancelUpdateStack") > 0
        })
        .await;
    world.release("app").await;
    world.settle().await;
    said!(world.told(tea), @r"
    ### 🌊 Preview environment · Ended
    Everything is deleted: the pull request was merged. It lived A WHILE.
    Its account was proven empty in A WHILE: certificate `acct-ID-1`.
    ");
    world.ends_pristine().await;
}
