//! What people do on GitHub. An actor is a value, so each line of a story shows who does what.
//!
//! A story that asks for what GitHub would refuse (a push without write access, a second merge) is
//! mistaken: these methods then panic with the reason.

use super::LocalGitHub;
use super::pulls::{Changes, Proposal};
use super::server::lock;
use super::state::{Kind, Refusal, State};

/// Takes what happened or stops the story.
#[track_caller]
pub(super) fn done<T>(result: Result<T, Refusal>) -> T {
    match result {
        Ok(value) => value,
        Err(refusal) => panic!("GitHub refuses: {refusal}"),
    }
}

/// Files as a story writes them.
pub(super) fn written<P: Into<String>, C: Into<Vec<u8>>>(
    files: impl IntoIterator<Item = (P, C)>,
) -> Changes {
    files
        .into_iter()
        .map(|(path, content)| (path.into(), Some(content.into())))
        .collect()
}

impl LocalGitHub {
    /// Somebody, on the first repository; sign-up included.
    pub fn as_user(&self, login: &str) -> Actor {
        self.state().meet(login, Kind::User);
        Actor {
            github: self.clone(),
            login: login.to_owned(),
            repository: None,
        }
    }
}

/// Somebody who acts on a repository.
#[derive(Clone)]
pub struct Actor {
    github: LocalGitHub,
    login: String,
    repository: Option<String>,
}

impl Actor {
    /// The same person on another repository.
    #[must_use]
    pub fn on(mut self, full_name: &str) -> Self {
        self.repository = Some(full_name.to_owned());
        self
    }

    #[track_caller]
    fn act<T>(&self, act: impl FnOnce(&mut State, u64, &str) -> Result<T, Refusal>) -> T {
        let mut state = lock(&self.github.world.state);
        let repository = match &self.repository {
            Some(name) => state.find_repository(name),
            None => state
                .repositories
                .keys()
                .next()
                .copied()
                .ok_or_else(|| Refusal::new("there is no repository yet")),
        };
        let result = repository.and_then(|repository| act(&mut state, repository, &self.login));
        // Unlocked first: a panic must not spoil the lock for the server.
        drop(state);
        done(result)
    }

    /// Pushes one commit with these files and tells its SHA. A new branch starts at the default branch.
    #[track_caller]
    pub fn push<P: Into<String>, C: Into<Vec<u8>>>(
        &self,
        branch: &str,
        files: impl IntoIterator<Item = (P, C)>,
    ) -> String {
        self.act(|state, repository, by| state.push(repository, by, branch, written(files)))
    }

    /// Moves a branch to a commit that is there, as a forced push does.
    #[track_caller]
    pub fn force_push(&self, branch: &str, sha: &str) {
        self.act(|state, repository, by| {
            state.move_branch(repository, branch, sha, by);
            Ok(())
        });
    }

    /// Pushes one commit that deletes a file and tells its SHA.
    #[track_caller]
    pub fn delete_file(&self, branch: &str, path: &str) -> String {
        let changes = vec![(path.to_owned(), None)];
        self.act(|state, repository, by| state.push(repository, by, branch, changes))
    }

    /// Tags a commit.
    #[track_caller]
    pub fn tag(&self, name: &str, sha: &str) {
        self.act(|state, repository, _| {
            let place = state.repositories.get_mut(&repository);
            let place = place.ok_or_else(|| Refusal::new("there is no such repository"))?;
            place.tags.insert(name.to_owned(), sha.to_owned());
            Ok(())
        });
    }

    /// Pushes these files to a branch and opens a pull request from it; tells its number.
    #[track_caller]
    pub fn open_pull_request<P: Into<String>, C: Into<Vec<u8>>>(
        &self,
        title: &str,
        branch: &str,
        files: impl IntoIterator<Item = (P, C)>,
    ) -> u64 {
        self.propose(title, branch, written(files), None, false)
    }

    /// The same as a draft.
    #[track_caller]
    pub fn open_draft<P: Into<String>, C: Into<Vec<u8>>>(
        &self,
        title: &str,
        branch: &str,
        files: impl IntoIterator<Item = (P, C)>,
    ) -> u64 {
        self.propose(title, branch, written(files), None, true)
    }

    /// Opens a pull request from a branch that others pushed, onto this base or the default branch;
    /// needs no write access.
    #[track_caller]
    pub fn open_from_branch(&self, title: &str, branch: &str, base: Option<&str>) -> u64 {
        self.propose(title, branch, Vec::new(), base, false)
    }

    #[track_caller]
    fn propose(
        &self,
        title: &str,
        branch: &str,
        files: Changes,
        base: Option<&str>,
        draft: bool,
    ) -> u64 {
        self.act(|state, repository, by| {
            if !files.is_empty() {
                state.push(repository, by, branch, files)?;
            }
            let proposal = Proposal {
                author: by,
                title,
                head_repository: repository,
                branch,
                base,
                draft,
            };
            state.open(repository, &proposal)
        })
    }

    /// Forks the repository, pushes these files there and opens a pull request; tells its number.
    #[track_caller]
    pub fn open_from_fork<P: Into<String>, C: Into<Vec<u8>>>(
        &self,
        title: &str,
        branch: &str,
        files: impl IntoIterator<Item = (P, C)>,
    ) -> u64 {
        self.act(|state, repository, by| {
            let fork = state.fork(repository, by)?;
            state.push(fork, by, branch, written(files))?;
            let proposal = Proposal {
                author: by,
                title,
                head_repository: fork,
                branch,
                base: None,
                draft: false,
            };
            state.open(repository, &proposal)
        })
    }

    /// Merges a pull request.
    #[track_caller]
    pub fn merge(&self, number: u64) {
        self.act(|state, repository, by| state.merge(repository, number, by));
    }

    /// Closes a pull request without a merge.
    #[track_caller]
    pub fn close(&self, number: u64) {
        self.act(|state, repository, by| state.close(repository, number, by));
    }

    /// Opens a closed pull request again.
    #[track_caller]
    pub fn reopen(&self, number: u64) {
        self.act(|state, repository, by| state.reopen(repository, number, by));
    }

    /// Makes a pull request a draft.
    #[track_caller]
    pub fn convert_to_draft(&self, number: u64) {
        self.act(|state, repository, by| state.set_draft(repository, number, by, true));
    }

    /// Marks a draft as ready for review.
    #[track_caller]
    pub fn ready(&self, number: u64) {
        self.act(|state, repository, by| state.set_draft(repository, number, by, false));
    }

    /// Gives a pull request another base branch.
    #[track_caller]
    pub fn retarget(&self, number: u64, base: &str) {
        self.act(|state, repository, by| state.retarget(repository, number, by, base));
    }

    /// Gives a pull request another title.
    #[track_caller]
    pub fn retitle(&self, number: u64, title: &str) {
        self.act(|state, repository, by| state.retitle(repository, number, by, title));
    }

    /// Comments on a pull request and tells the comment's number.
    #[track_caller]
    pub fn comment(&self, number: u64, body: &str) -> u64 {
        self.act(|state, repository, by| state.comment_as(repository, number, by, body))
    }

    /// Deletes a comment, anybody's.
    #[track_caller]
    pub fn delete_comment(&self, id: u64) {
        self.act(|state, _, _| {
            let removed = state.comments.remove(&id);
            removed
                .map(|_| ())
                .ok_or_else(|| Refusal::new(format!("there is no comment {id}")))
        });
    }

    /// Presses "Re-run" on a check run. The run itself does not change; its App hears of it.
    #[track_caller]
    pub fn rerequest_check(&self, run: u64) {
        self.act(|state, _, by| {
            let run = state.check_runs.get(&run).cloned();
            let run = run.ok_or_else(|| Refusal::new("there is no such check run"))?;
            state.announce_check(&run, "rerequested", by);
            Ok(())
        });
    }

    /// Presses "Re-run all checks": the App of a run hears of the suite that the run belongs to, and of no run.
    #[track_caller]
    pub fn rerequest_suite(&self, run: u64) {
        self.act(|state, _, by| {
            let run = state.check_runs.get(&run).cloned();
            let run = run.ok_or_else(|| Refusal::new("there is no such check run"))?;
            state.announce_suite(&run, "rerequested", by);
            Ok(())
        });
    }

    /// Removes the App from the account that owns the repository.
    #[track_caller]
    pub fn uninstall(&self) {
        self.act(|state, repository, by| {
            let installation = installation_of(state, repository)?;
            state.uninstall(installation, by)
        });
    }

    /// Suspends the App's installation, or ends that.
    #[track_caller]
    pub fn suspend_app(&self, suspended: bool) {
        self.act(|state, repository, by| {
            let installation = installation_of(state, repository)?;
            state.suspend(installation, by, suspended)
        });
    }

    /// Takes the repository from the App's installation.
    #[track_caller]
    pub fn remove_repository(&self) {
        self.act(State::take_from_installation);
    }

    /// Puts the repository under the App's installation again.
    #[track_caller]
    pub fn add_repository(&self) {
        self.act(|state, repository, _| {
            let owner = state
                .repositories
                .get(&repository)
                .map(|place| place.owner.clone());
            let installation = state.install(&owner.unwrap_or_default());
            state.add_to_installation(installation, repository);
            Ok(())
        });
    }

    /// Deletes the repository. The App hears nothing of it.
    #[track_caller]
    pub fn delete_repository(&self) {
        self.act(|state, repository, _| {
            state.delete_repository(repository);
            Ok(())
        });
    }

    /// Deletes a branch; pull requests from it stay open, with the commit they had.
    #[track_caller]
    pub fn delete_branch(&self, branch: &str) {
        self.act(|state, repository, _| {
            let place = state.repositories.get_mut(&repository);
            let removed = place.and_then(|place| place.branches.remove(branch));
            removed
                .map(|_| ())
                .ok_or_else(|| Refusal::new(format!("there is no branch {branch}")))
        });
    }
}

fn installation_of(state: &State, repository: u64) -> Result<u64, Refusal> {
    state
        .installations
        .values()
        .find(|one| one.repositories.contains(&repository))
        .map(|one| one.id)
        .ok_or_else(|| Refusal::new("the App is not installed on this repository"))
}
