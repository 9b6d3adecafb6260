//! GitHub's rate limits: the count in every answer, and refusals where they are switched on.

use super::answer::Answer;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{HashMap, VecDeque};

/// Requests an hour.
const REQUESTS: u32 = 5_000;
/// Writes a minute.
const WRITES_A_MINUTE: usize = 80;
/// Writes an hour.
const WRITES_AN_HOUR: usize = 500;

/// What each installation has used; 0 stands for the App itself.
#[derive(Default)]
pub(super) struct Limits {
    pub enforced: bool,
    used: HashMap<u64, (DateTime<Utc>, u32)>,
    writes: HashMap<u64, VecDeque<DateTime<Utc>>>,
}

impl Limits {
    /// Counts a request; tells the headers of its answer and, where it is one too many, that answer.
    pub fn count(
        &mut self,
        who: u64,
        write: bool,
        now: DateTime<Utc>,
    ) -> (Vec<(&'static str, String)>, Option<Answer>) {
        let hour = TimeDelta::hours(1);
        let (began, used) = self.used.entry(who).or_insert((now, 0));
        if now - *began >= hour {
            (*began, *used) = (now, 0);
        }
        *used += 1;
        let spent = *used > REQUESTS;
        let headers = vec![
            ("x-ratelimit-limit", REQUESTS.to_string()),
            (
                "x-ratelimit-remaining",
                REQUESTS.saturating_sub(*used).to_string(),
            ),
            ("x-ratelimit-used", used.to_string()),
            ("x-ratelimit-reset", (*began + hour).timestamp().to_string()),
            ("x-ratelimit-resource", "core".to_owned()),
        ];
        if !self.enforced {
            return (headers, None);
        }
        if spent {
            let message = format!("API rate limit exceeded for installation ID {who}.");
            return (headers, Some(Answer::refusal(403, &message)));
        }
        let refusal = if write {
            self.count_write(who, now)
        } else {
            None
        };
        (headers, refusal)
    }

    fn count_write(&mut self, who: u64, now: DateTime<Utc>) -> Option<Answer> {
        let writes = self.writes.entry(who).or_default();
        while writes
            .front()
            .is_some_and(|at| now - *at >= TimeDelta::hours(1))
        {
            writes.pop_front();
        }
        let minute = writes
            .iter()
            .filter(|at| now - **at < TimeDelta::minutes(1))
            .count();
        if minute >= WRITES_A_MINUTE {
            return Some(Answer::secondary_limit(60));
        }
        if writes.len() >= WRITES_AN_HOUR {
            let oldest = writes.front().copied().unwrap_or(now);
            let wait = (oldest + TimeDelta::hours(1) - now).num_seconds();
            return Some(Answer::secondary_limit(
                u64::try_from(wait).unwrap_or(0).max(1),
            ));
        }
        writes.push_back(now);
        None
    }
}
