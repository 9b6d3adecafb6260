//! The sticky comment: one per pull request, edited in place.

use super::escape;
use super::marker;
use super::page::{Page, bounded, facts};
use super::sentences;
use super::stacks;
use super::story::{Failure, Story};
use super::time;
use crate::environment::{Absence, Phase};
use std::collections::BTreeMap;

/// Findings that are listed.
const FINDINGS_AT_MOST: usize = 50;
/// Named outputs that are shown.
const OUTPUTS_AT_MOST: usize = 50;

/// The comment, if there should be one.
pub(super) fn comment(story: &Story<'_>) -> Option<String> {
    if !is_wanted(story) {
        return None;
    }
    let mut page = Page::default();
    page.push(format!(
        "{}\n### 🌊 Preview environment · {}",
        marker(&story.env.id),
        sentences::state(story)
    ));
    write_story(story, &mut page);
    page.push_some(match story.phase {
        Phase::Declined | Phase::Ended => None,
        _ => stacks::resources(story),
    });
    page.push(footer(story));
    Some(page.render())
}

/// The check run's summary: the same story without heading, footer and resources.
pub(super) fn summary(story: &Story<'_>) -> String {
    let mut page = Page::default();
    write_story(story, &mut page);
    page.render()
}

fn is_wanted(story: &Story<'_>) -> bool {
    let is_there = story.env.said.has_comment();
    if story.is_silent() {
        return false;
    }
    match (story.phase, story.absence()) {
        // Nobody is bothered by a repository without the file, or by a draft.
        (Phase::Declined, Some(Absence::Fork | Absence::NoWriteAccess { .. })) => true,
        (Phase::Declined, _) => is_there,
        // Whether there is a file to speak of is not known yet.
        (Phase::Reading, _) => is_there || story.incarnation().is_some(),
        // A life that never began needs no obituary.
        (Phase::Ended, _) => is_there || story.env.last_life.is_some(),
        _ => true,
    }
}

fn write_story(story: &Story<'_>, page: &mut Page) {
    page.push(sentences::lead(story));
    page.push(findings(story));
    page.push_some(reason(story));
    page.push(left(story));
    page.push_some(sentences::emptied(story));
    page.push_some(sentences::next(story).map(str::to_owned));
    page.push_some(sentences::trouble(story));
    page.push(facts(&rows(story)));
    page.push(match story.phase {
        Phase::Deploying | Phase::Verifying | Phase::Failed | Phase::Ending => stacks::table(story),
        _ => String::new(),
    });
}

/// What is to be mended, with links to the lines.
fn findings(story: &Story<'_>) -> String {
    let lines = story.findings().iter().map(|finding| {
        let place = story.line(&finding.path, finding.line);
        let message = story.text(&finding.message);
        match &finding.help {
            Some(help) => format!("- {place}: {message}<br>{}", story.text(help)),
            None => format!("- {place}: {message}"),
        }
    });
    bounded(lines, FINDINGS_AT_MOST, |more| format!("- and {more} more"))
}

/// The words of whoever refused, quoted.
fn reason(story: &Story<'_>) -> Option<String> {
    let quoted = match story.phase {
        Phase::Failed => match story.failure()? {
            Failure::Stack {
                resource: Some(resource),
                ..
            } => &resource.reason,
            Failure::Stack { sentence, .. } => sentence,
            Failure::Health { reason } => reason,
        },
        Phase::Verifying => story.incarnation()?.health.last.as_deref()?,
        _ => return None,
    };
    Some(format!("> {}", story.quote(quoted)))
}

/// Stacks that could not be deleted.
fn left(story: &Story<'_>) -> String {
    let (Some(life), Phase::Ended) = (&story.env.last_life, story.phase) else {
        return String::new();
    };
    if !life.leaves_something() {
        return String::new();
    }
    let stuck = stacks_with_reasons(
        story,
        "These stacks could not be deleted. What is left of them is deleted resource by resource, and \
         their account is lent to nobody until it is proven empty:",
        &life.left,
    );
    let forced = stacks_with_reasons(
        story,
        "These stacks could only be deleted by force. What AWS left behind is deleted resource by \
         resource, and their account is lent to nobody until it is proven empty:",
        &life.forced,
    );
    match (stuck.is_empty(), forced.is_empty()) {
        (false, false) => format!("{stuck}\n\n{forced}"),
        _ => stuck + &forced,
    }
}

/// A sentence over a list of stacks and why each stands in it; empty without any.
fn stacks_with_reasons(
    story: &Story<'_>,
    sentence: &str,
    stacks: &BTreeMap<String, String>,
) -> String {
    if stacks.is_empty() {
        return String::new();
    }
    let lines = stacks
        .iter()
        .map(|(stack, reason)| format!("- {}: {}", story.code(stack), story.quote(reason)));
    let lines = bounded(lines, FINDINGS_AT_MOST, |more| format!("- and {more} more"));
    format!("{sentence}\n\n{lines}")
}

/// The table of facts.
fn rows(story: &Story<'_>) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    let mut row = |name: &str, value: String| {
        if !value.is_empty() {
            rows.push((name.to_owned(), value));
        }
    };
    if story.phase == Phase::Declined {
        return rows;
    }
    if story.phase != Phase::Ending
        && let Some(incarnation) = story.incarnation()
    {
        let shown = &incarnation.shown;
        let address = |url: &String| escape::link(url).unwrap_or_else(|| story.code(url));
        row("URL", shown.url.as_ref().map(address).unwrap_or_default());
        for (name, value) in shown.outputs.iter().take(OUTPUTS_AT_MOST) {
            row(&story.code(name), output(story, value));
        }
    }
    row(
        "Commit",
        story
            .head()
            .map(|sha| story.commit(sha))
            .unwrap_or_default(),
    );
    let before = story.ready_before().filter(|_| story.absence().is_none());
    row(
        "Ready before",
        before.map(|sha| story.commit(sha)).unwrap_or_default(),
    );
    if story.phase == Phase::Ended {
        return rows;
    }
    row("Region", region(story));
    if story.is_private()
        && let Some(incarnation) = story.incarnation()
    {
        row("Account", story.code(incarnation.account.as_str()));
    }
    if let Some((at, ttl)) = story.ends() {
        let ttl = time::duration(ttl);
        row(
            "Ends",
            format!("{}, {ttl} after the last push", time::moment(at)),
        );
    }
    if story.phase == Phase::Ready {
        row("Last deployment", stacks::last_changes(story));
    }
    rows
}

fn output(story: &Story<'_>, value: &str) -> String {
    // In a public repository an address may carry an account id, and half an address is no link.
    let shown = story.plain(value, usize::MAX);
    let link = escape::link(value).filter(|_| shown == value);
    link.unwrap_or_else(|| story.code(value))
}

fn region(story: &Story<'_>) -> String {
    let region = match (story.incarnation(), story.plan()) {
        (Some(incarnation), _) => &incarnation.region,
        (None, Some(plan)) => &plan.region,
        (None, None) => return String::new(),
    };
    story.code(region.as_str())
}

fn footer(story: &Story<'_>) -> String {
    let mut parts = vec![story.code(story.env.id.as_str())];
    if let Some(page) = story.page() {
        parts.push(format!("[timeline]({})", escape::destination(&page)));
    }
    if !matches!(story.phase, Phase::Declined | Phase::Ending | Phase::Ended) {
        parts.push("deleted when this pull request is merged or closed".to_owned());
    }
    format!("<sub>{}</sub>", parts.join(" · "))
}
