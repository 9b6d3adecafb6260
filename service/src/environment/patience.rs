//! How long to wait: after a setback, and between looks at something that takes its time.

use super::setback::Setback;
use std::time::Duration;

/// The longest wait after setbacks in a row.
pub const LONGEST: Duration = Duration::from_mins(5);

/// How the reconciler paces itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The first look at something that takes its time.
    pub poll_min: Duration,
    /// The slowest looks.
    pub poll_max: Duration,
}

impl Pace {
    /// How long until the next look, after `quiet` looks that found no change: half as long again each time.
    /// `salt` spreads rows that began together, by up to a quarter.
    pub fn poll(self, quiet: u32, salt: u64) -> Duration {
        let grown =
            self.poll_min.as_secs_f64() * 1.5_f64.powi(i32::try_from(quiet.min(40)).unwrap_or(40));
        jitter(
            Duration::from_secs_f64(grown.min(self.poll_max.as_secs_f64())),
            salt.wrapping_add(u64::from(quiet)),
        )
    }

    /// How long until the same step is tried again, after `count` setbacks in a row (1 for the first).
    pub fn retry(self, setback: &Setback, count: u32, salt: u64) -> Duration {
        let doubled = self
            .poll_min
            .saturating_mul(1 << count.saturating_sub(1).min(12));
        let salt = salt.wrapping_add(u64::from(count));
        match setback {
            Setback::TryLater { after, .. } => {
                // What the peer asked for is kept whole: jitter only ever adds to it.
                jitter(doubled.min(LONGEST), salt).max(after.unwrap_or_default())
            }
            Setback::AnswerLost { .. } => jitter(doubled.min(self.poll_max), salt),
            Setback::Refused { .. } => jitter(doubled.max(self.poll_max).min(LONGEST), salt),
        }
    }
}

/// Adds up to a quarter, depending only on the salt: the same row waits the same time in a replay.
fn jitter(duration: Duration, salt: u64) -> Duration {
    let mixed = salt
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .rotate_left(31)
        .wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let share = (mixed >> 48) % 256;
    let milliseconds = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(milliseconds.saturating_add(milliseconds / 4 * share / 256))
}
