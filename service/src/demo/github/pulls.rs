//! The life of a pull request: opened, pushed to, changed, merged or closed.

use super::state::{Permission, Refusal, State};
use chrono::{DateTime, Utc};
use serde_json::json;

/// A pull request.
#[derive(Clone, Debug)]
pub(super) struct PullRequest {
    pub id: u64,
    pub number: u64,
    pub title: String,
    pub author: String,
    pub head: Head,
    pub base_branch: String,
    /// The base branch's commit when the pull request was opened or given this base.
    pub base_sha: String,
    pub draft: bool,
    pub standing: Standing,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub moments: Vec<Moment>,
}

/// Where a pull request comes from.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub owner: String,
    /// `None` once that repository is deleted.
    pub repository: Option<u64>,
    pub branch: String,
    pub sha: String,
}

/// Whether a pull request is open, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Open,
    Closed {
        at: DateTime<Utc>,
    },
    Merged {
        at: DateTime<Utc>,
        by: String,
        sha: String,
    },
}

/// One line of the timeline on the page.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    pub at: DateTime<Utc>,
    pub who: String,
    pub what: String,
}

/// What is to be opened.
pub(super) struct Proposal<'a> {
    pub author: &'a str,
    pub title: &'a str,
    /// The repository of the head branch.
    pub head_repository: u64,
    pub branch: &'a str,
    pub base: Option<&'a str>,
    pub draft: bool,
}

/// Changes to files: the new content, or `None` for a deleted file.
pub(super) type Changes = Vec<(String, Option<Vec<u8>>)>;

impl State {
    fn pull(&self, repository: u64, number: u64) -> Result<&PullRequest, Refusal> {
        self.repositories
            .get(&repository)
            .and_then(|repository| repository.pulls.get(&number))
            .ok_or_else(|| Refusal::new(format!("there is no pull request {number}")))
    }

    /// The branch that a pull request comes from.
    pub fn head_branch(&self, repository: u64, number: u64) -> Result<String, Refusal> {
        Ok(self.pull(repository, number)?.head.branch.clone())
    }

    pub fn change(
        &mut self,
        repository: u64,
        number: u64,
        by: &str,
        what: impl Into<String>,
        change: impl FnOnce(&mut PullRequest),
    ) -> Result<(), Refusal> {
        let at = self.now();
        let pull = self
            .repositories
            .get_mut(&repository)
            .and_then(|repository| repository.pulls.get_mut(&number))
            .ok_or_else(|| Refusal::new(format!("there is no pull request {number}")))?;
        change(pull);
        pull.updated_at = at;
        pull.moments.push(Moment {
            at,
            who: by.to_owned(),
            what: what.into(),
        });
        Ok(())
    }

    /// Adds a line to the timeline of every pull request whose head is this commit.
    pub fn note_on_commit(&mut self, repository: u64, sha: &str, who: &str, what: &str) {
        let at = self.now();
        if let Some(repository) = self.repositories.get_mut(&repository) {
            for pull in repository
                .pulls
                .values_mut()
                .filter(|one| one.head.sha == sha)
            {
                let (who, what) = (who.to_owned(), what.to_owned());
                pull.moments.push(Moment { at, who, what });
            }
        }
    }

    /// Adds a line to the timeline of a pull request.
    pub fn note(&mut self, repository: u64, number: u64, who: &str, what: &str) {
        // A comment on something that is no pull request has no timeline to appear in.
        drop(self.change(repository, number, who, what, |_| ()));
    }

    pub fn require_write(&self, repository: u64, by: &str, act: &str) -> Result<(), Refusal> {
        let repository = self
            .repositories
            .get(&repository)
            .ok_or_else(|| Refusal::new("the repository is gone"))?;
        if repository.permission(by) >= Permission::Write {
            return Ok(());
        }
        let name = repository.full_name();
        Err(Refusal::new(format!(
            "{by} has no write access to {name} and may not {act}"
        )))
    }

    fn require_open(&self, repository: u64, number: u64) -> Result<&PullRequest, Refusal> {
        let pull = self.pull(repository, number)?;
        match &pull.standing {
            Standing::Open => Ok(pull),
            Standing::Closed { .. } => {
                Err(Refusal::new(format!("pull request {number} is closed")))
            }
            Standing::Merged { .. } => {
                Err(Refusal::new(format!("pull request {number} is merged")))
            }
        }
    }

    /// Opens a pull request and tells its number.
    pub fn open(&mut self, repository: u64, proposal: &Proposal<'_>) -> Result<u64, Refusal> {
        let (id, now) = (self.next_id(), self.now());
        let gone = || Refusal::new("the repository is gone");
        let place = self.repositories.get(&repository).ok_or_else(gone)?;
        let source = self
            .repositories
            .get(&proposal.head_repository)
            .ok_or_else(gone)?;
        let missing = |branch: &str, place: &super::state::Repository| {
            Refusal::new(format!(
                "there is no branch {branch} in {}",
                place.full_name()
            ))
        };
        let base_branch = proposal.base.unwrap_or(&place.default_branch).to_owned();
        let base_sha = place.branches.get(&base_branch);
        let base_sha = base_sha
            .ok_or_else(|| missing(&base_branch, place))?
            .clone();
        let sha = source.branches.get(proposal.branch);
        let sha = sha.ok_or_else(|| missing(proposal.branch, source))?.clone();
        if self.contains(&base_sha, &sha) {
            let (branch, full_name) = (proposal.branch, place.full_name());
            return Err(Refusal::new(format!(
                "there are no commits between {base_branch} and {branch} in {full_name}"
            )));
        }
        let number = place.pulls.keys().next_back().map_or(1, |last| last + 1);
        let pull = PullRequest {
            id,
            number,
            title: proposal.title.to_owned(),
            author: proposal.author.to_owned(),
            head: Head {
                owner: source.owner.clone(),
                repository: Some(source.id),
                branch: proposal.branch.to_owned(),
                sha,
            },
            base_branch,
            base_sha,
            draft: proposal.draft,
            standing: Standing::Open,
            created_at: now,
            updated_at: now,
            moments: Vec::new(),
        };
        if let Some(place) = self.repositories.get_mut(&repository) {
            place.pulls.insert(number, pull);
        }
        let words = if proposal.draft {
            "opened this as a draft"
        } else {
            "opened this"
        };
        self.change(repository, number, proposal.author, words, |_| ())?;
        self.announce_pull(repository, number, "opened", proposal.author, json!({}));
        Ok(number)
    }

    /// Merges a pull request with a merge commit.
    pub fn merge(&mut self, repository: u64, number: u64, by: &str) -> Result<(), Refusal> {
        self.require_write(repository, by, &format!("merge pull request {number}"))?;
        let pull = self.require_open(repository, number)?;
        if pull.draft {
            return Err(Refusal::new(format!("pull request {number} is a draft")));
        }
        let (head, base_branch) = (pull.head.sha.clone(), pull.base_branch.clone());
        let place = self.repositories.get(&repository);
        let tip = place
            .and_then(|place| place.branches.get(&base_branch))
            .ok_or_else(|| Refusal::new(format!("the base branch {base_branch} is gone")))?
            .clone();
        let network = place.map_or(repository, |place| place.network);
        let tree = self.merged_tree(&tip, &head)?;
        let at = self.now();
        let message = format!("Merge pull request #{number}");
        let sha = self.commit(network, vec![tip, head], tree, &message, at);
        self.move_branch(repository, &base_branch, &sha, by);
        let merged = Standing::Merged {
            at,
            by: by.to_owned(),
            sha,
        };
        let words = format!("merged this into {base_branch}");
        self.change(repository, number, by, words, |pull| pull.standing = merged)?;
        self.announce_pull(repository, number, "closed", by, json!({}));
        Ok(())
    }

    /// Closes a pull request without a merge.
    pub fn close(&mut self, repository: u64, number: u64, by: &str) -> Result<(), Refusal> {
        if self.require_open(repository, number)?.author != by {
            self.require_write(repository, by, &format!("close pull request {number}"))?;
        }
        let closed = Standing::Closed { at: self.now() };
        self.change(repository, number, by, "closed this", |pull| {
            pull.standing = closed;
        })?;
        self.announce_pull(repository, number, "closed", by, json!({}));
        Ok(())
    }

    /// Opens a closed pull request again, at the newest commit of its branch.
    pub fn reopen(&mut self, repository: u64, number: u64, by: &str) -> Result<(), Refusal> {
        let pull = self.pull(repository, number)?;
        match pull.standing {
            Standing::Closed { .. } => {}
            Standing::Open => return Err(Refusal::new(format!("pull request {number} is open"))),
            Standing::Merged { .. } => {
                return Err(Refusal::new(format!(
                    "pull request {number} is merged and can't be opened again"
                )));
            }
        }
        if pull.author != by {
            self.require_write(repository, by, &format!("reopen pull request {number}"))?;
        }
        let tip = pull
            .head
            .repository
            .and_then(|source| self.repositories.get(&source))
            .and_then(|source| source.branches.get(&pull.head.branch))
            .ok_or_else(|| Refusal::new(format!("the branch {} is gone", pull.head.branch)))?
            .clone();
        self.change(repository, number, by, "reopened this", |pull| {
            pull.standing = Standing::Open;
            pull.head.sha = tip;
        })?;
        self.announce_pull(repository, number, "reopened", by, json!({}));
        Ok(())
    }

    /// Makes a pull request a draft, or ready for review.
    pub fn set_draft(
        &mut self,
        repository: u64,
        number: u64,
        by: &str,
        draft: bool,
    ) -> Result<(), Refusal> {
        if self.require_open(repository, number)?.draft == draft {
            let state = if draft { "a draft" } else { "ready for review" };
            return Err(Refusal::new(format!(
                "pull request {number} is {state} already"
            )));
        }
        let (action, words) = if draft {
            ("converted_to_draft", "made this a draft")
        } else {
            ("ready_for_review", "marked this as ready for review")
        };
        self.change(repository, number, by, words, |pull| pull.draft = draft)?;
        self.announce_pull(repository, number, action, by, json!({}));
        Ok(())
    }

    /// Gives a pull request another base branch.
    pub fn retarget(
        &mut self,
        repository: u64,
        number: u64,
        by: &str,
        base: &str,
    ) -> Result<(), Refusal> {
        self.require_write(repository, by, &format!("retarget pull request {number}"))?;
        let pull = self.require_open(repository, number)?;
        let (old_branch, old_sha) = (pull.base_branch.clone(), pull.base_sha.clone());
        let sha = self
            .repositories
            .get(&repository)
            .and_then(|place| place.branches.get(base))
            .ok_or_else(|| Refusal::new(format!("there is no branch {base}")))?
            .clone();
        let words = format!("changed the base branch from {old_branch} to {base}");
        self.change(repository, number, by, words, |pull| {
            base.clone_into(&mut pull.base_branch);
            pull.base_sha = sha;
        })?;
        let changes = json!({ "changes": {
            "base": { "ref": { "from": old_branch }, "sha": { "from": old_sha } }
        }});
        self.announce_pull(repository, number, "edited", by, changes);
        Ok(())
    }

    /// Gives a pull request another title.
    pub fn retitle(
        &mut self,
        repository: u64,
        number: u64,
        by: &str,
        title: &str,
    ) -> Result<(), Refusal> {
        let from = self.pull(repository, number)?.title.clone();
        let words = format!("changed the title from “{from}”");
        self.change(repository, number, by, words, |pull| {
            title.clone_into(&mut pull.title);
        })?;
        let changes = json!({ "changes": { "title": { "from": from } } });
        self.announce_pull(repository, number, "edited", by, changes);
        Ok(())
    }
}

/// A commit's name as people write it.
pub(super) fn short(sha: &str) -> &str {
    sha.get(..7).unwrap_or(sha)
}
