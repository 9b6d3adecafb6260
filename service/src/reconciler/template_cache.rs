//! Template bodies by commit and path: a commit never changes, so what was read once stays true.

use crate::environment::{CommitSha, RepositoryId, Setback};
use crate::github::{GitHub, Repo};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// Most bodies kept; each is at most 1 MB.
const CAPACITY: usize = 64;

type Key = (RepositoryId, CommitSha, String);

#[derive(Default)]
struct Shelf {
    bodies: HashMap<Key, Arc<str>>,
    order: VecDeque<Key>,
}

/// Why there is no body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoBody {
    /// There is no such file at this commit.
    Missing,
    /// It is no text, or GitHub refused to give it out. A sentence for a person.
    Refused(String),
    /// Nobody knows yet.
    Setback(Setback),
}

/// The last template bodies that were read.
#[derive(Default)]
pub struct TemplateCache {
    shelf: Mutex<Shelf>,
}

impl TemplateCache {
    /// The body at this commit, from memory or from GitHub.
    pub async fn body(
        &self,
        github: &dyn GitHub,
        repo: &Repo,
        repository: RepositoryId,
        revision: &CommitSha,
        path: &str,
    ) -> Result<Arc<str>, NoBody> {
        let key = (repository, revision.clone(), path.to_owned());
        if let Some(known) = self.lock().bodies.get(&key) {
            return Ok(Arc::clone(known));
        }
        let bytes = github
            .file(repo, path, revision.as_str())
            .await
            .map_err(|setback| match setback {
                Setback::Refused { sentence } => NoBody::Refused(sentence),
                setback => NoBody::Setback(setback),
            })?
            .ok_or(NoBody::Missing)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| NoBody::Refused("it is not UTF-8 text".to_owned()))?;
        let body: Arc<str> = text.into();
        let mut kept = self.lock();
        if kept.bodies.insert(key.clone(), Arc::clone(&body)).is_none() {
            kept.order.push_back(key);
        }
        if kept.order.len() > CAPACITY
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.bodies.remove(&oldest);
        }
        Ok(body)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
