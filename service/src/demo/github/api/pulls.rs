//! Pull requests.

use crate::demo::github::answer::{Answer, Reply};
use crate::demo::github::call::Call;
use crate::demo::github::pulls::Standing;
use crate::demo::github::state::State;
use serde_json::Value;

/// `GET /repos/{owner}/{repo}/pulls`, newest first
pub(super) fn list(state: &State, call: &Call, repository: u64) -> Reply {
    let one = state
        .repositories
        .get(&repository)
        .ok_or_else(Answer::not_found)?;
    let wanted = call.asked("state").unwrap_or("open");
    let mut found: Vec<Value> = one
        .pulls
        .values()
        .rev()
        .filter(|pull| match wanted {
            "all" => true,
            "closed" => pull.standing != Standing::Open,
            _ => pull.standing == Standing::Open,
        })
        .filter(|pull| {
            call.asked("head")
                .is_none_or(|head| head == format!("{}:{}", pull.head.owner, pull.head.branch))
        })
        .filter(|pull| {
            call.asked("base")
                .is_none_or(|base| base == pull.base_branch)
        })
        .map(|pull| state.pull_in_list_json(one, pull))
        .collect();
    if call.asked("direction") == Some("asc") {
        found.reverse();
    }
    Ok(call.list(&state.base, found))
}

/// `GET /repos/{owner}/{repo}/pulls/{number}`
pub(super) fn show(state: &State, repository: u64, number: u64) -> Reply {
    let one = state
        .repositories
        .get(&repository)
        .ok_or_else(Answer::not_found)?;
    let pull = one.pulls.get(&number).ok_or_else(Answer::not_found)?;
    Ok(Answer::ok(state.pull_json(one, pull)))
}
