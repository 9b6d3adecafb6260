//! One of everything that people leave behind.

use crate::permit::Allows;
use crate::world::{Process, World, tell};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Instant;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_everything_in_two_regions_is_found_removed_and_proven_gone() {
    let (world, made) = World::new().await.with_everything().await;
    let mut work = world.work();
    let begun = Instant::now();
    let proof = world.empty(&mut work).await.proof();
    tell("everything", begun, &work, world.front.calls("").await);
    assert_eq!(world.left().await, Vec::<String>::new());
    assert!(made > 150, "{made}");
    let deleted: BTreeSet<&str> = work
        .deleted
        .iter()
        .map(|it| it.cell.type_name.as_str())
        .collect();
    for type_name in [
        "AWS::CloudFormation::Stack",
        "AWS::EC2::VPC",
        "AWS::IAM::Role",
        "AWS::RDS::DBInstance",
        "AWS::Route53::HostedZone",
        "AWS::S3::Bucket",
        "Ebbtide::EC2::Snapshot",
    ] {
        assert!(deleted.contains(type_name), "{type_name}: {deleted:?}");
    }
    // What stays is what every account has, and keys until AWS lets go of them.
    let reasons: BTreeSet<String> = proof
        .inventory
        .excused
        .iter()
        .map(|it| it.resource.cell.type_name.clone())
        .collect();
    assert!(reasons.contains("AWS::EC2::VPC") && reasons.contains("AWS::KMS::Key"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_that_tell_nothing_but_names_and_processes_that_die_cost_only_time() {
    let (world, _) = World::new().await.with_everything().await;
    world.front.faults(json!([{"fault": "sparse"}])).await;
    let mut work = world.work();
    let begun = Instant::now();
    let permit = Allows::everything();
    let end = world.go_on(&mut work, &permit, Process::Dying).await;
    end.proof();
    tell("dying processes", begun, &work, world.front.calls("").await);
    assert_eq!(world.left().await, Vec::<String>::new());
}
