//! Listers of our own: pages, parents, names, and the calls that delete.

use super::world::{Asked, HOME, World, answer, cell, shown, unknown};
use ebbtide::environment::inventory::{Answer, Resource};
use ebbtide::nuke::listers::Listers;
use serde_json::json;
use std::collections::BTreeSet;

#[tokio::test]
async fn all_pages_are_read() {
    let world = World::default()
        .answering(
            "DescribeSnapshots",
            json!({"NextToken": "2"}),
            json!({"snapshotSet": [{"snapshotId": "snap-2"}]}),
        )
        .answering(
            "DescribeSnapshots",
            json!({}),
            json!({"snapshotSet": [{"snapshotId": "snap-1"}], "nextToken": "2"}),
        );
    let inventory = Asked::about(&["ec2"]).look(&world).await;
    insta::assert_snapshot!(shown(&inventory), @r"
    Ebbtide::EC2::Snapshot snap-1 in eu-central-1
    Ebbtide::EC2::Snapshot snap-2 in eu-central-1
    Ebbtide::EC2::Snapshot snap-1 in eu-west-1
    Ebbtide::EC2::Snapshot snap-2 in eu-west-1
    ");
}

#[tokio::test]
async fn pages_that_go_round_are_no_list() {
    let world = World::default().answering(
        "DescribeImages",
        json!({}),
        json!({"imagesSet": [], "nextToken": "same"}),
    );
    let inventory = Asked::about(&["ec2"]).look(&world).await;
    insta::assert_snapshot!(format!("{:?}", answer(&inventory, "Ebbtide::EC2::Image", HOME)), @r#"Unknown { why: "EndlessList: ec2 DescribeImages names one page after the other and no last one" }"#);
}

#[tokio::test]
async fn what_has_no_name_makes_a_list_worthless() {
    let world = World::default().answering(
        "DescribeImages",
        json!({}),
        json!({"imagesSet": [{"name": "x"}]}),
    );
    let inventory = Asked::about(&["ec2"]).look(&world).await;
    insta::assert_snapshot!(format!("{:?}", answer(&inventory, "Ebbtide::EC2::Image", HOME)), @r#"Unknown { why: "NoIdentifier: ec2 DescribeImages answered with something that has no name" }"#);
}

#[tokio::test]
async fn parents_are_listed_first_and_name_what_is_under_them() {
    let world = World::default()
        .answering("ListBackupVaults", json!({}), json!({"BackupVaultList": [{"BackupVaultName": "a"}, {"BackupVaultName": "b"}]}))
        .answering("ListRecoveryPointsByBackupVault", json!({"BackupVaultName": "b"}), json!({"RecoveryPoints": [
            {"BackupVaultName": "b", "RecoveryPointArn": "arn:aws:ec2:eu-west-1::snapshot/snap-1"}
        ]}))
        .answering("ListClusters", json!({}), json!({"clusterArns": ["arn:c"]}))
        .answering("ListTasks", json!({"cluster": "arn:c"}), json!({"taskArns": ["arn:t"]}))
        .answering("DescribeAnomalyDetectors", json!({}), json!({"AnomalyDetectors": [
            {"SingleMetricAnomalyDetector": {"MetricName": "m", "Dimensions": [{"Name": "d", "Value": "v"}]}, "StateValue": "TRAINED"}
        ]}));
    let inventory = Asked::about(&["backup", "ecs", "cloudwatch"])
        .look(&world)
        .await;
    let here = |it: &&Resource| it.cell.region.as_str() == HOME;
    let found = inventory.found.iter().filter(here);
    let listers = Listers::built_in();
    let calls = found.map(|it| {
        let delete = listers.delete_call(it).unwrap();
        format!(
            "{}\n  {} {} {}",
            it.identifier, delete.service, delete.operation, delete.input
        )
    });
    insta::assert_snapshot!(calls.collect::<Vec<_>>().join("\n"), @r#"
    {"SingleMetricAnomalyDetector":{"Dimensions":[{"Name":"d","Value":"v"}],"MetricName":"m"}}
      cloudwatch DeleteAnomalyDetector {"SingleMetricAnomalyDetector":{"Dimensions":{"member":[{"Name":"d","Value":"v"}]},"MetricName":"m"}}
    b|arn:aws:ec2:eu-west-1::snapshot/snap-1
      backup DeleteRecoveryPoint {"BackupVaultName":"b","RecoveryPointArn":"arn:aws:ec2:eu-west-1::snapshot/snap-1"}
    arn:c|arn:t
      ecs StopTask {"cluster":"arn:c","task":"arn:t"}
    "#);
}

#[tokio::test]
async fn an_operation_that_a_region_lacks_is_not_offered_there() {
    let world = World::default().refusing("DescribeClientVpnEndpoints", unknown("InvalidAction"));
    let inventory = Asked::about(&["ec2"]).look(&world).await;
    let expected = Answer::NotOffered {
        code: "InvalidAction".to_owned(),
    };
    assert_eq!(
        answer(&inventory, "AWS::EC2::ClientVpnEndpoint", HOME),
        &expected
    );
}

#[test]
fn each_says_how_to_delete_unless_cloud_control_does() {
    let listers = Listers::built_in();
    let lines = listers.all().map(|lister| {
        let resource = Resource {
            cell: cell(&lister.type_name, HOME),
            identifier: match lister.type_name.as_str() {
                // It has no name.
                "AWS::CloudWatch::AnomalyDetector" => r#"{"one":"two"}"#.to_owned(),
                _ => "one|two".to_owned(),
            },
            mentions: BTreeSet::new(),
        };
        let call = listers.delete_call(&resource);
        let call = call.map(|it| format!("{} {} {}", it.service, it.operation, it.input));
        format!(
            "{}: {}",
            lister.type_name,
            call.unwrap_or_else(|| "-".to_owned())
        )
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
    AWS::CloudWatch::AnomalyDetector: cloudwatch DeleteAnomalyDetector {"one":"two"}
    AWS::CodeBuild::Project: codebuild DeleteProject {"name":"one|two"}
    AWS::DocDB::DBCluster: rds DeleteDBCluster {"DBClusterIdentifier":"one|two","SkipFinalSnapshot":true}
    AWS::DocDB::DBInstance: rds DeleteDBInstance {"DBInstanceIdentifier":"one|two"}
    AWS::DynamoDB::Backup: dynamodb DeleteBackup {"BackupArn":"one|two"}
    AWS::EC2::ClientVpnEndpoint: ec2 DeleteClientVpnEndpoint {"ClientVpnEndpointId":"one|two"}
    AWS::EC2::FpgaImage: ec2 DeleteFpgaImage {"FpgaImageId":"one|two"}
    AWS::FSx::FileSystem: fsx DeleteFileSystem {"FileSystemId":"one|two"}
    AWS::IAM::VirtualMFADevice: iam DeleteVirtualMFADevice {"SerialNumber":"one|two"}
    AWS::Lambda::LayerVersion: -
    AWS::OpenSearchService::Domain: -
    AWS::Route53::DelegationSet: route53 DeleteReusableDelegationSet {"Id":"one|two"}
    AWS::Route53::QueryLoggingConfig: route53 DeleteQueryLoggingConfig {"Id":"one|two"}
    AWS::Route53::TrafficPolicy: route53 DeleteTrafficPolicy {"Id":"one","Version":"two"}
    AWS::Route53::TrafficPolicyInstance: route53 DeleteTrafficPolicyInstance {"Id":"one|two"}
    AWS::SecretsManager::Secret: -
    Ebbtide::Backup::RecoveryPoint: backup DeleteRecoveryPoint {"BackupVaultName":"one","RecoveryPointArn":"two"}
    Ebbtide::CloudFormation::HookType: cloudformation DeregisterType {"Arn":"one|two"}
    Ebbtide::CloudFormation::ModuleType: cloudformation DeregisterType {"Arn":"one|two"}
    Ebbtide::CloudFormation::ResourceType: cloudformation DeregisterType {"Arn":"one|two"}
    Ebbtide::EC2::Image: ec2 DeregisterImage {"ImageId":"one|two"}
    Ebbtide::EC2::Snapshot: ec2 DeleteSnapshot {"SnapshotId":"one|two"}
    Ebbtide::EC2::SpotInstanceRequest: ec2 CancelSpotInstanceRequests {"SpotInstanceRequestId":["one|two"]}
    Ebbtide::ECS::InactiveTaskDefinition: ecs DeleteTaskDefinitions {"taskDefinitions":["one|two"]}
    Ebbtide::ECS::Task: ecs StopTask {"cluster":"one","task":"two"}
    Ebbtide::KMS::CustomKeyStore: kms DeleteCustomKeyStore {"CustomKeyStoreId":"one|two"}
    Ebbtide::RDS::ClusterSnapshot: rds DeleteDBClusterSnapshot {"DBClusterSnapshotIdentifier":"one|two"}
    Ebbtide::RDS::RetainedBackup: rds DeleteDBInstanceAutomatedBackup {"DbiResourceId":"one|two"}
    Ebbtide::RDS::RetainedClusterBackup: rds DeleteDBClusterAutomatedBackup {"DbClusterResourceId":"one|two"}
    Ebbtide::RDS::Snapshot: rds DeleteDBSnapshot {"DBSnapshotIdentifier":"one|two"}
    Ebbtide::SNS::PlatformApplication: sns DeletePlatformApplication {"PlatformApplicationArn":"one|two"}
    Ebbtide::SSM::Activation: ssm DeleteActivation {"ActivationId":"one|two"}
    Ebbtide::SSM::ManagedNode: ssm DeregisterManagedInstance {"InstanceId":"one|two"}
    "#);
}
