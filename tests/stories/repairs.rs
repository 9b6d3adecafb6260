//! What AWS has and the rows don't, and the reverse.

use crate::files::{QUEUE, one_stack};
use crate::world::Setup;
use ebbtide::environment::{AccountState, Phase};
use ebbtide::reconciler::sweep::Difference;

pub async fn orphan_of_a_dead_incarnation_is_deleted(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;
    let incarnation = world.environment(tea).await.incarnation.expect("alive").id;
    let account = world.account().await;
    alice.merge(tea);
    world.settle().await;
    assert!(world.sandbox.left().await.is_empty());

    // A stack that carries a dead incarnation's tags: a very late call of a replica that was lost.
    let tag = |key: &str, value: &str| {
        aws_sdk_cloudformation::types::Tag::builder()
            .key(key)
            .value(value)
            .build()
    };
    let by_hand = world.sandbox.cloudformation(&account);
    let late = by_hand
        .create_stack()
        .stack_name(format!("ebbtide-{incarnation}-app"))
        .template_body(QUEUE)
        .tags(tag("ebbtide:incarnation", incarnation.as_str()))
        .tags(tag("ebbtide:stack", "app"));
    late.send().await.expect("made");
    let found = world.reconciler.differences().await.expect("compared");
    assert!(
        matches!(&found[..], [Difference::OrphanStack { .. }]),
        "{found:?}"
    );
    world.reconciler.sweep().await.expect("swept");
    world
        .until("empty", async |world| world.stacks().await.is_empty())
        .await;
    world.ends_pristine().await;
}

pub async fn missing_stack_is_made_again(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;
    assert_eq!(world.reconciler.differences().await.expect("compared"), []);

    let environment = world.environment(tea).await;
    let incarnation = environment.incarnation.expect("alive");
    let by_hand = world.sandbox.cloudformation(incarnation.account.as_str());
    let stack = format!("ebbtide-{}-app", incarnation.id);
    let deleting = by_hand.delete_stack().stack_name(stack);
    deleting.send().await.expect("deleted");
    world
        .until("gone", async |world| world.sandbox.left().await.is_empty())
        .await;
    world.reconciler.sweep().await.expect("swept");
    world.settle().await;
    assert_eq!(
        world.stacks().await,
        ["ebbtide-pr-1-ID-1-app CREATE_COMPLETE"]
    );
    assert_eq!(world.phase(tea).await, Phase::Ready);

    alice.merge(tea);
    world.settle().await;
    world.ends_pristine().await;
}

pub async fn account_that_comes_while_the_others_are_counted_stays(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;

    // The list of accounts is read; while their tags are asked for, one more comes into its place.
    let held = world.proxy.hold("ListTagsForResource");
    let (swept, ()) = tokio::join!(world.reconciler.sweep(), async {
        held.arrived().await;
        let jam = alice.open_pull_request("Sell jam", "jam", [("jam.txt", "jam\n")]);
        world.settle().await;
        alice.close(jam);
        world.settle().await;
        held.release();
    });
    swept.expect("swept");

    let accounts = world.accounts().await;
    assert_eq!(accounts.len(), 2);
    for account in accounts {
        assert_ne!(account.state, AccountState::Quarantined, "{account:?}");
    }
}
