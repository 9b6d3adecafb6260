//! What a story finds when it begins, and what happens beside it: repositories, permissions, checks by
//! others.
//!
//! As with actors, a story that asks for the impossible panics with the reason.

use super::LocalGitHub;
use super::actors::{done, written};
use super::pulls::Changes;
use super::said::CommitStatus;
use super::state::{Kind, OTHER_APP_BOT, OTHER_APP_ID, Permission, Refusal, Repository, State};
use std::collections::BTreeMap;

impl LocalGitHub {
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
        let standing = if conclusion.is_some() {
            "completed"
        } else {
            "in_progress"
        };
        standing.clone_into(&mut run.status);
        if action.is_empty() && conclusion.is_some() {
            action = "completed";
        }
        let id = run.id;
        state.save_check_run(&run, action, OTHER_APP_BOT);
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
            tags: BTreeMap::new(),
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
