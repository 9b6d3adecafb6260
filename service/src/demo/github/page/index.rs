//! The first page: repositories and their pull requests.

use super::html::{Page, escape, hidden, time};
use super::{pull, standing, visitor};
use crate::demo::github::Revision;
use crate::demo::github::state::{Repository, State};
use std::fmt::Write as _;

pub(super) fn page(state: &State, revisions: &[Revision]) -> Page {
    let mut main = String::new();
    let mut pending = false;
    for place in state
        .repositories
        .values()
        .filter(|place| place.parent.is_none())
    {
        main.push_str(&repository(state, place, revisions));
        pending |= place
            .pulls
            .values()
            .any(|one| standing::is_pending(state, place, one));
    }
    if main.is_empty() {
        main.push_str("<h1>No repository yet</h1>");
    }
    Page {
        title: "Repositories".to_owned(),
        pending,
        main,
    }
}

fn repository(state: &State, place: &Repository, revisions: &[Revision]) -> String {
    let name = escape(&place.full_name());
    let visibility = if place.private { "Private" } else { "Public" };
    let mut html = format!(
        "<section><h1>{name} <span class=\"pill outline\">{visibility}</span></h1>\
         <div class=\"box\"><div class=\"box-head\">Pull requests</div>"
    );
    if place.pulls.is_empty() {
        html.push_str("<p class=\"row quiet\">None yet. Open the first one below.</p>");
    }
    for one in place.pulls.values().rev() {
        // Writing to a String cannot fail.
        let _ = write!(
            html,
            "<div class=\"row\">{state}<div class=\"grow\">\
             <a class=\"strong\" href=\"/{name}/pull/{number}\">{title}</a>\
             <div class=\"quiet\">#{number} opened at {at} by {author} · {branch}</div></div>\
             {sign}</div>",
            state = pull::state_pill(one),
            number = one.number,
            title = escape(&one.title),
            at = time(one.created_at),
            author = escape(&one.author),
            branch = escape(&one.head.branch),
            sign = standing::check_sign(state, place, one),
        );
    }
    html.push_str("</div>");
    html.push_str(&opening_form(place, revisions));
    html.push_str("</section>");
    html
}

fn opening_form(place: &Repository, revisions: &[Revision]) -> String {
    if revisions.is_empty() {
        return String::new();
    }
    let next = place.pulls.len() + 1;
    format!(
        "<form class=\"box\" method=\"post\" action=\"/ui/open\">\
         <div class=\"box-head\">Open a pull request as {who}</div><div class=\"row wrap\">{hidden}\
         <label class=\"grow\">Title<input name=\"title\" required maxlength=\"120\" value=\"Change number {next}\"></label>\
         <label>With<select name=\"revision\">{options}</select></label>\
         <label class=\"check\"><input type=\"checkbox\" name=\"draft\" value=\"yes\"> as a draft</label>\
         <button class=\"primary\">Open pull request</button></div></form>",
        who = escape(visitor(place)),
        hidden = hidden(&[("repository", &place.full_name())]),
        options = pull::revision_options(revisions, 0),
    )
}
