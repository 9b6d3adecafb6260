//! Calls to services without a client of their own, in each way that services speak.

use crate::support::proxy::Fault;
use crate::world::World;
use ebbtide::cloud::{Call, Place, Unlisted};
use ebbtide::environment::Setback;
use serde_json::{Value, json};

async fn ask(world: &World, at: &Place, service: &str, operation: &str, input: Value) -> Value {
    let call = Call::new(service, operation, input);
    let answer = world.cloud.resources.call(at, &call).await;
    answer
        .unwrap_or_else(|setback| panic!("{service} {operation}: {setback}"))
        .unwrap_or_else(|no| panic!("{service} {operation}: {no:?}"))
}

/// How many entries a list of an answer has.
fn count(answer: &Value, list: &str) -> usize {
    Call::items(answer, list)
        .unwrap_or_else(|| panic!("no {list} in {answer}"))
        .len()
}

#[tokio::test]
async fn ec2_speaks_its_own_query() {
    let world = World::new().await;
    let at = world.account().await;

    let vpcs = ask(&world, &at, "ec2", "DescribeVpcs", Value::Null).await;
    assert_eq!(count(&vpcs, "vpcSet"), 1, "the default one");
    assert_eq!(vpcs["vpcSet"][0]["isDefault"], "true");
    let filter = json!({"Filter": [{"Name": "is-default", "Value": ["false"]}]});
    let none = ask(&world, &at, "ec2", "DescribeVpcs", filter).await;
    assert_eq!(count(&none, "vpcSet"), 0);
    let made = ask(
        &world,
        &at,
        "ec2",
        "CreateVpc",
        json!({"CidrBlock": "10.9.0.0/16"}),
    )
    .await;
    let id = made["vpc"]["vpcId"].as_str().unwrap();
    ask(&world, &at, "ec2", "DeleteVpc", json!({ "VpcId": id })).await;
    let own = json!({"Owner": ["self"]});
    let snapshots = ask(&world, &at, "ec2", "DescribeSnapshots", own).await;
    assert_eq!(count(&snapshots, "snapshotSet"), 0);
}

#[tokio::test]
async fn iam_is_asked_wherever_we_are() {
    let world = World::new().await;
    let at = world.account().await;
    let trust = json!({"Version": "2012-10-17", "Statement": []}).to_string();
    let role = json!({"RoleName": "one", "AssumeRolePolicyDocument": trust});

    ask(&world, &at, "iam", "CreateRole", role).await;
    let roles = ask(&world, &at, "iam", "ListRoles", Value::Null).await;
    let names: Vec<&str> = Call::items(&roles, "Roles")
        .unwrap()
        .iter()
        .filter_map(|role| role["RoleName"].as_str())
        .collect();
    assert!(names.contains(&"one"), "{names:?}");
    let gone = Call::new("iam", "DeleteRole", json!({"RoleName": "two"}));
    let answer = world.cloud.resources.call(&at, &gone).await;
    let Ok(Err(Unlisted::Unknown { code, .. })) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(code, "NoSuchEntity");
}

#[tokio::test]
async fn aws_json() {
    let world = World::new().await;
    let at = world.account().await;

    let made = ask(&world, &at, "kms", "CreateKey", json!({})).await;
    let keys = ask(&world, &at, "kms", "ListKeys", Value::Null).await;
    assert_eq!(keys["Keys"][0]["KeyId"], made["KeyMetadata"]["KeyId"]);
    let group = json!({"logGroupName": "/one"});
    ask(&world, &at, "logs", "CreateLogGroup", group).await;
    let groups = ask(&world, &at, "logs", "DescribeLogGroups", json!({})).await;
    assert_eq!(groups["logGroups"][0]["logGroupName"], "/one");
    for (service, operation, list) in [
        ("codebuild", "ListProjects", "projects"),
        ("dynamodb", "ListTables", "TableNames"),
        ("ecr", "DescribeRepositories", "repositories"),
        ("ecs", "ListClusters", "clusterArns"),
        ("secretsmanager", "ListSecrets", "SecretList"),
        ("ssm", "DescribeParameters", "Parameters"),
    ] {
        let answer = ask(&world, &at, service, operation, Value::Null).await;
        assert_eq!(count(&answer, list), 0, "{service}");
    }
    let buses = ask(&world, &at, "events", "ListEventBuses", Value::Null).await;
    assert_eq!(buses["EventBuses"][0]["Name"], "default");
    let queues = ask(&world, &at, "sqs", "ListQueues", Value::Null).await;
    assert!(queues.is_object());
}

#[tokio::test]
async fn the_query_api() {
    let world = World::new().await;
    let at = world.account().await;
    for (service, operation, list) in [
        ("rds", "DescribeDBSnapshots", "DBSnapshots"),
        ("rds", "DescribeDBClusterSnapshots", "DBClusterSnapshots"),
        (
            "elasticloadbalancing",
            "DescribeLoadBalancers",
            "LoadBalancers",
        ),
        (
            "autoscaling",
            "DescribeAutoScalingGroups",
            "AutoScalingGroups",
        ),
        ("sns", "ListTopics", "Topics"),
    ] {
        let answer = ask(&world, &at, service, operation, Value::Null).await;
        assert_eq!(count(&answer, list), 0, "{service}");
    }
    let caller = ask(&world, &at, "sts", "GetCallerIdentity", Value::Null).await;
    assert_eq!(caller["Account"], at.account.as_str());
}

#[tokio::test]
async fn rest_with_json() {
    let world = World::new().await;
    let at = world.account().await;

    let functions = ask(
        &world,
        &at,
        "lambda",
        "ListFunctions",
        json!({"MaxItems": 50}),
    )
    .await;
    assert_eq!(count(&functions, "Functions"), 0);
    let vaults = ask(&world, &at, "backup", "ListBackupVaults", Value::Null).await;
    assert!(
        Call::items(&vaults, "BackupVaultList").is_some(),
        "{vaults}"
    );
    let gone = Call::new(
        "lambda",
        "GetFunction",
        json!({"FunctionName": "arn:aws:lambda:x"}),
    );
    let answer = world.cloud.resources.call(&at, &gone).await;
    let Ok(Err(Unlisted::Unknown { code, .. })) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(code, "ResourceNotFoundException");
}

#[tokio::test]
async fn rest_with_xml() {
    let world = World::new().await;
    let at = world.account().await;
    let zones = ask(&world, &at, "route53", "ListHostedZones", Value::Null).await;
    assert_eq!(count(&zones, "HostedZones"), 0);
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_before_anything_is_sent() {
    let world = World::new().await;
    let at = world.account().await;
    let said = |call: Call| {
        let (world, at) = (&world, &at);
        async move {
            let answer = world.cloud.resources.call(at, &call).await;
            answer.unwrap_err().to_string()
        }
    };
    assert_eq!(
        said(Call::new("quantum", "ListCats", Value::Null)).await,
        "cannot ask AWS for ListCats of quantum: how that is asked is not in service/src/cloud/aws/direct/"
    );
    assert_eq!(
        said(Call::new("lambda", "ListCats", Value::Null)).await,
        "cannot ask AWS for ListCats of lambda: how that is asked is not in service/src/cloud/aws/direct/"
    );
    assert_eq!(
        said(Call::new("lambda", "GetFunction", json!({}))).await,
        "cannot ask AWS for GetFunction of lambda: it needs FunctionName"
    );
    assert_eq!(
        said(Call::new("kms", "ListKeys", json!([]))).await,
        "cannot ask AWS for ListKeys of kms: its input is no object"
    );
}

#[tokio::test]
async fn all_pages_and_no_circle() {
    let world = World::new().await;
    let at = world.account().await;
    let page = |keys: &[&str], next: Option<&str>| {
        let page = json!({"Keys": keys, "NextMarker": next, "Truncated": next.is_some()});
        Fault::Instead(page.to_string())
    };
    let call = Call::new("kms", "ListKeys", Value::Null);
    world.proxy.next("ListKeys", 1, page(&["a"], Some("2")));
    world.proxy.next("ListKeys", 1, page(&["b"], None));
    let pages = world.cloud.resources.call_all(&at, &call).await;
    let keys: Vec<Value> = pages
        .unwrap()
        .unwrap()
        .iter()
        .flat_map(|page| Call::items(page, "Keys").unwrap().to_vec())
        .collect();
    assert_eq!(keys, ["a", "b"]);

    for token in ["2", "3", "2"] {
        world.proxy.next("ListKeys", 1, page(&[], Some(token)));
    }
    let answer = world.cloud.resources.call_all(&at, &call).await;
    let Ok(Err(Unlisted::Unknown { code, .. })) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(code, "RepeatedToken");
}

#[tokio::test]
async fn every_way_a_call_goes_wrong() {
    let world = World::new().await;
    let at = world.account().await;
    for (service, operation) in [("kms", "ListKeys"), ("rds", "DescribeDBSnapshots")] {
        let call = Call::new(service, operation, Value::Null);
        let ask = || world.cloud.resources.call(&at, &call);
        // One blip is not even noticed.
        for fault in [Fault::Throttled, Fault::ServerError(503), Fault::LostReply] {
            world.proxy.next(operation, 1, fault);
            assert!(matches!(ask().await, Ok(Ok(_))));
        }
        world.proxy.next(operation, 2, Fault::Throttled);
        let answer = ask().await;
        let Err(Setback::TryLater { after, .. }) = &answer else {
            panic!("{answer:?}");
        };
        assert_eq!(after.map(|after| after.as_secs()), Some(2));
        for fault in [Fault::LostRequest, Fault::LostReply, Fault::Garbled] {
            world.proxy.next(operation, 2, fault);
            let answer = ask().await;
            assert!(
                matches!(answer, Err(Setback::AnswerLost { .. })),
                "{answer:?}"
            );
        }
        let arn = "arn:aws:organizations::999988887777:policy/o-a1/service_control_policy/p-b2";
        let sentence = format!(
            "User: u is not authorized to perform: {service}:{operation} with an explicit deny in a service control policy: {arn}"
        );
        let fault = Fault::Refused {
            code: "AccessDeniedException".to_owned(),
            sentence,
        };
        world.proxy.next(operation, 1, fault);
        let denied = Unlisted::Denied { by: arn.to_owned() };
        assert_eq!(ask().await, Ok(Err(denied)));
    }
    // What changes something is sent once.
    let call = Call::new("kms", "CreateKey", Value::Null);
    world.proxy.next("CreateKey", 1, Fault::LostRequest);
    let answer = world.cloud.resources.call(&at, &call).await;
    assert!(
        matches!(answer, Err(Setback::AnswerLost { .. })),
        "{answer:?}"
    );
    assert_eq!(world.proxy.count("CreateKey"), 1);
}
