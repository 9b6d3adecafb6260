//! Payloads written for one point each: the least that is understood, and what is wrong with less.

use ebbtide_webhooks::{Event, PullRequestAction, PullRequestEvent, Repository, parse};
use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const HANDLED: [&str; 5] = [
    "ping",
    "pull_request",
    "check_run",
    "installation",
    "installation_repositories",
];

/// The event, or what is said about a field that is wrong.
fn parse_json(event: &str, payload: &Value) -> Result<Event, String> {
    parse(event, payload.to_string().as_bytes()).map_err(|bad| {
        let field = bad.field.expect("the field that is wrong");
        assert!(
            bad.message.starts_with(&format!("`{field}` ")),
            "{}",
            bad.message
        );
        bad.message
    })
}

fn refusal(event: &str, payload: &Value) -> String {
    parse_json(event, payload).expect_err("a refusal")
}

fn ignored(event: &str, action: Option<&str>) -> Event {
    Event::Ignored {
        event: event.to_owned(),
        action: action.map(str::to_owned),
    }
}

/// The payload with the field at a path like `repository.id` replaced, or taken out.
fn with(mut payload: Value, path: &str, replacement: Option<Value>) -> Value {
    let (parents, name) = path.rsplit_once('.').unwrap_or(("", path));
    let object = parents
        .split('.')
        .filter(|parent| !parent.is_empty())
        .fold(&mut payload, |object, parent| &mut object[parent])
        .as_object_mut()
        .expect("an object");
    match replacement {
        Some(value) => object.insert(name.to_owned(), value),
        None => object.remove(name),
    };
    payload
}

fn pull_request() -> Value {
    json!({
        "action": "opened",
        "number": 7,
        "repository": {"id": 11, "full_name": "tide/pool", "private": true},
    })
}

fn check_run() -> Value {
    json!({
        "action": "rerequested",
        "check_run": {"head_sha": "abc123", "external_id": "e1"},
        "repository": {"id": 11, "full_name": "tide/pool", "private": true},
    })
}

fn installation() -> Value {
    json!({
        "action": "created",
        "installation": {"id": 3, "account": {"login": "tide"}},
        "repositories": [{"id": 11, "full_name": "tide/pool"}],
    })
}

#[test]
fn the_least_that_makes_a_pull_request_event() {
    assert_eq!(
        parse_json("pull_request", &pull_request()),
        Ok(Event::PullRequest(PullRequestEvent {
            action: PullRequestAction::Opened,
            installation: None,
            repository: Repository {
                id: 11,
                full_name: "tide/pool".to_owned(),
                private: true,
            },
            number: 7,
        }))
    );
}

#[test]
fn an_edit_counts_when_the_base_branch_changed() {
    let edited = |changes: Option<Value>| {
        let payload = with(pull_request(), "action", Some(json!("edited")));
        parse_json("pull_request", &with(payload, "changes", changes))
    };
    let rebased = json!({"base": {"ref": {"from": "main"}, "sha": {"from": "abc"}}});
    assert!(matches!(
        edited(Some(rebased)),
        Ok(Event::PullRequest(PullRequestEvent {
            action: PullRequestAction::Edited,
            ..
        }))
    ));
    let other = Ok(ignored("pull_request", Some("edited")));
    assert_eq!(edited(Some(json!({"title": {"from": "Old"}}))), other);
    assert_eq!(edited(None), other);
}

#[test]
fn a_suite_names_the_pull_requests_of_its_commit_into_its_repository() {
    let pull_request = |number: u64, base: u64, head: &str| json!({"number": number, "base": {"repo": {"id": base}}, "head": {"sha": head}});
    let suite = |pull_requests: Value| {
        let payload = json!({
            "action": "rerequested",
            "check_suite": {"head_sha": "abc123", "pull_requests": pull_requests},
            "repository": {"id": 11, "full_name": "tide/pool", "private": true},
        });
        match parse_json("check_suite", &payload) {
            Ok(Event::CheckSuiteRerequested { pull_requests, .. }) => pull_requests,
            other => panic!("not understood: {other:?}"),
        }
    };
    let listed = json!([
        pull_request(7, 11, "abc123"),
        pull_request(8, 12, "abc123"),
        pull_request(9, 11, "def456"),
        pull_request(10, 11, "abc123"),
    ]);
    assert_eq!(suite(listed), [7, 10]);
    assert_eq!(suite(json!([])), Vec::<u64>::new());
    assert_eq!(suite(Value::Null), Vec::<u64>::new());
    let requested = json!({"action": "requested"});
    let other = Ok(ignored("check_suite", Some("requested")));
    assert_eq!(parse_json("check_suite", &requested), other);
}

#[test]
fn a_check_made_without_an_external_id_has_none() {
    for absent in [None, Some(Value::Null), Some(json!(""))] {
        let payload = with(check_run(), "check_run.external_id", absent);
        let Ok(Event::CheckRunRerequested { external_id, .. }) = parse_json("check_run", &payload)
        else {
            panic!("not understood: {payload}");
        };
        assert_eq!(external_id, None);
    }
}

#[test]
fn an_installation_may_belong_to_an_enterprise_or_to_nobody() {
    let login = |account: Option<Value>| {
        let payload = with(installation(), "installation.account", account);
        match parse_json("installation", &payload) {
            Ok(Event::Installation { account_login, .. }) => account_login,
            other => panic!("not understood: {other:?}"),
        }
    };
    assert_eq!(
        login(Some(json!({"login": "tide"}))).as_deref(),
        Some("tide")
    );
    assert_eq!(
        login(Some(json!({"slug": "ocean"}))).as_deref(),
        Some("ocean")
    );
    assert_eq!(login(Some(Value::Null)), None);
    assert_eq!(login(None), None);
}

#[test]
fn every_missing_field_is_named() {
    let mut refusals = Vec::new();
    for path in [
        "action",
        "number",
        "repository",
        "repository.id",
        "repository.full_name",
        "repository.private",
    ] {
        refusals.push(refusal("pull_request", &with(pull_request(), path, None)));
    }
    for path in ["action", "check_run", "check_run.head_sha", "repository"] {
        refusals.push(refusal("check_run", &with(check_run(), path, None)));
    }
    for path in ["action", "installation", "installation.id"] {
        refusals.push(refusal("installation", &with(installation(), path, None)));
    }
    let added = json!({"action": "added", "installation": {"id": 3}});
    refusals.push(refusal("installation_repositories", &added));
    let removed = json!({"action": "removed", "installation": {"id": 3}});
    refusals.push(refusal("installation_repositories", &removed));
    assert_snapshot!(refusals.join("\n"), @r"
    `action` is missing
    `number` is missing
    `repository` is missing
    `repository.id` is missing
    `repository.full_name` is missing
    `repository.private` is missing
    `action` is missing
    `check_run` is missing
    `check_run.head_sha` is missing
    `repository` is missing
    `action` is missing
    `installation` is missing
    `installation.id` is missing
    `repositories_added` is missing
    `repositories_removed` is missing
    ");
}

#[test]
fn every_field_of_another_type_is_named_with_what_was_found() {
    let refusals = [
        ("number", json!("7")),
        ("number", json!(-7)),
        ("number", json!(7.5)),
        ("number", Value::Null),
        ("action", json!(1)),
        ("installation", json!([])),
        ("installation", json!({"id": {}})),
        ("repository", json!("tide/pool")),
        ("repository.full_name", json!(["tide", "pool"])),
        ("repository.private", json!("no")),
    ]
    .map(|(path, value)| refusal("pull_request", &with(pull_request(), path, Some(value))));
    assert_snapshot!(refusals.join("\n"), @r"
    `number` must be a whole number from 0, found a string
    `number` must be a whole number from 0, found -7
    `number` must be a whole number from 0, found 7.5
    `number` must be a whole number from 0, found null
    `action` must be a string, found 1
    `installation` must be an object, found an array
    `installation.id` must be a whole number from 0, found an object
    `repository` must be an object, found a string
    `repository.full_name` must be a string, found an array
    `repository.private` must be true or false, found a string
    ");

    let lists = [
        json!({}),
        json!([{"id": 1, "full_name": "tide/pool"}, "tide/sea"]),
        json!([{"id": 1, "full_name": "tide/pool"}, {"id": true}]),
        json!([{"id": 1}]),
    ]
    .map(|value| {
        refusal(
            "installation",
            &with(installation(), "repositories", Some(value)),
        )
    });
    assert_snapshot!(lists.join("\n"), @r"
    `repositories` must be an array, found an object
    `repositories[1]` must be an object, found a string
    `repositories[1].id` must be a whole number from 0, found true
    `repositories[0].full_name` is missing
    ");
}

#[test]
fn a_body_that_is_no_json_or_no_object_is_refused_as_a_whole() {
    let whole = |event: &str, body: &[u8]| {
        let bad = parse(event, body).expect_err("a refusal");
        assert_eq!(bad.field, None);
        bad.to_string()
    };
    let refusals = [
        whole("pull_request", b""),
        whole("pull_request", b"{\"action\": \"opened\""),
        whole("star", b"payload=%7B%7D"),
        whole("ping", b"{\"zen\": \"\xff\"}"),
        whole("pull_request", b"[]"),
        whole("installation", b"null"),
    ];
    assert_snapshot!(refusals.join("\n"), @r"
    the body is not valid JSON: EOF while parsing a value at line 1 column 0
    the body is not valid JSON: EOF while parsing an object at line 1 column 19
    the body is not valid JSON: expected value at line 1 column 1
    the body is not valid JSON: invalid unicode code point at line 1 column 10
    the payload must be an object, found an array
    the payload must be an object, found null
    ");
}

#[test]
fn what_is_of_no_use_is_ignored_whatever_it_contains() {
    for (event, payload, action) in [
        ("star", json!({"action": "created"}), Some("created")),
        ("push", json!({"ref": "refs/heads/main"}), None),
        ("push", json!([1, 2]), None),
        ("push", json!("text"), None),
        ("star", json!({"action": 7}), None),
        ("", json!(null), None),
        (
            "pull_request",
            json!({"action": "labeled", "number": "seven"}),
            Some("labeled"),
        ),
        ("check_run", json!({"action": "created"}), Some("created")),
        ("installation", json!({"action": "future"}), Some("future")),
        (
            "installation_repositories",
            json!({"action": "future"}),
            Some("future"),
        ),
    ] {
        assert_eq!(
            parse_json(event, &payload),
            Ok(ignored(event, action)),
            "{payload}"
        );
    }
    assert_eq!(parse_json("ping", &json!({})), Ok(Event::Ping));
}

fn any_json() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec![
        "action",
        "number",
        "repository",
        "installation",
        "check_run",
        "changes",
        "base",
        "id",
        "full_name",
        "private",
        "head_sha",
        "external_id",
        "account",
        "login",
        "repositories",
        "repositories_added",
        "repositories_removed",
        "other",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec![
            "opened",
            "edited",
            "closed",
            "rerequested",
            "created",
            "suspend",
            "added",
            "removed",
            "",
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..8).prop_map(|fields| {
                let fields = fields
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value));
                Value::Object(fields.collect::<Map<_, _>>())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_panic(
        event in prop::sample::select(HANDLED.to_vec()),
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let _ = parse(event, &body);
    }

    #[test]
    fn no_json_panics_and_each_refusal_of_an_object_names_a_field(
        event in prop::sample::select(HANDLED.to_vec()),
        payload in any_json(),
    ) {
        match parse(event, payload.to_string().as_bytes()) {
            Ok(_) => {}
            Err(bad) => match bad.field {
                Some(field) => prop_assert!(bad.message.contains(&field), "{}", bad.message),
                None => prop_assert!(!payload.is_object(), "{}", bad.message),
            },
        }
    }
}
