//! What people do on GitHub. An actor is a value, so each line of a story shows who does what.
//!
//! A story that asks for what GitHub would refuse (a push without write access, a second merge) is
//! mistaken: these methods then panic with the reason.

use super::LocalGitHub;
use super::pulls::{Changes, Proposal};
use super::said::CommitStatus;
use super::server::lock;
use super::state::{Kind, OTHER_APP_BOT, OTHER_APP_ID, Permission, Refusal, Repository, State};
use std::collections::BTreeMap;

/// Takes what happened or stops the story.
#[track_caller]
fn done<T>(result: Result<T, Refusal>) -> T {
    match result {
        Ok(value) => value,
        Err(refusal) => panic!("GitHub refuses: {refusal}"),
    }
}

/// Files as a story writes them.
fn written<P: Into<String>, C: Into<Vec<u8>>>(files: impl IntoIterator<Item = (P, C)>) -> Changes {
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

    /// Begins a repository, `owner/name`; [`NewRepository::create`] makes it.
    pub fn repository(&self, full_name: &str) -> NewRepository {
        NewRepository {
            github: self.clone(),
            full_name: full_name.to_owned(),
            private: false,
            installed: true,
            default_branch: "main".to_owned(),
            collaborators: BTreeMap::new(),
            files: Vec::new(),
        }
    }

    /// Gives somebody a permission in a repository, or takes it.
    pub fn grant(&self, full_name: &str, login: &str, permission: Permission) {
        let mut state = self.state();
        state.meet(login, Kind::User);
        let id = done(state.find_repository(full_name));
        if let Some(place) = state.repositories.get_mut(&id) {
            place.collaborators.insert(login.to_owned(), permission);
        }
    }

    /// The first installation of the App.
    pub fn installation(&self) -> u64 {
        let first = self.state().installations.keys().next().copied();
        done(first.ok_or_else(|| Refusal::new("the App is not installed anywhere")))
    }

    /// A check run by the other App of this GitHub, which runs continuous integration: made, or
    /// changed. No conclusion means that it still runs.
    pub fn set_check(&self, sha: &str, name: &str, conclusion: Option<&str>) -> u64 {
        let mut state = self.state();
        let repository = done(repository_of_commit(&state, sha));
        let known = state
            .check_runs
            .values()
            .find(|run| run.app_id == OTHER_APP_ID && run.head_sha == sha && run.name == name);
        let (mut run, mut action) = match known.cloned() {
            Some(run) => (run, ""),
            None => (
                state.new_check_run(repository, OTHER_APP_ID, sha, name),
                "created",
            ),
        };
        let now = state.now();
        run.conclusion = conclusion.map(str::to_owned);
        run.completed_at = conclusion.map(|_| now);
        run.status = if conclusion.is_some() {
            "completed"
        } else {
            "in_progress"
        }
        .to_owned();
        if action.is_empty() && conclusion.is_some() {
            action = "completed";
        }
        let id = run.id;
        state.save_check_run(run, action, OTHER_APP_BOT);
        id
    }

    /// A commit status: `pending`, `success`, `failure` or `error`.
    pub fn set_status(&self, sha: &str, context: &str, status: &str) {
        let mut state = self.state();
        let repository = done(repository_of_commit(&state, sha));
        let (id, at) = (state.next_id(), state.now());
        state.statuses.push(CommitStatus {
            id,
            repository,
            sha: sha.to_owned(),
            context: context.to_owned(),
            state: status.to_owned(),
            at,
        });
    }

    /// Installs the App for an account once more, on the repositories it has.
    pub fn install(&self, account: &str) -> u64 {
        let mut state = self.state();
        let installation = state.install(account);
        let owned: Vec<u64> = state
            .repositories
            .values()
            .filter(|place| place.owner == account)
            .map(|place| place.id)
            .collect();
        for repository in owned {
            state.add_to_installation(installation, repository);
        }
        installation
    }
}

/// The repository that is not a fork and knows this commit.
fn repository_of_commit(state: &State, sha: &str) -> Result<u64, Refusal> {
    state
        .commits
        .get(sha)
        .map(|commit| commit.network)
        .ok_or_else(|| Refusal::new(format!("there is no commit {sha}")))
}

/// A repository to be made.
#[must_use = "nothing is made before `create`"]
pub struct NewRepository {
    github: LocalGitHub,
    full_name: String,
    private: bool,
    installed: bool,
    default_branch: String,
    collaborators: BTreeMap<String, Permission>,
    files: Changes,
}

impl NewRepository {
    /// Only collaborators see it.
    pub fn private(mut self) -> Self {
        self.private = true;
        self
    }

    /// The App is not installed on it.
    pub fn without_app(mut self) -> Self {
        self.installed = false;
        self
    }

    /// Its default branch; `main` otherwise.
    pub fn default_branch(mut self, branch: &str) -> Self {
        branch.clone_into(&mut self.default_branch);
        self
    }

    /// Somebody with this permission.
    pub fn collaborator(mut self, login: &str, permission: Permission) -> Self {
        self.collaborators.insert(login.to_owned(), permission);
        self
    }

    /// What its first commit holds.
    pub fn files<P: Into<String>, C: Into<Vec<u8>>>(
        mut self,
        files: impl IntoIterator<Item = (P, C)>,
    ) -> Self {
        self.files.extend(written(files));
        self
    }

    /// Makes it and tells its number. Its owner is an organization, on which the App is installed.
    pub fn create(self) -> u64 {
        let mut state = self.github.state();
        let name = self.full_name.split_once('/');
        let (owner, name) = done(name.ok_or_else(|| {
            Refusal::new(format!("{} is not of the form owner/name", self.full_name))
        }));
        state.meet(owner, Kind::Organization);
        for login in self.collaborators.keys() {
            state.meet(login, Kind::User);
        }
        let (id, now) = (state.next_id(), state.now());
        let tree = self
            .files
            .into_iter()
            .filter_map(|(path, content)| content.map(|content| (path, content.into())))
            .collect();
        let sha = state.commit(id, Vec::new(), tree, "Begin", now);
        let place = Repository {
            id,
            owner: owner.to_owned(),
            name: name.to_owned(),
            private: self.private,
            parent: None,
            network: id,
            branches: BTreeMap::from([(self.default_branch.clone(), sha)]),
            default_branch: self.default_branch,
            collaborators: self.collaborators,
            pulls: BTreeMap::new(),
            created_at: now,
            pushed_at: now,
        };
        state.repositories.insert(id, place);
        if self.installed {
            let installation = state.install(owner);
            state.add_to_installation(installation, id);
        }
        id
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

    /// Pushes one commit that deletes a file and tells its SHA.
    #[track_caller]
    pub fn delete_file(&self, branch: &str, path: &str) -> String {
        let changes = vec![(path.to_owned(), None)];
        self.act(|state, repository, by| state.push(repository, by, branch, changes))
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
        self.act(|state, repository, by| state.take_from_installation(repository, by));
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

impl State {
    /// Somebody's fork of a repository: the one there is, or a new one.
    pub fn fork(&mut self, repository: u64, owner: &str) -> Result<u64, Refusal> {
        let origin = self
            .repositories
            .get(&repository)
            .ok_or_else(|| Refusal::new("the repository is gone"))?;
        if let Some(there) = self
            .repositories
            .values()
            .find(|place| place.parent == Some(repository) && place.owner == owner)
        {
            return Ok(there.id);
        }
        let mut fork = Repository {
            owner: owner.to_owned(),
            parent: Some(repository),
            collaborators: BTreeMap::new(),
            pulls: BTreeMap::new(),
            ..origin.clone()
        };
        fork.id = self.next_id();
        fork.created_at = self.now();
        let id = fork.id;
        self.repositories.insert(id, fork);
        Ok(id)
    }
}
