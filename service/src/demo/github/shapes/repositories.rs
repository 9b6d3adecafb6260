//! Repositories and their files.

use super::node_id;
use crate::demo::github::git::blob_sha;
use crate::demo::github::pulls::Standing;
use crate::demo::github::state::{Repository, State};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// Every `…_url` of a repository under its API address.
const ADDRESSES: [(&str, &str); 37] = [
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    (
        "notifications_url",
        "/notifications{?since,all,participating}",
    ),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
    ("url", ""),
];

/// What is on or off in every repository here.
const SWITCHES: [(&str, bool); 11] = [
    ("is_template", false),
    ("has_issues", true),
    ("has_projects", true),
    ("has_wiki", true),
    ("has_pages", false),
    ("has_downloads", true),
    ("has_discussions", false),
    ("allow_forking", true),
    ("web_commit_signoff_required", false),
    ("archived", false),
    ("disabled", false),
];

/// What no repository here has.
const UNSET: [&str; 5] = [
    "mirror_url",
    "description",
    "homepage",
    "language",
    "license",
];

/// Above this many bytes the JSON of a file comes without its content.
const LARGEST_INLINE: usize = 1_000_000;

impl State {
    /// A repository, in full.
    pub fn repository_json(&self, repository: &Repository) -> Value {
        let name = repository.full_name();
        let api = format!("{}/repos/{name}", self.base);
        let html = format!("{}/{name}", self.base);
        let forks = self
            .repositories
            .values()
            .filter(|other| other.parent == Some(repository.id))
            .count();
        let open = repository
            .pulls
            .values()
            .filter(|pull| pull.standing == Standing::Open)
            .count();
        let mut fields = Map::new();
        for (key, path) in ADDRESSES {
            fields.insert(key.to_owned(), format!("{api}{path}").into());
        }
        for (key, value) in SWITCHES {
            fields.insert(key.to_owned(), value.into());
        }
        for key in UNSET {
            fields.insert(key.to_owned(), Value::Null);
        }
        let Value::Object(rest) = json!({
            "id": repository.id,
            "node_id": node_id("Repository", repository.id),
            "name": repository.name,
            "full_name": name,
            "owner": self.user_json(&repository.owner),
            "private": repository.private,
            "visibility": if repository.private { "private" } else { "public" },
            "html_url": html,
            "clone_url": format!("{html}.git"),
            "git_url": format!("{html}.git"),
            "ssh_url": format!("git@localhost:{name}.git"),
            "svn_url": html,
            "fork": repository.parent.is_some(),
            "forks": forks,
            "forks_count": forks,
            "network_count": forks,
            "size": 1,
            "stargazers_count": 0,
            "subscribers_count": 1,
            "watchers": 0,
            "watchers_count": 0,
            "open_issues": open,
            "open_issues_count": open,
            "default_branch": repository.default_branch,
            "topics": [],
            "custom_properties": {},
            "created_at": repository.created_at,
            "updated_at": repository.pushed_at,
            "pushed_at": repository.pushed_at,
        }) else {
            return Value::Null;
        };
        fields.extend(rest);
        Value::Object(fields)
    }

    /// A file or folder of a repository, without content.
    pub fn entry_json(
        &self,
        repository: &Repository,
        reference: &str,
        path: &str,
        file: Option<&[u8]>,
    ) -> Value {
        let name = repository.full_name();
        let api = format!("{}/repos/{name}", self.base);
        let (kind, store, place) = match file {
            Some(_) => ("file", "blobs", "blob"),
            None => ("dir", "trees", "tree"),
        };
        let sha = blob_sha(file.unwrap_or(path.as_bytes()));
        let url = format!("{api}/contents/{path}?ref={reference}");
        let git = format!("{api}/git/{store}/{sha}");
        let html = format!("{}/{name}/{place}/{reference}/{path}", self.base);
        let download = file.map(|_| format!("{}/{name}/raw/{reference}/{path}", self.base));
        json!({
            "type": kind,
            "size": file.map_or(0, <[u8]>::len),
            "name": path.rsplit('/').next().unwrap_or(path),
            "path": path,
            "sha": sha,
            "url": url,
            "git_url": git,
            "html_url": html,
            "download_url": download,
            "_links": { "self": url, "git": git, "html": html },
        })
    }

    /// A file with its content, as base64 in lines of 60 characters.
    pub fn file_json(
        &self,
        repository: &Repository,
        reference: &str,
        path: &str,
        content: &[u8],
    ) -> Value {
        let mut shape = self.entry_json(repository, reference, path, Some(content));
        if content.len() > LARGEST_INLINE {
            shape["encoding"] = "none".into();
            shape["content"] = "".into();
        } else {
            let mut lines = String::new();
            for line in STANDARD.encode(content).as_bytes().chunks(60) {
                lines.extend(line.iter().copied().map(char::from));
                lines.push('\n');
            }
            shape["encoding"] = "base64".into();
            shape["content"] = lines.into();
        }
        shape
    }
}
