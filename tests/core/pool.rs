//! The pool is fair, and lends only what may be lent.

use chrono::{DateTime, TimeDelta, Utc};
use ebbtide::environment::pool::{Affinity, AfterUse, PoolRules, Waiting, assign, growth};
use ebbtide::environment::{
    Account, AccountId, AccountRowId, AccountState, EnvironmentId, IncarnationId, RepositoryId,
    ScrubId, Served,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_366_400, 0).unwrap_or_default() + TimeDelta::seconds(seconds)
}

const STATES: [AccountState; 12] = [
    AccountState::Wanted,
    AccountState::Creating,
    AccountState::Arriving,
    AccountState::Preparing,
    AccountState::Scrubbing,
    AccountState::Resting,
    AccountState::Ready,
    AccountState::Leased,
    AccountState::Quarantined,
    AccountState::Closing,
    AccountState::Closed,
    AccountState::Failed,
];

/// How many of them come by themselves.
const COMING: usize = 6;

fn drawn(index: usize, (state, used_by, held, proven): (usize, u64, bool, bool)) -> Account {
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

/// An account of the pool in this state.
pub fn account(index: usize, state: AccountState) -> Account {
    let number = STATES.iter().position(|one| *one == state);
    drawn(index, (number.expect("a state"), 0, false, false))
}

/// A pool of so many accounts at most.
pub fn rules(max_accounts: u32) -> PoolRules {
    PoolRules {
        target_accounts: 0,
        min_ready: 0,
        max_accounts,
        max_creating: 3,
        affinity: Affinity::None,
        cool_down: TimeDelta::zero(),
        after_use: AfterUse::Reuse,
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
        accounts in prop::collection::vec((0..STATES.len(), 0..4u64, prop::bool::weighted(0.1), any::<bool>()), 0..12),
        repositories in prop::collection::vec(1..4u64, 0..12),
        affinity in prop::sample::select(vec![Affinity::None, Affinity::Repository]),
        (target_accounts, min_ready, max_accounts) in (0..20u32, 0..5u32, 0..20u32),
    ) {
        let accounts: Vec<Account> = accounts.into_iter().enumerate().map(|(i, a)| drawn(i, a)).collect();
        let queue = queue(&repositories);
        let assignment = assign(&queue, &accounts, affinity);
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

        let rules = PoolRules { target_accounts, min_ready, affinity, ..rules(max_accounts) };
        let made = growth(&assignment, &accounts, &rules, at(0));
        let is = |states: &[AccountState]| accounts.iter().filter(|one| states.contains(&one.state)).count();
        let counted = accounts.len() - is(&[AccountState::Failed]);
        let room = (max_accounts as usize).saturating_sub(counted);
        prop_assert!(made <= room, "{made} more are made than the {room} there is room for");
        let unclaimed = accounts.iter().filter(|one| lendable(one) && !taken.contains(&one.id)).count();
        let coming = is(&STATES[..COMING]);
        let usable = coming + is(&[AccountState::Ready, AccountState::Leased]);
        let enough = unclaimed + coming + made >= assignment.left.len() + min_ready as usize
            && usable + made >= target_accounts as usize;
        prop_assert!(enough || made == room, "{made} are too few");
        let needless = made > 0
            && unclaimed + coming + made > assignment.left.len() + min_ready as usize
            && usable + made > target_accounts as usize;
        prop_assert!(!needless, "{made} are too many");
    }
}
