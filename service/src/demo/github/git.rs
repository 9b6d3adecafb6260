//! As much of git as a pull request shows: commits as whole trees, ancestors, a merge without conflicts.

use super::state::{Refusal, Repository, State};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;

/// Path to content.
pub(super) type Tree = BTreeMap<String, Arc<[u8]>>;

/// A commit with its whole tree.
#[derive(Clone, Debug)]
pub(super) struct Commit {
    pub sha: String,
    pub parents: Vec<String>,
    pub tree: Arc<Tree>,
    /// The origin repository of all forks that share this commit.
    pub network: u64,
}

/// The SHA-1 in hexadecimal, as git names things.
pub(super) fn sha1(parts: &[&[u8]]) -> String {
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY);
    for part in parts {
        context.update(part);
    }
    hex::encode(context.finish())
}

/// A file's name in git's store.
pub(super) fn blob_sha(content: &[u8]) -> String {
    sha1(&[format!("blob {}\0", content.len()).as_bytes(), content])
}

/// How two trees differ.
pub(super) struct Difference {
    pub changed_files: usize,
    pub additions: usize,
    pub deletions: usize,
}

/// Counts files that differ and, in those, lines that only one side has.
pub(super) fn difference(old: &Tree, new: &Tree) -> Difference {
    let mut found = Difference {
        changed_files: 0,
        additions: 0,
        deletions: 0,
    };
    let paths: HashSet<&String> = old.keys().chain(new.keys()).collect();
    for path in paths {
        let (before, after) = (old.get(path), new.get(path));
        if before == after {
            continue;
        }
        found.changed_files += 1;
        let lines = |content: Option<&Arc<[u8]>>| -> HashSet<Vec<u8>> {
            content.map_or_else(HashSet::new, |content| {
                content
                    .split_inclusive(|byte| *byte == b'\n')
                    .map(<[u8]>::to_vec)
                    .collect()
            })
        };
        let (before, after) = (lines(before), lines(after));
        found.additions += after.difference(&before).count();
        found.deletions += before.difference(&after).count();
    }
    found
}

impl State {
    /// Writes a commit. Its name follows from content, parents and time alone, as in git.
    pub fn commit(
        &mut self,
        network: u64,
        parents: Vec<String>,
        tree: Tree,
        message: &str,
        at: DateTime<Utc>,
    ) -> String {
        let mut text = format!(
            "{network} {} {message}\n{}\n",
            at.to_rfc3339(),
            parents.join(" ")
        );
        for (path, content) in &tree {
            text.push_str(&blob_sha(content));
            text.push(' ');
            text.push_str(path);
            text.push('\n');
        }
        let sha = sha1(&[text.as_bytes()]);
        let commit = Commit {
            sha: sha.clone(),
            parents,
            tree: Arc::new(tree),
            network,
        };
        self.commits.insert(sha.clone(), commit);
        sha
    }

    /// The commit and all before it, nearest first.
    fn ancestors(&self, sha: &str) -> Vec<String> {
        let mut seen = HashSet::new();
        let mut order = Vec::new();
        let mut waiting = VecDeque::from([sha.to_owned()]);
        while let Some(sha) = waiting.pop_front() {
            if let Some(commit) = self.commits.get(&sha)
                && seen.insert(sha.clone())
            {
                waiting.extend(commit.parents.iter().cloned());
                order.push(sha);
            }
        }
        order
    }

    /// Whether `new` contains `old`.
    pub fn contains(&self, new: &str, old: &str) -> bool {
        self.ancestors(new).iter().any(|sha| sha == old)
    }

    /// Where two lines of commits parted.
    pub fn merge_base(&self, one: &str, other: &str) -> Option<&Commit> {
        let reached: HashSet<String> = self.ancestors(one).into_iter().collect();
        self.ancestors(other)
            .into_iter()
            .find(|sha| reached.contains(sha))
            .and_then(|sha| self.commits.get(&sha))
    }

    /// The commits that `head` has and `base` has not.
    pub fn commits_between(&self, base: &str, head: &str) -> HashSet<String> {
        let reached: HashSet<String> = self.ancestors(base).into_iter().collect();
        self.ancestors(head)
            .into_iter()
            .filter(|sha| !reached.contains(sha))
            .collect()
    }

    /// The tree of `base` with what `head` changed since they parted. Where both changed a file,
    /// `head` wins: nobody here resolves conflicts.
    pub fn merged_tree(&self, base: &str, head: &str) -> Result<Tree, Refusal> {
        let unknown = || Refusal::new(format!("{base} and {head} have no common commit"));
        let origin = self.merge_base(base, head).ok_or_else(unknown)?;
        let ours = self.commits.get(base).ok_or_else(unknown)?;
        let theirs = self.commits.get(head).ok_or_else(unknown)?;
        let mut tree = Tree::clone(&ours.tree);
        for path in origin.tree.keys().chain(theirs.tree.keys()) {
            let after = theirs.tree.get(path);
            if origin.tree.get(path) == after {
                continue;
            }
            match after {
                Some(content) => tree.insert(path.clone(), Arc::clone(content)),
                None => tree.remove(path),
            };
        }
        Ok(tree)
    }

    /// The commit that a branch, a full or abbreviated SHA, or `refs/pull/N/head` names here.
    pub fn resolve(&self, repository: &Repository, reference: &str) -> Option<&Commit> {
        // A bare name means a tag before a branch, as git has it.
        if let Some(sha) = repository.tags.get(reference) {
            return self.commits.get(sha);
        }
        let branch = reference
            .strip_prefix("refs/heads/")
            .or_else(|| reference.strip_prefix("heads/"))
            .unwrap_or(reference);
        if let Some(sha) = repository.branches.get(branch) {
            return self.commits.get(sha);
        }
        let pull = reference.strip_prefix("refs/").unwrap_or(reference);
        if let Some(number) = pull
            .strip_prefix("pull/")
            .and_then(|rest| rest.strip_suffix("/head"))
            .and_then(|number| number.parse::<u64>().ok())
        {
            return self.commits.get(&repository.pulls.get(&number)?.head.sha);
        }
        let here = |commit: &&Commit| commit.network == repository.network;
        if let Some(commit) = self.commits.get(reference) {
            return Some(commit).filter(here);
        }
        if reference.len() < 7 {
            return None;
        }
        let mut matching = self
            .commits
            .values()
            .filter(here)
            .filter(|commit| commit.sha.starts_with(reference));
        matching.next().filter(|_| matching.next().is_none())
    }
}
