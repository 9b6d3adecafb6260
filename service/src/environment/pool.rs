//! The pool: which account to lend to whom, when to make more, and the life of one account.

use super::account::{Account, AccountState};
use super::closing::CLOSED_COUNTS_FOR;
use super::ids::{AccountRowId, EnvironmentId, RepositoryId};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// An environment that waits for an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Which.
    pub environment: EnvironmentId,
    /// Of which repository.
    pub repository: RepositoryId,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// Which of several free accounts a repository gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Affinity {
    /// The oldest.
    None,
    /// One that served the same repository before, else one that served nobody, else the oldest.
    Repository,
}

/// What becomes of an account that came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AfterUse {
    /// It is emptied and lent again.
    Reuse,
    /// It is emptied and then closed.
    Close,
    /// It is set aside as it is, until somebody has looked at it.
    Keep,
}

/// How large the pool is, and how it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolRules {
    /// Accounts are made until there are so many, also when nobody waits.
    pub target_accounts: u32,
    /// Accounts are made until so many are free or on their way, beside those that somebody waits for.
    pub min_ready: u32,
    /// There are never more than so many, closed ones counted as long as AWS counts them.
    pub max_accounts: u32,
    /// Most accounts being created at the same time.
    pub max_creating: u32,
    /// Who gets which.
    pub affinity: Affinity,
    /// How long an account rests between the proof that it is empty and its next use.
    pub cool_down: TimeDelta,
    /// What becomes of an account that came back.
    pub after_use: AfterUse,
}

/// Room for more accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// There may never be more than so many.
    pub max_accounts: u32,
    /// How many rows there were when the need was worked out: if there are others by now, it is worked out again.
    pub counted: Option<usize>,
}

impl Room {
    /// Room for so many accounts in all, whoever counted.
    pub fn up_to(max_accounts: u32) -> Self {
        Self {
            max_accounts,
            counted: None,
        }
    }

    /// How many more accounts may be written down beside these rows.
    pub fn left(&self, rows: &[Account], now: DateTime<Utc>) -> usize {
        if self.counted.is_some_and(|counted| counted != rows.len()) {
            return 0;
        }
        let most = usize::try_from(self.max_accounts).unwrap_or(usize::MAX);
        most.saturating_sub(places_taken(rows, now))
    }
}

/// The account for a repository.
pub fn choose<'a>(
    accounts: impl Iterator<Item = &'a Account>,
    repository: RepositoryId,
    affinity: Affinity,
) -> Option<&'a Account> {
    accounts
        .filter(|account| account.may_be_lent())
        .min_by_key(|account| {
            (
                preference(account, repository, affinity),
                account.created_at,
                &account.id,
            )
        })
}

/// By affinity: 0 for an account that served this repository last, 1 for one that served nobody, 2 for the others.
pub fn preference(account: &Account, repository: RepositoryId, affinity: Affinity) -> u8 {
    match (affinity, account.repository) {
        (Affinity::None, _) => 0,
        (Affinity::Repository, Some(served)) if served == repository => 0,
        (Affinity::Repository, None) => 1,
        (Affinity::Repository, Some(_)) => 2,
    }
}

/// Hands the free accounts out in the order of the queue.
pub struct Assignment {
    /// Who would get which account now.
    pub lent: Vec<(EnvironmentId, AccountRowId)>,
    /// Who would get none, in order.
    pub left: Vec<EnvironmentId>,
}

/// Hands the free accounts out in the order of the queue: whoever came first is served first, and nobody
/// overtakes by asking at the right moment.
pub fn assign(queue: &[Waiting], accounts: &[Account], affinity: Affinity) -> Assignment {
    let mut taken = BTreeSet::new();
    let mut assignment = Assignment {
        lent: Vec::new(),
        left: Vec::new(),
    };
    for waiting in queue {
        let free = accounts
            .iter()
            .filter(|account| !taken.contains(&account.id));
        match choose(free, waiting.repository, affinity) {
            Some(account) => {
                taken.insert(account.id.clone());
                assignment
                    .lent
                    .push((waiting.environment.clone(), account.id.clone()));
            }
            None => assignment.left.push(waiting.environment.clone()),
        }
    }
    assignment
}

/// How many accounts to make: for those who get none, for the stock of free ones, and for the target size, less
/// those on their way; never more than there is room for, which is counted once more where they are written down.
pub fn growth(
    assignment: &Assignment,
    accounts: &[Account],
    rules: &PoolRules,
    now: DateTime<Utc>,
) -> usize {
    let as_count = |limit: u32| usize::try_from(limit).unwrap_or(usize::MAX);
    let free = accounts.iter().filter(|account| account.may_be_lent());
    let unclaimed = free.count().saturating_sub(assignment.lent.len());
    let coming = accounts
        .iter()
        .filter(|account| account.is_coming())
        .count();
    let wanted = assignment.left.len() + as_count(rules.min_ready);
    let missing = wanted.saturating_sub(unclaimed + coming);
    let usable = accounts.iter().filter(|account| account.is_usable());
    let small = as_count(rules.target_accounts).saturating_sub(usable.count());
    let taken = places_taken(accounts, now);
    missing
        .max(small)
        .min(as_count(rules.max_accounts).saturating_sub(taken))
}

/// How many accounts count against the most there may be.
pub fn places_taken(accounts: &[Account], now: DateTime<Utc>) -> usize {
    let taken = accounts.iter().filter(|account| account.takes_a_place(now));
    taken.count()
}

impl Account {
    /// Whether it will be free without anybody's doing.
    pub fn is_coming(&self) -> bool {
        matches!(
            self.state,
            AccountState::Wanted
                | AccountState::Creating
                | AccountState::Arriving
                | AccountState::Preparing
                | AccountState::Scrubbing
                | AccountState::Resting
        )
    }

    /// Whether it serves, or will.
    pub fn is_usable(&self) -> bool {
        self.is_coming() || matches!(self.state, AccountState::Ready | AccountState::Leased)
    }

    /// Whether it counts against the most there may be. AWS counts a closed account for 90 days.
    pub fn takes_a_place(&self, now: DateTime<Utc>) -> bool {
        match self.state {
            AccountState::Failed => false,
            AccountState::Closed => self
                .closing
                .as_ref()
                .and_then(|closing| closing.closed_at)
                .is_none_or(|closed| now < closed + CLOSED_COUNTS_FOR),
            _ => true,
        }
    }
}

/// The one next thing to do about an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountStep {
    /// Wait for a turn to be created, and take it when there is one.
    BeginCreation,
    /// Ask Organizations for it; nothing was asked before.
    Create,
    /// Look whether an earlier request got through.
    Find,
    /// Ask how far its creation has come.
    Poll,
    /// Move it into the sandbox OU and tag it.
    Place,
    /// Enter it, and see whether its services answer.
    Enter,
    /// Bring its emptying further.
    Scrub,
    /// Its rest may be over.
    Wake,
    /// Bring its closing further.
    Close,
    /// Nothing.
    Rest,
}

/// From a row to the one next thing to do about its account.
pub fn next_account_step(account: &Account) -> AccountStep {
    match (account.state, account.requested, &account.request) {
        (AccountState::Wanted, _, _) => AccountStep::BeginCreation,
        (AccountState::Creating, false, _) => AccountStep::Create,
        (AccountState::Creating, true, None) => AccountStep::Find,
        (AccountState::Creating, true, Some(_)) => AccountStep::Poll,
        (AccountState::Arriving, _, _) => AccountStep::Place,
        (AccountState::Preparing, _, _) => AccountStep::Enter,
        // Whoever set it aside says when it is to go on.
        (AccountState::Quarantined, _, _) if account.set_aside_by.is_some() => AccountStep::Rest,
        // One that could not be emptied is tried again, slowly.
        (AccountState::Scrubbing | AccountState::Quarantined, _, _) => AccountStep::Scrub,
        (AccountState::Resting, _, _) => AccountStep::Wake,
        (AccountState::Closing, _, _) => AccountStep::Close,
        (
            AccountState::Ready
            | AccountState::Leased
            | AccountState::Closed
            | AccountState::Failed,
            _,
            _,
        ) => AccountStep::Rest,
    }
}
