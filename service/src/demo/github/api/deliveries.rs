//! The log of webhook deliveries.

use crate::demo::github::answer::{Answer, Reply};
use crate::demo::github::call::Call;
use crate::demo::github::post::Entry;
use crate::demo::github::shapes::app::{delivery_detail_json, delivery_json};
use crate::demo::github::state::State;
use serde_json::{Value, json};

/// What a cursor begins with; the rest is the number of the last delivery of the page before.
const CURSOR: &str = "v1_";

/// `GET /app/hook/deliveries`, newest first
pub(super) fn list(state: &State, call: &Call) -> Reply {
    state.require_app(call.bearer())?;
    let after = match call.asked("cursor") {
        None => u64::MAX,
        Some(cursor) => cursor
            .strip_prefix(CURSOR)
            .and_then(|number| number.parse().ok())
            .ok_or_else(|| Answer::refusal(400, "Invalid cursor"))?,
    };
    let wanted = |entry: &&Entry| match call.asked("status") {
        Some("success") => entry.status_code < 400,
        Some("failure") => entry.status_code >= 400,
        Some(_) | None => true,
    };
    let mut found = state
        .post
        .kept(state.now())
        .filter(|entry| entry.id < after)
        .filter(wanted);
    let page: Vec<&Entry> = found.by_ref().take(call.per_page()).collect();
    let more = found.next().is_some();
    let shapes: Vec<Value> = page.iter().map(|entry| delivery_json(entry)).collect();
    let answer = Answer::ok(shapes.into());
    Ok(match page.last().filter(|_| more) {
        Some(last) => {
            let cursor = format!("{CURSOR}{}", last.id);
            let address = call.address_with(&state.base, "cursor", &cursor);
            answer.with("link", format!("<{address}>; rel=\"next\""))
        }
        None => answer,
    })
}

/// `GET /app/hook/deliveries/{id}`
pub(super) fn show(state: &State, call: &Call, id: u64) -> Reply {
    state.require_app(call.bearer())?;
    let entry = state.post.kept(state.now()).find(|entry| entry.id == id);
    entry
        .map(|entry| Answer::ok(delivery_detail_json(entry)))
        .ok_or_else(Answer::not_found)
}

/// `POST /app/hook/deliveries/{id}/attempts`
pub(super) fn attempt(state: &mut State, call: &Call, id: u64) -> Reply {
    state.require_app(call.bearer())?;
    if state.redeliver(id) {
        Ok(Answer::json(202, json!({})))
    } else {
        Err(Answer::not_found())
    }
}
