//! Stacks that fail, and what mends them.

use crate::files::{FAILING, QUEUE, TWO_QUEUES, one_stack};
use crate::world::Setup;

pub async fn first_failure_is_told_and_a_re_run_tries_again(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");

    let tea = alice.open_pull_request("Sell tea", "tea", [("app.yaml", FAILING)]);
    world.settle().await;
    said!(world.comment(tea), @r"
    <!-- ebbtide:environment=pr-1-ID -->
    ### 🌊 Preview environment · Failed

    The stack `app` failed at `NeverReady` (`AWS::CloudFormation::WaitCondition`):

    > `WaitCondition timed out. Received 0 conditions when expecting 1`

    Push a fix, or re-run the check to try again.

    | Commit | [`SHORT`](https://github/acme/shop/commit/COMMIT) |
    | :-- | :-- |
    | Region | `eu-central-1` |
    | Ends | MOMENT, 24 h after the last push |

    | Stack | State | Changes |
    | :-- | :-- | :-- |
    | `app` | failed | 3 added |

    <sub>`pr-1-ID` · [timeline](https://ebbtide.example/environments/pr-1-ID) · deleted when this pull request is merged or closed</sub>
    ");
    said!(world.verdict(tea), @"failure: app failed at NeverReady: WaitCondition timed out. Received 0 conditions when expecting 1");
    assert_eq!(world.github.deployments()[0].state(), "failure");
    assert_eq!(
        world.stacks().await,
        ["ebbtide-pr-1-ID-1-app ROLLBACK_COMPLETE"]
    );
    let planned = world.proxy.count("CreateChangeSet");

    alice.rerequest_check(world.check(tea).id);
    world.settle().await;
    assert!(
        world.proxy.count("CreateChangeSet") > planned,
        "tried again"
    );
    assert_eq!(world.check(tea).conclusion.as_deref(), Some("failure"));

    // A template that is mended replaces the wreck.
    alice.push("tea", [("app.yaml", QUEUE)]);
    world.settle().await;
    assert_eq!(world.verdict(tea), "success: Ready");
    said!(world.told(tea), @r"
    ### 🌊 Preview environment · Ready
    Everything is deployed.
    ");

    alice.merge(tea);
    world.settle().await;
    world.ends_pristine().await;
}

pub async fn failed_update_is_told_and_mended_by_a_push(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;

    alice.push("tea", [("app.yaml", FAILING)]);
    world.settle().await;
    said!(world.told(tea), @r"
    ### 🌊 Preview environment · Failed
    The stack `app` failed at `NeverReady` (`AWS::CloudFormation::WaitCondition`):
    > `WaitCondition timed out. Received 0 conditions when expecting 1`
    Push a fix, or re-run the check to try again.
    ");
    said!(world.verdict(tea), @"failure: app failed at NeverReady: WaitCondition timed out. Received 0 conditions when expecting 1");
    assert_eq!(
        world.stacks().await,
        ["ebbtide-pr-1-ID-1-app UPDATE_ROLLBACK_COMPLETE"]
    );

    // Back to what runs: the stack stands as it was, so there is nothing to change.
    alice.push("tea", [("app.yaml", QUEUE)]);
    world.settle().await;
    assert_eq!(world.verdict(tea), "success: Ready");

    alice.push("tea", [("app.yaml", TWO_QUEUES)]);
    world.settle().await;
    assert_eq!(world.verdict(tea), "success: Ready");

    alice.merge(tea);
    world.settle().await;
    world.ends_pristine().await;
}

pub async fn template_that_aws_refuses_is_told(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");

    let unknown = QUEUE.replace("AWS::SQS::Queue", "AWS::Nothing::Here");
    let tea = alice.open_pull_request("Sell tea", "tea", [("app.yaml", unknown)]);
    world.settle().await;
    said!(world.told(tea), @r"
    ### 🌊 Preview environment · Failed
    The stack `app` failed:
    > `AWS refused CreateChangeSet: Template format error: Unrecognized resource types: [AWS::Nothing::Here] (ValidationError)`
    Push a fix, or re-run the check to try again.
    ");
    assert_eq!(world.check(tea).conclusion.as_deref(), Some("failure"));

    alice.close(tea);
    world.settle().await;
    world.ends_pristine().await;
}
