//! A story's account in two regions, with what somebody left there.

use crate::front::{Front, run};
use crate::hand_clock::HandClock;
use crate::permit::Allows;
use crate::sandbox::{self, Sandbox};
use crate::support::proxy::Proxy;
use crate::toll::{Counts, Toll};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use ebbtide::clock::{Clock, SystemClock};
use ebbtide::cloud::aws::{Aws, AwsOptions};
use ebbtide::cloud::{Call, Cloud, Place};
use ebbtide::demo::emulator::Emulator;
use ebbtide::environment::patience::Pace;
use ebbtide::environment::{AccountId, Culprit, Region, SessionName, Setback};
use ebbtide::nuke::baseline::Baseline;
use ebbtide::nuke::listers::Listers;
use ebbtide::nuke::target::Forbidden;
use ebbtide::nuke::types::TypeTable;
use ebbtide::nuke::{Held, Job, Nuke, NukeSettings, Outcome, Proof, Work};
use ebbtide_templates::guardrails::{GuardrailSettings, Reach, reach, render};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// The home region first.
pub const REGIONS: [&str; 2] = ["eu-central-1", "eu-west-1"];

/// More of them, for the benchmark.
const MANY_REGIONS: [&str; 4] = ["eu-central-1", "eu-north-1", "eu-west-1", "us-east-1"];

/// The role that stories enter by.
const ROLE: &str = "OrganizationAccountAccessRole";

/// No story leaves more than this.
const MOST: usize = 5_000;

/// Nothing takes longer than this many passes.
const PASSES: u32 = 500;

static ACCOUNTS: AtomicU32 = AtomicU32::new(1);

/// The account, and who works on it.
pub struct World {
    /// Its number.
    pub account: AccountId,
    /// The door to Cloud Control.
    pub front: Front,
    /// Before the emulator's STS.
    pub proxy: Proxy,
    /// The time.
    pub clock: Arc<HandClock>,
    /// The organization's emulator, past everything.
    pub sandbox: Sandbox,
    cloud: Cloud,
    emulator: &'static str,
    reach: Reach,
    regions: &'static [&'static str],
    /// In front of the emulator and of Cloud Control, where calls are counted.
    toll: Option<Toll>,
}

/// How it ended.
#[derive(Debug)]
pub enum End {
    /// Proven to be empty.
    Proven(Box<Proof>),
    /// It could not be emptied.
    Stuck(Vec<Culprit>),
    /// Somebody objected.
    Forbidden(Vec<String>),
    /// Somebody stopped it.
    Stopped,
}

/// What a crash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    /// One process from the beginning to the end.
    One,
    /// Each pass is a new process's, is soon over, and every third is lost.
    Dying,
}

/// A clock on which each look takes a second.
struct Ticking(Arc<HandClock>);

#[async_trait]
impl Clock for Ticking {
    fn now(&self) -> DateTime<Utc> {
        self.0.forward(TimeDelta::seconds(1));
        self.0.now()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }
}

impl World {
    /// An account that nobody used yet, within the guardrails.
    pub async fn new() -> Self {
        Self::within(guarded(&REGIONS), &REGIONS, None).await
    }

    /// The same, where only these services are allowed: looks are shorter.
    pub async fn of_services(services: &[&str]) -> Self {
        let mut reach = guarded(&REGIONS);
        reach.services = services.iter().map(|it| (*it).to_owned()).collect();
        Self::within(reach, &REGIONS, None).await
    }

    /// The same in four regions, with the machine's own clock, and with every call counted and so much slower.
    pub async fn measured(latency: Duration) -> Self {
        Self::within(guarded(&MANY_REGIONS), &MANY_REGIONS, Some(latency)).await
    }

    async fn within(
        reach: Reach,
        regions: &'static [&'static str],
        measured: Option<Duration>,
    ) -> Self {
        let sandbox = Sandbox::new().await;
        let emulator = sandbox::emulator().await.endpoint();
        let front = Front::before(emulator).await;
        let clock = HandClock::at_noon();
        let proxy = Proxy::before(emulator).await;
        let toll = match measured {
            Some(latency) => Some(Toll::before(emulator, front.url(), latency).await),
            None => None,
        };
        // What is measured goes through one door, which counts.
        let [emulator_url, front_url, sts_url] = match &toll {
            Some(toll) => [toll.url(); 3],
            None => [emulator, front.url(), proxy.url()],
        };
        let endpoints = [
            ("cloudcontrol", front_url),
            ("route53", front_url),
            ("sts", sts_url),
        ];
        let endpoints = endpoints.map(|(it, url)| (it.to_owned(), url.to_owned()));
        let time: Arc<dyn Clock> = match measured {
            Some(_) => Arc::new(SystemClock),
            None => clock.clone(),
        };
        let cloud = Aws::connect(AwsOptions {
            region: Region::new(REGIONS[0]),
            endpoint_url: Some(emulator_url.to_owned()),
            endpoints: BTreeMap::from(endpoints),
            management_role_arn: None,
            sandbox_ou: sandbox.ou.clone(),
            member_role: ROLE.to_owned(),
            credentials: Some(Emulator::credentials(&sandbox.management)),
            clock: time,
        })
        .await
        .expect("valid options");
        Self {
            account: Self::account(),
            front,
            proxy,
            clock,
            sandbox,
            cloud,
            emulator,
            reach,
            regions,
            toll,
        }
    }

    /// The number of an account that nobody used yet.
    fn account() -> AccountId {
        let number = ACCOUNTS.fetch_add(1, Ordering::Relaxed);
        AccountId::new(format!("8000000{number:05}"))
    }

    /// From now on it is about another account that nobody used yet.
    pub fn move_on(&mut self) {
        self.account = Self::account();
    }

    /// Somebody leaves one of everything in both regions. What was made.
    pub async fn with_everything(self) -> (Self, u64) {
        let (_, made) = self.peer("litter.py", &[]).await;
        let count = made["count"].as_u64().expect("a count");
        (self, count)
    }

    /// Somebody leaves so many cheap things.
    pub async fn with_things(self, count: u32) -> Self {
        self.litter(count).await;
        self
    }

    /// Somebody leaves so many cheap things.
    pub async fn litter(&self, count: u32) {
        let (_, made) = self
            .peer("litter.py", &["--count", &count.to_string()])
            .await;
        assert_eq!(made["count"], count);
    }

    /// Somebody leaves, in each region, only this of everything.
    pub async fn with_only(self, what: &str) -> Self {
        let (_, made) = self.peer("litter.py", &["--only", what]).await;
        assert_ne!(made["count"], 0, "there is no {what}");
        self
    }

    /// From now on everything that is asked goes through one of these: to the emulator, or to the front.
    pub async fn behind_proxies(mut self) -> (Self, [Proxy; 2]) {
        let proxies = [
            Proxy::before(self.emulator).await,
            Proxy::before(self.front.url()).await,
        ];
        let front = |it: &str| (it.to_owned(), proxies[1].url().to_owned());
        let options = AwsOptions {
            region: Region::new(self.regions[0]),
            endpoint_url: Some(proxies[0].url().to_owned()),
            endpoints: BTreeMap::from(["cloudcontrol", "route53"].map(front)),
            management_role_arn: None,
            sandbox_ou: self.sandbox.ou.clone(),
            member_role: ROLE.to_owned(),
            credentials: Some(Emulator::credentials(&self.sandbox.management)),
            clock: self.clock.clone(),
        };
        self.cloud = Aws::connect(options).await.expect("valid options");
        (self, proxies)
    }

    /// The account gets an alias.
    pub async fn give_alias(&self, alias: &str) {
        let at = Place {
            account: self.account.clone(),
            region: Region::new(self.regions[0]),
            session: SessionName::new("somebody"),
        };
        let call = Call::new("iam", "CreateAccountAlias", json!({"AccountAlias": alias}));
        let answer = self.cloud.resources.call(&at, &call).await;
        answer.expect("an answer").expect("named");
    }

    /// Where the emulator listens.
    pub fn emulator(&self) -> &str {
        self.emulator
    }

    async fn peer(&self, name: &str, more: &[&str]) -> (Option<i32>, Value) {
        self.peer_at(self.emulator, name, more).await
    }

    /// Somebody else empties the account, or only says what of it would go. Where calls are counted, these are, too.
    pub async fn rival(&self, more: &[&str]) -> Value {
        let door = self.toll.as_ref().map_or(self.emulator, Toll::url);
        self.peer_at(door, "aws_nuke.py", more).await.1
    }

    /// Where things are left.
    pub fn regions(&self) -> &[&str] {
        self.regions
    }

    /// The calls since the last time, where they are counted.
    pub fn take_counts(&self) -> Counts {
        self.toll.as_ref().map(Toll::take).unwrap_or_default()
    }

    async fn peer_at(&self, door: &str, name: &str, more: &[&str]) -> (Option<i32>, Value) {
        let regions = self.regions.join(",");
        let mut arguments = vec!["--emulator", door, "--account", self.account.as_str()];
        arguments.extend(["--regions", &regions]);
        arguments.extend(more);
        run(name, &arguments).await
    }

    /// What the judge finds left: `region call name`.
    pub async fn left(&self) -> Vec<String> {
        let (status, judged) = self.peer("judge.py", &[]).await;
        assert_eq!(judged["unknown"], json!([]), "the judge was not answered");
        let left = judged["left"].as_array().expect("a list");
        assert_eq!(status, Some(i32::from(!left.is_empty())));
        let text = |it: &Value, key: &str| it[key].as_str().unwrap_or_default().to_owned();
        left.iter()
            .map(|it| {
                format!(
                    "{} {} {}",
                    text(it, "region"),
                    text(it, "call"),
                    text(it, "name")
                )
            })
            .collect()
    }

    /// Empties accounts as this one is.
    pub fn nuke(&self, max_resources: usize) -> Nuke {
        let (types, listers) = (TypeTable::built_in(), Listers::built_in());
        let roles = [ROLE.to_owned()];
        let baseline = Baseline::new(&roles, &[], &types, &listers).expect("sound rules");
        Nuke::new(
            self.cloud.clone(),
            NukeSettings {
                watched: ebbtide::nuke::settings::SettingsTable::none(),
                baseline,
                types,
                listers,
                regions: self.regions.iter().map(|it| Region::new(*it)).collect(),
                reach: Some(self.reach.clone()),
                max_resources,
                forbidden: Forbidden::default(),
            },
        )
    }

    /// A work that has not begun.
    pub fn work(&self) -> Work {
        Work::new(self.clock.now())
    }

    /// Goes on until it is over.
    pub async fn empty(&self, work: &mut Work) -> End {
        self.go_on(work, &Allows::everything(), Process::One).await
    }

    /// What is to be done in the next minute.
    pub fn job<'a>(&self, clock: &'a dyn Clock, pace: Pace, permit: &'a Allows) -> Job<'a> {
        Job {
            account: self.account.clone(),
            session: SessionName::new("ebbtide-scrub-1"),
            token: "scrub-1".to_owned(),
            stack_regions: Vec::new(),
            held: Held::Yes {
                digest: "guardrails".to_owned(),
                reach: Box::new(self.reach.clone()),
            },
            pace,
            clock,
            until: clock.now() + TimeDelta::seconds(60),
            permit,
        }
    }

    /// Goes on until it is over, or somebody has a say.
    pub async fn go_on(&self, work: &mut Work, permit: &Allows, process: Process) -> End {
        let mut nuke = self.nuke(MOST);
        let clock: Box<dyn Clock> = match process {
            Process::One => Box::new(AsIs(self.clock.clone())),
            Process::Dying => Box::new(Ticking(self.clock.clone())),
        };
        let mut setbacks = 0;
        for pass in 1..=PASSES {
            let pace = Pace {
                poll_min: Duration::from_secs(3),
                poll_max: Duration::from_secs(20),
            };
            let job = self.job(clock.as_ref(), pace, permit);
            let before = serde_json::to_string(work).expect("JSON");
            let outcome = nuke.go_on(work, &job).await;
            if process == Process::Dying {
                // The next process knows what was written down, and of a lost pass nothing was.
                let stored = if pass % 3 == 0 {
                    before
                } else {
                    serde_json::to_string(work).expect("JSON")
                };
                *work = serde_json::from_str(&stored).expect("a work");
                nuke = self.nuke(MOST);
            }
            let lost = process == Process::Dying && pass % 3 == 0;
            let wait = match outcome {
                Ok(_) if lost => TimeDelta::seconds(60),
                Ok(Outcome::Proven(proof)) => return End::Proven(proof),
                Ok(Outcome::Stuck(culprits)) => return End::Stuck(culprits),
                Ok(Outcome::Forbidden(objections)) => return End::Forbidden(objections),
                Ok(Outcome::GoOn) if permit.stopped() => return End::Stopped,
                Ok(Outcome::GoOn) => TimeDelta::zero(),
                Ok(Outcome::Wait(wait)) => TimeDelta::from_std(wait).expect("some seconds"),
                Err(setback) => {
                    setbacks += 1;
                    assert!(setbacks < 200, "one setback after the other: {setback}");
                    assert!(!matches!(setback, Setback::Refused { .. }), "{setback}");
                    TimeDelta::seconds(5)
                }
            };
            self.clock.forward(wait);
            if !wait.is_zero() {
                // The emulator lives in real time.
                SystemClock.sleep(Duration::from_millis(15)).await;
            }
        }
        panic!("it never ends: {:?}, {} left", work.stage, work.left.len());
    }
}

/// What the built-in guardrails allow.
fn guarded(regions: &[&str]) -> Reach {
    let guardrails = render(&GuardrailSettings {
        sandbox_ou: "ou-ab12-sandbox1".to_owned(),
        partition: "aws".to_owned(),
        regions: regions.iter().map(|it| (*it).to_owned()).collect(),
        // Beside the built-in ones, as an admin may allow them.
        services: ["backup", "elasticfilesystem", "kinesis"]
            .map(str::to_owned)
            .to_vec(),
        roles: vec![ROLE.to_owned()],
        extra: Vec::new(),
    })
    .expect("sound guardrails");
    reach(&guardrails).expect("they say where and what")
}

/// The hand clock, as something of its own.
struct AsIs(Arc<HandClock>);

#[async_trait]
impl Clock for AsIs {
    fn now(&self) -> DateTime<Utc> {
        self.0.now()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }
}

impl End {
    /// The proof, or a failure of the test that names what was in the way.
    pub fn proof(self) -> Proof {
        match self {
            Self::Proven(proof) => *proof,
            Self::Stuck(_) => panic!("it is not proven:\n{}", self.culprits().join("\n")),
            other => panic!("it is not proven: {other:#?}"),
        }
    }

    /// What was in the way, a line each.
    pub fn culprits(self) -> Vec<String> {
        match self {
            Self::Stuck(culprits) => culprits.iter().map(ToString::to_string).collect(),
            other => panic!("it is not stuck: {other:#?}"),
        }
    }
}

/// Says how long something took.
#[expect(
    clippy::print_stdout,
    reason = "for whoever runs the test with --nocapture"
)]
pub fn tell(what: &str, since: Instant, work: &Work, calls: u64) {
    let took = since.elapsed().as_secs_f64();
    let (rounds, deleted) = (work.rounds, work.deleted.len());
    println!(
        "{what}: {deleted} things in {rounds} rounds and {took:.1} s; {calls} calls of Cloud Control, {} of looks",
        work.calls
    );
}
