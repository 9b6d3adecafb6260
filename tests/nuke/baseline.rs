//! What belongs to every account is excused, and nothing beside it.

use super::world::{Asked, HOME, Says, World, answer, shown, unknown};
use ebbtide::environment::inventory::Verdict;
use ebbtide::nuke::baseline::{AdminRule, Baseline};
use ebbtide::nuke::listers::Listers;
use ebbtide::nuke::types::TypeTable;
use serde_json::json;

/// A region as AWS hands it over.
fn fresh() -> World {
    World::default()
        .answering(
            "DescribeVpcs",
            json!({}),
            json!({"vpcSet": [{"vpcId": "vpc-d", "dhcpOptionsId": "dopt-d"}]}),
        )
        .answering(
            "DescribeSubnets",
            json!({}),
            json!({"subnetSet": [{"subnetId": "subnet-d1"}, {"subnetId": "subnet-d2"}]}),
        )
        .answering(
            "DescribeInternetGateways",
            json!({"Filter": [{"Name": "attachment.vpc-id", "Value": ["vpc-d"]}]}),
            json!({"internetGatewaySet": [{"internetGatewayId": "igw-d"}]}),
        )
        .answering(
            "DescribeRouteTables",
            json!({}),
            json!({"routeTableSet": [{"routeTableId": "rtb-main"}]}),
        )
        .answering(
            "DescribeNetworkAcls",
            json!({}),
            json!({"networkAclSet": [{"networkAclId": "acl-d"}]}),
        )
        .answering(
            "DescribeSecurityGroups",
            json!({}),
            json!({"securityGroupInfo": [{"groupId": "sg-d"}]}),
        )
        .answering(
            "ListRoles",
            json!({"PathPrefix": "/aws-service-role/"}),
            json!({"Roles": [{"RoleName": "AWSServiceRoleForRDS"}]}),
        )
        .answering(
            "ListRoles",
            json!({"PathPrefix": "/ebbtide/"}),
            json!({"Roles": [{"RoleName": "sweeper"}]}),
        )
}

#[tokio::test]
async fn the_default_vpc_is_excused_and_what_somebody_put_beside_it_is_not() {
    let world = fresh()
        .with("AWS::EC2::VPC", HOME, &["vpc-d", "vpc-theirs"])
        .with(
            "AWS::EC2::Subnet",
            HOME,
            &["subnet-d1", "subnet-d2", "subnet-theirs"],
        )
        .with("AWS::EC2::InternetGateway", HOME, &["igw-d", "igw-theirs"])
        .with("AWS::EC2::RouteTable", HOME, &["rtb-main", "rtb-theirs"])
        .with("AWS::EC2::NetworkAcl", HOME, &["acl-d"])
        .with("AWS::EC2::DHCPOptions", HOME, &["dopt-d", "dopt-theirs"])
        .with("AWS::EC2::SecurityGroup", HOME, &["sg-d", "sg-theirs"]);
    let inventory = Asked::about(&["ec2"]).look(&world).await;
    insta::assert_snapshot!(shown(&inventory), @r"
    AWS::EC2::DHCPOptions dopt-theirs in eu-west-1
    AWS::EC2::InternetGateway igw-theirs in eu-west-1
    AWS::EC2::RouteTable rtb-theirs in eu-west-1
    AWS::EC2::SecurityGroup sg-theirs in eu-west-1
    AWS::EC2::Subnet subnet-theirs in eu-west-1
    AWS::EC2::VPC vpc-theirs in eu-west-1
    (baseline) AWS::EC2::DHCPOptions dopt-d: the DHCP options of the default VPC; the baseline digest has their content
    (baseline) AWS::EC2::InternetGateway igw-d: the internet gateway of the default VPC
    (baseline) AWS::EC2::NetworkAcl acl-d: the default network ACL of a VPC: it can't be deleted and goes with the VPC
    (baseline) AWS::EC2::RouteTable rtb-main: the main route table of a VPC: it can't be deleted and goes with the VPC
    (baseline) AWS::EC2::SecurityGroup sg-d: the default security group of a VPC: it can't be deleted and goes with the VPC
    (baseline) AWS::EC2::Subnet subnet-d1: a subnet of the default VPC, one for each availability zone
    (baseline) AWS::EC2::Subnet subnet-d2: a subnet of the default VPC, one for each availability zone
    (baseline) AWS::EC2::VPC vpc-d: the default VPC, which every account has in every region
    ");
}

#[tokio::test]
async fn roles_and_keys_of_aws_and_ours_are_excused() {
    let world = fresh()
        .with("AWS::IAM::Role", HOME, &["AWSServiceRoleForRDS", "AWSServiceRoleForMe", "EbbtideAccess", "EbbtideAccess2", "sweeper", "theirs"])
        .with("AWS::IAM::ManagedPolicy", HOME, &["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::1:policy/theirs"])
        .with("AWS::KMS::Alias", HOME, &["alias/aws/s3", "alias/theirs"])
        .with("AWS::KMS::Key", HOME, &["of-aws", "dying", "theirs", "locked"])
        .answering("DescribeKey", json!({"KeyId": "of-aws"}), json!({"KeyMetadata": {"KeyManager": "AWS", "KeyState": "Enabled"}}))
        .answering("DescribeKey", json!({"KeyId": "dying"}), json!({"KeyMetadata": {"KeyManager": "CUSTOMER", "KeyState": "PendingDeletion", "DeletionDate": "2026-12-01T00:00:00Z"}}))
        .answering("DescribeKey", json!({"KeyId": "theirs"}), json!({"KeyMetadata": {"KeyManager": "CUSTOMER", "KeyState": "Enabled"}}))
        .refusing("DescribeKey", unknown("AccessDeniedException"));
    let inventory = Asked::about(&["iam", "kms"]).look(&world).await;
    insta::assert_snapshot!(shown(&inventory), @r"
    AWS::IAM::ManagedPolicy arn:aws:iam::1:policy/theirs in eu-west-1
    AWS::IAM::Role AWSServiceRoleForMe in eu-west-1
    AWS::IAM::Role EbbtideAccess2 in eu-west-1
    AWS::IAM::Role theirs in eu-west-1
    AWS::KMS::Alias alias/theirs in eu-west-1
    AWS::KMS::Key locked in eu-west-1
    AWS::KMS::Key theirs in eu-west-1
    (baseline) AWS::IAM::ManagedPolicy arn:aws:iam::aws:policy/ReadOnlyAccess: a policy that AWS keeps for everybody
    (baseline) AWS::IAM::Role AWSServiceRoleForRDS: a service-linked role: only its service can use it, and it costs nothing
    (baseline) AWS::IAM::Role EbbtideAccess: the role that this service works with
    (baseline) AWS::IAM::Role sweeper: a role of this service
    (baseline) AWS::KMS::Alias alias/aws/s3: the alias of a key that AWS keeps for a service
    (dying) AWS::KMS::Key dying: 2026-12-01T00:00:00Z (deletion scheduled: until then it can't be used and costs nothing)
    (baseline) AWS::KMS::Key of-aws: a key that AWS keeps for a service: it can't be deleted and costs nothing
    ");
    // Both facts about a key come from one call.
    let asked = world.asked.lock().unwrap();
    assert_eq!(
        asked.iter().filter(|it| it.contains("DescribeKey")).count(),
        4
    );
}

#[tokio::test]
async fn dying_resources_are_recorded_and_block_nothing() {
    let world = World::default()
        .with("AWS::EC2::Instance", HOME, &["i-gone"])
        .answering("DescribeInstances", json!({"InstanceId": ["i-gone"]}), json!({"reservationSet": [{"instancesSet": [{"instanceState": {"name": "terminated"}}]}]}))
        .answering("ListSecrets", json!({}), json!({"SecretList": [{"ARN": "arn:aws:secretsmanager:s", "DeletedDate": "2026-12-24T00:00:00Z"}]}))
        .answering("ListBackups", json!({}), json!({"BackupSummaries": [{"BackupArn": "arn:b", "BackupType": "SYSTEM", "BackupExpiryDateTime": 1_800_000_000}]}));
    let inventory = Asked::about(&["ec2", "secretsmanager", "dynamodb"])
        .look(&world)
        .await;
    assert_eq!(inventory.verdict(), Verdict::Empty);
    let mut lines: Vec<String> = shown(&inventory).lines().map(str::to_owned).collect();
    lines.dedup();
    insta::assert_snapshot!(lines.join("\n"), @r"
    (dying) AWS::DynamoDB::Backup arn:b: 2027-01-15T08:00:00Z (what point-in-time recovery keeps of a deleted table for 35 days: it can't be deleted and costs nothing)
    (dying) AWS::EC2::Instance i-gone: terminated: AWS shows it for about an hour
    (dying) AWS::SecretsManager::Secret arn:aws:secretsmanager:s: 2026-12-24T00:00:00Z (deletion scheduled: until then it can't be read and costs nothing)
    ");
}

#[tokio::test]
async fn whose_vpc_it_is_stays_unknown_when_aws_does_not_say() {
    let world = World::default()
        .with("AWS::EC2::VPC", HOME, &["vpc-d"])
        .refusing("DescribeVpcs", unknown("UnauthorizedOperation"));
    let inventory = Asked::about(&["ec2"]).look(&world).await;
    assert!(inventory.found.is_empty());
    assert_eq!(inventory.verdict(), Verdict::Unknown);
    insta::assert_snapshot!(format!("{:?}", answer(&inventory, "AWS::EC2::VPC", HOME)), @r#"Unknown { why: "UnauthorizedOperation: ec2 DescribeVpcs: AWS's words" }"#);
}

#[tokio::test]
async fn an_admin_may_say_what_stays() {
    let rule = AdminRule {
        type_name: "AWS::S3::Bucket".to_owned(),
        identifier: "audit-*".to_owned(),
        reason: "the auditors' logs".to_owned(),
    };
    let (table, listers) = (TypeTable::built_in(), Listers::built_in());
    let mut asked = Asked::about(&["s3"]);
    let without = asked.baseline.digest().to_owned();
    asked.baseline = Baseline::new(&[], &[rule], &table, &listers).unwrap();
    assert_ne!(asked.baseline.digest(), without);
    let says = Says::Lists(vec![
        ("audit-1".to_owned(), json!({})),
        ("other".to_owned(), json!({})),
    ]);
    let world = World::default()
        .saying("AWS::S3::Bucket", HOME, says)
        .answering(
            "GetBucketLocation",
            json!({"Bucket": "other"}),
            json!({"LocationConstraint": "eu-central-1"}),
        );
    let inventory = asked.look(&world).await;
    insta::assert_snapshot!(shown(&inventory), @r"
    AWS::S3::Bucket other in eu-central-1
    (baseline) AWS::S3::Bucket audit-1: the auditors' logs
    ");
}

#[test]
fn bad_rules_are_told_all_at_once() {
    let rule = |type_name: &str, identifier: &str, reason: &str| AdminRule {
        type_name: type_name.to_owned(),
        identifier: identifier.to_owned(),
        reason: reason.to_owned(),
    };
    let rules = [
        rule("AWS::S3::bucket", "x", "because"),
        rule("Bucket", "x", "because"),
        rule("AWS::S3::Bucket", " ", "because"),
        rule("AWS::S3::Bucket", "**", "because"),
        rule("Ebbtide::EC2::Image", "ami-1", ""),
        rule("Ebbtide::EC2::Image", "ami-1", "golden image"),
    ];
    let (table, listers) = (TypeTable::built_in(), Listers::built_in());
    let problems = Baseline::new(&[], &rules, &table, &listers).unwrap_err();
    insta::assert_snapshot!(problems.join("\n"), @r"
    baseline rule 1: there is no type AWS::S3::bucket; write AWS::S3::Bucket
    baseline rule 2: there is no type Bucket; write it as CloudFormation does, for example AWS::IAM::Role
    baseline rule 3: the identifier of what stays of AWS::S3::Bucket is missing; write it, with * for any text
    baseline rule 4: ** would excuse every AWS::S3::Bucket; say what the identifiers of those that stay begin or end with
    baseline rule 5: it doesn't say why Ebbtide::EC2::Image ami-1 stays; give a reason, which the certificate repeats
    ");
}
