//! The check run: the same story where branch protection can ask for it.

use super::comment::summary;
use super::sentences;
use super::story::Story;
use crate::environment::{Absence, CommitSha, Phase};
use crate::github::{Annotation, CheckWords, Conclusion};

/// GitHub takes 50 annotations in one request.
const ANNOTATIONS_AT_MOST: usize = 50;

/// The check run, if there should be one.
pub(super) fn check(story: &Story<'_>) -> Option<CheckWords> {
    if story.is_silent() {
        return None;
    }
    let (head, conclusion) = match story.absence() {
        None => wanted(story)?,
        Some(Absence::NoFile) => no_file(story)?,
        Some(Absence::Draft | Absence::Fork | Absence::NoWriteAccess { .. }) => {
            (story.head()?, Some(Conclusion::Neutral))
        }
        Some(
            Absence::Merged
            | Absence::Closed
            | Absence::Expired
            | Absence::Destroyed { .. }
            | Absence::Uninstalled
            | Absence::Gone,
        ) => ended(story)?,
    };
    Some(CheckWords {
        head: head.clone(),
        conclusion,
        title: sentences::title(story),
        summary: summary(story),
        annotations: annotations(story),
        details_url: story.page().map(Into::into),
    })
}

fn wanted<'a>(story: &Story<'a>) -> Option<(&'a CommitSha, Option<Conclusion>)> {
    let conclusion = match story.phase {
        Phase::Ready => Some(Conclusion::Success),
        Phase::BadFile | Phase::ChecksFailed | Phase::Failed => Some(Conclusion::Failure),
        Phase::Declined => Some(Conclusion::Neutral),
        Phase::Reading
        | Phase::WaitingForChecks
        | Phase::Queued
        | Phase::Deploying
        | Phase::Verifying
        | Phase::Ending
        | Phase::Ended => None,
    };
    // As long as nobody knows whether there is a file, nothing is said; a repository without one would
    // otherwise be left with a check that never ends.
    let is_known = story.phase != Phase::Reading || story.incarnation().is_some();
    is_known.then_some((story.head()?, conclusion))
}

/// A commit that took the file away still has the check that said it was being read.
fn no_file<'a>(story: &Story<'a>) -> Option<(&'a CommitSha, Option<Conclusion>)> {
    let head = story.head()?;
    let said = story.env.said.check_on()?;
    if said == head {
        return Some((head, Some(Conclusion::Neutral)));
    }
    // The commit before had the file, and its check may still run.
    (!story.is_concluded(said)).then_some((said, Some(Conclusion::Cancelled)))
}

/// A check that has concluded is left as it is; one that still runs ends with the environment.
fn ended<'a>(story: &Story<'a>) -> Option<(&'a CommitSha, Option<Conclusion>)> {
    let said = story.env.said.check_on()?;
    (!story.is_concluded(said)).then_some((said, Some(Conclusion::Cancelled)))
}

fn annotations(story: &Story<'_>) -> Vec<Annotation> {
    let findings = story.findings().iter().take(ANNOTATIONS_AT_MOST);
    let annotations = findings.map(|finding| {
        let help = match &finding.help {
            Some(help) => format!("\n{}", story.plain(help, 1_000)),
            None => String::new(),
        };
        Annotation {
            path: finding.path.clone(),
            line: finding.line.max(1),
            message: format!("{}{help}", story.plain(&finding.message, 1_000)),
        }
    });
    annotations.collect()
}
