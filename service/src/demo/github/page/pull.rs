//! A pull request's page: what is said, what is checked, what is deployed, what can be done.

use super::html::{Page, button, escape, hidden, pill, time};
use super::standing::{checks_box, deployments_box, is_pending};
use super::{markdown, visitor};
use crate::demo::github::Revision;
use crate::demo::github::pulls::{PullRequest, Standing, short};
use crate::demo::github::said::Comment;
use crate::demo::github::state::{Kind, Repository, State};
use std::fmt::Write as _;

pub(super) fn page(
    state: &State,
    place: &Repository,
    pull: &PullRequest,
    revisions: &[Revision],
) -> Page {
    let mut main = heading(state, place, pull);
    let comments = state
        .comments
        .values()
        .filter(|one| one.repository == place.id && one.issue == pull.number);
    for comment in comments {
        main.push_str(&comment_box(state, comment));
    }
    main.push_str(&checks_box(state, place, pull));
    main.push_str(&deployments_box(state, place, pull));
    main.push_str(&actions_box(state, place, pull, revisions));
    main.push_str(&timeline(pull));
    Page {
        title: format!("{} #{}", pull.title, pull.number),
        pending: is_pending(state, place, pull),
        main,
    }
}

pub(super) fn state_pill(pull: &PullRequest) -> String {
    match pull.standing {
        Standing::Open if pull.draft => pill("grey", "Draft"),
        Standing::Open => pill("green", "Open"),
        Standing::Closed { .. } => pill("red", "Closed"),
        Standing::Merged { .. } => pill("purple", "Merged"),
    }
}

fn heading(state: &State, place: &Repository, pull: &PullRequest) -> String {
    let commits = state.commits_between(&pull.base_sha, &pull.head.sha).len();
    let noun = if commits == 1 { "commit" } else { "commits" };
    let (who, verb) = match &pull.standing {
        Standing::Merged { by, .. } => (by, "merged"),
        Standing::Open | Standing::Closed { .. } => (&pull.author, "wants to merge"),
    };
    let source = if pull.head.owner == place.owner {
        pull.head.branch.clone()
    } else {
        format!("{}:{}", pull.head.owner, pull.head.branch)
    };
    format!(
        "<p class=\"crumb\"><a href=\"/\">{name}</a></p>\
         <h1>{title} <span class=\"quiet\">#{number}</span></h1>\
         <p class=\"lead\">{state} <span><b>{who}</b> {verb} {commits} {noun} into <code>{base}</code> \
         from <code>{source}</code> at <code>{sha}</code></span></p>",
        name = escape(&place.full_name()),
        title = escape(&pull.title),
        number = pull.number,
        state = state_pill(pull),
        who = escape(who),
        base = escape(&pull.base_branch),
        source = escape(&source),
        sha = short(&pull.head.sha),
    )
}

fn comment_box(state: &State, comment: &Comment) -> String {
    let bot = state
        .people
        .get(&comment.author)
        .is_some_and(|one| one.kind == Kind::Bot);
    let login = comment.author.trim_end_matches("[bot]");
    let edited = if comment.updated_at > comment.created_at {
        format!(" · edited {}", time(comment.updated_at))
    } else {
        String::new()
    };
    format!(
        "<article class=\"box\" id=\"issuecomment-{id}\"><div class=\"box-head\">\
         <span class=\"avatar\" aria-hidden=\"true\">{initial}</span><b>{who}</b>{tag}\
         <span class=\"quiet\">commented {at}{edited}</span></div>\
         <div class=\"markdown\">{body}</div></article>",
        id = comment.id,
        initial = escape(&login.chars().take(1).collect::<String>().to_uppercase()),
        who = escape(login),
        tag = if bot {
            pill("outline", "bot")
        } else {
            String::new()
        },
        at = time(comment.created_at),
        body = markdown::render(&comment.body),
    )
}

fn actions_box(
    state: &State,
    place: &Repository,
    pull: &PullRequest,
    revisions: &[Revision],
) -> String {
    let (name, number) = (place.full_name(), pull.number.to_string());
    let fields = [("repository", name.as_str()), ("number", number.as_str())];
    let mut html = format!(
        "<div class=\"box\"><div class=\"box-head\">What {} can do</div><div class=\"row wrap\">",
        escape(visitor(place))
    );
    match pull.standing {
        Standing::Merged { .. } => html.push_str("<span class=\"quiet\">It is merged.</span>"),
        Standing::Closed { .. } => {
            html.push_str(&button("reopen", &fields, "Reopen pull request", ""));
        }
        Standing::Open => {
            if !revisions.is_empty() && pull.head.repository == Some(place.id) {
                let _ = write!(
                    html,
                    "<form class=\"inline\" method=\"post\" action=\"/ui/push\">{}\
                     <label>Next revision<select name=\"revision\">{}</select></label>\
                     <button>Push it</button></form>",
                    hidden(&fields),
                    revision_options(revisions, next_revision(state, pull, revisions)),
                );
            }
            html.push_str("<span class=\"grow\"></span>");
            html.push_str(&button("close", &fields, "Close", "danger"));
            if pull.draft {
                html.push_str(&button("ready", &fields, "Ready for review", "primary"));
            } else {
                html.push_str(&button("merge", &fields, "Merge pull request", "primary"));
            }
        }
    }
    html.push_str("</div></div>");
    html
}

/// The revision after the one that the head commit holds.
fn next_revision(state: &State, pull: &PullRequest, revisions: &[Revision]) -> usize {
    let current = state.commits.get(&pull.head.sha).and_then(|head| {
        revisions.iter().rposition(|revision| {
            revision.files.iter().all(|(path, content)| {
                head.tree
                    .get(path)
                    .is_some_and(|there| **there == **content)
            })
        })
    });
    current.map_or(0, |index| (index + 1) % revisions.len().max(1))
}

pub(super) fn revision_options(revisions: &[Revision], selected: usize) -> String {
    let each = revisions.iter().enumerate();
    each.fold(String::new(), |html, (index, revision)| {
        let mark = if index == selected { " selected" } else { "" };
        let name = escape(&revision.name);
        html + &format!("<option value=\"{index}\"{mark}>{name}</option>")
    })
}

fn timeline(pull: &PullRequest) -> String {
    let newest_first = pull.moments.iter().rev();
    let lines = newest_first.fold(String::new(), |html, one| {
        let who = escape(one.who.trim_end_matches("[bot]"));
        html + &format!(
            "<li>{} <b>{who}</b> {}</li>",
            time(one.at),
            escape(&one.what)
        )
    });
    format!(
        "<div class=\"box\"><div class=\"box-head\">Timeline, newest first</div>\
         <ol class=\"timeline\">{lines}</ol></div>"
    )
}
