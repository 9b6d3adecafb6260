//! The stage: peers, database, service and a repository with an application in it.

use super::narrator::Narrator;
use super::supervisor::{Service, Supervisor};
use crate::api_token;
use crate::clock::{Clock, SystemClock};
use crate::cloud::Cloud;
use crate::cloud::aws::{Aws, AwsOptions, DEFAULT_MEMBER_ROLE};
use crate::demo::emulator::Emulator;
use crate::demo::front::Front;
use crate::demo::github::{LocalGitHub, Options, Permission, Revision};
use crate::environment::{AccountId, Region};
use crate::store::Store;
use crate::store::sql::SqlStore;
use anyhow::{Context, bail};
use ebbtide_templates::example;
use secrecy::ExposeSecret;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The management account that the emulator is given.
const MANAGEMENT: &str = "111122223333";
/// Where stacks go.
const REGION: &str = "eu-west-1";
/// The repository.
pub const REPOSITORY: &str = "acme/guest-book";
/// How often it is asked whether the service is up.
const UP_TRIES: u32 = 300;
/// How long to wait in between.
const UP_PAUSE: Duration = Duration::from_millis(100);

/// Everything that the walk needs.
pub struct Stage {
    /// The local GitHub.
    pub github: LocalGitHub,
    /// The emulator through the service's own eyes, for an independent look at what is left.
    pub cloud: Cloud,
    /// The service's database.
    pub store: SqlStore,
    supervisor: Supervisor,
    emulator: Emulator,
    front: Front,
    service_url: String,
    token: String,
    folder: PathBuf,
}

impl Stage {
    /// Sets it.
    pub async fn set(folder: &Path, narrator: Narrator) -> anyhow::Result<Self> {
        narrator.step("Setting the stage")?;
        std::fs::create_dir_all(folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        let folder = std::path::absolute(folder)?;
        let run = folder.join("run");
        if run.exists() {
            std::fs::remove_dir_all(&run)
                .with_context(|| format!("{} cannot be cleared", run.display()))?;
        }
        std::fs::create_dir_all(&run)?;
        let venv = std::env::var_os("EBBTIDE_TEST_KIT")
            .map(|kit| PathBuf::from(kit).join("ministack"))
            .filter(|venv| venv.exists())
            .unwrap_or_else(|| folder.join("ministack"));
        let emulator = Emulator::start(&venv, &run.join("aws"), |progress| {
            let _ = narrator.line(&format!("   {progress}"));
        })
        .await?;
        let front = Front::start(&venv, &run.join("aws"), emulator.endpoint())?;
        let management = AccountId::new(MANAGEMENT);
        let sandbox = emulator.organization(&management, "Demo").await?;
        narrator.held(&format!("AWS emulator at {}", emulator.endpoint()))?;

        let port = free_port()?;
        let service_url = format!("http://127.0.0.1:{port}");
        let secret = format!("{:032x}", fastrand::u128(..));
        let github = LocalGitHub::start(Options {
            webhook_url: Some(format!("{service_url}/webhooks/github")),
            webhook_secret: secret.clone(),
            revisions: revisions(),
            ..Options::default()
        })
        .await
        .context("the local GitHub cannot listen")?;
        narrator.held(&format!("GitHub at {} with {REPOSITORY}", github.url()))?;

        let database = format!("sqlite:{}", run.join("ebbtide.db").display());
        let supervisor = Supervisor::start(Service {
            folder: run.clone(),
            log: run.join("service.log"),
            variables: variables(&Configured {
                port,
                service_url: &service_url,
                database: &database,
                github: &github,
                secret: &secret,
                endpoint: emulator.endpoint(),
                front: front.endpoint(),
                sandbox: &sandbox,
            }),
        })?;
        up(&service_url, &run.join("service.log")).await?;
        // Only now: what GitHub says of a new repository should find somebody who listens.
        github
            .repository(REPOSITORY)
            .collaborator("alice", Permission::Write)
            .collaborator("bob", Permission::Write)
            .files(example::files().iter().copied())
            .create();
        let store = SqlStore::open(&database).await?;
        let (token, row) = api_token::make("demo", api_token::Scope::Write, SystemClock.now())?;
        store.put_token(&row).await?;
        narrator.held(&format!(
            "Ebbtide at {service_url}, process {}",
            supervisor.pid()
        ))?;

        let cloud = Aws::connect(AwsOptions {
            region: Region::new(REGION),
            endpoint_url: Some(emulator.endpoint().to_owned()),
            endpoints: std::collections::BTreeMap::new(),
            management_role_arn: None,
            sandbox_ou: sandbox,
            member_role: DEFAULT_MEMBER_ROLE.to_owned(),
            credentials: Some(Emulator::credentials(&management)),
            clock: Arc::new(SystemClock),
        })
        .await?;
        Ok(Self {
            github,
            cloud,
            store,
            supervisor,
            emulator,
            front,
            service_url,
            token: token.expose_secret().to_owned(),
            folder,
        })
    }

    /// Where a person can go on.
    pub fn addresses(&self) -> Vec<String> {
        vec![
            format!(
                "   GitHub    {}   open, push to, merge and close pull requests",
                self.github.url()
            ),
            format!("   Ebbtide   {}", self.service_url),
            format!(
                "   AWS       {}   (log: {})",
                self.emulator.endpoint(),
                self.emulator.log().display()
            ),
            String::new(),
            format!(
                "   export EBBTIDE_URL={} EBBTIDE_TOKEN={}",
                self.service_url, self.token
            ),
            format!("   {} env list", program()),
            String::new(),
            format!(
                "   Kill the service if you like (kill -9 {}): it is started again and goes on",
                self.supervisor.pid()
            ),
            format!("   The service's log: {}", self.log().display()),
        ]
    }

    /// The service's log.
    pub fn log(&self) -> PathBuf {
        self.folder.join("run/service.log")
    }

    /// Stops everything.
    pub async fn clear(self) {
        self.supervisor.stop().await;
        self.store.close().await;
        self.github.stop().await;
        drop(self.front);
        drop(self.emulator);
    }
}

/// How a person calls this program from here.
fn program() -> String {
    let path = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("ebbtide"));
    let here = std::env::current_dir().ok();
    let shorter = here.and_then(|here| path.strip_prefix(here).ok());
    shorter.unwrap_or(&path).display().to_string()
}

/// Where accounts are looked into for what is left.
pub fn region() -> Region {
    Region::new(REGION)
}

struct Configured<'a> {
    port: u16,
    service_url: &'a str,
    database: &'a str,
    github: &'a LocalGitHub,
    secret: &'a str,
    endpoint: &'a str,
    front: &'a str,
    sandbox: &'a str,
}

fn variables(with: &Configured<'_>) -> Vec<(&'static str, String)> {
    let text = str::to_owned;
    vec![
        ("EBBTIDE_SERVER__LISTEN", format!("127.0.0.1:{}", with.port)),
        ("EBBTIDE_SERVER__PUBLIC_URL", text(with.service_url)),
        ("EBBTIDE_DATABASE__URL", text(with.database)),
        ("EBBTIDE_GITHUB__API_URL", text(with.github.url())),
        (
            "EBBTIDE_GITHUB__APP_ID",
            Options::default().app_id.to_string(),
        ),
        (
            "EBBTIDE_GITHUB__PRIVATE_KEY",
            text(with.github.private_key_pem()),
        ),
        ("EBBTIDE_GITHUB__WEBHOOK_SECRETS", text(with.secret)),
        ("EBBTIDE_AWS__REGION", text(REGION)),
        ("EBBTIDE_AWS__ENDPOINT_URL", text(with.endpoint)),
        (
            "EBBTIDE_AWS__ENDPOINTS",
            format!("cloudcontrol={0},route53={0},servicequotas={0}", with.front),
        ),
        ("EBBTIDE_AWS__SANDBOX_OU", text(with.sandbox)),
        ("EBBTIDE_AWS__ACCOUNT_EMAIL", text("aws+{id}@example.com")),
        ("EBBTIDE_POOL__MAX_ACCOUNTS", text("5")),
        // The emulator's IAM forgets at once.
        ("EBBTIDE_POOL__COOL_DOWN", text("1s")),
        ("EBBTIDE_RECONCILER__POLL_MIN", text("500ms")),
        ("EBBTIDE_RECONCILER__POLL_MAX", text("3s")),
        ("EBBTIDE_RECONCILER__LEASE", text("10s")),
        ("EBBTIDE_RECONCILER__SWEEP_EVERY", text("30s")),
        ("AWS_ACCESS_KEY_ID", text(MANAGEMENT)),
        ("AWS_SECRET_ACCESS_KEY", text("emulated")),
        ("AWS_EC2_METADATA_DISABLED", text("true")),
    ]
}

/// What the page offers to push.
fn revisions() -> Vec<Revision> {
    let revision = |name: &str, files: &[(&str, &str)]| Revision {
        name: name.to_owned(),
        files: files
            .iter()
            .map(|(path, content)| ((*path).to_owned(), content.as_bytes().to_vec()))
            .collect(),
    };
    let broken: Vec<(&str, String)> = example::files()
        .iter()
        .filter(|(path, _)| *path == ".ebbtide.yml")
        .map(|(path, content)| (*path, content.replace("needs:", "neds:")))
        .collect();
    let broken: Vec<(&str, &str)> = broken
        .iter()
        .map(|(path, content)| (*path, content.as_str()))
        .collect();
    vec![
        revision("a topic and a slower queue", example::second_revision()),
        revision("the first version again", example::files()),
        revision("a typing mistake in .ebbtide.yml", &broken),
    ]
}

async fn up(url: &str, log: &Path) -> anyhow::Result<()> {
    let ready = format!("{url}/readyz");
    for _ in 0..UP_TRIES {
        if let Ok(answer) = reqwest::get(&ready).await
            && answer.status().is_success()
        {
            return Ok(());
        }
        SystemClock.sleep(UP_PAUSE).await;
    }
    bail!("the service did not come up; its log is {}", log.display());
}

fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}
