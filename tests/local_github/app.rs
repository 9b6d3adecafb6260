//! Who may ask: the App by its signed token, installations by tokens of one hour.

use crate::caller::{Caller, HandClock, jwt, shop};
use chrono::TimeDelta;
use ebbtide::clock::Clock;
use ebbtide::demo::github::{LocalGitHub, Options, Permission};
use serde_json::{Value, json};
use std::sync::Arc;

/// A shop where tokens age by a clock that the test moves.
async fn shop_by(clock: &Arc<HandClock>) -> LocalGitHub {
    shop(Options {
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        token_clock: Arc::clone(clock) as Arc<dyn Clock>,
        ..Options::default()
    })
    .await
}

async fn caller_at(clock: &HandClock, github: &LocalGitHub) -> Caller {
    let mut caller = Caller {
        http: reqwest::Client::new(),
        url: github.url().to_owned(),
        jwt: jwt(github, clock.now(), &json!("4242"), 540),
        token: String::new(),
    };
    let path = format!("/app/installations/{}/access_tokens", github.installation());
    let made = caller.app("POST", &path, None).await;
    made.body["token"]
        .as_str()
        .expect("a token")
        .clone_into(&mut caller.token);
    caller
}

#[tokio::test]
async fn a_token_lives_for_one_hour() {
    let clock = HandClock::at_noon();
    let github = shop_by(&clock).await;
    let caller = caller_at(&clock, &github).await;
    clock.forward(TimeDelta::minutes(59));
    assert_eq!(caller.get("/repos/acme/shop").await.status, 200);
    clock.forward(TimeDelta::minutes(1));
    let late = caller.get("/repos/acme/shop").await;
    assert_eq!((late.status, late.message()), (401, "Bad credentials"));
    github.stop().await;
}

#[tokio::test]
async fn a_signed_token_must_be_ours_and_of_now() {
    let clock = HandClock::at_noon();
    let github = shop_by(&clock).await;
    let mut caller = caller_at(&clock, &github).await;
    let mut with = async |token: String| {
        caller.jwt = token;
        let reply = caller.app("GET", "/app", None).await;
        let message = reply.body["message"]
            .as_str()
            .unwrap_or("welcome")
            .to_owned();
        (reply.status, message)
    };
    let now = clock.now();
    let token = |iss: Value, life| jwt(&github, now, &iss, life);

    assert_eq!(
        with(token(4242.into(), 600)).await,
        (200, "welcome".to_owned())
    );
    assert_eq!(
        with(token(4242.into(), 601)).await,
        (
            401,
            "'Expiration time' claim ('exp') is too far in the future".to_owned()
        )
    );
    assert_eq!(
        with(token(4242.into(), 0)).await,
        (401, "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires".to_owned())
    );
    assert_eq!(
        with(jwt(&github, now + TimeDelta::minutes(5), &4242.into(), 60)).await,
        (401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued".to_owned())
    );
    assert_eq!(
        with(token(7.into(), 60)).await,
        (404, "Integration not found".to_owned())
    );
    let forged = token(4242.into(), 60);
    let (signed, _) = forged.rsplit_once('.').expect("three parts");
    let undecodable = (401, "A JSON web token could not be decoded".to_owned());
    assert_eq!(with(format!("{signed}.AAAA")).await, undecodable);
    assert_eq!(with("ghs_installationtoken".to_owned()).await, undecodable);
    github.stop().await;
}

#[tokio::test]
async fn an_uninstalled_app_is_a_stranger() {
    let github = shop(Options::default()).await;
    let caller = Caller::of(&github).await;
    let tokens = format!("/app/installations/{}/access_tokens", github.installation());
    github.as_user("alice").uninstall();
    assert_eq!(caller.app("POST", &tokens, None).await.status, 404);
    let used = caller.get("/repos/acme/shop").await;
    assert_eq!((used.status, used.message()), (401, "Bad credentials"));

    github.install("acme");
    assert_eq!(
        Caller::of(&github)
            .await
            .get("/repos/acme/shop")
            .await
            .status,
        200
    );
    github.stop().await;
}

/// GitHub says 403 with this sentence here, not 404.
#[tokio::test]
async fn a_suspended_app_is_told_so() {
    let github = shop(Options::default()).await;
    let caller = Caller::of(&github).await;
    let tokens = format!("/app/installations/{}/access_tokens", github.installation());
    github.as_user("alice").suspend_app(true);
    let made = caller.app("POST", &tokens, None).await;
    assert_eq!(
        (made.status, made.message()),
        (403, "This installation has been suspended")
    );
    let used = caller.get("/repos/acme/shop").await;
    assert_eq!(
        (used.status, used.message()),
        (403, "This installation has been suspended")
    );

    github.as_user("alice").suspend_app(false);
    assert_eq!(caller.get("/repos/acme/shop").await.status, 200);
    github.stop().await;
}

#[tokio::test]
async fn an_app_sees_what_it_is_installed_on() {
    let github = shop(Options::default()).await;
    github
        .repository("acme/vault")
        .private()
        .without_app()
        .files([("a", "b")])
        .create();
    github
        .repository("other/open")
        .without_app()
        .files([("a", "b")])
        .create();
    let caller = Caller::of(&github).await;
    assert_eq!(caller.get("/repos/acme/vault").await.status, 404);
    assert_eq!(caller.get("/repos/other/open").await.status, 200);
    let written = caller.post("/repos/other/open/check-runs", json!({})).await;
    assert_eq!(
        (written.status, written.message()),
        (403, "Resource not accessible by integration")
    );
    github.as_user("alice").remove_repository();
    let all = caller.get("/installation/repositories").await;
    assert_eq!(all.body["total_count"], 0);
    github.stop().await;
}

#[tokio::test]
async fn permissions_are_told_as_they_are_now() {
    let github = shop(Options::default()).await;
    let caller = Caller::of(&github).await;
    let told = async |login: &str| {
        let path = format!("/repos/acme/shop/collaborators/{login}/permission");
        let reply = caller.get(&path).await;
        let text = |field: &str| reply.body[field].as_str().unwrap_or_default().to_owned();
        (reply.status, text("permission"), text("role_name"))
    };
    let row = |permission: &str, role: &str| (200, permission.to_owned(), role.to_owned());
    github.as_user("mallory");
    assert_eq!(told("alice").await, row("write", "write"));
    assert_eq!(told("mallory").await, row("read", "read"));
    assert_eq!(told("nobody").await.0, 404);
    github.grant("acme/shop", "alice", Permission::Maintain);
    assert_eq!(told("alice").await, row("write", "maintain"));
    github.grant("acme/shop", "alice", Permission::Triage);
    assert_eq!(told("alice").await, row("read", "triage"));
    github.stop().await;
}

/// The client that the service speaks through signs in by itself and understands what it is told.
#[tokio::test]
async fn the_real_client_signs_in() {
    let github = shop(Options::default()).await;
    let key = jsonwebtoken::EncodingKey::from_rsa_pem(github.private_key_pem().as_bytes());
    let app = octocrab::Octocrab::builder()
        .base_uri(github.url())
        .expect("an address")
        .app(4242.into(), key.expect("a key"))
        .build()
        .expect("a client");
    let installation = app
        .installation(github.installation().into())
        .expect("an installation");
    github
        .as_user("alice")
        .open_pull_request("Tea", "tea", [("tea.txt", "green")]);
    let pull = installation.pulls("acme", "shop").get(1).await;
    assert_eq!(pull.expect("it is there").head.ref_field, "tea");
    github.stop().await;
}
