//! What can be made to go wrong.

use crate::caller::{Caller, HandClock, shop};
use chrono::TimeDelta;
use ebbtide::clock::Clock;
use ebbtide::demo::github::{Failure, Options, Seen};
use serde_json::json;
use std::sync::Arc;

const COMMENTS: &str = "/repos/acme/shop/issues/1/comments";

#[tokio::test]
async fn the_next_requests_fail_without_effect() {
    let github = shop(Options::default()).await;
    github
        .as_user("alice")
        .open_pull_request("Tea", "tea", [("tea.txt", "green")]);
    let caller = Caller::of(&github).await;
    github.fail_next(1, "POST", COMMENTS, Failure::Status(502));
    github.fail_next(1, "POST", COMMENTS, Failure::SecondaryLimit(17));
    let body = json!({ "body": "Ready" });
    assert_eq!(
        caller.get(COMMENTS).await.status,
        200,
        "other methods are spared"
    );
    assert_eq!(caller.post(COMMENTS, body.clone()).await.status, 502);
    let limited = caller.post(COMMENTS, body.clone()).await;
    assert_eq!(
        (limited.status, limited.header("retry-after")),
        (403, Some("17"))
    );
    assert_eq!(github.comments(1), []);
    assert_eq!(caller.post(COMMENTS, body).await.status, 201);
    let seen: Vec<Option<u16>> = github
        .requests()
        .iter()
        .filter(|seen| seen.method == "POST" && seen.path == COMMENTS)
        .map(|seen| seen.status)
        .collect();
    assert_eq!(seen, [Some(502), Some(403), Some(201)]);
    github.stop().await;
}

#[tokio::test]
async fn an_answer_is_lost_after_or_before_the_effect() {
    let github = shop(Options::default()).await;
    github
        .as_user("alice")
        .open_pull_request("Tea", "tea", [("tea.txt", "green")]);
    let caller = Caller::of(&github).await;
    let say = async |words: &str| {
        let request = caller.request("POST", COMMENTS, &caller.token);
        request.json(&json!({ "body": words })).send().await
    };
    github.fail_next(1, "POST", COMMENTS, Failure::LoseRequest);
    assert!(say("lost before").await.is_err());
    github.fail_next(1, "POST", COMMENTS, Failure::LoseAnswer);
    assert!(say("lost after").await.is_err());
    let bodies: Vec<String> = github.comments(1).into_iter().map(|one| one.body).collect();
    assert_eq!(bodies, ["lost after"]);
    let newest = github.requests().pop();
    let lost = Seen {
        method: "POST".to_owned(),
        path: COMMENTS.to_owned(),
        status: None,
    };
    assert_eq!(newest, Some(lost));
    github.stop().await;
}

#[tokio::test]
async fn a_request_waits_until_it_is_released() {
    let github = shop(Options::default()).await;
    github
        .as_user("alice")
        .open_pull_request("Tea", "tea", [("tea.txt", "green")]);
    let caller = Caller::of(&github).await;
    let mut waiting = github.hold_next("POST", COMMENTS);
    let saying =
        tokio::spawn(async move { caller.post(COMMENTS, json!({ "body": "Late" })).await });
    waiting.reached().await;
    assert_eq!(github.comments(1), []);
    waiting.release();
    assert_eq!(saying.await.expect("it ends").status, 201);
    github.stop().await;
}

#[tokio::test]
async fn writes_are_limited_where_asked() {
    let clock = HandClock::at_noon();
    let github = shop(Options {
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ..Options::default()
    })
    .await;
    github
        .as_user("alice")
        .open_pull_request("Tea", "tea", [("tea.txt", "green")]);
    github.enforce_limits();
    let caller = Caller::of(&github).await;
    let say = async || caller.post(COMMENTS, json!({ "body": "." })).await;
    let burst = async || {
        for _ in 0..80 {
            assert_eq!(say().await.status, 201);
        }
        clock.forward(TimeDelta::minutes(1));
    };
    for _ in 0..80 {
        assert_eq!(say().await.status, 201);
    }
    let refused = say().await;
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (403, Some("60"))
    );
    assert!(
        refused
            .message()
            .starts_with("You have exceeded a secondary rate limit")
    );
    assert_eq!(refused.header("x-ratelimit-used"), Some("81"));
    assert_eq!(refused.header("x-ratelimit-remaining"), Some("4919"));
    assert_eq!(caller.get(COMMENTS).await.status, 200, "reading goes on");

    clock.forward(TimeDelta::minutes(1));
    for _ in 0..5 {
        burst().await;
    }
    for _ in 0..20 {
        assert_eq!(say().await.status, 201);
    }
    // 500 in this hour, the first of them six minutes ago.
    let refused = say().await;
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (403, Some("3240"))
    );
    github.stop().await;
}
