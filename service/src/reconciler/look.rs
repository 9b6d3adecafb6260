//! A look at the live pull request, from which the wish is derived anew.

use super::Reconciler;
use crate::environment::{Absence, Environment, Hint, Wish};
use crate::github::{Live, Repo};
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// A pull request that GitHub does not show is believed to be gone after this many looks in a row: a
/// single 404 can come from a replica of GitHub's that is behind.
const MISSING_LOOKS: u32 = 3;

/// How long to wait between such looks.
const MISSING_PAUSE: Duration = Duration::from_mins(1);

/// Why a look is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occasion {
    /// A hint asked for it.
    Hint,
    /// An earlier look failed.
    Again,
    /// The slow period: if this finds a change, an event was missed.
    Period,
}

/// Through what GitHub is spoken to about an environment.
pub(super) fn repo(environment: &Environment) -> Repo {
    Repo {
        installation: environment.installation,
        name: environment.repository.clone(),
    }
}

/// Whether a look is due.
pub(super) fn occasion(
    environment: &Environment,
    hints: &[(String, Hint)],
    sweep_every: Duration,
    now: DateTime<Utc>,
) -> Option<Occasion> {
    if matches!(
        environment.wish,
        Wish::Absent {
            reason: Absence::Uninstalled,
            ..
        }
    ) {
        // Only a hint that came after the removal says that there is anybody to ask again.
        let invited = hints.last().is_some_and(|(_, hint)| *hint == Hint::Look);
        let again = environment.look_again_at.is_some_and(|again| again <= now);
        return match (invited, again) {
            (true, _) => Some(Occasion::Hint),
            (false, true) => Some(Occasion::Again),
            (false, false) => None,
        };
    }
    if hints.iter().any(|(_, hint)| *hint == Hint::Look) {
        return Some(Occasion::Hint);
    }
    if let Some(again) = environment.look_again_at {
        return (again <= now).then_some(Occasion::Again);
    }
    let open = environment.ended_at.is_none();
    let over = environment
        .looked_at
        .is_none_or(|looked| looked + period(sweep_every) <= now);
    (open && over).then_some(Occasion::Period)
}

/// A duration as chrono counts.
pub(super) fn period(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

impl Reconciler {
    /// Looks at the pull request and derives the wish. A failure is remembered and does not keep the pass
    /// from going on: an environment ends on time also while GitHub is away.
    pub(super) async fn look(&self, environment: &mut Environment, occasion: Occasion) {
        let found = self
            .github
            .pull_request(&repo(environment), environment.key.pull_request)
            .await;
        let now = self.clock.now();
        environment.failed_looks = match &found {
            Ok(_) => 0,
            Err(_) => environment.failed_looks.saturating_add(1),
        };
        match found {
            Ok(Live::There(live)) => {
                let wish = environment.wish.after_look(&live, now);
                if occasion == Occasion::Period
                    && wish != environment.wish
                    && environment.wish != Wish::Unknown
                {
                    tracing::warn!(
                        environment = %environment.id,
                        "repaired: an event of the pull request was missed"
                    );
                    metrics::counter!("ebbtide_repairs_total", "kind" => "missed_event")
                        .increment(1);
                }
                environment.wish = wish;
                environment.repository = live.repository.clone();
                environment.pull_request = Some(live);
                environment.looked_at = Some(now);
                environment.look_again_at = None;
                environment.missing_looks = 0;
            }
            Ok(missing @ (Live::Missing | Live::NoInstallation)) => {
                environment.missing_looks += 1;
                if environment.missing_looks < MISSING_LOOKS {
                    environment.look_again_at = Some(now + period(MISSING_PAUSE));
                    return;
                }
                environment.look_again_at = None;
                environment.looked_at = Some(now);
                environment.wish = Wish::ended(if missing == Live::Missing {
                    Absence::Gone
                } else {
                    Absence::Uninstalled
                });
            }
            Err(setback) => {
                tracing::info!(environment = %environment.id, %setback, "the pull request cannot be looked at");
                let wait =
                    self.settings
                        .pace
                        .retry(&setback, environment.failed_looks, salt(environment));
                environment.look_again_at = Some(now + period(wait));
            }
        }
    }
}

/// Spreads environments that were due together.
pub(super) fn salt(environment: &Environment) -> u64 {
    environment
        .id
        .as_str()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
}
