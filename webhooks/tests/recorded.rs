//! Every payload that GitHub published as recorded: the handled ones are understood, field by
//! field, and all others are ignored without an error.

use std::path::{Path, PathBuf};

use ebbtide_webhooks::{
    Event, InstallationAction, PullRequestAction, PullRequestEvent, Repository, RepositoryRef,
    parse,
};
use serde_json::Value;

struct Recorded {
    event: String,
    payload: Value,
}

impl Recorded {
    fn action(&self) -> Option<&str> {
        self.payload["action"].as_str()
    }

    fn parsed(&self) -> Event {
        parse(&self.event, self.payload.to_string().as_bytes())
            .unwrap_or_else(|bad| panic!("{} {:?}: {bad}", self.event, self.action()))
    }

    fn name(&self) -> String {
        match self.action() {
            Some(action) => format!("{}.{action}", self.event),
            None => self.event.clone(),
        }
    }
}

fn recorded() -> Vec<Recorded> {
    let kit = std::env::var_os("EBBTIDE_TEST_KIT").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/test-kit"),
        PathBuf::from,
    );
    let file = kit.join("github-webhooks.json");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| {
        panic!(
            "the recorded webhooks are not in the test kit ({}: {error}); \
             run tests/run once, which fetches it",
            file.display()
        )
    });
    let events: Vec<Value> = serde_json::from_str(&text).expect("the test kit holds JSON");
    events
        .iter()
        .flat_map(|event| {
            let name = event["name"].as_str().expect("an event's name");
            let examples = event["examples"].as_array().expect("an event's examples");
            examples.iter().map(|payload| Recorded {
                event: name.to_owned(),
                payload: payload.clone(),
            })
        })
        .collect()
}

/// What a payload must be understood as; none if it is not handled. Reads the JSON in the
/// plainest way, apart from the code under test.
fn expected(recorded: &Recorded) -> Option<Event> {
    let json = &recorded.payload;
    let event = match recorded.name().as_str() {
        "ping" => Event::Ping,
        "pull_request.opened" => pull_request(json, PullRequestAction::Opened),
        "pull_request.reopened" => pull_request(json, PullRequestAction::Reopened),
        "pull_request.ready_for_review" => pull_request(json, PullRequestAction::ReadyForReview),
        "pull_request.synchronize" => pull_request(json, PullRequestAction::Synchronize),
        "pull_request.closed" => pull_request(json, PullRequestAction::Closed),
        "pull_request.converted_to_draft" => {
            pull_request(json, PullRequestAction::ConvertedToDraft)
        }
        "check_run.rerequested" => Event::CheckRunRerequested {
            installation: json["installation"]["id"].as_u64(),
            repository: repository(&json["repository"]),
            head_sha: text(&json["check_run"]["head_sha"]),
            external_id: Some(text(&json["check_run"]["external_id"])).filter(|id| !id.is_empty()),
        },
        "check_suite.rerequested" => Event::CheckSuiteRerequested {
            installation: json["installation"]["id"].as_u64(),
            repository: repository(&json["repository"]),
            head_sha: text(&json["check_suite"]["head_sha"]),
            pull_requests: json["check_suite"]["pull_requests"]
                .as_array()
                .expect("an array")
                .iter()
                .map(|one| number(&one["number"]))
                .collect(),
        },
        "installation.created" => installation(json, InstallationAction::Created),
        "installation.deleted" => installation(json, InstallationAction::Deleted),
        "installation.suspend" => installation(json, InstallationAction::Suspended),
        "installation.unsuspend" => installation(json, InstallationAction::Unsuspended),
        "installation.new_permissions_accepted" => {
            installation(json, InstallationAction::PermissionsAccepted)
        }
        "installation_repositories.added" | "installation_repositories.removed" => {
            Event::InstallationRepositories {
                installation: number(&json["installation"]["id"]),
                added: references(&json["repositories_added"]),
                removed: references(&json["repositories_removed"]),
            }
        }
        _ => return None,
    };
    Some(event)
}

fn pull_request(json: &Value, action: PullRequestAction) -> Event {
    Event::PullRequest(PullRequestEvent {
        action,
        installation: json["installation"]["id"].as_u64(),
        repository: repository(&json["repository"]),
        number: number(&json["pull_request"]["number"]),
    })
}

fn installation(json: &Value, action: InstallationAction) -> Event {
    Event::Installation {
        action,
        installation: number(&json["installation"]["id"]),
        account_login: Some(text(&json["installation"]["account"]["login"])),
        repositories: references(&json["repositories"]),
    }
}

fn repository(json: &Value) -> Repository {
    Repository {
        id: number(&json["id"]),
        full_name: text(&json["full_name"]),
        private: json["private"].as_bool().expect("a boolean"),
    }
}

fn references(json: &Value) -> Vec<RepositoryRef> {
    let list = json.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .map(|one| RepositoryRef {
            id: number(&one["id"]),
            full_name: text(&one["full_name"]),
        })
        .collect()
}

fn number(json: &Value) -> u64 {
    json.as_u64().expect("a number")
}

fn text(json: &Value) -> String {
    json.as_str().expect("a string").to_owned()
}

#[test]
fn every_recorded_payload_is_understood_or_ignored() {
    let all = recorded();
    let mut understood = 0;
    for one in &all {
        if let Some(event) = expected(one) {
            assert_eq!(one.parsed(), event, "{}", one.name());
            understood += 1;
        } else {
            let ignored = Event::Ignored {
                event: one.event.clone(),
                action: one.action().map(str::to_owned),
            };
            assert_eq!(one.parsed(), ignored, "{}", one.name());
        }
    }
    // Known of @octokit/webhooks-examples 7.6.1, so that this can't pass on half a file.
    assert_eq!((all.len(), understood), (329, 33));
}

/// GitHub may stop sending any field that is not read.
#[test]
fn fields_that_are_not_read_may_be_left_out() {
    const READ: [&str; 9] = [
        "action",
        "check_run",
        "check_suite",
        "installation",
        "number",
        "repositories",
        "repositories_added",
        "repositories_removed",
        "repository",
    ];
    let mut tried = 0;
    for one in recorded().iter().filter(|one| expected(one).is_some()) {
        let fields = one.payload.as_object().expect("an object");
        for name in fields.keys() {
            if READ.contains(&name.as_str()) {
                continue;
            }
            let mut fewer = fields.clone();
            fewer.remove(name);
            let body = Value::Object(fewer).to_string();
            let event = parse(&one.event, body.as_bytes());
            assert_eq!(event, Ok(one.parsed()), "{} without {name}", one.name());
            tried += 1;
        }
    }
    assert!(tried > 40, "only {tried} fields were left out");
}
