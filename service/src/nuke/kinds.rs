//! What is known of types for the order of their deletion: how late each goes, and which go before which.

/// How late a type goes, where resources do not say themselves what they need. A mention counts only as far as
/// it does not contradict this: a role's policy may name a bucket, and still goes after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Whole stacks: they know their own order best.
    Stack,
    /// What makes or starts other things: it would make them again.
    Maker,
    /// Everything else.
    Ordinary,
    /// What other things are kept in or written to: log groups, keys, repositories, buckets.
    Keeper,
    /// Networks.
    Network,
    /// Who may do what.
    Identity,
}

/// Types that make other resources or write into them, and would again while we delete those.
const MAKERS: [&str; 17] = [
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::Backup::BackupPlan",
    "AWS::Batch::JobQueue",
    "AWS::CloudTrail::Trail",
    "AWS::CodeBuild::Project",
    "AWS::Config::ConfigurationRecorder",
    "AWS::DLM::LifecyclePolicy",
    "AWS::EC2::EC2Fleet",
    "AWS::EC2::FlowLog",
    "AWS::ECS::Service",
    "AWS::Events::Rule",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Pipes::Pipe",
    "AWS::Scheduler::Schedule",
    "AWS::StepFunctions::StateMachine",
    "AWS::CloudFormation::StackSet",
];

/// Types that other things are written to or encrypted with.
const KEEPERS: [&str; 9] = [
    "AWS::Backup::BackupVault",
    "AWS::ECR::Repository",
    "AWS::KMS::Alias",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
    "AWS::SSM::Parameter",
    "AWS::S3::AccessPoint",
];

/// Types of EC2 that belong to its network; instances, volumes and images do not.
const NETWORK: [&str; 25] = [
    "AWS::EC2::CustomerGateway",
    "AWS::EC2::DHCPOptions",
    "AWS::EC2::EIP",
    "AWS::EC2::EgressOnlyInternetGateway",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::NetworkAcl",
    "AWS::EC2::NetworkInterface",
    "AWS::EC2::PrefixList",
    "AWS::EC2::Route",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetCidrBlock",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::TransitGateway",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCCidrBlock",
    "AWS::EC2::VPCEndpoint",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::EC2::VPNConnection",
    "AWS::EC2::VPNGateway",
];

/// What can only go after all of others in its region, although neither need mention the other.
#[rustfmt::skip]
const KNOWN: &[(&str, &[&str])] = &[
    ("AWS::Backup::BackupPlan", &["AWS::Backup::BackupSelection"]),
    ("AWS::Backup::BackupVault", &["Ebbtide::Backup::RecoveryPoint"]),
    ("AWS::EC2::CustomerGateway", &["AWS::EC2::VPNConnection"]),
    ("AWS::EC2::DHCPOptions", &["AWS::EC2::VPC"]),
    ("AWS::EC2::EIP", &["AWS::EC2::NatGateway"]),
    ("AWS::EC2::Instance", &["AWS::AutoScaling::AutoScalingGroup", "AWS::EC2::EC2Fleet", "AWS::EC2::SpotFleet", "Ebbtide::EC2::SpotInstanceRequest"]),
    ("AWS::EC2::InternetGateway", &["AWS::EC2::EIP", "AWS::EC2::NatGateway"]),
    ("AWS::EC2::NetworkAcl", &["AWS::EC2::Subnet"]),
    ("AWS::EC2::NetworkInterface", &["AWS::EC2::NatGateway", "AWS::EC2::VPCEndpoint"]),
    ("AWS::EC2::PrefixList", &["AWS::EC2::RouteTable", "AWS::EC2::SecurityGroup"]),
    ("AWS::EC2::RouteTable", &["AWS::EC2::Subnet", "AWS::EC2::VPCEndpoint"]),
    ("AWS::EC2::SecurityGroup", &["AWS::EC2::NetworkInterface", "AWS::EC2::VPCEndpoint"]),
    ("AWS::EC2::Subnet", &["AWS::EC2::NatGateway", "AWS::EC2::NetworkInterface", "AWS::EC2::VPCEndpoint"]),
    ("AWS::EC2::TransitGateway", &["AWS::EC2::TransitGatewayRouteTable", "AWS::EC2::VPNConnection"]),
    ("AWS::EC2::VPC", &[
        "AWS::EC2::EgressOnlyInternetGateway", "AWS::EC2::InternetGateway", "AWS::EC2::NetworkAcl",
        "AWS::EC2::RouteTable", "AWS::EC2::SecurityGroup", "AWS::EC2::Subnet", "AWS::EC2::VPCEndpoint",
        "AWS::EC2::VPCPeeringConnection", "AWS::EC2::VPNGateway",
    ]),
    ("AWS::EC2::VPNGateway", &["AWS::EC2::VPNConnection"]),
    ("AWS::EC2::Volume", &["AWS::EC2::Instance"]),
    ("AWS::ECS::CapacityProvider", &["AWS::ECS::Cluster"]),
    ("AWS::ECS::Cluster", &["AWS::ECS::Service", "Ebbtide::ECS::Task"]),
    ("AWS::EFS::FileSystem", &["AWS::EFS::MountTarget"]),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", &["AWS::ElasticLoadBalancingV2::LoadBalancer"]),
    ("AWS::IAM::Role", &["AWS::IAM::InstanceProfile"]),
    ("AWS::KMS::Key", &["AWS::KMS::Alias"]),
    ("AWS::Lambda::LayerVersion", &["AWS::Lambda::Function"]),
    ("AWS::RDS::DBCluster", &["AWS::RDS::DBInstance"]),
    ("AWS::RDS::DBParameterGroup", &["AWS::RDS::DBInstance"]),
    ("AWS::RDS::DBClusterParameterGroup", &["AWS::RDS::DBCluster"]),
    ("AWS::RDS::DBSubnetGroup", &["AWS::RDS::DBCluster", "AWS::RDS::DBInstance", "AWS::RDS::DBProxy"]),
    ("AWS::RDS::OptionGroup", &["AWS::RDS::DBInstance", "Ebbtide::RDS::Snapshot"]),
    ("Ebbtide::EC2::Snapshot", &["Ebbtide::EC2::Image"]),
];

/// The types of which all have to be gone from a region before one of this type can go.
pub(super) fn known_before(type_name: &str) -> &'static [&'static str] {
    let row = KNOWN.iter().find(|(then, _)| *then == type_name);
    row.map_or(&[], |(_, firsts)| firsts)
}

/// How late a type goes.
pub fn tier(type_name: &str) -> Tier {
    if type_name == "AWS::CloudFormation::Stack" {
        Tier::Stack
    } else if MAKERS.contains(&type_name) {
        Tier::Maker
    } else if NETWORK.contains(&type_name) {
        Tier::Network
    } else if type_name.starts_with("AWS::IAM::") {
        Tier::Identity
    } else if KEEPERS.contains(&type_name) {
        Tier::Keeper
    } else {
        Tier::Ordinary
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_type_stands_once_and_none_waits_for_itself() {
        let names: BTreeSet<&str> = KNOWN.iter().map(|(then, _)| *then).collect();
        assert_eq!(names.len(), KNOWN.len());
        for (then, _) in KNOWN {
            let mut seen = BTreeSet::new();
            let mut open = known_before(then).to_vec();
            while let Some(first) = open.pop() {
                assert_ne!(first, *then, "it waits for itself");
                if seen.insert(first) {
                    open.extend(known_before(first));
                }
            }
        }
    }

    #[test]
    fn every_name_is_one_of_the_table_or_of_a_lister() {
        let (table, listers) = (
            super::super::types::TypeTable::built_in(),
            super::super::listers::Listers::built_in(),
        );
        let edges = KNOWN
            .iter()
            .flat_map(|(then, firsts)| firsts.iter().chain([then]));
        for name in edges.chain(&MAKERS).chain(&KEEPERS).chain(&NETWORK) {
            let known = table.get(name).is_some() || listers.get(name).is_some();
            assert!(known, "{name}");
        }
    }
}
