//! Templates too large for a request.

use crate::templates::QUEUE;
use crate::world::{World, create, update};
use ebbtide::environment::StackStatus;

fn large() -> String {
    format!("# {}\n{QUEUE}", "x".repeat(51_200))
}

#[tokio::test]
async fn a_large_template_goes_through_a_bucket_of_which_nothing_is_left() {
    let world = World::new().await;
    let at = world.account().await;
    let stacks = &world.cloud.stacks;

    let stack = world.deploy(&at, &create(&large())).await;
    assert_eq!(stack.status, StackStatus::CreateComplete);
    // The bucket is there already.
    stacks.plan(&at, &update("second", &large())).await.unwrap();
    assert_eq!(world.proxy.count("PutObject"), 2);
    assert_eq!(world.proxy.count("PutPublicAccessBlock"), 2);

    stacks.sweep_uploads(&at).await.unwrap();
    assert_eq!(world.proxy.count("DeleteBucket"), 1);
    stacks.sweep_uploads(&at).await.unwrap();
    assert_eq!(
        world.proxy.count("DeleteBucket"),
        1,
        "there is no bucket any more"
    );
}

#[tokio::test]
async fn a_small_template_needs_no_bucket() {
    let world = World::new().await;
    let at = world.account().await;

    world.cloud.stacks.plan(&at, &create(QUEUE)).await.unwrap();

    assert_eq!(world.proxy.count("CreateBucket"), 0);
}

#[tokio::test]
async fn a_template_that_is_too_large_is_refused_before_anything_is_made() {
    let world = World::new().await;
    let at = world.account().await;

    let answer = world
        .cloud
        .stacks
        .plan(&at, &create(&"#".repeat(1_000_001)))
        .await;

    assert_eq!(
        answer.unwrap_err().to_string(),
        "the template has 1000001 bytes and CloudFormation takes 1000000 at most; split it into several stacks"
    );
    assert_eq!(world.proxy.count("CreateBucket"), 0);
}
