//! The pool is fair, and lends only what may be lent.

use chrono::{DateTime, TimeDelta, Utc};
use ebbtide::environment::pool::{Waiting, assign, shortage};
use ebbtide::environment::{
    Account, AccountId, AccountRowId, AccountState, EnvironmentId, IncarnationId, RepositoryId,
    ScrubId, Served,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_366_400, 0).unwrap_or_default() + TimeDelta::seconds(seconds)
}

const STATES: [AccountState; 9] = [
    AccountState::Wanted,
    AccountState::Creating,
    AccountState::Arriving,
    AccountState::Preparing,
    AccountState::Scrubbing,
    AccountState::Ready,
    AccountState::Leased,
    AccountState::Quarantined,
    AccountState::Failed,
];

fn account(index: usize, (state, used_by, held, proven): (usize, u64, bool, bool)) -> Account {
    let state = STATES[state];
    Account {
        account: Some(AccountId::new(format!("{index:012}"))),
        state,
        repository: (used_by > 0).then_some(RepositoryId(used_by)),
        served: (used_by > 0).then(|| Served {
            environment: EnvironmentId::new("before"),
            incarnation: IncarnationId::new("before-1"),
        }),
        certificate: proven.then(|| ScrubId::new("a proof")),
        holder: held.then(|| IncarnationId::new("somebody")),
        ..Account::wanted(
            AccountRowId::new(format!("account-{index}")),
            String::new(),
            String::new(),
            at(0),
        )
    }
}

fn queue(repositories: &[u64]) -> Vec<Waiting> {
    (0..)
        .zip(repositories)
        .map(|(index, repository)| Waiting {
            environment: EnvironmentId::new(format!("waiting-{index}")),
            repository: RepositoryId(*repository),
            since: at(index),
        })
        .collect()
}

/// Whether the rules allow it: ready, held by nobody, and fresh or proven empty since.
fn lendable(account: &Account) -> bool {
    account.state == AccountState::Ready
        && account.holder.is_none()
        && (account.served.is_none() || account.certificate.is_some())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_passed_over(
        accounts in prop::collection::vec((0..9usize, 0..4u64, prop::bool::weighted(0.1), any::<bool>()), 0..12),
        repositories in prop::collection::vec(1..4u64, 0..12),
    ) {
        let accounts: Vec<Account> = accounts.into_iter().enumerate().map(|(i, a)| account(i, a)).collect();
        let queue = queue(&repositories);
        let assignment = assign(&queue, &accounts);
        let repository_of: BTreeMap<_, _> =
            queue.iter().map(|one| (&one.environment, one.repository)).collect();

        let taken: BTreeSet<_> = assignment.lent.iter().map(|(_, account)| account).collect();
        prop_assert_eq!(taken.len(), assignment.lent.len(), "an account is given twice");
        for (who, which) in &assignment.lent {
            let account = accounts.iter().find(|one| one.id == *which).expect("one of the pool's");
            prop_assert!(lendable(account), "{which} may not be lent to {who}");
        }
        prop_assert_eq!(assignment.lent.len() + assignment.left.len(), queue.len());
        for who in &assignment.left {
            let free = accounts.iter().find(|one| {
                lendable(one) && !taken.contains(&one.id)
            });
            prop_assert!(free.is_none(), "{who} waits although there is {free:?}");
            // Nobody of the same repository who came later is served.
            let position = |id: &EnvironmentId| queue.iter().position(|one| one.environment == *id);
            let overtaken = assignment.lent.iter().find(|(other, _)| {
                repository_of[other] == repository_of[who] && position(other) > position(who)
            });
            prop_assert!(overtaken.is_none(), "{who} is overtaken by {overtaken:?}");
        }
        let left: Vec<_> = queue.iter().map(|one| &one.environment)
            .filter(|id| assignment.left.contains(id)).collect();
        prop_assert_eq!(left, assignment.left.iter().collect::<Vec<_>>(), "the order is kept");

        let coming = accounts.iter().filter(|one| STATES[..5].contains(&one.state)).count();
        prop_assert_eq!(
            shortage(&assignment, &accounts),
            assignment.left.len().saturating_sub(coming)
        );
    }
}
