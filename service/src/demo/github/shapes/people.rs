//! Users, bots, organizations, and what they say.

use super::node_id;
use crate::demo::github::said::Comment;
use crate::demo::github::state::{Kind, Permission, Person, Repository, State};
use serde_json::{Value, json};

impl State {
    /// A user, by login; null for nobody.
    pub fn user_json(&self, login: &str) -> Value {
        self.people
            .get(login)
            .map_or(Value::Null, |person| self.person_json(person))
    }

    fn person_json(&self, person: &Person) -> Value {
        let login = &person.login;
        let api = format!(
            "{}/users/{}",
            self.base,
            login.replace('[', "%5B").replace(']', "%5D")
        );
        let html = match person.kind {
            Kind::Bot => format!("{}/apps/{}", self.base, login.trim_end_matches("[bot]")),
            Kind::User | Kind::Organization => format!("{}/{login}", self.base),
        };
        let kind = match person.kind {
            Kind::User => "User",
            Kind::Bot => "Bot",
            Kind::Organization => "Organization",
        };
        json!({
            "login": login,
            "id": person.id,
            "node_id": node_id(kind, person.id),
            "avatar_url": format!("https://avatars.githubusercontent.com/u/{}?v=4", person.id),
            "gravatar_id": "",
            "url": api,
            "html_url": html,
            "followers_url": format!("{api}/followers"),
            "following_url": format!("{api}/following{{/other_user}}"),
            "gists_url": format!("{api}/gists{{/gist_id}}"),
            "starred_url": format!("{api}/starred{{/owner}}{{/repo}}"),
            "subscriptions_url": format!("{api}/subscriptions"),
            "organizations_url": format!("{api}/orgs"),
            "repos_url": format!("{api}/repos"),
            "events_url": format!("{api}/events{{/privacy}}"),
            "received_events_url": format!("{api}/received_events"),
            "type": kind,
            "user_view_type": "public",
            "site_admin": false,
        })
    }

    /// An organization as webhooks carry it beside the repository.
    pub fn organization_json(&self, login: &str) -> Option<Value> {
        let person = self.people.get(login)?;
        if person.kind != Kind::Organization {
            return None;
        }
        let api = format!("{}/orgs/{login}", self.base);
        Some(json!({
            "login": login,
            "id": person.id,
            "node_id": node_id("Organization", person.id),
            "url": api,
            "repos_url": format!("{api}/repos"),
            "events_url": format!("{api}/events"),
            "hooks_url": format!("{api}/hooks"),
            "issues_url": format!("{api}/issues"),
            "members_url": format!("{api}/members{{/member}}"),
            "public_members_url": format!("{api}/public_members{{/member}}"),
            "avatar_url": format!("https://avatars.githubusercontent.com/u/{}?v=4", person.id),
            "description": null,
        }))
    }

    /// How somebody stands to a repository.
    pub fn association(&self, repository: &Repository, login: &str) -> &'static str {
        let organization = self
            .people
            .get(&repository.owner)
            .is_some_and(|owner| owner.kind == Kind::Organization);
        if login == repository.owner {
            "OWNER"
        } else if !repository.collaborators.contains_key(login) {
            "NONE"
        } else if organization {
            "MEMBER"
        } else {
            "COLLABORATOR"
        }
    }

    /// A comment on a pull request.
    pub fn comment_json(&self, comment: &Comment) -> Value {
        let repository = self.repositories.get(&comment.repository);
        let name = repository.map(Repository::full_name).unwrap_or_default();
        let api = format!("{}/repos/{name}/issues", self.base);
        let association = repository.map_or("NONE", |repository| {
            self.association(repository, &comment.author)
        });
        let url = format!("{api}/comments/{}", comment.id);
        let app = if comment.author == self.app.bot() {
            self.app_json(self.app.id)
        } else {
            Value::Null
        };
        json!({
            "id": comment.id,
            "node_id": node_id("IssueComment", comment.id),
            "url": url,
            "html_url": format!(
                "{}/{name}/pull/{}#issuecomment-{}", self.base, comment.issue, comment.id
            ),
            "issue_url": format!("{api}/{}", comment.issue),
            "user": self.user_json(&comment.author),
            "created_at": comment.created_at,
            "updated_at": comment.updated_at,
            "author_association": association,
            "body": comment.body,
            "reactions": {
                "url": format!("{url}/reactions"),
                "total_count": 0, "+1": 0, "-1": 0, "laugh": 0, "hooray": 0,
                "confused": 0, "heart": 0, "rocket": 0, "eyes": 0,
            },
            "performed_via_github_app": app,
        })
    }

    /// What somebody may do in a repository.
    pub fn permission_json(&self, repository: &Repository, login: &str) -> Value {
        let permission = repository.permission(login);
        let (name, role) = match permission {
            Permission::None => ("none", "none"),
            Permission::Read => ("read", "read"),
            Permission::Triage => ("read", "triage"),
            Permission::Write => ("write", "write"),
            Permission::Maintain => ("write", "maintain"),
            Permission::Admin => ("admin", "admin"),
        };
        let mut user = self.user_json(login);
        user["role_name"] = role.into();
        user["permissions"] = json!({
            "pull": permission >= Permission::Read,
            "triage": permission >= Permission::Triage,
            "push": permission >= Permission::Write,
            "maintain": permission >= Permission::Maintain,
            "admin": permission >= Permission::Admin,
        });
        json!({ "permission": name, "role_name": role, "user": user })
    }
}
