//! In which order what is left in an account can be deleted: what stands in the way of what.
//!
//! An edge leads from what has to go first to what can only go after it. Edges come from three sources:
//! what the resources themselves say (a subnet mentions its VPC), what is known of their types (a load
//! balancer keeps its network in use), and what AWS taught by refusing ([`Lessons`]).

use crate::environment::inventory::{Cell, Resource};
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

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

/// Types that make other resources, and would again while we delete those.
const MAKERS: [&str; 13] = [
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::Backup::BackupPlan",
    "AWS::Batch::JobQueue",
    "AWS::CodeBuild::Project",
    "AWS::DLM::LifecyclePolicy",
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
const NETWORK: [&str; 26] = [
    "AWS::EC2::CustomerGateway",
    "AWS::EC2::DHCPOptions",
    "AWS::EC2::EIP",
    "AWS::EC2::EgressOnlyInternetGateway",
    "AWS::EC2::FlowLog",
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

/// What has to go before what, where neither mentions the other.
const KNOWN: [(&str, &str); 14] = [
    ("AWS::AutoScaling::AutoScalingGroup", "AWS::EC2::Instance"),
    ("AWS::EC2::Instance", "AWS::EC2::Volume"),
    ("Ebbtide::EC2::Image", "Ebbtide::EC2::Snapshot"),
    ("AWS::EC2::NatGateway", "AWS::EC2::EIP"),
    ("AWS::EC2::NatGateway", "AWS::EC2::VPCGatewayAttachment"),
    (
        "AWS::EC2::VPCGatewayAttachment",
        "AWS::EC2::InternetGateway",
    ),
    ("AWS::EC2::NetworkInterface", "AWS::EC2::SecurityGroup"),
    ("AWS::EC2::NetworkInterface", "AWS::EC2::Subnet"),
    ("AWS::EC2::VPCEndpoint", "AWS::EC2::Subnet"),
    ("AWS::ECS::Service", "AWS::ECS::Cluster"),
    ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster"),
    ("AWS::RDS::DBInstance", "AWS::RDS::DBSubnetGroup"),
    ("AWS::IAM::InstanceProfile", "AWS::IAM::Role"),
    ("AWS::KMS::Alias", "AWS::KMS::Key"),
];

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

/// What AWS's refusals taught about this account: what has to wait for what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lessons {
    /// The refused resource, and those that its refusal named.
    after: BTreeMap<String, BTreeSet<String>>,
}

impl Lessons {
    /// Learns from a refusal: whatever else is left that its words name stands in the way. How much was new.
    pub fn learn(&mut self, refused: &Resource, words: &str, left: &BTreeSet<Resource>) -> usize {
        let named: Vec<&Resource> = left
            .iter()
            .filter(|other| *other != refused && names(words, &other.identifier))
            .collect();
        let waits = self.after.entry(key(refused)).or_default();
        named
            .into_iter()
            .filter(|other| waits.insert(key(other)))
            .count()
    }

    fn says(&self, first: &Resource, then: &Resource) -> bool {
        let waits = self.after.get(&key(then));
        waits.is_some_and(|waits| waits.contains(&key(first)))
    }
}

/// One resource's name among all regions and types.
pub fn key(resource: &Resource) -> String {
    let Resource {
        cell, identifier, ..
    } = resource;
    format!("{} {} {identifier}", cell.region, cell.type_name)
}

/// Whether a text names an identifier, as a word of its own.
fn names(text: &str, identifier: &str) -> bool {
    let part_of_name = |char: char| char.is_ascii_alphanumeric() || char == '-' || char == '_';
    !identifier.is_empty()
        && text.match_indices(identifier).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + identifier.len()..].chars().next();
            !before.is_some_and(part_of_name) && !after.is_some_and(part_of_name)
        })
}

/// The waves: each holds what can be deleted side by side once everything in those before it is gone.
/// What stands in each other's way is in one wave; preparations untie it, or AWS's refusals order it.
pub fn waves(resources: &BTreeSet<Resource>, lessons: &Lessons) -> Vec<Vec<Resource>> {
    let all: Vec<&Resource> = resources.iter().collect();
    let graph = graph(&all, lessons);
    // When each may go: after everything that has to go first, and not before its tier's turn.
    let mut turns: Vec<(Tier, usize)> = all
        .iter()
        .map(|resource| (tier(&resource.cell.type_name), 0))
        .collect();
    // Comes in reverse: what has to wait for nothing is last.
    for group in petgraph::algo::kosaraju_scc(&graph).iter().rev() {
        let own = group.iter().map(|node| turns[node.index()].0).max();
        let members: BTreeSet<&NodeIndex> = group.iter().collect();
        let firsts = group
            .iter()
            .flat_map(|node| graph.neighbors_directed(*node, Direction::Incoming))
            .filter(|first| !members.contains(first))
            .map(|first| turns[first.index()])
            .max();
        let turn = match (firsts, own) {
            (Some((first, depth)), Some(own)) if first >= own => (first, depth + 1),
            (_, Some(own)) => (own, 0),
            (_, None) => continue,
        };
        for node in group {
            turns[node.index()] = turn;
        }
    }
    let mut waves: BTreeMap<(Tier, usize), Vec<Resource>> = BTreeMap::new();
    for (resource, turn) in all.into_iter().zip(turns) {
        waves.entry(turn).or_default().push(resource.clone());
    }
    waves.into_values().collect()
}

/// One node for each resource, in their order; an edge from what goes first to what goes after it.
fn graph(all: &[&Resource], lessons: &Lessons) -> DiGraph<(), (), u32> {
    let mut graph = DiGraph::new();
    let nodes: Vec<NodeIndex> = all.iter().map(|_| graph.add_node(())).collect();
    let mut named: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut typed: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (index, resource) in all.iter().enumerate() {
        for name in known_as(&resource.identifier) {
            named.entry(name).or_default().push(index);
        }
        let Cell { type_name, region } = &resource.cell;
        typed
            .entry((type_name, region.as_str()))
            .or_default()
            .push(index);
    }
    let mut edges = BTreeSet::new();
    for (index, resource) in all.iter().enumerate() {
        let Cell { type_name, region } = &resource.cell;
        let own = tier(type_name);
        let mentioned = resource.mentions.iter().flat_map(|text| known_as(text));
        for other in mentioned.filter_map(|name| named.get(name)).flatten() {
            let same_or_later = tier(&all[*other].cell.type_name) >= own;
            // Where AWS taught the opposite, AWS is right.
            if *other != index && same_or_later && !lessons.says(all[*other], resource) {
                edges.insert((index, *other));
            }
        }
        for (_, then) in KNOWN.iter().filter(|(first, _)| first == type_name) {
            let others = typed.get(&(*then, region.as_str())).into_iter().flatten();
            edges.extend(others.map(|other| (index, *other)));
        }
    }
    let keys: BTreeMap<String, usize> = all
        .iter()
        .enumerate()
        .map(|(index, resource)| (key(resource), index))
        .collect();
    for (then, firsts) in &lessons.after {
        let firsts = firsts.iter().filter_map(|first| keys.get(first));
        if let Some(then) = keys.get(then) {
            edges.extend(firsts.map(|first| (*first, *then)));
        }
    }
    for (first, then) in edges {
        graph.add_edge(nodes[first], nodes[then], ());
    }
    graph
}

/// The texts by which others may mention a resource: the whole identifier, the last part of an ARN or path,
/// the parts of a compound one.
fn known_as(identifier: &str) -> impl Iterator<Item = &str> {
    let last = identifier
        .rsplit([':', '/'])
        .next()
        .filter(move |last| *last != identifier);
    let parts = identifier
        .split('|')
        .filter(move |part| *part != identifier);
    std::iter::once(identifier)
        .chain(last)
        .chain(parts)
        .filter(|name| name.len() > 2)
}
