//! A look never guesses: each answer, the verdict, patience, and stopping half way.

use super::world::{Asked, HOME, Says, World, answer, cell, scope_of, shown, unknown};
use ebbtide::cloud::Unlisted;
use ebbtide::environment::inventory::{Answer, Inventory, Verdict};
use ebbtide::nuke::look::{Effort, Look, Went};
use proptest::prelude::*;
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};

#[tokio::test]
async fn nothing_anywhere_is_empty() {
    let inventory = Asked::about(&["sqs", "sns"]).look(&World::default()).await;
    assert_eq!(inventory.verdict(), Verdict::Empty);
    assert_eq!(answer(&inventory, "AWS::SQS::Queue", HOME), &Answer::Listed);
    let denied = Answer::Denied {
        by: "ebbtide-ou-1".to_owned(),
    };
    assert_eq!(answer(&inventory, "AWS::EKS::Cluster", HOME), &denied);
    assert_eq!(
        answer(&inventory, "AWS::EKS::Cluster", "eu-central-1"),
        &denied
    );
}

#[tokio::test]
async fn every_kind_of_no_is_its_own_answer() {
    let world = World::default()
        .saying(
            "AWS::SQS::Queue",
            HOME,
            Says::No(unknown("GeneralServiceException")),
        )
        .saying(
            "AWS::SNS::Topic",
            HOME,
            Says::No(Unlisted::Denied {
                by: "an admin's policy".to_owned(),
            }),
        )
        .saying(
            "AWS::SNS::Topic",
            "eu-central-1",
            Says::No(Unlisted::NotOffered {
                code: "TypeNotFoundException".to_owned(),
            }),
        );
    let inventory = Asked::about(&["sqs", "sns"]).look(&world).await;
    assert_eq!(inventory.verdict(), Verdict::Unknown);
    let answers = [
        answer(&inventory, "AWS::SQS::Queue", HOME),
        answer(&inventory, "AWS::SNS::Topic", HOME),
        answer(&inventory, "AWS::SNS::Topic", "eu-central-1"),
    ];
    insta::assert_snapshot!(format!("{answers:#?}"), @r#"
    [
        Unknown {
            why: "GeneralServiceException: AWS's words",
        },
        Denied {
            by: "an admin's policy",
        },
        NotOffered {
            code: "TypeNotFoundException",
        },
    ]
    "#);
}

#[tokio::test]
async fn a_global_type_that_this_region_does_not_list_is_unknown() {
    let world = World::default().saying(
        "AWS::IAM::User",
        HOME,
        Says::No(Unlisted::NotOffered {
            code: "TypeNotFoundException".to_owned(),
        }),
    );
    let inventory = Asked::about(&["iam"]).look(&world).await;
    assert_eq!(inventory.verdict(), Verdict::Unknown);
    insta::assert_snapshot!(format!("{:?}", answer(&inventory, "AWS::IAM::User", HOME)), @r#"Unknown { why: "it is the same in all regions, and this one doesn't list it: TypeNotFoundException" }"#);
}

#[tokio::test]
async fn what_nobody_lists_in_an_allowed_service_is_unknown_and_named() {
    let inventory = Asked::about(&["flux-capacitor"])
        .look(&World::default())
        .await;
    assert_eq!(inventory.verdict(), Verdict::Unknown);
    let unknown = inventory
        .unknown()
        .map(|(cell, why)| format!("{}: {why}", cell.type_name));
    insta::assert_snapshot!(unknown.collect::<Vec<_>>().join("\n"), @"flux-capacitor:*: flux-capacitor:* is allowed, and no resource type is known to be of that service");
}

#[tokio::test]
async fn throttling_that_ends_costs_only_patience() {
    let world = World::default().saying("AWS::SQS::Queue", HOME, Says::Throttles(5));
    let asked = Asked::about(&["sqs"]);
    let mut look = Look::begin(&asked.scope);
    let went = look.go_on(&asked.of(&world), &|| true).await;
    let expected = Went::Later {
        after: None,
        cause: "rate exceeded".to_owned(),
    };
    assert_eq!((went, look.open()), (expected, 1));
    for _ in 0..4 {
        assert_ne!(look.go_on(&asked.of(&world), &|| true).await, Went::Done);
    }
    assert_eq!(look.go_on(&asked.of(&world), &|| true).await, Went::Done);
    assert_eq!(look.inventory(&asked.scope).verdict(), Verdict::Empty);
}

#[tokio::test]
async fn a_list_that_is_throttled_for_ever_is_unknown() {
    let world = World::default().saying("AWS::SQS::Queue", HOME, Says::Throttles(u32::MAX));
    let inventory = Asked::about(&["sqs"]).look(&world).await;
    assert_eq!(inventory.verdict(), Verdict::Unknown);
    insta::assert_snapshot!(format!("{:?}", answer(&inventory, "AWS::SQS::Queue", HOME)), @r#"Unknown { why: "the list failed 8 times: rate exceeded" }"#);
}

#[tokio::test]
async fn an_account_that_answers_nothing_is_given_up_without_asking_everything() {
    let world = World::closed();
    let asked = Asked::about(&["ec2"]);
    let inventory = asked.look(&world).await;
    assert_eq!(inventory.verdict(), Verdict::Unknown);
    assert_eq!(inventory.unknown().count(), asked.scope.cells().len());
    let calls = world.asked.lock().unwrap().len();
    let at_most = asked.effort.tries as usize * (16 + asked.effort.at_once);
    assert!(calls <= at_most, "{calls} calls");
}

#[tokio::test]
async fn stacks_are_found() {
    let world = World::default().with_stack("arn:aws:cloudformation:stack/app/1");
    let inventory = Asked::about(&["cloudformation"]).look(&world).await;
    assert_eq!(inventory.verdict(), Verdict::NotEmpty);
    insta::assert_snapshot!(shown(&inventory), @"AWS::CloudFormation::Stack arn:aws:cloudformation:stack/app/1 in eu-west-1");
}

#[tokio::test]
async fn children_are_asked_under_each_parent() {
    let world = World::default()
        .with("AWS::AppConfig::Application", HOME, &["app1", "app2"])
        .with_under("AWS::AppConfig::Environment", "app2", &["app2|env"])
        .saying(
            "AWS::AppConfig::Application",
            "eu-central-1",
            Says::No(unknown("Broken")),
        );
    let inventory = Asked::about(&["appconfig"]).look(&world).await;
    assert!(shown(&inventory).contains("AWS::AppConfig::Environment app2|env in eu-west-1"));
    insta::assert_snapshot!(format!("{:?}", answer(&inventory, "AWS::AppConfig::Environment", "eu-central-1")), @r#"Unknown { why: "it is listed under AWS::AppConfig::Application, which is unknown" }"#);
}

#[tokio::test]
async fn what_a_resource_names_is_kept() {
    let says = Says::Lists(vec![(
        "https://sqs/one".to_owned(),
        json!({"QueueUrl": "https://sqs/one", "KmsMasterKeyId": "key-1", "Delay": "30",
            "Redrive": {"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:1:dead"}, "Note": "two words"}),
    )]);
    let world = World::default().saying("AWS::SQS::Queue", HOME, says);
    let inventory = Asked::about(&["sqs"]).look(&world).await;
    let mentions = &inventory.found.first().unwrap().mentions;
    assert_eq!(
        Vec::from_iter(mentions),
        ["arn:aws:sqs:eu-west-1:1:dead", "key-1"]
    );
}

#[tokio::test]
async fn asking_again_forgets_only_what_is_asked_again() {
    let asked = Asked::about(&["sqs", "appconfig"]);
    let before = World::default()
        .with("AWS::SQS::Queue", HOME, &["q"])
        .with("AWS::AppConfig::Application", HOME, &["app"])
        .with_under("AWS::AppConfig::Environment", "app", &["app|env"]);
    let mut look = Look::begin(&asked.scope);
    assert_eq!(look.go_on(&asked.of(&before), &|| true).await, Went::Done);
    assert_eq!(look.inventory(&asked.scope).found.len(), 3);

    look.again(&asked.scope, [&cell("AWS::AppConfig::Application", HOME)]);
    assert!(!look.is_done());
    let after = World::default();
    assert_eq!(look.go_on(&asked.of(&after), &|| true).await, Went::Done);
    insta::assert_snapshot!(shown(&look.inventory(&asked.scope)), @"AWS::SQS::Queue q in eu-west-1");
    let asked_again = after.asked.lock().unwrap();
    assert_eq!(
        asked_again[0],
        "list AWS::AppConfig::Application in eu-west-1"
    );
    assert!(!asked_again.iter().any(|it| it.contains("SQS")));
}

#[tokio::test]
async fn with_another_scope_it_begins_anew() {
    let mut asked = Asked::about(&["sqs"]);
    let world = World::default().with("AWS::SQS::Queue", HOME, &["q"]);
    let mut look = Look::begin(&asked.scope);
    look.go_on(&asked.of(&world), &|| true).await;
    asked.scope = scope_of(&["sns"]);
    assert_eq!(look.go_on(&asked.of(&world), &|| true).await, Went::Done);
    let inventory = look.inventory(&asked.scope);
    assert!(inventory.found.is_empty());
    assert_eq!(answer(&inventory, "AWS::SNS::Topic", HOME), &Answer::Listed);
}

const SERVICES: [&str; 4] = ["sqs", "ec2", "appconfig", "kms"];
const TYPES: [&str; 8] = [
    "AWS::SQS::Queue",
    "AWS::EC2::VPC",
    "AWS::EC2::Subnet",
    "AWS::EC2::Volume",
    "AWS::AppConfig::Application",
    "AWS::AppConfig::DeploymentStrategy",
    "AWS::KMS::Key",
    "AWS::KMS::Alias",
];

fn says() -> impl Strategy<Value = Says> {
    prop_oneof![
        4 => prop::collection::btree_set("[a-d]{1,3}", 0..4).prop_map(|names| {
            Says::Lists(names.into_iter().map(|name| (name, json!({"Name": "other-1"}))).collect())
        }),
        1 => Just(Says::No(unknown("Broken"))),
        1 => Just(Says::Throttles(2)),
        1 => Just(Says::Throttles(u32::MAX)),
    ]
}

fn world(lists: &[(usize, bool, Says)]) -> World {
    let mut world = World::default()
        .with_under("AWS::AppConfig::Environment", "a", &["a|env"])
        .answering(
            "DescribeVpcs",
            json!({}),
            json!({"vpcSet": [{"vpcId": "a"}]}),
        )
        .answering(
            "DescribeKey",
            json!({"KeyId": "b"}),
            json!({"KeyMetadata": {"KeyManager": "AWS"}}),
        );
    for (index, home, says) in lists {
        let region = if *home { HOME } else { "eu-central-1" };
        world = world.saying(TYPES[*index], region, says.clone());
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// However often it is stopped and carried to another process, it finds the same.
    #[test]
    fn a_look_that_is_stopped_finds_the_same(
        lists in prop::collection::vec((0..TYPES.len(), any::<bool>(), says()), 0..10),
        at_once in 1_usize..10,
        pieces in prop::collection::vec(1_usize..60, 1..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut asked = Asked::about(&SERVICES);
        asked.effort = Effort { tries: 4, ..Effort::default() };
        let in_one_go = runtime.block_on(asked.look(&world(&lists)));

        asked.effort.at_once = at_once;
        let there = world(&lists);
        let mut look = Look::begin(&asked.scope);
        let mut pieces = pieces.iter().cycle();
        for round in 0.. {
            prop_assert!(round < 5000, "the look never ends");
            let left = AtomicUsize::new(*pieces.next().unwrap());
            let more = || left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |it| it.checked_sub(1)).is_ok();
            let went = runtime.block_on(look.go_on(&asked.of(&there), &more));
            let carried = serde_json::to_string(&look).unwrap();
            look = serde_json::from_str(&carried).unwrap();
            prop_assert_eq!(went == Went::Done, look.is_done());
            if went == Went::Done {
                break;
            }
        }
        let in_pieces = look.inventory(&asked.scope);
        let unknown = |it: &Inventory| it.unknown().map(|it| format!("{it:?}")).collect::<Vec<_>>();
        prop_assert_eq!(unknown(&in_pieces), unknown(&in_one_go));
        prop_assert_eq!(shown(&in_pieces), shown(&in_one_go));
        prop_assert!(in_pieces == in_one_go);
    }
}
