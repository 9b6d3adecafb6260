//! Files at a commit.

use super::AppClient;
use super::call::{Call, Voice};
use super::path::{of_repo, with_query};
use super::setback::Trouble;
use crate::environment::Setback;
use crate::github::Repo;
use http::header::CONTENT_TYPE;

/// The file itself instead of a description of it; up to 100 MB.
const RAW: &str = "application/vnd.github.raw+json";

/// A branch is named in full: a bare name would mean a tag of the same name first, and whoever may push tags but not to
/// the protected base branch would set that branch's rules.
fn reference(at: &str) -> String {
    let is_commit = matches!(at.len(), 40 | 64) && at.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_commit {
        at.to_owned()
    } else {
        format!("refs/heads/{at}")
    }
}

impl AppClient {
    pub(super) async fn read_file(
        &self,
        repo: &Repo,
        path: &str,
        at: &str,
    ) -> Result<Option<Vec<u8>>, Setback> {
        let parts: Vec<&str> = path
            .split('/')
            .filter(|part| !part.is_empty() && *part != ".")
            .collect();
        // Nothing lies outside of a repository.
        if parts.is_empty() || parts.contains(&"..") {
            return Ok(None);
        }
        let mut segments = vec!["contents"];
        segments.extend(parts);
        let path = with_query(&of_repo(repo, &segments), &[("ref", &reference(at))]);
        let voice = Voice::Installation(repo.installation);
        let call = Call::read("read_file", voice, path).accepting(RAW);
        match self.call(&call).await {
            Ok(answer) => {
                // A folder is answered with a list of what is in it.
                let kind = answer.headers.get(CONTENT_TYPE);
                let is_list =
                    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
                Ok((!is_list).then(|| answer.body.to_vec()))
            }
            // A commit that was just pushed may not have reached every server of GitHub's yet.
            Err(Trouble::Missing(_, message)) if message.starts_with("No commit found") => {
                Err(Setback::later(format!("read file: {message}")))
            }
            Err(Trouble::Missing(..)) => Ok(None),
            Err(trouble) => Err(trouble.into()),
        }
    }
}
