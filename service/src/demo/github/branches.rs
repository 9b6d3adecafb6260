//! Pushes and forks: how branches move, and what moves with them.

use super::git::Tree;
use super::pulls::{Changes, Head, Standing, short};
use super::state::{Refusal, Repository, State};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

impl State {
    /// Commits onto a branch, which starts at the default branch if it is new, and carries every open
    /// pull request from it along.
    pub fn push(
        &mut self,
        repository: u64,
        by: &str,
        branch: &str,
        changes: Changes,
    ) -> Result<String, Refusal> {
        self.require_write(repository, by, &format!("push to {branch}"))?;
        let place = self
            .repositories
            .get(&repository)
            .ok_or_else(|| Refusal::new("the repository is gone"))?;
        let network = place.network;
        let parent = place
            .branches
            .get(branch)
            .or_else(|| place.branches.get(&place.default_branch))
            .cloned();
        let mut tree = parent
            .as_ref()
            .and_then(|sha| self.commits.get(sha))
            .map_or_else(Tree::new, |commit| Tree::clone(&commit.tree));
        let names: Vec<&str> = changes.iter().map(|(path, _)| path.as_str()).collect();
        let message = format!("Change {}", names.join(", "));
        for (path, content) in changes {
            match content {
                Some(content) => tree.insert(path, Arc::from(content)),
                None => tree.remove(&path),
            };
        }
        let now = self.now();
        let sha = self.commit(network, parent.into_iter().collect(), tree, &message, now);
        self.move_branch(repository, branch, &sha, by);
        Ok(sha)
    }

    pub fn move_branch(&mut self, repository: u64, branch: &str, sha: &str, by: &str) {
        let now = self.now();
        if let Some(place) = self.repositories.get_mut(&repository) {
            place.branches.insert(branch.to_owned(), sha.to_owned());
            place.pushed_at = now;
        }
        let from_here = |head: &Head| head.repository == Some(repository) && head.branch == branch;
        let affected: Vec<(u64, u64)> = self
            .repositories
            .values()
            .flat_map(|place| place.pulls.values().map(move |pull| (place.id, pull)))
            .filter(|(_, pull)| pull.standing == Standing::Open && from_here(&pull.head))
            .map(|(place, pull)| (place, pull.number))
            .collect();
        for (place, number) in affected {
            let mut before = String::new();
            let words = format!("pushed {}", short(sha));
            let changed = self.change(place, number, by, words, |pull| {
                before = std::mem::replace(&mut pull.head.sha, sha.to_owned());
            });
            if changed.is_ok() {
                let extra = json!({ "before": before, "after": sha });
                self.announce_pull(place, number, "synchronize", by, extra);
            }
        }
    }

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

    /// Deletes a repository; pull requests from it keep their commits, but `head.repo` becomes null.
    /// An App hears nothing of it unless it asked for `repository` events.
    pub fn delete_repository(&mut self, repository: u64) {
        self.repositories.remove(&repository);
        for installation in self.installations.values_mut() {
            installation.repositories.remove(&repository);
        }
        for place in self.repositories.values_mut() {
            for pull in place.pulls.values_mut() {
                if pull.head.repository == Some(repository) {
                    pull.head.repository = None;
                }
            }
        }
    }
}
