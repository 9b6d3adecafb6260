//! A story's world: GitHub, AWS, a database, the service's door, and a clock that is moved by hand.

use crate::databases::{self, Database};
use crate::hand_clock::HandClock;
use crate::openapi::Description;
use crate::sandbox::{REGION, Sandbox};
use crate::support::proxy::Proxy;
use ebbtide::api::{self, Api};
use ebbtide::clock::Clock;
use ebbtide::cloud::aws::{Aws, AwsOptions};
use ebbtide::demo::emulator::Emulator;
use ebbtide::demo::github::{CheckRunSeen, CommentSeen, LocalGitHub, Options, Permission};
use ebbtide::environment::patience::Pace;
use ebbtide::environment::pool::{Affinity, AfterUse, PoolRules};
use ebbtide::environment::{Account, Environment, Phase, Region};
use ebbtide::github::client::{AppClient, AppOptions};
use ebbtide::github::words::WordsContext;
use ebbtide::nuke::NukeSettings;
use ebbtide::poke::Poke;
use ebbtide::reconciler::Reconciler;
use ebbtide::reconciler::probe::HttpProber;
use ebbtide::reconciler::settings::{Random, Settings};
use ebbtide::store::{EnvironmentFilter, Store};
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

/// The repository that most stories are about.
pub const SHOP: &str = "acme/shop";

/// What the webhooks are signed with.
pub const SECRET: &str = "a secret of the stories";

/// How a world is to be.
pub struct Setup {
    postgres: bool,
    pool: PoolRules,
    regions: Vec<&'static str>,
}

impl Setup {
    /// On a new SQLite file.
    pub fn on_sqlite() -> Self {
        Self {
            postgres: false,
            pool: rules(5),
            regions: vec![REGION],
        }
    }

    /// On a new database of the PostgreSQL server.
    pub fn on_postgres() -> Self {
        Self {
            postgres: true,
            ..Self::on_sqlite()
        }
    }

    /// The pool grows no further than this.
    pub fn at_most_accounts(mut self, max_accounts: u32) -> Self {
        self.pool.max_accounts = max_accounts;
        self
    }

    /// The pool follows other rules.
    pub fn pool(mut self, change: impl FnOnce(&mut PoolRules)) -> Self {
        change(&mut self.pool);
        self
    }

    /// Stacks may also go to this region.
    pub fn also_in(mut self, region: &'static str) -> Self {
        self.regions.push(region);
        self
    }

    /// Starts everything, with these files on the main branch of the shop. Alice may write to it, Rita may read.
    pub async fn with_shop<P: Into<String>, C: Into<Vec<u8>>>(
        self,
        files: impl IntoIterator<Item = (P, C)>,
    ) -> World {
        let world = self.start().await;
        world.repository(SHOP, files);
        world
    }

    async fn start(self) -> World {
        let database = if self.postgres {
            databases::postgres().await
        } else {
            databases::sqlite().await
        };
        let store: Arc<dyn Store> = Arc::new(database.store.clone());
        let clock = HandClock::at_noon();
        let poke = Poke::default();
        let sandbox = Sandbox::new().await;
        let proxy = Proxy::before(crate::sandbox::emulator().await.endpoint()).await;
        proxy.hide_executed();
        let stop = CancellationToken::new();
        let door = open_door(&store, &clock, &poke, &stop).await;
        let github = LocalGitHub::start(Options {
            webhook_url: Some(format!("{door}/webhooks/github")),
            webhook_secret: SECRET.to_owned(),
            clock: clock.clone(),
            ..Options::default()
        })
        .await
        .expect("a free port");
        github.record_exchanges();
        let api_url = Url::parse(github.url()).expect("an address");
        let app = AppClient::new(AppOptions {
            api_url: api_url.clone(),
            app_id: 4242,
            private_key: SecretString::from(github.private_key_pem()),
            clock: clock.clone(),
            timeout: AppOptions::TIMEOUT,
        })
        .expect("valid options");
        let cloud = Aws::connect(AwsOptions {
            region: Region::new(REGION),
            endpoint_url: Some(proxy.url().to_owned()),
            endpoints: std::collections::BTreeMap::new(),
            management_role_arn: None,
            sandbox_ou: sandbox.ou.clone(),
            member_role: String::new(),
            credentials: Some(Emulator::credentials(&sandbox.management)),
            clock: clock.clone(),
        })
        .await
        .expect("valid options");
        let settings = Settings {
            owner: "story".to_owned(),
            pace: Pace {
                poll_min: Duration::from_secs(1),
                poll_max: Duration::from_secs(5),
            },
            lease: Duration::from_mins(2),
            sweep_every: SWEEP_EVERY,
            default_ttl: Duration::from_hours(24),
            max_ttl: Duration::from_hours(72),
            region: Region::new(REGION),
            pool: self.pool.clone(),
            account_email: "aws+{id}@example.com".to_owned(),
            account_name: "sandbox-{id}".to_owned(),
            member_role: "OrganizationAccountAccessRole".to_owned(),
            random: Random::seeded(7),
            nuke: NukeSettings {
                regions: self.regions.iter().map(|it| Region::new(*it)).collect(),
                ..crate::nuke::few_types(REGION)
            },
            words: WordsContext::new(
                Some(Url::parse("https://ebbtide.example").expect("an address")),
                &api_url,
            ),
        };
        let prober = Arc::new(HttpProber {
            allow_private: true,
        });
        let reconciler = Reconciler::new(
            store.clone(),
            cloud,
            Arc::new(app),
            prober,
            clock.clone(),
            settings,
            poke,
        );
        World {
            github,
            sandbox,
            proxy,
            clock,
            store,
            reconciler,
            door,
            stop,
            _database: database,
        }
    }
}

/// The slow period.
pub const SWEEP_EVERY: Duration = Duration::from_mins(30);

async fn open_door(
    store: &Arc<dyn Store>,
    clock: &Arc<HandClock>,
    poke: &Poke,
    stop: &CancellationToken,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let api = Api {
        store: store.clone(),
        clock: clock.clone(),
        webhook_secrets: [SecretString::from(SECRET)].into(),
        pool: rules(5),
        poke: poke.clone(),
        metrics: api::metrics::recorder(),
    };
    tokio::spawn(api::serve(listener, api, stop.clone()));
    url
}

/// A pool of so many accounts.
fn rules(max_accounts: u32) -> PoolRules {
    PoolRules {
        target_accounts: 0,
        min_ready: 0,
        max_accounts,
        max_creating: 2,
        affinity: Affinity::Repository,
        cool_down: chrono::TimeDelta::minutes(2),
        after_use: AfterUse::Reuse,
    }
}

/// The world.
pub struct World {
    /// Where people act.
    pub github: LocalGitHub,
    /// The organization and what is in its accounts.
    pub sandbox: Sandbox,
    /// Between the service and AWS.
    pub proxy: Proxy,
    /// The time.
    pub clock: Arc<HandClock>,
    /// What is written down.
    pub store: Arc<dyn Store>,
    /// The service's hands.
    pub reconciler: Reconciler,
    /// The service's address.
    pub door: String,
    stop: CancellationToken,
    _database: Database,
}

impl World {
    /// A repository with the App installed. Alice may write to it, Rita may read.
    pub fn repository<P: Into<String>, C: Into<Vec<u8>>>(
        &self,
        name: &str,
        files: impl IntoIterator<Item = (P, C)>,
    ) {
        self.github
            .repository(name)
            .collaborator("alice", Permission::Write)
            .collaborator("rita", Permission::Read)
            .files(files)
            .create();
    }

    /// The head commit of a pull request of the shop.
    pub fn head(&self, number: u64) -> String {
        let pull = self.github.pull_request(number);
        pull.expect("a pull request").head_sha
    }

    /// Our comments on a pull request.
    pub fn comments_in(&self, repository: &str, number: u64) -> Vec<CommentSeen> {
        let mut comments = self.github.comments_in(repository, number);
        comments.retain(|one| one.author == "ebbtide[bot]");
        comments
    }

    /// Our one comment on a pull request of the shop, or nothing; times and ids made plain.
    pub fn comment(&self, number: u64) -> String {
        let comments = self.comments_in(SHOP, number);
        assert!(comments.len() <= 1, "there is more than one: {comments:#?}");
        comments
            .first()
            .map(|one| self.plain(&one.body))
            .unwrap_or_default()
    }

    /// Our newest check run on a pull request's head; those before it have concluded.
    pub fn check(&self, number: u64) -> CheckRunSeen {
        let mut ours = self.checks_on(&self.head(number));
        ours.sort_by_key(|run| run.id);
        let newest = ours.pop().expect("a check run");
        let running = ours.iter().find(|run| run.status != "completed");
        assert_eq!(running, None, "an earlier run goes on for ever");
        newest
    }

    /// Our check runs on a commit.
    pub fn checks_on(&self, sha: &str) -> Vec<CheckRunSeen> {
        let mut runs = self.github.check_runs(sha);
        runs.retain(|run| run.app_id == 4242);
        runs
    }

    /// How our check run on a pull request's head ended, with its title.
    pub fn verdict(&self, number: u64) -> String {
        let check = self.check(number);
        format!(
            "{}: {}",
            check.conclusion.unwrap_or(check.status),
            self.plain(&check.title.unwrap_or_default())
        )
    }

    /// Where a pull request of the shop stands, as its comment says it: heading and sentences.
    pub fn told(&self, number: u64) -> String {
        self.told_in(SHOP, number)
    }

    /// The same for any repository.
    pub fn told_in(&self, repository: &str, number: u64) -> String {
        let comments = self.comments_in(repository, number);
        assert!(comments.len() <= 1, "there is more than one: {comments:#?}");
        let body = comments.first().map(|one| self.plain(&one.body));
        let lines: Vec<String> = body
            .unwrap_or_default()
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with("<!--"))
            .take_while(|line| !line.starts_with(['|', '<']))
            .map(str::to_owned)
            .collect();
        lines.join("\n")
    }

    /// The environment of a pull request of the shop.
    pub async fn environment(&self, number: u64) -> Environment {
        let mut all = self.environments().await;
        all.retain(|one| one.key.pull_request.0 == number && one.repository.as_str() == SHOP);
        assert_eq!(all.len(), 1, "one environment: {all:#?}");
        all.remove(0)
    }

    /// Where it stands.
    pub async fn phase(&self, number: u64) -> Phase {
        self.environment(number).await.phase()
    }

    /// What was done for it, in order.
    pub async fn steps(&self, number: u64) -> Vec<String> {
        let id = self.environment(number).await.id;
        let timeline = self.store.timeline(&id).await.expect("there");
        timeline.into_iter().map(|line| line.step).collect()
    }

    /// The one account of the organization.
    pub async fn account(&self) -> String {
        let accounts = self.sandbox.accounts().await;
        assert_eq!(accounts.len(), 1, "one account: {accounts:?}");
        accounts.into_keys().next().expect("one")
    }

    /// All environments.
    pub async fn environments(&self) -> Vec<Environment> {
        let filter = EnvironmentFilter {
            ended: true,
            repository: None,
        };
        self.store.environments(&filter).await.expect("listed")
    }

    /// The pool.
    pub async fn accounts(&self) -> Vec<Account> {
        self.store.accounts().await.expect("listed")
    }

    /// Where each account of the pool stands, the oldest first.
    pub async fn states(&self) -> Vec<ebbtide::environment::AccountState> {
        let accounts = self.accounts().await.into_iter();
        accounts.map(|account| account.state).collect()
    }

    /// The stacks that are there, in any account: `network CREATE_COMPLETE`, in the order of their names.
    pub async fn stacks(&self) -> Vec<String> {
        let mut all = Vec::new();
        for account in self.sandbox.accounts().await.keys() {
            all.extend(self.sandbox.stacks(account).await);
        }
        all.iter().map(|stack| self.plain(stack)).collect()
    }

    /// Lets a stack of the first pull request's first life go on, which waits in one of the accounts.
    pub async fn release(&self, stack: &str) {
        let environment = self.environment(1).await;
        let incarnation = environment.incarnation.expect("alive");
        let name = format!("ebbtide-{}-{stack}", incarnation.id);
        let account = incarnation.account.as_str();
        self.sandbox.release(account, &name).await;
    }

    /// Ends the story: nothing is left in any account, nobody holds one, and GitHub's description has nothing
    /// against any exchange.
    pub async fn ends_pristine(self) {
        let left = self.sandbox.left().await;
        assert!(left.is_empty(), "the cloud is not pristine: {left:#?}");
        self.ends().await;
    }

    /// Ends the story: nobody holds an account, and GitHub's description has nothing against any exchange.
    pub async fn ends(self) {
        for account in self.accounts().await {
            assert_eq!(account.holder, None, "{} is still lent", account.id);
            let proven = account.served.is_none() || account.certificate.is_some();
            let set_aside = account.state == ebbtide::environment::AccountState::Quarantined;
            assert!(
                proven || set_aside,
                "it was used and not proven empty: {account:?}"
            );
        }
        let rows = self.accounts().await.len();
        let accounts = self.sandbox.accounts().await;
        assert_eq!(accounts.len(), rows, "one row each: {accounts:?}");
        Description::of_the_test_kit().judge_all(&self.github.exchanges());
        self.stop.cancel();
        self.github.stop().await;
    }

    /// The text with plain words for what differs from run to run.
    pub fn plain(&self, text: &str) -> String {
        crate::plain::plain(text, self.github.url())
    }

    /// Now.
    pub fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.clock.now()
    }
}
