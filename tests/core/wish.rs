//! Whatever is missed, repeated or late: the wish is that of the last live state.

use chrono::{DateTime, TimeDelta, Utc};
use ebbtide::environment::{
    Absence, CommitSha, Hint, Login, PullRequest, PullRequestState, RepositoryName, Target, Wish,
};
use proptest::prelude::*;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_366_400, 0).unwrap_or_default() + TimeDelta::seconds(seconds)
}

prop_compose! {
    fn live()(state in 0..4u8, head in 0..3u8, base in 0..2u8, draft in any::<bool>()) -> PullRequest {
        PullRequest {
            state: match state {
                0 => PullRequestState::Closed,
                1 => PullRequestState::Merged,
                _ => PullRequestState::Open,
            },
            draft,
            head: CommitSha::new(format!("c{head}")),
            head_branch: "feature".to_owned(),
            fork: false,
            base_branch: format!("base-{base}"),
            base: CommitSha::new("b"),
            author: Login::new("alice"),
            private: false,
            repository: RepositoryName::new("acme/app"),
        }
    }
}

fn target(live: &PullRequest) -> Target {
    Target {
        revision: live.head.clone(),
        base_branch: live.base_branch.clone(),
        draft: live.draft,
    }
}

fn after_looks(looks: &[PullRequest]) -> Wish {
    let mut wish = Wish::Unknown;
    for (index, live) in (0..).zip(looks) {
        wish = wish.after_look(live, at(index));
    }
    wish
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_last_look_decides(before in prop::collection::vec(live(), 0..8), last in live()) {
        let wish = after_looks(&[before.as_slice(), std::slice::from_ref(&last)].concat());
        match last.state {
            PullRequestState::Merged => prop_assert_eq!(wish, Wish::ended(Absence::Merged)),
            PullRequestState::Closed => prop_assert_eq!(wish, Wish::ended(Absence::Closed)),
            PullRequestState::Open => prop_assert_eq!(wish.target(), Some(&target(&last))),
        }
    }

    #[test]
    fn a_repeated_look_changes_nothing(looks in prop::collection::vec(live(), 1..8)) {
        let wish = after_looks(&looks);
        let last = looks.last().expect("at least one");
        prop_assert_eq!(wish.after_look(last, at(1_000)), wish);
    }

    #[test]
    fn what_was_ended_stays_so_until_the_pull_request_changes(
        first in live(),
        next in live(),
        expired in any::<bool>(),
        repeats in 0..4usize,
    ) {
        let first = PullRequest { state: PullRequestState::Open, ..first };
        let present = Wish::Unknown.after_look(&first, at(0));
        let mut wish = if expired {
            present.withdrawn(Absence::Expired)
        } else {
            present.after_hint(&Hint::Destroy { by: "alice".to_owned() }, at(1))
        };
        let ended = wish.clone();
        for _ in 0..repeats {
            wish = wish.after_look(&first, at(2));
        }
        prop_assert_eq!(&wish, &ended);
        let wish = wish.after_look(&next, at(3));
        let open = next.state == PullRequestState::Open;
        let changed = open && target(&next) != target(&first);
        prop_assert_eq!(matches!(wish, Wish::Present { .. }), changed);
    }

    #[test]
    fn a_retry_raises_the_attempt_and_a_push_begins_anew(first in live(), retries in 0..5u32) {
        let first = PullRequest { state: PullRequestState::Open, ..first };
        let mut wish = Wish::Unknown.after_look(&first, at(0));
        for _ in 0..retries {
            wish = wish.after_hint(&Hint::Retry, at(1)).after_look(&first, at(1));
        }
        let attempt = |wish: &Wish| match wish {
            Wish::Present { attempt, .. } => Some(*attempt),
            Wish::Unknown | Wish::Absent { .. } => None,
        };
        prop_assert_eq!(attempt(&wish), Some(retries));
        let pushed = PullRequest { head: CommitSha::new("pushed"), ..first };
        prop_assert_eq!(attempt(&wish.after_look(&pushed, at(2))), Some(0));
    }

    #[test]
    fn after_the_app_was_removed_only_a_look_brings_anything_back(live in live()) {
        let open = PullRequest { state: PullRequestState::Open, ..live };
        let present = Wish::Unknown.after_look(&open, at(0));
        let removed = present.after_hint(&Hint::Uninstalled, at(1));
        prop_assert_eq!(&removed, &Wish::ended(Absence::Uninstalled));
        prop_assert_eq!(&removed.after_hint(&Hint::Retry, at(2)), &removed);
        let again = removed.after_look(&open, at(3));
        prop_assert_eq!(again.target(), present.target());
    }
}
