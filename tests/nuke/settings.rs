//! Settings: the same content is the same digest, and what can't be read is named.

use super::world::{HOME, World, baseline, unknown};
use ebbtide::cloud::Unlisted;
use ebbtide::environment::{AccountId, Region, SessionName, Setback};
use ebbtide::nuke::settings::{Settings, SettingsTable, settings};
use serde_json::{Value, json};

async fn read(world: &World) -> Result<Settings, Setback> {
    let account = AccountId::new("111122223333");
    let session = SessionName::new("sweep");
    let regions = [Region::new(HOME), Region::new("eu-central-1")];
    let roles = ["EbbtideAccess".to_owned()];
    settings(
        world,
        &SettingsTable::built_in(),
        &baseline(),
        &account,
        &session,
        &regions,
        &roles,
    )
    .await
}

fn account(rules: &Value, trust: &str) -> World {
    World::default()
        .answering("DescribeVpcs", json!({}), json!({"vpcSet": [{"vpcId": "vpc-d", "dhcpOptionsId": "dopt-d"}]}))
        .answering("DescribeSecurityGroups", json!({"Filter": [{"Name": "group-name", "Value": ["default"]}, {"Name": "vpc-id", "Value": ["vpc-d"]}]}), json!({"securityGroupInfo": [{"ipPermissions": rules}]}))
        .answering("GetRole", json!({"RoleName": "EbbtideAccess"}), json!({"Role": {"Path": "/", "RoleId": "AROA1", "AssumeRolePolicyDocument": trust}}))
        .refusing("GetAccountPasswordPolicy", unknown("NoSuchEntity"))
}

#[tokio::test]
async fn the_same_content_is_the_same_digest() {
    let one = account(
        &json!([{"FromPort": 1, "ToPort": 2}, {"FromPort": 3}]),
        r#"{"Version":"1","Statement":[]}"#,
    );
    let same = account(
        &json!([{"FromPort": 3}, {"ToPort": 2, "FromPort": 1}]),
        "%7B%22Statement%22%3A%5B%5D%2C%22Version%22%3A%221%22%7D",
    );
    let (one, same) = (read(&one).await.unwrap(), read(&same).await.unwrap());
    assert_eq!(one.digest(), same.digest());
    assert!(one.unknown.is_empty());
    assert_eq!(one.values["password policy"], Value::Null);
    assert_eq!(
        one.values["role EbbtideAccess"]["/Role/AssumeRolePolicyDocument"]["Version"],
        "1"
    );
    let group = &one.values["default security group of the default VPC in eu-west-1"];
    assert_eq!(
        group["/securityGroupInfo/*/ipPermissions"][0][0]["FromPort"],
        1
    );
}

#[tokio::test]
async fn a_rule_more_in_a_default_group_is_named() {
    let before = read(&account(&json!([]), "{}")).await.unwrap();
    let after = read(&account(&json!([{"FromPort": 22}]), "{}"))
        .await
        .unwrap();
    assert_ne!(before.digest(), after.digest());
    let changed = Vec::from_iter(after.changed_since(&before));
    insta::assert_snapshot!(changed.join("\n"), @r"
    default security group of the default VPC in eu-central-1
    default security group of the default VPC in eu-west-1
    ");
}

#[tokio::test]
async fn what_cannot_be_read_is_named_and_not_the_same() {
    let sound = read(&account(&json!([]), "{}")).await.unwrap();
    let world = account(&json!([]), "{}").refusing(
        "GetEbsEncryptionByDefault",
        unknown("UnauthorizedOperation"),
    );
    let world = world.refusing(
        "GetSerialConsoleAccessStatus",
        Unlisted::Denied {
            by: "ebbtide-ou-1".to_owned(),
        },
    );
    let blind = read(&world).await.unwrap();
    assert_ne!(sound.digest(), blind.digest());
    let unknown = blind
        .unknown
        .iter()
        .map(|(name, why)| format!("{name}: {why}"));
    insta::assert_snapshot!(unknown.collect::<Vec<_>>().join("\n"), @r"
    encryption of new volumes in eu-central-1: UnauthorizedOperation: ec2 GetEbsEncryptionByDefault: AWS's words
    encryption of new volumes in eu-west-1: UnauthorizedOperation: ec2 GetEbsEncryptionByDefault: AWS's words
    serial console in eu-central-1: denied by ebbtide-ou-1
    serial console in eu-west-1: denied by ebbtide-ou-1
    ");
}

#[tokio::test]
async fn throttling_ends_it_for_now() {
    let world = World::closed();
    assert_eq!(read(&world).await, Err(Setback::later("rate exceeded")));
}
