//! What AWS wants done before a resource can be deleted.

mod identity;
mod locks;
mod network;
mod zones;

use crate::cloud::{Call, Place, Resources, Unlisted};
use crate::environment::Setback;
use crate::environment::inventory::Resource;
use serde_json::{Value, json};

pub(super) use locks::locked;

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
        "AWS::EC2::InternetGateway" => network::detach_gateway(resources, at, id).await,
        "AWS::EC2::VPNGateway" => network::detach_vpn_gateway(resources, at, id).await,
        "AWS::EC2::RouteTable" => network::free_route_table(resources, at, id).await,
        "AWS::EC2::SecurityGroup" => network::untie_security_group(resources, at, id).await,
        "AWS::IAM::Role" => identity::strip_role(resources, at, id).await,
        "AWS::IAM::User" => identity::strip_user(resources, at, id).await,
        "AWS::IAM::ManagedPolicy" => identity::detach_policy(resources, at, id).await,
        "AWS::IAM::Group" => identity::strip_group(resources, at, id).await,
        "AWS::IAM::InstanceProfile" => identity::empty_profile(resources, at, id).await,
        "AWS::Route53::HostedZone" => zones::empty(resources, at, id).await,
        "AWS::Backup::BackupVault" => {
            let name = json!({ "BackupVaultName": id });
            let operations = [
                "DeleteBackupVaultAccessPolicy",
                "DeleteBackupVaultLockConfiguration",
            ];
            let calls = operations.map(|it| Call::new("backup", it, name.clone()));
            run(resources, at, calls).await
        }
        "AWS::DocDB::DBCluster" => {
            let input = json!({
                "DBClusterIdentifier": id, "DeletionProtection": false, "ApplyImmediately": true,
            });
            run(resources, at, [Call::new("rds", "ModifyDBCluster", input)]).await
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
