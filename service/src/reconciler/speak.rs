//! What we say on GitHub: rendered anew at each pass, compared with what was said, and only the difference
//! is written. A crash loses nothing and a burst of changes collapses into one write. What is about to be made
//! is written down first ([`crate::environment::Begun`]), so that nothing of ours is forgotten half way.

use super::Reconciler;
use super::look::{period, repo, salt};
use super::pass::Pass;
use crate::environment::{Environment, InstallationId, Said, Setback};
use crate::github::words::{CHECK_NAME, Urgency, Words, digest, digest_of, marker, words};
use crate::github::{CheckWords, Conclusion, DeploymentWords};
use crate::store::StoreError;
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
const RARE_PROGRESS_EVERY: Duration = Duration::from_mins(2);
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
    pub(super) async fn speak(&self, pass: &mut Pass) -> Result<(), StoreError> {
        let now = self.clock.now();
        let environment = &mut pass.environment;
        let failed = environment.said.failures > 0;
        if failed && environment.said.retry_at.is_some_and(|retry| retry > now) {
            return Ok(());
        }
        let words = words(environment, &self.settings.words);
        if !environment.differs(&words) {
            environment.said.retry_at = None;
            environment.said.failures = 0;
            return Ok(());
        }
        if let Some(later) = self.too_soon(environment, words.urgency, now) {
            environment.said.retry_at = Some(later);
            return Ok(());
        }
        match self.say(pass, &words).await? {
            Ok(()) => {
                let said = &mut pass.environment.said;
                said.failures = 0;
                said.retry_at = None;
                if words.urgency == Urgency::Progress {
                    said.progress_at = Some(now);
                }
            }
            Err(setback) => {
                let environment = &mut pass.environment;
                let count = environment.said.failures.saturating_add(1);
                environment.said.failures = count;
                let wait = if count > MANY_FAILURES && setback.is_refusal() {
                    Duration::from_hours(1)
                } else {
                    self.settings.pace.retry(&setback, count, salt(environment))
                };
                tracing::warn!(count, %setback, "GitHub cannot be told");
                environment.said.retry_at = Some(self.clock.now() + period(wait));
            }
        }
        Ok(())
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

    /// The outer error is a lost lease, which ends the pass.
    async fn say(&self, pass: &mut Pass, words: &Words) -> Result<Result<(), Setback>, StoreError> {
        self.still_holds(pass)?;
        if let Err(setback) = self.end_forgotten_check(pass, words).await {
            return Ok(Err(setback));
        }
        pass.environment.said.begin(words);
        self.checkpoint(pass).await?;
        self.write(pass, words).await
    }

    /// A check run that may have been made on a commit that is not the newest any more: it would run for
    /// ever, as nobody knows its id.
    async fn end_forgotten_check(&self, pass: &mut Pass, words: &Words) -> Result<(), Setback> {
        let environment = &mut pass.environment;
        let (Some(old), Some(new)) = (&environment.said.begun.check, &words.check) else {
            return Ok(());
        };
        if *old == new.head {
            return Ok(());
        }
        let end = CheckWords {
            head: old.clone(),
            conclusion: Some(Conclusion::Cancelled),
            title: "Superseded".to_owned(),
            summary: "A newer commit was pushed before this one was ready.".to_owned(),
            annotations: Vec::new(),
            details_url: None,
        };
        self.write_check(environment, &end).await
    }

    /// Where one of the three is refused (a locked conversation, a permission that is missing), the others are
    /// written all the same.
    async fn write(
        &self,
        pass: &mut Pass,
        words: &Words,
    ) -> Result<Result<(), Setback>, StoreError> {
        let mut written = Ok(());
        if let Some(comment) = &words.comment
            && pass.environment.said.comment_digest.as_ref() != Some(&digest(comment))
        {
            self.still_holds(pass)?;
            written = self.write_comment(&mut pass.environment, comment).await;
        }
        if let Some(check) = &words.check
            && pass.environment.said.check_digest.as_ref() != Some(&digest_of(check))
            && !is_unavailable(&written)
        {
            self.still_holds(pass)?;
            written = written.and(self.write_check(&mut pass.environment, check).await);
        }
        if let Some(deployment) = &words.deployment
            && pass.environment.said.deployment_digest.as_ref() != Some(&digest_of(deployment))
            && !is_unavailable(&written)
        {
            self.still_holds(pass)?;
            let deployed = self
                .write_deployment(&mut pass.environment, deployment)
                .await;
            written = written.and(deployed);
        }
        Ok(written)
    }

    async fn write_comment(
        &self,
        environment: &mut Environment,
        comment: &str,
    ) -> Result<(), Setback> {
        self.budget
            .spend(environment.installation, self.clock.now());
        let (repo, number) = (repo(environment), environment.key.pull_request);
        let marker = marker(&environment.id);
        let said = &mut environment.said;
        let put = self
            .github
            .put_comment(&repo, number, &marker, said.comment, comment)
            .await?;
        said.comment = Some(put);
        said.begun.comment = false;
        said.comment_digest = Some(digest(comment));
        Ok(())
    }

    async fn write_deployment(
        &self,
        environment: &mut Environment,
        deployment: &DeploymentWords,
    ) -> Result<(), Setback> {
        self.budget
            .spend(environment.installation, self.clock.now());
        let repo = repo(environment);
        let said = &mut environment.said;
        let known = said
            .deployment
            .as_ref()
            .filter(|(_, head)| *head == deployment.head)
            .map(|(deployment, _)| *deployment);
        let put = self.github.put_deployment(&repo, known, deployment).await?;
        said.deployment = Some((put, deployment.head.clone()));
        said.begun.deployment = None;
        said.deployment_digest = Some(digest_of(deployment));
        Ok(())
    }

    async fn write_check(
        &self,
        environment: &mut Environment,
        check: &CheckWords,
    ) -> Result<(), Setback> {
        let repo = repo(environment);
        self.budget
            .spend(environment.installation, self.clock.now());
        // One on an older commit is named too: it is ended where it still runs.
        let known = environment.said.check.as_ref().map(|(check, _)| *check);
        let put = self
            .github
            .put_check(&repo, CHECK_NAME, environment.id.as_str(), known, check)
            .await?;
        let said = &mut environment.said;
        said.check = Some((put, check.head.clone()));
        said.begun.check = None;
        said.check_digest = Some(digest_of(check));
        Ok(())
    }
}

/// Whether GitHub did not answer as it should: then nothing further is asked of it.
fn is_unavailable(written: &Result<(), Setback>) -> bool {
    written.as_ref().is_err_and(|setback| !setback.is_refusal())
}

impl Said {
    /// Notes what these words are about to make and to change: until that is answered, nobody knows what
    /// stands on GitHub.
    fn begin(&mut self, words: &Words) {
        if let Some(comment) = &words.comment {
            self.begun.comment |= self.comment.is_none();
            unless_same(&mut self.comment_digest, &digest(comment));
        }
        if let Some(check) = &words.check {
            if self.check_on() != Some(&check.head) {
                self.begun.check = Some(check.head.clone());
            }
            unless_same(&mut self.check_digest, &digest_of(check));
        }
        if let Some(deployment) = &words.deployment {
            if self.deployment_of() != Some(&deployment.head) {
                self.begun.deployment = Some(deployment.head.clone());
            }
            unless_same(&mut self.deployment_digest, &digest_of(deployment));
        }
    }
}

/// Forgets what was said last, unless it is to be said still.
fn unless_same(said: &mut Option<String>, digest: &str) {
    if said.as_deref() != Some(digest) {
        *said = None;
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
