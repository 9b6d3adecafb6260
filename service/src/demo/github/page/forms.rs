//! What the page's buttons do.

use super::{redirect, refused, visitor};
use crate::demo::github::Revision;
use crate::demo::github::answer::Answer;
use crate::demo::github::call::Call;
use crate::demo::github::pulls::{Changes, Proposal};
use crate::demo::github::server::{World, lock};
use crate::demo::github::state::{Refusal, State};
use std::collections::HashMap;

/// Takes a form and leads back to the pull request.
pub(super) fn take(world: &World, call: &Call, act: &str) -> Answer {
    let mut state = lock(&world.state);
    let origin = call.headers.get("origin").map(http::HeaderValue::as_bytes);
    if origin.is_some_and(|origin| origin != state.base.as_bytes()) {
        return refused(403, "Forms are taken from this page only.");
    }
    let fields: HashMap<String, String> = url::form_urlencoded::parse(&call.body)
        .into_owned()
        .collect();
    match perform(&mut state, &world.revisions, act, &fields) {
        Ok(address) => redirect(&address),
        Err(refusal) => refused(409, &format!("{refusal}.")),
    }
}

fn perform(
    state: &mut State,
    revisions: &[Revision],
    act: &str,
    fields: &HashMap<String, String>,
) -> Result<String, Refusal> {
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let repository = state.find_repository(field("repository"))?;
    let place = state.repositories.get(&repository);
    let by = place.map(visitor).unwrap_or_default().to_owned();
    let number = if act == "open" {
        let title = field("title").trim();
        if title.is_empty() {
            return Err(Refusal::new("a pull request needs a title"));
        }
        let count = place.map_or(0, |place| place.pulls.len()) + 1;
        let branch = format!("{}-{count}", branch_name(title));
        let changes = chosen(revisions, field("revision"))?;
        state.push(repository, &by, &branch, changes)?;
        let proposal = Proposal {
            author: &by,
            title,
            head_repository: repository,
            branch: &branch,
            base: None,
            draft: field("draft") == "yes",
        };
        state.open(repository, &proposal)?
    } else {
        let number = field("number");
        let number = number
            .parse()
            .map_err(|_| Refusal::new(format!("“{number}” is no number of a pull request")))?;
        match act {
            "push" => {
                let changes = chosen(revisions, field("revision"))?;
                let branch = state.head_branch(repository, number)?;
                state.push(repository, &by, &branch, changes)?;
            }
            "merge" => state.merge(repository, number, &by)?,
            "close" => state.close(repository, number, &by)?,
            "reopen" => state.reopen(repository, number, &by)?,
            "ready" => state.set_draft(repository, number, &by, false)?,
            _ => return Err(Refusal::new(format!("there is no button “{act}”"))),
        }
        number
    };
    Ok(format!("/{}/pull/{number}", field("repository")))
}

fn chosen(revisions: &[Revision], index: &str) -> Result<Changes, Refusal> {
    let revision = index
        .parse()
        .ok()
        .and_then(|index: usize| revisions.get(index));
    let revision = revision.ok_or_else(|| Refusal::new("there is no such revision to push"))?;
    Ok(revision
        .files
        .iter()
        .map(|(path, content)| (path.clone(), Some(content.clone())))
        .collect())
}

/// A branch name after a title.
fn branch_name(title: &str) -> String {
    let mut name = String::new();
    for character in title.chars().take(40) {
        if character.is_ascii_alphanumeric() {
            name.push(character.to_ascii_lowercase());
        } else if !name.ends_with('-') && !name.is_empty() {
            name.push('-');
        }
    }
    let name = name.trim_matches('-');
    if name.is_empty() {
        "change".to_owned()
    } else {
        name.to_owned()
    }
}
