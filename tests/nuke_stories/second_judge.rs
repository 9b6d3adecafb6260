//! A second judge, who knows nothing of us: aws-nuke (version 2, Debian's package) says what it would remove.
//!
//! It is not part of the test kit, so the test is ignored; `tests/run` runs it where the program is installed.

use crate::world::{REGIONS, World};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::Stdio;
use tokio::process::Command;

/// The beginnings of its names of types, for services that the guardrails allow. It sends a call where the first
/// fitting entry says; the empty one, last, is for everything else.
const ASKED: [&str; 26] = [
    "apigateway",
    "autoscaling",
    "awsbackup",
    "cloudformation",
    "cloudwatch",
    "codebuild",
    "dynamodb",
    "ec2",
    "ecr",
    "ecs",
    "efs",
    "elb",
    "iam",
    "kinesisstream",
    "kms",
    "lambda",
    "launchconfiguration",
    "lifecyclehook",
    "rds",
    "route53",
    "s3",
    "secretsmanager",
    "sfn",
    "sns",
    "sqs",
    "ssm",
];

/// What it says.
struct Judgement {
    /// Type to names in a region, of what it would remove.
    removes: BTreeMap<String, BTreeSet<String>>,
    /// Types that it could not list: the emulator lacks the call.
    unlisted: BTreeSet<String>,
}

async fn judge(world: &World) -> Judgement {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("aws-nuke.yaml");
    std::fs::write(&config, configuration(world)).expect("written");
    let account = world.account.as_str();
    // Without --no-dry-run it only tells.
    let said = Command::new("aws-nuke")
        .arg("--config")
        .arg(&config)
        .args(["--force", "--force-sleep", "3"])
        .args(["--default-region", "us-east-1"])
        .args(["--access-key-id", account, "--secret-access-key", "none"])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .expect("aws-nuke is installed");
    let out = String::from_utf8_lossy(&said.stdout).into_owned();
    let trouble = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(
        said.status.success() && out.contains("Scan complete"),
        "{out}{trouble}"
    );
    let mut removes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in out.lines().filter(|line| line.ends_with(" - would remove")) {
        let mut parts = line.split(" - ").skip(1).map(str::to_owned);
        let (kind, name) = (parts.next(), parts.next());
        let names = removes.entry(kind.unwrap_or_default()).or_default();
        names.insert(name.unwrap_or_default());
    }
    let failed = trouble.split("Listing ").skip(1);
    let unlisted = failed.filter_map(|rest| Some(rest.split_once(" failed")?.0.to_owned()));
    Judgement {
        removes,
        unlisted: unlisted.collect(),
    }
}

/// Only this account, only at the emulator.
fn configuration(world: &World) -> String {
    let mut text = "regions:\n".to_owned();
    for region in REGIONS.iter().chain(&["global"]) {
        let _ = writeln!(text, "- {region}");
    }
    text.push_str("account-blocklist: ['999999999999']\nendpoints:\n");
    for region in REGIONS.iter().chain(&["global", "us-east-1"]) {
        let _ = writeln!(text, "- region: {region}\n  services:");
        for service in ASKED.iter().chain(&["sts", "''"]) {
            let url = world.emulator();
            let _ = writeln!(text, "  - {{service: {service}, url: '{url}'}}");
        }
    }
    let account = world.account.as_str();
    let _ = writeln!(text, "accounts: {{'{account}': {{}}}}");
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the program aws-nuke; tests/run runs it where that is installed"]
async fn aws_nuke_would_remove_nothing_but_what_every_account_has() {
    let (world, _) = World::new().await.with_everything().await;
    // Without one it refuses to look.
    world.give_alias("a-sandbox").await;

    let before = judge(&world).await;
    assert!(before.removes.len() > 50, "{:?}", before.removes.keys());

    let mut work = world.work();
    let proof = world.empty(&mut work).await.proof();
    let after = judge(&world).await;
    // It was not blind: whatever it found before it could list again.
    let found_before = before.removes.keys();
    let blind: Vec<&String> = found_before
        .filter(|kind| after.unlisted.contains(*kind))
        .collect();
    assert_eq!(blind, Vec::<&String>::new());
    // What it sees is what the certificate says stays, and why.
    let mut reasons: BTreeSet<String> = BTreeSet::new();
    for (kind, names) in &after.removes {
        for name in names {
            let (what, _) = name.split_once(" -> ").unwrap_or((name, ""));
            let mut excused = proof.inventory.excused.iter();
            let excused = excused.find(|it| it.resource.identifier.split('|').any(|id| id == what));
            let excused = excused.unwrap_or_else(|| panic!("{kind} {name} is left"));
            reasons.insert(format!("{kind}: {:?}", excused.excuse));
        }
    }
    let reasons: Vec<String> = reasons.into_iter().collect();
    insta::assert_snapshot!(reasons.join("\n"), @r#"
    EC2InternetGateway: Baseline { reason: "the internet gateway of the default VPC" }
    EC2InternetGatewayAttachment: Baseline { reason: "the internet gateway of the default VPC" }
    EC2RouteTable: Baseline { reason: "the main route table of a VPC: it can't be deleted and goes with the VPC" }
    EC2Subnet: Baseline { reason: "a subnet of the default VPC, one for each availability zone" }
    EC2VPC: Baseline { reason: "the default VPC, which every account has in every region" }
    "#);
}
