//! The table of AWS's resource types: how each is listed, whose it is, what identifies it.
//!
//! It is data (`data/types.tsv`), derived by `data/derive.py` from AWS's public registry schemas. Beside it stands
//! what no schema tells: which types need no list of their own, and why (`data/covered.tsv`).

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const TYPES: &str = include_str!("data/types.tsv");
const COVERED: &str = include_str!("data/covered.tsv");

/// What the columns of a table of types are called.
const HEADING: [&str; 7] = [
    "type",
    "service",
    "where",
    "lists",
    "deletes",
    "identifier",
    "references",
];

/// How Cloud Control lists a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lists {
    /// By its name alone.
    Plain,
    /// Under properties that say whose: all of these are needed.
    Under(Vec<Need>),
    /// Not at all.
    Never,
}

/// A property that a list needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// Its name.
    pub property: String,
    /// Where its value comes from.
    pub source: Source,
}

/// Where the value of a needed property comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// It is one of these; all have to be asked.
    Values(Vec<String>),
    /// It is the identifier of a resource of this type.
    Parent(String),
    /// It is the account's number.
    Account,
    /// Nobody knows.
    Untold,
}

/// A resource type of AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceType {
    /// `AWS::EC2::VPC`.
    pub name: String,
    /// The service as its actions and service control policies name it: `ec2`.
    pub service: String,
    /// Whether its resources are the same in whatever region they are asked.
    pub global: bool,
    /// How Cloud Control lists it.
    pub lists: Lists,
    /// Whether Cloud Control deletes it.
    pub deletes: bool,
    /// The properties that identify a resource, joined by `|` in identifiers.
    pub identifier: Vec<String>,
    /// Properties that name resources of other types, each with the type.
    pub references: Vec<(String, String)>,
}

/// Why a type needs no list of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// It is a part of another type and is gone when that is.
    Part,
    /// The list of another type names it.
    Elsewhere,
    /// A switch that is always there and costs nothing.
    Setting,
    /// It makes nothing in the account.
    Nothing,
}

/// A type that needs no list of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covered {
    /// Why.
    pub how: Coverage,
    /// The type that it is a part of, or that lists it.
    pub of: Option<String>,
    /// The reason, for a person.
    pub reason: String,
}

/// All types, by name.
#[derive(Clone, Debug)]
pub struct TypeTable {
    types: BTreeMap<String, ResourceType>,
    covered: BTreeMap<String, Covered>,
    digest: String,
}

impl TypeTable {
    /// The table that comes with this version.
    pub fn built_in() -> Self {
        Self::parse(TYPES, COVERED).unwrap_or_else(|problem| {
            unreachable!("the built-in table of types is sound: {problem}")
        })
    }

    /// A table that an admin had made in place of the built-in one (`derive.py --from-registry`). Which types need no
    /// list of their own is known all the same. The error says which line and column is wrong and why.
    pub fn own(types: &str) -> Result<Self, String> {
        let heading = types.lines().position(|line| !line.starts_with('#'));
        let found = heading.and_then(|index| types.lines().nth(index));
        if found != Some(HEADING.join("\t").as_str()) {
            let line = heading.unwrap_or_default() + 1;
            let wanted = HEADING.join(", ");
            return Err(format!(
                "line {line}: the heading is not {wanted}, separated by tabs"
            ));
        }
        let alone = Self::parse(types, "").map_err(|why| {
            why.strip_prefix("types, ")
                .map_or(why.clone(), str::to_owned)
        })?;
        if alone.get("AWS::CloudFormation::Stack").is_none() {
            return Err("AWS::CloudFormation::Stack is not in it: it is no whole table".to_owned());
        }
        // The registry of a region may lack types that are known elsewhere.
        let known = COVERED.lines().filter(|line| {
            let name = line.split('\t').next().unwrap_or_default();
            name == "type" || alone.get(name).is_some()
        });
        let covered: Vec<&str> = known.collect();
        Self::parse(types, &covered.join("\n"))
    }

    /// Reads a table from its two files. The error says which line is wrong and why.
    pub fn parse(types: &str, covered: &str) -> Result<Self, String> {
        let mut table = Self {
            types: BTreeMap::new(),
            covered: BTreeMap::new(),
            digest: digest(&[types, covered]),
        };
        for (line, cells) in rows::<7>(types)? {
            let read = resource_type(cells).map_err(|(column, why)| {
                format!(
                    "types, line {line}, column {column} ({}): {why}",
                    HEADING[column - 1]
                )
            })?;
            if let Some(twice) = table.types.insert(read.name.clone(), read) {
                return Err(format!("types, line {line}: {} stands twice", twice.name));
            }
        }
        for (line, [name, how, of, reason]) in rows::<4>(covered)? {
            let read = coverage(how, of, reason);
            let read = read.map_err(|why| format!("covered, line {line}: {why}"))?;
            if !table.types.contains_key(name) {
                return Err(format!("covered, line {line}: there is no type {name}"));
            }
            if table.covered.insert(name.to_owned(), read).is_some() {
                return Err(format!("covered, line {line}: {name} stands twice"));
            }
        }
        Ok(table)
    }

    /// A type by name.
    pub fn get(&self, name: &str) -> Option<&ResourceType> {
        self.types.get(name)
    }

    /// All types, by name.
    pub fn all(&self) -> impl Iterator<Item = &ResourceType> {
        self.types.values()
    }

    /// Why a type needs no list of its own, if it needs none.
    pub fn covered(&self, name: &str) -> Option<&Covered> {
        self.covered.get(name)
    }

    /// SHA-256 over the table's files, as 64 lower-case hex digits.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

/// SHA-256 over texts, each preceded by its length, so that no two lists run together.
pub(super) fn digest(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hex::encode(hash.finalize())
}

/// The rows below the heading, each with its line number. Lines that begin with `#` are for people.
fn rows<const N: usize>(text: &str) -> Result<Vec<(usize, [&str; N])>, String> {
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.starts_with('#'));
    let rows = lines.skip(1).map(|(index, line)| {
        let cells: Vec<&str> = line.split('\t').collect();
        let found = cells.len();
        let cells = <[&str; N]>::try_from(cells);
        cells
            .map(|cells| (index + 1, cells))
            .map_err(|_| format!("line {}: {found} columns, and {N} are needed", index + 1))
    });
    rows.collect()
}

/// Reads a row. The error says in which column, counted from 1, and why.
fn resource_type(cells: [&str; 7]) -> Result<ResourceType, (usize, String)> {
    let [name, service, place, lists, deletes, identifier, references] = cells;
    if name.split("::").count() != 3 {
        return Err((1, format!("{name} is no name of a type")));
    }
    let global = match place {
        "global" => true,
        "regional" => false,
        other => return Err((3, format!("{other} is neither global nor regional"))),
    };
    let deletes = match deletes {
        "yes" => true,
        "no" => false,
        other => return Err((5, format!("{other} is neither yes nor no"))),
    };
    let references = split(references, ',').map(|reference| {
        let (property, target) = reference.split_once('>')?;
        Some((property.to_owned(), target.to_owned()))
    });
    Ok(ResourceType {
        name: name.to_owned(),
        service: service.to_owned(),
        global,
        lists: how_listed(lists).map_err(|why| (4, why))?,
        deletes,
        identifier: split(identifier, '|').map(str::to_owned).collect(),
        references: references
            .collect::<Option<_>>()
            .ok_or((7, "a reference is written Property>Type".to_owned()))?,
    })
}

fn how_listed(text: &str) -> Result<Lists, String> {
    match text {
        "plain" => Ok(Lists::Plain),
        "none" => Ok(Lists::Never),
        _ => {
            let needs = text
                .strip_prefix("under:")
                .ok_or_else(|| format!("{text} is no way to list"))?;
            Ok(Lists::Under(split(needs, ',').map(need).collect()))
        }
    }
}

fn need(text: &str) -> Need {
    let (property, source) = match text.split_once('=') {
        None => (text, Source::Untold),
        Some((property, "account")) => (property, Source::Account),
        // A parent is written with the part of its identifier: AWS::Logs::LogGroup.LogGroupName
        Some((property, source)) => match source.split_once('.') {
            Some((parent, _)) if parent.contains("::") => {
                (property, Source::Parent(parent.to_owned()))
            }
            _ => (
                property,
                Source::Values(source.split('/').map(str::to_owned).collect()),
            ),
        },
    };
    Need {
        property: property.to_owned(),
        source,
    }
}

fn coverage(how: &str, of: &str, reason: &str) -> Result<Covered, String> {
    let how = match how {
        "part" => Coverage::Part,
        "elsewhere" => Coverage::Elsewhere,
        "setting" => Coverage::Setting,
        "nothing" => Coverage::Nothing,
        other => {
            return Err(format!(
                "{other} is not part, elsewhere, setting or nothing"
            ));
        }
    };
    if of.is_empty() == matches!(how, Coverage::Part | Coverage::Elsewhere) {
        return Err("part and elsewhere name another type, the others none".to_owned());
    }
    if reason.is_empty() {
        return Err("a reason is missing".to_owned());
    }
    Ok(Covered {
        how,
        of: (!of.is_empty()).then(|| of.to_owned()),
        reason: reason.to_owned(),
    })
}

/// The pieces of a list; none of an empty text.
fn split(text: &str, by: char) -> impl Iterator<Item = &str> {
    text.split(by).filter(|piece| !piece.is_empty())
}
