//! Our own check run, and everybody's.

use crate::world::World;
use ebbtide::demo::github::{CheckRunSeen, Failure};
use ebbtide::environment::{CheckRunId, CommitSha, Setback};
use ebbtide::github::{Annotation, CheckSeen, CheckState, CheckWords, Conclusion, GitHub};

fn words(head: &CommitSha, conclusion: Option<Conclusion>) -> CheckWords {
    CheckWords {
        head: head.clone(),
        conclusion,
        title: "Deploying".to_owned(),
        summary: "Stacks are being deployed.".to_owned(),
        annotations: Vec::new(),
        details_url: Some("https://ebbtide.example/environments/pr-1-abc".to_owned()),
    }
}

impl World {
    async fn check(
        &self,
        known: Option<CheckRunId>,
        words: &CheckWords,
    ) -> Result<CheckRunId, Setback> {
        self.client
            .put_check(&self.repo, "ebbtide", "pr-1-abc", known, words)
            .await
    }

    fn run(&self, sha: &CommitSha) -> CheckRunSeen {
        let mut runs = self.github.check_runs(sha.as_str());
        assert_eq!(runs.len(), 1, "{runs:?}");
        runs.remove(0)
    }

    /// How all runs on a commit stand, the oldest first.
    fn conclusions(&self, sha: &CommitSha) -> Vec<String> {
        let mut runs = self.github.check_runs(sha.as_str());
        runs.sort_by_key(|run| run.id);
        let standing = |run: CheckRunSeen| run.conclusion.unwrap_or(run.status);
        runs.into_iter().map(standing).collect()
    }

    fn lose_the_next_run(&self) {
        let path = "/repos/acme/shop/check-runs";
        self.github.fail_next(1, "POST", path, Failure::LoseAnswer);
    }
}

#[tokio::test]
async fn a_check_runs_and_succeeds() {
    let world = World::new().await;
    let head = world.head();
    let id = world.check(None, &words(&head, None)).await.unwrap();
    assert_eq!(world.run(&head).status, "in_progress");
    let success = words(&head, Some(Conclusion::Success));
    assert_eq!(world.check(Some(id), &success).await, Ok(id));
    let run = world.run(&head);
    assert_eq!(run.conclusion.as_deref(), Some("success"));
    assert_eq!(run.external_id, "pr-1-abc");
    assert_eq!(run.details_url, success.details_url);
    world.end().await;
}

#[tokio::test]
async fn a_check_whose_answer_was_lost_is_found_by_its_external_id() {
    let world = World::new().await;
    let head = world.head();
    world.github.fail_next(
        1,
        "POST",
        "/repos/acme/shop/check-runs",
        Failure::LoseAnswer,
    );
    let lost = world.check(None, &words(&head, None)).await;
    assert!(matches!(lost, Err(Setback::AnswerLost { .. })), "{lost:?}");
    let found = world
        .check(None, &words(&head, Some(Conclusion::Neutral)))
        .await
        .unwrap();
    let run = world.run(&head);
    assert_eq!(
        (run.id, run.conclusion.as_deref()),
        (found.0, Some("neutral"))
    );
    world.end().await;
}

#[tokio::test]
async fn what_has_concluded_is_not_cancelled() {
    let world = World::new().await;
    let head = world.head();
    let cancelled = words(&head, Some(Conclusion::Cancelled));
    let id = world.check(None, &words(&head, None)).await.unwrap();
    world
        .check(Some(id), &words(&head, Some(Conclusion::Success)))
        .await
        .unwrap();
    assert_eq!(world.check(Some(id), &cancelled).await, Ok(id));
    assert_eq!(world.run(&head).conclusion.as_deref(), Some("success"));
    // A retry runs again, as another run, and that can be cancelled.
    let again = world.check(Some(id), &words(&head, None)).await.unwrap();
    assert_eq!(world.check(Some(again), &cancelled).await, Ok(again));
    assert_eq!(world.conclusions(&head), ["success", "cancelled"]);
    world.end().await;
}

#[tokio::test]
async fn what_has_concluded_runs_again_as_a_run_of_its_own() {
    let world = World::new().await;
    let head = world.head();
    let failure = words(&head, Some(Conclusion::Failure));
    let first = world.check(None, &failure).await.unwrap();
    assert_eq!(world.check(Some(first), &failure).await, Ok(first));
    let again = world.check(Some(first), &words(&head, None)).await.unwrap();
    assert_ne!(again, first);
    assert_eq!(world.conclusions(&head), ["failure", "in_progress"]);
    let success = words(&head, Some(Conclusion::Success));
    assert_eq!(world.check(Some(again), &success).await, Ok(again));
    assert_eq!(world.conclusions(&head), ["failure", "success"]);
    world.end().await;
}

#[tokio::test]
async fn a_further_run_whose_answer_was_lost_is_found_again() {
    let world = World::new().await;
    let head = world.head();
    let failure = words(&head, Some(Conclusion::Failure));
    let first = world.check(None, &failure).await.unwrap();
    world.lose_the_next_run();
    let lost = world.check(Some(first), &words(&head, None)).await;
    assert!(matches!(lost, Err(Setback::AnswerLost { .. })), "{lost:?}");
    let found = world.check(Some(first), &words(&head, None)).await.unwrap();
    assert_ne!(found, first);
    assert_eq!(world.conclusions(&head), ["failure", "in_progress"]);
    world.end().await;
}

#[tokio::test]
async fn a_push_ends_a_further_run_whose_answer_was_lost() {
    let world = World::new().await;
    let before = world.head();
    let failure = words(&before, Some(Conclusion::Failure));
    let first = world.check(None, &failure).await.unwrap();
    world.lose_the_next_run();
    let lost = world.check(Some(first), &words(&before, None)).await;
    assert!(matches!(lost, Err(Setback::AnswerLost { .. })), "{lost:?}");
    world
        .github
        .as_user("alice")
        .push("tea", [("tea.txt", "green tea\n")]);
    let head = world.head();
    world.check(Some(first), &words(&head, None)).await.unwrap();
    assert_eq!(world.conclusions(&before), ["failure", "cancelled"]);
    assert_eq!(world.conclusions(&head), ["in_progress"]);
    world.end().await;
}

#[tokio::test]
async fn a_push_gets_a_run_of_its_own_and_ends_the_older_one() {
    let world = World::new().await;
    let before = world.head();
    let old = world.check(None, &words(&before, None)).await.unwrap();
    world
        .github
        .as_user("alice")
        .push("tea", [("tea.txt", "green tea\n")]);
    let head = world.head();
    let new = world.check(Some(old), &words(&head, None)).await.unwrap();
    assert_ne!(new, old);
    assert_eq!(world.run(&head).status, "in_progress");
    let older = world.run(&before);
    assert_eq!(older.conclusion.as_deref(), Some("cancelled"));
    assert_eq!(older.title.as_deref(), Some("Superseded"));
    world.end().await;
}

#[tokio::test]
async fn annotations_are_sent_once_and_fifty_at_most() {
    let world = World::new().await;
    let head = world.head();
    let mut bad = words(&head, Some(Conclusion::Failure));
    bad.annotations = (1..=60)
        .map(|line| Annotation {
            path: ".ebbtide.yml".to_owned(),
            line,
            message: "not a known key".to_owned(),
        })
        .collect();
    let id = world.check(None, &bad).await.unwrap();
    world.check(Some(id), &bad).await.unwrap();
    assert_eq!(world.run(&head).annotations.len(), 50);
    world.end().await;
}

#[tokio::test]
async fn the_checks_of_others_are_seen_by_name_without_our_own() {
    let world = World::new().await;
    let head = world.head();
    let sha = head.as_str();
    world.check(None, &words(&head, None)).await.unwrap();
    world.github.set_check(sha, "build", Some("failure"));
    world.github.set_check(sha, "build", Some("success"));
    world.github.set_check(sha, "lint", None);
    world.github.set_status(sha, "ci/legacy", "success");
    world.github.set_status(sha, "ci/legacy", "error");
    world.github.set_status(sha, "ci/slow", "pending");
    let seen = world.client.checks(&world.repo, &head).await.unwrap();
    let expected = [
        ("build", CheckState::Green),
        ("lint", CheckState::Pending),
        ("ci/legacy", CheckState::Red),
        ("ci/slow", CheckState::Pending),
    ];
    let mut seen: Vec<CheckSeen> = seen;
    seen.sort_by(|one, other| one.name.cmp(&other.name));
    let mut expected = expected.map(|(name, state)| CheckSeen {
        name: name.to_owned(),
        state,
    });
    expected.sort_by(|one, other| one.name.cmp(&other.name));
    assert_eq!(seen, expected);
    world.end().await;
}
