//! Deployments and their statuses.

use crate::world::World;
use ebbtide::demo::github::Failure;
use ebbtide::environment::{CommitSha, DeploymentId, Setback};
use ebbtide::github::{DeploymentState, DeploymentWords, GitHub};

fn words(head: &CommitSha, state: DeploymentState) -> DeploymentWords {
    let url = (state == DeploymentState::Success).then(|| "https://shop.example/".to_owned());
    DeploymentWords {
        head: head.clone(),
        environment: "ebbtide/pr-1".to_owned(),
        state,
        description: format!("{state:?}"),
        environment_url: url,
        log_url: Some("https://ebbtide.example/environments/pr-1-abc".to_owned()),
    }
}

impl World {
    async fn deploy(
        &self,
        known: Option<DeploymentId>,
        head: &CommitSha,
        state: DeploymentState,
    ) -> Result<DeploymentId, Setback> {
        self.client
            .put_deployment(&self.repo, known, &words(head, state))
            .await
    }

    /// The states of each Deployment, oldest first, by the order in which they were made.
    fn states(&self) -> Vec<Vec<String>> {
        let mut all = self.github.deployments();
        all.sort_by_key(|one| one.id);
        all.into_iter().map(|one| one.states).collect()
    }
}

#[tokio::test]
async fn a_deployment_goes_its_way_and_says_nothing_twice() {
    use DeploymentState::{InProgress, Inactive, Queued, Success};
    let world = World::new().await;
    let head = world.head();
    let id = world.deploy(None, &head, Queued).await.unwrap();
    for state in [Queued, InProgress, InProgress, Success, Success] {
        assert_eq!(world.deploy(Some(id), &head, state).await, Ok(id));
    }
    let seen = world.github.deployments().remove(0);
    assert_eq!(seen.states, ["queued", "in_progress", "success"]);
    assert_eq!(seen.environment_url, "https://shop.example/");
    assert!(seen.transient);
    world.deploy(Some(id), &head, Inactive).await.unwrap();
    assert_eq!(world.github.deployments()[0].state(), "inactive");
    world.end().await;
}

#[tokio::test]
async fn a_deployment_whose_answer_was_lost_is_found_again() {
    let world = World::new().await;
    let head = world.head();
    // Both the Deployment and its first status.
    for _ in 0..2 {
        world.github.fail_next(
            1,
            "POST",
            "/repos/acme/shop/deployments",
            Failure::LoseAnswer,
        );
        let lost = world.deploy(None, &head, DeploymentState::Queued).await;
        assert!(matches!(lost, Err(Setback::AnswerLost { .. })), "{lost:?}");
    }
    world
        .deploy(None, &head, DeploymentState::Queued)
        .await
        .unwrap();
    assert_eq!(world.states(), [["queued"]]);
    world.end().await;
}

#[tokio::test]
async fn a_pending_check_does_not_stop_it() {
    let world = World::new().await;
    let head = world.head();
    world.github.set_check(head.as_str(), "build", None);
    world.github.set_status(head.as_str(), "ci/slow", "failure");
    world
        .deploy(None, &head, DeploymentState::Queued)
        .await
        .unwrap();
    assert_eq!(world.states(), [["queued"]]);
    world.end().await;
}

#[tokio::test]
async fn a_success_ends_the_deployments_before_it() {
    use DeploymentState::{Failure, Success};
    let world = World::new().await;
    let first = world.head();
    let known = world.deploy(None, &first, Success).await.unwrap();
    let push = |text: &str| {
        let files = [("tea.txt".to_owned(), text.to_owned())];
        world.github.as_user("alice").push("tea", files);
        world.head()
    };
    let second = push("green\n");
    world.deploy(Some(known), &second, Failure).await.unwrap();
    assert_eq!(world.states(), [vec!["success"], vec!["failure"]]);
    let third = push("black\n");
    world.deploy(Some(known), &third, Success).await.unwrap();
    world.deploy(Some(known), &third, Success).await.unwrap();
    assert_eq!(
        world.states(),
        [
            vec!["success", "inactive"],
            vec!["failure", "inactive"],
            vec!["success"]
        ]
    );
    world.end().await;
}
