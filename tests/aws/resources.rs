//! What an account holds, through Cloud Control.

use crate::support::proxy::Fault;
use crate::world::{World, cloud_control};
use ebbtide::cloud::aws::Aws;
use ebbtide::cloud::{Listed, Place, Progress, Unlisted};
use ebbtide::environment::Setback;
use serde_json::{Value, json};

const TYPE: &str = "AWS::Logs::LogGroup";

/// Makes a resource as a person might.
async fn make(at: &Place, properties: &Value) {
    let client = cloud_control(at).await;
    let making = client
        .create_resource()
        .type_name(TYPE)
        .desired_state(properties.to_string());
    making.send().await.expect("made");
}

fn refused(code: &str, sentence: &str) -> Fault {
    Fault::Refused {
        code: code.to_owned(),
        sentence: sentence.to_owned(),
    }
}

#[tokio::test]
async fn what_is_there_is_listed_read_changed_and_deleted() {
    let world = World::new().await;
    let at = world.account().await;
    let resources = &world.cloud.resources;
    assert_eq!(resources.list(&at, TYPE, None).await, Ok(Ok(vec![])));
    make(&at, &json!({"Name": "one", "RetentionInDays": 1})).await;

    let one = json!({"Name": "one", "RetentionInDays": 1});
    let listed = Listed {
        identifier: "one".to_owned(),
        properties: one.clone(),
    };
    assert_eq!(resources.list(&at, TYPE, None).await, Ok(Ok(vec![listed])));
    assert_eq!(resources.read(&at, TYPE, "one").await, Ok(Some(one)));
    let patch = json!([{"op": "replace", "path": "/RetentionInDays", "value": 3}]);
    assert_eq!(
        resources.update(&at, TYPE, "one", &patch, "t:1").await,
        Ok(Progress::Done)
    );
    let changed = resources.read(&at, TYPE, "one").await.unwrap().unwrap();
    assert_eq!(changed["RetentionInDays"], 3);
    for _ in 0..2 {
        assert_eq!(
            resources.delete(&at, TYPE, "one", "t:1").await,
            Ok(Progress::Done)
        );
    }
    assert_eq!(resources.read(&at, TYPE, "one").await, Ok(None));
    assert_eq!(resources.list(&at, TYPE, None).await, Ok(Ok(vec![])));
}

#[tokio::test]
async fn accounts_and_regions_are_apart() {
    let world = World::new().await;
    let at = world.account().await;
    make(&at, &json!({"Name": "one"})).await;
    let elsewhere = Place {
        region: ebbtide::environment::Region::new("eu-west-1"),
        ..at.clone()
    };
    let resources = &world.cloud.resources;
    assert_eq!(resources.list(&elsewhere, TYPE, None).await, Ok(Ok(vec![])));
    let here = resources.list(&at, TYPE, None).await.unwrap().unwrap();
    assert_eq!(here.len(), 1);
}

fn page(names: &[&str], next: Option<&str>) -> Fault {
    let resources: Vec<Value> = names
        .iter()
        .map(|name| json!({"Identifier": name, "Properties": "{}"}))
        .collect();
    let page = json!({"TypeName": TYPE, "ResourceDescriptions": resources, "NextToken": next});
    Fault::Instead(page.to_string())
}

#[tokio::test]
async fn all_pages_are_read() {
    let world = World::new().await;
    let at = world.account().await;
    world
        .proxy
        .next("ListResources", 1, page(&["a", "b"], Some("2")));
    world.proxy.next("ListResources", 1, page(&[], Some("3")));
    // One throttled page does not cost the list.
    world.proxy.next("ListResources", 3, Fault::Throttled);
    world.proxy.next("ListResources", 1, page(&["c"], None));

    let listed = world.cloud.resources.list(&at, TYPE, None).await;

    let names: Vec<String> = listed
        .unwrap()
        .unwrap()
        .into_iter()
        .map(|one| one.identifier)
        .collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!(world.proxy.count("ListResources"), 6);
}

#[tokio::test]
async fn a_list_that_goes_round_is_unknown() {
    let world = World::new().await;
    let at = world.account().await;
    for token in ["2", "3", "2"] {
        world
            .proxy
            .next("ListResources", 1, page(&["a"], Some(token)));
    }

    assert_eq!(
        world.cloud.resources.list(&at, TYPE, None).await,
        Ok(Err(Unlisted::Unknown {
            code: "RepeatedToken".to_owned(),
            message: "ListResources gave the same token for the next page twice".to_owned(),
        }))
    );
}

#[tokio::test]
async fn a_list_that_is_throttled_for_good_is_a_setback_and_never_empty() {
    let world = World::new().await;
    let at = world.account().await;
    world.proxy.next("ListResources", 100, Fault::Throttled);

    let answer = world.cloud.resources.list(&at, TYPE, None).await;

    assert!(
        matches!(answer, Err(Setback::TryLater { .. })),
        "{answer:?}"
    );
}

#[tokio::test]
async fn what_a_refused_list_proves() {
    let world = World::new().await;
    let at = world.account().await;
    let arn = "arn:aws:organizations::999988887777:policy/o-a1/service_control_policy/p-b2";
    let denied = format!(
        "User: u is not authorized to perform: logs:DescribeLogGroups with an explicit deny in a service control policy: {arn}"
    );
    let no_list = "Resource type AWS::Logs::LogGroup does not support LIST action";
    let cases = [
        (
            refused("AccessDeniedException", &denied),
            Unlisted::Denied { by: arn.to_owned() },
        ),
        (
            refused("TypeNotFoundException", "The type cannot be found"),
            Unlisted::NotOffered {
                code: "TypeNotFoundException".to_owned(),
            },
        ),
        (
            refused("UnsupportedActionException", no_list),
            Unlisted::Unknown {
                code: "UnsupportedActionException".to_owned(),
                message: no_list.to_owned(),
            },
        ),
    ];
    for (fault, verdict) in cases {
        world.proxy.next("ListResources", 1, fault);
        assert_eq!(
            world.cloud.resources.list(&at, TYPE, None).await,
            Ok(Err(verdict))
        );
    }
    for fault in [
        Fault::ServerError(503),
        Fault::LostReply,
        Fault::Garbled,
        refused("ConcurrentOperationException", "busy"),
    ] {
        world.proxy.next("ListResources", 2, fault.clone());
        let answer = world.cloud.resources.list(&at, TYPE, None).await;
        assert!(
            matches!(
                answer,
                Err(Setback::TryLater { .. } | Setback::AnswerLost { .. })
            ),
            "{fault:?}: {answer:?}"
        );
        world.proxy.calm();
    }
}

fn event(fields: &Value) -> Fault {
    let mut event = fields.clone();
    event["TypeName"] = json!(TYPE);
    event["Operation"] = json!("DELETE");
    event["RequestToken"] = json!("r-1");
    Fault::Instead(json!({ "ProgressEvent": event }).to_string())
}

#[tokio::test]
async fn a_deletion_is_followed_to_its_end() {
    let world = World::new().await;
    let at = world.account().await;
    let resources = &world.cloud.resources;
    let under_way = Progress::UnderWay {
        request: "r-1".to_owned(),
    };
    let status = "GetResourceRequestStatus";
    world.proxy.next(
        "DeleteResource",
        1,
        event(&json!({"OperationStatus": "PENDING"})),
    );
    world
        .proxy
        .next(status, 1, event(&json!({"OperationStatus": "IN_PROGRESS"})));
    let in_use = json!({"OperationStatus": "FAILED", "ErrorCode": "ResourceConflict", "StatusMessage": "in use by eni-1"});
    world.proxy.next(status, 1, event(&in_use));
    let gone =
        json!({"OperationStatus": "FAILED", "ErrorCode": "NotFound", "StatusMessage": "gone"});
    world.proxy.next(status, 1, event(&gone));

    assert_eq!(
        resources.delete(&at, TYPE, "one", "t-1").await,
        Ok(under_way.clone())
    );
    assert_eq!(resources.progress(&at, "r-1").await, Ok(under_way));
    assert_eq!(
        resources.progress(&at, "r-1").await,
        Ok(Progress::Refused {
            code: "ResourceConflict".to_owned(),
            message: "in use by eni-1".to_owned(),
        })
    );
    assert_eq!(resources.progress(&at, "r-1").await, Ok(Progress::Done));
    // The emulator knows no such request.
    let Ok(Progress::Refused { code, .. }) = resources.progress(&at, "r-1").await else {
        panic!("a request that nobody made goes on");
    };
    assert_eq!(code, "RequestTokenNotFoundException");
}

#[tokio::test]
async fn a_refused_deletion_says_why() {
    let world = World::new().await;
    let at = world.account().await;
    world.proxy.next(
        "DeleteResource",
        1,
        refused("UnsupportedActionException", "cannot be deleted"),
    );
    assert_eq!(
        world.cloud.resources.delete(&at, TYPE, "one", "t").await,
        Ok(Progress::Refused {
            code: "UnsupportedActionException".to_owned(),
            message: "cannot be deleted".to_owned(),
        })
    );
}

#[tokio::test]
async fn nothing_is_done_in_the_management_account() {
    let world = World::new().await;
    let at = crate::world::place(&world.management);
    let resources = &world.cloud.resources;
    let call = ebbtide::cloud::Call::new("ec2", "DescribeVpcs", Value::Null);
    for answer in [
        resources.delete(&at, TYPE, "one", "t").await.map(drop),
        resources.list(&at, TYPE, None).await.map(drop),
        resources.empty_bucket(&at, "bucket").await.map(drop),
        resources.call(&at, &call).await.map(drop),
    ] {
        let sentence = answer.unwrap_err().to_string();
        assert!(sentence.contains("is the management account"), "{sentence}");
    }
    assert_eq!(world.proxy.count("AssumeRole"), 0);
}

#[tokio::test]
async fn a_service_can_have_an_address_of_its_own() {
    let world = World::new().await;
    let at = world.account().await;
    let mut options = world.options.clone();
    // The discard port: nothing listens there.
    options
        .endpoints
        .insert("cloudcontrol".to_owned(), "http://127.0.0.1:9".to_owned());
    options
        .endpoints
        .insert("ec2".to_owned(), "http://127.0.0.1:9".to_owned());
    let cloud = Aws::connect(options).await.unwrap();

    let call = |service, operation| ebbtide::cloud::Call::new(service, operation, Value::Null);
    for answer in [
        cloud.resources.list(&at, TYPE, None).await.map(drop),
        cloud
            .resources
            .call(&at, &call("ec2", "DescribeVpcs"))
            .await
            .map(drop),
    ] {
        assert!(
            matches!(answer, Err(Setback::TryLater { .. })),
            "{answer:?}"
        );
    }
    let others = cloud.resources.call(&at, &call("kms", "ListKeys")).await;
    assert!(matches!(others, Ok(Ok(_))), "{others:?}");
    assert_eq!(world.proxy.count("ListResources"), 0);
}

#[tokio::test]
async fn a_session_that_aws_ended_is_entered_anew() {
    let world = World::new().await;
    let at = world.account().await;
    let resources = &world.cloud.resources;
    let stacks = &world.cloud.stacks;
    let revoked = "User: u is not authorized to perform: logs:DescribeLogGroups with an explicit deny in an identity-based policy";
    let mut entered = 1;
    for (code, sentence) in [
        (
            "ExpiredTokenException",
            "The security token included in the request is expired",
        ),
        (
            "InvalidClientTokenId",
            "The security token included in the request is invalid",
        ),
        ("AccessDeniedException", revoked),
    ] {
        for name in ["ListResources", "DescribeStacks", "DescribeVpcs"] {
            world.proxy.next(name, 2, refused(code, sentence));
            let call = ebbtide::cloud::Call::new("ec2", "DescribeVpcs", Value::Null);
            let answer = match name {
                "ListResources" => resources.list(&at, TYPE, None).await.map(drop),
                "DescribeStacks" => stacks.list(&at).await.map(drop),
                _ => resources.call(&at, &call).await.map(drop),
            };
            assert!(
                matches!(answer, Err(Setback::TryLater { .. })),
                "{name}: {answer:?}"
            );
            world.proxy.calm();
            assert_eq!(stacks.list(&at).await, Ok(vec![]));
            entered += 1;
            assert!(world.proxy.count("AssumeRole") >= entered, "{name}: {code}");
            entered = world.proxy.count("AssumeRole");
        }
    }
    // No more than that.
    assert_eq!(stacks.list(&at).await, Ok(vec![]));
    assert_eq!(world.proxy.count("AssumeRole"), entered);
}
