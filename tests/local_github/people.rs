//! What people do to pull requests.

use crate::caller::{Caller, shop};
use ebbtide::demo::github::{Options, Permission};
use serde_json::Value;

#[tokio::test]
async fn a_pull_request_lives() {
    let github = shop(Options::default()).await;
    let alice = github.as_user("alice");
    let number = alice.open_pull_request("Tea", "tea", [("tea.txt", "green\n")]);
    let caller = Caller::of(&github).await;
    let now = async || caller.get("/repos/acme/shop/pulls/1").await.body;
    let opened = now().await;
    assert_eq!(opened["head"]["label"], "acme:tea");
    assert_eq!(opened["author_association"], "MEMBER");
    assert_eq!(
        (&opened["commits"], &opened["additions"]),
        (&1.into(), &1.into())
    );

    let sha = alice.push("tea", [("tea.txt", "black\n")]);
    alice.push("main", [("coffee.txt", "dark\n")]);
    let pushed = now().await;
    assert_eq!(pushed["head"]["sha"], sha.as_str());
    assert_eq!(
        pushed["base"]["sha"], opened["base"]["sha"],
        "GitHub keeps it, too"
    );
    assert_eq!(
        (&pushed["commits"], &pushed["changed_files"]),
        (&2.into(), &1.into())
    );

    alice.merge(number);
    let merged = now().await;
    assert_eq!(
        (&merged["state"], &merged["merged"]),
        (&"closed".into(), &true.into())
    );
    assert_eq!(merged["merged_by"]["login"], "alice");
    let listing = caller.get("/repos/acme/shop/contents").await.body;
    let names: Vec<&Value> = listing
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| &one["name"])
        .collect();
    assert_eq!(names, ["README.md", "coffee.txt", "infra", "tea.txt"]);
    github.stop().await;
}

#[tokio::test]
async fn lists_are_filtered_and_come_in_pages() {
    let github = shop(Options::default()).await;
    let alice = github.as_user("alice");
    for name in ["a", "b", "c"] {
        alice.open_pull_request(name, name, [(name, name)]);
    }
    alice.close(2);
    let caller = Caller::of(&github).await;
    let numbers = async |query: &str| {
        let reply = caller.get(&format!("/repos/acme/shop/pulls{query}")).await;
        let all = reply.body.as_array().expect("a list").iter();
        all.filter_map(|one| one["number"].as_u64())
            .collect::<Vec<u64>>()
    };
    assert_eq!(numbers("").await, [3, 1]);
    assert_eq!(numbers("?state=closed").await, [2]);
    assert_eq!(numbers("?state=all&head=acme:b").await, [2]);
    assert_eq!(numbers("?direction=asc").await, [1, 3]);
    assert_eq!(numbers("?state=all&per_page=2&page=2").await, [1]);
    let page = caller
        .get("/repos/acme/shop/pulls?state=all&per_page=1&page=2")
        .await;
    let link = page
        .header("link")
        .expect("there are others")
        .replace(github.url(), "");
    assert_eq!(
        link,
        "</repos/acme/shop/pulls?state=all&per_page=1&page=1>; rel=\"prev\", \
         </repos/acme/shop/pulls?state=all&per_page=1&page=3>; rel=\"next\", \
         </repos/acme/shop/pulls?state=all&per_page=1&page=3>; rel=\"last\", \
         </repos/acme/shop/pulls?state=all&per_page=1&page=1>; rel=\"first\""
    );
    github.stop().await;
}

#[tokio::test]
async fn a_fork_is_another_repository() {
    let github = shop(Options::default()).await;
    let mallory = github.as_user("mallory");
    let number = mallory.open_from_fork("Gift", "gift", [("gift.txt", "0")]);
    let caller = Caller::of(&github).await;
    let path = format!("/repos/acme/shop/pulls/{number}");
    let pull = caller.get(&path).await.body;
    assert_eq!(pull["head"]["label"], "mallory:gift");
    assert_eq!(pull["head"]["repo"]["full_name"], "mallory/shop");
    assert_eq!(pull["head"]["repo"]["fork"], true);
    let sha = mallory
        .clone()
        .on("mallory/shop")
        .push("gift", [("gift.txt", "1")]);
    assert_eq!(caller.get(&path).await.body["head"]["sha"], sha.as_str());
    mallory.on("mallory/shop").delete_repository();
    let pull = caller.get(&path).await.body;
    assert_eq!(
        (&pull["head"]["repo"], &pull["state"]),
        (&Value::Null, &"open".into())
    );
    github.stop().await;
}

#[tokio::test]
#[should_panic(
    expected = "GitHub refuses: bob has no write access to acme/shop and may not push to tea"
)]
async fn a_story_without_the_right_to_push_stops() {
    let github = shop(Options::default()).await;
    github.as_user("bob").push("tea", [("tea.txt", "green")]);
}

#[tokio::test]
#[should_panic(expected = "GitHub refuses: pull request 1 is merged and can't be opened again")]
async fn a_story_that_reopens_what_is_merged_stops() {
    let github = shop(Options::default()).await;
    let alice = github.as_user("alice");
    let number = alice.open_pull_request("Tea", "tea", [("tea.txt", "green")]);
    alice.merge(number);
    alice.reopen(number);
}

#[tokio::test]
async fn a_reader_opens_from_a_branch_of_others() {
    let github = shop(Options::default()).await;
    github.as_user("alice").push("tea", [("tea.txt", "green")]);
    let number = github.as_user("bob").open_from_branch("Tea", "tea", None);
    let pull = github.pull_request(number).expect("it is there");
    assert_eq!((pull.author.as_str(), pull.base.as_str()), ("bob", "main"));
    github.grant("acme/shop", "bob", Permission::Write);
    github.as_user("bob").merge(number);
    github.stop().await;
}
