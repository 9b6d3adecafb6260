//! Comments, check runs and Deployments follow GitHub's rules.

use crate::caller::{Caller, shop};
use ebbtide::demo::github::{LocalGitHub, Options};
use serde_json::{Value, json};

const SHOP: &str = "/repos/acme/shop";

async fn shop_with_pull() -> (LocalGitHub, Caller, String) {
    let github = shop(Options::default()).await;
    let alice = github.as_user("alice");
    let number = alice.open_pull_request("Tea", "tea", [("tea.txt", "green")]);
    let caller = Caller::of(&github).await;
    let sha = github.pull_request(number).expect("it is there").head_sha;
    (github, caller, sha)
}

#[tokio::test]
async fn comments_are_edited_by_patch_only() {
    let (github, caller, _) = shop_with_pull().await;
    let made = caller
        .post(
            &format!("{SHOP}/issues/1/comments"),
            json!({ "body": "One" }),
        )
        .await;
    let path = format!("{SHOP}/issues/comments/{}", made.id());
    assert_eq!(
        made.header("location"),
        Some(format!("{}{path}", github.url()).as_str())
    );
    let posted = caller.post(&path, json!({ "body": "Two" })).await;
    assert_eq!(
        (posted.status, posted.body),
        (
            404,
            json!({
                "message": "Not Found",
                "documentation_url": "https://docs.github.com/rest",
                "status": "404",
            })
        )
    );
    caller.patch(&path, json!({ "body": "Two" })).await;
    let comments = github.comments(1);
    assert_eq!(comments.len(), 1);
    assert_eq!(
        (comments[0].author.as_str(), comments[0].body.as_str()),
        ("ebbtide[bot]", "Two")
    );
    github.stop().await;
}

#[tokio::test]
async fn bad_comments_are_refused() {
    let (github, caller, _) = shop_with_pull().await;
    let say = async |body: Value| {
        let reply = caller
            .post(&format!("{SHOP}/issues/1/comments"), body)
            .await;
        let error = reply.body["errors"][0]["message"].as_str();
        (reply.status, error.unwrap_or(reply.message()).to_owned())
    };
    assert_eq!(
        say(json!({})).await,
        (422, "Invalid request.\n\n\"body\" wasn't supplied.".into())
    );
    assert_eq!(
        say(json!({ "body": 1 })).await,
        (
            422,
            "Invalid request.\n\nFor 'body', 1 is not a string.".into()
        )
    );
    assert_eq!(
        say(json!({ "body": "  " })).await,
        (422, "Validation Failed".into())
    );
    assert_eq!(
        say(json!({ "body": "ö".repeat(65_537) })).await,
        (422, "body is too long (maximum is 65536 characters)".into())
    );
    assert_eq!(
        say(json!(["body"])).await,
        (400, "Body should be a JSON object".into())
    );
    let request = caller.request("POST", &format!("{SHOP}/issues/1/comments"), &caller.token);
    let broken = caller.send(request.body("{"), None).await;
    assert_eq!(
        (broken.status, broken.message()),
        (400, "Problems parsing JSON")
    );
    assert_eq!(github.comments(1), []);
    github.stop().await;
}

#[tokio::test]
async fn a_check_run_is_complete_with_its_conclusion() {
    let (github, caller, sha) = shop_with_pull().await;
    let wish = json!({ "name": "ebbtide", "head_sha": sha, "external_id": "pr-1-1" });
    let made = caller.post(&format!("{SHOP}/check-runs"), wish).await;
    assert_eq!(
        (&made.body["status"], &made.body["conclusion"]),
        (&"queued".into(), &Value::Null)
    );
    assert_eq!(made.body["pull_requests"][0]["number"], 1);
    assert_eq!(made.body["app"]["slug"], "ebbtide");
    let path = format!("{SHOP}/check-runs/{}", made.id());
    let note = |line: u32| {
        json!({
            "path": "app.yml", "start_line": line, "end_line": line,
            "annotation_level": "failure", "message": "Mend this",
        })
    };
    let output = |notes: Vec<Value>| json!({ "title": "T", "summary": "S", "annotations": notes });
    caller
        .patch(
            &path,
            json!({ "output": output((1..=50).map(note).collect()) }),
        )
        .await;
    let more = json!({ "conclusion": "failure", "output": output(vec![note(51)]) });
    let done = caller.patch(&path, more).await.body;
    assert_eq!(
        (&done["status"], &done["output"]["annotations_count"]),
        (&"completed".into(), &51.into())
    );
    assert!(done["completed_at"].is_string());
    // What has concluded stays so, though GitHub does not say no.
    let again = caller
        .patch(&path, json!({ "status": "in_progress" }))
        .await
        .body;
    assert_eq!(
        (&again["conclusion"], &again["completed_at"]),
        (&done["conclusion"], &done["completed_at"])
    );
    github.stop().await;
}

#[tokio::test]
async fn bad_check_runs_are_refused() {
    let (github, caller, sha) = shop_with_pull().await;
    let make = async |mut fields: Value| {
        if fields.get("head_sha").is_none() {
            fields["head_sha"] = sha.clone().into();
        }
        fields["name"] = "ebbtide".into();
        let reply = caller.post(&format!("{SHOP}/check-runs"), fields).await;
        (reply.status, reply.message().to_owned())
    };
    let refused = |message: &str| (422, message.to_owned());
    assert_eq!(
        make(json!({ "head_sha": "0000" })).await,
        refused("No commit found for SHA: 0000")
    );
    assert_eq!(
        make(json!({ "status": "completed" })).await,
        refused(
            "Invalid request.\n\nNo subschema in \"anyOf\" matched.\n\"conclusion\" wasn't supplied."
        )
    );
    assert_eq!(
        make(json!({ "conclusion": "fine" })).await,
        refused("Invalid request.\n\nfine is not a possible value of \"conclusion\".")
    );
    assert_eq!(
        make(json!({ "output": { "summary": "S" } })).await,
        refused("Invalid request.\n\n\"title\" wasn't supplied.")
    );
    let notes = vec![json!({}); 51];
    assert_eq!(
        make(json!({ "output": { "title": "T", "summary": "S", "annotations": notes } })).await,
        refused("Invalid request.\n\nNo more than 50 items are allowed; 51 were supplied.")
    );
    let action =
        json!({ "label": "A label that is far too long", "description": "D", "identifier": "i" });
    assert_eq!(
        make(json!({ "actions": [action] })).await,
        refused(
            "Invalid request.\n\nOnly 20 characters are allowed in \"label\", and one at least."
        )
    );
    let other = github.set_check(&sha, "build", Some("success"));
    let theirs = caller
        .patch(
            &format!("{SHOP}/check-runs/{other}"),
            json!({ "status": "queued" }),
        )
        .await;
    assert_eq!(theirs.status, 403);
    assert_eq!(github.check_runs(&sha).len(), 1);
    github.stop().await;
}

#[tokio::test]
async fn the_latest_run_of_a_name_counts() {
    let (github, caller, sha) = shop_with_pull().await;
    for id in ["first", "second"] {
        let wish = json!({ "name": "ebbtide", "head_sha": sha, "external_id": id });
        caller.post(&format!("{SHOP}/check-runs"), wish).await;
    }
    let ids = async |query: &str| {
        let reply = caller
            .get(&format!("{SHOP}/commits/tea/check-runs{query}"))
            .await;
        let runs = reply.body["check_runs"].as_array().expect("a list").iter();
        runs.map(|run| run["external_id"].as_str().unwrap_or("").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids("").await, ["second"]);
    assert_eq!(ids("?filter=all").await, ["second", "first"]);
    assert_eq!(ids("?app_id=1").await, [""; 0]);
    github.stop().await;
}

#[tokio::test]
async fn commit_statuses_are_combined() {
    let (github, caller, sha) = shop_with_pull().await;
    let combined = async || {
        let reply = caller
            .get(&format!("{SHOP}/commits/{sha}/status"))
            .await
            .body;
        (
            reply["state"].as_str().unwrap_or("").to_owned(),
            reply["total_count"].as_u64(),
        )
    };
    assert_eq!(combined().await, ("pending".to_owned(), Some(0)));
    github.set_status(&sha, "lint", "failure");
    assert_eq!(combined().await, ("failure".to_owned(), Some(1)));
    github.set_status(&sha, "lint", "success");
    assert_eq!(combined().await, ("success".to_owned(), Some(1)));
    github.stop().await;
}

#[tokio::test]
async fn a_deployment_waits_for_its_contexts() {
    let (github, caller, sha) = shop_with_pull().await;
    github.set_check(&sha, "build", None);
    let ask = async |mut more: Value| {
        more["ref"] = sha.clone().into();
        more["auto_merge"] = false.into();
        caller.post(&format!("{SHOP}/deployments"), more).await
    };
    let refused = ask(json!({})).await;
    let message = format!("Conflict: Commit status checks failed for {sha}.");
    assert_eq!((refused.status, refused.message()), (409, message.as_str()));
    assert_eq!(
        ask(json!({ "required_contexts": ["lint"] })).await.status,
        409
    );
    assert_eq!(ask(json!({ "required_contexts": [] })).await.status, 201);
    github.set_check(&sha, "build", Some("success"));
    assert_eq!(ask(json!({})).await.status, 201);
    github.stop().await;
}

#[tokio::test]
async fn a_branch_is_brought_up_to_date_unless_told_not_to() {
    let (github, caller, _) = shop_with_pull().await;
    github
        .as_user("alice")
        .push("main", [("coffee.txt", "dark")]);
    let path = format!("{SHOP}/deployments");
    let merged = caller.post(&path, json!({ "ref": "tea" })).await;
    assert_eq!(
        (merged.status, merged.message()),
        (202, "Auto-merged main into tea on deployment.")
    );
    assert_eq!(
        caller.post(&path, json!({ "ref": "tea" })).await.status,
        201
    );
    github.stop().await;
}

#[tokio::test]
async fn a_success_retires_older_deployments_that_stay() {
    let (github, caller, sha) = shop_with_pull().await;
    let deploy = async |transient: bool| {
        let wish = json!({
            "ref": sha, "environment": "preview", "auto_merge": false, "required_contexts": [],
            "transient_environment": transient,
        });
        let made = caller.post(&format!("{SHOP}/deployments"), wish).await;
        let path = format!("{SHOP}/deployments/{}/statuses", made.id());
        assert_eq!(
            caller
                .post(&path, json!({ "state": "success" }))
                .await
                .status,
            201
        );
    };
    deploy(false).await;
    deploy(true).await;
    deploy(true).await;
    let states: Vec<String> = github
        .deployments()
        .iter()
        .map(|one| one.state().to_owned())
        .collect();
    assert_eq!(
        states,
        ["inactive", "success", "success"],
        "transient ones are spared"
    );
    github.stop().await;
}

#[tokio::test]
async fn bad_deployment_statuses_are_refused() {
    let (github, caller, sha) = shop_with_pull().await;
    let wish = json!({ "ref": sha, "auto_merge": false, "required_contexts": [] });
    let made = caller.post(&format!("{SHOP}/deployments"), wish).await;
    let path = format!("{SHOP}/deployments/{}/statuses", made.id());
    let refused = async |status: Value| {
        let reply = caller.post(&path, status).await;
        (
            reply.status,
            reply.body["errors"][0]["message"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        )
    };
    assert_eq!(
        refused(json!({ "state": "ready" })).await,
        (422, "state is not included in the list".to_owned())
    );
    assert_eq!(
        refused(json!({ "state": "success", "description": "x".repeat(141) })).await,
        (
            422,
            "description is too long (maximum is 140 characters)".to_owned()
        )
    );
    assert_eq!(
        refused(json!({ "state": "success", "environment_url": "ftp://shop" })).await,
        (422, "environment_url must use http(s) scheme".to_owned())
    );
    github.stop().await;
}
