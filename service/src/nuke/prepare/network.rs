//! Parts of networks that hold on to each other.

use super::{Prepared, ask, run, texts};
use crate::cloud::{Call, Place, Resources};
use crate::environment::Setback;
use serde_json::{Value, json};

/// Takes an internet gateway off its VPC.
pub(super) async fn detach_gateway(
    resources: &dyn Resources,
    at: &Place,
    id: &str,
) -> Result<Prepared, Setback> {
    let input = json!({ "InternetGatewayId": [id] });
    let seen = ask(
        resources,
        at,
        Call::new("ec2", "DescribeInternetGateways", input),
    )
    .await?;
    let gateways = Call::items(&seen, "internetGatewaySet").unwrap_or_default();
    let vpcs = gateways
        .iter()
        .flat_map(|it| texts(it, "attachmentSet", "vpcId"));
    let calls = vpcs.map(|vpc| {
        let input = json!({ "InternetGatewayId": id, "VpcId": vpc });
        Call::new("ec2", "DetachInternetGateway", input)
    });
    let calls: Vec<Call> = calls.collect();
    run(resources, at, calls).await
}

/// Takes a VPN gateway off its VPC.
pub(super) async fn detach_vpn_gateway(
    resources: &dyn Resources,
    at: &Place,
    id: &str,
) -> Result<Prepared, Setback> {
    let input = json!({ "VpnGatewayId": [id] });
    let seen = ask(
        resources,
        at,
        Call::new("ec2", "DescribeVpnGateways", input),
    )
    .await?;
    let gateways = Call::items(&seen, "vpnGatewaySet").unwrap_or_default();
    let attached = gateways
        .iter()
        .flat_map(|it| Call::items(it, "attachments").unwrap_or_default())
        .filter(|it| it["state"] == "attached");
    let calls = attached.filter_map(|it| {
        let input = json!({ "VpnGatewayId": id, "VpcId": it["vpcId"].as_str()? });
        Some(Call::new("ec2", "DetachVpnGateway", input))
    });
    let calls: Vec<Call> = calls.collect();
    run(resources, at, calls).await
}

/// Takes a route table off the subnets that use it.
pub(super) async fn free_route_table(
    resources: &dyn Resources,
    at: &Place,
    id: &str,
) -> Result<Prepared, Setback> {
    let input = json!({ "RouteTableId": [id] });
    let seen = ask(
        resources,
        at,
        Call::new("ec2", "DescribeRouteTables", input),
    )
    .await?;
    let tables = Call::items(&seen, "routeTableSet").unwrap_or_default();
    let used = tables
        .iter()
        .flat_map(|it| Call::items(it, "associationSet").unwrap_or_default())
        .filter(|it| it["main"] != "true");
    let calls = used.filter_map(|it| {
        let input = json!({ "AssociationId": it["routeTableAssociationId"].as_str()? });
        Some(Call::new("ec2", "DisassociateRouteTable", input))
    });
    let calls: Vec<Call> = calls.collect();
    run(resources, at, calls).await
}

/// Takes away the rules of a security group: two that name each other could not be deleted.
pub(super) async fn untie_security_group(
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
