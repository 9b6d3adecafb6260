//! AWS as a small world of its own: accounts that take minutes to be made, stacks that take their time.

use super::leftovers::{Leftovers, Thing};
use super::stacks::Stack;
use chrono::{DateTime, TimeDelta, Utc};
use ebbtide::cloud::{CensusEntry, Closure, Creation, Found, NewAccount, Tags};
use ebbtide::environment::{AccountId, CreateRequestId, Setback};
use std::collections::{BTreeMap, BTreeSet};

/// So many stacks in a hundred leave something behind when they are deleted.
const RETAINING: u32 = 5;

/// A member account.
pub struct Member {
    pub name: String,
    pub email: String,
    pub tags: Tags,
    pub placed: bool,
    /// From when on it can be entered.
    pub usable_at: DateTime<Utc>,
    /// When its closing ends, once that was asked for.
    pub closed_at: Option<DateTime<Utc>>,
}

/// A creation that was asked for.
struct Request {
    account: NewAccount,
    ends_at: DateTime<Utc>,
    outcome: Option<Creation>,
}

/// Organizations, CloudFormation and the buckets for templates.
#[derive(Default)]
pub struct Aws {
    pub members: BTreeMap<String, Member>,
    requests: BTreeMap<String, Request>,
    pub stacks: Vec<Stack>,
    /// What accounts hold besides stacks.
    pub leftovers: Leftovers,
    /// Accounts that have a bucket for templates.
    pub buckets: BTreeSet<String>,
    counter: u64,
}

impl Aws {
    pub fn next_number(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// Lets everything under way come as far as it is by now.
    pub fn advance(&mut self, now: DateTime<Utc>, rng: &mut fastrand::Rng) {
        self.leftovers.advance(now);
        for stack in &mut self.stacks {
            let stood = stack.exists();
            stack.advance(now, rng);
            if stood && !stack.exists() && rng.u32(0..100) < RETAINING {
                self.leftovers.leave(Thing::kept_by(stack));
            }
        }
        self.stacks.retain(|stack| !stack.is_forgotten());
        let due: Vec<String> = self
            .requests
            .iter()
            .filter(|(_, request)| request.outcome.is_none() && request.ends_at <= now)
            .map(|(id, _)| id.clone())
            .collect();
        for id in due {
            self.end_creation(&id, now, rng);
        }
    }

    fn end_creation(&mut self, id: &str, now: DateTime<Utc>, rng: &mut fastrand::Rng) {
        let number = format!("{:012}", 100_000_000_000 + self.next_number());
        let Some(request) = self.requests.get_mut(id) else {
            return;
        };
        if rng.u32(0..100) < 4 {
            request.outcome = Some(Creation::Failed("INTERNAL_FAILURE".to_owned()));
            return;
        }
        request.outcome = Some(Creation::Done(AccountId::new(&number)));
        let member = Member {
            name: request.account.name.clone(),
            email: request.account.email.clone(),
            tags: request.account.tags.clone(),
            placed: false,
            usable_at: now + TimeDelta::seconds(rng.i64(0..120)),
            closed_at: None,
        };
        self.members.insert(number, member);
    }

    pub fn create(
        &mut self,
        account: &NewAccount,
        now: DateTime<Utc>,
        rng: &mut fastrand::Rng,
    ) -> CreateRequestId {
        let id = format!("car-{}", self.next_number());
        let taken = self
            .members
            .values()
            .any(|member| member.email == account.email)
            || self
                .requests
                .values()
                .any(|other| other.outcome.is_none() && other.account.email == account.email);
        let outcome = taken.then(|| Creation::Failed("EMAIL_ALREADY_EXISTS".to_owned()));
        let request = Request {
            account: account.clone(),
            ends_at: now + TimeDelta::seconds(rng.i64(20..240)),
            outcome,
        };
        self.requests.insert(id.clone(), request);
        CreateRequestId::new(id)
    }

    pub fn creation(&self, id: &CreateRequestId) -> Result<Creation, Setback> {
        let request = self.requests.get(id.as_str());
        let request = request.ok_or_else(|| Setback::refused(format!("{id} is not known")))?;
        Ok(request.outcome.clone().unwrap_or(Creation::InProgress))
    }

    pub fn find(&self, account: &NewAccount) -> Option<Found> {
        let running = self
            .requests
            .iter()
            .find(|(_, request)| request.outcome.is_none() && request.account.name == account.name);
        if let Some((id, _)) = running {
            return Some(Found::Creating(CreateRequestId::new(id)));
        }
        let made = self
            .members
            .iter()
            .find(|(_, member)| member.email == account.email || member.name == account.name);
        made.map(|(id, _)| Found::Account(AccountId::new(id)))
    }

    pub fn census(&self) -> Vec<CensusEntry> {
        let placed = self.members.iter().filter(|(_, member)| member.placed);
        placed
            .map(|(id, member)| CensusEntry {
                account: AccountId::new(id),
                name: member.name.clone(),
                email: member.email.clone(),
                active: member.closed_at.is_none(),
                tags: member.tags.clone(),
            })
            .collect()
    }

    pub fn member(&mut self, id: &AccountId) -> Result<&mut Member, Setback> {
        self.members
            .get_mut(id.as_str())
            .ok_or_else(|| Setback::refused(format!("there is no account {id}")))
    }

    /// Closes an account, with whatever is in it; three at a time.
    pub fn close(
        &mut self,
        id: &AccountId,
        now: DateTime<Utc>,
        rng: &mut fastrand::Rng,
    ) -> Result<(), Setback> {
        let under_way = self
            .members
            .values()
            .filter(|one| one.closed_at > Some(now));
        let under_way = under_way.count();
        let member = self.member(id)?;
        if member.closed_at.is_some() {
            return Ok(());
        }
        if under_way >= 3 {
            return Err(Setback::later("three accounts are being closed"));
        }
        member.closed_at = Some(now + TimeDelta::seconds(rng.i64(30..600)));
        self.stacks.retain(|stack| stack.account != id.as_str());
        self.buckets.remove(id.as_str());
        self.leftovers.forget(id.as_str());
        Ok(())
    }

    pub fn closure(&mut self, id: &AccountId, now: DateTime<Utc>) -> Result<Closure, Setback> {
        Ok(match self.member(id)?.closed_at {
            None => Closure::Open,
            Some(at) if at > now => Closure::UnderWay,
            Some(_) => Closure::Closed,
        })
    }

    /// How many creations are under way.
    pub fn creating(&self) -> usize {
        let running = self.requests.values();
        running.filter(|request| request.outcome.is_none()).count()
    }

    /// The stacks that an account holds.
    pub fn held_by<'a>(&'a self, account: &'a str) -> impl Iterator<Item = &'a Stack> {
        self.stacks
            .iter()
            .filter(move |stack| stack.account == account && stack.exists())
    }
}
