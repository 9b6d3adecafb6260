//! `POST /webhooks/github`.

use super::door::{Door, SECRETS};
use super::records::at;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use ebbtide::api::webhook::BODY_LIMIT;
use ebbtide_webhooks::signature;
use insta::assert_snapshot;
use serde_json::json;
use std::future::Future;
use std::task::{Context, Poll, Waker};

fn opened() -> String {
    json!({
        "action": "opened",
        "number": 42,
        "pull_request": { "number": 42 },
        "repository": { "id": 11, "full_name": "acme/shop", "private": false },
        "installation": { "id": 7 },
    })
    .to_string()
}

fn was_poked(door: &Door) -> bool {
    let poked = std::pin::pin!(door.poke.poked());
    poked.poll(&mut Context::from_waker(Waker::noop())) == Poll::Ready(())
}

#[tokio::test]
async fn stored_once() {
    let door = Door::new();
    let answer = door.deliver("pull_request", "d-1", &opened()).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    assert_eq!(answer.json(), json!({ "delivery": "d-1", "stored": "new" }));
    assert!(was_poked(&door));
    let stored = door.store.undigested(9).await.expect("ok");
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].event, "pull_request");
    assert_eq!(stored[0].body, opened());
    assert_eq!(stored[0].received_at, at(0));

    let answer = door.deliver("pull_request", "d-1", &opened()).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    let expected = json!({ "delivery": "d-1", "stored": "repeated" });
    assert_eq!(answer.json(), expected);
    assert!(!was_poked(&door));
    assert_eq!(door.store.undigested(9).await.expect("ok").len(), 1);
}

#[tokio::test]
async fn each_secret_is_good() {
    let door = Door::new();
    for secret in SECRETS {
        let signature = signature::sign(secret, opened().as_bytes());
        let headers = [
            ("x-github-event", "pull_request"),
            ("x-github-delivery", secret),
            ("x-hub-signature-256", &signature),
        ];
        let answer = door.post(&headers, &opened()).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{secret}");
    }
}

#[tokio::test]
async fn what_means_nothing_is_not_stored() {
    let door = Door::new();
    let answer = door.deliver("star", "d-1", r#"{"action":"created"}"#).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    let expected = json!({ "delivery": "d-1", "stored": "ignored" });
    assert_eq!(answer.json(), expected);
    assert_eq!(door.store.undigested(9).await.expect("ok"), []);
}

#[tokio::test]
async fn a_bad_signature_gets_no_word_on_why() {
    let door = Door::new();
    let foreign = signature::sign("another secret", opened().as_bytes());
    let of_other_body = signature::sign(SECRETS[0], b"{}");
    let mut answers = Vec::new();
    for given in [
        None,
        Some("sha256=00"),
        Some(&*foreign),
        Some(&*of_other_body),
    ] {
        let mut headers = vec![
            ("x-github-event", "pull_request"),
            ("x-github-delivery", "d-1"),
        ];
        headers.extend(given.map(|given| ("x-hub-signature-256", given)));
        answers.push(door.post(&headers, &opened()).await.problem());
    }
    answers.push(door.post(&[], "no JSON").await.problem());
    answers.dedup();
    assert_eq!(answers, ["401 at /webhooks/github: unauthorized"]);
    assert_eq!(door.store.undigested(9).await.expect("ok"), []);
}

#[tokio::test]
async fn bad_requests_say_what_is_wrong() {
    let door = Door::new();
    let body = opened();
    let signature = signature::sign(SECRETS[0], body.as_bytes());
    let signed = ("x-hub-signature-256", signature.as_str());
    let event = ("x-github-event", "pull_request");
    let id = ("x-github-delivery", "d-1");
    assert_snapshot!(door.post(&[signed, id], &body).await.problem(), @"400 at /webhooks/github: the header x-github-event is missing or not 1 to 200 characters");
    assert_snapshot!(door.post(&[signed, event], &body).await.problem(), @"400 at /webhooks/github: the header x-github-delivery is missing or not 1 to 200 characters");
    let form = ("content-type", "application/x-www-form-urlencoded");
    assert_snapshot!(door.post(&[signed, event, id, form], &body).await.problem(), @"415 at /webhooks/github: the body is not sent as JSON: set the webhook's content type to application/json");
    assert_snapshot!(door.deliver("pull_request", "d-1", "{").await.problem(), @"400 at /webhooks/github: the body is not valid JSON: EOF while parsing an object at line 1 column 1");
    let no_number =
        r#"{"action":"opened","repository":{"id":1,"full_name":"a/b","private":false}}"#;
    assert_snapshot!(door.deliver("pull_request", "d-1", no_number).await.problem(), @"400 at /webhooks/github: `number` is missing");
    assert_eq!(door.store.undigested(9).await.expect("ok"), []);
}

#[tokio::test]
async fn a_body_may_have_25_megabytes() {
    let door = Door::new();
    let too_large = Request::post("/webhooks/github")
        .header("x-hub-signature-256", "sha256=00")
        .body(Body::from(vec![b' '; BODY_LIMIT + 1]))
        .expect("a request");
    assert_snapshot!(door.send(too_large).await.problem(), @"413 at /webhooks/github: the body is too large, at most 26214400 bytes are taken");

    let padding = " ".repeat(BODY_LIMIT - opened().len());
    let answer = door
        .deliver("pull_request", "d-1", &(opened() + &padding))
        .await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
}
