//! The page for people.

use crate::caller::shop;
use ebbtide::demo::github::{LocalGitHub, Options, Permission, Revision};

async fn shop_with_revisions() -> LocalGitHub {
    let revision = |name: &str, content: &str| Revision {
        name: name.to_owned(),
        files: vec![("tea.txt".to_owned(), content.as_bytes().to_vec())],
    };
    shop(Options {
        revisions: vec![
            revision("Green tea", "green"),
            revision("Black tea", "black"),
        ],
        ..Options::default()
    })
    .await
}

async fn see(github: &LocalGitHub, path: &str) -> (u16, String) {
    let answer = reqwest::get(format!("{}{path}", github.url()))
        .await
        .expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("text"))
}

async fn press(github: &LocalGitHub, act: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client");
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let answer = client
        .post(format!("{}/ui/{act}", github.url()))
        .header("origin", github.url())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .expect("an answer");
    let status = answer.status().as_u16();
    let location = answer.headers().get("location").cloned();
    let text = answer.text().await.expect("text");
    (
        status,
        location.map_or(text, |to| to.to_str().expect("text").to_owned()),
    )
}

#[tokio::test]
async fn a_person_opens_pushes_and_merges() {
    let github = shop_with_revisions().await;
    assert!(
        see(&github, "/")
            .await
            .1
            .contains("None yet. Open the first one below.")
    );
    let shop = ("repository", "acme/shop");
    let opened = press(
        &github,
        "open",
        &[shop, ("title", "Sell <tea>"), ("revision", "0")],
    )
    .await;
    assert_eq!(opened, (303, "/acme/shop/pull/1".to_owned()));
    let pull = github.pull_request(1).expect("it is there");
    assert_eq!(
        (pull.author.as_str(), pull.branch.as_str()),
        ("alice", "sell-tea-1")
    );
    let page = see(&github, "/acme/shop/pull/1").await.1;
    assert!(page.contains("Sell &lt;tea&gt;"), "text is escaped: {page}");
    assert!(
        page.contains("<option value=\"1\" selected>Black tea"),
        "the next revision: {page}"
    );

    let one = [shop, ("number", "1")];
    press(&github, "push", &[one[0], one[1], ("revision", "1")]).await;
    assert_ne!(
        github.pull_request(1).expect("it is there").head_sha,
        pull.head_sha
    );
    press(&github, "close", &one).await;
    press(&github, "reopen", &one).await;
    press(&github, "merge", &one).await;
    assert_eq!(github.pull_request(1).expect("it is there").state, "merged");
    let (status, page) = press(&github, "merge", &one).await;
    assert_eq!(status, 409);
    assert!(page.contains("pull request 1 is merged."), "{page}");
    github.stop().await;
}

#[tokio::test]
async fn a_comment_is_shown_rendered_and_harmless() {
    let github = shop_with_revisions().await;
    let alice = github.as_user("alice");
    let number = alice.open_pull_request("Tea", "tea", [("tea.txt", "green")]);
    let words = "**Ready**\n\n| a |\n|---|\n| b |\n\n<details><summary>More</summary>\n\n~~no~~\n\n</details>";
    alice.comment(number, words);
    let answer = reqwest::get(format!("{}/acme/shop/pull/1", github.url()))
        .await
        .expect("an answer");
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .expect("text")
        .to_owned();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self';"),
        "{policy}"
    );
    let page = answer.text().await.expect("text");
    for part in [
        "<strong>Ready</strong>",
        "<td>b</td>",
        "<details><summary>More</summary>",
        "<del>no</del>",
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    github.stop().await;
}

#[tokio::test]
async fn the_page_says_when_something_is_going_on() {
    let github = shop_with_revisions().await;
    let alice = github.as_user("alice");
    let number = alice.open_pull_request("Tea", "tea", [("tea.txt", "green")]);
    let sha = github.pull_request(number).expect("it is there").head_sha;
    let run = github.set_check(&sha, "build", None);
    assert!(see(&github, "/").await.1.contains("data-pending=\"true\""));
    github.set_check(&sha, "build", Some("success"));
    let (_, page) = see(&github, "/acme/shop/pull/1").await;
    assert!(page.contains("data-pending=\"false\""));
    let (status, page) = see(&github, &format!("/acme/shop/runs/{run}")).await;
    assert!(
        status == 200 && page.contains("Tea"),
        "a check run leads to its pull request"
    );
    github.stop().await;
}

#[tokio::test]
async fn no_other_site_presses_the_buttons() {
    let github = shop_with_revisions().await;
    github.grant("acme/shop", "alice", Permission::Write);
    let answer = reqwest::Client::new()
        .post(format!("{}/ui/open", github.url()))
        .header("origin", "https://elsewhere.example.com")
        .body("repository=acme%2Fshop&title=Trap&revision=0")
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 403);
    assert_eq!(github.pull_request(1), None);
    assert_eq!(see(&github, "/nothing/here").await.0, 404);
    github.stop().await;
}
