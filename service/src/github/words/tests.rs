//! What is said in each phase, word for word.

mod bounds;
mod ended;
mod failed;
mod wanted;

use super::fixtures::{Fixture, HEAD, environment};
use super::{Words, WordsContext, words};
use url::Url;

fn context() -> WordsContext {
    let url = |text: &str| Url::parse(text).expect("an address");
    WordsContext::new(
        Some(url("https://ebbtide.example")),
        &url("https://api.github.com"),
    )
}

fn said(fixture: &Fixture) -> Words {
    words(&fixture.0, &context())
}

/// The whole of it: comment, check run and Deployment.
fn aloud(fixture: &Fixture) -> String {
    let words = said(fixture);
    let check = words.check.map(|check| {
        let conclusion = check
            .conclusion
            .map_or("in progress".to_owned(), |c| format!("{c:?}"));
        let notes = check.annotations.iter().fold(String::new(), |all, note| {
            format!("{all}\n  {}:{} {}", note.path, note.line, note.message)
        });
        let short: String = check.head.as_str().chars().take(7).collect();
        format!("{conclusion} on {short}: {}{notes}", check.title)
    });
    let deployment = words.deployment.map(|deployment| {
        let url = deployment.environment_url.unwrap_or_default();
        format!("{:?}: {} {url}", deployment.state, deployment.description)
    });
    let none = || "-".to_owned();
    format!(
        "{}\n\nCHECK {}\nDEPLOYMENT {}\nURGENCY {:?}",
        words.comment.unwrap_or_else(none),
        check.unwrap_or_else(none),
        deployment.unwrap_or_else(none).trim_end(),
        words.urgency
    )
}

fn ready() -> Fixture {
    environment()
        .wanted()
        .read()
        .deployed_at(HEAD)
        .with_url("https://shop.example/pr-42")
}
