//! `GET /environments/{id}`: where a details link on GitHub leads. No token, so it shows only what stands
//! on the pull request anyway: nothing of private repositories, and no account ids.

use super::Api;
use super::problem::Problem;
use super::views::{EnvironmentView, StackView, TimelineLine};
use crate::environment::{Environment, EnvironmentId, Phase};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use chrono::{DateTime, Utc};

/// Nothing from elsewhere, and never inside another page.
const CONTENT_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

/// What the page is made of.
#[derive(Template)]
#[template(path = "environment_page.html")]
struct Page {
    title: String,
    body: Body,
    /// Whether the page should load itself again: its state will change without anybody's doing.
    changing: bool,
}

/// What the page says.
enum Body {
    /// How the environment stands.
    Environment(Box<Shown>),
    /// A sentence instead.
    Sentence(&'static str),
}

/// An environment as the page shows it.
struct Shown {
    repository: String,
    pull_request: u64,
    state: String,
    state_words: &'static str,
    reason: Option<String>,
    facts: Vec<(&'static str, String)>,
    /// The application's address, only if it is one a browser may open.
    url: Option<String>,
    outputs: Vec<(String, String)>,
    stacks: Vec<StackView>,
    timeline: Vec<TimelineLine>,
}

/// Shows an environment to people.
pub async fn page(State(api): State<Api>, Path(id): Path<String>) -> Result<Response, Problem> {
    let Some(environment) = api.store.environment(&EnvironmentId::new(&id)).await? else {
        let sentence = "There is no environment of this id.";
        return answer(StatusCode::NOT_FOUND, &sentence_page("Not found", sentence));
    };
    // Also while the pull request was never seen: it may be private.
    let public = environment
        .pull_request
        .as_ref()
        .is_some_and(|seen| !seen.private);
    if !public {
        let sentence = "This environment belongs to a private repository: a token is needed, use \
                        “ebbtide env show” or the API.";
        return answer(StatusCode::OK, &sentence_page(&id, sentence));
    }
    let timeline = api.store.timeline(&environment.id).await?;
    let timeline = timeline.iter().map(TimelineLine::of).collect();
    let page = Page {
        title: id,
        changing: !environment.phase().is_final(),
        body: Body::Environment(Box::new(shown(&environment, timeline))),
    };
    answer(StatusCode::OK, &page)
}

fn sentence_page(title: &str, sentence: &'static str) -> Page {
    Page {
        title: title.to_owned(),
        body: Body::Sentence(sentence),
        changing: false,
    }
}

fn answer(status: StatusCode, page: &Page) -> Result<Response, Problem> {
    let text = page.render().map_err(|error| {
        tracing::error!(%error, "a page could not be rendered");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the page could not be rendered",
        )
    })?;
    let headers = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((status, headers, Html(text)).into_response())
}

fn shown(environment: &Environment, timeline: Vec<TimelineLine>) -> Shown {
    let view = EnvironmentView::of(environment);
    let time =
        |at: Option<DateTime<Utc>>| at.map(|at| at.format("%Y-%m-%d %H:%M:%S UTC").to_string());
    let facts = [
        ("Commit", view.revision.as_deref().map(short)),
        ("Region", view.region),
        (
            "Place in the queue",
            view.queue_position.map(|place| place.to_string()),
        ),
        ("Asked for", time(Some(view.opened_at))),
        ("Account taken", time(view.started_at)),
        ("First ready", time(view.ready_at)),
        ("Expires", time(view.expires_at)),
        ("Ended", time(view.ended_at)),
    ];
    let mask_stack = |stack: StackView| StackView {
        failure: stack.failure.map(|text| without_accounts(&text)),
        ..stack
    };
    let mask_line = |line: TimelineLine| TimelineLine {
        step: without_accounts(&line.step),
        why: without_accounts(&line.why),
        ..line
    };
    // In an output an account's id is hidden too, and half an address is no link.
    let masked = |(name, value): (String, String)| (name, without_accounts(&value));
    Shown {
        repository: view.repository,
        pull_request: view.pull_request,
        state_words: words(environment.phase()),
        state: view.state,
        reason: view.reason.map(|text| without_accounts(&text)),
        facts: facts
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect(),
        url: view
            .url
            .filter(|url| url.starts_with("https://") || url.starts_with("http://"))
            .filter(|url| without_accounts(url) == *url),
        outputs: view.outputs.into_iter().map(masked).collect(),
        stacks: view.stacks.into_iter().map(mask_stack).collect(),
        timeline: timeline.into_iter().map(mask_line).collect(),
    }
}

fn words(phase: Phase) -> &'static str {
    match phase {
        Phase::Reading => "Reading the file",
        Phase::BadFile => "The file is to be mended",
        Phase::WaitingForChecks => "Waiting for checks",
        Phase::ChecksFailed => "Checks failed",
        Phase::Queued => "Waiting for an account",
        Phase::Deploying => "Deploying",
        Phase::Verifying => "Verifying health",
        Phase::Ready => "Ready",
        Phase::Failed => "Failed",
        Phase::Declined => "Nothing deployed",
        Phase::Ending => "Ending",
        Phase::Ended => "Ended",
    }
}

fn short(revision: &str) -> String {
    revision.chars().take(7).collect()
}

/// The text with every run of twelve digits hidden: AWS's own words may name an account.
fn without_accounts(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut digits = String::new();
    for letter in text.chars().chain(std::iter::once('\0')) {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        out.push_str(if digits.len() == 12 {
            "(account)"
        } else {
            &digits
        });
        digits.clear();
        if letter != '\0' {
            out.push(letter);
        }
    }
    out
}

/// Milliseconds as people read them: `42ms`, `1.4s`, `12s`, `3m 05s`, `1h 02m`.
pub fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    match seconds {
        0 => format!("{milliseconds}ms"),
        1..10 => format!("{}.{}s", seconds, milliseconds % 1000 / 100),
        10..60 => format!("{seconds}s"),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}
