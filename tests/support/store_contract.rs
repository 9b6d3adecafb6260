//! What every [`Store`] promises, as stories that take any store: memory and the databases alike.

#[path = "store_contract_accounts.rs"]
mod accounts;
#[path = "store_contract_scrubs.rs"]
mod scrubs;

pub use accounts::{affinity, closings, lending, loan_overrules_account_lease, pool, room};
pub use scrubs::{adoption, orders, orders_overrule_account_lease, scrubs, switch};

use super::records::{at, environment};
use ebbtide::environment::pool::Affinity;
use ebbtide::environment::{
    DeliveryId, Environment, Hint, IncarnationId, InstallationId, Region, RepositoryId,
};
use ebbtide::store::{
    ApiToken, ClaimedEnvironment, Delivery, Effect, EnvironmentCommit, EnvironmentFilter, Lease,
    Received, Store, StoreError, TimelineEntry,
};

fn delivery(id: &str, received: i64) -> Delivery {
    Delivery {
        id: DeliveryId::new(id),
        event: "pull_request".to_owned(),
        body: "{}".to_owned(),
        received_at: at(received),
    }
}

fn look_at(environment: &Environment) -> Effect {
    Effect::One {
        environment: Box::new(environment.clone()),
        hint: Hint::Look,
    }
}

fn commit_of(environment: &Environment, due: Option<i64>) -> EnvironmentCommit<'_> {
    EnvironmentCommit {
        environment,
        applied: &[],
        timeline: &[],
        due_at: due.map(at),
    }
}

/// Puts environments into the store as deliveries do, due at `now`.
async fn open(store: &dyn Store, environments: &[Environment], now: i64) {
    for environment in environments {
        let id = DeliveryId::new(format!("open-{}", environment.id));
        store
            .receive(&delivery(id.as_str(), now))
            .await
            .expect("received");
        let done = store.digest(&id, &[look_at(environment)], at(now)).await;
        assert!(done.expect("digested"));
    }
}

async fn claim(store: &dyn Store, now: i64, until: i64) -> ClaimedEnvironment {
    let claimed = store.claim_environment("replica", at(now), at(until)).await;
    claimed.expect("claimed").expect("something is due")
}

fn assert_stale<T: std::fmt::Debug>(result: Result<T, StoreError>, lease: &Lease) {
    match result {
        Err(StoreError::Stale(row)) => assert_eq!(row, lease.row),
        other => panic!("expected the lease on {} to be stale: {other:?}", lease.row),
    }
}

/// A delivery is stored once, digested once, and forgotten only when done.
pub async fn deliveries(store: &dyn Store) {
    let first = delivery("a", 2);
    assert_eq!(store.receive(&first).await.expect("ok"), Received::New);
    assert_eq!(store.receive(&first).await.expect("ok"), Received::Repeated);
    store.receive(&delivery("b", 1)).await.expect("ok");
    let waiting = store.undigested(10).await.expect("ok");
    let ids: Vec<&str> = waiting.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["b", "a"], "oldest first");
    assert_eq!(store.undigested(1).await.expect("ok").len(), 1);
    assert_eq!(store.next_due().await.expect("ok"), Some(at(1)));

    let known = environment(1, 1);
    let effects = [look_at(&known)];
    assert!(store.digest(&first.id, &effects, at(3)).await.expect("ok"));
    assert!(!store.digest(&first.id, &effects, at(4)).await.expect("ok"));
    let unknown = DeliveryId::new("never received");
    assert!(!store.digest(&unknown, &effects, at(4)).await.expect("ok"));
    assert_eq!(claim(store, 5, 60).await.hints.len(), 1);

    assert_eq!(store.purge_deliveries(at(2)).await.expect("ok"), 0);
    assert_eq!(store.purge_deliveries(at(3)).await.expect("ok"), 1);
    assert_eq!(store.undigested(10).await.expect("ok").len(), 1);
}

/// Effects reach the rows they are for, make those due, and leave what is there as it is.
pub async fn effects(store: &dyn Store) {
    let one = environment(1, 1);
    let other_repository = environment(2, 1);
    let mut ended = environment(3, 1);
    ended.ended_at = Some(at(0));
    let mut elsewhere = environment(4, 1);
    elsewhere.installation = InstallationId(8);
    let all = [one.clone(), other_repository.clone(), ended, elsewhere];
    open(store, &all, 0).await;
    rest_all(store, 1, 1000).await;

    let many = |repositories| Effect::Many {
        installation: InstallationId(7),
        repositories,
        hint: Hint::Uninstalled,
    };
    store.receive(&delivery("some", 10)).await.expect("ok");
    let some = many(Some(vec![RepositoryId(2)]));
    let digested = store
        .digest(&DeliveryId::new("some"), &[some], at(10))
        .await;
    assert!(digested.expect("ok"));
    assert_eq!(hinted(store, 10).await, [other_repository.id.to_string()]);

    store.receive(&delivery("all", 20)).await.expect("ok");
    let digested = store
        .digest(&DeliveryId::new("all"), &[many(None)], at(20))
        .await;
    assert!(digested.expect("ok"));
    let mut live = [one.id.to_string(), other_repository.id.to_string()];
    live.sort();
    assert_eq!(hinted(store, 20).await, live);

    let mut changed = one.clone();
    changed.missing_looks = 9;
    store.receive(&delivery("again", 30)).await.expect("ok");
    let effects = [
        look_at(&changed),
        Effect::Known {
            environment: one.id.clone(),
            hint: Hint::Retry,
        },
        Effect::Known {
            environment: environment(99, 99).id,
            hint: Hint::Retry,
        },
    ];
    let digested = store
        .digest(&DeliveryId::new("again"), &effects, at(30))
        .await;
    assert!(digested.expect("ok"));
    let claimed = claim(store, 30, 90).await;
    assert_eq!(claimed.environment, one, "an existing row stays as it is");
    let hints: Vec<&Hint> = claimed.hints.iter().map(|(_, hint)| hint).collect();
    assert_eq!(hints, [&Hint::Look, &Hint::Retry]);
}

/// After the App was removed and installed again, GitHub is asked through the new installation.
pub async fn reinstalled(store: &dyn Store) {
    let one = environment(1, 1);
    open(store, std::slice::from_ref(&one), 0).await;
    rest_all(store, 1, 1000).await;
    let mut later = one.clone();
    later.installation = InstallationId(8);
    store.receive(&delivery("again", 10)).await.expect("ok");
    let digested = store
        .digest(&DeliveryId::new("again"), &[look_at(&later)], at(10))
        .await;
    assert!(digested.expect("ok"));
    let claimed = claim(store, 10, 90).await;
    assert_eq!(claimed.environment, later);
}

/// Claims everything that is due, and lays it to rest with its hints applied.
async fn rest_all(store: &dyn Store, now: i64, due: i64) -> Vec<String> {
    let mut claimed_ids = Vec::new();
    while let Some(claimed) = store
        .claim_environment("replica", at(now), at(now + 60))
        .await
        .expect("ok")
    {
        let applied: Vec<String> = claimed.hints.iter().map(|(id, _)| id.clone()).collect();
        let commit = EnvironmentCommit {
            applied: &applied,
            ..commit_of(&claimed.environment, Some(due))
        };
        let done = store
            .commit_environment(&claimed.lease, &commit, at(now))
            .await;
        done.expect("committed");
        claimed_ids.push(claimed.environment.id.to_string());
    }
    claimed_ids
}

async fn hinted(store: &dyn Store, now: i64) -> Vec<String> {
    let mut ids = rest_all(store, now, 1000).await;
    ids.sort();
    ids
}

/// The longest due comes first; a claimed row is nobody else's until its lease runs out; then the first
/// holder is refused everywhere.
pub async fn leases(store: &dyn Store) {
    let (early, late) = (environment(1, 1), environment(1, 2));
    open(store, std::slice::from_ref(&early), 5).await;
    open(store, std::slice::from_ref(&late), 6).await;
    assert!(
        store
            .claim_environment("replica", at(4), at(60))
            .await
            .expect("ok")
            .is_none()
    );
    let first = claim(store, 10, 60).await;
    assert_eq!(first.environment.id, early.id);
    assert_eq!(claim(store, 10, 70).await.environment.id, late.id);
    let nothing = store.claim_environment("other", at(59), at(99)).await;
    assert!(nothing.expect("ok").is_none());
    assert_eq!(store.next_due().await.expect("ok"), Some(at(60)));

    // A checkpoint keeps the lease.
    let mut changed = early.clone();
    changed.missing_looks = 1;
    let checkpoint = commit_of(&changed, None);
    let done = store
        .commit_environment(&first.lease, &checkpoint, at(20))
        .await;
    done.expect("checkpoint");
    let nothing = store.claim_environment("other", at(59), at(99)).await;
    assert!(nothing.expect("ok").is_none());

    let second = claim(store, 60, 120).await;
    assert_eq!(second.environment, changed);
    assert!(second.lease.epoch > first.lease.epoch);
    let lease = &first.lease;
    let incarnation = IncarnationId::new("one");
    let region = Region::new("eu-west-1");
    let commit = commit_of(&early, Some(100));
    assert_stale(
        store.commit_environment(lease, &commit, at(61)).await,
        lease,
    );
    let lent = store.lend(
        lease,
        &incarnation,
        &early,
        &region,
        Affinity::Repository,
        at(61),
    );
    assert_stale(lent.await, lease);
    let back = store.give_back(lease, &incarnation, None, &early, at(61));
    assert_stale(back.await, lease);
    let kept = store.environment(&early.id).await.expect("ok");
    assert_eq!(kept, Some(changed.clone()), "nothing was written");

    let commit = commit_of(&changed, Some(200));
    let done = store
        .commit_environment(&second.lease, &commit, at(62))
        .await;
    done.expect("committed");
    assert!(
        claim(store, 200, 260).await.environment.id == late.id,
        "its lease ran out at 70"
    );
    assert_eq!(claim(store, 200, 260).await.environment, changed);
}

/// A hint counts once by its id, wakes the row, and is not lost when it comes in the middle of a pass.
pub async fn hints(store: &dyn Store) {
    let known = environment(1, 1);
    let nobody = store.hint(&known.id, "x", &Hint::Look, at(0)).await;
    assert!(!nobody.expect("ok"));
    open(store, std::slice::from_ref(&known), 0).await;
    rest_all(store, 0, 1000).await;

    assert!(
        store
            .hint(&known.id, "x", &Hint::Retry, at(10))
            .await
            .expect("ok")
    );
    assert!(
        store
            .hint(&known.id, "x", &Hint::Retry, at(11))
            .await
            .expect("ok")
    );
    let claimed = claim(store, 12, 60).await;
    assert_eq!(claimed.hints, [("x".to_owned(), Hint::Retry)]);

    assert!(
        store
            .hint(&known.id, "y", &Hint::Look, at(13))
            .await
            .expect("ok")
    );
    let commit = EnvironmentCommit {
        applied: &["x".to_owned()],
        ..commit_of(&known, Some(1000))
    };
    let done = store
        .commit_environment(&claimed.lease, &commit, at(14))
        .await;
    done.expect("committed");
    assert_eq!(
        store.next_due().await.expect("ok"),
        Some(at(14)),
        "hinted at since"
    );
    let claimed = claim(store, 14, 60).await;
    assert_eq!(claimed.hints, [("y".to_owned(), Hint::Look)]);
    rest_after(store, &claimed, 1000).await;

    // Applied hints are remembered by id.
    store
        .hint(&known.id, "x", &Hint::Retry, at(20))
        .await
        .expect("ok");
    assert_eq!(store.next_due().await.expect("ok"), Some(at(1000)));

    store
        .poke_environments(std::slice::from_ref(&known.id), at(30))
        .await
        .expect("ok");
    let claimed = claim(store, 30, 60).await;
    assert_eq!(claimed.hints, []);
    store
        .poke_environments(std::slice::from_ref(&known.id), at(31))
        .await
        .expect("ok");
    let commit = commit_of(&known, Some(1000));
    let done = store
        .commit_environment(&claimed.lease, &commit, at(32))
        .await;
    done.expect("committed");
    assert_eq!(
        store.next_due().await.expect("ok"),
        Some(at(32)),
        "poked in the middle of a pass"
    );
}

async fn rest_after(store: &dyn Store, claimed: &ClaimedEnvironment, due: i64) {
    let applied: Vec<String> = claimed.hints.iter().map(|(id, _)| id.clone()).collect();
    let commit = EnvironmentCommit {
        applied: &applied,
        ..commit_of(&claimed.environment, Some(due))
    };
    let done = store
        .commit_environment(&claimed.lease, &commit, at(due))
        .await;
    done.expect("committed");
}

/// Lists come in order and filtered; a timeline grows line by line.
pub async fn lists(store: &dyn Store) {
    let mut old = environment(1, 1);
    old.ended_at = Some(at(50));
    let mut new = environment(2, 1);
    new.opened_at = at(10);
    open(store, &[old.clone(), new.clone()], 0).await;
    let ids = |found: Vec<Environment>| found.into_iter().map(|one| one.id).collect::<Vec<_>>();
    let live = EnvironmentFilter::default();
    let found = store.environments(&live).await.expect("ok");
    assert_eq!(ids(found), std::slice::from_ref(&new.id));
    let all = EnvironmentFilter {
        ended: true,
        repository: None,
    };
    let found = store.environments(&all).await.expect("ok");
    assert_eq!(ids(found), [new.id.clone(), old.id.clone()]);
    let one = EnvironmentFilter {
        ended: true,
        repository: Some("acme/repository-1".to_owned()),
    };
    let found = store.environments(&one).await.expect("ok");
    assert_eq!(ids(found), std::slice::from_ref(&old.id));

    let entry = |seconds: i64| TimelineEntry {
        at: at(seconds),
        duration_ms: 1500,
        incarnation: None,
        step: format!("step at {seconds}"),
        why: "somebody asked".to_owned(),
        setback: false,
    };
    let claimed = claim(store, 0, 60).await;
    for (line, due) in [(1, None), (2, Some(1000))] {
        let commit = EnvironmentCommit {
            timeline: &[entry(line)],
            ..commit_of(&claimed.environment, due)
        };
        let done = store
            .commit_environment(&claimed.lease, &commit, at(line))
            .await;
        done.expect("committed");
    }
    let timeline = store.timeline(&claimed.environment.id).await.expect("ok");
    assert_eq!(timeline, [entry(1), entry(2)]);
    let missing = environment(99, 1).id;
    assert_eq!(store.timeline(&missing).await.expect("ok"), []);
    assert_eq!(store.environment(&missing).await.expect("ok"), None);
}

/// Tokens are found by hash, replaced by name, revoked by name.
pub async fn tokens(store: &dyn Store) {
    store.ping().await.expect("ok");
    let token = |hash: &str, scope: &str| ApiToken {
        name: "ci".to_owned(),
        hash: hash.to_owned(),
        scope: scope.to_owned(),
        created_at: at(0),
    };
    store.put_token(&token("aa", "read")).await.expect("ok");
    store.put_token(&token("bb", "write")).await.expect("ok");
    assert_eq!(store.token("aa").await.expect("ok"), None);
    let found = store.token("bb").await.expect("ok");
    assert_eq!(found, Some(token("bb", "write")));
    assert_eq!(store.tokens().await.expect("ok"), [token("bb", "write")]);
    assert!(store.revoke_token("ci").await.expect("ok"));
    assert!(!store.revoke_token("ci").await.expect("ok"));
    assert_eq!(store.token("bb").await.expect("ok"), None);
}
