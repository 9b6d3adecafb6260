//! A shop on the local GitHub, and the App that serves it.

use crate::openapi::Description;
use chrono::{DateTime, TimeDelta, Utc};
use ebbtide::clock::Clock;
use ebbtide::demo::github::{LocalGitHub, Options, Permission};
use ebbtide::environment::{CommitSha, InstallationId, PullRequestNumber, RepositoryName};
use ebbtide::github::Repo;
use ebbtide::github::client::{AppClient, AppOptions};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The pull request that every shop has.
pub const FIRST: PullRequestNumber = PullRequestNumber(1);

/// A clock that stands still until it is moved.
pub struct HandClock(Mutex<DateTime<Utc>>);

impl HandClock {
    pub fn at(time: DateTime<Utc>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(time)))
    }

    pub fn forward(&self, step: TimeDelta) {
        *self.0.lock().expect("nobody panicked") += step;
    }
}

#[async_trait::async_trait]
impl Clock for HandClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().expect("nobody panicked")
    }

    async fn sleep(&self, _: Duration) {}
}

/// The local GitHub, its client, and the clock of both.
pub struct World {
    pub github: LocalGitHub,
    pub client: AppClient,
    pub clock: Arc<HandClock>,
    pub repo: Repo,
}

impl World {
    /// A shop with one open pull request by alice, who may write.
    pub async fn new() -> Self {
        Self::with(Options::default()).await
    }

    pub async fn with(options: Options) -> Self {
        let noon = "2026-03-01T12:00:00Z".parse().expect("a time");
        let clock = HandClock::at(noon);
        let github = LocalGitHub::start(Options {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            ..options
        })
        .await
        .expect("a free port");
        github
            .repository("acme/shop")
            .collaborator("alice", Permission::Write)
            .collaborator("bob", Permission::Read)
            .files([
                ("README.md", "A shop\n"),
                ("infra/app.yml", "Resources: {}\n"),
            ])
            .create();
        github
            .as_user("alice")
            .open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
        github.record_exchanges();
        let client = client(&github, github.url(), &clock, AppOptions::TIMEOUT);
        let repo = Repo {
            installation: InstallationId(github.installation()),
            name: RepositoryName::new("acme/shop"),
        };
        Self {
            github,
            client,
            clock,
            repo,
        }
    }

    /// The head of the pull request that every shop has.
    pub fn head(&self) -> CommitSha {
        CommitSha::new(self.github.pull_request(1).expect("it is open").head_sha)
    }

    /// A client that is impatient, or that speaks to another address.
    pub fn another_client(&self, url: &str, timeout: Duration) -> AppClient {
        client(&self.github, url, &self.clock, timeout)
    }

    /// How many requests there were with this method, whose path contains this.
    pub fn count(&self, method: &str, part: &str) -> usize {
        let requests = self.github.requests();
        let matching = requests
            .iter()
            .filter(|seen| seen.method == method && seen.path.contains(part));
        matching.count()
    }

    /// GitHub's description has nothing against what was asked and answered.
    pub async fn end(self) {
        Description::of_the_test_kit().judge_all(&self.github.exchanges());
        self.github.stop().await;
    }
}

fn client(github: &LocalGitHub, url: &str, clock: &Arc<HandClock>, timeout: Duration) -> AppClient {
    AppClient::new(AppOptions {
        api_url: url.parse().expect("an address"),
        app_id: 4242,
        private_key: github.private_key_pem().to_owned().into(),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        timeout,
    })
    .expect("good options")
}
