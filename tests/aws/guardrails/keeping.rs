//! The service's slow period: it says what differs, and sets it right where it was told to keep it.

use super::admin::Admin;
use ebbtide::clock::{Clock, SystemClock};
use insta::assert_snapshot;
use serde_json::Value;
use std::process::Stdio;
use std::time::Duration;

impl Admin {
    /// What the slow period says about guardrails.
    async fn differences(&self) -> Vec<Value> {
        let sweep = self.run(&["sweep", "--dry-run", "--output", "json"]).await;
        let all: Vec<Value> = serde_json::from_str(&sweep.done()).expect("JSON");
        all.into_iter()
            .filter(|one| one["kind"] == "guardrail_drift")
            .collect()
    }

    /// Runs the service until the policy has this content, or is attached again.
    async fn serve_until(&self, name: &str, document: &str) {
        let mut service = self
            .command(&["serve", "--until-stdin-closes"])
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        for _ in 0..1500 {
            if self.is_attached(name, document).await {
                drop(service.stdin.take());
                let ended = service.wait().await.expect("ended");
                assert!(ended.success(), "{ended}");
                return;
            }
            SystemClock.sleep(Duration::from_millis(20)).await;
        }
        panic!("{name} was not set right");
    }

    async fn is_attached(&self, name: &str, document: &str) -> bool {
        !self.targets(name).await.is_empty() && self.document(name).await == document
    }
}

#[tokio::test]
async fn a_change_by_hand_is_found_and_set_right() {
    let admin = Admin::new().await;
    admin.configure("keep = false");
    assert_eq!(admin.differences().await, [Value::Null; 0], "never applied");
    admin.run(&["guardrails", "apply"]).await.done();
    assert_eq!(admin.differences().await, [Value::Null; 0]);
    let name = admin.name(1);
    let right = admin.document(&name).await;
    admin
        .change(&name, r#"{"Version":"2012-10-17","Statement":[]}"#)
        .await;

    let found = admin.differences().await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["subject"], name.as_str());
    assert_snapshot!(found[0]["what"].as_str().unwrap(), @r#"differs from what is configured; left alone, "ebbtide guardrails apply" sets it right"#);

    admin.configure("keep = true");
    let found = admin.differences().await;
    assert_snapshot!(found[0]["what"].as_str().unwrap(), @"differs from what is configured; updated");
    admin.serve_until(&name, &right).await;
    assert_eq!(admin.differences().await, [Value::Null; 0]);
}

#[tokio::test]
async fn what_is_kept_need_not_be_applied_first() {
    let admin = Admin::new().await;
    admin.configure("keep = false");
    admin.run(&["guardrails", "apply"]).await.done();
    let name = admin.name(1);
    let right = admin.document(&name).await;
    admin.detach(&name).await;
    assert_eq!(
        admin.differences().await,
        [Value::Null; 0],
        "nobody keeps it"
    );

    admin.configure("keep = true");
    let found = admin.differences().await;
    assert_snapshot!(found[0]["what"].as_str().unwrap(), @"is not attached to the sandbox OU; attached");
    admin.serve_until(&name, &right).await;
}
