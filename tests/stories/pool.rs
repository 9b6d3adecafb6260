//! Accounts are lent to one at a time.

use crate::files::one_stack;
use crate::support::proxy::Fault;
use crate::world::Setup;
use chrono::TimeDelta;
use ebbtide::environment::{AccountState, Phase};

pub async fn second_one_waits_for_the_account_of_the_first(setup: Setup) {
    let world = setup.at_most_accounts(1).with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");

    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;
    let jam = alice.open_pull_request("Sell jam", "jam", [("jam.txt", "jam\n")]);
    let ham = alice.open_pull_request("Sell ham", "ham", [("ham.txt", "ham\n")]);
    world
        .until("queued", async |world| {
            world.told(jam).contains("1st in the queue")
                && world.told(ham).contains("2nd in the queue")
        })
        .await;
    said!(world.told(jam), @r"
    ### 🌊 Preview environment · Queued
    1st in the queue for an account.
    ");
    said!(world.verdict(ham), @"in_progress: 2nd in the queue for an account");

    alice.merge(tea);
    world
        .until("served", async |world| {
            world.phase(jam).await == Phase::Ready && world.told(ham).contains("1st in the queue")
        })
        .await;
    assert_eq!(world.phase(tea).await, Phase::Ended);

    alice.close(ham);
    world.settle().await;
    said!(world.told(ham), @r"
    ### 🌊 Preview environment · Ended
    Nothing was deployed: the pull request was closed before an account was taken.
    ");
    said!(world.verdict(ham), @"cancelled: Ended");
    alice.merge(jam);
    world.settle().await;
    assert_eq!(world.sandbox.accounts().await.len(), 1);
    world.ends_pristine().await;
}

pub async fn used_account_is_lent_to_anybody_once_it_is_proven_empty(setup: Setup) {
    let world = setup.at_most_accounts(1).with_shop(one_stack()).await;
    world.repository("acme/bakery", one_stack());
    let alice = world.github.as_user("alice");
    let baker = world.github.as_user("alice").on("acme/bakery");

    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;
    alice.merge(tea);
    world.settle().await;

    let account = world.accounts().await.remove(0);
    assert_eq!(account.state, AccountState::Ready);
    let certificate = account.certificate.expect("a certificate");
    let proof = world.store.certificate(&certificate).await;
    let proof = proof.expect("the database answers").expect("it is kept");
    assert_eq!(proof.account_row, account.id);
    assert!(proof.listed > 0 && proof.deleted.is_empty(), "{proof:?}");

    let rye = baker.open_pull_request("Bake rye", "rye", [("rye.txt", "rye\n")]);
    world.settle().await;
    assert!(world.told_in("acme/bakery", rye).contains("Ready"));
    let lent = world.accounts().await.remove(0);
    assert_eq!((lent.state, lent.certificate), (AccountState::Leased, None));

    baker.close(rye);
    world.settle().await;
    assert_eq!(world.sandbox.accounts().await.len(), 1);
    world.ends_pristine().await;
}

pub async fn pool_grows_one_by_one_and_lends_again(setup: Setup) {
    let world = setup.at_most_accounts(3).with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    world.proxy.slow_creation(4);

    let wares = ["tea", "jam", "ham"];
    let all: Vec<u64> = wares
        .iter()
        .map(|ware| alice.open_pull_request(&format!("Sell {ware}"), ware, [(*ware, "some\n")]))
        .collect();
    world.settle().await;
    let mut accounts = Vec::new();
    for number in &all {
        assert_eq!(world.verdict(*number), "success: Ready");
        let incarnation = world.environment(*number).await.incarnation;
        accounts.push(incarnation.expect("alive").account);
    }
    accounts.sort();
    accounts.dedup();
    assert_eq!(accounts.len(), 3, "each has its own");

    for number in &all {
        alice.merge(*number);
    }
    world.settle().await;
    let last = alice.open_pull_request("Sell figs", "figs", [("figs", "some\n")]);
    world.settle().await;
    assert_eq!(world.verdict(last), "success: Ready");
    assert_eq!(
        world.sandbox.accounts().await.len(),
        3,
        "none was made anew"
    );
    alice.merge(last);
    world.settle().await;
    world.ends_pristine().await;
}

pub async fn full_organization_is_asked_again_for_the_same_account(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    let failed = |reason: &str| {
        Fault::Instead(format!(
            r#"{{"CreateAccountStatus": {{"Id": "car-1", "State": "FAILED", "FailureReason": "{reason}"}}}}"#
        ))
    };
    let asked = r#"{"CreateAccountStatus": {"Id": "car-1", "State": "IN_PROGRESS"}}"#;
    let tries = 8;
    world
        .proxy
        .next("CreateAccount", tries, Fault::Instead(asked.to_owned()));
    world.proxy.next(
        "DescribeCreateAccountStatus",
        tries,
        failed("ACCOUNT_LIMIT_EXCEEDED"),
    );

    let began = world.now();
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;

    assert_eq!(world.phase(tea).await, Phase::Ready);
    assert_eq!(world.accounts().await.len(), 1, "no row for each refusal");
    let waited = world.now() - began;
    assert!(
        waited > TimeDelta::minutes(2),
        "ever longer between requests: {waited}"
    );
    alice.merge(tea);
    world.settle().await;
    world.ends_pristine().await;
}

pub async fn address_of_somebody_elses_account_is_given_up(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    let asked = r#"{"CreateAccountStatus": {"Id": "car-1", "State": "IN_PROGRESS"}}"#;
    let taken = r#"{"CreateAccountStatus": {"Id": "car-1", "State": "FAILED", "FailureReason": "EMAIL_ALREADY_EXISTS"}}"#;
    let tries = 6;
    world
        .proxy
        .next("CreateAccount", tries, Fault::Instead(asked.to_owned()));
    world.proxy.next(
        "DescribeCreateAccountStatus",
        tries,
        Fault::Instead(taken.to_owned()),
    );

    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;

    assert_eq!(world.phase(tea).await, Phase::Ready);
    let states: Vec<AccountState> = world.accounts().await.iter().map(|one| one.state).collect();
    assert_eq!(states, [AccountState::Failed, AccountState::Leased]);
}

pub async fn whoever_cannot_take_an_account_keeps_none_from_others(setup: Setup) {
    let world = setup.at_most_accounts(1).with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;
    let jam = alice.open_pull_request("Sell jam", "jam", [("jam.txt", "jam\n")]);
    let ham = alice.open_pull_request("Sell ham", "ham", [("ham.txt", "ham\n")]);
    world
        .until("queued", async |world| {
            world.told(ham).contains("2nd in the queue")
        })
        .await;

    alice.push("jam", [(".ebbtide.yml", "stacks: 1\n")]);
    world
        .until("refused", async |world| {
            world.phase(jam).await == Phase::BadFile
        })
        .await;
    alice.merge(tea);
    world
        .until("served", async |world| {
            world.phase(ham).await == Phase::Ready
        })
        .await;

    alice.close(ham);
    alice.close(jam);
    world.settle().await;
    world.ends_pristine().await;
}
