//! The pool as a whole, and accounts that are closed.

use super::accounts::{door, leased};
use super::records::{account, at};
use axum::http::StatusCode;
use ebbtide::environment::inventory::Cell;
use ebbtide::environment::{AccountState, Culprit, Region, RepositoryId};
use insta::assert_snapshot;

#[tokio::test]
async fn the_pool_is_shown_with_its_alarms() {
    let mut pool = vec![account(1, AccountState::Ready), leased(2)];
    for number in [3, 4] {
        let mut stuck = account(number, AccountState::Scrubbing);
        stuck.repository = Some(RepositoryId(number));
        pool.push(stuck.stuck(&[Culprit {
            cell: Cell {
                type_name: "AWS::S3::Bucket".to_owned(),
                region: Region::new("eu-west-1"),
            },
            identifier: format!("logs-{number}"),
            why: "AccessDenied: object protected by object lock".to_owned(),
        }]));
    }
    let (door, reader, _) = door(&pool).await;
    let answer = door.ask_with(&reader, "GET", "/api/v1/pool").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_snapshot!(serde_json::to_string_pretty(&answer.json()).expect("JSON"), @r#"
    {
      "accounts": {
        "arriving": 0,
        "closed": 0,
        "closing": 0,
        "creating": 0,
        "failed": 0,
        "leased": 1,
        "preparing": 0,
        "quarantined": 2,
        "ready": 1,
        "resting": 0,
        "scrubbing": 0,
        "wanted": 0
      },
      "alarms": [
        {
          "accounts": [
            "account-3",
            "account-4"
          ],
          "cause": "retention-locked",
          "example": "AWS::S3::Bucket logs-3 in eu-west-1: AccessDenied: object protected by object lock",
          "repositories": 2,
          "type_name": "AWS::S3::Bucket"
        }
      ],
      "can_be_made": 6,
      "coming": 0,
      "free": 1,
      "lent_lately": 0,
      "proven_lately": 0,
      "rules": {
        "after_use": "reuse",
        "max_accounts": 10,
        "min_ready": 1,
        "target_accounts": 0
      },
      "runway_seconds": null,
      "waiting": 0
    }
    "#);
    let nobody = door.ask("GET", "/api/v1/pool").await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_free_account_is_closed_by_whoever_may_write() {
    let (door, reader, writer) = door(&[account(1, AccountState::Ready), leased(2)]).await;
    let close = "/api/v1/accounts/account-1/close";
    let only_reads = door.ask_with(&reader, "POST", close).await;
    assert_eq!(only_reads.status, StatusCode::FORBIDDEN);
    let answer = door.ask_with(&writer, "POST", close).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    let shown = answer.json();
    assert_eq!(
        (&shown["state"], &shown["closed_by"]),
        (&"closing".into(), &"write".into())
    );
    assert_eq!(
        door.store.next_due().await.expect("ok"),
        Some(at(0)),
        "at once"
    );
    let again = door.ask_with(&writer, "POST", close).await;
    assert_snapshot!(again.problem(), @"409 at /api/v1/accounts/account-1/close: this account is closing already");
    let held = "/api/v1/accounts/account-2/close";
    assert_snapshot!(door.ask_with(&writer, "POST", held).await.problem(), @"409 at /api/v1/accounts/account-2/close: pr-42-k3f9zq-1 holds this account: end its environment first, then it is emptied by itself");
}
