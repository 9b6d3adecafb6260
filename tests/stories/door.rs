//! At the service's own door.

use crate::files::one_stack;
use crate::world::{SECRET, Setup, World};
use ebbtide::api_token::{self, Scope};
use ebbtide::environment::Phase;
use ebbtide_webhooks::signature;
use secrecy::ExposeSecret;

async fn deliver(world: &World, signature: &str, event: &str, body: &str) -> String {
    let answer = reqwest::Client::new()
        .post(format!("{}/webhooks/github", world.door))
        .header("content-type", "application/json")
        .header("x-github-delivery", "2f1b7a10-0000-4000-8000-000000000001")
        .header("x-github-event", event)
        .header("x-hub-signature-256", signature)
        .body(body.to_owned())
        .send()
        .await
        .expect("an answer");
    let status = answer.status().as_u16();
    let body: serde_json::Value = answer.json().await.expect("JSON");
    format!("{status} {}", body["detail"].as_str().unwrap_or_default())
}

pub async fn what_is_wrong_is_refused_and_leaves_nothing(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    let signed = |body: &str| signature::sign(SECRET, body.as_bytes());

    let ping = r#"{"zen": "Keep it logically awesome.", "hook_id": 1}"#;
    let forged = signature::sign("another secret", ping.as_bytes());
    said!(deliver(&world, &forged, "ping", ping).await, @"401 unauthorized");
    said!(deliver(&world, &signed(ping), "ping", ping).await, @"202");
    let cut = r#"{"action": "opened""#;
    said!(deliver(&world, &signed(cut), "pull_request", cut).await, @"400 the body is not valid JSON: EOF while parsing an object at line 1 column 19");
    let bare = r#"{"action": "opened"}"#;
    said!(deliver(&world, &signed(bare), "pull_request", bare).await, @"400 `repository` is missing");
    said!(deliver(&world, &signed(bare), "star", bare).await, @"202");
    world.settle().await;
    assert_eq!(world.environments().await, []);

    // What comes after is not disturbed by any of it.
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;
    assert_eq!(world.phase(tea).await, Phase::Ready);
    alice.merge(tea);
    world.settle().await;
    for delivery in world.github.deliveries() {
        assert_eq!(delivery.status_code, 202, "{delivery:?}");
    }
    world.ends_pristine().await;
}

pub async fn destroyed_through_the_api(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;

    let (token, stored) = api_token::make("ops", Scope::Write, world.now()).expect("random bytes");
    world.store.put_token(&stored).await.expect("stored");
    let id = world.environment(tea).await.id;
    let url = format!("{}/api/v1/environments/{id}", world.door);
    let http = reqwest::Client::new();
    let asked = http.delete(url).bearer_auth(token.expose_secret());
    let status = asked.send().await.expect("an answer").status();
    assert_eq!(status.as_u16(), 202);
    world.settle().await;
    said!(world.told(tea), @r"
    ### 🌊 Preview environment · Ended
    Everything is deleted: `ops` ended it. It lived A WHILE.
    Its account was proven empty in A WHILE: certificate `acct-ID-1`.
    Push, or re-run the check, and there is a new one.
    ");
    assert!(world.sandbox.left().await.is_empty());

    alice.push("tea", [("tea.txt", "green tea\n")]);
    world.settle().await;
    assert_eq!(world.phase(tea).await, Phase::Ready);
    alice.merge(tea);
    world.settle().await;
    world.ends_pristine().await;
}
