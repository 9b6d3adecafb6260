//! One sentence for where an environment stands, and one for why it ends.

use super::page::{count, list, place_in_queue};
use super::story::{Failure, Story, short};
use super::time;
use crate::environment::{Absence, Gate, HealthVerdict, Life, Phase};
use chrono::TimeDelta;

/// The state in a word or two, as it stands in the heading.
pub(super) fn state(story: &Story<'_>) -> &'static str {
    match story.phase {
        Phase::Reading => "Reading",
        Phase::BadFile => "Something to mend",
        Phase::WaitingForChecks => "Waiting for checks",
        Phase::ChecksFailed => "Held back by a check",
        Phase::Queued => "Queued",
        Phase::Deploying if story.ready_before().is_some() => "Updating",
        Phase::Deploying => "Deploying",
        Phase::Verifying => "Checking health",
        Phase::Ready => "Ready",
        Phase::Failed => "Failed",
        Phase::Declined => "Not deployed",
        Phase::Ending => "Ending",
        Phase::Ended
            if story
                .env
                .last_life
                .as_ref()
                .is_some_and(Life::leaves_something) =>
        {
            "Ended, with something left"
        }
        Phase::Ended => "Ended",
    }
}

/// The sentence under the heading.
pub(super) fn lead(story: &Story<'_>) -> String {
    match story.phase {
        Phase::Reading => "Reading `.ebbtide.yml` at this commit.".to_owned(),
        Phase::BadFile => format!(
            "{} before this commit can be deployed:",
            to_mend(story.findings().len())
        ),
        Phase::WaitingForChecks => format!(
            "This commit is deployed as soon as {} green.",
            are(&checks(story))
        ),
        Phase::ChecksFailed => format!(
            "Not deployed, because {} red. A new run that turns green deploys this commit.",
            are(&checks(story))
        ),
        Phase::Queued => format!("{}.", place_in_queue(story.env.queue_position)),
        Phase::Deploying => "The stacks of this commit are being deployed.".to_owned(),
        Phase::Verifying => {
            "Everything is deployed. The health checks have not passed yet.".to_owned()
        }
        Phase::Ready => ready(story).to_owned(),
        Phase::Failed => failed(story),
        Phase::Declined => declined(story),
        Phase::Ending => format!("Everything is being deleted: {}.", why(story)),
        Phase::Ended => ended(story),
    }
}

fn ready(story: &Story<'_>) -> &'static str {
    let health = story
        .incarnation()
        .and_then(|incarnation| incarnation.health.verdict.as_ref());
    match health {
        Some(HealthVerdict::Passed) => "Everything is deployed, and the health checks pass.",
        Some(HealthVerdict::Failed { .. }) | None => "Everything is deployed.",
    }
}

fn failed(story: &Story<'_>) -> String {
    match story.failure() {
        Some(Failure::Stack {
            stack,
            resource: Some(resource),
            ..
        }) => format!(
            "The stack {} failed at {} ({}):",
            story.code(stack.as_str()),
            story.code(&resource.logical_id),
            story.code(&resource.kind)
        ),
        Some(Failure::Stack { stack, .. }) => {
            format!("The stack {} failed:", story.code(stack.as_str()))
        }
        Some(Failure::Health { .. }) => {
            "Everything is deployed, but a health check did not pass:".to_owned()
        }
        None => "The deployment failed.".to_owned(),
    }
}

fn declined(story: &Story<'_>) -> String {
    match story.absence() {
        Some(Absence::Fork) => "Thank you for this pull request. It comes from a fork, and only \
             branches of this repository are deployed, so this one is not."
            .to_owned(),
        Some(Absence::NoWriteAccess { .. }) => "Thank you for this pull request. Only those by \
             people with write access to this repository are deployed, so this one is not."
            .to_owned(),
        Some(Absence::Draft) => {
            "Drafts are not deployed in this repository. Mark the pull request \
             as ready for review, and it is."
                .to_owned()
        }
        _ => format!("Nothing is deployed: {}.", why(story)),
    }
}

fn ended(story: &Story<'_>) -> String {
    let why = why(story);
    let Some(life) = &story.env.last_life else {
        return format!("Nothing was deployed: {why} before an account was taken.");
    };
    let lived = time::duration(life.ended_at - life.started_at);
    if !life.leaves_something() {
        format!("Everything is deleted: {why}. It lived {lived}.")
    } else if life.left.is_empty() {
        format!("Every stack is deleted: {why}. It lived {lived}.")
    } else {
        format!("It ended because {why}, and lived {lived}.")
    }
}

/// How the account was emptied, once that is proven.
pub(super) fn emptied(story: &Story<'_>) -> Option<String> {
    let emptied = story.env.last_life.as_ref()?.emptied.as_ref()?;
    if story.phase != Phase::Ended {
        return None;
    }
    let took = time::exact(TimeDelta::seconds(
        i64::try_from(emptied.seconds).unwrap_or(i64::MAX),
    ));
    let certificate = story.code(emptied.certificate.as_str());
    Some(match emptied.resources {
        0 => format!("Its account was proven empty in {took}: certificate {certificate}."),
        1 => format!(
            "Its account was emptied in {took}: 1 resource was left behind and is deleted, \
             certificate {certificate}."
        ),
        count => format!(
            "Its account was emptied in {took}: {count} resources were left behind and are deleted, \
             certificate {certificate}."
        ),
    })
}

/// What a person can do now, where anything can be done.
pub(super) fn next(story: &Story<'_>) -> Option<&'static str> {
    match (story.phase, story.absence()) {
        (Phase::Failed, _) => Some("Push a fix, or re-run the check to try again."),
        (Phase::BadFile, _) if story.incarnation().is_some() => {
            Some("What was deployed before stays as it is until then.")
        }
        (Phase::Ended, Some(Absence::Expired | Absence::Destroyed { .. })) => {
            Some("Push, or re-run the check, and there is a new one.")
        }
        _ => None,
    }
}

/// Why nothing is wanted any more.
fn why(story: &Story<'_>) -> String {
    match story.absence() {
        Some(Absence::Merged) => "the pull request was merged".to_owned(),
        Some(Absence::Closed) => "the pull request was closed".to_owned(),
        Some(Absence::Expired) => "its time to live ran out".to_owned(),
        Some(Absence::Destroyed { by }) => format!("{} ended it", story.code(by)),
        Some(Absence::Draft) => "the pull request is a draft".to_owned(),
        Some(Absence::Fork) => "the pull request comes from a fork".to_owned(),
        Some(Absence::NoWriteAccess { author }) => {
            format!("{} has no write access", story.code(author.as_str()))
        }
        Some(Absence::NoFile) => "there is no `.ebbtide.yml` at this commit".to_owned(),
        Some(Absence::Uninstalled | Absence::Gone) => "nothing is wanted".to_owned(),
        // It is wanted again while its end was under way.
        None => "it had begun to end, and is then made anew".to_owned(),
    }
}

/// What is not going as it should, once that has lasted for a while.
pub(super) fn trouble(story: &Story<'_>) -> Option<String> {
    let trouble = &story.env.trouble;
    let words = trouble.words.as_deref().filter(|_| trouble.is_lasting())?;
    if story.phase == Phase::Queued {
        return Some(format!(
            "No account can be had at the moment: {}; trying again.",
            story.quote(words)
        ));
    }
    let who = match story.phase {
        Phase::Queued | Phase::Deploying | Phase::Ending | Phase::Ready | Phase::Failed => "AWS",
        Phase::Verifying => "The application",
        Phase::Reading
        | Phase::BadFile
        | Phase::WaitingForChecks
        | Phase::ChecksFailed
        | Phase::Declined
        | Phase::Ended => "GitHub",
    };
    Some(format!(
        "{who} is not answering as it should: {}; trying again.",
        story.quote(words)
    ))
}

/// The whole story in one plain line: the check run's title.
pub(super) fn title(story: &Story<'_>) -> String {
    /// As long as a title stays readable.
    const TITLE_AT_MOST: usize = 140;
    let line = match story.phase {
        Phase::BadFile => {
            let findings = story.findings();
            let place = findings.first().map(|finding| {
                let rest = match findings.len() {
                    0 | 1 => String::new(),
                    more => format!(" (and {} more)", more - 1),
                };
                format!(
                    "{}:{}: {}{rest}",
                    finding.path, finding.line, finding.message
                )
            });
            place.unwrap_or_else(|| state(story).to_owned())
        }
        Phase::WaitingForChecks => format!("Waiting for {}", checks_plainly(story)),
        Phase::ChecksFailed => format!("Held back by {}", checks_plainly(story)),
        Phase::Queued => place_in_queue(story.env.queue_position),
        Phase::Failed => match story.failure() {
            Some(Failure::Stack {
                stack,
                resource: Some(resource),
                ..
            }) => format!(
                "{stack} failed at {}: {}",
                resource.logical_id, resource.reason
            ),
            Some(Failure::Stack {
                stack, sentence, ..
            }) => format!("{stack} failed: {sentence}"),
            Some(Failure::Health { reason }) => format!("A health check did not pass: {reason}"),
            None => state(story).to_owned(),
        },
        Phase::Declined => match story.absence() {
            Some(Absence::Fork) => "Not deployed: it comes from a fork".to_owned(),
            Some(Absence::NoWriteAccess { author }) => {
                format!("Not deployed: {author} has no write access")
            }
            Some(Absence::Draft) => "Not deployed: it is a draft".to_owned(),
            _ => state(story).to_owned(),
        },
        Phase::Deploying => match story.head() {
            Some(head) => format!("{} {}", state(story), short(head)),
            None => state(story).to_owned(),
        },
        Phase::Reading | Phase::Verifying | Phase::Ready | Phase::Ending | Phase::Ended => {
            state(story).to_owned()
        }
    };
    story.plain(&line, TITLE_AT_MOST)
}

/// Checks that are named at most.
const CHECKS_AT_MOST: usize = 20;

fn checks(story: &Story<'_>) -> Vec<String> {
    let names = names_of_checks(story).iter().take(CHECKS_AT_MOST);
    names.map(|name| story.code(name)).collect()
}

fn checks_plainly(story: &Story<'_>) -> String {
    let names: Vec<String> = names_of_checks(story)
        .iter()
        .take(CHECKS_AT_MOST)
        .cloned()
        .collect();
    list(&names)
}

fn names_of_checks<'a>(story: &Story<'a>) -> &'a [String] {
    match &story.env.gate {
        Gate::Waiting { on: names } | Gate::Broken { by: names } => names,
        Gate::Unknown | Gate::Open => &[],
    }
}

fn are(names: &[String]) -> String {
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", list(names))
}

fn to_mend(findings: usize) -> String {
    let verb = if findings == 1 { "is" } else { "are" };
    format!("There {verb} {} to mend", count(findings, "thing"))
}
