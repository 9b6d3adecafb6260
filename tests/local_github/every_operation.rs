//! Every operation of the local GitHub, judged by GitHub's own description.

use crate::caller::{Caller, shop};
use crate::openapi::Description;
use crate::receiver::Receiver;
use ebbtide::demo::github::{Exchange, LocalGitHub, Options};
use serde_json::json;
use std::collections::BTreeSet;

const SHOP: &str = "/repos/acme/shop";

#[tokio::test]
async fn every_operation_is_as_github_describes_it() {
    let receiver = Receiver::start().await;
    let github = shop(Options {
        webhook_url: Some(receiver.url()),
        ..Options::default()
    })
    .await;
    github.record_exchanges();
    let caller = Caller::of(&github).await;
    as_the_app(&github, &caller).await;
    reading(&github, &caller).await;
    commenting(&github, &caller).await;
    checking(&github, &caller).await;
    deploying(&github, &caller).await;

    let description = Description::of_the_test_kit();
    let exchanges = github.exchanges();
    description.judge_all(&exchanges);
    let driven: BTreeSet<String> = exchanges
        .iter()
        .filter_map(|one| description.operation_of(one))
        .collect();
    let described: BTreeSet<String> = description.operations().into_iter().collect();
    assert_eq!(
        driven, described,
        "every described operation is driven here"
    );
    github.stop().await;
    receiver.stop().await;
}

async fn as_the_app(github: &LocalGitHub, caller: &Caller) {
    github.drop_next_deliveries(1);
    github.ping();
    github
        .as_user("alice")
        .open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    github.deliveries_settled().await;
    caller.app("GET", "/app", None).await;
    caller.app("GET", "/app/installations", None).await;
    let path = format!("/app/installations/{}", github.installation());
    caller.app("GET", &path, None).await;
    caller.app("GET", "/app/installations/1", None).await;
    let narrowed = json!({ "repositories": ["shop"] });
    let tokens = format!("{path}/access_tokens");
    assert_eq!(
        caller.app("POST", &tokens, Some(narrowed)).await.status,
        201
    );
    let unknown = json!({ "repositories": ["cellar"] });
    assert_eq!(caller.app("POST", &tokens, Some(unknown)).await.status, 422);
    caller
        .app("GET", "/app/hook/deliveries?per_page=1", None)
        .await;
    caller
        .app("GET", "/app/hook/deliveries?cursor=nonsense", None)
        .await;
    for delivery in github.deliveries() {
        let path = format!("/app/hook/deliveries/{}", delivery.id);
        caller.app("GET", &path, None).await;
        assert_eq!(
            caller
                .app("POST", &format!("{path}/attempts"), None)
                .await
                .status,
            202
        );
    }
    caller.app("GET", "/app/hook/deliveries/1", None).await;
    caller.get("/installation/repositories").await;
    caller.call("GET", "/app", None).await;
}

async fn reading(github: &LocalGitHub, caller: &Caller) {
    github
        .as_user("mallory")
        .open_from_fork("Give it away", "gift", [("gift.txt", "0\n")]);
    github.as_user("alice").merge(1);
    for path in [
        "",
        "/pulls?state=all&per_page=1",
        "/pulls?head=mallory:gift",
        "/pulls/1",
        "/pulls/2",
        "/pulls/3",
        "/contents/infra/app.yml",
        "/contents/infra?ref=main",
        "/contents/nothing",
        "/contents/README.md?ref=nowhere",
        "/collaborators/alice/permission",
        "/collaborators/mallory/permission",
        "/collaborators/nobody/permission",
    ] {
        caller.get(&format!("{SHOP}{path}")).await;
    }
    github
        .as_user("mallory")
        .on("mallory/shop")
        .delete_repository();
    let pull = caller.get(&format!("{SHOP}/pulls/2")).await;
    assert!(pull.body["head"]["repo"].is_null(), "{pull:?}");
    let raw = caller
        .request("GET", &format!("{SHOP}/contents/README.md"), &caller.token)
        .header("accept", "application/vnd.github.raw+json");
    assert_eq!(caller.send(raw, None).await.body, "A shop\n");
    caller.get("/repos/acme/nothing").await;
}

async fn commenting(github: &LocalGitHub, caller: &Caller) {
    let comments = format!("{SHOP}/issues/2/comments");
    let made = caller.post(&comments, json!({ "body": "Ready" })).await;
    assert_eq!(made.status, 201);
    github.as_user("bob").comment(2, "Nice");
    caller.get(&format!("{comments}?per_page=1&page=2")).await;
    caller.post(&comments, json!({ "body": "" })).await;
    caller
        .post(
            &format!("{SHOP}/issues/99/comments"),
            json!({ "body": "?" }),
        )
        .await;
    let one = format!("{SHOP}/issues/comments/{}", made.id());
    caller.get(&one).await;
    assert_eq!(
        caller.patch(&one, json!({ "body": "Gone" })).await.status,
        200
    );
    assert_eq!(caller.call("DELETE", &one, None).await.status, 204);
    assert_eq!(caller.get(&one).await.status, 404);
}

async fn checking(github: &LocalGitHub, caller: &Caller) {
    let sha = github.pull_request(2).expect("it is there").head_sha;
    let made = caller
        .post(
            &format!("{SHOP}/check-runs"),
            json!({
                "name": "ebbtide",
                "head_sha": sha,
                "external_id": "pr-2-1",
                "details_url": "http://127.0.0.1/environments/pr-2",
                "status": "in_progress",
                "output": {
                    "title": "Deploying",
                    "summary": "Soon",
                    "annotations": [{
                        "path": ".ebbtide.yml", "start_line": 3, "end_line": 3,
                        "annotation_level": "failure", "message": "No such template"
                    }]
                },
            }),
        )
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    let one = format!("{SHOP}/check-runs/{}", made.id());
    let done = json!({ "conclusion": "success", "output": { "title": "Ready", "summary": "" } });
    assert_eq!(caller.patch(&one, done).await.status, 200);
    caller.get(&one).await;
    github.set_check(&sha, "build", Some("failure"));
    github.set_status(&sha, "lint", "success");
    let commit = format!("{SHOP}/commits/{sha}");
    let runs = caller.get(&format!("{commit}/check-runs?per_page=1")).await;
    assert_eq!(runs.body["total_count"], 2);
    caller
        .get(&format!(
            "{commit}/check-runs?app_id=4242&filter=all&check_name=ebbtide"
        ))
        .await;
    caller.get(&format!("{commit}/status")).await;
    caller.get(&format!("{SHOP}/commits/main/status")).await;
}

async fn deploying(github: &LocalGitHub, caller: &Caller) {
    let sha = github.pull_request(2).expect("it is there").head_sha;
    let deployments = format!("{SHOP}/deployments");
    let wish = json!({
        "ref": sha, "environment": "pr-2", "auto_merge": false, "required_contexts": [],
        "transient_environment": true, "description": "Preview",
    });
    let made = caller.post(&deployments, wish).await;
    assert_eq!(made.status, 201);
    let blocked = json!({ "ref": sha, "auto_merge": false });
    assert_eq!(caller.post(&deployments, blocked).await.status, 409);
    caller.post(&deployments, json!({ "ref": "nowhere" })).await;
    caller
        .get(&format!("{deployments}?sha={sha}&environment=pr-2"))
        .await;
    let statuses = format!("{deployments}/{}/statuses", made.id());
    caller
        .post(&statuses, json!({ "state": "in_progress" }))
        .await;
    let ready = json!({
        "state": "success", "environment_url": "https://shop.example.com",
        "log_url": "http://127.0.0.1/environments/pr-2", "description": "Ready",
    });
    assert_eq!(caller.post(&statuses, ready).await.status, 201);
    caller
        .post(
            &statuses,
            json!({ "state": "success", "description": "x".repeat(141) }),
        )
        .await;
    caller.get(&statuses).await;
    caller.get(&format!("{deployments}/1/statuses")).await;
}

fn exchange(method: &str, path: &str) -> Exchange {
    Exchange {
        method: method.to_owned(),
        path: path.to_owned(),
        request: None,
        status: 200,
        content_type: Some("application/json".to_owned()),
        answer: Some(json!({})),
    }
}

/// The judge must be able to say no, or its silence proves nothing.
#[test]
fn the_judge_complains() {
    let description = Description::of_the_test_kit();
    let complaints = |one: Exchange| description.complaints(&one).join("\n");

    assert_eq!(
        complaints(exchange("PUT", "/repos/acme/shop/pulls/1/merge")),
        "PUT /repos/acme/shop/pulls/1/merge: no such operation"
    );
    // What octocrab sends where GitHub wants PATCH.
    assert_eq!(
        complaints(exchange("POST", "/repos/acme/shop/issues/comments/1")),
        "POST /repos/acme/shop/issues/comments/1: no such operation"
    );
    assert_eq!(
        complaints(Exchange {
            request: Some(json!({ "text": "no body" })),
            status: 403,
            answer: Some(json!({ "message": "Forbidden" })),
            ..exchange("POST", "/repos/acme/shop/issues/1/comments")
        }),
        "POST /repos/acme/shop/issues/1/comments: request: \"body\" is a required property\n\
         POST /repos/acme/shop/issues/1/comments: request: GitHub knows no field text"
    );
    assert_eq!(
        complaints(Exchange {
            answer: Some(json!({ "total_count": 1 })),
            ..exchange("GET", "/installation/repositories?per_page=many&colour=red")
        }),
        "GET /installation/repositories: query parameter per_page: \"many\" is not of type \"integer\"\n\
         GET /installation/repositories: unknown query parameter colour\n\
         GET /installation/repositories: answer 200: \"repositories\" is a required property"
    );
    assert_eq!(
        complaints(Exchange {
            status: 201,
            ..exchange("GET", "/app")
        }),
        "GET /app: status 201 is not described"
    );
    assert_eq!(
        complaints(Exchange {
            status: 500,
            answer: Some(json!({ "error": "no message" })),
            ..exchange("GET", "/app")
        }),
        "GET /app: a refusal has no message"
    );
}
