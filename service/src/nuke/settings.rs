//! What no list shows and has to be as it was all the same: rules of the default VPC, switches of the account, and
//! who may assume our roles.
//!
//! It is written down when an account is known to be sound, and compared before it is lent again. Which settings
//! there are is data (`data/settings.json`). One that can't be read is named: not knowing is not being the same.

use super::asker::{Asker, Obstacle};
use super::baseline::Baseline;
use super::calls::Pattern;
use super::types::digest;
use crate::cloud::{Place, Resources, Unlisted};
use crate::environment::{AccountId, Region, SessionName, Setback};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

const SETTINGS: &str = include_str!("data/settings.json");

/// Which settings there are.
#[derive(Clone, Debug)]
pub struct SettingsTable(Vec<Setting>);

impl SettingsTable {
    /// Those that this version knows.
    pub fn built_in() -> Self {
        let list = serde_json::from_str(SETTINGS);
        Self(list.unwrap_or_else(|error| unreachable!("the built-in settings are sound: {error}")))
    }

    /// None.
    pub fn none() -> Self {
        Self(Vec::new())
    }
}

/// The settings of an account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// By name: `default VPC in eu-west-1`, `role EbbtideAccess`. Null is what is not set.
    pub values: BTreeMap<String, Value>,
    /// What couldn't be read, with the reason.
    pub unknown: BTreeMap<String, String>,
    /// How many calls to AWS it took.
    pub calls: u64,
}

impl Settings {
    /// SHA-256 over all settings and over the names of what couldn't be read, as 64 lower-case hex digits.
    pub fn digest(&self) -> String {
        let values = self
            .values
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let unknown = self.unknown.keys().map(|name| format!("{name}?"));
        let texts: Vec<String> = values.chain(unknown).collect();
        digest(&texts.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The names of what is not as it was, or could be read before and can't be now. What could never be read
    /// proves nothing either way; [`Self::unknown`] names it.
    pub fn changed_since(&self, before: &Self) -> BTreeSet<String> {
        let names = [&self.values, &before.values]
            .into_iter()
            .flat_map(BTreeMap::keys);
        let differ = names.filter(|name| self.values.get(*name) != before.values.get(*name));
        differ.cloned().collect()
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Setting {
    name: String,
    #[serde(rename = "where")]
    per: Per,
    call: Pattern,
    /// What of the answer counts; `*` stands for every item of a list.
    keep: Vec<String>,
    /// Error codes that say that it is not set.
    #[serde(default)]
    absent: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Per {
    Account,
    Region,
    Role,
}

/// Reads the settings of an account: those of the account and of `roles` in the first region, the others in each. A
/// call that may succeed later ends it.
pub async fn settings(
    resources: &dyn Resources,
    table: &SettingsTable,
    baseline: &Baseline,
    account: &AccountId,
    session: &SessionName,
    regions: &[Region],
    roles: &[String],
) -> Result<Settings, Setback> {
    let mut settings = Settings::default();
    for (index, region) in regions.iter().enumerate() {
        let place = Place {
            account: account.clone(),
            region: region.clone(),
            session: session.clone(),
        };
        let asker = Asker::new(resources, place);
        for setting in &table.0 {
            match setting.per {
                Per::Region => {
                    let name = format!("{} in {region}", setting.name);
                    read(&asker, baseline, setting, "", name, &mut settings).await?;
                }
                Per::Account if index == 0 => {
                    let name = setting.name.clone();
                    read(&asker, baseline, setting, "", name, &mut settings).await?;
                }
                Per::Role if index == 0 => {
                    for role in roles {
                        let name = format!("{} {role}", setting.name);
                        read(&asker, baseline, setting, role, name, &mut settings).await?;
                    }
                }
                Per::Account | Per::Role => {}
            }
        }
        settings.calls += asker.calls();
    }
    Ok(settings)
}

async fn read(
    asker: &Asker<'_>,
    baseline: &Baseline,
    setting: &Setting,
    role: &str,
    name: String,
    settings: &mut Settings,
) -> Result<(), Setback> {
    let answer = match baseline.with_those(asker, &setting.call).await {
        Ok(None) => Ok(Value::Null),
        Ok(Some(call)) => {
            let call = Pattern {
                service: call.service,
                operation: call.operation,
                input: call.input,
            };
            asker.call(&call.filled(&[("role", role)])).await
        }
        Err(obstacle) => Err(obstacle),
    };
    match answer {
        Ok(answer) => {
            settings.values.insert(name, kept(&answer, &setting.keep));
        }
        Err(Obstacle::No(Unlisted::Unknown { code, .. })) if setting.absent.contains(&code) => {
            settings.values.insert(name, Value::Null);
        }
        Err(Obstacle::No(no)) => {
            settings.unknown.insert(name, words(no));
        }
        Err(Obstacle::Later(Setback::Refused { sentence })) => {
            settings.unknown.insert(name, sentence);
        }
        Err(Obstacle::Later(later)) => return Err(later),
    }
    Ok(())
}

fn words(no: Unlisted) -> String {
    match no {
        Unlisted::Denied { by } => format!("denied by {by}"),
        Unlisted::NotOffered { code } => code,
        Unlisted::Unknown { code, message } => format!("{code}: {message}"),
    }
}

/// What counts of an answer, in one form: the same content always gives the same JSON. Null if nothing is there.
fn kept(answer: &Value, keep: &[String]) -> Value {
    let mut found = BTreeMap::new();
    for pointer in keep {
        let value = normal(&at(answer, pointer));
        let nothing = value.is_null() || value == "" || value.as_array().is_some_and(Vec::is_empty);
        if !nothing {
            found.insert(pointer.clone(), value);
        }
    }
    if found.is_empty() {
        return Value::Null;
    }
    Value::Object(found.into_iter().collect())
}

fn at(value: &Value, pointer: &str) -> Value {
    match pointer.split_once("/*") {
        None => value.pointer(pointer).cloned().unwrap_or_default(),
        Some((list, rest)) => {
            let items = value.pointer(list).and_then(Value::as_array);
            let items = items.into_iter().flatten().map(|item| at(item, rest));
            Value::Array(items.filter(|item| !item.is_null()).collect())
        }
    }
}

/// Keys in order, lists in order of their content, policy documents as what they say.
fn normal(value: &Value) -> Value {
    match value {
        Value::String(text) => match document(text) {
            Some(document) => normal(&document),
            None => value.clone(),
        },
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(normal).collect();
            items.sort_by_cached_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(map) => {
            let sorted: BTreeMap<&String, Value> = map
                .iter()
                .map(|(key, value)| (key, normal(value)))
                .collect();
            let sorted = sorted.into_iter().map(|(key, value)| (key.clone(), value));
            Value::Object(sorted.collect::<Map<_, _>>())
        }
        plain => plain.clone(),
    }
}

/// A policy document, which some services answer as text and IAM as text in the form of addresses.
fn document(text: &str) -> Option<Value> {
    let text = if text.starts_with("%7B") {
        percent_decode_str(text).decode_utf8().ok()?
    } else {
        text.into()
    };
    let value: Value = serde_json::from_str(&text).ok()?;
    value.is_object().then_some(value)
}
