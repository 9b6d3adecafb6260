//! What is read: pull requests, files, permissions.

use crate::world::{FIRST, World};
use ebbtide::environment::{
    Login, PullRequest, PullRequestNumber, PullRequestState, RepositoryName, Setback,
};
use ebbtide::github::{GitHub, Live, Repo};

impl World {
    async fn look(&self, number: PullRequestNumber) -> PullRequest {
        match self.client.pull_request(&self.repo, number).await {
            Ok(Live::There(live)) => live,
            other => panic!("{other:?}"),
        }
    }

    async fn file(&self, path: &str, at: &str) -> Option<String> {
        let file = self
            .client
            .file(&self.repo, path, at)
            .await
            .expect("a file or none");
        file.map(|bytes| String::from_utf8(bytes).expect("text"))
    }
}

#[tokio::test]
async fn a_pull_request_is_seen_as_it_is() {
    let world = World::new().await;
    let live = world.look(FIRST).await;
    assert_eq!(live.head, world.head());
    assert_eq!(
        (live.head_branch.as_str(), live.base_branch.as_str()),
        ("tea", "main")
    );
    assert_eq!(live.author.as_str(), "alice");
    assert!(!live.fork && !live.private && !live.draft);
    world.github.as_user("alice").convert_to_draft(1);
    assert!(world.look(FIRST).await.draft);
    world.github.as_user("alice").close(1);
    assert_eq!(world.look(FIRST).await.state, PullRequestState::Closed);
    world.github.as_user("alice").reopen(1);
    world.github.as_user("alice").ready(1);
    world.github.as_user("alice").merge(1);
    assert_eq!(world.look(FIRST).await.state, PullRequestState::Merged);
    world.end().await;
}

#[tokio::test]
async fn a_fork_is_a_fork_even_after_it_was_deleted() {
    let world = World::new().await;
    let mallory = world.github.as_user("mallory");
    let number = mallory.open_from_fork("Give it away", "gift", [("gift.txt", "0\n")]);
    let number = PullRequestNumber(number);
    assert!(world.look(number).await.fork);
    mallory.on("mallory/shop").delete_repository();
    let live = world.look(number).await;
    assert!(live.fork);
    assert_eq!(live.repository.as_str(), "acme/shop");
    world.end().await;
}

#[tokio::test]
async fn what_is_not_there_is_missing() {
    let world = World::new().await;
    let missing = world
        .client
        .pull_request(&world.repo, PullRequestNumber(99))
        .await;
    assert_eq!(missing, Ok(Live::Missing));
    let elsewhere = Repo {
        name: RepositoryName::new("acme/nothing"),
        ..world.repo.clone()
    };
    let missing = world.client.pull_request(&elsewhere, FIRST).await;
    assert_eq!(missing, Ok(Live::Missing));
    world.end().await;
}

#[tokio::test]
async fn files_are_read_at_a_commit_or_a_branch() {
    let world = World::new().await;
    let head = world.head();
    assert_eq!(
        world.file("tea.txt", head.as_str()).await.as_deref(),
        Some("tea\n")
    );
    assert_eq!(world.file("tea.txt", "main").await, None);
    assert_eq!(
        world.file("./infra/app.yml", "main").await.as_deref(),
        Some("Resources: {}\n")
    );
    assert_eq!(
        world.file("infra", "main").await,
        None,
        "a folder is no file"
    );
    for outside in ["../shop/README.md", "", "infra/../../x"] {
        assert_eq!(world.file(outside, "main").await, None, "{outside}");
    }
    world.end().await;
}

#[tokio::test]
async fn big_and_odd_files_arrive_as_they_are() {
    let world = World::new().await;
    let big = vec![b'x'; 2 * 1024 * 1024];
    let odd = vec![0, 159, 146, 150, b'\n'];
    let files = [
        ("big.yml".to_owned(), big.clone()),
        ("a b/ü#?.bin".to_owned(), odd.clone()),
    ];
    world.github.as_user("alice").push("tea", files);
    let head = world.head();
    let read = |path: &'static str| world.client.file(&world.repo, path, head.as_str());
    assert!(read("big.yml").await == Ok(Some(big)));
    assert_eq!(read("a b/ü#?.bin").await, Ok(Some(odd)));
    world.end().await;
}

#[tokio::test]
async fn a_file_too_big_to_be_a_template_is_refused() {
    let world = World::new().await;
    let huge = [("huge.yml".to_owned(), vec![b'x'; 9 * 1024 * 1024])];
    world.github.as_user("alice").push("tea", huge);
    let refused = world
        .client
        .file(&world.repo, "huge.yml", world.head().as_str())
        .await;
    assert_eq!(
        refused.unwrap_err(),
        Setback::refused("GitHub's answer to read file is larger than 8 MiB")
    );
    world.end().await;
}

#[tokio::test]
async fn a_commit_that_is_not_there_yet_is_waited_for() {
    let world = World::new().await;
    let early = world.client.file(&world.repo, "tea.txt", "feedface").await;
    assert!(matches!(early, Err(Setback::TryLater { .. })), "{early:?}");
    world.end().await;
}

#[tokio::test]
async fn who_may_write() {
    let world = World::new().await;
    for (login, may) in [
        ("alice", true),
        ("acme", true),
        ("bob", false),
        ("mallory", false),
        ("dependabot[bot]", false),
    ] {
        let login = Login::new(login);
        assert_eq!(
            world.client.may_write(&world.repo, &login).await,
            Ok(may),
            "{login}"
        );
    }
    world.end().await;
}

#[tokio::test]
async fn a_tag_does_not_stand_in_for_the_branch_of_its_name() {
    let world = World::new().await;
    let alice = world.github.as_user("alice");
    let loose = alice.push("loose", [(".ebbtide.yml", "wait_for: []\n")]);
    let strict = alice.push("main", [(".ebbtide.yml", "wait_for: [build]\n")]);
    alice.tag("main", &loose);
    let file = world.file(".ebbtide.yml", "main").await;
    assert_eq!(file.as_deref(), Some("wait_for: [build]\n"));
    let file = world.file(".ebbtide.yml", &strict).await;
    assert_eq!(file.as_deref(), Some("wait_for: [build]\n"));
    world.end().await;
}
