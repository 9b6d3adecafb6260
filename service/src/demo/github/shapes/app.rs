//! The App, its installations and its deliveries.

use super::node_id;
use crate::demo::github::access::Installation;
use crate::demo::github::post::Entry;
use crate::demo::github::state::{Kind, OTHER_APP_ID, State};
use serde_json::{Value, json};

/// What Ebbtide's App may do.
pub(in crate::demo::github) fn permissions() -> Value {
    json!({
        "checks": "write",
        "contents": "read",
        "deployments": "write",
        "issues": "write",
        "metadata": "read",
        "pull_requests": "write",
        "statuses": "read",
    })
}

impl State {
    /// An App: ours, or the one of continuous integration.
    pub fn app_json(&self, id: u64) -> Value {
        let ours = id == self.app.id;
        let slug = if ours {
            self.app.slug.as_str()
        } else {
            "github-actions"
        };
        let bot = format!("{slug}[bot]");
        let mut owner = self.user_json(&bot);
        owner["type"] = "User".into();
        let html = format!("{}/apps/{slug}", self.base);
        json!({
            "id": id,
            "slug": slug,
            "node_id": node_id("App", id),
            "client_id": format!("Iv1.{id:016x}"),
            "owner": owner,
            "name": slug,
            "description": null,
            "external_url": html,
            "html_url": html,
            "created_at": self.app.created_at,
            "updated_at": self.app.created_at,
            "permissions": permissions(),
            "events": if id == OTHER_APP_ID { json!([]) } else { json!(self.app.events) },
        })
    }

    /// An installation.
    pub fn installation_json(&self, installation: &Installation) -> Value {
        let (id, account) = (installation.id, &installation.account);
        let target = self.people.get(account);
        let target_type = match target.map(|person| person.kind) {
            Some(Kind::Organization) => "Organization",
            Some(Kind::User | Kind::Bot) | None => "User",
        };
        let suspended = installation.suspended.as_ref();
        json!({
            "id": id,
            "account": self.user_json(account),
            "repository_selection": "selected",
            "access_tokens_url": format!("{}/app/installations/{id}/access_tokens", self.base),
            "repositories_url": format!("{}/installation/repositories", self.base),
            "html_url": format!("{}/settings/installations/{id}", self.base),
            "app_id": self.app.id,
            "app_slug": self.app.slug,
            "client_id": format!("Iv1.{:016x}", self.app.id),
            "target_id": target.map_or(0, |person| person.id),
            "target_type": target_type,
            "permissions": permissions(),
            "events": self.app.events,
            "created_at": installation.created_at,
            "updated_at": installation.updated_at,
            "single_file_name": null,
            "has_multiple_single_files": false,
            "single_file_paths": [],
            "suspended_by": suspended.map(|(_, by)| self.user_json(by)),
            "suspended_at": suspended.map(|(at, _)| at),
        })
    }

    /// A repository as events about installations name it.
    pub fn repository_stub_json(&self, repository: u64) -> Value {
        self.repositories
            .get(&repository)
            .map_or(Value::Null, |one| {
                json!({
                    "id": one.id,
                    "node_id": node_id("Repository", one.id),
                    "name": one.name,
                    "full_name": one.full_name(),
                    "private": one.private,
                })
            })
    }
}

/// A line of the delivery log.
pub(in crate::demo::github) fn delivery_json(entry: &Entry) -> Value {
    json!({
        "id": entry.id,
        "guid": entry.parcel.guid,
        "delivered_at": entry.delivered_at,
        "redelivery": entry.parcel.redelivery,
        "duration": entry.duration,
        "status": entry.status,
        "status_code": entry.status_code,
        "event": entry.parcel.event,
        "action": entry.parcel.action,
        "installation_id": entry.parcel.installation,
        "repository_id": entry.parcel.repository,
        "throttled_at": null,
    })
}

/// The same with what was sent and answered.
pub(in crate::demo::github) fn delivery_detail_json(entry: &Entry) -> Value {
    let mut shape = delivery_json(entry);
    shape["url"] = entry.url.clone().into();
    shape["request"] = json!({
        "headers": entry.request_headers,
        "payload": *entry.parcel.payload,
    });
    shape["response"] = json!({
        "headers": entry.response_headers,
        "payload": entry.response_body,
    });
    shape
}
