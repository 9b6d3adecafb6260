//! Waves: everything once, what stands in the way first, and however much there is.

use ebbtide::environment::Region;
use ebbtide::environment::inventory::{Cell, Resource};
use ebbtide::nuke::order::{Lessons, tier, waves};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn resource(type_name: &str, identifier: &str, mentions: &[&str]) -> Resource {
    Resource {
        cell: Cell {
            type_name: type_name.to_owned(),
            region: Region::new("eu-west-1"),
        },
        identifier: identifier.to_owned(),
        mentions: mentions.iter().map(|it| (*it).to_owned()).collect(),
    }
}

fn shown(waves: &[Vec<Resource>]) -> String {
    let line = |wave: &Vec<Resource>| {
        let names: Vec<&str> = wave.iter().map(|it| it.identifier.as_str()).collect();
        names.join(" ")
    };
    waves.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn of(resources: impl IntoIterator<Item = Resource>) -> BTreeSet<Resource> {
    resources.into_iter().collect()
}

#[test]
fn a_network_falls_from_the_outside_in_although_nothing_mentions_anything() {
    let names = [
        ("AWS::IAM::Role", "role"),
        ("AWS::EC2::VPC", "vpc"),
        ("AWS::EC2::Subnet", "subnet"),
        ("AWS::EC2::NatGateway", "nat"),
        ("AWS::EC2::EIP", "eip"),
        ("AWS::EC2::InternetGateway", "igw"),
        ("AWS::EC2::RouteTable", "rtb"),
        ("AWS::EC2::SecurityGroup", "group"),
        ("AWS::EC2::NetworkInterface", "eni"),
        ("AWS::EC2::Instance", "machine"),
        ("AWS::EC2::Volume", "disk"),
        ("AWS::AutoScaling::AutoScalingGroup", "scaling"),
        ("AWS::Logs::LogGroup", "log"),
        ("AWS::Lambda::Function", "function"),
        ("AWS::CloudFormation::Stack", "stack"),
    ];
    let all = of(names.map(|(type_name, name)| resource(type_name, name, &[])));
    insta::assert_snapshot!(shown(&waves(&all, &Lessons::default())), @r"
    stack
    scaling
    machine function
    disk
    log
    nat
    eip eni
    igw group subnet
    rtb
    vpc
    role
    ");
}

#[test]
fn who_mentions_goes_first_but_never_earlier_than_its_kind_may() {
    let all = of([
        resource("AWS::IAM::Role", "role-1", &["my-bucket"]),
        resource("AWS::S3::Bucket", "my-bucket", &[]),
        resource("AWS::Lambda::Function", "fn", &["role-1", "my-bucket"]),
        resource(
            "AWS::SQS::Queue",
            "https://sqs/1/queue",
            &["arn:aws:sqs:eu-west-1:1:dead"],
        ),
        resource("AWS::SQS::Queue", "https://sqs/1/dead", &[]),
        resource(
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "targets",
            &["balancer"],
        ),
        resource("AWS::ElasticLoadBalancingV2::LoadBalancer", "balancer", &[]),
    ]);
    insta::assert_snapshot!(shown(&waves(&all, &Lessons::default())), @r"
    balancer fn https://sqs/1/queue
    targets https://sqs/1/dead
    my-bucket
    role-1
    ");
}

#[test]
fn what_stands_in_each_others_way_goes_together() {
    let all = of([
        resource("AWS::EC2::SecurityGroup", "sg-one", &["sg-two"]),
        resource("AWS::EC2::SecurityGroup", "sg-two", &["sg-one"]),
        resource("AWS::EC2::SecurityGroup", "sg-six", &["sg-one"]),
    ]);
    insta::assert_snapshot!(shown(&waves(&all, &Lessons::default())), @r"
    sg-six
    sg-one sg-two
    ");
}

#[test]
fn a_refusal_teaches_what_was_in_the_way() {
    let alone = resource("AWS::SQS::Queue", "alone", &["holder-1"]);
    let holder = resource("AWS::SQS::Queue", "holder-1", &[]);
    let other = resource("AWS::SQS::Queue", "holder-10", &[]);
    let all = of([alone.clone(), holder, other]);
    assert_eq!(
        shown(&waves(&all, &Lessons::default())),
        "alone holder-10\nholder-1"
    );
    let mut lessons = Lessons::default();
    // It names one of them, whole; and AWS is right where the resource itself said otherwise.
    assert_eq!(lessons.learn(&alone, "held by holder-1.", &all), 1);
    assert_eq!(lessons.learn(&alone, "held by holder-1.", &all), 0);
    assert_eq!(shown(&waves(&all, &lessons)), "holder-1 holder-10\nalone");
}

#[test]
fn a_long_chain_needs_no_deep_stack_and_many_of_each_no_million_edges() {
    const LONG: usize = 10_000;
    let name = |index: usize| format!("thing-{index:05}");
    let chain = (0..LONG).map(|index| {
        let next = name(index + 1);
        resource("AWS::SQS::Queue", &name(index), &[&next])
    });
    let waves_of_chain = waves(&of(chain), &Lessons::default());
    assert_eq!(waves_of_chain.len(), LONG);
    assert_eq!(waves_of_chain[0][0].identifier, name(0));
    let many = (0..LONG).map(|index| {
        let kind = ["AWS::EC2::Instance", "AWS::EC2::Volume"][index % 2];
        resource(kind, &name(index), &[])
    });
    assert_eq!(waves(&of(many), &Lessons::default()).len(), 2);
}

const TYPES: [&str; 8] = [
    "AWS::CloudFormation::Stack",
    "AWS::EC2::Instance",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::Events::Rule",
    "AWS::IAM::Role",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
];

/// Some things, of which each mentions only those after it: there is a right order.
fn things() -> impl Strategy<Value = Vec<Resource>> {
    let one = (
        0..TYPES.len(),
        prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    );
    prop::collection::vec(one, 1..40).prop_map(|rows| {
        let name = |index: usize| format!("thing-{index:03}");
        let count = rows.len();
        let each = rows
            .into_iter()
            .enumerate()
            .map(|(index, (kind, mentions))| {
                let later = count - index - 1;
                let mentions: Vec<String> = mentions
                    .iter()
                    .filter(|_| later > 0)
                    .map(|it| name(index + 1 + it.index(later)))
                    .collect();
                let mentions: Vec<&str> = mentions.iter().map(String::as_str).collect();
                resource(TYPES[kind], &name(index), &mentions)
            });
        each.collect()
    })
}

proptest! {
    #[test]
    fn each_is_in_one_wave_and_stands_before_what_it_needs(all in things()) {
        let waves = waves(&of(all.clone()), &Lessons::default());
        prop_assert!(waves.iter().all(|wave| !wave.is_empty()));
        let mut seen: Vec<&Resource> = waves.iter().flatten().collect();
        seen.sort();
        let mut expected: Vec<&Resource> = all.iter().collect();
        expected.sort();
        prop_assert_eq!(seen, expected);
        let wave_of = |name: &str| {
            waves.iter().position(|wave| wave.iter().any(|it| it.identifier == name))
        };
        let kind = |name: &str| {
            let found = all.iter().find(|it| it.identifier == name);
            found.map(|it| it.cell.type_name.clone()).unwrap_or_default()
        };
        for one in &all {
            for other in &one.mentions {
                // A volume mentions its instance and goes after it all the same, and so on: see `kinds`.
                let known = one.cell.type_name == "AWS::EC2::VPC" && kind(other) == "AWS::EC2::Subnet";
                if tier(&kind(other)) >= tier(&one.cell.type_name) && !known {
                    let (first, then) = (wave_of(&one.identifier), wave_of(other));
                    prop_assert!(first <= then, "{} and {other}", one.identifier);
                }
            }
        }
    }
}
