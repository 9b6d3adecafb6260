//! `GET /environments/{id}`: the page behind a details link.

use super::door::Door;
use super::environments::{present, put};
use super::records::{account, at};
use axum::http::StatusCode;
use ebbtide::api::environment_page::duration;
use ebbtide::environment::{
    AccountState, CommitSha, Environment, IncarnationId, Login, PullRequest, PullRequestState,
    Region, RepositoryName, StackName, StackRecord, StackStatus,
};
use ebbtide::store::TimelineEntry;

fn seen(private: bool) -> Environment {
    let mut environment = present(1, 42);
    environment.pull_request = Some(PullRequest {
        state: PullRequestState::Open,
        draft: false,
        head: CommitSha::new("0123456789abcdef0123456789abcdef01234567"),
        head_branch: "feature".to_owned(),
        fork: false,
        base_branch: "main".to_owned(),
        base: CommitSha::new("f".repeat(40)),
        author: Login::new("ada"),
        private,
        repository: RepositoryName::new("acme/repository-1"),
    });
    let row = account(3, AccountState::Ready);
    let mut lent = environment.with_incarnation(
        &IncarnationId::new(format!("{}-1", environment.id)),
        &row.id,
        &row.account.expect("known"),
        &Region::new("eu-west-1"),
        at(5),
    );
    if let Some(incarnation) = &mut lent.incarnation {
        incarnation.account = ebbtide::environment::AccountId::new("111122223333");
        incarnation.shown.url = Some("javascript:alert(1)".to_owned());
        let queue = "https://sqs.eu-west-1.amazonaws.com/111122223333/orders";
        let outputs = &mut incarnation.shown.outputs;
        outputs.insert("queue".to_owned(), queue.to_owned());
        let stack = StackRecord {
            status: Some(StackStatus::CreateInProgress),
            ..StackRecord::default()
        };
        incarnation.stacks.insert(StackName::new("network"), stack);
    }
    lent
}

fn line(why: &str, setback: bool) -> TimelineEntry {
    TimelineEntry {
        at: at(7),
        duration_ms: 65_000,
        incarnation: None,
        step: "deploy network: execute change set".to_owned(),
        why: why.to_owned(),
        setback,
    }
}

#[tokio::test]
async fn shows_what_stands_on_the_pull_request_anyway() {
    let door = Door::new();
    let environment = seen(false);
    let words = "User arn:aws:sts::111122223333:role/x may not do <b>that</b>";
    put(&door, &environment, &[line(words, true)]).await;
    let answer = door
        .ask("GET", &format!("/environments/{}", environment.id))
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert!(
        answer
            .header("content-security-policy")
            .starts_with("default-src 'none'")
    );
    let page = answer.text();
    for expected in [
        environment.id.as_str(),
        "acme/repository-1",
        "pull request #42",
        "Reading the file",
        "0123456",
        "network",
        "CREATE_IN_PROGRESS",
        "1m 05s",
        "https://sqs.eu-west-1.amazonaws.com/(account)/orders",
        "2026-03-01 12:00:05 UTC",
        "amazonaws.com/(account)/orders",
        "&#60;b&#62;that",
    ] {
        assert!(page.contains(expected), "{expected:?} is not in {page}");
    }
    for hidden in ["111122223333", "javascript:", "<b>"] {
        assert!(!page.contains(hidden), "{hidden:?} is in {page}");
    }
}

#[tokio::test]
async fn says_nothing_of_private_repositories() {
    let door = Door::new();
    let private = seen(true);
    let mut never_seen = present(2, 43);
    never_seen.pull_request = None;
    for environment in [private, never_seen] {
        put(&door, &environment, &[line("why", false)]).await;
        let answer = door
            .ask("GET", &format!("/environments/{}", environment.id))
            .await;
        assert_eq!(answer.status, StatusCode::OK);
        let page = answer.text();
        assert!(page.contains("a token is needed"), "{page}");
        for hidden in ["acme", "network", "deploy", "0123456"] {
            assert!(!page.contains(hidden), "{hidden:?} is in {page}");
        }
    }
}

#[tokio::test]
async fn answers_404_as_a_page() {
    let door = Door::new();
    let answer = door.ask("GET", "/environments/pr-1-none").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.header("content-type").starts_with("text/html"));
    assert!(
        answer
            .text()
            .contains("There is no environment of this id.")
    );
}

#[test]
fn durations_read_well() {
    let shown = [0, 420, 9_999, 12_000, 65_000, 3_725_000].map(duration);
    assert_eq!(shown, ["0ms", "420ms", "9.9s", "12s", "1m 05s", "1h 02m"]);
}
