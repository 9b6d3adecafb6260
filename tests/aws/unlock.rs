//! Policies that lock everybody out are taken away as the account's root user. The emulator knows no `AssumeRoot`: the
//! proxy answers it.

use crate::support::proxy::Fault;
use crate::world::{World, place, s3};
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use ebbtide::cloud::{Call, Locked, Place, Progress};
use ebbtide::environment::Setback;
use insta::assert_snapshot;
use serde_json::{Value, json};

const LOCK: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}"#;

/// Lets whoever asks next be root. The emulator takes an account's number for a key.
fn let_root_in(world: &World, at: &Place) {
    let ends = world.options.clock.now() + chrono::TimeDelta::minutes(15);
    let answer = format!(
        "<AssumeRootResponse><AssumeRootResult><Credentials><AccessKeyId>{}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
         <SessionToken>t</SessionToken><Expiration>{}</Expiration></Credentials></AssumeRootResult></AssumeRootResponse>",
        at.account,
        ends.format("%Y-%m-%dT%H:%M:%SZ")
    );
    world.proxy.next("AssumeRoot", 1, Fault::Instead(answer));
}

async fn ask(world: &World, at: &Place, operation: &str, input: Value) -> Value {
    let call = Call::new("sqs", operation, input);
    let answer = world.cloud.resources.call(at, &call).await;
    answer.expect("asked").expect("answered")
}

async fn policy_of(world: &World, at: &Place, url: &str) -> Value {
    let input = json!({ "QueueUrl": url, "AttributeNames": ["Policy"] });
    ask(world, at, "GetQueueAttributes", input).await["Attributes"]["Policy"].clone()
}

#[tokio::test]
async fn a_bucket_loses_its_policy_wherever_it_is() {
    let world = World::new().await;
    let at = world.account().await;
    let bucket = format!("locked-{}", at.account);
    let elsewhere = Place {
        region: ebbtide::environment::Region::new("eu-west-1"),
        ..at.clone()
    };
    let client = s3(&elsewhere).await;
    let location = CreateBucketConfiguration::builder()
        .location_constraint(BucketLocationConstraint::EuWest1)
        .build();
    let making = client.create_bucket().bucket(&bucket);
    let making = making.create_bucket_configuration(location);
    making.send().await.expect("made");
    let locking = client.put_bucket_policy().bucket(&bucket).policy(LOCK);
    locking.send().await.expect("locked");

    for _ in 0..2 {
        let_root_in(&world, &at);
        let locked = Locked::Bucket(bucket.clone());
        let unlocked = world.cloud.resources.unlock(&at, &locked).await;
        assert_eq!(unlocked, Ok(Progress::Done));
    }

    let left = client.get_bucket_policy().bucket(&bucket).send().await;
    let none = left.expect_err("it has none").to_string();
    assert!(!none.is_empty());
    assert_eq!(world.proxy.count("AssumeRoot"), 2);
}

#[tokio::test]
async fn a_queue_loses_its_policy() {
    let world = World::new().await;
    let at = world.account().await;
    let input = json!({ "QueueName": "locked", "Attributes": { "Policy": LOCK } });
    let made = ask(&world, &at, "CreateQueue", input).await;
    let url = made["QueueUrl"].as_str().expect("a URL").to_owned();
    assert_ne!(policy_of(&world, &at, &url).await, Value::Null);

    let_root_in(&world, &at);
    let locked = Locked::Queue(url.clone());
    let unlocked = world.cloud.resources.unlock(&at, &locked).await;

    assert_eq!(unlocked, Ok(Progress::Done));
    let left = policy_of(&world, &at, &url).await;
    assert!(left.is_null() || left == "", "{left}");
}

#[tokio::test]
async fn where_it_is_not_enabled_the_admin_is_told_how() {
    let world = World::new().await;
    let at = world.account().await;
    let no = Fault::Refused {
        code: "AccessDenied".to_owned(),
        sentence: "Root sessions are not enabled for the organization".to_owned(),
    };
    world.proxy.next("AssumeRoot", 1, no);
    let locked = Locked::Queue("https://sqs.eu-central-1.amazonaws.com/1/q".to_owned());
    let answer = world.cloud.resources.unlock(&at, &locked).await;
    let Ok(Progress::Refused { code, message }) = answer else {
        panic!("it is not refused: {answer:?}");
    };
    assert_eq!(code, "AccessDenied");
    assert_snapshot!(message, @"AWS refused AssumeRoot: Root sessions are not enabled for the organization; unlocking needs centralized root access: in the management account enable privileged root actions in member accounts (IAM, Root access management), and allow this service sts:AssumeRoot");
    assert_eq!(world.proxy.count("SetQueueAttributes"), 0);
}

#[tokio::test]
async fn throttling_is_waited_for() {
    let world = World::new().await;
    let at = world.account().await;
    world.proxy.next("AssumeRoot", 2, Fault::Throttled);
    let locked = Locked::Bucket("one".to_owned());
    let later = world.cloud.resources.unlock(&at, &locked).await;
    assert!(matches!(later, Err(Setback::TryLater { .. })), "{later:?}");
}

#[tokio::test]
async fn nobody_becomes_root_of_the_management_account() {
    let world = World::new().await;
    let at = place(&world.management);
    let locked = Locked::Bucket("one".to_owned());
    let refused = world.cloud.resources.unlock(&at, &locked).await;
    assert_eq!(
        refused,
        Err(Setback::refused(format!(
            "{} is the management account of the organization; nothing is ever done in it",
            world.management
        )))
    );
    assert_eq!(world.proxy.count("AssumeRoot"), 0);
}
