//! All that this GitHub knows, behind one lock.
//!
//! The files beside this one add to [`State`] what happens in it: `git` commits, `pulls` pull requests,
//! `access` tokens, `post` webhooks. No method waits; whatever takes time happens outside the lock.

use super::access::{Installation, Token};
use super::git::Commit;
use super::key::AppKey;
use super::post::PostOffice;
use super::pulls::PullRequest;
use super::said::{CheckRun, Comment, CommitStatus, Deployment};
use crate::clock::Clock;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// An act that GitHub would not let this person do, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub(super) String);

impl Refusal {
    pub(super) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

/// The GitHub App.
#[derive(Clone)]
pub(super) struct App {
    pub id: u64,
    pub slug: String,
    /// Which events are sent, besides those that every App gets.
    pub events: Vec<String>,
    pub key: AppKey,
    pub created_at: DateTime<Utc>,
}

impl App {
    /// The user in whose name the App speaks.
    pub fn bot(&self) -> String {
        format!("{}[bot]", self.slug)
    }
}

/// What kind of account a login is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    User,
    Bot,
    Organization,
}

/// A user, a bot or an organization.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub id: u64,
    pub login: String,
    pub kind: Kind,
}

/// What somebody may do in a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Nothing; a public repository can be read all the same.
    None,
    /// Read and comment.
    Read,
    /// Manage issues, too.
    Triage,
    /// Push, too.
    Write,
    /// Manage the repository, too.
    Maintain,
    /// Everything.
    Admin,
}

/// A repository.
#[derive(Clone, Debug)]
pub(super) struct Repository {
    pub id: u64,
    pub owner: String,
    pub name: String,
    pub private: bool,
    /// The repository this one was forked from.
    pub parent: Option<u64>,
    /// Forks share commits with their origin; this is the origin's id.
    pub network: u64,
    pub default_branch: String,
    /// Branch name to commit.
    pub branches: BTreeMap<String, String>,
    /// The commit that each tag names.
    pub tags: BTreeMap<String, String>,
    pub collaborators: BTreeMap<String, Permission>,
    pub pulls: BTreeMap<u64, PullRequest>,
    pub created_at: DateTime<Utc>,
    pub pushed_at: DateTime<Utc>,
}

impl Repository {
    /// `owner/name`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// What this login may do, apart from what everybody may do in a public repository.
    pub fn permission(&self, login: &str) -> Permission {
        if login == self.owner {
            return Permission::Admin;
        }
        let granted = self.collaborators.get(login).copied();
        let public = if self.private {
            Permission::None
        } else {
            Permission::Read
        };
        granted.map_or(public, |granted| granted.max(public))
    }
}

/// All of it.
pub(super) struct State {
    /// Where this server listens, without a slash at the end.
    pub base: String,
    pub clock: Arc<dyn Clock>,
    pub token_clock: Arc<dyn Clock>,
    pub app: App,
    pub people: BTreeMap<String, Person>,
    pub installations: BTreeMap<u64, Installation>,
    pub tokens: HashMap<String, Token>,
    pub repositories: BTreeMap<u64, Repository>,
    pub commits: HashMap<String, Commit>,
    pub comments: BTreeMap<u64, Comment>,
    pub check_runs: BTreeMap<u64, CheckRun>,
    pub statuses: Vec<CommitStatus>,
    pub deployments: BTreeMap<u64, Deployment>,
    pub post: PostOffice,
    last_id: u64,
}

impl State {
    pub fn new(
        base: String,
        clock: Arc<dyn Clock>,
        token_clock: Arc<dyn Clock>,
        app: App,
        post: PostOffice,
    ) -> Self {
        let mut state = Self {
            base,
            clock,
            token_clock,
            people: BTreeMap::new(),
            installations: BTreeMap::new(),
            tokens: HashMap::new(),
            repositories: BTreeMap::new(),
            commits: HashMap::new(),
            comments: BTreeMap::new(),
            check_runs: BTreeMap::new(),
            statuses: Vec::new(),
            deployments: BTreeMap::new(),
            post,
            last_id: 1_000,
            app,
        };
        state.meet(&state.app.bot(), Kind::Bot);
        state.meet(OTHER_APP_BOT, Kind::Bot);
        state
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A number that nothing else has.
    pub fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// The account of that login; signs it up when it is new.
    pub fn meet(&mut self, login: &str, kind: Kind) {
        if !self.people.contains_key(login) {
            let id = self.next_id();
            let login = login.to_owned();
            self.people
                .insert(login.clone(), Person { id, login, kind });
        }
    }

    /// The repository of that name; GitHub does not tell upper from lower case there.
    pub fn repository_named(&self, owner: &str, name: &str) -> Option<&Repository> {
        self.repositories.values().find(|repository| {
            repository.owner.eq_ignore_ascii_case(owner)
                && repository.name.eq_ignore_ascii_case(name)
        })
    }

    /// The repository `owner/name`, or a refusal that says so.
    pub fn find_repository(&self, full_name: &str) -> Result<u64, Refusal> {
        full_name
            .split_once('/')
            .and_then(|(owner, name)| self.repository_named(owner, name))
            .map(|repository| repository.id)
            .ok_or_else(|| Refusal::new(format!("there is no repository {full_name}")))
    }
}

/// The other App of this GitHub, which runs everybody's continuous integration.
pub(super) const OTHER_APP_BOT: &str = "github-actions[bot]";
/// Its id, as on GitHub.
pub(super) const OTHER_APP_ID: u64 = 15_368;
