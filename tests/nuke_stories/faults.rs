//! What goes wrong in life: AWS refuses, throttles, lies, and things come back.

use crate::support::proxy::{Fault, Logged};
use crate::world::{REGIONS, World};
use serde_json::{Value, json};

/// Two of most cheap things, one in each region.
const FEW: u32 = 16;

/// The services of those.
const SERVICES: [&str; 9] = [
    "cloudformation",
    "cloudwatch",
    "dynamodb",
    "logs",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
];

async fn with(faults: Value) -> World {
    let world = World::of_services(&SERVICES).await.with_things(FEW).await;
    world.front.faults(faults).await;
    world
}

fn topics(fault: &str) -> Value {
    json!({"fault": fault, "types": ["AWS::SNS::Topic"], "regions": [REGIONS[1]]})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_cannot_be_deleted_is_named_in_the_words_of_aws_and_stops_no_other() {
    let mut fault = topics("undeletable");
    fault["message"] = json!("The topic is somebody's.");
    let world = with(json!([fault])).await;
    let mut work = world.work();
    let culprits = world.empty(&mut work).await.culprits();
    let number = world.account.as_str();
    let culprits = culprits.join("\n").replace(number, "ACCOUNT");
    insta::assert_snapshot!(culprits, @"AWS::SNS::Topic arn:aws:sns:eu-west-1:ACCOUNT:many-00003 in eu-west-1: AccessDenied: The topic is somebody's.");
    let left = world.left().await;
    assert_eq!(left.len(), 1, "{left:?}");
    // Time may mend it: then the same work would find nothing to do but look.
    world.front.faults(json!([])).await;
    let mut again = world.work();
    world.empty(&mut again).await.proof();
    assert_eq!(again.deleted.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_listed_is_never_proven_to_be_gone() {
    let mut fault = topics("failing");
    fault["operations"] = json!(["ListResources"]);
    let world = with(json!([fault])).await;
    let mut work = world.work();
    let culprits = world.empty(&mut work).await.culprits();
    insta::assert_snapshot!(culprits.join("\n"), @"AWS::SNS::Topic in eu-west-1: could not be listed: the list failed 8 times: ListResources:  (InternalFailure, HTTP 500)");
    let left = world.left().await;
    assert_eq!(left.len(), 1, "{left:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_third_call_throttled_costs_only_time() {
    let world = with(json!([{"fault": "throttled", "every": 3}])).await;
    let mut work = world.work();
    world.empty(&mut work).await.proof();
    assert_eq!(world.left().await, Vec::<String>::new());
    assert_eq!(work.deleted.len(), FEW as usize);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_request_to_aws_throttled_five_times_costs_only_time() {
    let (world, proxies) = with(json!([])).await.behind_proxies().await;
    for proxy in &proxies {
        proxy.throttle_first(5);
    }
    let mut work = world.work();
    world.empty(&mut work).await.proof();
    assert_eq!(world.left().await, Vec::<String>::new());
    assert_eq!(work.deleted.len(), FEW as usize);
    // All that AWS is asked for, and not only lists.
    for (proxy, name) in [
        (0, "AssumeRole"),
        (0, "ListRoles"),
        (0, "DescribeStacks"),
        (1, "ListResources"),
        (1, "DeleteResource"),
        (1, "GetResourceRequestStatus"),
    ] {
        let throttled = |call: &Logged| call.name == name && call.fault == Some(Fault::Throttled);
        let times = proxies[proxy]
            .log()
            .iter()
            .filter(|it| throttled(it))
            .count();
        assert!(times >= 5, "{name}: {times}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_that_cannot_be_deleted_is_emptied_to_the_last_version_all_the_same() {
    let world = World::of_services(&["s3"]).await.with_only("bucket").await;
    let before = world.left().await;
    for held in ["list_object_versions", "list_multipart_uploads"] {
        assert!(before.iter().any(|it| it.contains(held)), "{before:#?}");
    }
    let fault = json!({"fault": "undeletable", "types": ["AWS::S3::Bucket"], "message": "No."});
    world.front.faults(json!([fault])).await;
    let mut work = world.work();
    let culprits = world.empty(&mut work).await.culprits();
    assert_eq!(culprits.len(), 4, "{culprits:#?}");
    let left = world.left().await;
    let buckets = left
        .iter()
        .filter(|it| it.contains(" s3 list_buckets left-"));
    assert_eq!((buckets.count(), left.len()), (4, 4), "{left:#?}");
    world.front.faults(json!([])).await;
    world.empty(&mut world.work()).await.proof();
    assert_eq!(world.left().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_group_that_comes_back_after_a_clean_look_is_found_by_the_second() {
    let world = with(json!([{"fault": "reappears", "lists": 3, "times": 1}])).await;
    let mut work = world.work();
    world.empty(&mut work).await.proof();
    assert_eq!(world.left().await, Vec::<String>::new());
    let times = work
        .deleted
        .iter()
        .filter(|it| it.cell.type_name == "AWS::Logs::LogGroup")
        .count();
    // Two there were, and one came back.
    assert_eq!(times, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_back_each_time_is_given_up_at_last() {
    let world = with(json!([{"fault": "reappears", "lists": 2, "regions": [REGIONS[0]]}])).await;
    let mut work = world.work();
    let culprits = world.empty(&mut work).await.culprits();
    insta::assert_snapshot!(culprits.join("\n"), @"AWS::Logs::LogGroup /many-00004 in eu-central-1: it was gone and came back: something makes it again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_hides_something_or_shows_what_is_gone_proves_nothing() {
    let mut hides = topics("hides-newest");
    hides["lists"] = json!(2);
    let shows = json!({"fault": "shows-deleted", "types": ["AWS::SQS::Queue"], "lists": 3});
    let world = with(json!([hides, shows])).await;
    let mut work = world.work();
    world.empty(&mut work).await.proof();
    assert_eq!(world.left().await, Vec::<String>::new());
    assert_eq!(work.deleted.len(), FEW as usize);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_that_does_nothing_is_not_believed() {
    let mut once = topics("hollow");
    once["times"] = json!(1);
    let always =
        json!({"fault": "hollow", "types": ["AWS::DynamoDB::Table"], "regions": [REGIONS[0]]});
    let world = with(json!([once, always])).await;
    let mut work = world.work();
    let culprits = world.empty(&mut work).await.culprits();
    insta::assert_snapshot!(culprits.join("\n"), @"AWS::DynamoDB::Table many-00010 in eu-central-1: AWS calls it deleted and goes on listing it");
    let left = world.left().await;
    assert_eq!(left.len(), 1, "{left:?}");
}
