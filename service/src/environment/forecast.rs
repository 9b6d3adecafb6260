//! When the pool runs dry, if things go on as they went.

use super::account::{Account, AccountState};
use super::pool::{PoolRules, places_taken};
use chrono::{DateTime, TimeDelta, Utc};

/// Over how long the past is looked at.
pub const LOOKED_BACK: TimeDelta = TimeDelta::hours(24);

/// A forecast never looks further ahead than this: what went on for a day says little about next year.
const HORIZON: TimeDelta = TimeDelta::days(90);

/// What happened to the pool's accounts in the last [`LOOKED_BACK`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Accounts that were lent.
    pub lent: u64,
    /// Accounts that were proven empty.
    pub proven: u64,
}

/// What there is, and how long it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// Accounts that can be lent now.
    pub free: usize,
    /// Accounts that will be free without anybody's doing.
    pub coming: usize,
    /// Accounts that may still be made.
    pub can_be_made: usize,
    /// What happened lately.
    pub traffic: Traffic,
    /// How long until nobody gets an account any more, if accounts go on being lent and coming back as they did;
    /// `None` if at least as many come back as are lent, or it would take longer than 90 days.
    pub runway: Option<TimeDelta>,
}

/// What there is, and how long it lasts.
pub fn forecast(
    accounts: &[Account],
    traffic: Traffic,
    rules: &PoolRules,
    now: DateTime<Utc>,
) -> Forecast {
    let count = |is: fn(&Account) -> bool| accounts.iter().filter(|account| is(account)).count();
    let free = count(Account::may_be_lent);
    let coming = count(Account::is_coming);
    let most = usize::try_from(rules.max_accounts).unwrap_or(usize::MAX);
    let can_be_made = most.saturating_sub(places_taken(accounts, now));
    // Closed accounts come back to nobody, whatever was proven.
    let back = match rules.after_use {
        super::pool::AfterUse::Reuse => traffic.proven,
        super::pool::AfterUse::Close | super::pool::AfterUse::Keep => 0,
    };
    let net = traffic.lent.saturating_sub(back);
    let supply = u64::try_from(free + coming + can_be_made).unwrap_or(u64::MAX);
    let seconds = u64::try_from(LOOKED_BACK.num_seconds()).unwrap_or_default();
    let runway = supply
        .saturating_mul(seconds)
        .checked_div(net)
        .and_then(|seconds| TimeDelta::try_seconds(i64::try_from(seconds).ok()?))
        .filter(|runway| *runway <= HORIZON);
    Forecast {
        free,
        coming,
        can_be_made,
        traffic,
        runway,
    }
}

/// How many accounts stand in each state, in the order of an account's life.
pub fn by_state(accounts: &[Account]) -> Vec<(AccountState, usize)> {
    AccountState::ALL
        .iter()
        .map(|state| {
            let there = accounts.iter().filter(|account| account.state == *state);
            (*state, there.count())
        })
        .collect()
}
