//! Environments for tests, built from adjectives: `environment().deployed().ready()`.

use crate::environment::*;
use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use ebbtide_templates::Finding;

/// The head commit of the pull request.
pub(super) const HEAD: &str = "2222222222222222222222222222222222222222";
/// The commit before it.
pub(super) const BEFORE: &str = "1111111111111111111111111111111111111111";

/// An environment in the making.
#[derive(Clone)]
pub(super) struct Fixture(pub(super) Environment);

/// A pull request that nobody has looked at yet.
pub(super) fn environment() -> Fixture {
    let key = EnvironmentKey {
        repository: RepositoryId(7),
        pull_request: PullRequestNumber(42),
        name: "default".to_owned(),
    };
    Fixture(Environment {
        id: EnvironmentId::new("pr-42-k3f9zq"),
        ..Environment::new(
            key,
            InstallationId(1),
            RepositoryName::new("acme/shop"),
            at(0),
        )
    })
}

/// Minutes after the pull request was opened.
pub(super) fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_213_080, 0).expect("a moment") + TimeDelta::minutes(minutes)
}

fn target() -> Target {
    Target {
        revision: CommitSha::new(HEAD),
        base_branch: "main".to_owned(),
        draft: false,
    }
}

impl Fixture {
    fn with(mut self, change: impl FnOnce(&mut Environment)) -> Self {
        change(&mut self.0);
        self
    }

    fn with_incarnation(self, change: impl FnOnce(&mut Incarnation)) -> Self {
        self.with(|env| change(env.incarnation.as_mut().expect("an incarnation")))
    }

    fn with_stack(self, name: &str, change: impl FnOnce(&mut StackRecord)) -> Self {
        self.with_incarnation(|incarnation| {
            let stack = incarnation.stacks.get_mut(&StackName::new(name));
            change(stack.expect("a stack of that name"));
        })
    }

    /// Somebody opened the pull request, and it was looked at.
    pub(super) fn wanted(self) -> Self {
        self.with(|env| {
            env.wish = Wish::Present {
                target: target(),
                generation: 0,
                attempt: 0,
                since: at(0),
            };
            env.pull_request = Some(PullRequest {
                state: PullRequestState::Open,
                draft: false,
                head: CommitSha::new(HEAD),
                head_branch: "checkout".to_owned(),
                fork: false,
                base_branch: "main".to_owned(),
                base: CommitSha::new(BEFORE),
                author: Login::new("octocat"),
                private: false,
                repository: RepositoryName::new("acme/shop"),
            });
        })
    }

    pub(super) fn private(self) -> Self {
        self.with(|env| env.pull_request.as_mut().expect("a pull request").private = true)
    }

    /// The file was read and is good.
    pub(super) fn read(self) -> Self {
        let file = serde_json::json!({"stacks": {}});
        let plan = Plan {
            file: serde_json::from_value(file).expect("a file"),
            ttl_seconds: 48 * 3_600,
            wait_for: Vec::new(),
            region: Region::new("eu-west-1"),
        };
        self.reading(ReadingOutcome::Plan(Box::new(plan)))
            .with(|env| env.gate = Gate::Open)
    }

    pub(super) fn with_findings(self, findings: Vec<Finding>) -> Self {
        self.reading(ReadingOutcome::Bad { findings })
    }

    fn reading(self, outcome: ReadingOutcome) -> Self {
        self.with(|env| {
            env.reading = Some(Reading {
                target: target(),
                attempt: 0,
                outcome,
            });
        })
    }

    pub(super) fn gated(self, gate: Gate) -> Self {
        self.with(|env| env.gate = gate)
    }

    pub(super) fn queued_at(self, position: u32) -> Self {
        self.with(|env| env.queue_position = Some(position))
    }

    /// An account was taken; nothing is in it yet.
    pub(super) fn started(self) -> Self {
        self.with(|env| {
            let id = IncarnationId::new("pr-42-k3f9zq-1");
            *env = env.with_incarnation(
                &id,
                &AccountRowId::new("acc-1"),
                &AccountId::new("123456789012"),
                &Region::new("eu-west-1"),
                at(1),
            );
        })
    }

    /// With a stack that is to be deployed.
    pub(super) fn with_planned_stack(self, name: &str, needs: &[&str]) -> Self {
        let record = StackRecord {
            needs: needs.iter().map(|need| StackName::new(*need)).collect(),
            ..StackRecord::default()
        };
        self.with_incarnation(|incarnation| {
            incarnation.stacks.insert(StackName::new(name), record);
        })
    }

    /// The stack has this status and these resources.
    pub(super) fn seen(self, name: &str, status: StackStatus, resources: &[(&str, &str)]) -> Self {
        let seen = |(logical_id, kind): &(&str, &str)| ResourceSeen {
            logical_id: (*logical_id).to_owned(),
            kind: (*kind).to_owned(),
            status: status.as_str().to_owned(),
        };
        let resources = resources.iter().map(seen).collect();
        self.with_stack(name, |stack| {
            stack.status = Some(status);
            stack.resources = resources;
        })
    }

    /// The last deployment of the stack changed this.
    pub(super) fn changed(self, name: &str, changes: ChangeSummary) -> Self {
        self.with_stack(name, |stack| stack.changes = Some(changes))
    }

    /// The stack is being deployed.
    pub(super) fn under_way(self, name: &str, executed: bool) -> Self {
        self.with_stack(name, |stack| {
            stack.intent = Some(Intent {
                executed,
                ..Intent::new("f", &CommitSha::new(HEAD), 0, 0)
            });
        })
    }

    /// The stack failed with this sentence, and maybe at a resource.
    pub(super) fn failed(self, name: &str, sentence: &str, at: Option<ResourceFailure>) -> Self {
        self.under_way(name, true).with_stack(name, |stack| {
            stack.intent.as_mut().expect("an intent").failed = Some(sentence.to_owned());
            stack.failure = at;
        })
    }

    /// Deployed with two stacks, at this commit.
    pub(super) fn deployed_at(self, commit: &str) -> Self {
        let app = [
            ("Jobs", "AWS::SQS::Queue"),
            ("Worker", "AWS::Lambda::Function"),
        ];
        let settled = Target {
            revision: CommitSha::new(commit),
            ..target()
        };
        self.started()
            .with_planned_stack("app", &["network"])
            .with_planned_stack("network", &[])
            .seen("app", StackStatus::UpdateComplete, &app)
            .seen(
                "network",
                StackStatus::CreateComplete,
                &[("Vpc", "AWS::EC2::VPC")],
            )
            .changed("app", changes(2, 1, &["Jobs"], 0))
            .changed("network", ChangeSummary::default())
            .with_incarnation(|incarnation| incarnation.settled = Some((settled, 0)))
    }

    pub(super) fn with_url(self, url: &str) -> Self {
        self.with_incarnation(|incarnation| incarnation.shown.url = Some(url.to_owned()))
    }

    pub(super) fn with_output(self, name: &str, value: &str) -> Self {
        self.with_incarnation(|incarnation| {
            let outputs = &mut incarnation.shown.outputs;
            outputs.insert(name.to_owned(), value.to_owned());
        })
    }

    /// Health checks are asked for, and this is where they stand.
    pub(super) fn probed(self, verdict: Option<HealthVerdict>, last: Option<&str>) -> Self {
        self.with_incarnation(|incarnation| {
            incarnation.health = HealthRecord {
                target: Some((target(), 0)),
                began_at: Some(at(5)),
                verdict,
                last: last.map(str::to_owned),
            };
        })
    }

    pub(super) fn in_trouble(self, count: u32, words: &str) -> Self {
        self.with(|env| {
            env.trouble = Trouble {
                count,
                words: Some(words.to_owned()),
            };
        })
    }

    /// Nothing is wanted any more.
    pub(super) fn absent(self, reason: Absence) -> Self {
        let target = match reason {
            Absence::Merged | Absence::Closed => None,
            _ => Some(target()),
        };
        self.with(|env| env.wish = Wish::Absent { reason, target })
    }

    /// Everything was deleted, or left behind for these reasons.
    pub(super) fn gone(self, left: &[(&str, &str)]) -> Self {
        let left = left
            .iter()
            .map(|(stack, why)| ((*stack).to_owned(), (*why).to_owned()));
        self.with(|env| {
            let incarnation = env.incarnation.take().expect("an incarnation");
            env.last_life = Some(Life {
                incarnation: incarnation.id,
                started_at: incarnation.started_at,
                ended_at: at(1 + 3 * 60 + 12),
                left: left.collect(),
                forced: BTreeMap::new(),
                emptied: None,
            });
            env.ended_at = Some(at(1 + 3 * 60 + 12));
        })
    }

    /// The account was proven empty, after this many resources beside the stacks were deleted.
    pub(super) fn emptied(self, resources: usize) -> Self {
        self.with(|env| {
            let life = env.last_life.as_mut().expect("a life");
            life.emptied = Some(Emptied {
                certificate: ScrubId::new("acct-65f0a1b2c3-4"),
                seconds: 130,
                resources,
            });
        })
    }

    /// Comment, check run and Deployment were said before.
    pub(super) fn said(self) -> Self {
        self.with(|env| {
            env.said.comment = Some(CommentId(5));
            env.said.check = Some((CheckRunId(6), CommitSha::new(HEAD)));
            env.said.deployment = Some((DeploymentId(7), CommitSha::new(HEAD)));
        })
    }
}

/// A finding in `.ebbtide.yml`.
pub(super) fn finding(line: u32, message: &str, help: Option<&str>) -> Finding {
    Finding {
        path: ".ebbtide.yml".to_owned(),
        line,
        column: 1,
        message: message.to_owned(),
        help: help.map(str::to_owned),
    }
}

/// So many changes, by made-up names but for what is replaced.
pub(super) fn changes(
    added: usize,
    changed: usize,
    replaced: &[&str],
    removed: usize,
) -> ChangeSummary {
    let some = |number: usize| (0..number).map(|n| format!("R{n}")).collect();
    ChangeSummary {
        added: some(added),
        changed: some(changed),
        replaced: replaced.iter().map(|id| (*id).to_owned()).collect(),
        removed: some(removed),
    }
}

/// The first resource that failed.
pub(super) fn failure(logical_id: &str, kind: &str, reason: &str) -> ResourceFailure {
    ResourceFailure {
        logical_id: logical_id.to_owned(),
        kind: kind.to_owned(),
        reason: reason.to_owned(),
    }
}
