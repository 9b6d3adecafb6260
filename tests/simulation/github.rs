//! GitHub as a small world of its own: pull requests, what stands at each commit, what was said.

use super::content::{Content, House};
use chrono::{DateTime, Utc};
use ebbtide::environment::{
    CheckRunId, CommitSha, DeploymentId, Login, PullRequest, PullRequestState, RepositoryName,
};
use ebbtide::github::{CheckState, CheckWords, Conclusion, DeploymentState, DeploymentWords};
use std::collections::BTreeMap;

/// The one installation of the App.
pub const INSTALLATION: u64 = 7;

/// A repository.
pub struct Repository {
    pub id: u64,
    pub house: House,
    /// Its base branches: name and commit.
    pub branches: BTreeMap<&'static str, String>,
    /// Whether the App was taken from it.
    pub removed: bool,
}

/// A pull request.
pub struct Pull {
    pub repository: u64,
    pub number: u64,
    pub state: PullRequestState,
    pub draft: bool,
    pub head: String,
    pub base_branch: &'static str,
    pub fork: bool,
    pub author: &'static str,
    /// When its wish last changed by somebody's doing.
    pub touched_at: DateTime<Utc>,
    /// The head, base and draft state at which somebody ended it through the API.
    pub destroyed: Option<(String, &'static str, bool)>,
    /// Whether a person deleted our comment, which is not to be fought over.
    pub comment_deleted: bool,
    pub comments: Vec<Comment>,
}

#[derive(Clone)]
pub struct Comment {
    pub id: u64,
    pub ours: bool,
    pub body: String,
}

pub struct CheckRun {
    pub id: u64,
    pub head: String,
    pub external_id: String,
    pub conclusion: Option<Conclusion>,
}

pub struct Deployment {
    pub id: u64,
    pub repository: u64,
    pub head: String,
    pub environment: String,
    pub state: DeploymentState,
}

/// A delivery on its way, or not.
pub struct Sent {
    pub number: u64,
    pub guid: String,
    pub event: String,
    pub body: String,
    /// When it arrives; `None` once it has, or has failed.
    pub arrives_at: Option<DateTime<Utc>>,
    pub failed: bool,
}

/// Everything at GitHub.
#[derive(Default)]
pub struct GitHubSide {
    pub repositories: BTreeMap<u64, Repository>,
    pub pulls: Vec<Pull>,
    pub commits: BTreeMap<String, Content>,
    /// `build` on each commit: until when it runs, and how it ends.
    pub builds: BTreeMap<String, (DateTime<Utc>, CheckState)>,
    pub check_runs: Vec<CheckRun>,
    pub deployments: Vec<Deployment>,
    pub sent: Vec<Sent>,
    counter: u64,
}

impl GitHubSide {
    pub fn next_number(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    pub fn commit(&mut self, content: Content) -> String {
        let sha = format!("{:040x}", 0xabcd_0000_u64 + self.next_number());
        self.commits.insert(sha.clone(), content);
        sha
    }

    pub fn name(repository: u64) -> String {
        format!("acme/repository-{repository}")
    }

    pub fn repository_of(&self, name: &RepositoryName) -> Option<&Repository> {
        self.repositories
            .values()
            .find(|repository| Self::name(repository.id) == name.as_str())
    }

    pub fn pull(&mut self, name: &RepositoryName, number: u64) -> Option<&mut Pull> {
        let repository = self.repository_of(name)?.id;
        self.pulls
            .iter_mut()
            .find(|pull| pull.repository == repository && pull.number == number)
    }

    pub fn live(&mut self, name: &RepositoryName, number: u64) -> Option<PullRequest> {
        let base = {
            let branch = self.pull(name, number)?.base_branch;
            self.repository_of(name)?.branches.get(branch)?.clone()
        };
        let pull = self.pull(name, number)?;
        Some(PullRequest {
            state: pull.state,
            draft: pull.draft,
            head: CommitSha::new(&pull.head),
            head_branch: format!("feature-{number}"),
            fork: pull.fork,
            base_branch: pull.base_branch.to_owned(),
            base: CommitSha::new(base),
            author: Login::new(pull.author),
            private: false,
            repository: name.clone(),
        })
    }

    pub fn put_comment(
        &mut self,
        name: &RepositoryName,
        number: u64,
        marker: &str,
        known: Option<u64>,
        body: &str,
    ) -> Option<u64> {
        let fresh = self.next_number();
        let pull = self.pull(name, number)?;
        let there = pull
            .comments
            .iter()
            .find(|comment| Some(comment.id) == known)
            .or_else(|| {
                let mut ours = pull.comments.iter();
                ours.find(|comment| comment.ours && comment.body.contains(marker))
            })
            .map(|comment| comment.id);
        let Some(id) = there else {
            pull.comments.push(Comment {
                id: fresh,
                ours: true,
                body: body.to_owned(),
            });
            pull.comment_deleted = false;
            return Some(fresh);
        };
        for comment in &mut pull.comments {
            if comment.id == id {
                body.clone_into(&mut comment.body);
            }
        }
        pull.comments
            .retain(|comment| comment.id == id || !comment.ours || !comment.body.contains(marker));
        Some(id)
    }

    /// As the App client does it: an older commit's run that is known and still runs is ended.
    pub fn put_check(
        &mut self,
        external_id: &str,
        known: Option<CheckRunId>,
        words: &CheckWords,
    ) -> CheckRunId {
        let fresh = self.next_number();
        let head = words.head.as_str();
        let known = known.map(|known| known.0);
        for run in &mut self.check_runs {
            if Some(run.id) == known && run.head != head && run.conclusion.is_none() {
                run.conclusion = Some(Conclusion::Cancelled);
            }
        }
        let there = self
            .check_runs
            .iter()
            .rposition(|run| run.head == head && run.external_id == external_id);
        if let Some(index) = there {
            let run = &mut self.check_runs[index];
            let late_cancel =
                words.conclusion == Some(Conclusion::Cancelled) && run.conclusion.is_some();
            if !late_cancel {
                run.conclusion = words.conclusion;
            }
            return CheckRunId(run.id);
        }
        self.check_runs.push(CheckRun {
            id: fresh,
            head: head.to_owned(),
            external_id: external_id.to_owned(),
            conclusion: words.conclusion,
        });
        CheckRunId(fresh)
    }

    /// As the App client does it: success and the end make earlier Deployments inactive.
    pub fn put_deployment(&mut self, repository: u64, words: &DeploymentWords) -> DeploymentId {
        let fresh = self.next_number();
        let is_one =
            |one: &Deployment| one.repository == repository && one.environment == words.environment;
        let there = self
            .deployments
            .iter()
            .position(|one| is_one(one) && one.head == words.head.as_str());
        let index = there.unwrap_or_else(|| {
            self.deployments.push(Deployment {
                id: fresh,
                repository,
                head: words.head.to_string(),
                environment: words.environment.clone(),
                state: words.state,
            });
            self.deployments.len() - 1
        });
        self.deployments[index].state = words.state;
        let id = self.deployments[index].id;
        if matches!(
            words.state,
            DeploymentState::Success | DeploymentState::Inactive
        ) {
            for one in &mut self.deployments {
                if one.repository == repository
                    && one.environment == words.environment
                    && one.id < id
                {
                    one.state = DeploymentState::Inactive;
                }
            }
        }
        DeploymentId(id)
    }
}
