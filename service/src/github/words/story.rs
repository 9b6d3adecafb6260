//! An environment as the words look at it: what holds for all of them, worked out once.

use super::WordsContext;
use super::escape;
use crate::environment::{
    Absence, CommitSha, Environment, Gate, HealthVerdict, Incarnation, Phase, Plan, PullRequest,
    ReadingOutcome, ResourceFailure, StackName, StackRecord, Target, Wish,
};
use chrono::{DateTime, TimeDelta, Utc};
use ebbtide_templates::Finding;
use url::Url;

/// An environment and everything that is derived from it.
pub(super) struct Story<'a> {
    pub(super) env: &'a Environment,
    pub(super) context: &'a WordsContext,
    pub(super) phase: Phase,
}

/// What stopped a deployment.
pub(super) enum Failure<'a> {
    /// A stack, with the first resource that failed, or at least a sentence.
    Stack {
        stack: &'a StackName,
        resource: Option<&'a ResourceFailure>,
        sentence: &'a str,
    },
    /// A health check.
    Health { reason: &'a str },
}

impl<'a> Story<'a> {
    pub(super) fn new(env: &'a Environment, context: &'a WordsContext) -> Self {
        Self {
            env,
            context,
            phase: env.phase(),
        }
    }

    /// Why nothing is wanted, if nothing is.
    pub(super) fn absence(&self) -> Option<&'a Absence> {
        match &self.env.wish {
            Wish::Absent { reason, .. } => Some(reason),
            Wish::Unknown | Wish::Present { .. } => None,
        }
    }

    /// Whether nothing can or should be said at all.
    pub(super) fn is_silent(&self) -> bool {
        match &self.env.wish {
            Wish::Unknown => true,
            Wish::Absent { reason, .. } => matches!(reason, Absence::Uninstalled | Absence::Gone),
            Wish::Present { .. } => false,
        }
    }

    /// The commit that the words are about.
    pub(super) fn head(&self) -> Option<&'a CommitSha> {
        let target = match &self.env.wish {
            Wish::Present { target, .. } => Some(target),
            Wish::Absent { target, .. } => target.as_ref(),
            Wish::Unknown => None,
        };
        target
            .map(|target| &target.revision)
            .or_else(|| self.env.pull_request.as_ref().map(|live| &live.head))
    }

    pub(super) fn incarnation(&self) -> Option<&'a Incarnation> {
        self.env.incarnation.as_ref()
    }

    fn current(&self) -> Option<(&'a Target, u32)> {
        match &self.env.wish {
            Wish::Present {
                target, attempt, ..
            } => Some((target, *attempt)),
            Wish::Unknown | Wish::Absent { .. } => None,
        }
    }

    /// What is to be deployed for the commit that is wanted now.
    pub(super) fn plan(&self) -> Option<&'a Plan> {
        let (target, attempt) = self.current()?;
        match self.env.reading_for(target, attempt)? {
            ReadingOutcome::Plan(plan) => Some(plan),
            ReadingOutcome::Bad { .. } => None,
        }
    }

    /// What is to be mended in the file, while that is what everything waits for.
    pub(super) fn findings(&self) -> &'a [Finding] {
        let outcome = self
            .current()
            .and_then(|(target, attempt)| self.env.reading_for(target, attempt));
        match outcome {
            Some(ReadingOutcome::Bad { findings }) => findings,
            Some(ReadingOutcome::Plan(_)) | None => &[],
        }
    }

    /// When the environment ends by itself, and how long after the last push that is.
    pub(super) fn ends(&self) -> Option<(DateTime<Utc>, TimeDelta)> {
        let Wish::Present { since, .. } = &self.env.wish else {
            return None;
        };
        let ttl = TimeDelta::try_seconds(i64::try_from(self.plan()?.ttl_seconds).ok()?)?;
        Some((since.checked_add_signed(ttl)?, ttl))
    }

    /// The commit that was ready last, where another one is wanted by now.
    pub(super) fn ready_before(&self) -> Option<&'a CommitSha> {
        let (settled, _) = self.incarnation()?.settled.as_ref()?;
        (Some(&settled.revision) != self.head()).then_some(&settled.revision)
    }

    /// What stopped the deployment that is wanted now.
    pub(super) fn failure(&self) -> Option<Failure<'a>> {
        let (target, attempt) = self.current()?;
        let incarnation = self.incarnation()?;
        let stopped = incarnation.stacks.iter().find_map(|(name, stack)| {
            let intent = stack.intent.as_ref()?;
            let is_current = intent.revision == target.revision && intent.attempt == attempt;
            let sentence = intent.failed.as_deref().filter(|_| is_current)?;
            Some(Failure::Stack {
                stack: name,
                resource: stack.failure.as_ref(),
                sentence,
            })
        });
        stopped.or_else(|| {
            let probed = incarnation.health.target.as_ref()?;
            if probed.0 != *target || probed.1 != attempt {
                return None;
            }
            match incarnation.health.verdict.as_ref()? {
                HealthVerdict::Failed { reason } => Some(Failure::Health { reason }),
                HealthVerdict::Passed => None,
            }
        })
    }

    /// Whether the commit had come to an end of its own before the environment's end.
    pub(super) fn is_concluded(&self, commit: &CommitSha) -> bool {
        let read = self
            .env
            .reading
            .as_ref()
            .filter(|reading| reading.target.revision == *commit);
        let refused = read.is_some_and(|reading| {
            matches!(reading.outcome, ReadingOutcome::Bad { .. })
                || matches!(self.env.gate, Gate::Broken { .. })
        });
        let deployed = self.incarnation().is_some_and(|incarnation| {
            let settled = incarnation.settled.as_ref();
            let probed = incarnation.health.target.as_ref();
            settled.is_some_and(|(target, _)| target.revision == *commit)
                || incarnation
                    .stacks
                    .values()
                    .any(|stack| has_failed(stack, commit))
                || (probed.is_some_and(|(target, _)| target.revision == *commit)
                    && matches!(
                        incarnation.health.verdict,
                        Some(HealthVerdict::Failed { .. })
                    ))
        });
        refused || deployed
    }

    /// Stacks in the order in which they are deployed; alphabetical where that does not matter.
    pub(super) fn stacks(&self) -> Vec<(&'a StackName, &'a StackRecord)> {
        let Some(incarnation) = self.incarnation() else {
            return Vec::new();
        };
        let mut left: Vec<_> = incarnation.stacks.iter().collect();
        let mut ordered: Vec<(&StackName, &StackRecord)> = Vec::with_capacity(left.len());
        while !left.is_empty() {
            // A circle cannot come from a file that was read well; if one is here, the names decide.
            let next = left
                .iter()
                .position(|(_, stack)| {
                    let waits = |need| left.iter().any(|(name, _)| *name == need);
                    !stack.needs.iter().any(waits)
                })
                .unwrap_or(0);
            ordered.push(left.remove(next));
        }
        ordered
    }

    /// Account ids are shown in private repositories only.
    pub(super) fn is_private(&self) -> bool {
        let live: Option<&PullRequest> = self.env.pull_request.as_ref();
        live.is_some_and(|live| live.private)
    }

    /// A value of somebody else, as code.
    pub(super) fn code(&self, value: &str) -> String {
        escape::code(&self.discreet(value))
    }

    /// The words of somebody else, as code outside of tables.
    pub(super) fn quote(&self, value: &str) -> String {
        escape::quote(&self.discreet(value))
    }

    /// A sentence of somebody else.
    pub(super) fn text(&self, sentence: &str) -> String {
        escape::text(&self.discreet(sentence))
    }

    /// A line that is no Markdown.
    pub(super) fn plain(&self, line: &str, at_most: usize) -> String {
        escape::plain(&self.discreet(line), at_most)
    }

    fn discreet(&self, text: &str) -> String {
        if self.is_private() {
            text.to_owned()
        } else {
            escape::without_account_ids(text)
        }
    }

    /// The commit's short name, linked to GitHub.
    pub(super) fn commit(&self, sha: &CommitSha) -> String {
        let short = self.code(&short(sha));
        match self.on_github(&["commit", sha.as_str()]) {
            Some(url) => format!("[{short}]({})", escape::destination(&url)),
            None => short,
        }
    }

    /// A line of a file at the commit the words are about, linked to GitHub.
    pub(super) fn line(&self, path: &str, line: u32) -> String {
        let name = self.code(&format!("{path}:{line}"));
        let url = self.head().and_then(|head| {
            let mut parts = vec!["blob", head.as_str()];
            parts.extend(path.split('/'));
            let mut url = self.on_github(&parts)?;
            url.set_fragment(Some(&format!("L{line}")));
            Some(url)
        });
        match url {
            Some(url) => format!("[{name}]({})", escape::destination(&url)),
            None => name,
        }
    }

    fn on_github(&self, parts: &[&str]) -> Option<Url> {
        let mut url = self.context.github_url.clone();
        url.path_segments_mut()
            .ok()?
            .pop_if_empty()
            .extend(self.env.repository.as_str().split('/'))
            .extend(parts);
        Some(url)
    }

    /// The environment's page here.
    pub(super) fn page(&self) -> Option<Url> {
        let mut url = self.context.public_url.clone()?;
        url.path_segments_mut()
            .ok()?
            .pop_if_empty()
            .extend(["environments", self.env.id.as_str()]);
        Some(url)
    }
}

fn has_failed(stack: &StackRecord, commit: &CommitSha) -> bool {
    stack
        .intent
        .as_ref()
        .is_some_and(|intent| intent.failed.is_some() && intent.revision == *commit)
}

/// The seven characters by which people know a commit.
pub(super) fn short(sha: &CommitSha) -> String {
    sha.as_str().chars().take(7).collect()
}
