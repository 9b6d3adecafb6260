//! Health, metrics, request ids, the API's description, and refusals of the router itself.

use super::door::Door;
use super::memory_store::MemoryStore;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use ebbtide::api::{Api, metrics, serve};
use ebbtide::clock::SystemClock;
use ebbtide::poke::Poke;
use insta::assert_snapshot;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn health() {
    let door = Door::new();
    for path in ["/healthz", "/readyz"] {
        let answer = door.ask("GET", path).await;
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (StatusCode::OK, "ok\n")
        );
    }
}

#[tokio::test]
async fn without_a_database() {
    let store = MemoryStore::default();
    store.unreachable.store(true, Ordering::Relaxed);
    let door = Door::over(Arc::new(store));
    assert_eq!(door.ask("GET", "/healthz").await.status, StatusCode::OK);
    assert_snapshot!(door.ask("GET", "/readyz").await.problem(), @"503 at /readyz: the database does not answer, try again later");
    let answer = door
        .deliver("ping", "d-1", r#"{"zen":"Keep it simple"}"#)
        .await;
    assert_snapshot!(answer.problem(), @"503 at /webhooks/github: the database does not answer, try again later");
}

#[tokio::test]
async fn counts_requests_by_route() {
    let door = Door::new();
    door.ask("GET", "/environments/pr-1-counted").await;
    let answer = door.ask("GET", "/metrics").await;
    assert!(
        answer
            .header("content-type")
            .starts_with("text/plain; version=0.0.4")
    );
    let page = answer.text();
    assert!(
        page.contains(
            "# HELP ebbtide_http_requests_total Requests to this service\n\
             # TYPE ebbtide_http_requests_total counter"
        ),
        "{page}"
    );
    assert!(page.contains(r#"route="/environments/{id}""#), "{page}");
    assert!(!page.contains("pr-1-counted"), "{page}");
}

#[tokio::test]
async fn requests_have_ids() {
    let door = Door::new();
    let made = door.ask("GET", "/healthz").await;
    assert_eq!(made.header("x-request-id").len(), 32);
    let with_id = |id: &str| {
        let request = Request::get("/healthz").header("x-request-id", id);
        request.body(Body::empty()).expect("a request")
    };
    let kept = door.send(with_id("from-the-proxy.1")).await;
    assert_eq!(kept.header("x-request-id"), "from-the-proxy.1");
    let unfit = door.send(with_id("two words")).await;
    assert_eq!(unfit.header("x-request-id").len(), 32);
}

#[tokio::test]
async fn the_router_refuses_with_problems() {
    let door = Door::new();
    assert_snapshot!(door.ask("GET", "/nowhere").await.problem(), @"404 at /nowhere: there is nothing at this address");
    let answer = door.ask("PUT", "/api/v1/environments").await;
    assert_eq!(answer.header("allow"), "GET,HEAD");
    assert_snapshot!(answer.problem(), @"405 at /api/v1/environments: this address does not take that method, the Allow header names those it takes");
}

#[tokio::test]
async fn the_description_names_every_endpoint() {
    let door = Door::new();
    let description = door.ask("GET", "/openapi.json").await.json();
    let paths = description["paths"].as_object().expect("paths");
    let mut endpoints = String::new();
    for (path, methods) in paths {
        let methods = methods.as_object().expect("methods");
        for (method, operation) in methods {
            let summary = operation["summary"].as_str().unwrap_or_default();
            let _ = writeln!(endpoints, "{method} {path}: {summary}");
        }
    }
    assert_snapshot!(endpoints, @r"
    get /api/v1/accounts: The accounts of the pool, oldest first.
    get /api/v1/accounts/{id}: One account, with how far its emptying has come.
    get /api/v1/accounts/{id}/certificates: The certificates of an account's emptyings, newest first.
    post /api/v1/accounts/{id}/close: Closes an account that nobody holds, for good: AWS ends everything in it, and counts it for another 90 days.
    That cannot be undone here. AWS takes three closings at a time and limits them over 30 days, so it may wait.
    post /api/v1/accounts/{id}/quarantine: Sets aside an account that nobody holds: it is neither lent nor emptied until it is released.
    post /api/v1/accounts/{id}/release: Gives an account back that was set aside by hand. It is emptied, and ready only with a certificate.
    post /api/v1/accounts/{id}/retry: Tries to empty a quarantined account now, instead of on the slow period.
    get /api/v1/certificates/{id}: The recorded proof that an account was emptied.
    delete /api/v1/deletes/stop: Lets deletions go on.
    get /api/v1/deletes/stop: Whether deletions are stopped, and why.
    post /api/v1/deletes/stop: Stops all deletions. What AWS was asked to delete before is deleted; nothing else is.
    get /api/v1/environments: Environments, newest first.
    delete /api/v1/environments/{id}: Ends an environment. The answer comes at once; the environment is gone when its state is `ended`.
    get /api/v1/environments/{id}: One environment with its timeline.
    get /api/v1/pool: How many accounts there are, how long they last, and what is wrong with several of them.
    get /ebbtide.schema.json: The JSON Schema of `.ebbtide.yml`, for editors.
    get /healthz: Whether the process lives. Looks at nothing else, so that a broken database does not get it restarted.
    get /metrics: Everything that was counted.
    get /readyz: Whether requests can be served: the database answers.
    post /webhooks/github: Takes a delivery of GitHub's. It is durable before the answer; a repeated one is done once.
    ");
    assert_eq!(
        description["components"]["securitySchemes"]["token"]["scheme"],
        "bearer"
    );
    let schema = door.ask("GET", "/ebbtide.schema.json").await.json();
    assert_eq!(schema, ebbtide_templates::schema());
}

#[tokio::test]
async fn serves_until_told_to_stop() {
    let door = Door::new();
    let api = Api {
        store: Arc::clone(&door.store),
        clock: Arc::new(SystemClock),
        webhook_secrets: Arc::from([]),
        pool: ebbtide::config::PoolConfig::default().rules(),
        poke: Poke::default(),
        metrics: metrics::recorder(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let shutdown = CancellationToken::new();
    let server = tokio::spawn(serve(listener, api, shutdown.clone()));
    let mut connection = TcpStream::connect(address).await.expect("connected");
    let request = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    connection.write_all(request).await.expect("sent");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.expect("read");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    shutdown.cancel();
    server.await.expect("no panic").expect("a clean end");
    TcpStream::connect(address)
        .await
        .expect_err("nobody listens");
}
