//! Comments on pull requests.

use crate::demo::github::answer::{Answer, Reply};
use crate::demo::github::call::{Call, required};
use crate::demo::github::said::Comment;
use crate::demo::github::state::{Refusal, State};

/// GitHub takes comments of this many characters at most.
const LONGEST: usize = 65_536;

/// `GET /repos/{owner}/{repo}/issues/{number}/comments`, oldest first
pub(super) fn list(state: &State, call: &Call, repository: u64, issue: u64) -> Reply {
    require_issue(state, repository, issue)?;
    let all = state
        .comments
        .values()
        .filter(|one| one.repository == repository && one.issue == issue)
        .map(|one| state.comment_json(one))
        .collect();
    Ok(call.list(&state.base, all))
}

/// `POST /repos/{owner}/{repo}/issues/{number}/comments`
pub(super) fn create(state: &mut State, call: &Call, repository: u64, issue: u64) -> Reply {
    require_issue(state, repository, issue)?;
    let body = body_of(call)?;
    let bot = state.app.bot();
    let id = state.comment(repository, issue, &bot, &body);
    Ok(Answer::created(
        state.comment_json(find(state, repository, id)?),
    ))
}

/// `GET /repos/{owner}/{repo}/issues/comments/{id}`
pub(super) fn show(state: &State, repository: u64, id: u64) -> Reply {
    Ok(Answer::ok(state.comment_json(find(state, repository, id)?)))
}

/// `PATCH /repos/{owner}/{repo}/issues/comments/{id}`
pub(super) fn update(state: &mut State, call: &Call, repository: u64, id: u64) -> Reply {
    find(state, repository, id)?;
    let body = body_of(call)?;
    let bot = state.app.bot();
    state.edit_comment(id, &bot, &body);
    Ok(Answer::ok(state.comment_json(find(state, repository, id)?)))
}

/// `DELETE /repos/{owner}/{repo}/issues/comments/{id}`
pub(super) fn delete(state: &mut State, repository: u64, id: u64) -> Reply {
    let issue = find(state, repository, id)?.issue;
    state.comments.remove(&id);
    let bot = state.app.bot();
    state.note(repository, issue, &bot, "deleted a comment");
    Ok(Answer::no_content())
}

fn require_issue(state: &State, repository: u64, issue: u64) -> Result<(), Answer> {
    let one = state
        .repositories
        .get(&repository)
        .ok_or_else(Answer::not_found)?;
    one.pulls
        .get(&issue)
        .map(|_| ())
        .ok_or_else(Answer::not_found)
}

fn find(state: &State, repository: u64, id: u64) -> Result<&Comment, Answer> {
    state
        .comments
        .get(&id)
        .filter(|one| one.repository == repository)
        .ok_or_else(Answer::not_found)
}

fn body_of(call: &Call) -> Result<String, Answer> {
    let fields = call.json()?;
    let body = required(&fields, "body")?;
    if body.trim().is_empty() {
        return Err(Answer::invalid("IssueComment", "body", "missing_field", ""));
    }
    if body.chars().count() > LONGEST {
        let message = format!("body is too long (maximum is {LONGEST} characters)");
        return Err(Answer::invalid("IssueComment", "body", "custom", &message));
    }
    Ok(body.to_owned())
}

impl State {
    /// Writes a comment and tells its number.
    pub fn comment(&mut self, repository: u64, issue: u64, author: &str, body: &str) -> u64 {
        let (id, now) = (self.next_id(), self.now());
        let comment = Comment {
            id,
            repository,
            issue,
            author: author.to_owned(),
            body: body.to_owned(),
            created_at: now,
            updated_at: now,
        };
        self.comments.insert(id, comment);
        self.note(repository, issue, author, "commented");
        id
    }

    /// Gives a comment another text.
    pub fn edit_comment(&mut self, id: u64, by: &str, body: &str) {
        let now = self.now();
        if let Some(comment) = self.comments.get_mut(&id) {
            body.clone_into(&mut comment.body);
            comment.updated_at = now;
            let (repository, issue) = (comment.repository, comment.issue);
            self.note(repository, issue, by, "edited a comment");
        }
    }

    /// Writes a person's comment on a pull request.
    pub fn comment_as(
        &mut self,
        repository: u64,
        number: u64,
        author: &str,
        body: &str,
    ) -> Result<u64, Refusal> {
        let there = self
            .repositories
            .get(&repository)
            .is_some_and(|place| place.pulls.contains_key(&number));
        if there {
            Ok(self.comment(repository, number, author, body))
        } else {
            Err(Refusal::new(format!("there is no pull request {number}")))
        }
    }
}
