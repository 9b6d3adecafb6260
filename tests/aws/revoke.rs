//! Ending the sessions that others hold.

use crate::support::proxy::Fault;
use crate::world::World;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use ebbtide::clock::{Clock, SystemClock};
use ebbtide::cloud::{Call, Place};
use ebbtide::environment::Setback;
use serde_json::{Value, json};

const OURS: &str = "OrganizationAccountAccessRole";

async fn make_role(world: &World, at: &Place, name: &str) {
    let trust = json!({"Version": "2012-10-17", "Statement": []}).to_string();
    let input = json!({"RoleName": name, "AssumeRolePolicyDocument": trust});
    let made = world
        .cloud
        .resources
        .call(at, &Call::new("iam", "CreateRole", input))
        .await;
    made.expect("an answer").expect("made");
}

/// The time in the policy that the role has, if it has it.
async fn denied_before(world: &World, at: &Place, role: &str) -> Option<String> {
    let input = json!({"RoleName": role, "PolicyName": "AWSRevokeOlderSessions"});
    let call = Call::new("iam", "GetRolePolicy", input);
    let answer = world
        .cloud
        .resources
        .call(at, &call)
        .await
        .expect("an answer")
        .ok()?;
    let document = answer["PolicyDocument"].as_str()?;
    let document = percent_encoding::percent_decode_str(document).decode_utf8_lossy();
    let policy: Value = serde_json::from_str(&document).expect("a policy");
    let statement = &policy["Statement"][0];
    assert_eq!(statement["Effect"], "Deny");
    assert_eq!(statement["Action"], json!(["*"]));
    assert_eq!(statement["Resource"], json!(["*"]));
    let time = &statement["Condition"]["DateLessThan"]["aws:TokenIssueTime"];
    time.as_str().map(str::to_owned)
}

fn now() -> DateTime<Utc> {
    SystemClock.now().trunc_subsecs(0)
}

fn names(roles: &[&str]) -> Vec<String> {
    roles.iter().map(|role| (*role).to_owned()).collect()
}

#[tokio::test]
async fn each_role_named_denies_everything_to_older_sessions() {
    let world = World::new().await;
    let at = world.account().await;
    make_role(&world, &at, "one").await;
    make_role(&world, &at, "two").await;
    let before: DateTime<Utc> = "2026-03-01T10:00:00Z".parse().unwrap();

    let roles = names(&["one", "not-there"]);
    let entry = &world.cloud.entry;
    assert_eq!(entry.revoke_sessions(&at, &roles, before).await, Ok(()));

    let written = denied_before(&world, &at, "one").await;
    assert_eq!(written.as_deref(), Some("2026-03-01T10:00:00Z"));
    assert_eq!(denied_before(&world, &at, "two").await, None);
    assert_eq!(world.proxy.count("AssumeRole"), 1);
}

#[tokio::test]
async fn our_own_role_comes_last_and_we_enter_again() {
    let world = World::new().await;
    let at = world.account().await;
    make_role(&world, &at, OURS).await;
    make_role(&world, &at, "one").await;
    let mut neighbour = at.clone();
    neighbour.session = ebbtide::environment::SessionName::new("pr-43-aaaaaa");
    world.cloud.stacks.list(&neighbour).await.unwrap();
    let entered = world.proxy.count("AssumeRole");
    // As long as our sessions are old.
    let before = now() + TimeDelta::seconds(2);
    SystemClock
        .sleep(std::time::Duration::from_millis(3000))
        .await;

    let roles = names(&[OURS, "one"]);
    let entry = &world.cloud.entry;
    assert_eq!(entry.revoke_sessions(&at, &roles, before).await, Ok(()));

    assert!(denied_before(&world, &at, OURS).await.is_some());
    assert!(denied_before(&world, &at, "one").await.is_some());
    assert_eq!(world.proxy.count("AssumeRole"), entered + 1);
    world.cloud.stacks.list(&neighbour).await.unwrap();
    assert_eq!(world.proxy.count("AssumeRole"), entered + 2);
}

#[tokio::test]
async fn we_never_shut_ourselves_out() {
    let world = World::new().await;
    let at = world.account().await;
    make_role(&world, &at, OURS).await;

    let later = now() + TimeDelta::hours(1);
    let entry = &world.cloud.entry;
    let answer = entry.revoke_sessions(&at, &names(&[OURS]), later).await;

    let Err(Setback::TryLater { cause, .. }) = answer else {
        panic!("{answer:?}");
    };
    assert!(
        cause.starts_with(&format!("cannot end the sessions of {OURS} from before")),
        "{cause}"
    );
    assert_eq!(denied_before(&world, &at, OURS).await, None);
    assert_eq!(world.proxy.count("PutRolePolicy"), 0);
}

#[tokio::test]
async fn a_role_that_may_not_be_changed_is_named() {
    let world = World::new().await;
    let at = world.account().await;
    let refused = Fault::Refused {
        code: "UnmodifiableEntity".to_owned(),
        sentence: "Cannot perform the operation on the protected role 'linked'".to_owned(),
    };
    world.proxy.next("PutRolePolicy", 1, refused);
    let entry = &world.cloud.entry;
    assert_eq!(
        entry.revoke_sessions(&at, &names(&["linked"]), now()).await,
        Err(Setback::refused(
            "AWS refused PutRolePolicy: Cannot perform the operation on the protected role 'linked' (UnmodifiableEntity)"
        ))
    );
}
