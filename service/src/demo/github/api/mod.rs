//! The REST API: which call is answered by which function.
//!
//! Exactly what Ebbtide asks of GitHub is here. Everything else is 404, also a known path with another
//! method: GitHub answers so, for example, to a POST on a comment where it wants PATCH.

mod app;
mod check_fields;
mod checks;
mod comments;
mod contents;
mod deliveries;
mod deployments;
mod pulls;
mod repositories;

use super::answer::{Answer, Reply};
use super::call::{Call, number};
use super::state::State;
use percent_encoding::percent_decode_str;

/// Answers one call.
pub(super) fn answer(state: &mut State, call: &Call) -> Answer {
    let segments: Vec<String> = call
        .path
        .trim_matches('/')
        .split('/')
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let reply = match segments.as_slice() {
        ["app" | "installation", ..] => of_the_app(state, call, &segments),
        ["repos", owner, name, rest @ ..] => of_a_repository(state, call, owner, name, rest),
        _ => Err(Answer::not_found()),
    };
    reply.unwrap_or_else(|refusal| refusal)
}

fn of_the_app(state: &mut State, call: &Call, segments: &[&str]) -> Reply {
    match (call.method.as_str(), segments) {
        ("GET", ["app"]) => app::show(state, call),
        ("GET", ["app", "installations"]) => app::installations(state, call),
        ("GET", ["app", "installations", id]) => app::installation(state, call, number(id)?),
        ("POST", ["app", "installations", id, "access_tokens"]) => {
            app::create_token(state, call, number(id)?)
        }
        ("GET", ["app", "hook", "deliveries"]) => deliveries::list(state, call),
        ("GET", ["app", "hook", "deliveries", id]) => deliveries::show(state, call, number(id)?),
        ("POST", ["app", "hook", "deliveries", id, "attempts"]) => {
            deliveries::attempt(state, call, number(id)?)
        }
        ("GET", ["installation", "repositories"]) => app::repositories(state, call),
        _ => Err(Answer::not_found()),
    }
}

fn of_a_repository(
    state: &mut State,
    call: &Call,
    owner: &str,
    name: &str,
    rest: &[&str],
) -> Reply {
    let repository = call.repository(state, owner, name)?.0.id;
    match (call.method.as_str(), rest) {
        ("GET", []) => repositories::show(state, repository),
        ("GET", ["pulls"]) => pulls::list(state, call, repository),
        ("GET", ["pulls", n]) => pulls::show(state, repository, number(n)?),
        ("GET", ["contents", path @ ..]) => contents::show(state, call, repository, path),
        ("GET", ["collaborators", login, "permission"]) => {
            repositories::permission(state, repository, login)
        }
        ("GET", ["issues", n, "comments"]) => comments::list(state, call, repository, number(n)?),
        ("POST", ["issues", n, "comments"]) => {
            comments::create(state, call, repository, number(n)?)
        }
        ("GET", ["issues", "comments", id]) => comments::show(state, repository, number(id)?),
        ("PATCH", ["issues", "comments", id]) => {
            comments::update(state, call, repository, number(id)?)
        }
        ("DELETE", ["issues", "comments", id]) => comments::delete(state, repository, number(id)?),
        ("POST", ["check-runs"]) => checks::create(state, call, repository),
        ("GET", ["check-runs", id]) => checks::show(state, repository, number(id)?),
        ("PATCH", ["check-runs", id]) => checks::update(state, call, repository, number(id)?),
        ("GET", ["commits", reference @ .., "check-runs"]) => {
            checks::list(state, call, repository, &reference.join("/"))
        }
        ("GET", ["commits", reference @ .., "status"]) => {
            checks::combined_status(state, call, repository, &reference.join("/"))
        }
        ("GET", ["deployments"]) => Ok(deployments::list(state, call, repository)),
        ("POST", ["deployments"]) => deployments::create(state, call, repository),
        ("GET", ["deployments", id, "statuses"]) => {
            deployments::statuses(state, call, repository, number(id)?)
        }
        ("POST", ["deployments", id, "statuses"]) => {
            deployments::create_status(state, call, repository, number(id)?)
        }
        _ => Err(Answer::not_found()),
    }
}
