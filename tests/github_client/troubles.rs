//! What can go wrong, and what it comes to.

use crate::world::{FIRST, HandClock, World};
use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use ebbtide::clock::Clock;
use ebbtide::demo::github::{Failure, Options};
use ebbtide::environment::{CommentId, InstallationId, Setback};
use ebbtide::github::client::{AppClient, AppOptions, BadOptions};
use ebbtide::github::{GitHub, Live, Repo};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const PULL: &str = "/repos/acme/shop/pulls/1";

impl World {
    async fn edit(&self, client: &AppClient) -> Result<CommentId, Setback> {
        let known = Some(CommentId(1));
        client
            .put_comment(&self.repo, FIRST, "<!-- x -->", known, "<!-- x --> body")
            .await
    }
}

#[tokio::test]
async fn a_limit_says_when_to_come_back() {
    let world = World::new().await;
    world
        .github
        .fail_next(1, "GET", PULL, Failure::SecondaryLimit(42));
    match world.client.pull_request(&world.repo, FIRST).await {
        Err(Setback::TryLater { after, cause }) => {
            assert_eq!(after, Some(Duration::from_secs(42)));
            assert!(
                cause.starts_with("read pull request: You have exceeded a secondary rate limit"),
                "{cause}"
            );
        }
        other => panic!("{other:?}"),
    }
    assert!(world.client.pull_request(&world.repo, FIRST).await.is_ok());
    world.end().await;
}

#[tokio::test]
async fn nothing_is_repeated_by_itself() {
    let world = World::new().await;
    world.github.fail_next(1, "GET", PULL, Failure::Status(502));
    let read = world.client.pull_request(&world.repo, FIRST).await;
    assert_eq!(
        read,
        Err(Setback::later("read pull request: Server Error (HTTP 502)"))
    );
    let path = "/repos/acme/shop/issues/comments/1";
    world
        .github
        .fail_next(1, "PATCH", path, Failure::Status(502));
    let written = world.edit(&world.client).await;
    assert_eq!(
        written,
        Err(Setback::lost("update comment: Server Error (HTTP 502)"))
    );
    assert_eq!(
        (world.count("GET", PULL), world.count("PATCH", path)),
        (1, 1)
    );
    world.end().await;
}

#[tokio::test]
async fn a_lost_connection_is_told_by_what_was_asked() {
    let world = World::new().await;
    world.github.fail_next(1, "GET", PULL, Failure::LoseAnswer);
    let read = world.client.pull_request(&world.repo, FIRST).await;
    assert!(
        matches!(read, Err(Setback::TryLater { after: None, .. })),
        "{read:?}"
    );
    let path = "/repos/acme/shop/issues/comments/1";
    world
        .github
        .fail_next(1, "PATCH", path, Failure::LoseRequest);
    let written = world.edit(&world.client).await;
    assert!(
        matches!(written, Err(Setback::AnswerLost { .. })),
        "{written:?}"
    );
    world.end().await;
}

#[tokio::test]
async fn nobody_waits_for_ever() {
    let world = World::new().await;
    let hasty = world.another_client(world.github.url(), Duration::from_millis(300));
    let read = world.github.hold_next("GET", PULL);
    let late = hasty.pull_request(&world.repo, FIRST).await;
    assert_eq!(
        late,
        Err(Setback::later("read pull request: no answer within 0.3 s"))
    );
    read.release();
    let write = world
        .github
        .hold_next("PATCH", "/repos/acme/shop/issues/comments/1");
    let late = world.edit(&hasty).await;
    assert_eq!(
        late,
        Err(Setback::lost("update comment: no answer within 0.3 s"))
    );
    write.release();
    world.end().await;
}

#[tokio::test]
async fn a_write_that_never_left_can_be_done_again() {
    let world = World::new().await;
    // A port that was free a moment ago: nobody listens there.
    let nobody = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let client = world.another_client(&format!("http://{nobody}"), AppOptions::TIMEOUT);
    let written = world.edit(&client).await;
    assert!(
        matches!(written, Err(Setback::TryLater { .. })),
        "{written:?}"
    );
    world.github.stop().await;
}

#[tokio::test]
async fn a_suspended_or_removed_installation_is_told_apart_from_a_missing_pull_request() {
    let world = World::new().await;
    assert!(world.client.pull_request(&world.repo, FIRST).await.is_ok());
    // The token is still good for an hour, but is not taken any more.
    world.github.as_user("acme").suspend_app(true);
    let look = || world.client.pull_request(&world.repo, FIRST);
    assert_eq!(look().await, Ok(Live::NoInstallation));
    assert_eq!(look().await, Ok(Live::NoInstallation));
    let refused = world.edit(&world.client).await.unwrap_err();
    assert!(
        refused.is_refusal() && refused.to_string().contains("suspended"),
        "{refused}"
    );
    world.github.as_user("acme").suspend_app(false);
    assert!(matches!(look().await, Ok(Live::There(_))));
    world.github.as_user("acme").uninstall();
    assert_eq!(look().await, Ok(Live::NoInstallation));
    let other = Repo {
        installation: InstallationId(1),
        ..world.repo.clone()
    };
    let never = world.client.pull_request(&other, FIRST).await;
    assert_eq!(never, Ok(Live::NoInstallation));
    world.end().await;
}

#[tokio::test]
async fn a_token_that_is_not_taken_any_more_is_replaced() {
    let start = ebbtide::clock::SystemClock.now();
    let token_clock = HandClock::at(start);
    let world = World::with(Options {
        token_clock: Arc::clone(&token_clock) as Arc<dyn Clock>,
        ..Options::default()
    })
    .await;
    assert!(world.client.pull_request(&world.repo, FIRST).await.is_ok());
    assert!(world.client.pull_request(&world.repo, FIRST).await.is_ok());
    assert_eq!(
        world.count("POST", "/access_tokens"),
        1,
        "one token serves both"
    );
    // Only GitHub's clock goes on, so that the client is told by a 401.
    token_clock.forward(TimeDelta::minutes(61));
    let look = world.client.pull_request(&world.repo, FIRST).await;
    // The App's own token is judged by the same clock by now, and is refused with the sentence to mend it.
    let refused = look.unwrap_err().to_string();
    assert!(
        refused.contains("check github.app_id, github.private_key and the machine's clock"),
        "{refused}"
    );
    token_clock.forward(TimeDelta::minutes(-61));
    assert!(world.client.pull_request(&world.repo, FIRST).await.is_ok());
    assert_eq!(world.count("POST", "/access_tokens"), 3);
    world.end().await;
}

#[tokio::test]
async fn options_that_cannot_work_say_which_key_to_mend() {
    let options = |url: &str, key: &str| AppOptions {
        api_url: url.parse().unwrap(),
        app_id: 1,
        private_key: key.to_owned().into(),
        clock: Arc::new(ebbtide::clock::SystemClock),
        timeout: AppOptions::TIMEOUT,
    };
    let told = |options| {
        AppClient::new(options)
            .err()
            .as_ref()
            .map(BadOptions::to_string)
    };
    insta::assert_snapshot!(told(options("ftp://github.com", "")).unwrap(), @"github.api_url is ftp://github.com/, but must be an http or https address, for example https://api.github.com");
    for (key, what) in [
        ("", "it is empty"),
        ("secret", "it has no line that says BEGIN RSA PRIVATE KEY"),
        (
            "-----BEGIN RSA PRIVATE KEY----- x",
            "it is a single line: its line breaks were lost",
        ),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nx\n-----END RSA PRIVATE KEY-----",
            "it cannot be decoded",
        ),
    ] {
        let sentence = told(options("https://api.github.com", key)).unwrap();
        assert!(sentence.contains(&format!("({what})")), "{sentence}");
    }
}

/// A server of one's own: gives out tokens, and answers the rest as told.
async fn server(
    answer: impl Fn(&Request) -> Response + Clone + Send + Sync + 'static,
) -> (String, CancellationToken) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let url = format!("http://{address}/api/v3");
    let stop = CancellationToken::new();
    let handler = move |request: Request| {
        let answer = if request.uri().path().ends_with("/access_tokens") {
            let token = r#"{"token":"ghs_x","expires_at":"2099-01-01T00:00:00Z","permissions":{}}"#;
            (StatusCode::CREATED, token).into_response()
        } else {
            answer(&request)
        };
        std::future::ready(answer)
    };
    let serve = axum::serve(listener, Router::new().fallback(handler))
        .with_graceful_shutdown(stop.clone().cancelled_owned());
    tokio::spawn(serve.into_future());
    (url, stop)
}

fn moved(to: &str) -> Response {
    (
        StatusCode::TEMPORARY_REDIRECT,
        [(header::LOCATION, to.to_owned())],
    )
        .into_response()
}

#[tokio::test]
async fn a_renamed_repository_is_followed_below_the_apis_address() {
    let world = World::new().await;
    let (url, stop) = server(|request| {
        let path = request.uri().path().to_owned();
        let headers = request.headers();
        let is_ours = headers.get_all("user-agent").iter().count() == 1
            && headers["authorization"] == "Bearer ghs_x";
        match path.as_str() {
            "/api/v3/repos/acme/shop/issues/comments/1" => {
                moved("/api/v3/repositories/7/issues/comments/1")
            }
            "/api/v3/repositories/7/issues/comments/1"
                if is_ours && request.method() == "PATCH" =>
            {
                "{}".into_response()
            }
            _ => StatusCode::IM_A_TEAPOT.into_response(),
        }
    })
    .await;
    let client = world.another_client(&url, AppOptions::TIMEOUT);
    assert_eq!(world.edit(&client).await, Ok(CommentId(1)));
    stop.cancel();
    world.github.stop().await;
}

#[tokio::test]
async fn no_redirect_leads_to_another_server_or_in_circles() {
    let world = World::new().await;
    for (to, told) in [
        (
            "http://127.0.0.1:9/api/v3/x",
            "Temporary Redirect (HTTP 307)",
        ),
        ("/api/v3/round", "GitHub redirects in a circle"),
    ] {
        let (url, stop) = server(move |_| moved(to)).await;
        let client = world.another_client(&url, AppOptions::TIMEOUT);
        let refused = world.edit(&client).await.unwrap_err().to_string();
        assert!(refused.contains(told), "{refused}");
        stop.cancel();
    }
    world.github.stop().await;
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_says_where() {
    let world = World::new().await;
    let (url, stop) = server(|_| r#"{"state":"open","head":7}"#.into_response()).await;
    let client = world.another_client(&url, AppOptions::TIMEOUT);
    let read = client
        .pull_request(&world.repo, FIRST)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        read.starts_with("read pull request: the answer cannot be read: invalid type: integer `7`"),
        "{read}"
    );
    stop.cancel();
    world.github.stop().await;
}
