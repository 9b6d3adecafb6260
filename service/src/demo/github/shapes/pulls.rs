//! Pull requests.

use super::node_id;
use crate::demo::github::git::{Difference, difference};
use crate::demo::github::pulls::{PullRequest, Standing};
use crate::demo::github::state::{Repository, State};
use serde_json::{Value, json};

impl State {
    /// A pull request as lists show it.
    pub fn pull_in_list_json(&self, repository: &Repository, pull: &PullRequest) -> Value {
        let name = repository.full_name();
        let number = pull.number;
        let api = format!("{}/repos/{name}", self.base);
        let html = format!("{}/{name}/pull/{number}", self.base);
        let url = format!("{api}/pulls/{number}");
        let issue = format!("{api}/issues/{number}");
        let statuses = format!("{api}/statuses/{}", pull.head.sha);
        let review_comment = format!("{api}/pulls/comments{{/number}}");
        let (state, closed_at, merged_at, merge_commit) = match &pull.standing {
            Standing::Open => ("open", None, None, None),
            Standing::Closed { at } => ("closed", Some(at), None, None),
            Standing::Merged { at, sha, .. } => ("closed", Some(at), Some(at), Some(sha)),
        };
        let source = pull
            .head
            .repository
            .and_then(|id| self.repositories.get(&id));
        json!({
            "url": url,
            "id": pull.id,
            "node_id": node_id("PullRequest", pull.id),
            "html_url": html,
            "diff_url": format!("{html}.diff"),
            "patch_url": format!("{html}.patch"),
            "issue_url": issue,
            "number": number,
            "state": state,
            "locked": false,
            "title": pull.title,
            "user": self.user_json(&pull.author),
            "body": null,
            "created_at": pull.created_at,
            "updated_at": pull.updated_at,
            "closed_at": closed_at,
            "merged_at": merged_at,
            "merge_commit_sha": merge_commit,
            "assignee": null,
            "assignees": [],
            "requested_reviewers": [],
            "requested_teams": [],
            "labels": [],
            "milestone": null,
            "draft": pull.draft,
            "commits_url": format!("{url}/commits"),
            "review_comments_url": format!("{url}/comments"),
            "review_comment_url": review_comment,
            "comments_url": format!("{issue}/comments"),
            "statuses_url": statuses,
            "head": {
                "label": format!("{}:{}", pull.head.owner, pull.head.branch),
                "ref": pull.head.branch,
                "sha": pull.head.sha,
                "user": self.user_json(&pull.head.owner),
                "repo": source.map(|source| self.repository_json(source)),
            },
            "base": {
                "label": format!("{}:{}", repository.owner, pull.base_branch),
                "ref": pull.base_branch,
                "sha": pull.base_sha,
                "user": self.user_json(&repository.owner),
                "repo": self.repository_json(repository),
            },
            "_links": links_json(&url, &html, &issue, &statuses),
            "author_association": self.association(repository, &pull.author),
            "auto_merge": null,
            "active_lock_reason": null,
        })
    }

    /// A pull request with all that only its own page has.
    pub fn pull_json(&self, repository: &Repository, pull: &PullRequest) -> Value {
        let mut shape = self.pull_in_list_json(repository, pull);
        let comments = self
            .comments
            .values()
            .filter(|one| one.repository == repository.id && one.issue == pull.number)
            .count();
        let merged_by = match &pull.standing {
            Standing::Merged { by, .. } => self.user_json(by),
            Standing::Open | Standing::Closed { .. } => Value::Null,
        };
        let open = pull.standing == Standing::Open;
        let changes = self.changes_of(pull);
        let more = json!({
            "merged": matches!(pull.standing, Standing::Merged { .. }),
            "mergeable": open.then_some(true),
            "rebaseable": open.then_some(true),
            "mergeable_state": if open { "clean" } else { "unknown" },
            "merged_by": merged_by,
            "comments": comments,
            "review_comments": 0,
            "maintainer_can_modify": false,
            "commits": self.commits_between(&pull.base_sha, &pull.head.sha).len(),
            "additions": changes.additions,
            "deletions": changes.deletions,
            "changed_files": changes.changed_files,
        });
        if let (Value::Object(shape), Value::Object(more)) = (&mut shape, more) {
            shape.extend(more);
        }
        shape
    }

    fn changes_of(&self, pull: &PullRequest) -> Difference {
        let origin = self.merge_base(&pull.base_sha, &pull.head.sha);
        let head = self.commits.get(&pull.head.sha);
        match (origin, head) {
            (Some(origin), Some(head)) => difference(&origin.tree, &head.tree),
            (None, _) | (_, None) => Difference {
                changed_files: 0,
                additions: 0,
                deletions: 0,
            },
        }
    }

    /// The open pull requests of this repository whose head is this commit of this repository. Forks'
    /// are left out, as on GitHub.
    pub fn pulls_of_commit_json(&self, repository: &Repository, sha: &str) -> Vec<Value> {
        let place = json!({
            "id": repository.id,
            "url": format!("{}/repos/{}", self.base, repository.full_name()),
            "name": repository.name,
        });
        repository
            .pulls
            .values()
            .filter(|pull| pull.head.sha == sha && pull.head.repository == Some(repository.id))
            .filter(|pull| pull.standing == Standing::Open)
            .map(|pull| {
                let api = format!("{}/repos/{}", self.base, repository.full_name());
                json!({
                    "id": pull.id,
                    "number": pull.number,
                    "url": format!("{api}/pulls/{}", pull.number),
                    "head": { "ref": pull.head.branch, "sha": pull.head.sha, "repo": place },
                    "base": { "ref": pull.base_branch, "sha": pull.base_sha, "repo": place },
                })
            })
            .collect()
    }
}

fn links_json(url: &str, html: &str, issue: &str, statuses: &str) -> Value {
    let pulls = url.rsplit_once('/').map_or(url, |(pulls, _)| pulls);
    json!({
        "self": { "href": url },
        "html": { "href": html },
        "issue": { "href": issue },
        "comments": { "href": format!("{issue}/comments") },
        "review_comments": { "href": format!("{url}/comments") },
        "review_comment": { "href": format!("{pulls}/comments{{/number}}") },
        "commits": { "href": format!("{url}/commits") },
        "statuses": { "href": statuses },
    })
}
