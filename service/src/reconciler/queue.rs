//! What keeps the queue for an account from moving, in words for whoever waits in it.

use super::look::period;
use crate::environment::{Account, AccountState};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// How long after a creation that failed the next one is tried: a limit does not go away by asking again.
const CREATION_REST: Duration = Duration::from_mins(5);
/// Failures in a row after which an account is not expected to come by itself.
const STUCK_AFTER: u32 = 3;

/// When the next account may be made, if one could not be made lately.
pub(super) fn rests_until(accounts: &[Account]) -> Option<DateTime<Utc>> {
    latest_failure(accounts).map(|failed| failed.created_at + period(CREATION_REST))
}

/// Why no account comes, where more than patience is needed; `pool_is_full` if no further one may be made.
pub(super) fn holdup(accounts: &[Account], pool_is_full: bool) -> Option<String> {
    if let Some(failed) = latest_failure(accounts) {
        let reason = failed.reason.as_deref();
        return Some(reason.unwrap_or("an account could not be made").to_owned());
    }
    let mut coming = accounts.iter().filter(|account| is_coming(account));
    if let Some(first) = coming.next() {
        let is_stuck = |account: &Account| account.failures >= STUCK_AFTER;
        let all_are = is_stuck(first) && coming.all(is_stuck);
        return first.reason.clone().filter(|_| all_are);
    }
    let count = |state| {
        accounts
            .iter()
            .filter(|account| account.state == state)
            .count()
    };
    if !pool_is_full || count(AccountState::Leased) + count(AccountState::Wanted) > 0 {
        return None;
    }
    Some(format!(
        "the pool is full, and none of its accounts can be lent: {} set aside, {} closed; an admin has to look at \
         them or to raise pool.max_accounts",
        count(AccountState::Quarantined),
        count(AccountState::Closing) + count(AccountState::Closed)
    ))
}

/// The last creation that failed, unless a later one succeeded.
fn latest_failure(accounts: &[Account]) -> Option<&Account> {
    let failed = accounts
        .iter()
        .filter(|account| account.state == AccountState::Failed)
        .max_by_key(|account| account.created_at)?;
    let made_since = accounts
        .iter()
        .any(|account| account.account.is_some() && account.created_at > failed.created_at);
    (!made_since).then_some(failed)
}

fn is_coming(account: &Account) -> bool {
    matches!(
        account.state,
        AccountState::Creating | AccountState::Arriving | AccountState::Preparing
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::{AccountId, AccountRowId};

    fn account(minute: i64, state: AccountState) -> Account {
        let at = DateTime::from_timestamp(minute * 60, 0).expect("a time");
        let mut account = Account::wanted(
            AccountRowId::new(format!("acct-{minute}")),
            "a@example.com".to_owned(),
            "a".to_owned(),
            at,
        );
        account.state = state;
        account
    }

    fn made(minute: i64, state: AccountState) -> Account {
        Account {
            account: Some(AccountId::new("111122223333")),
            ..account(minute, state)
        }
    }

    fn troubled(minute: i64, state: AccountState, failures: u32, reason: &str) -> Account {
        Account {
            failures,
            reason: Some(reason.to_owned()),
            ..account(minute, state)
        }
    }

    #[test]
    fn an_account_that_is_lent_or_on_its_way_is_waited_for() {
        let waits = |accounts: &[Account]| holdup(accounts, true).is_none();
        assert!(waits(&[made(0, AccountState::Leased)]));
        assert!(waits(&[account(0, AccountState::Wanted)]));
        assert!(waits(&[account(0, AccountState::Creating)]));
        assert!(holdup(&[], false).is_none());
    }

    #[test]
    fn a_creation_that_failed_is_told_and_not_repeated_at_once() {
        let limit = "Organizations could not make the account: ACCOUNT_LIMIT_EXCEEDED";
        let failed = troubled(10, AccountState::Failed, 0, limit);
        let mut accounts = vec![
            made(1, AccountState::Leased),
            failed,
            account(12, AccountState::Creating),
        ];
        assert_eq!(holdup(&accounts, false).as_deref(), Some(limit));
        assert_eq!(rests_until(&accounts), DateTime::from_timestamp(15 * 60, 0));
        accounts.push(made(16, AccountState::Ready));
        assert_eq!(holdup(&accounts, false), None);
        assert_eq!(rests_until(&accounts), None);
    }

    #[test]
    fn a_creation_that_keeps_failing_is_told() {
        let reason = "ExpiredToken: the credentials have expired";
        let stuck = |failures| [troubled(0, AccountState::Creating, failures, reason)];
        assert_eq!(holdup(&stuck(2), false), None);
        assert_eq!(holdup(&stuck(3), false).as_deref(), Some(reason));
    }

    #[test]
    fn a_pool_that_nothing_comes_back_to_is_told() {
        let accounts = [
            made(0, AccountState::Quarantined),
            made(1, AccountState::Quarantined),
            made(2, AccountState::Closed),
        ];
        assert_eq!(
            holdup(&accounts, true).as_deref(),
            Some(
                "the pool is full, and none of its accounts can be lent: 2 set aside, 1 closed; an admin has to look \
                 at them or to raise pool.max_accounts"
            )
        );
    }
}
