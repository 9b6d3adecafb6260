//! An account as Cloud Control and the services show it: lists by type and region, answers by call.

use async_trait::async_trait;
use ebbtide::cloud::{
    Call, ChangeRequest, ChangeSetSeen, Listed, Locked, Place, Progress, ResourceFailure,
    ResourceSeen, Resources, StackSeen, Stacks, Unlisted,
};
use ebbtide::environment::inventory::{Answer, Cell, Inventory};
use ebbtide::environment::{
    AccountId, ChangeSetName, CloudStackName, Region, SessionName, Setback, StackStatus,
};
use ebbtide::nuke::baseline::Baseline;
use ebbtide::nuke::listers::Listers;
use ebbtide::nuke::look::{Asking, Effort, Look, Went};
use ebbtide::nuke::scope::Scope;
use ebbtide::nuke::types::TypeTable;
use ebbtide_templates::guardrails::Reach;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

/// What somebody answers.
#[derive(Clone, Debug)]
pub enum Says {
    /// These, by identifier.
    Lists(Vec<(String, Value)>),
    /// AWS's no.
    No(Unlisted),
    /// Try later: so often, and then nothing is there.
    Throttles(u32),
}

/// A cloud with one account.
#[derive(Default)]
pub struct World {
    lists: BTreeMap<(String, String), Says>,
    under: BTreeMap<(String, String), Vec<String>>,
    calls: Vec<(String, Value, Result<Value, Unlisted>)>,
    stacks: Vec<String>,
    throttled: Mutex<BTreeMap<(String, String), u32>>,
    /// Everything that was asked, in order.
    pub asked: Mutex<Vec<String>>,
    closed: bool,
}

pub const HOME: &str = "eu-west-1";

impl World {
    /// These are there, with no properties.
    pub fn with(self, type_name: &str, region: &str, identifiers: &[&str]) -> Self {
        let listed = identifiers.iter().map(|it| ((*it).to_owned(), json!({})));
        self.saying(type_name, region, Says::Lists(listed.collect()))
    }

    pub fn saying(mut self, type_name: &str, region: &str, says: Says) -> Self {
        self.lists
            .insert((type_name.to_owned(), region.to_owned()), says);
        self
    }

    /// These are listed under a parent.
    pub fn with_under(mut self, type_name: &str, parent: &str, identifiers: &[&str]) -> Self {
        let identifiers = identifiers.iter().map(|it| (*it).to_owned()).collect();
        self.under
            .insert((type_name.to_owned(), parent.to_owned()), identifiers);
        self
    }

    /// An operation whose input has at least these values answers so. The first that fits counts.
    pub fn answering(mut self, operation: &str, input: Value, answer: Value) -> Self {
        self.calls.push((operation.to_owned(), input, Ok(answer)));
        self
    }

    pub fn refusing(mut self, operation: &str, no: Unlisted) -> Self {
        self.calls.push((operation.to_owned(), json!({}), Err(no)));
        self
    }

    pub fn with_stack(mut self, id: &str) -> Self {
        self.stacks.push(id.to_owned());
        self
    }

    /// Every call is throttled.
    pub fn closed() -> Self {
        Self {
            closed: true,
            ..Self::default()
        }
    }

    fn note(&self, what: String) -> Result<(), Setback> {
        self.asked.lock().unwrap().push(what);
        if self.closed {
            return Err(Setback::later("rate exceeded"));
        }
        Ok(())
    }
}

pub fn unknown(code: &str) -> Unlisted {
    Unlisted::Unknown {
        code: code.to_owned(),
        message: "AWS's words".to_owned(),
    }
}

fn fits(wanted: &Value, input: &Value) -> bool {
    match (wanted, input) {
        (Value::Object(wanted), Value::Object(input)) => wanted
            .iter()
            .all(|(key, value)| input.get(key).is_some_and(|it| fits(value, it))),
        (wanted, input) => wanted == input,
    }
}

#[async_trait]
impl Resources for World {
    async fn empty_bucket(&self, _: &Place, _: &str) -> Result<Progress, Setback> {
        Ok(Progress::Done)
    }

    async fn unlock(&self, _: &Place, _: &Locked) -> Result<Progress, Setback> {
        unreachable!("a look unlocks nothing")
    }

    async fn list(
        &self,
        at: &Place,
        type_name: &str,
        under: Option<&Value>,
    ) -> Result<Result<Vec<Listed>, Unlisted>, Setback> {
        let under = under.map(|it| {
            let values = it.as_object().unwrap().values();
            let values: Vec<&str> = values.map(|it| it.as_str().unwrap()).collect();
            values.join("|")
        });
        let below = under
            .as_ref()
            .map_or_else(String::new, |it| format!(" under {it}"));
        self.note(format!("list {type_name} in {}{below}", at.region))?;
        tokio::task::yield_now().await;
        if let Some(parent) = under {
            let identifiers = self.under.get(&(type_name.to_owned(), parent));
            let listed = identifiers.into_iter().flatten().map(|it| Listed {
                identifier: it.clone(),
                properties: json!({}),
            });
            return Ok(Ok(listed.collect()));
        }
        let key = (type_name.to_owned(), at.region.to_string());
        match self.lists.get(&key) {
            None => Ok(Ok(Vec::new())),
            Some(Says::Lists(listed)) => {
                let listed = listed.iter().map(|(identifier, properties)| Listed {
                    identifier: identifier.clone(),
                    properties: properties.clone(),
                });
                Ok(Ok(listed.collect()))
            }
            Some(Says::No(no)) => Ok(Err(no.clone())),
            Some(Says::Throttles(times)) => {
                let mut throttled = self.throttled.lock().unwrap();
                let so_far = throttled.entry(key).or_default();
                *so_far += 1;
                if *so_far > *times {
                    return Ok(Ok(Vec::new()));
                }
                Err(Setback::later("rate exceeded"))
            }
        }
    }

    async fn read(&self, _: &Place, _: &str, _: &str) -> Result<Option<Value>, Setback> {
        unreachable!("a look doesn't read")
    }

    async fn delete(&self, _: &Place, _: &str, _: &str, _: &str) -> Result<Progress, Setback> {
        unreachable!("a look doesn't delete")
    }

    async fn update(
        &self,
        _: &Place,
        _: &str,
        _: &str,
        _: &Value,
        _: &str,
    ) -> Result<Progress, Setback> {
        unreachable!("a look changes nothing")
    }

    async fn progress(&self, _: &Place, _: &str) -> Result<Progress, Setback> {
        unreachable!("a look requests nothing")
    }

    async fn call(&self, at: &Place, call: &Call) -> Result<Result<Value, Unlisted>, Setback> {
        self.note(format!(
            "{} {} in {} {}",
            call.service, call.operation, at.region, call.input
        ))?;
        tokio::task::yield_now().await;
        let mut answers = self.calls.iter();
        let answer = answers
            .find(|(operation, input, _)| *operation == call.operation && fits(input, &call.input));
        Ok(answer.map_or_else(|| Ok(json!({})), |(_, _, answer)| answer.clone()))
    }
}

#[async_trait]
impl Stacks for World {
    async fn list(&self, at: &Place) -> Result<Vec<StackSeen>, Setback> {
        self.note(format!("stacks in {}", at.region))?;
        let stacks = self.stacks.iter().filter(|_| at.region.as_str() == HOME);
        let seen = stacks.map(|id| StackSeen {
            name: CloudStackName::new("app"),
            id: id.clone(),
            status: StackStatus::CreateComplete,
            updated_at: None,
            reason: None,
            protected: false,
            outputs: BTreeMap::new(),
            tags: BTreeMap::new(),
            parent: None,
        });
        Ok(seen.collect())
    }

    async fn change_set(
        &self,
        _: &Place,
        _: &CloudStackName,
        _: &ChangeSetName,
    ) -> Result<Option<ChangeSetSeen>, Setback> {
        unreachable!("a look only lists")
    }

    async fn plan(&self, _: &Place, _: &ChangeRequest) -> Result<(), Setback> {
        unreachable!("a look only lists")
    }

    async fn execute(
        &self,
        _: &Place,
        _: &CloudStackName,
        _: &ChangeSetName,
        _: &str,
    ) -> Result<(), Setback> {
        unreachable!("a look only lists")
    }

    async fn drop_change_set(
        &self,
        _: &Place,
        _: &CloudStackName,
        _: &ChangeSetName,
    ) -> Result<(), Setback> {
        unreachable!("a look only lists")
    }

    async fn cancel_update(&self, _: &Place, _: &str, _: &str) -> Result<(), Setback> {
        unreachable!("a look only lists")
    }

    async fn lift_protection(&self, _: &Place, _: &str) -> Result<(), Setback> {
        unreachable!("a look only lists")
    }

    async fn delete(&self, _: &Place, _: &str, _: bool, _: &str) -> Result<(), Setback> {
        unreachable!("a look only lists")
    }

    async fn resources(&self, _: &Place, _: &str) -> Result<Vec<ResourceSeen>, Setback> {
        unreachable!("a look only lists")
    }

    async fn first_failure(&self, _: &Place, _: &str) -> Result<Option<ResourceFailure>, Setback> {
        unreachable!("a look only lists")
    }

    async fn sweep_uploads(&self, _: &Place) -> Result<(), Setback> {
        unreachable!("a look only lists")
    }
}

/// The scope of a guardrail that allows these services, in two regions.
pub fn scope_of(services: &[&str]) -> Scope {
    let texts =
        |texts: &[&str]| -> BTreeSet<String> { texts.iter().map(|it| (*it).to_owned()).collect() };
    let reach = Reach {
        regions: texts(&[HOME, "eu-central-1"]),
        services: texts(services),
        services_by: "ebbtide-ou-1".to_owned(),
    };
    let home = Region::new(HOME);
    Scope::held(&TypeTable::built_in(), &Listers::built_in(), &reach, &home)
}

pub fn baseline() -> Baseline {
    let roles = ["EbbtideAccess".to_owned()];
    Baseline::new(&roles, &[], &TypeTable::built_in(), &Listers::built_in()).unwrap()
}

pub fn cell(type_name: &str, region: &str) -> Cell {
    Cell {
        type_name: type_name.to_owned(),
        region: Region::new(region),
    }
}

/// Everything a look asks with, by its own value.
pub struct Asked {
    pub scope: Scope,
    pub baseline: Baseline,
    pub account: AccountId,
    pub session: SessionName,
    pub effort: Effort,
}

impl Asked {
    pub fn about(services: &[&str]) -> Self {
        Self {
            scope: scope_of(services),
            baseline: baseline(),
            account: AccountId::new("111122223333"),
            session: SessionName::new("sweep"),
            effort: Effort::default(),
        }
    }

    pub fn of<'a>(&'a self, world: &'a World) -> Asking<'a> {
        Asking {
            resources: world,
            stacks: world,
            account: &self.account,
            session: &self.session,
            scope: &self.scope,
            baseline: &self.baseline,
            effort: self.effort,
        }
    }

    /// As many passes as it takes.
    pub async fn look(&self, world: &World) -> Inventory {
        let mut look = Look::begin(&self.scope);
        for _ in 0..1000 {
            if look.go_on(&self.of(world), &|| true).await == Went::Done {
                return look.inventory(&self.scope);
            }
        }
        panic!("the look never ends: {look:?}");
    }
}

pub fn answer<'a>(inventory: &'a Inventory, type_name: &str, region: &str) -> &'a Answer {
    &inventory.answers[type_name][&Region::new(region)]
}

/// What blocks and what doesn't, a line each.
pub fn shown(inventory: &Inventory) -> String {
    let mut lines = Vec::new();
    for it in &inventory.found {
        lines.push(format!(
            "{} {} in {}",
            it.cell.type_name, it.identifier, it.cell.region
        ));
    }
    for it in &inventory.excused {
        let excuse = serde_json::to_value(&it.excuse).unwrap();
        let why = excuse["reason"].as_str().or(excuse["until"].as_str());
        lines.push(format!(
            "({}) {} {}: {}",
            excuse["kind"].as_str().unwrap(),
            it.resource.cell.type_name,
            it.resource.identifier,
            why.unwrap()
        ));
    }
    lines.join("\n")
}
