//! The sticky comment: there is one in the end, whatever happens on the way.

use crate::world::{FIRST, World};
use ebbtide::demo::github::Failure;
use ebbtide::environment::{CommentId, EnvironmentId, Setback};
use ebbtide::github::GitHub;
use ebbtide::github::words::marker;

fn mark() -> String {
    marker(&EnvironmentId::new("pr-1-abc"))
}

impl World {
    async fn say(&self, known: Option<CommentId>, words: &str) -> Result<CommentId, Setback> {
        let marker = mark();
        let body = format!("{marker}\n{words}");
        self.client
            .put_comment(&self.repo, FIRST, &marker, known, &body)
            .await
    }

    /// The comments on the pull request: who, and the last line.
    fn comments(&self) -> Vec<(String, String)> {
        let comments = self.github.comments(1).into_iter();
        let seen = comments.map(|comment| {
            let last = comment.body.lines().last().unwrap_or_default();
            (comment.author, last.to_owned())
        });
        seen.collect()
    }
}

fn ours(words: &str) -> (String, String) {
    ("ebbtide[bot]".to_owned(), words.to_owned())
}

#[tokio::test]
async fn a_comment_is_made_once_and_then_edited() {
    let world = World::new().await;
    let id = world.say(None, "Queued").await.unwrap();
    assert_eq!(world.say(Some(id), "Ready").await, Ok(id));
    assert_eq!(world.comments(), [ours("Ready")]);
    assert_eq!(world.count("PATCH", "/issues/comments/"), 1);
    world.end().await;
}

#[tokio::test]
async fn a_comment_is_made_once_although_the_answer_was_lost() {
    let world = World::new().await;
    world.github.fail_next(
        1,
        "POST",
        "/repos/acme/shop/issues/1/comments",
        Failure::LoseAnswer,
    );
    let lost = world.say(None, "Queued").await;
    assert!(matches!(lost, Err(Setback::AnswerLost { .. })), "{lost:?}");
    world.say(None, "Deploying").await.unwrap();
    assert_eq!(world.comments(), [ours("Deploying")]);
    assert_eq!(world.count("POST", "/issues/1/comments"), 1);
    world.end().await;
}

#[tokio::test]
async fn a_request_that_was_lost_is_made_again() {
    let world = World::new().await;
    world.github.fail_next(
        1,
        "POST",
        "/repos/acme/shop/issues/1/comments",
        Failure::LoseRequest,
    );
    assert!(world.say(None, "Queued").await.is_err());
    world.say(None, "Queued").await.unwrap();
    assert_eq!(world.comments(), [ours("Queued")]);
    world.end().await;
}

#[tokio::test]
async fn two_comments_converge_to_the_older_one() {
    let world = World::new().await;
    // Two replicas look at the same moment, and both find nothing.
    let path = "/repos/acme/shop/issues/1/comments";
    let mut first = world.github.hold_next("POST", path);
    let mut second = world.github.hold_next("POST", path);
    let (one, two, ()) = tokio::join!(world.say(None, "one"), world.say(None, "two"), async {
        first.reached().await;
        second.reached().await;
        first.release();
        second.release();
    });
    assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
    let id = world.say(None, "Ready").await.unwrap();
    assert_eq!(world.comments(), [ours("Ready")]);
    assert_eq!(world.github.comments(1)[0].id, id.0);
    world.end().await;
}

#[tokio::test]
async fn a_comment_that_somebody_deleted_is_made_again() {
    let world = World::new().await;
    let id = world.say(None, "Ready").await.unwrap();
    world.github.as_user("alice").delete_comment(id.0);
    let again = world.say(Some(id), "Ready").await.unwrap();
    assert_ne!(again, id);
    assert_eq!(world.comments(), [ours("Ready")]);
    world.end().await;
}

#[tokio::test]
async fn somebody_elses_copy_of_the_marker_is_left_alone() {
    let world = World::new().await;
    let copy = format!("{}\nmine", mark());
    world.github.as_user("mallory").comment(1, &copy);
    world.say(None, "Ready").await.unwrap();
    let mallorys = ("mallory".to_owned(), "mine".to_owned());
    assert_eq!(world.comments(), [mallorys, ours("Ready")]);
    world.end().await;
}

#[tokio::test]
async fn our_comment_is_found_behind_many_others() {
    let world = World::new().await;
    for number in 0..120 {
        world.github.as_user("bob").comment(1, &format!("{number}"));
    }
    let id = world.say(None, "Queued").await.unwrap();
    assert_eq!(world.say(None, "Ready").await, Ok(id));
    assert_eq!(world.comments().len(), 121);
    world.end().await;
}
