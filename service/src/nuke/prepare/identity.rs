//! Roles, users, groups and policies: AWS deletes none that holds on to another.

use super::{Prepared, ask, plain_texts, run, texts};
use crate::cloud::{Call, Place, Resources};
use crate::environment::Setback;
use serde_json::{Value, json};

/// Takes the role out of a profile.
pub(super) async fn empty_profile(
    resources: &dyn Resources,
    at: &Place,
    profile: &str,
) -> Result<Prepared, Setback> {
    let name = json!({ "InstanceProfileName": profile });
    let held = ask(resources, at, Call::new("iam", "GetInstanceProfile", name)).await?;
    let roles = texts(&held["InstanceProfile"], "Roles", "RoleName");
    let calls = roles.map(|role| {
        let input = json!({ "InstanceProfileName": profile, "RoleName": role });
        Call::new("iam", "RemoveRoleFromInstanceProfile", input)
    });
    run(resources, at, calls).await
}

/// Takes a group's members and policies away.
pub(super) async fn strip_group(
    resources: &dyn Resources,
    at: &Place,
    group: &str,
) -> Result<Prepared, Setback> {
    let name = json!({ "GroupName": group });
    let ask = |operation: &str| ask(resources, at, Call::new("iam", operation, name.clone()));
    let members = ask("GetGroup").await?;
    let attached = ask("ListAttachedGroupPolicies").await?;
    let inline = ask("ListGroupPolicies").await?;
    let with = |key: &'static str, operation: &'static str| {
        move |value: String| {
            let mut input = json!({ "GroupName": group });
            input[key] = Value::from(value);
            Call::new("iam", operation, input)
        }
    };
    let calls = texts(&members, "Users", "UserName")
        .map(with("UserName", "RemoveUserFromGroup"))
        .chain(
            texts(&attached, "AttachedPolicies", "PolicyArn")
                .map(with("PolicyArn", "DetachGroupPolicy")),
        )
        .chain(plain_texts(&inline, "PolicyNames").map(with("PolicyName", "DeleteGroupPolicy")));
    run(resources, at, calls).await
}

/// Takes a role out of its profiles, and its policies away.
pub(super) async fn strip_role(
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

/// Takes a user's keys, password, devices, groups and policies away.
pub(super) async fn strip_user(
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
    let devices = ask("ListMFADevices").await?;
    let machine_keys = ask("ListSSHPublicKeys").await?;
    let certificates = ask("ListSigningCertificates").await?;
    let passwords = ask("ListServiceSpecificCredentials").await?;
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
        .chain(texts(&groups, "Groups", "GroupName").map(with("GroupName", "RemoveUserFromGroup")))
        .chain(
            texts(&devices, "MFADevices", "SerialNumber")
                .map(with("SerialNumber", "DeactivateMFADevice")),
        )
        .chain(
            texts(&machine_keys, "SSHPublicKeys", "SSHPublicKeyId")
                .map(with("SSHPublicKeyId", "DeleteSSHPublicKey")),
        )
        .chain(
            texts(&certificates, "Certificates", "CertificateId")
                .map(with("CertificateId", "DeleteSigningCertificate")),
        )
        .chain(
            texts(
                &passwords,
                "ServiceSpecificCredentials",
                "ServiceSpecificCredentialId",
            )
            .map(with(
                "ServiceSpecificCredentialId",
                "DeleteServiceSpecificCredential",
            )),
        )
        .chain([Call::new("iam", "DeleteLoginProfile", name.clone())]);
    run(resources, at, calls).await
}

/// Takes a policy of the account away from whoever has it, and its older versions.
pub(super) async fn detach_policy(
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
    let input = json!({ "PolicyArn": policy });
    let versions = ask(resources, at, Call::new("iam", "ListPolicyVersions", input)).await?;
    let older = Call::items(&versions, "Versions")
        .unwrap_or_default()
        .iter();
    let older = older.filter(|it| it["IsDefaultVersion"] == "false");
    let older = older.filter_map(|it| {
        let input = json!({ "PolicyArn": policy, "VersionId": it["VersionId"].as_str()? });
        Some(Call::new("iam", "DeletePolicyVersion", input))
    });
    let older: Vec<Call> = older.collect();
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
        older,
    ];
    run(resources, at, calls.into_iter().flatten()).await
}
