//! What we say on GitHub: rendered anew at each pass, compared with what was said, and only the difference
//! is written. A crash loses nothing and a burst of changes collapses into one write.

use super::Reconciler;
use super::look::{period, repo, salt};
use crate::environment::{Environment, InstallationId, Setback};
use crate::github::words::{CHECK_NAME, Urgency, Words, digest, digest_of, marker, words};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// GitHub allows 80 content writes a minute; a part is left to others and to other replicas.
const WRITES_A_MINUTE: usize = 50;
/// GitHub allows 500 an hour.
const WRITES_AN_HOUR: usize = 400;
/// Beyond this share of the budget progress is written rarely.
const SHORT: f64 = 0.5;
/// How often progress is written when there is plenty.
const PROGRESS_EVERY: Duration = Duration::from_secs(5);
/// How often it is written when the budget is short.
const RARE_PROGRESS_EVERY: Duration = Duration::from_secs(120);
/// After so many failures in a row, which no outage explains, only one try an hour is made.
const MANY_FAILURES: u32 = 12;

/// The writes of the last hour, by installation.
#[derive(Default)]
pub struct Budget {
    writes: Mutex<HashMap<InstallationId, VecDeque<DateTime<Utc>>>>,
}

impl Budget {
    /// How much of the budget is used, from 0 to 1.
    fn used(&self, installation: InstallationId, now: DateTime<Utc>) -> f64 {
        let mut all = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        let writes = all.entry(installation).or_default();
        while writes
            .front()
            .is_some_and(|at| *at <= now - TimeDelta::hours(1))
        {
            writes.pop_front();
        }
        let minute = writes
            .iter()
            .filter(|at| **at > now - TimeDelta::minutes(1))
            .count();
        #[expect(clippy::cast_precision_loss, reason = "both are below a thousand")]
        let share = |count: usize, limit: usize| count as f64 / limit as f64;
        share(minute, WRITES_A_MINUTE).max(share(writes.len(), WRITES_AN_HOUR))
    }

    fn spend(&self, installation: InstallationId, now: DateTime<Utc>) {
        let mut all = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(installation).or_default().push_back(now);
    }
}

impl Reconciler {
    /// Says what is to be said and was not. A failure is remembered and never keeps the environment's life
    /// from going on.
    pub(super) async fn speak(&self, environment: &mut Environment) {
        let now = self.clock.now();
        let failed = environment.said.failures > 0;
        if failed && environment.said.retry_at.is_some_and(|retry| retry > now) {
            return;
        }
        let words = words(environment, &self.settings.words);
        if !environment.differs(&words) {
            environment.said.retry_at = None;
            environment.said.failures = 0;
            return;
        }
        if let Some(later) = self.too_soon(environment, words.urgency, now) {
            environment.said.retry_at = Some(later);
            return;
        }
        match self.say(environment, &words).await {
            Ok(()) => {
                environment.said.failures = 0;
                environment.said.retry_at = None;
                if words.urgency == Urgency::Progress {
                    environment.said.progress_at = Some(now);
                }
            }
            Err(setback) => {
                let count = environment.said.failures.saturating_add(1);
                environment.said.failures = count;
                let wait = if count > MANY_FAILURES && setback.is_refusal() {
                    Duration::from_secs(3600)
                } else {
                    self.settings.pace.retry(&setback, count, salt(environment))
                };
                tracing::warn!(count, %setback, "GitHub cannot be told");
                environment.said.retry_at = Some(self.clock.now() + period(wait));
            }
        }
    }

    /// Until when these words have to wait, if they do.
    fn too_soon(
        &self,
        environment: &Environment,
        urgency: Urgency,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let used = self.budget.used(environment.installation, now);
        if used >= 1.0 || (used >= 0.9 && urgency == Urgency::Failure) {
            return Some(now + TimeDelta::seconds(15));
        }
        if urgency != Urgency::Progress {
            return None;
        }
        let every = if used >= SHORT {
            RARE_PROGRESS_EVERY
        } else {
            PROGRESS_EVERY
        };
        environment
            .said
            .progress_at
            .map(|last| last + period(every))
            .filter(|next| *next > now)
    }

    async fn say(&self, environment: &mut Environment, words: &Words) -> Result<(), Setback> {
        let repo = repo(environment);
        let (installation, number) = (environment.installation, environment.key.pull_request);
        let id = environment.id.clone();
        let said = &mut environment.said;
        if let Some(comment) = &words.comment
            && said.comment_digest.as_ref() != Some(&digest(comment))
        {
            self.budget.spend(installation, self.clock.now());
            let put = self
                .github
                .put_comment(&repo, number, &marker(&id), said.comment, comment)
                .await?;
            said.comment = Some(put);
            said.comment_digest = Some(digest(comment));
        }
        if let Some(check) = &words.check
            && said.check_digest.as_ref() != Some(&digest_of(check))
        {
            self.budget.spend(installation, self.clock.now());
            // A run on an older commit is handed over too: it is closed when the new one is made.
            let known = said.check.as_ref().map(|(check, _)| *check);
            let put = self
                .github
                .put_check(&repo, CHECK_NAME, id.as_str(), known, check)
                .await?;
            said.check = Some((put, check.head.clone()));
            said.check_digest = Some(digest_of(check));
        }
        if let Some(deployment) = &words.deployment
            && said.deployment_digest.as_ref() != Some(&digest_of(deployment))
        {
            self.budget.spend(installation, self.clock.now());
            let known = said
                .deployment
                .as_ref()
                .filter(|(_, head)| *head == deployment.head)
                .map(|(deployment, _)| *deployment);
            let put = self.github.put_deployment(&repo, known, deployment).await?;
            said.deployment = Some((put, deployment.head.clone()));
            said.deployment_digest = Some(digest_of(deployment));
        }
        Ok(())
    }
}

impl Environment {
    /// Whether anything of these words was not said yet.
    fn differs(&self, words: &Words) -> bool {
        let said = &self.said;
        let new = |old: &Option<String>, new: Option<String>| new.is_some() && *old != new;
        new(&said.comment_digest, words.comment.as_deref().map(digest))
            || new(&said.check_digest, words.check.as_ref().map(digest_of))
            || new(
                &said.deployment_digest,
                words.deployment.as_ref().map(digest_of),
            )
    }
}
