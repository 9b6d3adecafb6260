//! One question: what of this type is here, what of that is excused, and what each names.

use super::asker::{Asker, Obstacle};
use super::calls::text;
use super::look::Asking;
use super::scope::Way;
use super::types::{Need, Source};
use crate::cloud::{Call, Listed, Unlisted};
use crate::environment::Region;
use crate::environment::inventory::{Cell, Excused, Resource};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What a list came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub left: Vec<Resource>,
    pub excused: Vec<Excused>,
}

/// Asks. `parents` are the identifiers of what the cell is listed under, by type.
pub(super) async fn ask(
    asking: &Asking<'_>,
    asker: &Asker<'_>,
    cell: &Cell,
    parents: &BTreeMap<String, Vec<String>>,
) -> Result<Found, Obstacle> {
    let listed = match asking.scope.way(cell) {
        Some(Way::Stacks) => stacks(asking, asker).await?,
        Some(Way::Lister) => match asking.scope.listers().get(&cell.type_name) {
            Some(lister) => lister.list(asker).await?,
            None => return Err(nobody("there is no such lister")),
        },
        Some(Way::Plain) => asker.list(&cell.type_name, None).await?,
        Some(Way::Under(needs)) => under(asker, &cell.type_name, needs, parents).await?,
        Some(Way::Nobody(why)) => return Err(nobody(why)),
        None => return Err(nobody("it is not in scope")),
    };
    let mut found = Found::default();
    let judged = asking
        .baseline
        .judge(asker, &cell.type_name, listed)
        .await?;
    for (listed, excuse) in judged {
        let Some(region) = whereabouts(asking, asker, cell, &listed).await? else {
            continue;
        };
        let resource = Resource {
            cell: Cell {
                type_name: cell.type_name.clone(),
                region,
            },
            mentions: mentions(&listed),
            identifier: listed.identifier,
        };
        match excuse {
            Some(excuse) => found.excused.push(Excused { resource, excuse }),
            None => found.left.push(resource),
        }
    }
    Ok(found)
}

fn nobody(why: &str) -> Obstacle {
    Obstacle::unknown("", why)
}

async fn stacks(asking: &Asking<'_>, asker: &Asker<'_>) -> Result<Vec<Listed>, Obstacle> {
    asker.count();
    let stacks = asking.stacks.list(&asker.place).await;
    let stacks = stacks.map_err(Obstacle::Later)?.into_iter();
    let listed = stacks.map(|stack| Listed {
        identifier: stack.id,
        properties: json!({"StackName": stack.name, "ParentId": stack.parent}),
    });
    Ok(listed.collect())
}

/// A list per parent, or per value that the property may have.
async fn under(
    asker: &Asker<'_>,
    type_name: &str,
    needs: &[Need],
    parents: &BTreeMap<String, Vec<String>>,
) -> Result<Vec<Listed>, Obstacle> {
    let account = [asker.place.account.to_string()];
    let mut ways = vec![Map::new()];
    for need in needs {
        let values: &[String] = match &need.source {
            Source::Values(values) => values,
            Source::Parent(parent) => parents.get(parent).map_or(&[], Vec::as_slice),
            Source::Account => &account,
            Source::Untold => return Err(nobody("nobody knows what it is listed under")),
        };
        let with = |way: &Map<String, Value>, value: &String| {
            let mut way = way.clone();
            way.insert(need.property.clone(), Value::from(value.as_str()));
            way
        };
        ways = ways
            .iter()
            .flat_map(|way| values.iter().map(move |value| with(way, value)))
            .collect();
    }
    let by_parent = needs
        .iter()
        .any(|need| matches!(need.source, Source::Parent(_)));
    let mut listed = Vec::new();
    for way in ways {
        match asker.list(type_name, Some(&Value::Object(way))).await {
            Ok(more) => listed.extend(more),
            // The parent went in the meantime, and this with it.
            Err(Obstacle::No(Unlisted::Unknown { code, .. }))
                if by_parent && code == "ResourceNotFoundException" => {}
            Err(obstacle) => return Err(obstacle),
        }
    }
    Ok(listed)
}

/// Where a resource is: for a bucket the region it was made in, for all else the region that was asked. `None` if it
/// is gone.
async fn whereabouts(
    asking: &Asking<'_>,
    asker: &Asker<'_>,
    cell: &Cell,
    listed: &Listed,
) -> Result<Option<Region>, Obstacle> {
    if cell.type_name != "AWS::S3::Bucket" {
        return Ok(Some(cell.region.clone()));
    }
    let locate = Call {
        service: "s3".to_owned(),
        operation: "GetBucketLocation".to_owned(),
        input: json!({"Bucket": listed.identifier}),
    };
    let told = match asker.call(&locate).await {
        Ok(answer) => text(&answer, "/LocationConstraint").unwrap_or_default(),
        Err(Obstacle::No(Unlisted::Unknown { code, .. })) if code == "NoSuchBucket" => {
            return Ok(None);
        }
        // It is there all the same.
        Err(Obstacle::No(_)) => return Ok(Some(cell.region.clone())),
        Err(later) => return Err(later),
    };
    // The two oldest regions have names of their own here.
    let told = Region::new(match told.as_str() {
        "" => "us-east-1",
        "EU" => "eu-west-1",
        other => other,
    });
    let known = asking.scope.regions().contains(&told);
    Ok(Some(if known { told } else { cell.region.clone() }))
}

/// The longest text that is taken for a name, in bytes.
const LONGEST: usize = 200;
/// The most names that are kept of one resource.
const MOST: usize = 64;

/// Texts among the properties that may name other resources. What looks like an id or an ARN goes first, in case
/// there are too many.
fn mentions(listed: &Listed) -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    collect(&listed.properties, &mut texts);
    texts.remove(&listed.identifier);
    let (likely, others): (Vec<String>, Vec<String>) = texts.into_iter().partition(|text| {
        text.starts_with("arn:")
            || (text.contains('-') && text.contains(|c: char| c.is_ascii_digit()))
    });
    likely.into_iter().chain(others).take(MOST).collect()
}

fn collect(value: &Value, texts: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            let number = text.chars().all(|c| c.is_ascii_digit() || c == '.');
            let name = (3..=LONGEST).contains(&text.len())
                && !number
                && !text.contains(|c: char| c.is_whitespace() || c == '{');
            if name {
                texts.insert(text.clone());
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(map) => map.values().for_each(|item| collect(item, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
