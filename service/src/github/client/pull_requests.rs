//! Pull requests as they are now.

use super::AppClient;
use super::call::{Call, Voice};
use super::path::of_repo;
use super::setback::Trouble;
use crate::environment::{
    CommitSha, Login, PullRequest, PullRequestNumber, PullRequestState, RepositoryName, Setback,
};
use crate::github::{Live, Repo};
use serde::Deserialize;

/// The fields that are read.
#[derive(Deserialize)]
struct Shape {
    state: String,
    #[serde(default)]
    merged: bool,
    merged_at: Option<String>,
    #[serde(default)]
    draft: bool,
    user: Option<User>,
    head: Branch,
    base: Branch,
}

#[derive(Deserialize)]
struct User {
    login: String,
}

#[derive(Deserialize)]
struct Branch {
    #[serde(rename = "ref")]
    name: String,
    sha: String,
    repo: Option<Repository>,
}

#[derive(Deserialize)]
struct Repository {
    id: u64,
    full_name: String,
    #[serde(default)]
    private: bool,
}

impl AppClient {
    pub(super) async fn read_pull_request(
        &self,
        repo: &Repo,
        number: PullRequestNumber,
    ) -> Result<Live<PullRequest>, Setback> {
        let path = of_repo(repo, &["pulls", &number.to_string()]);
        let voice = Voice::Installation(repo.installation);
        let call = Call::read("read_pull_request", voice, path);
        match self.call_for::<Shape>(&call).await {
            Ok(shape) => understood(shape).map(Live::There),
            Err(Trouble::Missing(..)) => Ok(Live::Missing),
            Err(Trouble::NoInstallation(_)) => Ok(Live::NoInstallation),
            Err(Trouble::Other(setback)) => Err(setback),
        }
    }
}

fn understood(shape: Shape) -> Result<PullRequest, Setback> {
    let base = shape.base.repo.ok_or_else(|| {
        Setback::later("read pull request: the answer cannot be read: base.repo is null")
    })?;
    // The head's repository is null when the fork was deleted.
    let fork = shape.head.repo.is_none_or(|head| head.id != base.id);
    let state = match shape.state.as_str() {
        "open" => PullRequestState::Open,
        _ if shape.merged || shape.merged_at.is_some() => PullRequestState::Merged,
        _ => PullRequestState::Closed,
    };
    // The author is null when the account was deleted; GitHub shows it as this one.
    let author = shape
        .user
        .map_or_else(|| "ghost".to_owned(), |user| user.login);
    Ok(PullRequest {
        state,
        draft: shape.draft,
        head: CommitSha::new(shape.head.sha),
        head_branch: shape.head.name,
        fork,
        base_branch: shape.base.name,
        base: CommitSha::new(shape.base.sha),
        author: Login::new(author),
        private: base.private,
        repository: RepositoryName::new(base.full_name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(change: impl FnOnce(&mut Value)) -> Result<PullRequest, Setback> {
        let repo = json!({"id": 1, "full_name": "acme/shop", "private": true});
        let mut shape = json!({
            "state": "open", "merged": false, "merged_at": null, "draft": false,
            "user": {"login": "octocat"},
            "head": {"ref": "fix", "sha": "a", "repo": repo},
            "base": {"ref": "main", "sha": "b", "repo": repo},
        });
        change(&mut shape);
        understood(serde_json::from_value(shape).unwrap())
    }

    #[test]
    fn a_branch_of_the_same_repository_is_no_fork() {
        let live = read(|_| ()).unwrap();
        assert!(!live.fork && live.private && !live.draft);
        assert_eq!(live.repository.as_str(), "acme/shop");
    }

    #[test]
    fn another_or_a_deleted_repository_is_a_fork() {
        assert!(
            read(|shape| shape["head"]["repo"]["id"] = json!(2))
                .unwrap()
                .fork
        );
        assert!(
            read(|shape| shape["head"]["repo"] = Value::Null)
                .unwrap()
                .fork
        );
    }

    #[test]
    fn a_merge_is_told_from_a_close() {
        let state = |change: fn(&mut Value)| read(change).unwrap().state;
        assert_eq!(
            state(|shape| shape["state"] = json!("closed")),
            PullRequestState::Closed
        );
        let merged = state(|shape| {
            shape["state"] = json!("closed");
            shape["merged_at"] = json!("2026-01-01T00:00:00Z");
        });
        assert_eq!(merged, PullRequestState::Merged);
    }

    #[test]
    fn a_deleted_account_is_a_ghost() {
        let live = read(|shape| shape["user"] = Value::Null).unwrap();
        assert_eq!(live.author.as_str(), "ghost");
    }

    #[test]
    fn fields_that_are_left_out_do_no_harm() {
        let live = read(|shape| {
            let fields = shape.as_object_mut().unwrap();
            for field in ["merged", "merged_at", "draft", "user"] {
                fields.remove(field);
            }
        });
        assert_eq!(live.unwrap().state, PullRequestState::Open);
        assert!(read(|shape| shape["base"]["repo"] = Value::Null).is_err());
    }
}
