//! Accounts that are closed for good, one step after the other.

use super::Reconciler;
use super::scrub::{QUARANTINE_PERIOD, ScrubPermit};
use crate::cloud::Closure;
use crate::environment::closing::Turn;
use crate::environment::{Account, AccountState, Setback};
use crate::nuke::Permit as _;
use crate::store::{Lease, StoreError};
use std::time::Duration;

/// How long to wait before AWS is asked again how far a closing has come, or whether deletions may go on.
const PAUSE: Duration = Duration::from_mins(1);

/// A turn is asked for again after this long at the latest: the ledger may have changed.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

impl Reconciler {
    /// Brings an account's closing further: proof of target, a turn, the call, and looks until AWS has done it.
    pub(super) async fn close(
        &self,
        lease: &Lease,
        account: &mut Account,
    ) -> Result<Result<Duration, Setback>, StoreError> {
        let now = self.clock.now();
        let (Some(number), Some(closing)) = (account.account.clone(), account.closing.clone())
        else {
            *account = not_closed(account, "it has no number");
            return Ok(Ok(QUARANTINE_PERIOD));
        };
        let organization = &self.cloud.organization;
        if closing.requested_at.is_some() {
            match organization.closure(&number).await {
                Ok(Closure::Closed) => {
                    tracing::info!(account = %account.id, by = closing.by, "closed for good");
                    metrics::counter!("ebbtide_closures_total").increment(1);
                    account.reason = None;
                    account.state = AccountState::Closed;
                    if let Some(closing) = &mut account.closing {
                        closing.closed_at = Some(now);
                    }
                    return Ok(Ok(Duration::ZERO));
                }
                Ok(Closure::UnderWay) => {
                    account.reason = Some("AWS is closing it".to_owned());
                    return Ok(Ok(PAUSE));
                }
                Ok(Closure::Open) => {}
                Err(setback) => return Ok(Err(setback)),
            }
        }
        let permit = ScrubPermit {
            reconciler: self,
            account,
        };
        let stopped = match permit.stop().await {
            Ok(stopped) => stopped,
            Err(setback) => return Ok(Err(setback)),
        };
        if let Some(stopped) = stopped {
            account.reason = Some(format!("it is not closed yet: {stopped}"));
            return Ok(Ok(PAUSE));
        }
        match permit.object().await {
            Ok(objections) if objections.is_empty() => {}
            Ok(objections) => {
                *account = not_closed(account, &objections.join("; "));
                return Ok(Ok(QUARANTINE_PERIOD));
            }
            Err(setback) => return Ok(Err(setback)),
        }
        if closing.requested_at.is_none() {
            match self.store.begin_closing(lease, account, now).await? {
                Turn::Now => *account = account.closing_asked(now),
                Turn::Wait { until, why } => {
                    account.reason = Some(why);
                    let wait = (until - now).to_std().unwrap_or(PAUSE);
                    return Ok(Ok(wait.min(LONGEST_WAIT)));
                }
            }
        }
        match organization.close(&number).await {
            // Nobody waits behind what AWS will never do.
            Err(Setback::Refused { sentence }) => {
                *account = not_closed(account, &sentence);
                Ok(Ok(QUARANTINE_PERIOD))
            }
            asked => Ok(asked.map(|()| PAUSE)),
        }
    }
}

/// Set aside, as it cannot be closed for this reason.
fn not_closed(account: &Account, why: &str) -> Account {
    Account {
        closing: None,
        ..account.quarantined(&format!("it is not closed: {why}"))
    }
}
