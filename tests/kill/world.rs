//! The world around the process: GitHub, AWS behind a proxy, a database, and real time.

use crate::databases::Database;
use crate::executioner::Executioner;
use crate::front::Front;
use crate::plain::plain;
use crate::process::{Binary, Process};
use crate::sandbox::{REGION, Sandbox, emulator};
use crate::support::proxy::Proxy;
use ebbtide::clock::{Clock, SystemClock};
use ebbtide::demo::github::{CommentSeen, LocalGitHub, Options, Permission};
use ebbtide::store::Store;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

/// A look at the world, every so often, and so many looks at most: two minutes.
const LOOK_EVERY: Duration = Duration::from_millis(5);
const LOOKS: u32 = 24_000;

/// Two stacks, one of which needs the other.
pub fn files() -> [(&'static str, &'static str); 3] {
    [
        (
            ".ebbtide.yml",
            "\
stacks:
  store:
    template: store.yaml
  app:
    template: app.yaml
    parameters:
      Store: ${{ stacks.store.outputs.Name }}
outputs:
  App: ${{ stacks.app.outputs.Name }}
",
        ),
        (
            "store.yaml",
            "
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: store}}
Outputs:
  Name: {Value: !GetAtt Queue.QueueName}
",
        ),
        (
            "app.yaml",
            "
Parameters:
  Store: {Type: String}
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub 'for-${Store}'}}
Outputs:
  Name: {Value: !GetAtt Queue.QueueName}
",
        ),
    ]
}

/// Another queue in one of them.
pub fn second_files() -> [(&'static str, &'static str); 1] {
    [(
        "store.yaml",
        "
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: store}}
  Second: {Type: AWS::SQS::Queue, Properties: {QueueName: second}}
Outputs:
  Name: {Value: !GetAtt Queue.QueueName}
",
    )]
}

/// Cloud Control that sees what people make by hand, and a proxy before it.
pub struct Door {
    pub proxy: Proxy,
    _front: Front,
}

/// The world.
pub struct World {
    pub github: LocalGitHub,
    pub database: Database,
    /// Where leftovers are seen; the executioner then counts what comes through here.
    pub door: Option<Door>,
    sandbox: Sandbox,
    proxy: Proxy,
    binary: Binary,
    process: Option<Process>,
    executioner: Executioner,
    _folder: tempfile::TempDir,
}

impl World {
    /// A world with the process running in it.
    pub async fn new(database: Database) -> Self {
        Self::with(database, None).await
    }

    /// One in which accounts may hold more than stacks, in these regions.
    pub async fn with_leftovers(database: Database, regions: &[&str]) -> Self {
        let front = Front::before(emulator().await.endpoint()).await;
        let proxy = Proxy::before(front.url()).await;
        Self::with(
            database,
            Some((
                Door {
                    proxy,
                    _front: front,
                },
                regions,
            )),
        )
        .await
    }

    async fn with(database: Database, door: Option<(Door, &[&str])>) -> Self {
        let sandbox = Sandbox::new().await;
        let proxy = Proxy::before(emulator().await.endpoint()).await;
        proxy.hide_executed();
        let port = free_port();
        let secret = "a secret between the two";
        let github = LocalGitHub::start(Options {
            webhook_url: Some(format!("http://127.0.0.1:{port}/webhooks/github")),
            webhook_secret: secret.to_owned(),
            ..Options::default()
        })
        .await
        .expect("a free port");
        let folder = tempfile::tempdir().expect("a folder");
        let text = str::to_owned;
        let mut variables = vec![
            ("EBBTIDE_SERVER__LISTEN", format!("127.0.0.1:{port}")),
            ("EBBTIDE_DATABASE__URL", database.url.clone()),
            ("EBBTIDE_GITHUB__API_URL", text(github.url())),
            ("EBBTIDE_GITHUB__APP_ID", text("4242")),
            (
                "EBBTIDE_GITHUB__PRIVATE_KEY",
                text(github.private_key_pem()),
            ),
            ("EBBTIDE_GITHUB__WEBHOOK_SECRETS", text(secret)),
            ("EBBTIDE_POOL__MIN_READY", text("0")),
            ("EBBTIDE_POOL__COOL_DOWN", text("0s")),
            ("EBBTIDE_AWS__REGION", text(REGION)),
            ("EBBTIDE_AWS__ENDPOINT_URL", text(proxy.url())),
            ("EBBTIDE_AWS__SANDBOX_OU", sandbox.ou.clone()),
            ("EBBTIDE_AWS__ACCOUNT_EMAIL", text("aws+{id}@example.com")),
            ("EBBTIDE_POOL__MAX_ACCOUNTS", text("3")),
            ("EBBTIDE_RECONCILER__POLL_MIN", text("20ms")),
            ("EBBTIDE_RECONCILER__POLL_MAX", text("500ms")),
            ("EBBTIDE_RECONCILER__LEASE", text("1s")),
            ("EBBTIDE_RECONCILER__SWEEP_EVERY", text("2s")),
            ("AWS_ACCESS_KEY_ID", text(sandbox.management.as_str())),
            ("AWS_SECRET_ACCESS_KEY", text("emulated")),
            ("AWS_EC2_METADATA_DISABLED", text("true")),
        ];
        if let Some((door, regions)) = &door {
            let url = door.proxy.url();
            let endpoints = format!("cloudcontrol={url},route53={url}");
            variables.push(("EBBTIDE_AWS__ENDPOINTS", endpoints));
            variables.push(("EBBTIDE_GUARDRAILS__REGIONS", regions.join(",")));
        }
        let log = format!("kill-{port}.log");
        let binary = Binary {
            folder: folder.path().to_owned(),
            log: Path::new(env!("CARGO_TARGET_TMPDIR")).join(log),
            variables,
        };
        Self {
            process: Some(binary.start()),
            github,
            database,
            door: door.map(|(door, _)| door),
            sandbox,
            proxy,
            binary,
            executioner: Executioner::idle(),
            _folder: folder,
        }
    }

    /// From now on this one decides when the process dies.
    pub fn meet(&mut self, executioner: Executioner) {
        self.executioner = executioner;
    }

    /// The repository.
    pub fn shop(&self, files: [(&'static str, &'static str); 3]) {
        let shop = self.github.repository("acme/shop");
        shop.collaborator("alice", Permission::Write)
            .files(files)
            .create();
    }

    /// Until the comments of all these pull requests have this word in their heading and speak of the head.
    pub async fn until_all(&mut self, numbers: &[u64], word: &str) {
        for _ in 0..LOOKS {
            self.look().await;
            let told = numbers.iter().all(|number| self.told(*number, word));
            if told && self.is_quiet(numbers, word).await {
                return;
            }
        }
        for number in numbers {
            assert!(
                self.told(*number, word),
                "{}",
                self.comments(*number)[0].body
            );
        }
        panic!(
            "the comments say {word}, and something is left: {:#?}\n{:#?}\nThe log is {}",
            self.github.deployments(),
            self.database.store.accounts().await.expect("listed"),
            self.binary.log().display()
        );
    }

    /// Until the comment of a pull request has this word in it.
    pub async fn until_said(&mut self, number: u64, word: &str) {
        for _ in 0..LOOKS {
            self.look().await;
            let comments = self.comments(number);
            if comments.first().is_some_and(|one| one.body.contains(word)) {
                return;
            }
        }
        panic!(
            "no {word} is spoken of: {}\n{:#?}\nThe log is {}",
            self.comments(number)[0].body,
            self.database.store.accounts().await.expect("listed"),
            self.binary.log().display()
        );
    }

    fn told(&self, number: u64, word: &str) -> bool {
        let head = self.head(number);
        let heading = format!("Preview environment · {word}\n");
        let comments = self.comments(number);
        let right =
            |one: &CommentSeen| one.body.contains(&heading) && one.body.contains(&head[..7]);
        comments.first().is_some_and(right)
    }

    /// Whether all else is said too: the comment comes first, then the check run and the Deployment.
    async fn is_quiet(&self, numbers: &[u64], word: &str) -> bool {
        let state = if word == "Ended" {
            "inactive"
        } else {
            "success"
        };
        let deployments = self.github.deployments();
        let is_said = |number: &u64| {
            let head = self.head(*number);
            let runs = self.github.check_runs(&head);
            let deployed = deployments.iter().rfind(|one| one.sha == head);
            runs.last().is_some_and(|run| run.status == "completed")
                && deployed.is_some_and(|one| one.state() == state)
        };
        let accounts = self.database.store.accounts().await.expect("listed");
        let given_back = accounts.iter().all(|account| account.holder.is_none());
        numbers.iter().all(is_said) && (word != "Ended" || given_back)
    }

    /// A moment passes, in which the process may die; then there is another one.
    async fn look(&mut self) {
        let moment = SystemClock.sleep(LOOK_EVERY);
        let watched = self.door.as_ref().map_or(&self.proxy, |door| &door.proxy);
        if self.executioner.strikes(watched, moment).await {
            if let Some(process) = self.process.take() {
                process.kill();
            }
            self.executioner.struck(watched);
            self.process = Some(self.binary.start());
        }
        let ended = self.process.as_mut().is_some_and(Process::has_ended);
        assert!(
            !ended,
            "it ended by itself; the log is {}",
            self.binary.log().display()
        );
    }

    fn head(&self, number: u64) -> String {
        let pull = self.github.pull_request(number);
        pull.expect("a pull request").head_sha
    }

    fn comments(&self, number: u64) -> Vec<CommentSeen> {
        self.github.comments(number)
    }

    /// The one comment on a pull request, made plain.
    pub fn comment(&self, number: u64) -> String {
        let comments = self.comments(number);
        assert_eq!(comments.len(), 1, "{comments:#?}");
        let comment = plain(&comments[0].body, self.github.url());
        comment.replace(&format!("pr-{number}-"), "pr-N-")
    }

    /// How the check run on a pull request's head ended.
    pub fn verdict(&self, number: u64) -> String {
        let runs = self.github.check_runs(&self.head(number));
        assert_eq!(runs.len(), 1, "{runs:#?}");
        let conclusion = runs[0].conclusion.as_deref().unwrap_or_default();
        let title = runs[0].title.as_deref().unwrap_or_default();
        format!("{conclusion}: {title}")
    }

    /// Nothing is left, no account was made twice, and the process was killed often enough.
    pub async fn ends_pristine(mut self, accounts: usize) {
        drop(self.process.take());
        let kills = self.executioner.struck_times();
        assert!(kills.is_none_or(|kills| kills > 4), "only {kills:?} kills");
        let left = self.sandbox.left().await;
        assert!(left.is_empty(), "the cloud is not pristine: {left:#?}");
        assert_eq!(self.sandbox.accounts().await.len(), accounts);
        let rows = self.database.store.accounts().await.expect("listed");
        assert_eq!(rows.len(), accounts, "{rows:#?}");
        self.github.stop().await;
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}
