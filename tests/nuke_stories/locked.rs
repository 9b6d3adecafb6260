//! Buckets and queues whose own policy locks everybody out. The emulator heeds no such policy and knows no
//! `AssumeRoot`: the front refuses, and the proxy before STS answers.

use crate::support::proxy::Fault;
use crate::world::World;
use serde_json::json;

const DENY: &str = "User: sweep is not authorized to perform: this on resource: it with an explicit deny in a resource-based policy";

/// Two of most cheap things, and a policy on some that denies their deletion once.
async fn locked() -> World {
    let world = World::of_services(&["cloudformation", "s3", "sqs"])
        .await
        .with_things(16)
        .await;
    let types = ["AWS::S3::Bucket", "AWS::SQS::Queue"];
    let rules =
        types.map(|it| json!({"fault": "undeletable", "types": [it], "message": DENY, "times": 1}));
    world.front.faults(json!(rules)).await;
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_are_unlocked_as_root_and_deleted() {
    let world = locked().await;
    let number = world.account.as_str();
    let root = format!(
        "<AssumeRootResponse><AssumeRootResult><Credentials><AccessKeyId>{number}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
         <SessionToken>t</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials></AssumeRootResult></AssumeRootResponse>"
    );
    world.proxy.next("AssumeRoot", 2, Fault::Instead(root));
    let mut work = world.work();
    world.empty(&mut work).await.proof();
    assert_eq!(world.proxy.count("AssumeRoot"), 2);
    let of_type = |name: &str| {
        let deleted = work.deleted.iter();
        deleted.filter(|it| it.cell.type_name == name).count()
    };
    assert!(of_type("AWS::S3::Bucket") > 0 && of_type("AWS::SQS::Queue") > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_root_access_is_not_enabled_the_rest_goes_all_the_same() {
    let world = locked().await;
    let rule = json!({"fault": "undeletable", "types": ["AWS::SQS::Queue"], "regions": ["eu-west-1"], "message": DENY});
    world.front.faults(json!([rule])).await;
    let no = Fault::Refused {
        code: "AccessDenied".to_owned(),
        sentence: "Root sessions are not enabled".to_owned(),
    };
    world.proxy.next("AssumeRoot", 1_000, no);
    let mut work = world.work();
    let culprits = world.empty(&mut work).await.culprits();
    assert_eq!(culprits.len(), 1, "{culprits:?}");
    let (_, why) = culprits[0].split_once(" in eu-west-1: ").expect("why");
    insta::assert_snapshot!(why, @"AccessDenied: User: sweep is not authorized to perform: this on resource: it with an explicit deny in a resource-based policy; it could not be unlocked: AWS refused AssumeRoot: Root sessions are not enabled; unlocking needs centralized root access: in the management account enable privileged root actions in member accounts (IAM, Root access management), and allow this service sts:AssumeRoot");
}
