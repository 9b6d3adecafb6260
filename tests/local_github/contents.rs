//! Files at a commit, a branch, a pull request.

use crate::caller::{Caller, shop};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ebbtide::demo::github::Options;

const CONTENTS: &str = "/repos/acme/shop/contents";

#[tokio::test]
async fn content_comes_as_base64_in_lines() {
    let github = shop(Options::default()).await;
    let text = "Parameters and resources of the shop, in more than one line.\n".repeat(2);
    github
        .as_user("alice")
        .push("main", [("long.txt", text.as_str())]);
    let caller = Caller::of(&github).await;
    let file = caller.get(&format!("{CONTENTS}/long.txt")).await.body;
    let content = file["content"].as_str().expect("text");
    assert!(content.lines().all(|line| line.len() <= 60), "{content}");
    assert!(
        content.lines().count() > 1 && content.ends_with('\n'),
        "{content}"
    );
    let decoded = STANDARD.decode(content.replace('\n', "")).expect("base64");
    assert_eq!(decoded, text.as_bytes());
    // What git names a file of this content.
    let readme = caller.get(&format!("{CONTENTS}/README.md")).await.body;
    assert_eq!(readme["sha"], "a8a6625277d384135f0445ef10ba4513efa01d29");
    github.stop().await;
}

#[tokio::test]
async fn a_large_file_comes_raw_only() {
    let github = shop(Options::default()).await;
    let large = vec![b'x'; 1_000_001];
    github
        .as_user("alice")
        .push("main", [("large.bin", large.clone())]);
    let caller = Caller::of(&github).await;
    let path = format!("{CONTENTS}/large.bin");
    let file = caller.get(&path).await.body;
    assert_eq!(
        (&file["encoding"], &file["content"]),
        (&"none".into(), &"".into())
    );
    assert_eq!(file["size"], 1_000_001);
    let raw = caller
        .request("GET", &path, &caller.token)
        .header("accept", "application/vnd.github.raw+json")
        .send()
        .await
        .expect("an answer");
    assert_eq!(
        raw.headers()["content-type"],
        "application/vnd.github.raw+json; charset=utf-8"
    );
    assert_eq!(raw.bytes().await.expect("a body"), large);
    github.stop().await;
}

#[tokio::test]
async fn a_commit_keeps_its_files() {
    let github = shop(Options::default()).await;
    let alice = github.as_user("alice");
    let first = alice.push("tea", [("tea.txt", "green\n")]);
    let second = alice.push("tea", [("tea.txt", "black\n")]);
    let third = alice.delete_file("tea", "tea.txt");
    let forked = github
        .as_user("mallory")
        .open_from_fork("Gift", "gift", [("gift.txt", "free\n")]);
    let caller = Caller::of(&github).await;
    let at = async |path: &str, reference: &str| {
        let raw = caller
            .request(
                "GET",
                &format!("{CONTENTS}/{path}?ref={reference}"),
                &caller.token,
            )
            .header("accept", "application/vnd.github.raw+json");
        let reply = caller.send(raw, None).await;
        match reply.status {
            200 => reply.body.as_str().expect("text").to_owned(),
            _ => reply.message().to_owned(),
        }
    };
    assert_eq!(at("tea.txt", &first).await, "green\n");
    assert_eq!(at("tea.txt", &second[..12]).await, "black\n");
    assert_eq!(at("tea.txt", &third).await, "Not Found");
    assert_eq!(at("tea.txt", "main").await, "Not Found");
    assert_eq!(
        at("tea.txt", "never").await,
        "No commit found for the ref never"
    );
    // Forks share their commits with the repository they come from.
    assert_eq!(
        at("gift.txt", &format!("refs/pull/{forked}/head")).await,
        "free\n"
    );
    let head = github.pull_request(forked).expect("it is there").head_sha;
    assert_eq!(at("gift.txt", &head).await, "free\n");
    github.stop().await;
}

#[tokio::test]
async fn a_folder_is_listed() {
    let github = shop(Options::default()).await;
    let caller = Caller::of(&github).await;
    let listing = caller.get(CONTENTS).await.body;
    let names: Vec<String> = listing
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| format!("{} {}", one["type"].as_str().unwrap_or(""), one["path"]))
        .collect();
    assert_eq!(names, [r#"file "README.md""#, r#"dir "infra""#]);
    github.stop().await;
}
