//! What every [`Store`] promises about emptying: progress, certificates, the switch, and what admins order.

use super::super::records::{account, at, certificate, environment};
use super::{assert_stale, claim, open};
use ebbtide::environment::forecast::Traffic;
use ebbtide::environment::pool::Room;
use ebbtide::environment::{
    Account, AccountOrder, AccountRowId, AccountState, Hint, IncarnationId, ScrubId, Served,
};
use ebbtide::store::{ScrubCommit, Store, Switch};

/// Puts one account of this state into the store.
async fn one(store: &dyn Store, number: u64, state: AccountState) -> Account {
    let one = account(number, state);
    let pool = std::slice::from_ref(&one);
    let written = store
        .want_accounts(pool, Room::up_to(100), at(0))
        .await
        .expect("ok");
    assert_eq!(written, 1);
    one
}

/// How far an emptying has come is kept; a certificate stays as it was written and is told to whom it is for.
pub async fn scrubs(store: &dyn Store) {
    let environment = environment(1, 1);
    open(store, std::slice::from_ref(&environment), 0).await;
    let opened = claim(store, 0, 60).await;
    let mut given_back = account(1, AccountState::Scrubbing);
    given_back.scrubs = 1;
    given_back.served = Some(Served {
        environment: environment.id.clone(),
        incarnation: IncarnationId::new("first"),
    });
    let pool = std::slice::from_ref(&given_back);
    store
        .want_accounts(pool, Room::up_to(10), at(0))
        .await
        .expect("ok");
    let id = given_back.scrub();
    assert_eq!(store.scrub_work(&id).await.expect("ok"), None);
    assert_eq!(store.certificate(&id).await.expect("ok"), None);
    let found = store.certificates(&given_back.id).await.expect("ok");
    assert_eq!(found, []);

    let claimed = store.claim_account("a", at(0), at(60)).await.expect("ok");
    let (lease, _) = claimed.expect("due");
    let mut commit = ScrubCommit {
        account: &given_back,
        work: "half way",
        certificate: None,
        due_at: Some(at(10)),
    };
    let done = store.commit_scrub(&lease, &commit, at(1)).await;
    done.expect("written");
    let work = store.scrub_work(&id).await.expect("ok");
    assert_eq!(work.as_deref(), Some("half way"));
    assert_eq!(store.certificate(&id).await.expect("ok"), None);
    let early = store.claim_account("a", at(9), at(70)).await.expect("ok");
    assert!(early.is_none(), "it is due later");

    let claimed = store.claim_account("b", at(10), at(70)).await.expect("ok");
    let (newer, _) = claimed.expect("due");
    assert_stale(store.commit_scrub(&lease, &commit, at(11)).await, &lease);
    let proof = certificate(&given_back);
    let mut ready = given_back.clone();
    ready.state = AccountState::Ready;
    ready.certificate = Some(id.clone());
    commit = ScrubCommit {
        account: &ready,
        work: "over",
        certificate: Some(&proof),
        due_at: Some(at(20)),
    };
    let done = store.commit_scrub(&newer, &commit, at(12)).await;
    done.expect("written");
    let found = store.certificate(&id).await.expect("ok");
    assert_eq!(found.as_ref(), Some(&proof));
    let stored = store.account(&ready.id).await.expect("ok");
    assert_eq!(stored.as_ref(), Some(&ready));
    let resting = store.claim_account("b", at(99), at(100)).await.expect("ok");
    assert!(resting.is_none(), "a ready account rests");

    // The environment is told, once, although it was being worked on.
    let told = Hint::Emptied {
        incarnation: IncarnationId::new("first"),
        emptied: proof.summary(),
    };
    let hinted = claim(store, 60, 90).await;
    assert_eq!(hinted.environment.id, opened.environment.id);
    let hints: Vec<&Hint> = hinted.hints.iter().map(|(_, hint)| hint).collect();
    assert_eq!(hints.last(), Some(&&told));
    assert_eq!(hints.iter().filter(|hint| ***hint == told).count(), 1);

    // Another emptying has a certificate of its own, and the first stays as it was.
    let again = store.order(&ready.id, &AccountOrder::Empty, at(100)).await;
    let again = again.expect("ok").expect("there").expect("it is free");
    assert_eq!(again.scrub(), ScrubId::of(&ready.id, 2));
    let claimed = store.claim_account("a", at(100), at(160)).await;
    let (lease, _) = claimed.expect("ok").expect("due at once");
    let mut second = certificate(&again);
    second.ended_at = at(300);
    commit = ScrubCommit {
        account: &again,
        work: "over again",
        certificate: Some(&second),
        due_at: None,
    };
    let done = store.commit_scrub(&lease, &commit, at(110)).await;
    done.expect("written");
    let mut other = second.clone();
    other.listed = 0;
    commit.certificate = Some(&other);
    let done = store.commit_scrub(&lease, &commit, at(111)).await;
    done.expect("the lease was kept");
    let found = store.certificates(&ready.id).await.expect("ok");
    assert_eq!(found, [second, proof], "newest first");
    let traffic = |since| store.traffic(at(since));
    let proven = |traffic: Traffic| (traffic.lent, traffic.proven);
    assert_eq!(proven(traffic(0).await.expect("ok")), (0, 2));
    assert_eq!(proven(traffic(200).await.expect("ok")), (0, 1));
    assert_eq!(proven(traffic(300).await.expect("ok")), (0, 0));
    let others = store.certificates(&AccountRowId::new("another")).await;
    assert_eq!(others.expect("ok"), []);
}

/// The switch is thrown for everybody, with its reason, until it is thrown back.
pub async fn switch(store: &dyn Store) {
    assert_eq!(store.deletes_stopped().await.expect("ok"), None);
    let mut switch = Switch {
        reason: "something is odd".to_owned(),
        by: "ada".to_owned(),
        at: at(5),
    };
    for reason in ["something is odd", "it still is"] {
        reason.clone_into(&mut switch.reason);
        store.stop_deletes(Some(&switch)).await.expect("thrown");
        let found = store.deletes_stopped().await.expect("ok");
        assert_eq!(found.as_ref(), Some(&switch));
    }
    for _ in 0..2 {
        store.stop_deletes(None).await.expect("thrown back");
        assert_eq!(store.deletes_stopped().await.expect("ok"), None);
    }
}

/// An admin's order is carried out or refused in one transaction, and what is to be emptied is due at once.
pub async fn orders(store: &dyn Store) {
    let nobody = AccountRowId::new("nobody");
    let none = store.order(&nobody, &AccountOrder::Retry, at(0)).await;
    assert_eq!(none.expect("ok"), None);

    let ready = one(store, 1, AccountState::Ready).await;
    let set_aside = AccountOrder::SetAside {
        by: "ada".to_owned(),
        reason: "to look at".to_owned(),
    };
    let aside = store.order(&ready.id, &set_aside, at(1)).await;
    let aside = aside.expect("ok").expect("there").expect("it is free");
    assert_eq!(aside.state, AccountState::Quarantined);
    assert_eq!(aside.reason.as_deref(), Some("to look at"));
    assert_eq!(aside.set_aside_by.as_deref(), Some("ada"));
    let stored = store.account(&ready.id).await.expect("ok");
    assert_eq!(stored.as_ref(), Some(&aside));
    let claimed = store.claim_account("a", at(999_999), at(999_999)).await;
    assert!(claimed.expect("ok").is_none(), "nobody tries it by himself");

    let retried = store.order(&ready.id, &AccountOrder::Retry, at(2)).await;
    let sentence = "ada set this account aside: release it, and it is emptied";
    assert_eq!(retried.expect("ok"), Some(Err(sentence.to_owned())));
    let stored = store.account(&ready.id).await.expect("ok");
    assert_eq!(stored, Some(aside), "a refusal changes nothing");

    let released = store.order(&ready.id, &AccountOrder::Release, at(3)).await;
    let released = released.expect("ok").expect("there").expect("set aside");
    assert_eq!(released.state, AccountState::Scrubbing, "never ready");
    assert_eq!(released.set_aside_by, None);
    assert_eq!(store.next_due().await.expect("ok"), Some(at(3)));
    let claimed = store.claim_account("a", at(3), at(60)).await.expect("ok");
    let (_, claimed) = claimed.expect("due at once");
    assert_eq!(claimed, released);

    let mut leased = account(2, AccountState::Leased);
    leased.holder = Some(IncarnationId::new("pr-1-abc-1"));
    let pool = std::slice::from_ref(&leased);
    store
        .want_accounts(pool, Room::up_to(10), at(0))
        .await
        .expect("ok");
    for order in [set_aside, AccountOrder::Release, AccountOrder::Empty] {
        let refused = store.order(&leased.id, &order, at(4)).await;
        let refused = refused.expect("ok").expect("there").expect_err("held");
        assert!(
            refused.starts_with("pr-1-abc-1 holds this account"),
            "{refused}"
        );
    }
    let stored = store.account(&leased.id).await.expect("ok");
    assert_eq!(stored, Some(leased));
}

/// Somebody who is at work on an account cannot write over an order.
pub async fn orders_overrule_account_lease(store: &dyn Store) {
    let given_back = one(store, 1, AccountState::Scrubbing).await;
    let claimed = store.claim_account("a", at(0), at(60)).await.expect("ok");
    let (lease, _) = claimed.expect("due");
    let set_aside = AccountOrder::SetAside {
        by: "ada".to_owned(),
        reason: "to look at".to_owned(),
    };
    let aside = store.order(&given_back.id, &set_aside, at(1)).await;
    let aside = aside.expect("ok").expect("there").expect("given back");
    let commit = ScrubCommit {
        account: &given_back,
        work: "half way",
        certificate: None,
        due_at: Some(at(10)),
    };
    assert_stale(store.commit_scrub(&lease, &commit, at(2)).await, &lease);
    let stored = store.account(&given_back.id).await.expect("ok");
    assert_eq!(stored, Some(aside));
}

/// An account is taken in once, whatever its row would be called, and is due at once.
pub async fn adoption(store: &dyn Store) {
    let known = one(store, 1, AccountState::Ready).await;
    let claimed = store.claim_account("a", at(0), at(9_999)).await;
    assert!(claimed.expect("ok").is_some(), "out of the way");
    let number = known.account.expect("a number");
    let name = || "an old one".to_owned();
    let again = Account::adopted(number, name(), name(), at(5));
    assert!(!store.adopt(&again, at(5)).await.expect("ok"));

    let number = ebbtide::environment::AccountId::new("111122223333");
    let fresh = Account::adopted(number, name(), name(), at(5));
    assert!(store.adopt(&fresh, at(5)).await.expect("ok"));
    assert!(!store.adopt(&fresh, at(6)).await.expect("ok"));
    let stored = store.account(&fresh.id).await.expect("ok");
    assert_eq!(stored.as_ref(), Some(&fresh));
    let claimed = store.claim_account("a", at(5), at(60)).await.expect("ok");
    let (_, claimed) = claimed.expect("due at once");
    assert_eq!(claimed, fresh);
    assert_eq!(claimed.state, AccountState::Scrubbing, "not ready");
    assert!(!claimed.may_be_lent());
}
