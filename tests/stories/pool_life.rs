//! The pool's own life: what is kept ready, what is closed, and what is not risked any more.

use crate::files::{one_stack, one_stack_with};
use crate::support::proxy::Fault;
use crate::world::Setup;
use ebbtide::environment::pool::AfterUse;
use ebbtide::environment::{AccountOrder, AccountState, Phase};

pub async fn some_are_ready_before_anybody_asks(setup: Setup) {
    let world = setup
        .pool(|rules| rules.min_ready = 2)
        .with_shop(one_stack())
        .await;
    world.reconciler.sweep().await.expect("swept");
    world.settle().await;
    assert_eq!(world.states().await, [AccountState::Ready; 2]);

    let alice = world.github.as_user("alice");
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;
    assert_eq!(world.phase(tea).await, Phase::Ready);
    let mut states = world.states().await;
    states.sort();
    assert_eq!(
        states,
        [
            AccountState::Ready,
            AccountState::Ready,
            AccountState::Leased
        ]
    );

    alice.merge(tea);
    world.settle().await;
    // Nobody makes a fourth while the first is emptied.
    assert_eq!(world.states().await, [AccountState::Ready; 3]);
    world.ends_pristine().await;
}

pub async fn closed_after_use_and_never_lent_again(setup: Setup) {
    let world = setup
        .pool(|rules| rules.after_use = AfterUse::Close)
        .with_shop(one_stack())
        .await;
    let alice = world.github.as_user("alice");
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;
    let first = world.account().await;
    alice.merge(tea);
    world.settle().await;

    let account = world.accounts().await.remove(0);
    assert_eq!(account.state, AccountState::Closed);
    let closing = account.closing.expect("it was to be closed");
    assert_eq!(closing.by, "pool.after_use");
    assert!(closing.closed_at >= closing.requested_at);
    assert!(account.certificate.is_some(), "it was proven empty before");
    assert_eq!(world.proxy.count("CloseAccount"), 1);
    said!(world.told(tea), @r"
    ### 🌊 Preview environment · Ended
    Everything is deleted: the pull request was merged. It lived A WHILE.
    Its account was proven empty in A WHILE: certificate `acct-ID-1`.
    ");

    let jam = alice.open_pull_request("Sell jam", "jam", [("jam.txt", "jam\n")]);
    world.settle().await;
    assert_eq!(world.phase(jam).await, Phase::Ready);
    let second = world.environment(jam).await.incarnation.expect("alive");
    assert_ne!(second.account.as_str(), first);
    // A slow period finds nothing to mend about an account that is closed.
    assert_eq!(world.reconciler.differences().await.expect("compared"), []);
    alice.close(jam);
    world.settle().await;
    world.ends().await;
}

pub async fn closing_waits_while_deletions_are_stopped_and_while_aws_is_busy(setup: Setup) {
    let world = setup
        .pool(|rules| rules.min_ready = 1)
        .with_shop(one_stack())
        .await;
    world.reconciler.sweep().await.expect("swept");
    world.settle().await;
    let account = world.accounts().await.remove(0);
    let switch = ebbtide::store::Switch {
        reason: "an audit".to_owned(),
        by: "ada".to_owned(),
        at: world.now(),
    };
    world
        .store
        .stop_deletes(Some(&switch))
        .await
        .expect("stopped");
    let close = AccountOrder::Close {
        by: "ada".to_owned(),
        at: world.now(),
    };
    let ordered = world.store.order(&account.id, &close, world.now()).await;
    ordered.expect("ok").expect("there").expect("it is free");
    world.work().await;
    let waiting = world.accounts().await.remove(0);
    said!(waiting.reason.unwrap_or_default(), @"it is not closed yet: ada stopped all deletions: an audit");
    assert_eq!(world.proxy.count("CloseAccount"), 0);

    world.store.stop_deletes(None).await.expect("going on");
    let busy = Fault::Refused {
        code: "ConflictException".to_owned(),
        sentence: "The request failed because it conflicts with the current state".to_owned(),
    };
    world.proxy.next("CloseAccount", 1, busy);
    world.settle().await;
    let states = world.states().await;
    assert!(states.contains(&AccountState::Closed), "{states:?}");
    // The one that is kept ready is another one.
    assert!(states.contains(&AccountState::Ready), "{states:?}");
    world.ends().await;
}

pub async fn closing_that_aws_refuses_is_told_and_can_be_ordered_again(setup: Setup) {
    let world = setup
        .pool(|rules| rules.min_ready = 1)
        .with_shop(one_stack())
        .await;
    world.reconciler.sweep().await.expect("swept");
    world.settle().await;
    let account = world.accounts().await.remove(0);
    let forbidden = Fault::Refused {
        code: "AccessDeniedException".to_owned(),
        sentence: "You don't have permissions to access this resource.".to_owned(),
    };
    world.proxy.next("CloseAccount", 1, forbidden);
    let close = || AccountOrder::Close {
        by: "ada".to_owned(),
        at: world.now(),
    };
    let ordered = world.store.order(&account.id, &close(), world.now()).await;
    ordered.expect("ok").expect("there").expect("it is free");
    world.work().await;
    let now = async || {
        world
            .store
            .account(&account.id)
            .await
            .expect("ok")
            .expect("there")
    };
    let refused = now().await;
    assert_eq!(refused.state, AccountState::Quarantined);
    assert_eq!(refused.closing, None);
    said!(refused.reason.unwrap_or_default(), @"it is not closed: AWS refused CloseAccount: You don't have permissions to access this resource. (AccessDeniedException)");

    let ordered = world.store.order(&account.id, &close(), world.now()).await;
    ordered
        .expect("ok")
        .expect("there")
        .expect("it is set aside");
    world.settle().await;
    assert_eq!(now().await.state, AccountState::Closed);
    world.ends().await;
}

pub async fn kept_for_inspection_until_somebody_releases_it(setup: Setup) {
    let world = setup
        .pool(|rules| rules.after_use = AfterUse::Keep)
        .with_shop(one_stack())
        .await;
    let alice = world.github.as_user("alice");
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;
    alice.merge(tea);
    world.settle().await;
    let kept = world.accounts().await.remove(0);
    assert_eq!(kept.state, AccountState::Quarantined);
    said!(world.plain(&kept.reason.unwrap_or_default()), @"kept for inspection after pr-1-ID");
    assert_eq!(kept.certificate, None);

    let released = world
        .store
        .order(&kept.id, &AccountOrder::Release, world.now())
        .await;
    released
        .expect("ok")
        .expect("there")
        .expect("it was set aside");
    world.settle().await;
    let account = world.accounts().await.remove(0);
    assert_eq!(account.state, AccountState::Ready);
    assert!(account.certificate.is_some());
    world.ends_pristine().await;
}

pub async fn one_cause_is_one_alarm_and_costs_two_accounts(setup: Setup) {
    let world = setup.with_shop(one_stack_with("region: me-south-1")).await;
    let alice = world.github.as_user("alice");
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    let jam = alice.open_pull_request("Sell jam", "jam", [("jam.txt", "jam\n")]);
    world
        .until("lent", async |world| {
            let tea = world.environment(tea).await.incarnation;
            tea.is_some() && world.environment(jam).await.incarnation.is_some()
        })
        .await;
    let closed = Fault::Refused {
        code: "InvalidClientTokenId".to_owned(),
        sentence: "The security token included in the request is invalid".to_owned(),
    };
    world.proxy.next("DescribeStacks", 10_000, closed);
    alice.close(tea);
    alice.close(jam);
    world.settle().await;
    assert_eq!(world.states().await, [AccountState::Quarantined; 2]);

    let ham = alice.open_pull_request("Sell ham", "ham", [("ham.txt", "ham\n")]);
    world
        .until("told why it waits", async |world| {
            world.told(ham).contains("for the same reason")
        })
        .await;
    assert_eq!(world.states().await.len(), 2, "no third account is risked");
    said!(world.told(ham), @r"
    ### 🌊 Preview environment · Queued
    Waiting for an account.
    No account can be had at the moment: `2 accounts could not be emptied lately for the same reason (AWS::CloudFormation::Stack, unlistable), and this pull request's would likely be the next; an admin has to look at them first`; trying again.
    ");

    // Somebody mends it, and says so.
    world.proxy.calm();
    for account in world.accounts().await {
        let retried = world
            .store
            .order(&account.id, &AccountOrder::Retry, world.now())
            .await;
        retried.expect("ok").expect("there").expect("quarantined");
    }
    world.settle().await;
    assert_eq!(world.phase(ham).await, Phase::Ready);
    alice.close(ham);
    world.settle().await;
    world.ends_pristine().await;
}
