//! The App, its installations and their tokens.

use crate::demo::github::answer::{Answer, Reply};
use crate::demo::github::call::{Call, with_link};
use crate::demo::github::shapes::app::permissions;
use crate::demo::github::state::State;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// `GET /app`
pub(super) fn show(state: &State, call: &Call) -> Reply {
    state.require_app(call.bearer())?;
    Ok(Answer::ok(state.app_json(state.app.id)))
}

/// `GET /app/installations`
pub(super) fn installations(state: &State, call: &Call) -> Reply {
    state.require_app(call.bearer())?;
    let all = state
        .installations
        .values()
        .map(|one| state.installation_json(one))
        .collect();
    Ok(call.list(&state.base, all))
}

/// `GET /app/installations/{id}`
pub(super) fn installation(state: &State, call: &Call, id: u64) -> Reply {
    state.require_app(call.bearer())?;
    let one = state.installations.get(&id).ok_or_else(Answer::not_found)?;
    Ok(Answer::ok(state.installation_json(one)))
}

/// `POST /app/installations/{id}/access_tokens`
pub(super) fn create_token(state: &mut State, call: &Call, id: u64) -> Reply {
    state.require_app(call.bearer())?;
    let one = state.installations.get(&id).ok_or_else(Answer::not_found)?;
    if one.suspended.is_some() {
        return Err(Answer::suspended());
    }
    let only = narrowed(state, call, &one.repositories)?;
    let (text, token) = state.make_token(id, only.clone());
    let mut body = json!({
        "token": text,
        "expires_at": token.expires_at,
        "permissions": permissions(),
        "repository_selection": "selected",
    });
    if let Some(only) = only {
        body["repositories"] = only
            .iter()
            .filter_map(|id| state.repositories.get(id))
            .map(|repository| state.repository_json(repository))
            .collect();
    }
    Ok(Answer::json(201, body))
}

/// The repositories that the caller wants the token narrowed to.
fn narrowed(
    state: &State,
    call: &Call,
    granted: &BTreeSet<u64>,
) -> Result<Option<BTreeSet<u64>>, Answer> {
    let fields = call.json()?;
    let refused = || {
        Answer::unprocessable(
            "There is at least one repository that does not exist or is not accessible to the parent installation.",
        )
    };
    let mut only = None;
    if let Some(Value::Array(ids)) = fields.get("repository_ids") {
        let ids = ids.iter().map(|id| id.as_u64().ok_or_else(refused));
        only = Some(ids.collect::<Result<BTreeSet<u64>, Answer>>()?);
    }
    if let Some(Value::Array(names)) = fields.get("repositories") {
        let chosen: &mut BTreeSet<u64> = only.get_or_insert_default();
        for name in names {
            let found = granted
                .iter()
                .filter_map(|id| state.repositories.get(id))
                .find(|repository| name.as_str() == Some(&repository.name));
            chosen.insert(found.ok_or_else(refused)?.id);
        }
    }
    if only.as_ref().is_some_and(|only| !only.is_subset(granted)) {
        return Err(refused());
    }
    Ok(only)
}

/// `GET /installation/repositories`
pub(super) fn repositories(state: &State, call: &Call) -> Reply {
    let token = state.require_token(call.bearer())?;
    let all: Vec<Value> = state
        .repositories
        .values()
        .filter(|repository| state.token_reaches(token, repository.id))
        .map(|repository| state.repository_json(repository))
        .collect();
    let total = all.len();
    let (page, link) = call.page(&state.base, all);
    let body = json!({
        "total_count": total,
        "repository_selection": "selected",
        "repositories": page,
    });
    Ok(with_link(Answer::ok(body), link))
}
