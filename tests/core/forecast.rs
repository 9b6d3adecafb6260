//! How long the pool lasts.

use crate::pool::{account, at, rules};
use chrono::TimeDelta;
use ebbtide::environment::AccountState;
use ebbtide::environment::forecast::{Traffic, by_state, forecast};
use ebbtide::environment::pool::AfterUse;

#[test]
fn it_lasts_as_long_as_more_are_lent_than_come_back() {
    let pool = [
        account(0, AccountState::Ready),
        account(1, AccountState::Scrubbing),
        account(2, AccountState::Leased),
        account(3, AccountState::Quarantined),
    ];
    let mut rules = rules(8);
    let look =
        |lent, proven, rules: &_| forecast(&pool, Traffic { lent, proven }, rules, at(0)).runway;
    // One is free, one comes, four can be made: six last half a day if twelve a day are lost.
    assert_eq!(look(30, 18, &rules), Some(TimeDelta::hours(12)));
    assert_eq!(look(30, 30, &rules), None);
    assert_eq!(look(0, 0, &rules), None);
    // What is closed after use comes back to nobody.
    rules.after_use = AfterUse::Close;
    assert_eq!(look(12, 12, &rules), Some(TimeDelta::hours(12)));
    // Nothing is foretold beyond 90 days.
    assert_eq!(
        forecast(
            &pool,
            Traffic { lent: 1, proven: 0 },
            &super::pool::rules(200),
            at(0)
        )
        .runway,
        None
    );
    let seen = forecast(&pool, Traffic::default(), &rules, at(0));
    assert_eq!((seen.free, seen.coming, seen.can_be_made), (1, 1, 4));
    let full = forecast(
        &pool,
        Traffic { lent: 4, proven: 0 },
        &super::pool::rules(0),
        at(0),
    );
    assert_eq!(full.runway, Some(TimeDelta::hours(12)));
}

#[test]
fn every_state_is_counted() {
    let pool = [
        account(0, AccountState::Ready),
        account(1, AccountState::Ready),
    ];
    let counts = by_state(&pool);
    assert_eq!(counts.iter().map(|(_, count)| count).sum::<usize>(), 2);
    assert!(counts.contains(&(AccountState::Ready, 2)));
}
