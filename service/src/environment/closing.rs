//! Closing accounts for good, within what AWS Organizations allows.
//!
//! The ledger is the pool's own rows: each account that is being closed, or was, says since when.

use super::account::Account;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How long a closed account counts against the organization's quota of accounts.
pub const CLOSED_COUNTS_FOR: TimeDelta = TimeDelta::days(90);

/// Closures side by side that Organizations allows.
const SIDE_BY_SIDE: usize = 3;
/// The time over which Organizations counts closures.
const PERIOD: TimeDelta = TimeDelta::days(30);
/// Closures in such a time that every organization may make.
const PER_PERIOD: usize = 250;
/// Larger organizations may close one in so many of their accounts,
const ONE_IN: usize = 5;
/// but never more than so many.
const PER_PERIOD_AT_MOST: usize = 1_000;
/// Organizations takes about one closure in such a time.
const BETWEEN: TimeDelta = TimeDelta::seconds(20);

/// How far an account's closing has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// Who decided it: a token's name, or the policy's key.
    pub by: String,
    /// When.
    pub decided_at: DateTime<Utc>,
    /// When it was first asked of AWS; set before the call.
    pub requested_at: Option<DateTime<Utc>>,
    /// When AWS was seen to have closed it.
    pub closed_at: Option<DateTime<Utc>>,
}

impl Closing {
    /// Decided, and not asked of AWS yet.
    pub fn decided(by: impl Into<String>, at: DateTime<Utc>) -> Self {
        Self {
            by: by.into(),
            decided_at: at,
            requested_at: None,
            closed_at: None,
        }
    }

    fn is_under_way(&self) -> bool {
        self.requested_at.is_some() && self.closed_at.is_none()
    }
}

/// Whether the next account may be closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It may.
    Now,
    /// Not before then, for this reason.
    Wait {
        /// When to ask again.
        until: DateTime<Utc>,
        /// Why, for a person.
        why: String,
    },
}

/// Whether one more account may be closed now, with these in the ledger.
pub fn turn(accounts: &[Account], now: DateTime<Utc>) -> Turn {
    let closings = || {
        accounts
            .iter()
            .filter_map(|account| account.closing.as_ref())
    };
    let under_way = closings().filter(|closing| closing.is_under_way()).count();
    if under_way >= SIDE_BY_SIDE {
        return Turn::Wait {
            until: now + BETWEEN,
            why: format!(
                "AWS closes {SIDE_BY_SIDE} accounts at a time, and {under_way} are being closed"
            ),
        };
    }
    let mut lately: Vec<DateTime<Utc>> = closings()
        .filter_map(|closing| closing.requested_at)
        .filter(|at| now < *at + PERIOD)
        .collect();
    lately.sort_unstable();
    if let Some(last) = lately.last().filter(|at| now < **at + BETWEEN) {
        return Turn::Wait {
            until: *last + BETWEEN,
            why: "AWS takes one closing in about 20 seconds".to_owned(),
        };
    }
    let allowed = (accounts.len() / ONE_IN).clamp(PER_PERIOD, PER_PERIOD_AT_MOST);
    match lately
        .len()
        .checked_sub(allowed)
        .and_then(|over| lately.get(over))
    {
        Some(first) => Turn::Wait {
            until: *first + PERIOD,
            why: format!(
                "{} accounts were closed in the last 30 days, and AWS allows {allowed}",
                lately.len()
            ),
        },
        None => Turn::Now,
    }
}

impl Account {
    /// Its closing is asked of AWS now.
    #[must_use]
    pub fn closing_asked(&self, now: DateTime<Utc>) -> Self {
        let mut asked = self.clone();
        if let Some(closing) = &mut asked.closing {
            closing.requested_at.get_or_insert(now);
        }
        asked
    }
}
