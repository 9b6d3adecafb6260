//! The JSON API of accounts, certificates, and the switch that stops deletions.

use super::door::Door;
use super::records::{account, at, certificate};
use axum::http::StatusCode;
use ebbtide::api_token::Scope;
use ebbtide::environment::pool::Room;
use ebbtide::environment::{Account, AccountState, EnvironmentId, IncarnationId, ScrubId, Served};
use ebbtide::nuke::Work;
use ebbtide::store::{ScrubCommit, Store};
use insta::assert_snapshot;
use serde_json::json;

/// A door before this pool, and tokens to read and to write.
pub async fn door(pool: &[Account]) -> (Door, String, String) {
    let door = Door::new();
    door.store
        .want_accounts(pool, Room::up_to(99), at(0))
        .await
        .expect("ok");
    let (reader, writer) = (
        door.token(Scope::Read).await,
        door.token(Scope::Write).await,
    );
    (door, reader, writer)
}

pub fn leased(number: u64) -> Account {
    let mut leased = account(number, AccountState::Leased);
    leased.holder = Some(IncarnationId::new("pr-42-k3f9zq-1"));
    leased
}

fn given_back(number: u64) -> Account {
    let mut given_back = account(number, AccountState::Scrubbing);
    given_back.scrubs = 1;
    given_back.served = Some(Served {
        environment: EnvironmentId::new("pr-42-k3f9zq"),
        incarnation: IncarnationId::new("pr-42-k3f9zq-1"),
    });
    given_back
}

/// Writes how far the emptying of the one account that is due has come.
async fn write(store: &dyn Store, account: &Account, work: &str, proven: bool) {
    let claimed = store.claim_account("test", at(0), at(60)).await;
    let (lease, _) = claimed.expect("ok").expect("due");
    let proof = certificate(account);
    let commit = ScrubCommit {
        account,
        work,
        certificate: proven.then_some(&proof),
        due_at: Some(at(1_000)),
    };
    store
        .commit_scrub(&lease, &commit, at(0))
        .await
        .expect("written");
}

#[tokio::test]
async fn lists_and_shows_accounts_with_their_progress() {
    let one = given_back(3);
    let (door, reader, _) = door(std::slice::from_ref(&one)).await;
    let mut begun = one.clone();
    begun.scrubbing_since = Some(at(5));
    let mut work = Work::new(at(5));
    work.rounds = 2;
    work.deleted.clone_from(&certificate(&one).deleted);
    let text = serde_json::to_string(&work).expect("JSON");
    write(door.store.as_ref(), &begun, &text, false).await;

    let expected = json!({
        "id": "account-3",
        "account": "000000000003",
        "name": "ebbtide-3",
        "email": "aws+3@example.com",
        "state": "scrubbing",
        "reason": null,
        "notes": [],
        "set_aside_by": null,
        "holder": null,
        "served": "pr-42-k3f9zq",
        "certificate": null,
        "emptying_since": "2026-03-01T12:00:05Z",
        "progress": { "rounds": 2, "waves_left": 0, "resources_left": 0, "deleted": 1 },
        "culprits": [],
        "rests_until": null,
        "closed_by": null,
        "created_at": "2026-03-01T12:00:00Z",
    });
    let list = door.ask_with(&reader, "GET", "/api/v1/accounts").await;
    assert_eq!(list.json(), json!({ "accounts": [expected] }));
    for id in ["account-3", "000000000003"] {
        let path = format!("/api/v1/accounts/{id}");
        let one = door.ask_with(&reader, "GET", &path).await;
        assert_eq!(one.json(), expected);
    }
    let nobody = door.ask_with(&reader, "GET", "/api/v1/accounts/111122223333");
    assert_snapshot!(nobody.await.problem(), @"404 at /api/v1/accounts/111122223333: there is no account of this number or id, GET /api/v1/accounts lists them");
}

#[tokio::test]
async fn progress_that_another_version_wrote_is_left_out() {
    let one = given_back(3);
    let (door, reader, _) = door(std::slice::from_ref(&one)).await;
    write(door.store.as_ref(), &one, "in another way", false).await;
    let answer = door.ask_with(&reader, "GET", "/api/v1/accounts/account-3");
    let answer = answer.await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["progress"], json!(null));
}

#[tokio::test]
async fn certificates_are_listed_and_shown() {
    let one = given_back(3);
    let (door, reader, _) = door(std::slice::from_ref(&one)).await;
    let mut ready = one.clone();
    ready.state = AccountState::Ready;
    ready.certificate = Some(one.scrub());
    write(door.store.as_ref(), &ready, "over", true).await;

    let list = "/api/v1/accounts/000000000003/certificates";
    let list = door.ask_with(&reader, "GET", list).await;
    let path = format!("/api/v1/certificates/{}", ScrubId::of(&one.id, 1));
    let shown = door.ask_with(&reader, "GET", &path).await;
    assert_eq!(list.json(), json!({ "certificates": [shown.json()] }));
    let text = serde_json::to_string_pretty(&shown.json()).expect("JSON");
    assert_snapshot!(text, @r#"
    {
      "account": "000000000003",
      "account_id": "account-3",
      "began_at": "2026-03-01T12:00:00Z",
      "calls": 321,
      "deleted": [
        {
          "by": "DeleteResource",
          "identifier": "orders",
          "region": "eu-west-1",
          "tries": 2,
          "type": "AWS::SQS::Queue"
        }
      ],
      "denied": {
        "ebbtide-ou-1": 7
      },
      "digests": {
        "guardrails": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
        "inventories": [
          "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
          "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
        ],
        "settings": null,
        "types": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      },
      "ended_at": "2026-03-01T12:02:10Z",
      "environment": "pr-42-k3f9zq",
      "excused": [
        {
          "dying": false,
          "identifier": "vpc-1",
          "reason": "every account has it",
          "region": "eu-west-1",
          "type": "AWS::EC2::VPC"
        },
        {
          "dying": true,
          "identifier": "key-1",
          "reason": "2026-03-08",
          "region": "eu-west-1",
          "type": "AWS::KMS::Key"
        }
      ],
      "id": "account-3-1",
      "incarnation": "pr-42-k3f9zq-1",
      "listed": 120,
      "not_offered": {
        "TypeNotFoundException": [
          {
            "region": "eu-west-1",
            "type": "AWS::SNS::Topic"
          }
        ]
      },
      "regions": [
        "eu-west-1"
      ]
    }
    "#);
    let path = "/api/v1/certificates/account-3-2";
    let nobody = door.ask_with(&reader, "GET", path).await;
    assert_snapshot!(nobody.problem(), @"404 at /api/v1/certificates/account-3-2: there is no certificate of this name, GET /api/v1/accounts/{id}/certificates lists an account's");
    let path = "/api/v1/accounts/nobody/certificates";
    let nobody = door.ask_with(&reader, "GET", path).await;
    assert_snapshot!(nobody.problem(), @"404 at /api/v1/accounts/nobody/certificates: there is no account of this number or id, GET /api/v1/accounts lists them");
}

#[tokio::test]
async fn a_free_account_is_set_aside_and_comes_back_only_through_emptying() {
    let pool = [account(1, AccountState::Ready), leased(2)];
    let (door, _, writer) = door(&pool).await;
    let reason = r#"{"reason": " odd calls in its trail "}"#;
    let aside = "/api/v1/accounts/account-1/quarantine";
    let answer = door.tell(&writer, aside, reason).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    let shown = answer.json();
    assert_eq!(shown["state"], "quarantined");
    assert_eq!(shown["reason"], "odd calls in its trail");
    assert_eq!(shown["set_aside_by"], "write");

    let retry = "/api/v1/accounts/account-1/retry";
    let retried = door.ask_with(&writer, "POST", retry).await;
    assert_snapshot!(retried.problem(), @"409 at /api/v1/accounts/account-1/retry: write set this account aside: release it, and it is emptied");
    let release = "/api/v1/accounts/account-1/release";
    let released = door.ask_with(&writer, "POST", release).await;
    assert_eq!(released.status, StatusCode::ACCEPTED);
    assert_eq!(released.json()["state"], "scrubbing");
    let again = door.ask_with(&writer, "POST", release).await;
    assert_snapshot!(again.problem(), @"409 at /api/v1/accounts/account-1/release: this account is not quarantined, it is scrubbing");

    let held = "/api/v1/accounts/account-2/quarantine";
    assert_snapshot!(door.tell(&writer, held, reason).await.problem(), @"409 at /api/v1/accounts/account-2/quarantine: pr-42-k3f9zq-1 holds this account: end its environment first, then it is emptied by itself");
    let nobody = "/api/v1/accounts/account-9/quarantine";
    assert_snapshot!(door.tell(&writer, nobody, reason).await.problem(), @"404 at /api/v1/accounts/account-9/quarantine: there is no account of this number or id, GET /api/v1/accounts lists them");
}

#[tokio::test]
async fn a_quarantined_account_is_tried_again_at_once() {
    let (door, _, writer) = door(&[]).await;
    let mut stuck = given_back(1);
    stuck.state = AccountState::Quarantined;
    let pool = std::slice::from_ref(&stuck);
    door.store
        .want_accounts(pool, Room::up_to(9), at(0))
        .await
        .expect("ok");
    write(door.store.as_ref(), &stuck, "over", false).await;
    let due = door.store.next_due().await.expect("ok");
    assert_eq!(due, Some(at(1_000)), "on the slow period");

    let release = "/api/v1/accounts/account-1/release";
    let wrong = door.ask_with(&writer, "POST", release).await;
    assert_snapshot!(wrong.problem(), @"409 at /api/v1/accounts/account-1/release: nobody set this account aside by hand: retry it, and its emptying is tried again");
    let retry = "/api/v1/accounts/account-1/retry";
    let retried = door.ask_with(&writer, "POST", retry).await;
    assert_eq!(retried.status, StatusCode::ACCEPTED);
    assert_eq!(retried.json()["state"], "scrubbing");
    assert_eq!(door.store.next_due().await.expect("ok"), Some(at(0)));
}

#[tokio::test]
async fn a_reason_is_asked_for() {
    let (door, _, writer) = door(&[account(1, AccountState::Ready)]).await;
    let aside = "/api/v1/accounts/account-1/quarantine";
    let stop = "/api/v1/deletes/stop";
    let long = json!({ "reason": "x".repeat(501) }).to_string();
    let mut said = Vec::new();
    for (path, body) in [
        (aside, ""),
        (aside, "{}"),
        (aside, r#"{"reason": "  "}"#),
        (stop, r#"{"reason": 7}"#),
        (stop, r#"{"because": "x"}"#),
        (stop, &long),
    ] {
        said.push(door.tell(&writer, path, body).await.problem());
    }
    let none = door.ask_with(&writer, "POST", stop).await;
    said.push(none.problem());
    assert_snapshot!(said.join("\n"), @r#"
    400 at /api/v1/accounts/account-1/quarantine: a reason is needed, as JSON: {"reason": "…"}: Failed to parse the request body as JSON: EOF while parsing a value at line 1 column 0
    400 at /api/v1/accounts/account-1/quarantine: a reason is needed, as JSON: {"reason": "…"}: Failed to deserialize the JSON body into the target type: missing field `reason` at line 1 column 2
    400 at /api/v1/accounts/account-1/quarantine: the reason is to be 1 to 500 characters long
    400 at /api/v1/deletes/stop: a reason is needed, as JSON: {"reason": "…"}: Failed to deserialize the JSON body into the target type: reason: invalid type: integer `7`, expected a string at line 1 column 12
    400 at /api/v1/deletes/stop: a reason is needed, as JSON: {"reason": "…"}: Failed to deserialize the JSON body into the target type: because: unknown field `because`, expected `reason` at line 1 column 10
    400 at /api/v1/deletes/stop: the reason is to be 1 to 500 characters long
    400 at /api/v1/deletes/stop: a reason is needed, as JSON: {"reason": "…"}: Expected request with `Content-Type: application/json`
    "#);
    assert_eq!(door.store.deletes_stopped().await.expect("ok"), None);
    let accounts = door.store.accounts().await.expect("ok");
    assert_eq!(accounts[0].state, AccountState::Ready);
}

#[tokio::test]
async fn deletions_are_stopped_and_go_on() {
    let (door, reader, writer) = door(&[]).await;
    let path = "/api/v1/deletes/stop";
    let going = json!({ "stopped": false, "reason": null, "by": null, "since": null });
    let status = door.ask_with(&reader, "GET", path).await;
    assert_eq!(status.json(), going);
    let reason = r#"{"reason": "something is odd"}"#;
    let stopped = door.tell(&writer, path, reason).await;
    assert_eq!(stopped.status, StatusCode::OK);
    let expected = json!({
        "stopped": true,
        "reason": "something is odd",
        "by": "write",
        "since": "2026-03-01T12:00:00Z",
    });
    assert_eq!(stopped.json(), expected);
    let status = door.ask_with(&reader, "GET", path).await;
    assert_eq!(status.json(), expected);
    for _ in 0..2 {
        let resumed = door.ask_with(&writer, "DELETE", path).await;
        assert_eq!(resumed.json(), going);
    }
    assert_eq!(door.store.deletes_stopped().await.expect("ok"), None);
}

#[tokio::test]
async fn what_changes_something_needs_the_scope_write() {
    let (door, reader, _) = door(&[account(1, AccountState::Ready)]).await;
    let reason = r#"{"reason": "x"}"#;
    for path in [
        "/api/v1/accounts/account-1/quarantine",
        "/api/v1/accounts/account-1/retry",
        "/api/v1/accounts/account-1/release",
        "/api/v1/deletes/stop",
    ] {
        let refused = door.tell(&reader, path, reason).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
    }
    let resumed = door.ask_with(&reader, "DELETE", "/api/v1/deletes/stop");
    assert_eq!(resumed.await.status, StatusCode::FORBIDDEN);
    for path in [
        "/api/v1/accounts/account-1",
        "/api/v1/accounts/account-1/certificates",
        "/api/v1/certificates/account-1-1",
        "/api/v1/deletes/stop",
    ] {
        let unknown = door.ask("GET", path).await;
        assert_eq!(unknown.status, StatusCode::UNAUTHORIZED, "{path}");
    }
}
