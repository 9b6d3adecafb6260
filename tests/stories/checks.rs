//! What must be green before, and healthy after.

use crate::files::{QUEUE, one_stack_with};
use crate::world::Setup;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use ebbtide::environment::Phase;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use tokio::net::TcpListener;

pub async fn wait_for_green(setup: Setup) {
    let world = setup
        .with_shop(one_stack_with("wait_for: [build, lint]"))
        .await;
    let alice = world.github.as_user("alice");

    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    let head = world.head(tea);
    world.github.set_check(&head, "build", None);
    world
        .until("waiting", async |world| {
            world.told(tea).contains("Waiting for checks")
        })
        .await;
    said!(world.told(tea), @r"
    ### 🌊 Preview environment · Waiting for checks
    This commit is deployed as soon as `build` and `lint` are green.
    ");
    said!(world.verdict(tea), @"in_progress: Waiting for build and lint");

    world.github.set_check(&head, "build", Some("failure"));
    world.github.set_status(&head, "lint", "success");
    world
        .until("held back", async |world| {
            world.told(tea).contains("Held back")
        })
        .await;
    said!(world.told(tea), @r"
    ### 🌊 Preview environment · Held back by a check
    Not deployed, because `build` is red. A new run that turns green deploys this commit.
    ");
    said!(world.verdict(tea), @"failure: Held back by build");
    assert_eq!(world.accounts().await, []);

    world.github.set_check(&head, "build", Some("success"));
    world.settle().await;
    assert_eq!(world.verdict(tea), "success: Ready");

    alice.merge(tea);
    world.settle().await;
    world.ends_pristine().await;
}

pub async fn pull_request_cannot_loosen_its_own_rules(setup: Setup) {
    let world = setup.with_shop(one_stack_with("wait_for: [build]")).await;
    let alice = world.github.as_user("alice");

    let tea = alice.open_pull_request("Sell tea", "tea", one_stack_with(""));
    world
        .until("waiting", async |world| {
            world.phase(tea).await == Phase::WaitingForChecks
        })
        .await;

    alice.close(tea);
    world.settle().await;
    assert_eq!(world.accounts().await, []);
    world.ends_pristine().await;
}

/// An application on this machine that answers with a status that can be changed; its address.
async fn application() -> (Arc<AtomicU16>, String) {
    let status = Arc::new(AtomicU16::new(503));
    let answers = status.clone();
    let answer = async move || {
        let status = StatusCode::from_u16(answers.load(Ordering::Relaxed));
        (status.expect("a status"), "the guest book")
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let router = Router::new().route("/health", get(answer));
    tokio::spawn(axum::serve(listener, router).into_future());
    (status, format!("http://{address}"))
}

fn with_health(address: &str) -> [(&'static str, String); 2] {
    let file = format!(
        "stacks: {{app: {{template: app.yaml}}}}
url: {address}/
health:
  - url: {address}/health
    contains: guest book
    within: 2m
"
    );
    [(".ebbtide.yml", file), ("app.yaml", QUEUE.to_owned())]
}

pub async fn healthy_after_a_while(setup: Setup) {
    let (status, address) = application().await;
    let world = setup.with_shop(with_health(&address)).await;
    let alice = world.github.as_user("alice");

    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world
        .until("told of", async |world| {
            world.told(tea).contains("answered 503")
        })
        .await;
    said!(world.told(tea).replace(&address["http://".len()..], "ADDRESS"), @r"
    ### 🌊 Preview environment · Checking health
    Everything is deployed. The health checks have not passed yet.
    > `ADDRESS/health answered 503, expected 200`
    ");
    assert_eq!(world.check(tea).status, "in_progress");

    status.store(200, Ordering::Relaxed);
    world.settle().await;
    said!(world.told(tea), @r"
    ### 🌊 Preview environment · Ready
    Everything is deployed, and the health checks pass.
    ");
    assert_eq!(world.verdict(tea), "success: Ready");

    alice.merge(tea);
    world.settle().await;
    world.ends_pristine().await;
}

pub async fn never_healthy_is_a_failure_that_a_re_run_mends(setup: Setup) {
    let (status, address) = application().await;
    let world = setup.with_shop(with_health(&address)).await;
    let alice = world.github.as_user("alice");

    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;
    said!(world.told(tea).replace(&address["http://".len()..], "ADDRESS"), @r"
    ### 🌊 Preview environment · Failed
    Everything is deployed, but a health check did not pass:
    > `ADDRESS/health answered 503, expected 200`
    Push a fix, or re-run the check to try again.
    ");
    assert_eq!(world.check(tea).conclusion.as_deref(), Some("failure"));
    assert_eq!(world.github.deployments()[0].state(), "failure");

    status.store(200, Ordering::Relaxed);
    // "Re-run failed checks" tells of the suite alone.
    alice.rerequest_suite(world.check(tea).id);
    world.settle().await;
    assert_eq!(world.verdict(tea), "success: Ready");
    assert_eq!(world.github.deployments()[0].state(), "success");

    alice.merge(tea);
    world.settle().await;
    world.ends_pristine().await;
}
