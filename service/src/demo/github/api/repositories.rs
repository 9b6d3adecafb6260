//! A repository and who may do what in it.

use crate::demo::github::answer::{Answer, Reply};
use crate::demo::github::state::State;

/// `GET /repos/{owner}/{repo}`
pub(super) fn show(state: &State, repository: u64) -> Reply {
    let one = state
        .repositories
        .get(&repository)
        .ok_or_else(Answer::not_found)?;
    Ok(Answer::ok(state.repository_json(one)))
}

/// `GET /repos/{owner}/{repo}/collaborators/{username}/permission`
pub(super) fn permission(state: &State, repository: u64, login: &str) -> Reply {
    let one = state
        .repositories
        .get(&repository)
        .ok_or_else(Answer::not_found)?;
    if !state.people.contains_key(login) {
        return Err(Answer::missing(&format!("{login} is not a user")));
    }
    Ok(Answer::ok(state.permission_json(one, login)))
}
