//! The same GitHub for a person with a browser: pull requests, what is said on them, and a few buttons.
//!
//! A convenience of a local demo, not a door to the internet: whoever reaches the port acts as the first
//! person with write access. Comments are rendered with their HTML, as they come from the service under
//! test; a content security policy keeps anything in them from running or loading something, and forms
//! are taken from this page only, so that no other site can press its buttons.

mod forms;
mod html;
mod index;
mod markdown;
mod pull;
mod standing;

use super::answer::{Answer, Body};
use super::call::Call;
use super::server::{World, lock};
use super::state::{Permission, Repository, State};
use html::{Page, escape};

/// What the browser may do with a page: run our script, show our style, talk to us, nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Answers a browser.
pub(super) fn answer(world: &World, call: &Call) -> Answer {
    let segments: Vec<&str> = call.path.split('/').filter(|one| !one.is_empty()).collect();
    match (call.method.as_str(), segments.as_slice()) {
        ("GET", []) => show(&index::page(&lock(&world.state), &world.revisions)),
        ("GET", ["ui", "style.css"]) => asset(include_str!("style.css"), "text/css"),
        ("GET", ["ui", "page.js"]) => asset(include_str!("page.js"), "text/javascript"),
        ("POST", ["ui", act]) => forms::take(world, call, act),
        ("GET", [owner, name]) => {
            let state = lock(&world.state);
            match state.repository_named(owner, name) {
                Some(_) => redirect("/"),
                None => missing(),
            }
        }
        ("GET", [owner, name, "pull", number]) => {
            let state = lock(&world.state);
            let found = number.parse().ok().and_then(|number: u64| {
                let place = state.repository_named(owner, name)?;
                Some((place, place.pulls.get(&number)?))
            });
            match found {
                Some((place, one)) => show(&pull::page(&state, place, one, &world.revisions)),
                None => missing(),
            }
        }
        ("GET", [_, _, "runs", id]) => {
            let state = lock(&world.state);
            match id.parse().ok().and_then(|id| pull_of_run(&state, id)) {
                Some(address) => redirect(&address),
                None => missing(),
            }
        }
        _ => missing(),
    }
}

/// Where a check run is to be seen.
fn pull_of_run(state: &State, id: u64) -> Option<String> {
    let run = state.check_runs.get(&id)?;
    let place = state.repositories.get(&run.repository)?;
    let pull = place
        .pulls
        .values()
        .find(|pull| pull.head.sha == run.head_sha)?;
    Some(format!(
        "/{}/pull/{}#checks",
        place.full_name(),
        pull.number
    ))
}

/// In whose name the page's buttons are pressed.
fn visitor(place: &Repository) -> &str {
    place
        .collaborators
        .iter()
        .find(|(_, permission)| **permission >= Permission::Write)
        .map_or(&place.owner, |(login, _)| login)
}

fn raw(status: u16, text: String, kind: &str) -> Answer {
    Answer {
        status,
        body: Body::Raw(text.into_bytes(), format!("{kind}; charset=utf-8")),
        headers: vec![
            ("content-security-policy", POLICY.to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
            ("cache-control", "no-store".to_owned()),
        ],
    }
}

fn show(page: &Page) -> Answer {
    raw(200, page.render(), "text/html")
}

fn asset(text: &str, kind: &str) -> Answer {
    raw(200, text.to_owned(), kind)
}

fn redirect(to: &str) -> Answer {
    raw(303, String::new(), "text/plain").with("location", to.to_owned())
}

/// A page that says why something was not done.
fn refused(status: u16, why: &str) -> Answer {
    let page = Page {
        title: "That did not work".to_owned(),
        pending: false,
        main: format!(
            "<h1>That did not work</h1><p class=\"lead\">{}</p><p><a href=\"/\">Back</a></p>",
            escape(why)
        ),
    };
    raw(status, page.render(), "text/html")
}

fn missing() -> Answer {
    refused(404, "There is no such page here.")
}
