//! How environments end, and begin again.

use crate::files::{CLINGING, QUEUE, one_stack, one_stack_with};
use crate::support::proxy::Fault;
use crate::world::Setup;
use chrono::TimeDelta;
use ebbtide::environment::{AccountState, Phase};

pub async fn deletion_that_fails_is_tried_again_with_force(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");

    let tea = alice.open_pull_request("Sell tea", "tea", [("app.yaml", CLINGING)]);
    world.settle().await;
    assert_eq!(world.verdict(tea), "success: Ready");

    alice.merge(tea);
    world.settle().await;
    said!(world.told(tea), @r"
    ### 🌊 Preview environment · Ended
    Everything is deleted: the pull request was merged. It lived A WHILE.
    Its account was proven empty in A WHILE: certificate `acct-ID-1`.
    ");
    assert_eq!(world.proxy.count("DeleteStack"), 2);
    world.ends_pristine().await;
}

pub async fn something_foreign_goes_with_the_account(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;

    let by_hand = world.sandbox.cloudformation(&world.account().await);
    let template = QUEUE.replace("first", "foreign");
    let made = by_hand.create_stack().stack_name("foreign");
    made.template_body(template).send().await.expect("made");
    alice.merge(tea);
    world.settle().await;

    said!(world.told(tea), @r"
    ### 🌊 Preview environment · Ended
    Everything is deleted: the pull request was merged. It lived A WHILE.
    Its account was emptied in A WHILE: 1 resource was left behind and is deleted, certificate `acct-ID-1`.
    ");
    let account = world.accounts().await.remove(0);
    assert_eq!(account.state, AccountState::Ready);
    let proofs = world.store.certificates(&account.id).await;
    let proof = proofs.expect("the database answers").remove(0);
    assert_eq!(account.certificate, Some(proof.id));
    assert_eq!(proof.deleted.len(), 1);
    assert!(proof.deleted[0].identifier.contains("stack/foreign/"));
    assert_eq!(proof.deleted[0].by, "DeleteStack");
    world.ends_pristine().await;
}

pub async fn time_to_live_runs_out_and_a_re_run_begins_anew(setup: Setup) {
    let world = setup.with_shop(one_stack_with("ttl: 2h")).await;
    let alice = world.github.as_user("alice");

    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;
    world.pass(TimeDelta::minutes(90)).await;
    assert_eq!(world.phase(tea).await, Phase::Ready);
    world.pass(TimeDelta::minutes(31)).await;
    said!(world.told(tea), @r"
    ### 🌊 Preview environment · Ended
    Everything is deleted: its time to live ran out. It lived A WHILE.
    Its account was proven empty in A WHILE: certificate `acct-ID-1`.
    Push, or re-run the check, and there is a new one.
    ");
    assert!(world.sandbox.left().await.is_empty());
    assert_eq!(world.github.deployments()[0].state(), "inactive");

    // The slow period does not bring it back.
    world.pass(TimeDelta::hours(3)).await;
    assert_eq!(world.phase(tea).await, Phase::Ended);

    alice.rerequest_check(world.check(tea).id);
    world.settle().await;
    assert_eq!(world.phase(tea).await, Phase::Ready);
    assert_eq!(world.github.deployments()[0].state(), "success");

    alice.merge(tea);
    world.settle().await;
    world.ends_pristine().await;
}

pub async fn reopened_begins_anew_in_the_same_comment(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");

    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;
    alice.close(tea);
    world.settle().await;
    assert_eq!(world.phase(tea).await, Phase::Ended);

    alice.reopen(tea);
    world.settle().await;
    said!(world.told(tea), @r"
    ### 🌊 Preview environment · Ready
    Everything is deployed.
    ");
    assert_eq!(world.verdict(tea), "success: Ready");
    assert_eq!(world.environment(tea).await.incarnations, 2);
    assert_eq!(world.sandbox.accounts().await.len(), 1, "the same account");

    alice.merge(tea);
    world.settle().await;
    world.ends_pristine().await;
}

pub async fn another_base_branch_brings_its_own_policy(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    alice.push("release", one_stack_with("ttl: 2h"));

    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;
    assert!(world.comment(tea).contains("24 h after the last push"));

    alice.retarget(tea, "release");
    world.settle().await;
    assert!(
        world.comment(tea).contains("2 h after the last push"),
        "{}",
        world.comment(tea)
    );
    assert_eq!(world.verdict(tea), "success: Ready");

    alice.merge(tea);
    world.settle().await;
    world.ends_pristine().await;
}

pub async fn uninstalled_is_deleted_without_words(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;
    let said = world.comment(tea);

    alice.uninstall();
    world.settle().await;
    assert_eq!(world.comment(tea), said);
    assert_eq!(world.phase(tea).await, Phase::Ended);
    world.ends_pristine().await;
}

pub async fn repository_taken_from_the_app_and_given_back(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;

    alice.remove_repository();
    world.settle().await;
    assert!(world.sandbox.left().await.is_empty());

    alice.add_repository();
    alice.push("tea", [("tea.txt", "green tea\n")]);
    world.settle().await;
    assert_eq!(world.phase(tea).await, Phase::Ready);

    alice.merge(tea);
    world.settle().await;
    world.ends_pristine().await;
}

pub async fn deleted_repository_leaves_nothing(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;

    // GitHub tells nobody; the slow period finds it, and believes it after the third look.
    alice.delete_repository();
    world.pass(TimeDelta::minutes(31)).await;
    world.pass(TimeDelta::minutes(31)).await;
    world.ends_pristine().await;
}

pub async fn throttled_deletion_is_not_given_up(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;

    // For much longer than AWS is asked at most about a stack that will not go.
    world.proxy.next("DeleteStack", 40, Fault::Throttled);
    alice.merge(tea);
    world.settle().await;

    assert_eq!(world.phase(tea).await, Phase::Ended);
    assert_eq!(world.accounts().await[0].state, AccountState::Ready);
    world.ends_pristine().await;
}

pub async fn uninstalled_long_after_the_last_look(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;

    // Nobody looks at the pull request any more: the slow period is over and must not be due for ever.
    alice.uninstall();
    world.github.deliveries_settled().await;
    world.proxy.next("DeleteStack", 20, Fault::Throttled);
    world.clock.forward(TimeDelta::minutes(31));
    let began = world.now();
    world.settle().await;
    let waited = world.now() - began;
    assert!(
        waited > TimeDelta::minutes(1),
        "asked again at once: {waited}"
    );

    assert_eq!(world.phase(tea).await, Phase::Ended);
    world.ends_pristine().await;
}

pub async fn account_that_cannot_be_asked_about_a_region_is_set_aside(setup: Setup) {
    let world = setup
        .at_most_accounts(1)
        .with_shop(one_stack_with("region: me-south-1"))
        .await;
    let alice = world.github.as_user("alice");
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world
        .until("lent", async |world| {
            world.environment(tea).await.incarnation.is_some()
        })
        .await;

    // What AWS says in a region that the account has not opted into.
    let closed = Fault::Refused {
        code: "InvalidClientTokenId".to_owned(),
        sentence: "The security token included in the request is invalid".to_owned(),
    };
    world.proxy.next("DescribeStacks", 10_000, closed);
    alice.close(tea);
    world.settle().await;

    assert_eq!(world.phase(tea).await, Phase::Ended);
    let account = world.accounts().await.remove(0);
    assert_eq!(account.state, AccountState::Quarantined);
    let reason = account.reason.expect("a reason");
    assert!(
        reason.contains("AWS::CloudFormation::Stack in me-south-1: could not be listed"),
        "{reason}"
    );
    world.proxy.calm();
    world.ends_pristine().await;
}
