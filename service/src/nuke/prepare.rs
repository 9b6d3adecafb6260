//! What AWS wants done before a resource can be deleted, and the deletions that Cloud Control does worse than
//! the service itself: it would take a last snapshot, keep a secret for a month, or refuse what holds things.

use crate::cloud::{Call, Place, Resources, Unlisted};
use crate::environment::Setback;
use crate::environment::inventory::Resource;
use serde_json::{Value, json};

/// Whether a resource can be deleted now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prepared {
    /// It can.
    Yes,
    /// Not yet: there is more to do, next time.
    NotYet,
    /// AWS refused a preparation, in these words; the deletion is tried all the same.
    Refused(String),
}

/// Days after which a key is gone: the fewest that AWS takes.
const KEY_DAYS: u64 = 7;

/// The call that deletes a resource, where that is better than Cloud Control's way.
pub fn direct_deletion(resource: &Resource) -> Option<Call> {
    let id = resource.identifier.as_str();
    Some(match resource.cell.type_name.as_str() {
        "AWS::RDS::DBInstance" => Call::new(
            "rds",
            "DeleteDBInstance",
            json!({ "DBInstanceIdentifier": id, "SkipFinalSnapshot": true, "DeleteAutomatedBackups": true }),
        ),
        "AWS::RDS::DBCluster" => Call::new(
            "rds",
            "DeleteDBCluster",
            json!({ "DBClusterIdentifier": id, "SkipFinalSnapshot": true }),
        ),
        "AWS::SecretsManager::Secret" => Call::new(
            "secretsmanager",
            "DeleteSecret",
            json!({ "SecretId": id, "ForceDeleteWithoutRecovery": true }),
        ),
        "AWS::KMS::Key" => Call::new(
            "kms",
            "ScheduleKeyDeletion",
            json!({ "KeyId": id, "PendingWindowInDays": KEY_DAYS }),
        ),
        "AWS::ECR::Repository" => Call::new(
            "ecr",
            "DeleteRepository",
            json!({ "repositoryName": id, "force": true }),
        ),
        "AWS::AutoScaling::AutoScalingGroup" => Call::new(
            "autoscaling",
            "DeleteAutoScalingGroup",
            json!({ "AutoScalingGroupName": id, "ForceDelete": true }),
        ),
        _ => return None,
    })
}

/// A property to change by Cloud Control before the deletion: deletion protection.
fn patch(type_name: &str) -> Option<Value> {
    let property = match type_name {
        "AWS::RDS::DBInstance"
        | "AWS::RDS::DBCluster"
        | "AWS::Neptune::DBCluster"
        | "AWS::DocDB::DBCluster" => "/DeletionProtection",
        "AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable" => "/DeletionProtectionEnabled",
        "AWS::EC2::Instance" => "/DisableApiTermination",
        _ => return None,
    };
    Some(json!([{ "op": "add", "path": property, "value": false }]))
}

/// Whether [`prepare`] has to know the properties of a resource of this type.
pub fn asks_for_properties(type_name: &str) -> bool {
    patch(type_name).is_some()
}

/// Does what has to be done first. Everything here may be repeated.
pub async fn prepare(
    resources: &dyn Resources,
    at: &Place,
    resource: &Resource,
    properties: Option<&Value>,
    token: &str,
) -> Result<Prepared, Setback> {
    let id = resource.identifier.as_str();
    let type_name = resource.cell.type_name.as_str();
    if let Some(patch) = patch(type_name) {
        let protected = properties
            .and_then(|properties| {
                let property = patch.pointer("/0/path")?.as_str()?.trim_start_matches('/');
                properties.get(property)?.as_bool()
            })
            .unwrap_or(false);
        return if protected {
            unprotect(resources, at, resource, &patch, token).await
        } else {
            Ok(Prepared::Yes)
        };
    }
    match type_name {
        "AWS::S3::Bucket" => match resources.empty_bucket(at, id).await? {
            crate::cloud::Progress::Done => Ok(Prepared::Yes),
            crate::cloud::Progress::UnderWay { .. } => Ok(Prepared::NotYet),
            crate::cloud::Progress::Refused { message, .. } => Ok(Prepared::Refused(message)),
        },
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => {
            let input = json!({
                "LoadBalancerArn": id,
                "Attributes": { "member": [{ "Key": "deletion_protection.enabled", "Value": "false" }] },
            });
            run(
                resources,
                at,
                [Call::new(
                    "elasticloadbalancing",
                    "ModifyLoadBalancerAttributes",
                    input,
                )],
            )
            .await
        }
        "AWS::EC2::SecurityGroup" => untie_security_group(resources, at, id).await,
        "AWS::IAM::Role" => strip_role(resources, at, id).await,
        "AWS::IAM::User" => strip_user(resources, at, id).await,
        "AWS::IAM::ManagedPolicy" => detach_policy(resources, at, id).await,
        "AWS::IAM::InstanceProfile" => {
            let profile = json!({ "InstanceProfileName": id });
            let held = ask(
                resources,
                at,
                Call::new("iam", "GetInstanceProfile", profile),
            )
            .await?;
            let roles = texts(&held["InstanceProfile"], "Roles", "RoleName");
            run(
                resources,
                at,
                roles.map(|role| {
                    Call::new(
                        "iam",
                        "RemoveRoleFromInstanceProfile",
                        json!({ "InstanceProfileName": id, "RoleName": role }),
                    )
                }),
            )
            .await
        }
        _ => Ok(Prepared::Yes),
    }
}

async fn unprotect(
    resources: &dyn Resources,
    at: &Place,
    resource: &Resource,
    patch: &Value,
    token: &str,
) -> Result<Prepared, Setback> {
    let type_name = &resource.cell.type_name;
    let token = format!("{token}-unprotect");
    let progress = resources
        .update(at, type_name, &resource.identifier, patch, &token)
        .await?;
    Ok(match progress {
        // The change takes a while; the properties say when it is done.
        crate::cloud::Progress::UnderWay { .. } | crate::cloud::Progress::Done => Prepared::NotYet,
        crate::cloud::Progress::Refused { message, .. } => Prepared::Refused(message),
    })
}

/// Takes away the rules of a security group: two that name each other could not be deleted.
async fn untie_security_group(
    resources: &dyn Resources,
    at: &Place,
    id: &str,
) -> Result<Prepared, Setback> {
    let filter = json!({ "Filter": [{ "Name": "group-id", "Value": [id] }] });
    let rules = ask(
        resources,
        at,
        Call::new("ec2", "DescribeSecurityGroupRules", filter),
    )
    .await?;
    let all = Call::items(&rules, "securityGroupRuleSet").unwrap_or_default();
    let (out, into): (Vec<&Value>, Vec<&Value>) = all
        .iter()
        .filter(|rule| rule.get("referencedGroupInfo").is_some())
        .partition(|rule| rule["isEgress"] == "true");
    let revoke = |operation: &str, rules: Vec<&Value>| {
        let ids: Vec<Value> = rules
            .iter()
            .filter_map(|rule| rule.get("securityGroupRuleId").cloned())
            .collect();
        let input = json!({ "GroupId": id, "SecurityGroupRuleId": ids });
        (!ids.is_empty()).then(|| Call::new("ec2", operation, input))
    };
    let calls = [
        revoke("RevokeSecurityGroupIngress", into),
        revoke("RevokeSecurityGroupEgress", out),
    ];
    run(resources, at, calls.into_iter().flatten()).await
}

/// Takes a role out of its profiles, and its policies away.
async fn strip_role(
    resources: &dyn Resources,
    at: &Place,
    role: &str,
) -> Result<Prepared, Setback> {
    let name = json!({ "RoleName": role });
    let profiles = ask(
        resources,
        at,
        Call::new("iam", "ListInstanceProfilesForRole", name.clone()),
    )
    .await?;
    let attached = ask(
        resources,
        at,
        Call::new("iam", "ListAttachedRolePolicies", name.clone()),
    )
    .await?;
    let inline = ask(resources, at, Call::new("iam", "ListRolePolicies", name)).await?;
    let leave = texts(&profiles, "InstanceProfiles", "InstanceProfileName").map(|profile| {
        let input = json!({ "InstanceProfileName": profile, "RoleName": role });
        Call::new("iam", "RemoveRoleFromInstanceProfile", input)
    });
    let detach = texts(&attached, "AttachedPolicies", "PolicyArn").map(|policy| {
        let input = json!({ "RoleName": role, "PolicyArn": policy });
        Call::new("iam", "DetachRolePolicy", input)
    });
    let drop = plain_texts(&inline, "PolicyNames").map(|policy| {
        let input = json!({ "RoleName": role, "PolicyName": policy });
        Call::new("iam", "DeleteRolePolicy", input)
    });
    run(resources, at, leave.chain(detach).chain(drop)).await
}

/// Takes a user's keys, password, groups and policies away.
async fn strip_user(
    resources: &dyn Resources,
    at: &Place,
    user: &str,
) -> Result<Prepared, Setback> {
    let name = json!({ "UserName": user });
    let ask = |operation: &str| ask(resources, at, Call::new("iam", operation, name.clone()));
    let keys = ask("ListAccessKeys").await?;
    let attached = ask("ListAttachedUserPolicies").await?;
    let inline = ask("ListUserPolicies").await?;
    let groups = ask("ListGroupsForUser").await?;
    let with = |key: &'static str, operation: &'static str| {
        move |value: String| {
            let mut input = json!({ "UserName": user });
            input[key] = Value::from(value);
            Call::new("iam", operation, input)
        }
    };
    let calls = texts(&keys, "AccessKeyMetadata", "AccessKeyId")
        .map(with("AccessKeyId", "DeleteAccessKey"))
        .chain(
            texts(&attached, "AttachedPolicies", "PolicyArn")
                .map(with("PolicyArn", "DetachUserPolicy")),
        )
        .chain(plain_texts(&inline, "PolicyNames").map(with("PolicyName", "DeleteUserPolicy")))
        .chain(texts(&groups, "Groups", "GroupName").map(with("GroupName", "RemoveUserFromGroup")));
    run(resources, at, calls).await
}

/// Takes a policy of the account away from whoever has it.
async fn detach_policy(
    resources: &dyn Resources,
    at: &Place,
    policy: &str,
) -> Result<Prepared, Setback> {
    let input = json!({ "PolicyArn": policy });
    let held = ask(
        resources,
        at,
        Call::new("iam", "ListEntitiesForPolicy", input),
    )
    .await?;
    let from = |list: &str, key: &'static str, operation: &'static str| {
        texts(&held, list, key)
            .map(move |name| {
                let mut input = json!({ "PolicyArn": policy });
                input[key] = Value::from(name);
                Call::new("iam", operation, input)
            })
            .collect::<Vec<Call>>()
    };
    let calls = [
        from("PolicyRoles", "RoleName", "DetachRolePolicy"),
        from("PolicyUsers", "UserName", "DetachUserPolicy"),
        from("PolicyGroups", "GroupName", "DetachGroupPolicy"),
    ];
    run(resources, at, calls.into_iter().flatten()).await
}

/// Asks; what AWS refuses to say counts as nothing: the deletion will tell.
async fn ask(resources: &dyn Resources, at: &Place, call: Call) -> Result<Value, Setback> {
    Ok(resources.call(at, &call).await?.unwrap_or(Value::Null))
}

/// Makes the calls one after another; what is gone already is fine.
async fn run(
    resources: &dyn Resources,
    at: &Place,
    calls: impl IntoIterator<Item = Call>,
) -> Result<Prepared, Setback> {
    let mut prepared = Prepared::Yes;
    for call in calls {
        if let Err(refusal) = resources.call(at, &call).await?
            && !is_gone(&refusal)
        {
            prepared = Prepared::Refused(words(&refusal));
        }
    }
    Ok(prepared)
}

/// Whether a refusal says that what was spoken of is not there.
pub fn is_gone(refusal: &Unlisted) -> bool {
    let (Unlisted::Unknown { code, .. } | Unlisted::NotOffered { code }) = refusal else {
        return false;
    };
    ["NotFound", "NoSuchEntity", "NoSuch", "DoesNotExist"]
        .iter()
        .any(|gone| code.contains(gone))
}

/// A refusal in words.
pub fn words(refusal: &Unlisted) -> String {
    match refusal {
        Unlisted::Denied { by } => format!("denied by {by}"),
        Unlisted::NotOffered { code } => code.clone(),
        Unlisted::Unknown { code, message } => format!("{code}: {message}"),
    }
}

/// The texts under one key of each item of a list.
fn texts<'a>(
    answer: &'a Value,
    list: &str,
    key: &'static str,
) -> impl Iterator<Item = String> + use<'a> {
    Call::items(answer, list)
        .unwrap_or_default()
        .iter()
        .filter_map(move |item| item.get(key)?.as_str().map(str::to_owned))
}

/// The texts of a list.
fn plain_texts<'a>(answer: &'a Value, list: &str) -> impl Iterator<Item = String> + use<'a> {
    Call::items(answer, list)
        .unwrap_or_default()
        .iter()
        .filter_map(|item| item.as_str().map(str::to_owned))
}
