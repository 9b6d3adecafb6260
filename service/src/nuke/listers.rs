//! Listers of our own, for what Cloud Control lists nowhere, or not as far as a proof needs it.
//!
//! Each is a declaration (`data/listers.json`): the call that lists, where in its answer the items are, what
//! identifies one, and the call that deletes one. What is no type in AWS has a name that begins with `Ebbtide::`.
//! `data/check_calls.py` compares all of it with AWS's service models.

use super::asker::{Asker, Obstacle};
use super::calls::{Pattern, items, text};
use crate::cloud::{Call, Listed, Unlisted};
use crate::environment::inventory::Resource;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const LISTERS: &str = include_str!("data/listers.json");

/// All listers, by the name of what they list.
#[derive(Clone, Debug)]
pub struct Listers(BTreeMap<String, Lister>);

/// One lister.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lister {
    /// What it lists: a type of AWS, or a name of ours.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Why Cloud Control is not enough, for a person.
    pub reason: String,
    /// Whether the list is the same in every region.
    #[serde(default)]
    pub global: bool,
    /// What has to be listed first: the other call is made for each of these, as `{parent}`.
    under: Option<Parents>,
    call: Pattern,
    items: String,
    /// Where in an item the parts of its identifier are.
    #[serde(default)]
    identifier: Vec<String>,
    /// For items without a name: the keys that together identify one.
    #[serde(default)]
    whole: Vec<String>,
    delete: Option<Pattern>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parents {
    call: Pattern,
    items: String,
    identifier: String,
}

impl Listers {
    /// No listers, for a table of types that needs none.
    pub fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// The listers that come with this version.
    pub fn built_in() -> Self {
        let listers: Vec<Lister> = serde_json::from_str(LISTERS)
            .unwrap_or_else(|error| unreachable!("the built-in listers are sound: {error}"));
        let named = listers.into_iter().map(|it| (it.type_name.clone(), it));
        Self(named.collect())
    }

    /// The lister of a type, if it has one of ours.
    pub fn get(&self, type_name: &str) -> Option<&Lister> {
        self.0.get(type_name)
    }

    /// All of them, by name.
    pub fn all(&self) -> impl Iterator<Item = &Lister> {
        self.0.values()
    }

    /// The call that deletes a resource; `None` where Cloud Control does that.
    pub fn delete_call(&self, resource: &Resource) -> Option<Call> {
        let lister = self.get(&resource.cell.type_name)?;
        lister.delete_call(&resource.identifier)
    }
}

/// What a region answers that doesn't have the operation at all: then nothing could be made there either.
const NO_SUCH_OPERATION: [&str; 2] = ["InvalidAction", "UnknownOperationException"];

impl Lister {
    /// The service as its actions and service control policies name it.
    pub fn service(&self) -> &str {
        &self.call.service
    }

    fn delete_call(&self, identifier: &str) -> Option<Call> {
        let delete = self.delete.as_ref()?;
        if !self.whole.is_empty() {
            let mut call = delete.filled(&[]);
            call.input = in_members(serde_json::from_str(identifier).ok()?);
            return Some(call);
        }
        let parts: Vec<&str> = identifier.splitn(self.identifier.len(), '|').collect();
        let names: Vec<String> = (0..parts.len()).map(|index| index.to_string()).collect();
        let gaps: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(parts).collect();
        Some(delete.filled(&gaps))
    }

    /// Everything there is.
    pub(super) async fn list(&self, asker: &Asker<'_>) -> Result<Vec<Listed>, Obstacle> {
        match self.try_list(asker).await {
            Err(Obstacle::No(Unlisted::Unknown { code, .. }))
                if NO_SUCH_OPERATION.contains(&code.as_str()) =>
            {
                Err(Obstacle::No(Unlisted::NotOffered { code }))
            }
            answer => answer,
        }
    }

    async fn try_list(&self, asker: &Asker<'_>) -> Result<Vec<Listed>, Obstacle> {
        let Some(parents) = &self.under else {
            let found = items(asker, self.call.filled(&[]), &self.items).await?;
            return found.iter().map(|item| self.listed(item, "")).collect();
        };
        let mut listed = Vec::new();
        for parent in items(asker, parents.call.filled(&[]), &parents.items).await? {
            let Some(name) = text(&parent, &parents.identifier) else {
                return Err(nameless(&parents.call));
            };
            let call = self.call.filled(&[("parent", &name)]);
            for item in items(asker, call, &self.items).await? {
                listed.push(self.listed(&item, &name)?);
            }
        }
        Ok(listed)
    }

    fn listed(&self, item: &Value, parent: &str) -> Result<Listed, Obstacle> {
        let identifier = if self.whole.is_empty() {
            let parts = self.identifier.iter().map(|part| {
                if part == "{parent}" {
                    Some(parent.to_owned())
                } else {
                    text(item, part)
                }
            });
            let parts: Option<Vec<String>> = parts.collect();
            parts.map(|parts| parts.join("|"))
        } else {
            let keys = self.whole.iter();
            let whole: Map<String, Value> = keys
                .filter_map(|key| Some((key.clone(), item.get(key)?.clone())))
                .collect();
            (!whole.is_empty()).then(|| Value::Object(whole).to_string())
        };
        let identifier = identifier.filter(|identifier| !identifier.is_empty());
        Ok(Listed {
            identifier: identifier.ok_or_else(|| nameless(&self.call))?,
            properties: item.clone(),
        })
    }
}

/// What an answer listed, as a call of the query API asks for it: entries of lists are called `member`.
fn in_members(value: Value) -> Value {
    match value {
        Value::Array(items) => {
            let items: Vec<Value> = items.into_iter().map(in_members).collect();
            json!({ "member": items })
        }
        Value::Object(map) => {
            let fields = map.into_iter();
            Value::Object(
                fields
                    .map(|(key, value)| (key, in_members(value)))
                    .collect(),
            )
        }
        plain => plain,
    }
}

/// What can't be named can't be deleted nor excused, so the list is worth nothing.
fn nameless(call: &Pattern) -> Obstacle {
    let message = format!("{} answered with something that has no name", call.named());
    Obstacle::unknown("NoIdentifier", message)
}
