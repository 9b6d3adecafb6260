//! Ending the sessions that others hold.

use crate::support::proxy::Fault;
use crate::world::World;
use chrono::{DateTime, SecondsFormat, SubsecRound, TimeDelta, Utc};
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

/// A session that began ten minutes ago.
fn old_session(at: &Place) -> Fault {
    let ends = (now() + TimeDelta::minutes(50)).to_rfc3339_opts(SecondsFormat::Secs, true);
    let account = &at.account;
    Fault::Instead(format!(
        "<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser><AssumedRoleId>A:s</AssumedRoleId>\
         <Arn>arn:aws:sts::{account}:assumed-role/{OURS}/s</Arn></AssumedRoleUser><Credentials>\
         <AccessKeyId>{account}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
         <Expiration>{ends}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
    ))
}

#[tokio::test]
async fn our_own_role_comes_last_and_we_enter_again() {
    let world = World::new().await;
    let at = world.account().await;
    let mut neighbour = at.clone();
    neighbour.session = ebbtide::environment::SessionName::new("pr-43-aaaaaa");
    for place in [&at, &neighbour] {
        world.proxy.next("AssumeRole", 1, old_session(&at));
        world.cloud.stacks.list(place).await.unwrap();
    }
    make_role(&world, &at, OURS).await;
    make_role(&world, &at, "one").await;
    assert_eq!(world.proxy.count("AssumeRole"), 2);

    let before = now() - TimeDelta::minutes(1);
    let roles = names(&[OURS, "one"]);
    let entry = &world.cloud.entry;
    assert_eq!(entry.revoke_sessions(&at, &roles, before).await, Ok(()));

    assert_eq!(world.proxy.count("AssumeRole"), 3);
    assert!(denied_before(&world, &at, OURS).await.is_some());
    assert!(denied_before(&world, &at, "one").await.is_some());
    world.cloud.stacks.list(&neighbour).await.unwrap();
    assert_eq!(world.proxy.count("AssumeRole"), 4);
    let log = world.proxy.log();
    let steps: Vec<&str> = log
        .iter()
        .map(|call| call.name.as_str())
        .filter(|name| ["AssumeRole", "PutRolePolicy"].contains(name))
        .collect();
    assert_eq!(
        steps[2..],
        ["PutRolePolicy", "AssumeRole", "PutRolePolicy", "AssumeRole"],
        "a young session puts the policy on the role it stands on"
    );
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
