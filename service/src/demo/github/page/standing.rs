//! How a pull request stands: its checks and its Deployments.

use super::html::{escape, pill};
use super::markdown;
use crate::demo::github::pulls::{PullRequest, short};
use crate::demo::github::said::{CheckRun, Deployment};
use crate::demo::github::state::{Repository, State};
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

/// Whether a check runs or a Deployment is on its way.
pub(super) fn is_pending(state: &State, place: &Repository, pull: &PullRequest) -> bool {
    checks(state, place, pull)
        .iter()
        .any(|run| run.status != "completed")
        || newest_deployments(state, place, pull)
            .values()
            .any(|one| matches!(deployment_state(one), "queued" | "pending" | "in_progress"))
}

/// The newest run of each name on the head commit.
fn checks<'a>(state: &'a State, place: &Repository, pull: &PullRequest) -> Vec<&'a CheckRun> {
    let mut seen = HashSet::new();
    let mut newest: Vec<&CheckRun> = state
        .check_runs
        .values()
        .rev()
        .filter(|run| run.repository == place.id && run.head_sha == pull.head.sha)
        .filter(|run| seen.insert((run.app_id, run.name.as_str())))
        .collect();
    newest.reverse();
    newest
}

/// The newest Deployment of each environment among this pull request's commits.
fn newest_deployments<'a>(
    state: &'a State,
    place: &Repository,
    pull: &PullRequest,
) -> BTreeMap<&'a str, &'a Deployment> {
    let commits = state.commits_between(&pull.base_sha, &pull.head.sha);
    state
        .deployments
        .values()
        .filter(|one| one.repository == place.id && commits.contains(&one.sha))
        .map(|one| (one.environment.as_str(), one))
        .collect()
}

fn deployment_state(deployment: &Deployment) -> &str {
    deployment
        .statuses
        .last()
        .map_or("pending", |last| &last.state)
}

/// All checks in one sign.
pub(super) fn check_sign(state: &State, place: &Repository, pull: &PullRequest) -> String {
    let runs = checks(state, place, pull);
    let (tone, sign, words) = if runs.is_empty() {
        return String::new();
    } else if runs.iter().any(|run| run.status != "completed") {
        ("amber", "●", "checks are running")
    } else if runs.iter().all(|run| is_green(run)) {
        ("green", "✓", "all checks have passed")
    } else {
        ("red", "✗", "some checks were not successful")
    };
    format!("<span class=\"sign {tone}\" title=\"{words}\" aria-label=\"{words}\">{sign}</span>")
}

fn is_green(run: &CheckRun) -> bool {
    matches!(
        run.conclusion.as_deref(),
        Some("success" | "neutral" | "skipped")
    )
}

pub(super) fn checks_box(state: &State, place: &Repository, pull: &PullRequest) -> String {
    let runs = checks(state, place, pull);
    let mut html =
        String::from("<div class=\"box\" id=\"checks\"><div class=\"box-head\">Checks</div>");
    if runs.is_empty() {
        html.push_str("<p class=\"row quiet\">None on this commit yet.</p>");
    }
    for run in runs {
        let word = run
            .conclusion
            .as_ref()
            .unwrap_or(&run.status)
            .replace('_', " ");
        let (tone, sign) = match run.conclusion.as_deref() {
            None => ("amber", "●"),
            Some("success") => ("green", "✓"),
            Some("neutral" | "skipped") => ("grey", "■"),
            Some(_) => ("red", "✗"),
        };
        let title = run
            .title
            .as_ref()
            .map(|title| format!(" — {}", escape(title)));
        let details = run
            .details_url
            .as_ref()
            .map(|url| format!("<a href=\"{}\" rel=\"noreferrer\">Details</a>", escape(url)));
        let _ = write!(
            html,
            "<div class=\"row\"><span class=\"sign {tone}\" aria-hidden=\"true\">{sign}</span>\
             <div class=\"grow\"><b>{name}</b> <span class=\"quiet\">{word}{title}</span>{more}</div>{details}</div>",
            name = escape(&run.name),
            title = title.unwrap_or_default(),
            more = check_words(run),
            details = details.unwrap_or_default(),
        );
    }
    html.push_str("</div>");
    html
}

/// Summary and annotations of a check run, folded away.
fn check_words(run: &CheckRun) -> String {
    let summary = run.summary.as_deref().unwrap_or_default();
    if summary.trim().is_empty() && run.annotations.is_empty() {
        return String::new();
    }
    let mut html = format!(
        "<details><summary>Summary</summary><div class=\"markdown\">{}",
        markdown::render(summary)
    );
    for annotation in &run.annotations {
        let text = |field: &str| escape(annotation[field].as_str().unwrap_or_default());
        let _ = write!(
            html,
            "<p><code>{}:{}</code> {}</p>",
            text("path"),
            annotation["start_line"],
            text("message")
        );
    }
    html.push_str("</div></details>");
    html
}

pub(super) fn deployments_box(state: &State, place: &Repository, pull: &PullRequest) -> String {
    let newest = newest_deployments(state, place, pull);
    let mut html = String::from("<div class=\"box\"><div class=\"box-head\">Deployments</div>");
    if newest.is_empty() {
        html.push_str("<p class=\"row quiet\">None yet.</p>");
    }
    for (environment, one) in newest {
        let word = deployment_state(one);
        let tone = match word {
            "success" => "green",
            "failure" | "error" => "red",
            "inactive" => "grey",
            _ => "amber",
        };
        let last = one.statuses.last();
        let description = last
            .map(|last| last.description.as_str())
            .unwrap_or_default();
        let url = last
            .map(|last| last.environment_url.as_str())
            .unwrap_or_default();
        let link = if url.is_empty() || word == "inactive" {
            String::new()
        } else {
            let url = escape(url);
            format!("<a class=\"button\" href=\"{url}\" rel=\"noreferrer\">View deployment</a>")
        };
        let _ = write!(
            html,
            "<div class=\"row\">{pill}<div class=\"grow\"><b>{name}</b> \
             <span class=\"quiet\">{sha} {description}</span></div>{link}</div>",
            pill = pill(tone, &word.replace('_', " ")),
            name = escape(environment),
            sha = short(&one.sha),
            description = escape(description),
        );
    }
    html.push_str("</div>");
    html
}
