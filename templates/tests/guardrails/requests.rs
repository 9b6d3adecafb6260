//! Concrete requests, and which statement forbids each of them.

use super::evaluator::{ACCOUNT, Request, ask, denials, role};
use super::{rendered, settings, with_extra};
use ebbtide_templates::guardrails::GuardrailSettings;

const MEMBER: &str = "OrganizationAccountAccessRole";

fn denied(request: &Request) -> Vec<String> {
    denials(&rendered(&settings()), request)
}

fn is_denied_by(request: &Request, sid: &str) {
    assert_eq!(denied(request), [sid], "{request:?}");
}

fn is_allowed(request: &Request) {
    assert_eq!(denied(request), [""; 0], "{request:?}");
}

#[test]
fn previews_do_what_previews_do() {
    for action in [
        "apigateway:POST",
        "cloudformation:ExecuteChangeSet",
        "cloudformation:ListResources",
        "cloudwatch:PutMetricAlarm",
        "codebuild:CreateProject",
        "dynamodb:CreateTable",
        "ec2:RunInstances",
        "ecr:CreateRepository",
        "ecs:CreateService",
        "elasticloadbalancing:CreateLoadBalancer",
        "events:PutRule",
        "execute-api:Invoke",
        "kms:ScheduleKeyDeletion",
        "lambda:CreateFunction",
        "logs:CreateLogGroup",
        "pipes:CreatePipe",
        "rds:CreateDBInstance",
        "s3:PutObject",
        "s3:CreateBucket",
        "secretsmanager:CreateSecret",
        "sns:Subscribe",
        "sqs:SendMessage",
        "ssm:PutParameter",
        "states:StartExecution",
        "tag:GetResources",
        "xray:PutTraceSegments",
    ] {
        is_allowed(&ask(action));
    }
}

#[test]
fn global_services_answer_from_elsewhere() {
    for action in [
        "iam:CreateRole",
        "iam:CreateServiceLinkedRole",
        "route53:ChangeResourceRecordSets",
        "s3:ListAllMyBuckets",
        "sts:AssumeRole",
        "organizations:DescribeOrganization",
        "health:DescribeEvents",
    ] {
        is_allowed(&ask(action).from("us-east-1"));
    }
}

#[test]
fn other_regions_are_closed_to_everybody() {
    for action in ["ec2:RunInstances", "s3:CreateBucket", "kms:CreateKey"] {
        is_denied_by(&ask(action).from("us-east-1"), "DenyOtherRegions");
        let ours = ask(action).from("us-east-1").by(role(MEMBER));
        is_denied_by(&ours, "DenyOtherRegions");
    }
    let two = GuardrailSettings {
        regions: vec!["eu-west-1".to_owned(), "us-east-1".to_owned()],
        ..settings()
    };
    let allowed = denials(&rendered(&two), &ask("ec2:RunInstances").from("us-east-1"));
    assert_eq!(allowed, [""; 0]);
}

#[test]
fn other_services_are_closed_unless_an_admin_allows_them() {
    for action in [
        "acm:RequestCertificate",
        "backup:StartBackupJob",
        "bedrock:InvokeModel",
        "cloudtrail:CreateTrail",
        "sagemaker:CreateNotebookInstance",
        "xray:CreateGroup",
    ] {
        is_denied_by(&ask(action), "DenyOtherServices");
        is_denied_by(&ask(action).by(role(MEMBER)), "DenyOtherServices");
    }
    let allowing = GuardrailSettings {
        services: vec!["acm".to_owned(), "acm-pca".to_owned()],
        ..settings()
    };
    let allowing = rendered(&allowing);
    assert_eq!(denials(&allowing, &ask("acm:RequestCertificate")), [""; 0]);
    assert_eq!(
        denials(&allowing, &ask("bedrock:InvokeModel")),
        ["DenyOtherServices"]
    );
}

#[test]
fn nobody_leaves_the_organization() {
    for action in [
        "organizations:LeaveOrganization",
        "organizations:AcceptHandshake",
    ] {
        for principal in [role("developer"), role(MEMBER)] {
            let sids = denied(&ask(action).by(principal));
            assert!(
                sids.contains(&"DenyLeavingTheOrganization".to_owned()),
                "{sids:?}"
            );
        }
    }
}

#[test]
fn our_roles_are_ours_alone() {
    for name in [MEMBER, "ebbtide/sweep"] {
        for action in [
            "iam:DeleteRole",
            "iam:PutRolePolicy",
            "iam:UpdateAssumeRolePolicy",
            "iam:PassRole",
            "iam:CreateRole",
        ] {
            let asked = ask(action).on(role(name));
            is_denied_by(&asked, "DenyTouchingOurRoles");
            is_allowed(&asked.clone().by(role(MEMBER)));
            is_allowed(&asked.clone().by(role("ebbtide/sweep")));
            // CloudFormation works with our own session on a template that a stranger wrote.
            let template = asked.by(role(MEMBER)).via_service();
            is_denied_by(&template, "DenyTouchingOurRolesThroughServices");
        }
        is_allowed(&ask("iam:GetRole").on(role(name)));
    }
}

#[test]
fn roles_of_stacks_are_not_ours() {
    // CloudFormation names them after the stack, whose name begins with ebbtide-.
    let name = role("ebbtide-pr-42-k3f9zq-1-app-FunctionRole-X1");
    let asked = ask("iam:CreateRole").on(&name);
    is_allowed(&asked.clone().by(role(MEMBER)).via_service());
    is_allowed(&asked);
    // So such a role is no key to ours either.
    let trespass = ask("iam:DeleteRole").on(role(MEMBER)).by(name);
    is_denied_by(&trespass, "DenyTouchingOurRoles");
}

#[test]
fn the_trail_goes_on() {
    let with_trails = GuardrailSettings {
        services: vec!["cloudtrail".to_owned()],
        ..settings()
    };
    let guardrails = rendered(&with_trails);
    let stop = ask("cloudtrail:StopLogging");
    assert_eq!(denials(&guardrails, &stop), ["DenyTouchingTheTrail"]);
    assert_eq!(denials(&guardrails, &stop.by(role(MEMBER))), [""; 0]);
    is_allowed(&ask("cloudtrail:LookupEvents"));
}

#[test]
fn nothing_is_bought_for_longer_than_a_lease() {
    for action in [
        "ec2:PurchaseReservedInstancesOffering",
        "ec2:PurchaseCapacityBlock",
        "ec2:AllocateHosts",
        "ec2:CreateCapacityReservationFleet",
        "rds:PurchaseReservedDBInstancesOffering",
        "dynamodb:PurchaseReservedCapacityOfferings",
    ] {
        is_denied_by(&ask(action), "DenyLongCommitments");
        is_denied_by(&ask(action).by(role(MEMBER)), "DenyLongCommitments");
    }
    // Also where an admin allows the service.
    let allowing = GuardrailSettings {
        services: ["savingsplans", "route53domains", "aws-marketplace"]
            .map(str::to_owned)
            .to_vec(),
        ..settings()
    };
    let guardrails = rendered(&allowing);
    for action in [
        "savingsplans:CreateSavingsPlan",
        "route53domains:RegisterDomain",
        "aws-marketplace:Subscribe",
    ] {
        let request = ask(action).from("us-east-1");
        assert_eq!(denials(&guardrails, &request), ["DenyLongCommitments"]);
    }
}

#[test]
fn nothing_is_locked_for_longer_than_a_lease() {
    for action in ["s3:PutBucketObjectLockConfiguration", "ec2:LockSnapshot"] {
        is_denied_by(&ask(action), "DenyLocksThatOutliveTheLease");
    }
}

#[test]
fn the_root_user_does_nothing_but_what_the_management_account_opened() {
    let root = ask("s3:DeleteBucketPolicy").by(format!("arn:aws:iam::{ACCOUNT}:root"));
    is_denied_by(&root, "DenyTheRootUser");
    is_allowed(&root.with_assumed_root());
}

#[test]
fn settings_of_the_account_do_not_outlive_the_lease() {
    for action in [
        "account:CloseAccount",
        "account:EnableRegion",
        "account:PutAlternateContact",
    ] {
        for principal in [role("developer"), role(MEMBER)] {
            let sids = denied(&ask(action).by(principal));
            assert!(
                sids.contains(&"DenyChangingTheAccountItself".to_owned()),
                "{sids:?}"
            );
        }
    }
    for action in [
        "iam:CreateAccountAlias",
        "ec2:DisableEbsEncryptionByDefault",
        "ecs:PutAccountSettingDefault",
        "s3:PutAccountPublicAccessBlock",
        "servicequotas:RequestServiceQuotaIncrease",
    ] {
        is_denied_by(&ask(action), "DenyAccountWideSettings");
        is_allowed(&ask(action).by(role(MEMBER)));
        let template = ask(action).by(role(MEMBER)).via_service();
        is_denied_by(&template, "DenyAccountWideSettingsThroughServices");
    }
}

#[test]
fn an_admins_own_file_holds_too() {
    let file = r#"{
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "DenyLargeFunctions",
            "Effect": "Deny",
            "Action": "lambda:Create*",
            "NotResource": ["arn:aws:lambda:*:*:function:small-*"]
        }]
    }"#;
    let guardrails = rendered(&with_extra(&[file]));
    let asked = ask("lambda:CreateFunction");
    let function = |name: &str| format!("arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{name}");
    let large = asked.clone().on(function("large-1"));
    assert_eq!(denials(&guardrails, &large), ["DenyLargeFunctions"]);
    let small = asked.on(function("small-1"));
    assert_eq!(denials(&guardrails, &small), [""; 0]);
}

#[test]
fn other_partitions_have_their_own_arns() {
    let china = GuardrailSettings {
        partition: "aws-cn".to_owned(),
        regions: vec!["cn-north-1".to_owned()],
        ..settings()
    };
    let guardrails = rendered(&china);
    let asked = ask("iam:DeleteRole")
        .on(format!("arn:aws-cn:iam::{ACCOUNT}:role/{MEMBER}"))
        .by(format!("arn:aws-cn:iam::{ACCOUNT}:role/developer"))
        .from("cn-north-1");
    assert_eq!(denials(&guardrails, &asked), ["DenyTouchingOurRoles"]);
    assert!(!guardrails[0].document.contains("{{"));
    assert!(!guardrails[0].document.contains("arn:aws:"));
}
