//! What the repository's file comes to, and whether this pull request is to be trusted.
//!
//! Policy (time to live, drafts, checks to wait for) is read from the base branch, stacks from the head:
//! a pull request cannot loosen its own rules.

use super::Reconciler;
use super::look::repo;
use super::template_cache::NoBody;
use crate::environment::{
    Absence, Environment, Gate, Plan, PullRequest, Reading, ReadingOutcome, Region, Setback, Target,
};
use crate::github::{CheckState, Repo};
use ebbtide_templates::{Finding, Position, RepositoryFile, Template};
use std::collections::{BTreeMap, BTreeSet};

/// Where the file stands in a repository.
pub const FILE: &str = ".ebbtide.yml";

/// What reading came to.
pub(super) enum Read {
    /// Nothing is to be deployed.
    Declined(Absence),
    /// A plan, or findings.
    Outcome(ReadingOutcome),
}

impl Reconciler {
    /// Reads the file for a target, and asks whom it comes from.
    pub(super) async fn read(
        &self,
        environment: &Environment,
        target: &Target,
        live: &PullRequest,
    ) -> Result<Read, Setback> {
        let repo = repo(environment);
        // The branch as it is now: GitHub's `base.sha` is that of the pull request's last update.
        let base = self.github.file(&repo, FILE, &live.base_branch).await?;
        if live.fork {
            // Nothing of a fork is read; whether anything is said depends on the base alone.
            return Ok(Read::Declined(match base {
                Some(_) => Absence::Fork,
                None => Absence::NoFile,
            }));
        }
        let Some(head) = self
            .github
            .file(&repo, FILE, target.revision.as_str())
            .await?
        else {
            return Ok(Read::Declined(Absence::NoFile));
        };
        if !self.github.may_write(&repo, &live.author).await? {
            return Ok(Read::Declined(Absence::NoWriteAccess {
                author: live.author.clone(),
            }));
        }
        let file = match parse(FILE, &head) {
            Ok(file) => file,
            Err(findings) => return Ok(Read::Outcome(ReadingOutcome::Bad { findings })),
        };
        // The pull request that brings the file, or mends it, finds no rules on its base: the defaults hold.
        let rules = base.and_then(|bytes| parse(FILE, &bytes).ok());
        if live.draft && !rules.as_ref().is_some_and(|rules| rules.drafts) {
            return Ok(Read::Declined(Absence::Draft));
        }
        let findings = self.check(environment, &repo, target, &file).await?;
        if !findings.is_empty() {
            return Ok(Read::Outcome(ReadingOutcome::Bad { findings }));
        }
        Ok(Read::Outcome(ReadingOutcome::Plan(Box::new(Plan {
            ttl_seconds: rules
                .as_ref()
                .and_then(|rules| rules.ttl)
                .unwrap_or(self.settings.default_ttl)
                .min(self.settings.max_ttl)
                .as_secs(),
            wait_for: rules.map(|rules| rules.wait_for).unwrap_or_default(),
            region: file
                .region
                .as_ref()
                .map_or_else(|| self.settings.region.clone(), Region::new),
            file,
        }))))
    }

    /// Reads the templates and asks whether file and templates fit together.
    async fn check(
        &self,
        environment: &Environment,
        repo: &Repo,
        target: &Target,
        file: &RepositoryFile,
    ) -> Result<Vec<Finding>, Setback> {
        let paths: BTreeSet<&String> = file.stacks.values().map(|stack| &stack.template).collect();
        let mut templates: BTreeMap<String, Template> = BTreeMap::new();
        let mut findings = Vec::new();
        for path in paths {
            let body = self
                .templates
                .body(
                    self.github.as_ref(),
                    repo,
                    environment.key.repository,
                    &target.revision,
                    path,
                )
                .await;
            match body {
                Ok(body) => match ebbtide_templates::read_template(path, &body) {
                    Ok(template) => {
                        templates.insert(path.clone(), template);
                    }
                    Err(more) => findings.extend(more),
                },
                // The check below says at which line a file that is not there was asked for.
                Err(NoBody::Missing) => {}
                Err(NoBody::Refused(why)) => findings.push(unreadable(path, &why, file)),
                Err(NoBody::Setback(setback)) => return Err(setback),
            }
        }
        if findings.is_empty() {
            findings = ebbtide_templates::check(FILE, file, &templates);
        }
        Ok(findings)
    }

    /// Asks GitHub for the checks of `wait_for`.
    pub(super) async fn gate(
        &self,
        environment: &Environment,
        target: &Target,
        wait_for: &[String],
    ) -> Result<Gate, Setback> {
        if wait_for.is_empty() {
            return Ok(Gate::Open);
        }
        let checks = self
            .github
            .checks(&repo(environment), &target.revision)
            .await?;
        let state = |name: &String| {
            checks
                .iter()
                .find(|check| check.name == *name)
                .map_or(CheckState::Pending, |check| check.state)
        };
        let having = |wanted: CheckState| -> Vec<String> {
            wait_for
                .iter()
                .filter(|name| state(name) == wanted)
                .cloned()
                .collect()
        };
        let (red, pending) = (having(CheckState::Red), having(CheckState::Pending));
        Ok(if !red.is_empty() {
            Gate::Broken { by: red }
        } else if !pending.is_empty() {
            Gate::Waiting { on: pending }
        } else {
            Gate::Open
        })
    }
}

/// At the line that asks for this template.
fn unreadable(path: &str, why: &str, file: &RepositoryFile) -> Finding {
    let stack = file.stacks.iter().find(|(_, stack)| stack.template == path);
    let key = stack.map(|(name, _)| format!("stacks.{name}.template"));
    let at = file.positions.of(key.as_deref().unwrap_or_default());
    Finding::new(FILE, at, format!("`{path}` can't be read: {why}")).with_help(
        "name a CloudFormation template in YAML or JSON, saved as UTF-8, of 1 MB at most",
    )
}

impl Reading {
    /// What was read for a target and attempt.
    pub(super) fn of(target: &Target, attempt: u32, outcome: ReadingOutcome) -> Self {
        Self {
            target: target.clone(),
            attempt,
            outcome,
        }
    }
}

fn parse(path: &str, bytes: &[u8]) -> Result<RepositoryFile, Vec<Finding>> {
    match std::str::from_utf8(bytes) {
        Ok(text) => ebbtide_templates::read(path, text),
        Err(error) => {
            let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let line = before.matches('\n').count() + 1;
            let at = Position {
                line: u32::try_from(line).unwrap_or(u32::MAX),
                column: 1,
            };
            Err(vec![
                Finding::new(path, at, "this line is not UTF-8 text")
                    .with_help("save the file as UTF-8"),
            ])
        }
    }
}
