//! The bytes of a delivery as an [`Event`].

use serde_json::Value;

use crate::event::{
    Event, InstallationAction, PullRequestAction, PullRequestEvent, Repository, RepositoryRef,
};
use crate::fields::{BadPayload, Object};

/// Understand the body of a delivery whose `X-GitHub-Event` is `event`.
///
/// What Ebbtide has no use for is [`Event::Ignored`], whatever it contains, as long as it is JSON.
///
/// # Errors
///
/// [`BadPayload`] when the body is no JSON, or when a field that the event is read from is missing
/// or of another type.
pub fn parse(event: &str, body: &[u8]) -> Result<Event, BadPayload> {
    let payload: Value = serde_json::from_slice(body).map_err(|error| BadPayload {
        field: None,
        message: format!("the body is not valid JSON: {error}"),
    })?;
    let understood = match event {
        "ping" => Some(Event::Ping),
        "pull_request" => pull_request(&Object::root(&payload)?)?,
        "check_run" => check_run(&Object::root(&payload)?)?,
        "check_suite" => check_suite(&Object::root(&payload)?)?,
        "installation" => installation(&Object::root(&payload)?)?,
        "installation_repositories" => installation_repositories(&Object::root(&payload)?)?,
        _ => None,
    };
    Ok(understood.unwrap_or_else(|| Event::Ignored {
        event: event.to_owned(),
        action: payload
            .get("action")
            .and_then(Value::as_str)
            .map(str::to_owned),
    }))
}

fn pull_request(payload: &Object<'_>) -> Result<Option<Event>, BadPayload> {
    let action = match payload.string("action")? {
        "opened" => PullRequestAction::Opened,
        "reopened" => PullRequestAction::Reopened,
        "ready_for_review" => PullRequestAction::ReadyForReview,
        "synchronize" => PullRequestAction::Synchronize,
        "edited" if base_changed(payload)? => PullRequestAction::Edited,
        "closed" => PullRequestAction::Closed,
        "converted_to_draft" => PullRequestAction::ConvertedToDraft,
        _ => return Ok(None),
    };
    Ok(Some(Event::PullRequest(PullRequestEvent {
        action,
        installation: installation_of(payload)?,
        repository: repository_of(payload)?,
        number: payload.number("number")?,
    })))
}

/// A new title or text changes nothing for an environment; a new base branch may bring another
/// policy.
fn base_changed(payload: &Object<'_>) -> Result<bool, BadPayload> {
    match payload.optional_object("changes")? {
        Some(changes) => Ok(changes.optional_object("base")?.is_some()),
        None => Ok(false),
    }
}

fn check_run(payload: &Object<'_>) -> Result<Option<Event>, BadPayload> {
    if payload.string("action")? != "rerequested" {
        return Ok(None);
    }
    let check_run = payload.object("check_run")?;
    Ok(Some(Event::CheckRunRerequested {
        installation: installation_of(payload)?,
        repository: repository_of(payload)?,
        head_sha: check_run.string("head_sha")?.to_owned(),
        // GitHub writes an empty one where none was given.
        external_id: check_run
            .optional_string("external_id")?
            .filter(|id| !id.is_empty())
            .map(str::to_owned),
    }))
}

fn check_suite(payload: &Object<'_>) -> Result<Option<Event>, BadPayload> {
    if payload.string("action")? != "rerequested" {
        return Ok(None);
    }
    let repository = repository_of(payload)?;
    let suite = payload.object("check_suite")?;
    let head_sha = suite.string("head_sha")?;
    let mut pull_requests = Vec::new();
    for pull_request in suite.optional_objects("pull_requests")? {
        // A branch can be the head of pull requests into other repositories, too.
        let base = pull_request.object("base")?.object("repo")?.number("id")?;
        let head = pull_request.object("head")?.string("sha")?;
        if base == repository.id && head == head_sha {
            pull_requests.push(pull_request.number("number")?);
        }
    }
    Ok(Some(Event::CheckSuiteRerequested {
        installation: installation_of(payload)?,
        repository,
        head_sha: head_sha.to_owned(),
        pull_requests,
    }))
}

fn installation(payload: &Object<'_>) -> Result<Option<Event>, BadPayload> {
    let action = match payload.string("action")? {
        "created" => InstallationAction::Created,
        "deleted" => InstallationAction::Deleted,
        "suspend" => InstallationAction::Suspended,
        "unsuspend" => InstallationAction::Unsuspended,
        "new_permissions_accepted" => InstallationAction::PermissionsAccepted,
        _ => return Ok(None),
    };
    let installation = payload.object("installation")?;
    Ok(Some(Event::Installation {
        action,
        installation: installation.number("id")?,
        account_login: account_login(&installation)?,
        repositories: references(&payload.optional_objects("repositories")?)?,
    }))
}

/// The account's name: users and organizations have a `login`, enterprises a `slug`.
fn account_login(installation: &Object<'_>) -> Result<Option<String>, BadPayload> {
    let Some(account) = installation.optional_object("account")? else {
        return Ok(None);
    };
    let login = match account.optional_string("login")? {
        Some(login) => Some(login),
        None => account.optional_string("slug")?,
    };
    Ok(login.map(str::to_owned))
}

fn installation_repositories(payload: &Object<'_>) -> Result<Option<Event>, BadPayload> {
    let (added, removed) = match payload.string("action")? {
        "added" => (
            payload.objects("repositories_added")?,
            payload.optional_objects("repositories_removed")?,
        ),
        "removed" => (
            payload.optional_objects("repositories_added")?,
            payload.objects("repositories_removed")?,
        ),
        _ => return Ok(None),
    };
    Ok(Some(Event::InstallationRepositories {
        installation: payload.object("installation")?.number("id")?,
        added: references(&added)?,
        removed: references(&removed)?,
    }))
}

fn installation_of(payload: &Object<'_>) -> Result<Option<u64>, BadPayload> {
    payload
        .optional_object("installation")?
        .map(|installation| installation.number("id"))
        .transpose()
}

fn repository_of(payload: &Object<'_>) -> Result<Repository, BadPayload> {
    let repository = payload.object("repository")?;
    Ok(Repository {
        id: repository.number("id")?,
        full_name: repository.string("full_name")?.to_owned(),
        private: repository.boolean("private")?,
    })
}

fn references(repositories: &[Object<'_>]) -> Result<Vec<RepositoryRef>, BadPayload> {
    repositories
        .iter()
        .map(|repository| {
            Ok(RepositoryRef {
                id: repository.number("id")?,
                full_name: repository.string("full_name")?.to_owned(),
            })
        })
        .collect()
}
