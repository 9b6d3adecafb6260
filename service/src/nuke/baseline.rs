//! What belongs to every account, and what is dying: neither is a leftover.
//!
//! Each rule is data with a reason (`data/baseline.json`); an admin adds rules of the simplest kind. A rule tells by
//! the identifier, by a property that the list has, by asking AWS once for all that are so, or once per resource.
//! Where AWS doesn't answer the question for all, nobody can say what belongs there and what is left over: then the
//! whole cell is unknown, rather than a default VPC a leftover.

use super::asker::{Asker, Obstacle};
use super::calls::{Pattern, items, like, text};
use super::listers::Listers;
use super::types::{TypeTable, digest};
use crate::cloud::{Call, Listed};
use crate::environment::inventory::Excuse;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

const BASELINE: &str = include_str!("data/baseline.json");

/// The rules that hold for an account.
#[derive(Clone, Debug)]
pub struct Baseline {
    rules: Vec<Rule>,
    digest: String,
}

/// A rule of an admin: resources that stay, and why.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdminRule {
    /// The resource type, exactly.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The identifier; `*` stands for any text, `?` for any one character.
    pub identifier: String,
    /// Why it stays, for the certificate.
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Rule {
    types: Vec<String>,
    #[serde(flatten)]
    test: Test,
    reason: String,
    /// Set for what is to be gone by itself: where its end is told, or empty.
    dying: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Test {
    /// The identifier is like one of these.
    Identifier(Vec<String>),
    /// A property is like one of these.
    Property { at: String, is: Vec<String> },
    /// It is among those that a call answers with.
    Among {
        call: Pattern,
        items: String,
        field: String,
    },
    /// A call about this one resource answers with something like one of these.
    Ask {
        call: Pattern,
        at: String,
        is: Vec<String>,
    },
}

impl Baseline {
    /// The built-in rules, the roles that are ours, and an admin's rules. The errors say which of the admin's rules
    /// is wrong and how to mend it.
    pub fn new(
        our_roles: &[String],
        admins: &[AdminRule],
        table: &TypeTable,
        listers: &Listers,
    ) -> Result<Self, Vec<String>> {
        let mut rules: Vec<Rule> = serde_json::from_str(BASELINE)
            .unwrap_or_else(|error| unreachable!("the built-in baseline is sound: {error}"));
        let ours = our_roles.iter().map(|role| {
            let reason = "the role that this service works with";
            by_identifier("AWS::IAM::Role", role, reason)
        });
        rules.splice(0..0, ours);
        let mut problems = Vec::new();
        for (index, admin) in admins.iter().enumerate() {
            let known =
                table.get(&admin.type_name).is_some() || listers.get(&admin.type_name).is_some();
            if let Some(problem) = wrong(admin, known, table) {
                problems.push(format!("baseline rule {}: {problem}", index + 1));
            }
            rules.push(by_identifier(
                &admin.type_name,
                &admin.identifier,
                &admin.reason,
            ));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let added: Vec<String> = admins
            .iter()
            .flat_map(|rule| [&rule.type_name, &rule.identifier, &rule.reason])
            .chain(our_roles)
            .cloned()
            .collect();
        let mut texts = vec![BASELINE];
        texts.extend(added.iter().map(String::as_str));
        Ok(Self {
            digest: digest(&texts),
            rules,
        })
    }

    /// SHA-256 over all rules, as 64 lower-case hex digits.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Tells of each resource of a type whether it is excused, and why.
    pub(super) async fn judge(
        &self,
        asker: &Asker<'_>,
        type_name: &str,
        listed: Vec<Listed>,
    ) -> Result<Vec<(Listed, Option<Excuse>)>, Obstacle> {
        let rules: Vec<&Rule> = self.rules_for(type_name).collect();
        let mut judged: Vec<(Listed, Option<Excuse>)> =
            listed.into_iter().map(|it| (it, None)).collect();
        // What is told without a call comes first, what takes one for all next.
        for rule in &rules {
            for (resource, excuse) in judged.iter_mut().filter(|(_, excuse)| excuse.is_none()) {
                if rule.test.told_by(resource) {
                    *excuse = Some(rule.excuse(&resource.properties));
                }
            }
        }
        for rule in &rules {
            let open = judged.iter().any(|(_, excuse)| excuse.is_none());
            if open && matches!(rule.test, Test::Among { .. }) {
                let those = self.among(asker, rule).await?;
                for (resource, excuse) in judged.iter_mut().filter(|(_, excuse)| excuse.is_none()) {
                    if those.contains(&resource.identifier) {
                        *excuse = Some(rule.excuse(&resource.properties));
                    }
                }
            }
        }
        for (resource, excuse) in judged.iter_mut().filter(|(_, excuse)| excuse.is_none()) {
            *excuse = asked(asker, &rules, resource).await?;
        }
        Ok(judged)
    }

    /// The identifiers of what every account has of a type, as AWS tells it.
    pub(super) async fn those(
        &self,
        asker: &Asker<'_>,
        type_name: &str,
    ) -> Result<Vec<String>, Obstacle> {
        let mut those = BTreeSet::new();
        for rule in self.rules_for(type_name) {
            if matches!(rule.test, Test::Among { .. }) {
                those.extend(self.among(asker, rule).await?);
            }
        }
        Ok(those.into_iter().collect())
    }

    /// A call with its `{those:TYPE}` filled in; `None` where there are none of them.
    pub(super) async fn with_those(
        &self,
        asker: &Asker<'_>,
        call: &Pattern,
    ) -> Result<Option<Call>, Obstacle> {
        let gaps: [(&str, &str); 1] = [("account", asker.place.account.as_str())];
        let Some(type_name) = call.needs_those() else {
            return Ok(Some(call.filled(&gaps)));
        };
        let those = Box::pin(self.those(asker, &type_name)).await?;
        let call = call.for_those(&type_name, &those);
        Ok(call.map(|call| call.filled(&gaps)))
    }

    fn rules_for(&self, type_name: &str) -> impl Iterator<Item = &Rule> {
        let applies = move |rule: &&Rule| rule.types.iter().any(|it| it == type_name);
        self.rules.iter().filter(applies)
    }

    async fn among(&self, asker: &Asker<'_>, rule: &Rule) -> Result<BTreeSet<String>, Obstacle> {
        let Test::Among {
            call,
            items: at,
            field,
        } = &rule.test
        else {
            return Ok(BTreeSet::new());
        };
        let Some(call) = self.with_those(asker, call).await? else {
            return Ok(BTreeSet::new());
        };
        let found = items(asker, call, at).await?;
        Ok(found.iter().filter_map(|it| text(it, field)).collect())
    }
}

/// What is told of a resource by asking about it alone. A "no" tells nothing: then it is not excused.
async fn asked(
    asker: &Asker<'_>,
    rules: &[&Rule],
    resource: &Listed,
) -> Result<Option<Excuse>, Obstacle> {
    let mut last: Option<(Call, Value)> = None;
    for rule in rules {
        let Test::Ask { call, at, is } = &rule.test else {
            continue;
        };
        let call = call.filled(&[("id", &resource.identifier)]);
        let answer = match &last {
            Some((same, answer)) if *same == call => answer.clone(),
            _ => match asker.call(&call).await {
                Ok(answer) => answer,
                Err(Obstacle::No(_)) => Value::Null,
                Err(later) => return Err(later),
            },
        };
        if text(&answer, at).is_some_and(|text| is.iter().any(|it| like(it, &text))) {
            return Ok(Some(rule.excuse(&answer)));
        }
        last = Some((call, answer));
    }
    Ok(None)
}

impl Test {
    fn told_by(&self, resource: &Listed) -> bool {
        match self {
            Self::Identifier(patterns) => patterns.iter().any(|it| like(it, &resource.identifier)),
            Self::Property { at, is } => text(&resource.properties, at)
                .is_some_and(|text| is.iter().any(|it| like(it, &text))),
            Self::Among { .. } | Self::Ask { .. } => false,
        }
    }
}

impl Rule {
    fn excuse(&self, told: &Value) -> Excuse {
        match &self.dying {
            None => Excuse::Baseline {
                reason: self.reason.clone(),
            },
            Some(end) => Excuse::Dying {
                until: match (!end.is_empty()).then(|| time(told, end)).flatten() {
                    Some(end) => format!("{end} ({})", self.reason),
                    None => self.reason.clone(),
                },
            },
        }
    }
}

/// A time as a person reads it: some services tell it as seconds since 1970.
fn time(told: &Value, at: &str) -> Option<String> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "seconds, of which a part is no loss"
    )]
    let seconds = told.pointer(at)?.as_f64().map(|it| it as i64);
    match seconds.and_then(|it| DateTime::<Utc>::from_timestamp(it, 0)) {
        Some(time) => Some(time.to_rfc3339_opts(SecondsFormat::Secs, true)),
        None => text(told, at),
    }
}

fn by_identifier(type_name: &str, identifier: &str, reason: &str) -> Rule {
    Rule {
        types: vec![type_name.to_owned()],
        test: Test::Identifier(vec![identifier.to_owned()]),
        reason: reason.to_owned(),
        dying: None,
    }
}

fn wrong(rule: &AdminRule, known: bool, table: &TypeTable) -> Option<String> {
    if !known {
        let near = table
            .all()
            .find(|it| it.name.eq_ignore_ascii_case(&rule.type_name));
        let help = match near {
            Some(near) => format!("write {}", near.name),
            None => "write it as CloudFormation does, for example AWS::IAM::Role".to_owned(),
        };
        return Some(format!("there is no type {}; {help}", rule.type_name));
    }
    if rule.identifier.trim().is_empty() {
        return Some(format!(
            "the identifier of what stays of {} is missing; write it, with * for any text",
            rule.type_name
        ));
    }
    if rule.identifier.chars().all(|c| c == '*' || c == '?') {
        return Some(format!(
            "{} would excuse every {}; say what the identifiers of those that stay begin or end with",
            rule.identifier, rule.type_name
        ));
    }
    if rule.reason.trim().is_empty() {
        return Some(format!(
            "it doesn't say why {} {} stays; give a reason, which the certificate repeats",
            rule.type_name, rule.identifier
        ));
    }
    None
}
