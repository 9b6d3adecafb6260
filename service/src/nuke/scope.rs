//! What an inventory has to ask, and what it need not because a guardrail denied it.
//!
//! While a guardrail held for a whole lease, nothing could be made outside its regions and services: those types are
//! denied, with the policy's name. Without one everything is asked in every region given, and what cannot be listed
//! stays unknown. A service that a guardrail allows and the table of types doesn't know is unknown, too.

use super::listers::Listers;
use super::types::{Lists, Need, Source, TypeTable, digest};
use crate::environment::Region;
use crate::environment::inventory::Cell;
use ebbtide_templates::guardrails::Reach;
use std::collections::{BTreeMap, BTreeSet};

/// The name under which stacks are found. They are asked through [`crate::cloud::Stacks`].
pub const STACK: &str = "AWS::CloudFormation::Stack";

/// Services that hold nothing that could be left over: they only answer, connect or name.
const WITHOUT_RESOURCES: [(&str, &str); 6] = [
    ("ec2messages", "messages to machines"),
    ("execute-api", "calls of an API that API Gateway lists"),
    ("pricing", "price lists"),
    ("ssmmessages", "messages to machines"),
    ("sts", "sessions, which end by themselves"),
    ("tag", "tags of other resources"),
];

/// How a cell is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Through CloudFormation.
    Stacks,
    /// By a lister of ours.
    Lister,
    /// Through Cloud Control, by the type's name.
    Plain,
    /// Through Cloud Control, under these.
    Under(Vec<Need>),
    /// By nobody, for this reason.
    Nobody(String),
}

/// Which questions an inventory has to answer.
#[derive(Clone, Debug)]
pub struct Scope {
    regions: Vec<Region>,
    ways: BTreeMap<Cell, Way>,
    order: Vec<Cell>,
    denied: BTreeMap<String, String>,
    global: BTreeSet<String>,
    listers: Listers,
    digest: String,
}

impl Scope {
    /// What could be made while a guardrail held, for the whole lease. Global types are asked in `home`, or in the
    /// first region where the guardrail doesn't allow that.
    pub fn held(table: &TypeTable, listers: &Listers, reach: &Reach, home: &Region) -> Self {
        let mut regions: Vec<Region> = reach.regions.iter().map(Region::new).collect();
        regions.sort_by_key(|region| region != home);
        Self::new(table, listers, regions, Some(reach))
    }

    /// Everything there is in these regions, the first of which is asked for global types.
    pub fn unguarded(table: &TypeTable, listers: &Listers, regions: &[Region]) -> Self {
        Self::new(table, listers, regions.to_vec(), None)
    }

    fn new(
        table: &TypeTable,
        listers: &Listers,
        regions: Vec<Region>,
        reach: Option<&Reach>,
    ) -> Self {
        let mut kinds: BTreeMap<String, (Way, bool)> = BTreeMap::new();
        let mut denied = BTreeMap::new();
        let mut services = BTreeSet::new();
        for kind in table.all() {
            services.insert(kind.service.clone());
            if let Some(reach) = reach.filter(|reach| !reach.services.contains(&kind.service)) {
                denied.insert(kind.name.clone(), reach.services_by.clone());
            } else if listers.get(&kind.name).is_none() && table.covered(&kind.name).is_none() {
                kinds.insert(
                    kind.name.clone(),
                    (way(&kind.name, &kind.lists), kind.global),
                );
            }
        }
        for lister in listers.all() {
            services.insert(lister.service().to_owned());
            // A type of AWS is denied as such: its lister may have to ask another service.
            let service = table
                .get(&lister.type_name)
                .map_or(lister.service(), |kind| kind.service.as_str());
            if let Some(reach) = reach.filter(|reach| !reach.services.contains(service)) {
                denied.insert(lister.type_name.clone(), reach.services_by.clone());
            } else {
                kinds.insert(lister.type_name.clone(), (Way::Lister, lister.global));
            }
        }
        for service in reach.iter().flat_map(|reach| &reach.services) {
            let empty = WITHOUT_RESOURCES.iter().any(|(name, _)| name == service);
            if !empty && !services.contains(service) {
                let why = format!(
                    "{service}:* is allowed, and no resource type is known to be of that service"
                );
                kinds.insert(format!("{service}:*"), (Way::Nobody(why), true));
            }
        }
        without_orphans(&mut kinds);
        let mut ways = BTreeMap::new();
        let mut global = BTreeSet::new();
        for (type_name, (way, everywhere)) in kinds {
            if everywhere {
                global.insert(type_name.clone());
            }
            let places = if everywhere { 1 } else { regions.len() };
            for region in &regions[..places.min(regions.len())] {
                let cell = Cell {
                    type_name: type_name.clone(),
                    region: region.clone(),
                };
                ways.insert(cell, way.clone());
            }
        }
        Self {
            order: parents_first(&ways),
            digest: scope_digest(table, &regions, reach),
            listers: listers.clone(),
            regions,
            ways,
            denied,
            global,
        }
    }

    /// Every question, parents before what is listed under them.
    pub fn cells(&self) -> &[Cell] {
        &self.order
    }

    /// The regions, the one for global types first.
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// The types that were denied for the whole lease, each with the policy.
    pub fn denied(&self) -> &BTreeMap<String, String> {
        &self.denied
    }

    /// Questions that nobody can answer, whatever the account holds, each with the reason.
    pub fn unanswerable(&self) -> impl Iterator<Item = (&Cell, &str)> {
        self.ways.iter().filter_map(|(cell, way)| match way {
            Way::Nobody(why) => Some((cell, why.as_str())),
            _ => None,
        })
    }

    /// SHA-256 over all that decides what is asked, as 64 lower-case hex digits.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Whether a type is asked once for all regions.
    pub(super) fn is_global(&self, type_name: &str) -> bool {
        self.global.contains(type_name)
    }

    pub(super) fn listers(&self) -> &Listers {
        &self.listers
    }

    pub(super) fn way(&self, cell: &Cell) -> Option<&Way> {
        self.ways.get(cell)
    }

    /// The cells whose resources a cell is listed under.
    pub(super) fn parents(&self, cell: &Cell) -> Vec<Cell> {
        let Some(Way::Under(needs)) = self.ways.get(cell) else {
            return Vec::new();
        };
        let types: BTreeSet<&String> = needs.iter().filter_map(parent).collect();
        let parents = types.into_iter().filter_map(|type_name| {
            let mut cells = self.ways.keys().filter(|it| it.type_name == *type_name);
            let here = cells.clone().find(|it| it.region == cell.region);
            here.or_else(|| cells.next()).cloned()
        });
        parents.collect()
    }
}

fn parent(need: &Need) -> Option<&String> {
    match &need.source {
        Source::Parent(type_name) => Some(type_name),
        Source::Values(_) | Source::Account | Source::Untold => None,
    }
}

/// How Cloud Control can be asked for a type.
fn way(type_name: &str, lists: &Lists) -> Way {
    if type_name == STACK {
        return Way::Stacks;
    }
    match lists {
        Lists::Plain => Way::Plain,
        Lists::Never => Way::Nobody("Cloud Control doesn't list it".to_owned()),
        Lists::Under(needs) => {
            let untold = needs.iter().find(|need| need.source == Source::Untold);
            untold.map_or_else(
                || Way::Under(needs.clone()),
                |need| {
                    let property = &need.property;
                    Way::Nobody(format!(
                        "it is listed only under {property}, and nobody knows which there are"
                    ))
                },
            )
        }
    }
}

/// What is listed under something that can't be asked itself can't be asked either, nor can a circle of such.
fn without_orphans(kinds: &mut BTreeMap<String, (Way, bool)>) {
    let mut asked: BTreeSet<String> = BTreeSet::new();
    loop {
        let more = kinds.iter().filter(|(name, (way, _))| {
            let possible = match way {
                Way::Stacks | Way::Lister | Way::Plain => true,
                Way::Under(needs) => needs.iter().filter_map(parent).all(|it| asked.contains(it)),
                Way::Nobody(_) => false,
            };
            possible && !asked.contains(*name)
        });
        let more: Vec<String> = more.map(|(name, _)| name.clone()).collect();
        if more.is_empty() {
            break;
        }
        asked.extend(more);
    }
    for (name, (way, _)) in kinds.iter_mut() {
        let lost = match way {
            Way::Under(needs) if !asked.contains(name) => {
                let mut parents = needs.iter().filter_map(parent);
                parents.find(|it| !asked.contains(*it)).cloned()
            }
            _ => None,
        };
        if let Some(lost) = lost {
            let why = format!("it is listed only under {lost}, which can't be listed itself");
            *way = Way::Nobody(why);
        }
    }
}

/// Sorted so that whatever is listed under something comes after it.
fn parents_first(ways: &BTreeMap<Cell, Way>) -> Vec<Cell> {
    let mut by_type: BTreeMap<&str, &Way> = BTreeMap::new();
    for (cell, way) in ways {
        by_type.insert(&cell.type_name, way);
    }
    let depth = |cell: &Cell| {
        let mut types = vec![cell.type_name.as_str()];
        let mut depth = 0;
        // There is no circle: every question left has parents that can be asked before it.
        loop {
            types = types
                .iter()
                .filter_map(|name| match by_type.get(name) {
                    Some(Way::Under(needs)) => Some(needs.iter().filter_map(parent)),
                    _ => None,
                })
                .flatten()
                .map(String::as_str)
                .collect();
            if types.is_empty() {
                break;
            }
            depth += 1;
        }
        depth
    };
    let mut cells: Vec<Cell> = ways.keys().cloned().collect();
    cells.sort_by_cached_key(|cell| (depth(cell), cell.clone()));
    cells
}

fn scope_digest(table: &TypeTable, regions: &[Region], reach: Option<&Reach>) -> String {
    let services = reach.map_or_else(
        || "all services".to_owned(),
        |reach| {
            let services: Vec<&str> = reach.services.iter().map(String::as_str).collect();
            services.join(",")
        },
    );
    let regions: Vec<&str> = regions.iter().map(Region::as_str).collect();
    let listers = include_str!("data/listers.json");
    digest(&[table.digest(), listers, &regions.join(","), &services])
}
