//! Waits stay within their bounds, whatever the numbers.

use ebbtide::environment::Setback;
use ebbtide::environment::patience::{LONGEST, Pace};
use proptest::prelude::*;
use std::time::Duration;

prop_compose! {
    fn pace()(min in 1..60_u64, more in 0..240_u64) -> Pace {
        Pace {
            poll_min: Duration::from_secs(min),
            poll_max: Duration::from_secs(min + more),
        }
    }
}

fn with_jitter(duration: Duration) -> Duration {
    duration + duration / 4
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn looks_come_between_the_shortest_and_the_longest_wait(
        pace in pace(), quiet in any::<u32>(), salt in any::<u64>(),
    ) {
        let wait = pace.poll(quiet, salt);
        prop_assert!(wait >= pace.poll_min, "{wait:?}");
        prop_assert!(wait <= with_jitter(pace.poll_max), "{wait:?}");
        prop_assert_eq!(wait, pace.poll(quiet, salt));
    }

    #[test]
    fn what_a_peer_asks_for_is_kept(
        pace in pace(), count in any::<u32>(), salt in any::<u64>(), asked in 0..10_000_u64,
    ) {
        let after = Duration::from_secs(asked);
        let setback = Setback::TryLater { after: Some(after), cause: String::new() };
        let wait = pace.retry(&setback, count, salt);
        prop_assert!(wait >= after && wait >= pace.poll_min.min(LONGEST), "{wait:?}");
        prop_assert!(wait <= after.max(with_jitter(LONGEST)), "{wait:?}");
    }

    #[test]
    fn a_lost_answer_is_looked_after_soon(
        pace in pace(), count in any::<u32>(), salt in any::<u64>(),
    ) {
        let wait = pace.retry(&Setback::lost("reset"), count, salt);
        prop_assert!(wait >= pace.poll_min && wait <= with_jitter(pace.poll_max), "{wait:?}");
    }

    #[test]
    fn a_refusal_is_not_hammered_at(pace in pace(), count in any::<u32>(), salt in any::<u64>()) {
        let wait = pace.retry(&Setback::refused("no"), count, salt);
        prop_assert!(wait >= pace.poll_max.min(LONGEST), "{wait:?}");
        prop_assert!(wait <= with_jitter(LONGEST), "{wait:?}");
    }
}
