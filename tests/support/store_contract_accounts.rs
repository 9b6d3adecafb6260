//! What every [`Store`] promises about accounts: how they are lent, given back, and made.

use super::super::records::{account, at, environment};
use super::{assert_stale, claim, open};
use ebbtide::environment::closing::Turn;
use ebbtide::environment::pool::{Affinity, Room};
use ebbtide::environment::{AccountState, Environment, IncarnationId, Region, RepositoryId};
use ebbtide::store::{ClaimedEnvironment, Lease, Store};

/// Lends an account in one region, preferring what served the same repository.
async fn lend(
    store: &dyn Store,
    to: &ClaimedEnvironment,
    name: &IncarnationId,
    second: i64,
) -> Option<Environment> {
    let region = Region::new("eu-west-1");
    let (affinity, now) = (Affinity::Repository, at(second));
    let lent = store.lend(&to.lease, name, &to.environment, &region, affinity, now);
    lent.await.expect("ok")
}

/// An account goes to one incarnation, to the repository that used it before any other, and comes back.
pub async fn lending(store: &dyn Store) {
    let environments = [environment(1, 1), environment(1, 2), environment(2, 1)];
    open(store, &environments, 0).await;
    let [one, two, other] = [
        claim(store, 0, 600).await,
        claim(store, 0, 600).await,
        claim(store, 0, 600).await,
    ];
    let mut by_key = [one, two, other];
    by_key.sort_by_key(|claimed| {
        let key = &claimed.environment.key;
        (key.repository, key.pull_request)
    });
    let [one, two, other] = by_key;
    let mut used = account(2, AccountState::Ready);
    used.repository = Some(RepositoryId(1));
    let pool = [
        account(1, AccountState::Ready),
        used,
        account(3, AccountState::Preparing),
    ];
    let written = store
        .want_accounts(&pool, Room::up_to(10), at(0))
        .await
        .expect("ok");
    assert_eq!(written, 3);

    let first = IncarnationId::new("first");
    let lent = lend(store, &one, &first, 1);
    let lent = lent.await.expect("an account is free");
    let incarnation = lent.incarnation.clone().expect("lent");
    assert_eq!(incarnation.account_row.as_str(), "account-2");
    assert_eq!(incarnation.account.as_str(), "000000000002");
    assert_eq!(incarnation.region, Region::new("eu-west-1"));
    assert_eq!(incarnation.started_at, at(1));
    assert_eq!(lent.incarnations, 1);
    let stored = store.environment(&lent.id).await.expect("ok");
    assert_eq!(stored.as_ref(), Some(&lent));
    let again = lend(store, &one, &first, 1);
    assert_eq!(again.await, Some(lent.clone()), "the same one");

    let second = IncarnationId::new("second");
    let fresh = lend(store, &two, &second, 2);
    let fresh = fresh.await.expect("a fresh one is left");
    let third = IncarnationId::new("third");
    let none = lend(store, &other, &third, 3);
    assert_eq!(none.await, None);

    // Given back, it is for nobody until it is proven empty.
    let mut ended = lent.clone();
    ended.incarnation = None;
    for _ in 0..2 {
        let back = store.give_back(&one.lease, &first, None, &ended, at(4));
        back.await.expect("given back, also twice");
    }
    let stored = store.environment(&ended.id).await.expect("ok");
    assert_eq!(stored.as_ref(), Some(&ended));
    let none = lend(store, &other, &third, 5);
    assert_eq!(none.await, None);

    let said = Some("a stack is left");
    let back = store.give_back(&two.lease, &second, said, &fresh, at(6));
    back.await.expect("given back");
    let accounts = store.accounts().await.expect("ok");
    let states: Vec<_> = accounts
        .iter()
        .map(|account| (account.state, account.holder.clone(), account.repository))
        .collect();
    let repository = Some(RepositoryId(1));
    assert_eq!(
        states,
        [
            (AccountState::Scrubbing, None, repository),
            (AccountState::Scrubbing, None, repository),
            (AccountState::Preparing, None, None),
        ]
    );
    assert_eq!(accounts[0].reason.as_deref(), Some("a stack is left"));
}

/// Somebody who looked at an account before it was lent cannot write over the loan.
pub async fn loan_overrules_account_lease(store: &dyn Store) {
    open(store, &[environment(1, 1)], 0).await;
    let pool = [account(1, AccountState::Ready)];
    store
        .want_accounts(&pool, Room::up_to(1), at(0))
        .await
        .expect("ok");
    let claimed = store.claim_account("replica", at(0), at(60)).await;
    let (lease, seen) = claimed.expect("ok").expect("due");
    let environment = claim(store, 0, 60).await;
    let incarnation = IncarnationId::new("one");
    let region = Region::new("eu-west-1");
    let lent = store
        .lend(
            &environment.lease,
            &incarnation,
            &environment.environment,
            &region,
            Affinity::Repository,
            at(1),
        )
        .await;
    assert!(lent.expect("ok").is_some());
    let written = store
        .commit_account(&lease, &seen, Some(at(9)), at(2))
        .await;
    assert_stale(written, &lease);
    let account = store.account(&seen.id).await.expect("ok").expect("there");
    assert_eq!(account.holder, Some(incarnation));
}

/// The pool grows to its limit, makes no more at a time than allowed, and failed rows count for nothing.
pub async fn pool(store: &dyn Store) {
    let wanted: Vec<_> = (1..=3)
        .map(|number| account(number, AccountState::Wanted))
        .collect();
    assert_eq!(
        store
            .want_accounts(&wanted, Room::up_to(2), at(0))
            .await
            .expect("ok"),
        2
    );
    assert_eq!(
        store
            .want_accounts(&wanted, Room::up_to(2), at(0))
            .await
            .expect("ok"),
        0
    );

    let first = store.claim_account("a", at(0), at(60)).await.expect("ok");
    let second = store.claim_account("b", at(0), at(60)).await.expect("ok");
    let ((first, one), (second, two)) = (first.expect("due"), second.expect("due"));
    assert!(
        store
            .claim_account("c", at(0), at(60))
            .await
            .expect("ok")
            .is_none()
    );
    let begun = store.begin_creation(&first, &one, 1, at(1)).await;
    assert!(begun.expect("ok"));
    let begun = store.begin_creation(&second, &two, 1, at(1)).await;
    assert!(!begun.expect("ok"), "one at a time");
    let creating = store.account(&one.id).await.expect("ok").expect("there");
    assert_eq!(creating.state, AccountState::Creating);

    let mut failed = creating.clone();
    failed.state = AccountState::Failed;
    let done = store
        .commit_account(&first, &failed, Some(at(1000)), at(2))
        .await;
    done.expect("committed");
    let begun = store.begin_creation(&second, &two, 1, at(3)).await;
    assert!(begun.expect("ok"));
    let third = std::slice::from_ref(&wanted[2]);
    assert_eq!(
        store
            .want_accounts(third, Room::up_to(2), at(4))
            .await
            .expect("ok"),
        1
    );

    let taken_over = store.claim_account("c", at(60), at(99)).await.expect("ok");
    assert!(taken_over.is_some());
    let taken_over = store.claim_account("c", at(60), at(99)).await.expect("ok");
    assert!(taken_over.is_some());
    let written = store.commit_account(&second, &two, None, at(61)).await;
    assert_stale(written, &second);
    assert_stale(
        store.begin_creation(&second, &two, 9, at(61)).await,
        &second,
    );
}

/// Accounts are not made twice for the same need: who counted before somebody else wrote counts again.
pub async fn room(store: &dyn Store) {
    let wanted = [
        account(1, AccountState::Wanted),
        account(2, AccountState::Wanted),
    ];
    let counted = |rows| Room {
        max_accounts: 9,
        counted: Some(rows),
    };
    let want =
        |number: usize, rows| store.want_accounts(&wanted[number..=number], counted(rows), at(0));
    assert_eq!(want(0, 0).await.expect("ok"), 1);
    assert_eq!(want(1, 0).await.expect("ok"), 0, "somebody wrote since");
    assert_eq!(want(1, 1).await.expect("ok"), 1);
}

/// Without affinity everybody gets the oldest, with it what served the same repository before.
pub async fn affinity(store: &dyn Store) {
    let mut old = account(1, AccountState::Ready);
    old.repository = Some(RepositoryId(9));
    let mut young = account(2, AccountState::Ready);
    young.repository = Some(RepositoryId(1));
    young.created_at = at(10);
    let pool = [old, young];
    store
        .want_accounts(&pool, Room::up_to(9), at(0))
        .await
        .expect("ok");
    open(store, &[environment(1, 1)], 0).await;
    let one = claim(store, 0, 60).await;
    let region = Region::new("eu-west-1");
    for (name, affinity, expected) in [
        ("first", Affinity::None, &pool[0].id),
        ("second", Affinity::Repository, &pool[1].id),
    ] {
        let name = IncarnationId::new(name);
        let lent = store.lend(
            &one.lease,
            &name,
            &one.environment,
            &region,
            affinity,
            at(1),
        );
        let lent = lent.await.expect("ok").expect("one is free");
        assert_eq!(
            &lent.incarnation.expect("it holds one").account_row,
            expected
        );
    }
}

/// A closing is written down when it is its turn, and counted by everybody; what was lent and proven is counted, too.
pub async fn closings(store: &dyn Store) {
    let mut pool = Vec::new();
    for number in 1..=4 {
        pool.push(account(number, AccountState::Ready).to_be_closed("ada", at(0)));
    }
    store
        .want_accounts(&pool, Room::up_to(9), at(0))
        .await
        .expect("ok");
    let mut turns = Vec::new();
    for second in [0, 10, 30, 60, 90] {
        let claimed = store
            .claim_account("a", at(second), at(second + 1_000))
            .await;
        let Some((lease, seen)) = claimed.expect("ok") else {
            break;
        };
        let turn = store
            .begin_closing(&lease, &seen, at(second))
            .await
            .expect("ok");
        let row = store.account(&seen.id).await.expect("ok").expect("there");
        let asked = row.closing.expect("it is to be closed").requested_at;
        assert_eq!(asked, (turn == Turn::Now).then(|| at(second)));
        turns.push(turn == Turn::Now);
    }
    // The second comes too early, and with the fourth three are being closed.
    assert_eq!(turns, [true, false, true, true]);
    let stale = Lease {
        row: pool[0].id.to_string(),
        epoch: 0,
        hinted: 0,
    };
    let refused = store.begin_closing(&stale, &pool[0], at(500)).await;
    assert_stale(refused.map(drop), &stale);
}
