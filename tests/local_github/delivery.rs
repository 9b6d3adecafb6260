//! Webhooks: signed, logged, lost, doubled, late, and delivered again.

use crate::caller::{Caller, HandClock, shop};
use crate::receiver::Receiver;
use chrono::TimeDelta;
use ebbtide::clock::Clock;
use ebbtide::demo::github::{LocalGitHub, Options, Order};
use ebbtide_webhooks::{Event, parse, signature};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

async fn shop_and_receiver(clock: &Arc<HandClock>) -> (LocalGitHub, Receiver) {
    let receiver = Receiver::start().await;
    let github = shop(Options {
        webhook_secret: "s3cret".to_owned(),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        ..Options::default()
    })
    .await;
    github.send_webhooks_to(receiver.url());
    (github, receiver)
}

async fn end(github: LocalGitHub, receiver: Receiver) {
    github.stop().await;
    receiver.stop().await;
}

#[tokio::test]
async fn a_webhook_is_signed_and_named() {
    let (github, receiver) = shop_and_receiver(&HandClock::at_noon()).await;
    github
        .as_user("alice")
        .open_pull_request("Tea", "tea", [("tea.txt", "green")]);
    github.deliveries_settled().await;
    let arrived = receiver.take();
    let [one] = arrived.as_slice() else {
        panic!("one webhook was expected: {arrived:?}");
    };
    assert_eq!(one.header("x-github-event"), "pull_request");
    assert_eq!(
        one.header("x-github-hook-installation-target-type"),
        "integration"
    );
    assert_eq!(one.header("x-github-hook-installation-target-id"), "4242");
    assert_eq!(one.header("content-type"), "application/json");
    let signature = one.header("x-hub-signature-256");
    assert!(signature::verify(&["s3cret"], &one.body, Some(signature)));
    let logged = &github.deliveries()[0];
    assert_eq!(one.header("x-github-delivery"), logged.guid);
    assert_eq!((logged.status_code, logged.redelivery), (202, false));
    end(github, receiver).await;
}

#[tokio::test]
async fn every_act_is_told() {
    let (github, receiver) = shop_and_receiver(&HandClock::at_noon()).await;
    let alice = github.as_user("alice");
    github.ping();
    let number = alice.open_draft("Tea", "tea", [("tea.txt", "green")]);
    let sha = alice.push("tea", [("tea.txt", "black")]);
    alice.ready(number);
    alice.convert_to_draft(number);
    alice.retitle(number, "Black tea");
    alice.push("stable", [("old.txt", "")]);
    alice.retarget(number, "stable");
    let run = github.set_check(&sha, "build", None);
    github.set_check(&sha, "build", Some("success"));
    alice.rerequest_check(run);
    alice.rerequest_suite(run);
    alice.close(number);
    alice.reopen(number);
    alice.ready(number);
    alice.merge(number);
    alice.remove_repository();
    alice.add_repository();
    alice.suspend_app(true);
    alice.push("tea", [("tea.txt", "unheard")]);
    alice.suspend_app(false);
    alice.uninstall();
    github.deliveries_settled().await;
    let arrived = receiver.take();
    let names: Vec<String> = arrived.iter().map(crate::receiver::Arrived::name).collect();
    assert_eq!(
        names,
        [
            "ping",
            "pull_request opened",
            "pull_request synchronize",
            "pull_request ready_for_review",
            "pull_request converted_to_draft",
            "pull_request edited",
            "pull_request edited",
            "check_run created",
            "check_run completed",
            "check_run rerequested",
            "check_suite rerequested",
            "pull_request closed",
            "pull_request reopened",
            "pull_request ready_for_review",
            "pull_request closed",
            "installation_repositories removed",
            "installation_repositories added",
            "installation suspend",
            "installation unsuspend",
            "installation deleted",
        ]
    );
    let merged: Vec<&str> = arrived
        .iter()
        .filter(|one| one.name() == "pull_request closed")
        .map(|one| {
            if one.json()["pull_request"]["merged"] == true {
                "merged"
            } else {
                "closed"
            }
        })
        .collect();
    assert_eq!(merged, ["closed", "merged"]);
    for one in &arrived {
        let event = parse(one.header("x-github-event"), &one.body);
        assert!(event.is_ok(), "{}: {event:?}", one.name());
        let ignored = matches!(event, Ok(Event::Ignored { .. }));
        let title_only = one.json()["changes"].get("title").is_some();
        let other_check = ["check_run created", "check_run completed"].contains(&&*one.name());
        assert_eq!(ignored, title_only || other_check, "{}", one.name());
    }
    end(github, receiver).await;
}

#[tokio::test]
async fn payloads_have_what_recorded_ones_have() {
    let (github, receiver) = shop_and_receiver(&HandClock::at_noon()).await;
    let alice = github.as_user("alice");
    let number = alice.open_pull_request("Tea", "tea", [("tea.txt", "green")]);
    let sha = alice.push("tea", [("tea.txt", "black")]);
    alice.close(number);
    let run = github.set_check(&sha, "build", Some("failure"));
    alice.rerequest_check(run);
    alice.rerequest_suite(run);
    alice.remove_repository();
    alice.add_repository();
    alice.uninstall();
    github.deliveries_settled().await;
    let recorded = recorded();
    let mut compared = 0;
    for one in receiver.take() {
        let Some(examples) = recorded.get(&one.name()) else {
            continue;
        };
        compared += 1;
        let ours = one.json();
        for path in common_paths(examples) {
            assert!(ours.pointer(&path).is_some(), "{} lacks {path}", one.name());
        }
    }
    assert_eq!(compared, 10, "the recorded payloads cover these events");
    end(github, receiver).await;
}

/// GitHub's recorded payloads, by event and action.
fn recorded() -> BTreeMap<String, Vec<Value>> {
    let kit = std::env::var_os("EBBTIDE_TEST_KIT").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/test-kit")),
        PathBuf::from,
    );
    let path = kit.join("github-webhooks.json");
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("can't read {}: {error}; run tests/kit", path.display()));
    let events: Value = serde_json::from_str(&text).expect("JSON");
    let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for event in events.as_array().expect("a list") {
        for example in event["examples"].as_array().expect("a list") {
            let action = example["action"].as_str().unwrap_or_default();
            let name = format!("{} {action}", event["name"].as_str().unwrap_or_default());
            all.entry(name.trim().to_owned())
                .or_default()
                .push(example.clone());
        }
    }
    all
}

/// The properties that all examples of an event have.
fn common_paths(examples: &[Value]) -> BTreeSet<String> {
    examples
        .iter()
        .map(|example| {
            let mut paths = BTreeSet::new();
            collect_paths(example, String::new(), &mut paths);
            paths
        })
        .reduce(|one, other| one.intersection(&other).cloned().collect())
        .unwrap_or_default()
}

fn collect_paths(node: &Value, path: String, paths: &mut BTreeSet<String>) {
    if let Value::Object(fields) = node {
        for (name, child) in fields {
            // What an App may do differs from App to App.
            if name != "permissions" {
                collect_paths(child, format!("{path}/{name}"), paths);
            }
        }
    }
    paths.insert(path);
}

#[tokio::test]
async fn a_dropped_webhook_can_be_asked_for_again() {
    let (github, receiver) = shop_and_receiver(&HandClock::at_noon()).await;
    github.drop_next_deliveries(1);
    github
        .as_user("alice")
        .open_pull_request("Tea", "tea", [("tea.txt", "green")]);
    github.deliveries_settled().await;
    assert_eq!(receiver.names(), [""; 0]);
    let lost = github.deliveries().remove(0);
    assert_eq!(lost.status_code, 502);

    let caller = Caller::of(&github).await;
    let path = format!("/app/hook/deliveries/{}/attempts", lost.id);
    assert_eq!(caller.app("POST", &path, None).await.status, 202);
    github.deliveries_settled().await;
    let arrived = receiver.take();
    assert_eq!(arrived[0].header("x-github-delivery"), lost.guid);
    let again = github.deliveries().remove(1);
    assert_eq!(
        (again.guid, again.redelivery, again.status_code),
        (lost.guid, true, 202)
    );
    assert_ne!(again.id, lost.id);
    end(github, receiver).await;
}

#[tokio::test]
async fn webhooks_can_be_doubled_and_come_in_another_order() {
    let (github, receiver) = shop_and_receiver(&HandClock::at_noon()).await;
    let alice = github.as_user("alice");
    github.duplicate_next_deliveries(1);
    let number = alice.open_pull_request("Tea", "tea", [("tea.txt", "green")]);
    github.deliveries_settled().await;
    let twice = receiver.take();
    assert_eq!(twice.len(), 2);
    assert_eq!(
        twice[0].header("x-github-delivery"),
        twice[1].header("x-github-delivery")
    );
    github.hold_deliveries();
    alice.push("tea", [("tea.txt", "black")]);
    alice.close(number);
    github.deliveries_settled().await;
    assert_eq!(receiver.names(), [""; 0]);
    github.release_deliveries(Order::Reversed);
    github.deliveries_settled().await;
    assert_eq!(
        receiver.names(),
        ["pull_request closed", "pull_request synchronize"]
    );
    end(github, receiver).await;
}

#[tokio::test]
async fn the_log_tells_what_came_back_and_forgets_after_three_days() {
    let clock = HandClock::at_noon();
    let (github, receiver) = shop_and_receiver(&clock).await;
    receiver.answer_with(500);
    github.ping();
    github.deliveries_settled().await;
    receiver.answer_with(202);
    github.ping();
    github.deliveries_settled().await;
    let gone = Receiver::start().await;
    github.send_webhooks_to(gone.url());
    gone.stop().await;
    github.ping();
    github.deliveries_settled().await;

    let caller = Caller::of(&github).await;
    let codes = async |path: &str| {
        let page = caller.app("GET", path, None).await;
        let codes: Vec<u64> = page.body.as_array().map_or_else(Vec::new, |all| {
            all.iter()
                .filter_map(|one| one["status_code"].as_u64())
                .collect()
        });
        let next = page.header("link").and_then(|link| {
            let path = link.strip_prefix(&format!("<{}", github.url()))?;
            path.strip_suffix(">; rel=\"next\"").map(str::to_owned)
        });
        (codes, next)
    };
    let (first, next) = codes("/app/hook/deliveries?per_page=2").await;
    assert_eq!(first, [502, 202]);
    let (second, end_of_log) = codes(&next.expect("another page")).await;
    assert_eq!((second, end_of_log), (vec![500], None));
    assert_eq!(
        codes("/app/hook/deliveries?status=failure").await.0,
        [502, 500]
    );

    clock.forward(TimeDelta::days(3));
    assert_eq!(codes("/app/hook/deliveries").await.0.len(), 3);
    clock.forward(TimeDelta::seconds(1));
    assert_eq!(codes("/app/hook/deliveries").await.0.len(), 0);
    end(github, receiver).await;
}
