//! The JSON API of environments and accounts.

use super::door::Door;
use super::records::{account, at, environment};
use axum::http::StatusCode;
use ebbtide::api_token::Scope;
use ebbtide::environment::{
    Absence, AccountState, CommitSha, DeliveryId, Environment, Hint, IncarnationId, Region, Target,
    Wish,
};
use ebbtide::store::{Delivery, Effect, EnvironmentCommit, TimelineEntry};
use insta::assert_snapshot;
use serde_json::Value;

/// Puts an environment into the store, lends it an account, and writes a timeline.
pub async fn put(door: &Door, environment: &Environment, timeline: &[TimelineEntry]) {
    let id = DeliveryId::new(environment.id.as_str());
    let delivery = Delivery {
        id: id.clone(),
        event: "pull_request".to_owned(),
        body: "{}".to_owned(),
        received_at: at(0),
    };
    door.store.receive(&delivery).await.expect("received");
    let effect = Effect::One {
        environment: Box::new(environment.clone()),
        hint: Hint::Look,
    };
    door.store
        .digest(&id, &[effect], at(0))
        .await
        .expect("digested");
    let claimed = door.store.claim_environment("test", at(0), at(60)).await;
    let claimed = claimed.expect("ok").expect("due");
    let commit = EnvironmentCommit {
        environment,
        applied: &[claimed.hints[0].0.clone()],
        timeline,
        due_at: Some(at(1_000_000)),
    };
    let done = door
        .store
        .commit_environment(&claimed.lease, &commit, at(0))
        .await;
    done.expect("committed");
}

pub fn present(repository: u64, pull_request: u64) -> Environment {
    let mut environment = environment(repository, pull_request);
    environment.wish = Wish::Present {
        target: Target {
            revision: CommitSha::new("0123456789abcdef0123456789abcdef01234567"),
            base_branch: "main".to_owned(),
            draft: false,
        },
        generation: 0,
        attempt: 0,
        since: at(0),
    };
    environment
}

fn ended(repository: u64, pull_request: u64) -> Environment {
    let mut environment = environment(repository, pull_request);
    environment.wish = Wish::ended(Absence::Merged);
    environment.ended_at = Some(at(90));
    environment.opened_at = at(-60);
    environment
}

fn ids(list: &Value) -> Vec<&str> {
    let environments = list["environments"].as_array().expect("a list");
    let ids = environments
        .iter()
        .map(|one| one["id"].as_str().expect("an id"));
    ids.collect()
}

#[tokio::test]
async fn lists_live_ones_unless_asked() {
    let door = Door::new();
    let token = door.token(Scope::Read).await;
    let (live, over) = (present(1, 1), ended(2, 2));
    put(&door, &live, &[]).await;
    put(&door, &over, &[]).await;

    let answer = door.ask_with(&token, "GET", "/api/v1/environments").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(ids(&answer.json()), [live.id.as_str()]);
    let all = "/api/v1/environments?ended=true";
    let answer = door.ask_with(&token, "GET", all).await;
    assert_eq!(ids(&answer.json()), [live.id.as_str(), over.id.as_str()]);
    let one = "/api/v1/environments?ended=true&repository=acme/repository-2";
    let answer = door.ask_with(&token, "GET", one).await;
    assert_eq!(ids(&answer.json()), [over.id.as_str()]);

    let wrong = door
        .ask_with(&token, "GET", "/api/v1/environments?ended=maybe")
        .await;
    assert_snapshot!(wrong.problem(), @"400 at /api/v1/environments: Failed to deserialize query string: ended: provided string was not `true` or `false`");
    let wrong = door
        .ask_with(&token, "GET", "/api/v1/environments?repo=a/b")
        .await;
    assert_snapshot!(wrong.problem(), @"400 at /api/v1/environments: Failed to deserialize query string: repo: unknown field `repo`, expected `repository` or `ended`");
}

#[tokio::test]
async fn shows_one_with_its_timeline() {
    let door = Door::new();
    let token = door.token(Scope::Read).await;
    let asked = present(1, 42);
    let incarnation = IncarnationId::new(format!("{}-1", asked.id));
    let lent = asked.with_incarnation(
        &incarnation,
        &account(3, AccountState::Ready).id,
        &account(3, AccountState::Ready).account.expect("known"),
        &Region::new("eu-west-1"),
        at(5),
    );
    let line = TimelineEntry {
        at: at(5),
        duration_ms: 1234,
        incarnation: Some(incarnation.to_string()),
        step: "take an account".to_owned(),
        why: "one was free".to_owned(),
        setback: false,
    };
    put(&door, &lent, &[line]).await;
    let path = format!("/api/v1/environments/{}", lent.id);
    let answer = door.ask_with(&token, "GET", &path).await;
    assert_eq!(answer.status, StatusCode::OK);
    let text = serde_json::to_string_pretty(&answer.json()).expect("JSON");
    assert_snapshot!(text, @r#"
    {
      "environment": {
        "account": "000000000003",
        "ended_at": null,
        "expires_at": null,
        "id": "pr-42-rrkkpr",
        "incarnation": "pr-42-rrkkpr-1",
        "name": "default",
        "opened_at": "2026-03-01T12:00:00Z",
        "outputs": {},
        "pull_request": 42,
        "queue_position": null,
        "ready_at": null,
        "reason": null,
        "region": "eu-west-1",
        "repository": "acme/repository-1",
        "revision": "0123456789abcdef0123456789abcdef01234567",
        "stacks": [],
        "started_at": "2026-03-01T12:00:05Z",
        "state": "reading",
        "url": null
      },
      "timeline": [
        {
          "at": "2026-03-01T12:00:05Z",
          "duration_ms": 1234,
          "incarnation": "pr-42-rrkkpr-1",
          "setback": false,
          "step": "take an account",
          "why": "one was free"
        }
      ]
    }
    "#);

    let nobody = door
        .ask_with(&token, "GET", "/api/v1/environments/pr-1-none")
        .await;
    assert_snapshot!(nobody.problem(), @"404 at /api/v1/environments/pr-1-none: there is no environment of this id, GET /api/v1/environments lists them");
}

#[tokio::test]
async fn ends_one() {
    let door = Door::new();
    let token = door.token(Scope::Write).await;
    let (live, over) = (present(1, 1), ended(2, 2));
    put(&door, &live, &[]).await;
    put(&door, &over, &[]).await;

    let path = format!("/api/v1/environments/{}", live.id);
    let answer = door.ask_with(&token, "DELETE", &path).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    assert_eq!(answer.json()["id"], live.id.as_str());
    let claimed = door.store.claim_environment("test", at(0), at(60)).await;
    let claimed = claimed.expect("ok").expect("due at once");
    assert_eq!(claimed.environment.id, live.id);
    let by = "write".to_owned();
    let hints: Vec<&Hint> = claimed.hints.iter().map(|(_, hint)| hint).collect();
    assert_eq!(hints, [&Hint::Destroy { by }]);

    let path = format!("/api/v1/environments/{}", over.id);
    let answer = door.ask_with(&token, "DELETE", &path).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    let detail = &answer.json()["detail"];
    assert_eq!(detail, "there is nothing to end, this environment is ended");
    let nobody = door
        .ask_with(&token, "DELETE", "/api/v1/environments/pr-1-none")
        .await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn tokens_open_what_their_scope_allows() {
    let door = Door::new();
    let (reader, writer) = (
        door.token(Scope::Read).await,
        door.token(Scope::Write).await,
    );
    let live = present(1, 1);
    put(&door, &live, &[]).await;
    let path = format!("/api/v1/environments/{}", live.id);

    for (method, path) in [
        ("GET", "/api/v1/environments"),
        ("GET", "/api/v1/accounts"),
        ("GET", &path),
        ("DELETE", &path),
    ] {
        let none = door.ask(method, path).await;
        assert_eq!(none.status, StatusCode::UNAUTHORIZED, "{method} {path}");
        assert_eq!(none.header("www-authenticate"), r#"Bearer realm="ebbtide""#);
        let unknown = door.ask_with("ebt_unknown", method, path).await;
        assert_eq!(unknown.status, StatusCode::UNAUTHORIZED);
        let challenge = r#"Bearer realm="ebbtide", error="invalid_token""#;
        assert_eq!(unknown.header("www-authenticate"), challenge);
    }
    let none = door.ask("GET", "/api/v1/accounts").await;
    assert_snapshot!(none.problem(), @r#"401 at /api/v1/accounts: an API token is needed: send it as "Authorization: Bearer ebt_…""#);
    let unknown = door
        .ask_with("ebt_unknown", "GET", "/api/v1/accounts")
        .await;
    assert_snapshot!(unknown.problem(), @"401 at /api/v1/accounts: this API token is not known, it may have been revoked");
    let too_small = door.ask_with(&reader, "DELETE", &path).await;
    assert_eq!(
        too_small.problem(),
        format!("403 at {path}: this API token may not do that, the scope write is needed")
    );
    let challenge = r#"Bearer realm="ebbtide", error="insufficient_scope""#;
    assert_eq!(too_small.header("www-authenticate"), challenge);
    let larger = door.ask_with(&writer, "GET", &path).await;
    assert_eq!(larger.status, StatusCode::OK, "write includes read");

    assert!(door.store.revoke_token("read").await.expect("ok"));
    let revoked = door.ask_with(&reader, "GET", &path).await;
    assert_eq!(revoked.status, StatusCode::UNAUTHORIZED);
}
