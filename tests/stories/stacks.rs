//! Several stacks: in the order of their needs, side by side where they can.

use crate::files::{QUEUE, SLOW, large, one_stack};
use crate::world::Setup;

const THREE: &str = "
stacks:
  network:
    template: slow.yaml
  worker:
    template: slow.yaml
  app:
    template: app.yaml
    parameters:
      Source: ${{ stacks.network.outputs.Name }}
      Commit: ${{ sha }}
outputs:
  App: ${{ stacks.app.outputs.Name }}
";

const APP: &str = "
Parameters:
  Source: {Type: String}
  Commit: {Type: String}
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub 'from-${Source}'}}
Outputs:
  Name: {Value: !GetAtt Queue.QueueName}
";

/// Two of them wait until they are let go, so their queues have no names of their own.
fn three() -> [(&'static str, String); 3] {
    let slow = SLOW.replace(", Properties: {QueueName: first}", "");
    [
        (".ebbtide.yml", THREE.to_owned()),
        ("slow.yaml", slow),
        ("app.yaml", APP.replace("from-${Source}", "app-${Commit}")),
    ]
}

pub async fn rise_side_by_side_and_fall_in_reverse(setup: Setup) {
    let world = setup.with_shop(three()).await;
    let alice = world.github.as_user("alice");

    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world
        .until("at work on both", async |world| {
            let stacks = world.stacks().await;
            stacks
                == [
                    "ebbtide-pr-1-ID-1-network CREATE_IN_PROGRESS",
                    "ebbtide-pr-1-ID-1-worker CREATE_IN_PROGRESS",
                ]
        })
        .await;
    world.release("worker").await;
    world
        .until("done with one", async |world| {
            world.stacks().await
                == [
                    "ebbtide-pr-1-ID-1-network CREATE_IN_PROGRESS",
                    "ebbtide-pr-1-ID-1-worker CREATE_COMPLETE",
                ]
        })
        .await;
    world
        .until("told", async |world| {
            world.comment(tea).contains("| `worker` | created |")
        })
        .await;
    said!(world.comment(tea), @r"
    <!-- ebbtide:environment=pr-1-ID -->
    ### 🌊 Preview environment · Deploying

    The stacks of this commit are being deployed.

    | Commit | [`SHORT`](https://github/acme/shop/commit/COMMIT) |
    | :-- | :-- |
    | Region | `eu-central-1` |
    | Ends | MOMENT, 24 h after the last push |

    | Stack | State | Changes |
    | :-- | :-- | :-- |
    | `network` | creating | 4 added |
    | `app` | waiting |  |
    | `worker` | created | 4 added |

    <details>
    <summary>6 resources in 2 stacks</summary>

    | Stack | Resource | Type | State |
    | :-- | :-- | :-- | :-- |
    | `network` | `Handle` | `AWS::CloudFormation::WaitConditionHandle` | create complete |
    | `network` | `Queue` | `AWS::SQS::Queue` | create complete |
    | `worker` | `Handle` | `AWS::CloudFormation::WaitConditionHandle` | create complete |
    | `worker` | `Queue` | `AWS::SQS::Queue` | create complete |
    | `worker` | `Wait` | `AWS::CloudFormation::WaitCondition` | create complete |
    | `worker` | `Last` | `AWS::SQS::Queue` | create complete |

    </details>

    <sub>`pr-1-ID` · [timeline](https://ebbtide.example/environments/pr-1-ID) · deleted when this pull request is merged or closed</sub>
    ");

    world.release("network").await;
    world.settle().await;
    assert_eq!(world.verdict(tea), "success: Ready");
    said!(world.comment(tea), @r"
    <!-- ebbtide:environment=pr-1-ID -->
    ### 🌊 Preview environment · Ready

    Everything is deployed.

    | `App` | `app-COMMIT` |
    | :-- | :-- |
    | Commit | [`SHORT`](https://github/acme/shop/commit/COMMIT) |
    | Region | `eu-central-1` |
    | Ends | MOMENT, 24 h after the last push |
    | Last deployment | `network`: 4 added<br>`app`: 1 added<br>`worker`: 4 added |

    <details>
    <summary>9 resources in 3 stacks</summary>

    | Stack | Resource | Type | State |
    | :-- | :-- | :-- | :-- |
    | `network` | `Handle` | `AWS::CloudFormation::WaitConditionHandle` | create complete |
    | `network` | `Queue` | `AWS::SQS::Queue` | create complete |
    | `network` | `Wait` | `AWS::CloudFormation::WaitCondition` | create complete |
    | `network` | `Last` | `AWS::SQS::Queue` | create complete |
    | `app` | `Queue` | `AWS::SQS::Queue` | create complete |
    | `worker` | `Handle` | `AWS::CloudFormation::WaitConditionHandle` | create complete |
    | `worker` | `Queue` | `AWS::SQS::Queue` | create complete |
    | `worker` | `Wait` | `AWS::CloudFormation::WaitCondition` | create complete |
    | `worker` | `Last` | `AWS::SQS::Queue` | create complete |

    </details>

    <sub>`pr-1-ID` · [timeline](https://ebbtide.example/environments/pr-1-ID) · deleted when this pull request is merged or closed</sub>
    ");

    alice.merge(tea);
    world.settle().await;
    let steps = world.steps(tea).await;
    let fall = |stack: &str| {
        let line = format!("{stack}: no stack");
        steps.iter().rposition(|step| *step == line).expect("gone")
    };
    assert!(fall("app") < fall("network"), "{steps:#?}");
    world.ends_pristine().await;
}

pub async fn one_is_taken_from_the_file_and_another_one_comes(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;

    let file = "stacks: {other: {template: app.yaml}}\n";
    let renamed = QUEUE.replace("first", "second");
    alice.push("tea", [(".ebbtide.yml", file), ("app.yaml", &renamed)]);
    world.settle().await;
    assert_eq!(world.verdict(tea), "success: Ready");
    assert_eq!(
        world.stacks().await,
        ["ebbtide-pr-1-ID-1-other CREATE_COMPLETE"]
    );

    alice.merge(tea);
    world.settle().await;
    world.ends_pristine().await;
}

pub async fn large_template_goes_through_a_bucket_that_goes_at_the_end(setup: Setup) {
    let [file, _] = one_stack();
    let template = large();
    let world = setup.with_shop([file, ("app.yaml", &template)]).await;
    let alice = world.github.as_user("alice");

    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;
    assert_eq!(world.verdict(tea), "success: Ready");
    let held = world.sandbox.held(&world.account().await).await;
    assert_eq!(held["bucket"].len(), 1, "{held:?}");

    alice.merge(tea);
    world.settle().await;
    world.ends_pristine().await;
}
