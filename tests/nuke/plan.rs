//! Plans: waves, the digest that holds them, and how an account differs from one.

use super::world::cell;
use chrono::DateTime;
use ebbtide::environment::inventory::{Answer, Inventory, Resource};
use ebbtide::environment::{AccountId, Region};
use ebbtide::nuke::Held;
use ebbtide::nuke::plan::Plan;

fn holding(resources: &[(&str, &str)]) -> Inventory {
    let mut inventory = Inventory::default();
    for (type_name, identifier) in resources {
        let cell = cell(type_name, "eu-west-1");
        inventory.answer(&cell, Answer::Listed);
        inventory.found.insert(Resource {
            cell,
            identifier: (*identifier).to_owned(),
            mentions: std::collections::BTreeSet::new(),
        });
    }
    inventory
}

fn unknown(mut inventory: Inventory, type_name: &str) -> Inventory {
    let why = "throttled".to_owned();
    inventory.answer(&cell(type_name, "eu-west-1"), Answer::Unknown { why });
    inventory
}

fn plan(inventory: Inventory) -> Plan {
    let number = AccountId::new("111122223333");
    let regions = vec![Region::new("eu-west-1")];
    Plan::new(
        number,
        None,
        DateTime::UNIX_EPOCH,
        &Held::No,
        regions,
        inventory,
    )
}

const QUEUE: (&str, &str) = ("AWS::SQS::Queue", "orders");
const ROLE: (&str, &str) = ("AWS::IAM::Role", "app");
const STACK: (&str, &str) = ("AWS::CloudFormation::Stack", "app");

#[test]
fn waves_come_in_the_order_of_deletion() {
    let plan = plan(holding(&[ROLE, QUEUE, STACK]));
    let waves: Vec<String> = plan
        .waves
        .iter()
        .map(|wave| {
            wave.iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        })
        .collect();
    insta::assert_snapshot!(waves.join("\n"), @r"
    AWS::CloudFormation::Stack app in eu-west-1
    AWS::SQS::Queue orders in eu-west-1
    AWS::IAM::Role app in eu-west-1
    ");
    assert_eq!(plan.len(), 3);
}

#[test]
fn a_stored_plan_is_read_again_and_any_change_is_seen() {
    let plan = plan(unknown(holding(&[QUEUE, ROLE]), "AWS::SNS::Topic"));
    let text = serde_json::to_string(&plan).unwrap();
    let number = AccountId::new("111122223333");
    assert_eq!(Plan::read(&text, &number), Ok(plan.clone()));
    assert_eq!(
        plan.differences(&Plan::read(&text, &number).unwrap()),
        [""; 0]
    );
    for (from, to) in [
        ("orders", "invoices"),
        ("AWS::SQS::Queue", "AWS::SNS::Topic"),
        (
            r#""region":"eu-west-1","identifier":"orders""#,
            r#""region":"eu-west-2","identifier":"orders""#,
        ),
        (r#""digest":""#, r#""digest":"0"#),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        let why = Plan::read(&changed, &number).expect_err("changed");
        assert_eq!(
            why,
            "its digest is not that of its content: it was changed after it was made"
        );
    }
    let more = text.replacen('{', r#"{"hidden":1,"#, 1);
    assert!(
        Plan::read(&more, &number).is_err(),
        "nothing that nobody reads"
    );
}

#[test]
fn every_difference_is_named() {
    let approved = plan(unknown(holding(&[QUEUE]), "AWS::SNS::Topic"));
    let now = unknown(holding(&[ROLE]), "AWS::SNS::Topic");
    let now = plan(unknown(now, "AWS::S3::Bucket"));
    insta::assert_snapshot!(approved.differences(&now).join("\n"), @r"
    not in the plan: AWS::IAM::Role app in eu-west-1
    not there any more: AWS::SQS::Queue orders in eu-west-1
    not to be listed any more: AWS::S3::Bucket in eu-west-1: throttled
    ");
    let same = plan(holding(&[QUEUE]));
    assert_eq!(
        approved.differences(&same),
        [""; 0],
        "what is known better is no difference"
    );
}
