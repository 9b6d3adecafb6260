//! What is said on GitHub about an environment: pure functions from what is written down to Markdown.
//!
//! # Guarantees
//! - An unchanged environment gives the same words whenever they are rendered: nothing here asks what time it
//!   is. So the words can be compared by [`digest_of`] with those said last, and only differences are written.
//! - Everything from outside is escaped, and bounded in length.
//! - Account ids are shown in private repositories only, and of a stack's outputs only those that the file names.
//!
//! In reading order: `story` works out what holds for all words, `comment` is the sticky comment,
//! `check` the check run, `deployment` the Deployment; `sentences`, `stacks`, `page`, `time` and `escape` serve them.

mod check;
mod comment;
mod deployment;
mod escape;
#[cfg(test)]
mod fixtures;
mod page;
mod sentences;
mod stacks;
mod story;
#[cfg(test)]
mod tests;
mod time;

use super::{CheckWords, DeploymentWords};
use crate::environment::{Environment, EnvironmentId, Phase};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use story::Story;
use url::Url;

/// The check run's name: what branch protection asks for.
pub const CHECK_NAME: &str = "ebbtide";

/// What the words need to know besides the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordsContext {
    /// Where this service is reached by people, for links to an environment's page.
    pub public_url: Option<Url>,
    /// Where GitHub's own pages are, for links to commits and files.
    pub github_url: Url,
}

impl WordsContext {
    /// GitHub's pages are found from its API's address: `https://api.github.com`, or `https://HOST/api/v3`
    /// on GitHub Enterprise Server.
    pub fn new(public_url: Option<Url>, api_url: &Url) -> Self {
        let mut github_url = api_url.clone();
        if github_url.host_str() == Some("api.github.com") {
            // The new host is a constant, so it cannot be refused.
            let _ = github_url.set_host(Some("github.com"));
        }
        github_url.set_path("/");
        github_url.set_query(None);
        github_url.set_fragment(None);
        Self {
            public_url,
            github_url,
        }
    }
}

/// Everything that should stand on GitHub now. What is `None` stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// The sticky comment, with its [`marker`].
    pub comment: Option<String>,
    /// The check run.
    pub check: Option<CheckWords>,
    /// The Deployment's status.
    pub deployment: Option<DeploymentWords>,
    /// What goes first where not everything can be written at once.
    pub urgency: Urgency,
}

/// How soon words should be written where writes are short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// It stays so until something happens outside.
    Final,
    /// Somebody has to mend something.
    Failure,
    /// It goes on by itself.
    Progress,
}

/// What should be said of an environment now.
pub fn words(env: &Environment, context: &WordsContext) -> Words {
    let story = Story::new(env, context);
    Words {
        comment: comment::comment(&story),
        check: check::check(&story),
        deployment: deployment::deployment(&story),
        urgency: match story.phase {
            Phase::Ready | Phase::Declined | Phase::Ended => Urgency::Final,
            Phase::BadFile | Phase::ChecksFailed | Phase::Failed => Urgency::Failure,
            Phase::Reading
            | Phase::WaitingForChecks
            | Phase::Queued
            | Phase::Deploying
            | Phase::Verifying
            | Phase::Ending => Urgency::Progress,
        },
    }
}

/// The hidden line by which the sticky comment is found again.
pub fn marker(environment: &EnvironmentId) -> String {
    format!("<!-- ebbtide:environment={environment} -->")
}

/// The fingerprint of a text: SHA-256 in hexadecimal.
pub fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// The fingerprint of words.
pub fn digest_of<T: Serialize>(words: &T) -> String {
    // Words are strings, numbers and lists of them, which JSON always takes.
    digest(&serde_json::to_string(words).unwrap_or_default())
}
