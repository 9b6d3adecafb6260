//! The slow period: what AWS and GitHub have that the rows don't, and the reverse.
//!
//! Both sides are loaded into one shape, compared by a pure function ([`compare`]), and each difference is
//! mended where that is safe, logged and counted, so that a silent repair never hides a fault. Open
//! environments are compared with their live pull requests by their own passes ([`super::look`]).

use super::Reconciler;
use crate::cloud::{CensusEntry, Place, StackSeen, tag};
use crate::environment::{
    Account, AccountId, AccountState, Environment, EnvironmentId, Region, SessionName, Setback,
    Wish,
};
use crate::store::{EnvironmentFilter, StoreError};
use chrono::TimeDelta;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// How long deliveries are kept.
const KEEP_DELIVERIES: TimeDelta = TimeDelta::days(7);

/// A difference between the rows and the world.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Difference {
    /// An account in the sandbox OU carries our tag but has no row: it was made and never written down, or
    /// the database was lost. It is reported; adopting it is an admin's decision.
    UnknownAccount {
        /// Its twelve digits.
        account: String,
        /// Its name.
        name: String,
    },
    /// A row's account is not (any more) an active account of the sandbox OU. It is not lent.
    MissingAccount {
        /// Its twelve digits.
        account: String,
    },
    /// A stack of ours that belongs to no live incarnation. It is deleted.
    OrphanStack {
        /// The account.
        account: String,
        /// The region.
        region: String,
        /// The stack's name.
        stack: String,
        /// Its ARN.
        stack_id: String,
    },
    /// A row says that a stack is there, and it is not. The environment is looked at.
    MissingStack {
        /// The environment.
        environment: String,
        /// The stack's name.
        stack: String,
    },
    /// An account, the organization or GitHub could not be asked. They are asked again at the next period.
    Unreadable {
        /// What could not be asked.
        what: String,
        /// Why.
        cause: String,
    },
    /// A delivery that GitHub could not hand over. It is asked for again.
    FailedDelivery {
        /// Its id.
        delivery: String,
        /// Its event.
        event: String,
        /// GitHub's number of it.
        number: u64,
    },
    /// A service control policy of ours is not as configured. It is set right where the service keeps them.
    GuardrailDrift {
        /// The policy's name.
        policy: String,
        /// What is wrong.
        what: String,
        /// What is done about it; `None` where it is an admin's to do.
        repair: Option<String>,
    },
}

impl Difference {
    /// Its kind, for the metric.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::UnknownAccount { .. } => "unknown_account",
            Self::MissingAccount { .. } => "missing_account",
            Self::OrphanStack { .. } => "orphan_stack",
            Self::MissingStack { .. } => "missing_stack",
            Self::Unreadable { .. } => "unreadable",
            Self::FailedDelivery { .. } => "failed_delivery",
            Self::GuardrailDrift { .. } => "guardrail_drift",
        }
    }

    /// What it is about.
    pub fn subject(&self) -> &str {
        match self {
            Self::UnknownAccount { account, .. } | Self::MissingAccount { account } => account,
            Self::Unreadable { what, .. } => what,
            Self::OrphanStack { stack, .. } | Self::MissingStack { stack, .. } => stack,
            Self::FailedDelivery { delivery, .. } => delivery,
            Self::GuardrailDrift { policy, .. } => policy,
        }
    }

    /// What is wrong and what is done about it.
    pub fn sentence(&self) -> String {
        match self {
            Self::UnknownAccount { name, .. } => {
                format!(
                    "account {name} in the sandbox OU carries Ebbtide's tag but has no row; left alone"
                )
            }
            Self::MissingAccount { .. } => {
                "is not an active account of the sandbox OU; set aside".to_owned()
            }
            Self::OrphanStack {
                account, region, ..
            } => format!("belongs to no live environment in {account}, {region}; deleted"),
            Self::MissingStack { environment, .. } => {
                format!(
                    "is gone from AWS though {environment} has it; the environment is looked at"
                )
            }
            Self::Unreadable { cause, .. } => format!("cannot be asked: {cause}"),
            Self::FailedDelivery { event, .. } => {
                format!("GitHub could not deliver this {event} event; asked for again")
            }
            Self::GuardrailDrift { what, repair, .. } => match repair {
                Some(repair) => format!("{what}; {repair}"),
                None => format!("{what}; left alone, \"ebbtide guardrails apply\" sets it right"),
            },
        }
    }
}

/// The stacks that were found in one account and region.
#[derive(Clone, Debug)]
pub struct Found {
    /// The account's twelve digits.
    pub account: String,
    /// The region.
    pub region: Region,
    /// The stacks.
    pub stacks: Vec<StackSeen>,
}

/// Compares the rows with what AWS has. Pure.
pub fn compare(
    accounts: &[Account],
    environments: &[Environment],
    census: &[CensusEntry],
    found: &[Found],
) -> Vec<Difference> {
    let mut differences = Vec::new();
    let rows: BTreeSet<&str> = accounts
        .iter()
        .filter_map(|account| account.account.as_ref().map(AccountId::as_str))
        .collect();
    // A row whose creation is under way finds its account by itself.
    let on_their_way: BTreeSet<&str> = accounts
        .iter()
        .filter(|account| account.account.is_none() && account.state != AccountState::Failed)
        .map(|account| account.name.as_str())
        .collect();
    for entry in census {
        if entry.tags.contains_key(tag::MANAGED)
            && !rows.contains(entry.account.as_str())
            && !on_their_way.contains(entry.name.as_str())
        {
            differences.push(Difference::UnknownAccount {
                account: entry.account.to_string(),
                name: entry.name.clone(),
            });
        }
    }
    let active: BTreeSet<&str> = census
        .iter()
        .filter(|entry| entry.active)
        .map(|entry| entry.account.as_str())
        .collect();
    for account in accounts.iter().filter_map(in_place) {
        if !active.contains(account.as_str()) {
            differences.push(Difference::MissingAccount { account });
        }
    }
    differences.extend(orphans(environments, found));
    differences.extend(losses(environments, found));
    differences.sort();
    differences
}

/// The number of an account that must be in the sandbox OU by now.
fn in_place(account: &Account) -> Option<String> {
    let placed = matches!(account.state, AccountState::Ready | AccountState::Leased);
    let id = account.account.as_ref().filter(|_| placed)?;
    Some(id.to_string())
}

/// Stacks that carry our tags and belong to no live incarnation.
fn orphans(environments: &[Environment], found: &[Found]) -> Vec<Difference> {
    let live: BTreeSet<&str> = environments
        .iter()
        .filter_map(|environment| environment.incarnation.as_ref())
        .map(|incarnation| incarnation.id.as_str())
        .collect();
    let mut orphans = Vec::new();
    for place in found {
        for stack in &place.stacks {
            let (Some(incarnation), Some(name)) =
                (stack.tags.get(tag::INCARNATION), stack.tags.get(tag::STACK))
            else {
                continue;
            };
            // Nested stacks inherit the tags; they go with their parent.
            let top = stack.name.as_str() == format!("ebbtide-{incarnation}-{name}");
            if top && !live.contains(incarnation.as_str()) {
                orphans.push(Difference::OrphanStack {
                    account: place.account.clone(),
                    region: place.region.to_string(),
                    stack: stack.name.to_string(),
                    stack_id: stack.id.clone(),
                });
            }
        }
    }
    orphans
}

/// Stacks that settled environments are said to have, and that are not there.
fn losses(environments: &[Environment], found: &[Found]) -> Vec<Difference> {
    let mut losses = Vec::new();
    for environment in environments {
        // What is being taken down is missing by intent.
        let (Wish::Present { .. }, Some(incarnation)) =
            (&environment.wish, &environment.incarnation)
        else {
            continue;
        };
        let place = found.iter().find(|place| {
            place.account == incarnation.account.as_str() && place.region == incarnation.region
        });
        let Some(place) = place.filter(|_| incarnation.settled.is_some()) else {
            continue;
        };
        for (name, record) in &incarnation.stacks {
            let cloud_name = incarnation.id.cloud_stack_name(name);
            let there = place.stacks.iter().any(|stack| stack.name == cloud_name);
            if record.applied.is_some() && record.intent.is_none() && !there {
                losses.push(Difference::MissingStack {
                    environment: environment.id.to_string(),
                    stack: cloud_name.to_string(),
                });
            }
        }
    }
    losses
}

impl Reconciler {
    /// One slow period: compares, mends, counts.
    pub async fn sweep(&self) -> Result<(), StoreError> {
        let differences = self.differences().await?;
        for difference in &differences {
            tracing::warn!(
                kind = difference.kind(),
                subject = difference.subject(),
                "{}",
                difference.sentence()
            );
            metrics::counter!("ebbtide_repairs_total", "kind" => difference.kind()).increment(1);
            self.mend(difference).await?;
        }
        self.tend_pool().await?;
        let now = self.clock.now();
        self.store.purge_deliveries(now - KEEP_DELIVERIES).await?;
        metrics::gauge!("ebbtide_last_sweep_timestamp_seconds").set(f64::from(
            u32::try_from(now.timestamp()).unwrap_or_default(),
        ));
        Ok(())
    }

    /// The comparison alone; changes nothing.
    pub async fn differences(&self) -> Result<Vec<Difference>, StoreError> {
        let accounts = self.store.accounts().await?;
        let mut differences = Vec::new();
        let mut found = Vec::new();
        for account in &accounts {
            for (region, result) in self.stacks_of(account).await {
                let id = account.account.as_ref().map(ToString::to_string);
                match (id, result) {
                    (Some(account), Ok(stacks)) => found.push(Found {
                        account,
                        region,
                        stacks,
                    }),
                    (Some(account), Err(setback)) => differences.push(Difference::Unreadable {
                        what: account,
                        cause: setback.to_string(),
                    }),
                    (None, _) => {}
                }
            }
        }
        let census = self.cloud.organization.census().await;
        // The environments last: whatever was made while we looked has its row by now.
        // Those that ended hold nothing.
        let environments = self
            .store
            .environments(&EnvironmentFilter::default())
            .await?;
        let before: BTreeSet<String> = accounts.iter().filter_map(in_place).collect();
        let accounts = self.store.accounts().await?;
        match census {
            Ok(census) => {
                let mut compared = compare(&accounts, &environments, &census, &found);
                // An account that was put into its place while the census was taken cannot be in it.
                compared.retain(|difference| match difference {
                    Difference::MissingAccount { account } => before.contains(account),
                    _ => true,
                });
                differences.extend(compared);
            }
            Err(setback) => {
                differences.push(Difference::Unreadable {
                    what: "AWS Organizations".to_owned(),
                    cause: setback.to_string(),
                });
                differences.extend(orphans(&environments, &found));
                differences.extend(losses(&environments, &found));
            }
        }
        match self.github.failed_deliveries().await {
            Ok(failed) => {
                let failed = failed.into_iter();
                differences.extend(failed.map(|failed| Difference::FailedDelivery {
                    delivery: failed.guid,
                    event: failed.event,
                    number: failed.id,
                }));
            }
            Err(setback) => differences.push(Difference::Unreadable {
                what: "GitHub's delivery log".to_owned(),
                cause: setback.to_string(),
            }),
        }
        differences.extend(self.guardrail_drift().await);
        Ok(differences)
    }

    async fn stacks_of(&self, account: &Account) -> Vec<(Region, Result<Vec<StackSeen>, Setback>)> {
        let mut listed = Vec::new();
        let looked_into = matches!(account.state, AccountState::Ready | AccountState::Leased);
        let Some(id) = account.account.as_ref().filter(|_| looked_into) else {
            return listed;
        };
        for region in &account.regions {
            let at = Place {
                account: id.clone(),
                region: region.clone(),
                session: SessionName::new("ebbtide-sweep"),
            };
            listed.push((region.clone(), self.cloud.stacks.list(&at).await));
        }
        listed
    }

    async fn mend(&self, difference: &Difference) -> Result<(), StoreError> {
        match difference {
            Difference::OrphanStack {
                account,
                region,
                stack_id,
                ..
            } => {
                let at = Place {
                    account: AccountId::new(account),
                    region: Region::new(region),
                    session: SessionName::new("ebbtide-sweep"),
                };
                if let Some(switch) = self.store.deletes_stopped().await? {
                    tracing::warn!(stack_id, "an orphan is left alone: {}", switch.sentence());
                    return Ok(());
                }
                let token = format!("sweep-{}", self.clock.now().timestamp());
                if let Err(setback) = self.cloud.stacks.delete(&at, stack_id, false, &token).await {
                    tracing::warn!(%setback, stack_id, "an orphan could not be deleted yet");
                }
            }
            Difference::MissingStack { environment, .. } => {
                let id = EnvironmentId::new(environment);
                self.store
                    .poke_environments(&[id], self.clock.now())
                    .await?;
                self.poke.poke();
            }
            Difference::FailedDelivery { number, .. } => {
                if let Err(setback) = self.github.redeliver(*number).await {
                    tracing::warn!(%setback, "a delivery cannot be asked for again");
                }
            }
            Difference::MissingAccount { account } => self.set_aside(account).await?,
            Difference::GuardrailDrift { policy, .. } => self.mend_guardrail(policy).await,
            Difference::UnknownAccount { .. } | Difference::Unreadable { .. } => {}
        }
        Ok(())
    }

    /// Quarantines an account that is free; one that is held stays with its holder, whose own passes meet
    /// the same fact.
    async fn set_aside(&self, account: &str) -> Result<(), StoreError> {
        let accounts: BTreeMap<String, Account> = self
            .store
            .accounts()
            .await?
            .into_iter()
            .filter_map(|row| Some((row.account.as_ref()?.to_string(), row)))
            .collect();
        if let Some(row) = accounts
            .get(account)
            .filter(|row| row.state == AccountState::Ready)
        {
            let reason = "it is not an active account of the sandbox OU";
            self.store.quarantine(&row.id, reason).await?;
        }
        Ok(())
    }
}
