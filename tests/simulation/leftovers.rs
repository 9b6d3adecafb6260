//! What accounts hold besides stacks, and Cloud Control's rules for it.

use super::stacks::Stack;
use chrono::{DateTime, TimeDelta, Utc};
use ebbtide::cloud::{Listed, Progress, Unlisted};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where everything is.
pub const REGION: &str = "eu-west-1";

const QUEUE: &str = "AWS::SQS::Queue";
const LOGS: &str = "AWS::Logs::LogGroup";
const ALARM: &str = "AWS::CloudWatch::Alarm";
const COMPOSITE: &str = "AWS::CloudWatch::CompositeAlarm";

/// Types beside stacks and queues, as lines of the table.
pub const TYPES: &str = "\
AWS::Logs::LogGroup\tlogs\tregional\tplain\tyes\tLogGroupName\t
AWS::CloudWatch::Alarm\tcloudwatch\tregional\tplain\tyes\tAlarmName\t
AWS::CloudWatch::CompositeAlarm\tcloudwatch\tregional\tplain\tyes\tAlarmName\t
";

/// A resource that no stack has.
#[derive(Clone)]
pub struct Thing {
    pub account: String,
    pub kind: &'static str,
    pub name: String,
    /// What it looks at, which cannot go before it.
    pub needs: Option<String>,
    /// Until then no deletion succeeds.
    pub clings_until: Option<DateTime<Utc>>,
    /// It comes back so many seconds after its deletion, once: sooner than a second look follows a first that found
    /// nothing, for what comes later than that nobody can see.
    pub comes_back: Option<i64>,
    /// The next list does not know it yet.
    pub hidden: bool,
}

struct Request {
    account: String,
    kind: &'static str,
    name: String,
    ends_at: DateTime<Utc>,
    outcome: Option<Progress>,
}

/// All of them, and what is being done to them.
#[derive(Default)]
pub struct Leftovers {
    things: Vec<Thing>,
    /// By token; the token is the request's name as well.
    requests: BTreeMap<String, Request>,
    /// What a process writes again after it was deleted.
    coming: Vec<(DateTime<Utc>, Thing)>,
    /// Shown by the next list although they are gone: a replica that is behind.
    ghosts: Vec<Thing>,
    /// Lists that fail until then, by account and type.
    failing: BTreeMap<(String, String), DateTime<Utc>>,
}

impl Thing {
    fn new(account: &str, kind: &'static str, name: String) -> Self {
        Self {
            account: account.to_owned(),
            kind,
            name,
            needs: None,
            clings_until: None,
            comes_back: None,
            hidden: false,
        }
    }

    pub fn queue(account: &str, name: &str) -> Self {
        Self::new(account, QUEUE, name.to_owned())
    }

    /// What a stack leaves behind on purpose.
    pub fn kept_by(stack: &Stack) -> Self {
        Self::queue(&stack.account, &format!("kept-by-{}", stack.name))
    }

    /// Whether it cannot be deleted for now.
    pub fn clings(&self, now: DateTime<Utc>) -> bool {
        self.clings_until.is_some_and(|until| until > now)
    }

    fn is(&self, account: &str, kind: &str, name: &str) -> bool {
        self.account == account && self.kind == kind && self.name == name
    }

    /// Its properties, or, as for many types, nothing but its name.
    fn listed(&self, sparse: bool) -> Listed {
        let mut properties = match self.kind {
            QUEUE => json!({"QueueUrl": self.name}),
            LOGS => json!({"LogGroupName": self.name}),
            _ => json!({"AlarmName": self.name}),
        };
        if let Some(needs) = self.needs.as_ref().filter(|_| !sparse) {
            properties["AlarmRule"] = json!(format!("ALARM({needs})"));
        }
        Listed {
            identifier: self.name.clone(),
            properties,
        }
    }
}

/// What somebody makes by hand in an account; `number` is in all names.
pub fn made_by_hand(
    account: &str,
    number: u64,
    now: DateTime<Utc>,
    rng: &mut fastrand::Rng,
) -> Vec<Thing> {
    let thing = |kind: &'static str, name: &str| Thing {
        hidden: number.is_multiple_of(8),
        ..Thing::new(account, kind, format!("{name}-{number}"))
    };
    match rng.u32(0..100) {
        0..45 => vec![thing(QUEUE, "queue")],
        45..65 => {
            let alarm = thing(ALARM, "alarm");
            let composite = Thing {
                needs: Some(alarm.name.clone()),
                ..thing(COMPOSITE, "composite")
            };
            vec![alarm, composite]
        }
        65..93 => vec![Thing {
            comes_back: rng.bool().then(|| rng.i64(1..28)),
            ..thing(LOGS, "logs")
        }],
        _ => vec![Thing {
            clings_until: Some(now + TimeDelta::minutes(rng.i64(30..1_200))),
            ..thing(QUEUE, "clinging")
        }],
    }
}

impl Leftovers {
    pub fn all(&self) -> impl Iterator<Item = &Thing> {
        self.things.iter()
    }

    pub fn held_by<'a>(&'a self, account: &'a str) -> impl Iterator<Item = &'a Thing> {
        self.things
            .iter()
            .filter(move |thing| thing.account == account)
    }

    /// Everything in an account is gone with it.
    pub fn forget(&mut self, account: &str) {
        self.things.retain(|thing| thing.account != account);
        self.coming.retain(|(_, thing)| thing.account != account);
        self.ghosts.retain(|thing| thing.account != account);
    }

    pub fn leave(&mut self, thing: Thing) {
        self.things.push(thing);
    }

    /// From now on everything can be deleted.
    pub fn let_go(&mut self) {
        for thing in &mut self.things {
            thing.clings_until = None;
        }
    }

    /// Lets everything under way come as far as it is by now.
    pub fn advance(&mut self, now: DateTime<Utc>) {
        let back = self.coming.extract_if(.., |(at, _)| *at <= now);
        self.things.extend(back.map(|(_, thing)| thing));
        let due: Vec<String> = self
            .requests
            .iter()
            .filter(|(_, request)| request.outcome.is_none() && request.ends_at <= now)
            .map(|(token, _)| token.clone())
            .collect();
        for token in due {
            self.end(&token, now);
        }
    }

    fn end(&mut self, token: &str, now: DateTime<Utc>) {
        let Some(request) = self.requests.get_mut(token) else {
            return;
        };
        let of = |thing: &Thing| thing.is(&request.account, request.kind, &request.name);
        let Some(index) = self.things.iter().position(of) else {
            request.outcome = Some(Progress::Done);
            return;
        };
        let refused = |code: &str, message: String| Progress::Refused {
            code: code.to_owned(),
            message,
        };
        let name = &request.name;
        let mut others = self.things.iter();
        let needed_by = others
            .find(|other| other.account == request.account && other.needs.as_ref() == Some(name));
        if self.things[index].clings(now) {
            let words = format!("{name} is somebody's");
            request.outcome = Some(refused("AccessDenied", words));
        } else if let Some(by) = needed_by {
            let words = format!("Cannot delete {name}: {} depends on it", by.name);
            request.outcome = Some(refused("InvalidRequest", words));
        } else {
            request.outcome = Some(Progress::Done);
            let mut thing = self.things.swap_remove(index);
            if request.ends_at.timestamp_millis() % 8 == 0 {
                self.ghosts.push(thing.clone());
            }
            if let Some(seconds) = thing.comes_back.take() {
                self.coming.push((now + TimeDelta::seconds(seconds), thing));
            }
        }
    }

    /// What a list shows. In a storm it may begin to fail for a while.
    pub fn list(
        &mut self,
        (account, kind): (&str, &str),
        storm: bool,
        now: DateTime<Utc>,
        rng: &mut fastrand::Rng,
    ) -> Result<Vec<Listed>, Unlisted> {
        let cell = (account.to_owned(), kind.to_owned());
        if storm && rng.u32(0..300) == 0 {
            let until = now + TimeDelta::minutes(rng.i64(1..40));
            self.failing.insert(cell.clone(), until);
        }
        if self.failing.get(&cell).is_some_and(|until| *until > now) {
            return Err(Unlisted::Unknown {
                code: "InternalFailure".to_owned(),
                message: "not today".to_owned(),
            });
        }
        let here = |thing: &Thing| thing.account == account && thing.kind == kind;
        let sparse = rng.bool();
        let ghosts = self.ghosts.extract_if(.., |ghost| here(ghost));
        let mut shown: Vec<Listed> = ghosts.map(|ghost| ghost.listed(sparse)).collect();
        for thing in self.things.iter_mut().filter(|thing| here(thing)) {
            if !std::mem::take(&mut thing.hidden) {
                shown.push(thing.listed(sparse));
            }
        }
        Ok(shown)
    }

    pub fn read(&self, account: &str, kind: &str, name: &str) -> Option<Value> {
        let found = self.things.iter().find(|it| it.is(account, kind, name))?;
        Some(found.listed(false).properties)
    }

    /// Takes a deletion on; a token that is known is the same request.
    pub fn delete(
        &mut self,
        (account, kind, name): (&str, &str, &str),
        token: &str,
        now: DateTime<Utc>,
        rng: &mut fastrand::Rng,
    ) -> Progress {
        let Some(thing) = self.things.iter().find(|it| it.is(account, kind, name)) else {
            let known = self.requests.contains_key(token);
            return if known {
                self.progress(token)
            } else {
                Progress::Done
            };
        };
        let request = Request {
            account: account.to_owned(),
            kind: thing.kind,
            name: name.to_owned(),
            ends_at: now + TimeDelta::milliseconds(rng.i64(0..20_000)),
            outcome: None,
        };
        self.requests.entry(token.to_owned()).or_insert(request);
        if rng.bool() {
            self.end(token, now);
        }
        self.progress(token)
    }

    pub fn progress(&self, token: &str) -> Progress {
        match self.requests.get(token) {
            None => Progress::Refused {
                code: "RequestTokenNotFoundException".to_owned(),
                message: format!("request {token} was not found"),
            },
            Some(request) => request.outcome.clone().unwrap_or(Progress::UnderWay {
                request: token.to_owned(),
            }),
        }
    }
}
