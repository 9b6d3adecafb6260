//! Deliveries that get lost, come twice, or come in another order.

use crate::files::{TWO_QUEUES, one_stack};
use crate::world::Setup;
use chrono::TimeDelta;
use ebbtide::demo::github::Order;
use ebbtide::environment::Phase;

pub async fn dropped_close_is_found_by_the_slow_period(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;

    world.github.drop_next_deliveries(1);
    alice.close(tea);
    world.settle().await;
    assert_eq!(world.phase(tea).await, Phase::Ready);
    world.pass(TimeDelta::minutes(31)).await;
    said!(world.told(tea), @r"
    ### 🌊 Preview environment · Ended
    Everything is deleted: the pull request was closed. It lived A WHILE.
    Its account was proven empty in A WHILE: certificate `acct-ID-1`.
    ");
    world.ends_pristine().await;
}

pub async fn failed_deliveries_are_asked_for_again(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");

    // Without a row nothing compares this pull request with GitHub: only the delivery log knows of it.
    world.github.drop_next_deliveries(1);
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.pass(TimeDelta::hours(1)).await;
    assert_eq!(world.environments().await, []);

    world.reconciler.sweep().await.expect("swept");
    world.settle().await;
    assert_eq!(world.verdict(tea), "success: Ready");

    let asked = world.github.deliveries().len();
    world.reconciler.sweep().await.expect("swept");
    world.settle().await;
    assert_eq!(world.github.deliveries().len(), asked, "once is enough");

    alice.merge(tea);
    world.settle().await;
    world.ends_pristine().await;
}

pub async fn repeated_and_reordered_deliveries_end_in_the_same_place(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");

    world.github.duplicate_next_deliveries(2);
    world.github.hold_deliveries();
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    alice.close(tea);
    alice.reopen(tea);
    alice.push("tea", [("app.yaml", TWO_QUEUES)]);
    world.github.release_deliveries(Order::Reversed);
    world.settle().await;
    assert_eq!(world.verdict(tea), "success: Ready");
    let held = world.sandbox.held(&world.account().await).await;
    assert_eq!(held["queue"].len(), 2, "{held:?}");

    world.github.hold_deliveries();
    alice.push("tea", [("tea.txt", "green tea\n")]);
    alice.merge(tea);
    world.github.release_deliveries(Order::Reversed);
    world.settle().await;
    assert_eq!(world.phase(tea).await, Phase::Ended);
    assert_eq!(world.environment(tea).await.incarnations, 1);
    world.ends_pristine().await;
}

pub async fn lost_opened_is_made_up_for_by_the_next_push(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");

    world.github.drop_next_deliveries(1);
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;
    assert_eq!(world.environments().await, []);
    alice.push("tea", [("tea.txt", "green tea\n")]);
    world.settle().await;
    assert_eq!(world.verdict(tea), "success: Ready");

    alice.merge(tea);
    world.settle().await;
    world.ends_pristine().await;
}
