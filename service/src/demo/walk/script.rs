//! The walk: a pull request is opened, pushed to and merged, and each step is checked.

use super::check::{is_something_left, leave_something, standing};
use super::narrator::Narrator;
use super::phases::{Moments, phases, steps};
use super::stage::{REPOSITORY, Stage};
use crate::clock::{Clock, SystemClock};
use crate::environment::{AccountId, AccountState, Certificate, Environment, Phase};
use crate::store::{EnvironmentFilter, Store};
use anyhow::{Context, bail, ensure};
use ebbtide_templates::example;
use std::time::Duration;

/// How often the pull request is looked at.
const PAUSE: Duration = Duration::from_millis(150);
/// How many looks a step may take: about five minutes, for slow machines.
const LOOKS: u32 = 2_000;

/// Walks; every step must hold.
pub async fn walk(stage: &Stage, narrator: Narrator) -> anyhow::Result<()> {
    let alice = stage.github.as_user("alice").on(REPOSITORY);
    let clock = SystemClock;

    narrator.step("alice opens a pull request")?;
    let opened = clock.now();
    let number = alice.open_pull_request(
        "Welcome our guests by name",
        "by-name",
        [(
            "README.md",
            "# Guest book\n\nEvery guest is welcomed by name.\n",
        )],
    );
    let mut scene = Scene {
        stage,
        narrator,
        number,
        shown: String::new(),
    };
    scene.until("Ready", None).await?;
    let stacks = standing(stage).await?.stacks;
    ensure!(
        stacks.len() == 2,
        "two stacks should stand, there are {stacks:?}"
    );
    narrator.held(&format!(
        "{} stand in a fresh account",
        stacks.join(" and ")
    ))?;

    narrator.step("alice pushes: a topic, and a slower queue")?;
    let pushed = clock.now();
    let head = alice.push("by-name", example::second_revision().iter().copied());
    scene.until("Ready", Some(&head)).await?;
    scene.says("1 added")?;
    narrator.held("the same environment was updated by a change set")?;

    narrator.step("Somebody leaves a log group behind that no stack knows; bob merges")?;
    leave_something(stage, &scene.account().await?).await?;
    let merged = clock.now();
    stage.github.as_user("bob").on(REPOSITORY).merge(number);
    scene.ended().await?;
    let left = standing(stage).await?;
    ensure!(
        left.stacks.is_empty(),
        "these stacks are left: {:?}",
        left.stacks
    );
    narrator.held(&format!(
        "no stack is left in {} account{}",
        left.accounts,
        if left.accounts == 1 { "" } else { "s" }
    ))?;
    let comments = stage.github.comments(number).len();
    ensure!(
        comments == 1,
        "one comment should have been made, there are {comments}"
    );
    let deployments = stage.github.deployments();
    ensure!(
        deployments
            .iter()
            .all(|deployment| deployment.states.last().map(String::as_str) == Some("inactive")),
        "every Deployment should be inactive"
    );
    narrator.held("one comment, edited in place; the Deployment is inactive")?;

    narrator.step("The account is emptied, and proven to be")?;
    let (environment, certificate) = scene.proven().await?;
    let proven = clock.now();
    ensure!(
        !is_something_left(stage).await?,
        "what was left behind is still there"
    );
    narrator.held(&format!(
        "two looks in a row at {} types and regions found nothing; {} more are denied by guardrails",
        certificate.listed,
        certificate.denied.values().sum::<usize>()
    ))?;
    for gone in &certificate.deleted {
        let what = format!("{} {}", gone.cell.type_name, gone.identifier);
        narrator.held(&format!("deleted: {what}"))?;
    }

    let timeline = stage.store.timeline(&environment.id).await?;
    narrator.step("What was done, and how long it took")?;
    for line in steps(&timeline) {
        narrator.line(&format!("   {line}"))?;
    }
    narrator.line("")?;
    let moments = Moments {
        opened,
        pushed,
        merged,
        proven,
    };
    for line in phases(&environment, &timeline, moments) {
        narrator.line(&format!("   {line}"))?;
    }
    narrator.line("")?;
    narrator.line("Every step held")?;
    Ok(())
}

struct Scene<'a> {
    stage: &'a Stage,
    narrator: Narrator,
    number: u64,
    shown: String,
}

impl Scene<'_> {
    /// Waits until the comment has this word in its heading (and speaks of this commit), and shows it as it
    /// changes.
    async fn until(&mut self, word: &str, head: Option<&str>) -> anyhow::Result<()> {
        for _ in 0..LOOKS {
            self.show()?;
            let heading = self.heading();
            let here = head.is_none_or(|head| self.shown.contains(&head[..7]));
            if here && heading.contains(word) {
                return Ok(());
            }
            if here && heading.contains("Failed") {
                bail!("the environment failed");
            }
            SystemClock.sleep(PAUSE).await;
        }
        bail!("the comment never said {word}");
    }

    /// Waits until nothing is left, by the service's own rows and by its words.
    async fn ended(&mut self) -> anyhow::Result<()> {
        for _ in 0..LOOKS {
            self.show()?;
            let environment = self.environment().await?;
            let said = environment.said.retry_at.is_none();
            if environment.phase() == Phase::Ended && environment.ended_at.is_some() && said {
                return self.show();
            }
            SystemClock.sleep(PAUSE).await;
        }
        bail!("the environment never ended");
    }

    /// Waits until its account is proven empty, and the comment says so.
    async fn proven(&mut self) -> anyhow::Result<(Environment, Certificate)> {
        for _ in 0..LOOKS {
            self.show()?;
            let environment = self.environment().await?;
            let life = environment.last_life.as_ref();
            let id = life.and_then(|life| Some(life.emptied.as_ref()?.certificate.clone()));
            if let Some(id) = id.filter(|id| self.shown.contains(id.as_str())) {
                let certificate = self.stage.store.certificate(&id).await?;
                let certificate = certificate.context("the certificate is not kept")?;
                return Ok((environment, certificate));
            }
            for account in self.stage.store.accounts().await? {
                if account.state == AccountState::Quarantined {
                    bail!(
                        "the account was set aside: {}",
                        account.reason.unwrap_or_default()
                    );
                }
            }
            SystemClock.sleep(PAUSE).await;
        }
        bail!("the account was never proven empty");
    }

    fn says(&self, words: &str) -> anyhow::Result<()> {
        ensure!(
            self.shown.contains(words),
            "the comment should say {words:?}"
        );
        Ok(())
    }

    fn heading(&self) -> &str {
        self.shown
            .lines()
            .find(|line| line.starts_with('#'))
            .unwrap_or_default()
    }

    fn show(&mut self) -> anyhow::Result<()> {
        let comments = self.stage.github.comments(self.number);
        if let Some(comment) = comments.last().filter(|comment| comment.body != self.shown) {
            self.shown.clone_from(&comment.body);
            self.narrator.comment(&comment.author, &comment.body)?;
        }
        Ok(())
    }

    /// The account in which it lives.
    async fn account(&self) -> anyhow::Result<AccountId> {
        let incarnation = self.environment().await?.incarnation;
        let incarnation = incarnation.context("the environment has no account")?;
        Ok(incarnation.account)
    }

    async fn environment(&self) -> anyhow::Result<Environment> {
        let filter = EnvironmentFilter {
            ended: true,
            repository: None,
        };
        self.stage
            .store
            .environments(&filter)
            .await?
            .into_iter()
            .find(|environment| environment.key.pull_request.0 == self.number)
            .context("the service has no row for the pull request")
    }
}
