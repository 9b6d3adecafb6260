//! The pool: which account to lend to whom, when to make more, and the life of one account.

use super::account::{Account, AccountState};
use super::ids::{AccountRowId, EnvironmentId, RepositoryId};
use chrono::{DateTime, Utc};
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

/// The account for a repository: one that served it before, else one that served nobody, else any.
pub fn choose<'a>(
    accounts: impl Iterator<Item = &'a Account>,
    repository: RepositoryId,
) -> Option<&'a Account> {
    accounts
        .filter(|account| account.may_be_lent())
        .min_by_key(|account| {
            (
                preference(account, repository),
                account.created_at,
                &account.id,
            )
        })
}

/// 0 for an account that served this repository last, 1 for one that served nobody, 2 for the others.
pub fn preference(account: &Account, repository: RepositoryId) -> u8 {
    match account.repository {
        Some(served) if served == repository => 0,
        None => 1,
        Some(_) => 2,
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
pub fn assign(queue: &[Waiting], accounts: &[Account]) -> Assignment {
    let mut taken = BTreeSet::new();
    let mut assignment = Assignment {
        lent: Vec::new(),
        left: Vec::new(),
    };
    for waiting in queue {
        let free = accounts
            .iter()
            .filter(|account| !taken.contains(&account.id));
        match choose(free, waiting.repository) {
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

/// How many accounts to make: one for each environment that gets none, less those on their way.
pub fn shortage(assignment: &Assignment, accounts: &[Account]) -> usize {
    let coming = accounts
        .iter()
        .filter(|account| {
            matches!(
                account.state,
                AccountState::Wanted
                    | AccountState::Creating
                    | AccountState::Arriving
                    | AccountState::Preparing
                    | AccountState::Scrubbing
            )
        })
        .count();
    assignment.left.len().saturating_sub(coming)
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
        (AccountState::Ready | AccountState::Leased | AccountState::Failed, _, _) => {
            AccountStep::Rest
        }
    }
}
