//! In which order what is left in an account can be deleted: what stands in the way of what.
//!
//! An edge leads from what has to go first to what can only go after it. Edges come from three sources:
//! what the resources themselves say (a subnet mentions its VPC), what is known of their types (a load
//! balancer keeps its network in use), and what AWS taught by refusing ([`Lessons`]).

use super::kinds::known_before;
pub use super::kinds::{Tier, tier};
use crate::environment::inventory::{Cell, Resource};
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

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
    // When each may go: after everything that has to go first, and not before its tier's turn. What stands for all
    // of a type has no tier of its own.
    let mut turns: Vec<(Tier, usize)> = vec![(Tier::Stack, 0); graph.node_count()];
    for (turn, resource) in turns.iter_mut().zip(&all) {
        turn.0 = tier(&resource.cell.type_name);
    }
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
            // What stands for all of a type takes no turn of its own.
            (Some(last), _) if group.iter().all(|node| node.index() >= all.len()) => last,
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

/// One node for each resource, in their order, and more after them that each stand for all of a type in a region; an
/// edge from what goes first to what goes after it.
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
        let place = (type_name.as_str(), region.as_str());
        typed.entry(place).or_default().push(index);
    }
    for (index, resource) in all.iter().enumerate() {
        let Cell { type_name, .. } = &resource.cell;
        let own = tier(type_name);
        let mentioned = resource.mentions.iter().flat_map(|text| known_as(text));
        let mentioned: BTreeSet<usize> = mentioned
            .filter_map(|name| named.get(name))
            .flatten()
            .copied()
            .filter(|other| {
                let other_type = &all[*other].cell.type_name;
                *other != index
                    && tier(other_type) >= own
                    && !known_before(type_name).contains(&other_type.as_str())
                    // Where AWS taught the opposite, AWS is right.
                    && !lessons.says(all[*other], resource)
            })
            .collect();
        for other in mentioned {
            graph.add_edge(nodes[index], nodes[other], ());
        }
    }
    for ((type_name, region), those) in &typed {
        let firsts = known_before(type_name)
            .iter()
            .filter_map(|first| typed.get(&(*first, *region)))
            .flatten();
        let firsts: Vec<NodeIndex> = firsts.map(|first| nodes[*first]).collect();
        if firsts.is_empty() {
            continue;
        }
        // One node between them: a thousand of each would be a million edges.
        let gone = graph.add_node(());
        for first in firsts {
            graph.add_edge(first, gone, ());
        }
        for then in those {
            graph.add_edge(gone, nodes[*then], ());
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
            for first in firsts {
                graph.add_edge(nodes[*first], nodes[*then], ());
            }
        }
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
