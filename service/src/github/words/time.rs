//! Times and durations as a person reads them.

use chrono::{DateTime, TimeDelta, Utc};

/// `2026-11-22 22:18 UTC`.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// `45 s`, `12 min`, `3 h 12 min`, `48 h`, `3 d 4 h`: two units at most.
pub(super) fn duration(length: TimeDelta) -> String {
    let seconds = length.num_seconds().max(0);
    let (minutes, hours) = (seconds / 60, seconds / 3_600);
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3_600 => format!("{minutes} min"),
        // Times to live are thought of in hours for the first three days.
        3_600..=259_200 => two(hours, "h", minutes % 60, "min"),
        _ => two(hours / 24, "d", hours % 24, "h"),
    }
}

/// Like [`duration`], with seconds below an hour: `2 min 10 s`.
pub(super) fn exact(length: TimeDelta) -> String {
    match length.num_seconds() {
        seconds @ 60..3_600 => two(seconds / 60, "min", seconds % 60, "s"),
        _ => duration(length),
    }
}

fn two(many: i64, unit: &str, rest: i64, smaller: &str) -> String {
    if rest == 0 {
        format!("{many} {unit}")
    } else {
        format!("{many} {unit} {rest} {smaller}")
    }
}

/// `1st`, `2nd`, `3rd`, `11th`.
pub(super) fn ordinal(number: u32) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_naturally() {
        let read = |seconds| duration(TimeDelta::seconds(seconds));
        assert_eq!(read(-5), "0 s");
        assert_eq!(read(59), "59 s");
        assert_eq!(read(61), "1 min");
        assert_eq!(read(3 * 3_600 + 12 * 60 + 5), "3 h 12 min");
        assert_eq!(read(48 * 3_600), "48 h");
        assert_eq!(read(7 * 86_400), "7 d");
        assert_eq!(read(7 * 86_400 + 3_600), "7 d 1 h");
    }

    #[test]
    fn what_was_measured_keeps_its_seconds() {
        let read = |seconds| exact(TimeDelta::seconds(seconds));
        assert_eq!(read(10), "10 s");
        assert_eq!(read(120), "2 min");
        assert_eq!(read(130), "2 min 10 s");
        assert_eq!(read(3_700), "1 h 1 min");
    }

    #[test]
    fn places_in_a_queue_read_naturally() {
        let read: Vec<String> = [1, 2, 3, 4, 11, 12, 13, 21, 112].map(ordinal).into();
        assert_eq!(read.join(" "), "1st 2nd 3rd 4th 11th 12th 13th 21st 112th");
    }
}
