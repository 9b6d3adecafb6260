//! The whole life of an environment, from opened to merged.

use crate::files::{QUEUE_IN_OTHER_WORDS, TWO_QUEUES, one_stack};
use crate::world::Setup;

pub async fn opened_pushed_to_and_merged(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");

    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;
    said!(world.comment(tea), @r"
    <!-- ebbtide:environment=pr-1-ID -->
    ### 🌊 Preview environment · Ready

    Everything is deployed.

    | URL | <https://first.example/> |
    | :-- | :-- |
    | `Queue` | `first` |
    | Commit | [`SHORT`](https://github/acme/shop/commit/COMMIT) |
    | Region | `eu-central-1` |
    | Ends | MOMENT, 24 h after the last push |
    | Last deployment | `app`: 1 added |

    <details>
    <summary>1 resource in 1 stack</summary>

    | Stack | Resource | Type | State |
    | :-- | :-- | :-- | :-- |
    | `app` | `Queue` | `AWS::SQS::Queue` | create complete |

    </details>

    <sub>`pr-1-ID` · [timeline](https://ebbtide.example/environments/pr-1-ID) · deleted when this pull request is merged or closed</sub>
    ");
    said!(world.check(tea).summary.map(|text| world.plain(&text)).unwrap_or_default(), @r"
    Everything is deployed.

    | URL | <https://first.example/> |
    | :-- | :-- |
    | `Queue` | `first` |
    | Commit | [`SHORT`](https://github/acme/shop/commit/COMMIT) |
    | Region | `eu-central-1` |
    | Ends | MOMENT, 24 h after the last push |
    | Last deployment | `app`: 1 added |
    ");
    assert_eq!(world.verdict(tea), "success: Ready");
    let first = world.head(tea);
    let deployments = world.github.deployments();
    assert_eq!(deployments.len(), 1);
    assert_eq!(deployments[0].sha, first);
    assert_eq!(deployments[0].environment, "ebbtide/pr-1");
    assert!(deployments[0].transient);
    assert_eq!(deployments[0].state(), "success");
    assert_eq!(deployments[0].environment_url, "https://first.example/");
    let account = world.account().await;
    assert_eq!(world.sandbox.held(&account).await["queue"].len(), 1);

    let second = alice.push("tea", [("app.yaml", TWO_QUEUES)]);
    world.settle().await;
    said!(world.comment(tea), @r"
    <!-- ebbtide:environment=pr-1-ID -->
    ### 🌊 Preview environment · Ready

    Everything is deployed.

    | URL | <https://first.example/> |
    | :-- | :-- |
    | `Queue` | `first` |
    | Commit | [`SHORT`](https://github/acme/shop/commit/COMMIT) |
    | Region | `eu-central-1` |
    | Ends | MOMENT, 24 h after the last push |
    | Last deployment | `app`: 1 added |

    <details>
    <summary>2 resources in 1 stack</summary>

    | Stack | Resource | Type | State |
    | :-- | :-- | :-- | :-- |
    | `app` | `Queue` | `AWS::SQS::Queue` | update complete |
    | `app` | `Second` | `AWS::SQS::Queue` | update complete |

    </details>

    <sub>`pr-1-ID` · [timeline](https://ebbtide.example/environments/pr-1-ID) · deleted when this pull request is merged or closed</sub>
    ");
    assert_eq!(world.verdict(tea), "success: Ready");
    assert_eq!(world.sandbox.held(&account).await["queue"].len(), 2);
    let states: Vec<(String, String)> = world
        .github
        .deployments()
        .into_iter()
        .map(|one| (one.sha.clone(), one.state().to_owned()))
        .collect();
    assert_eq!(
        states,
        [
            (first, "inactive".to_owned()),
            (second, "success".to_owned())
        ]
    );

    alice.merge(tea);
    world.settle().await;
    said!(world.comment(tea), @r"
    <!-- ebbtide:environment=pr-1-ID -->
    ### 🌊 Preview environment · Ended

    Everything is deleted: the pull request was merged. It lived A WHILE.

    Its account was proven empty in A WHILE: certificate `acct-ID-1`.

    | Commit | [`SHORT`](https://github/acme/shop/commit/COMMIT) |
    | :-- | :-- |

    <sub>`pr-1-ID` · [timeline](https://ebbtide.example/environments/pr-1-ID)</sub>
    ");
    assert_eq!(world.verdict(tea), "success: Ready");
    for deployment in world.github.deployments() {
        assert_eq!(deployment.state(), "inactive");
    }
    world.ends_pristine().await;
}

pub async fn push_that_changes_nothing_is_a_success(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;

    alice.push("tea", [("app.yaml", QUEUE_IN_OTHER_WORDS)]);
    world.settle().await;
    assert_eq!(world.verdict(tea), "success: Ready");
    said!(world.told(tea), @r"
    ### 🌊 Preview environment · Ready
    Everything is deployed.
    ");
    assert!(
        world
            .comment(tea)
            .contains("| Last deployment | `app`: no changes |")
    );

    // Not even a template changes: there is nothing to ask AWS for.
    let before = world.proxy.count("CreateChangeSet");
    alice.push("tea", [("tea.txt", "green tea\n")]);
    world.settle().await;
    assert_eq!(world.proxy.count("CreateChangeSet"), before);
    assert_eq!(world.verdict(tea), "success: Ready");

    alice.close(tea);
    world.settle().await;
    said!(world.told(tea), @r"
    ### 🌊 Preview environment · Ended
    Everything is deleted: the pull request was closed. It lived A WHILE.
    Its account was proven empty in A WHILE: certificate `acct-ID-1`.
    ");
    world.ends_pristine().await;
}

pub async fn forced_back_to_an_earlier_commit(setup: Setup) {
    let world = setup.with_shop(one_stack()).await;
    let alice = world.github.as_user("alice");
    let tea = alice.open_pull_request("Sell tea", "tea", [("tea.txt", "tea\n")]);
    world.settle().await;
    let first = world.head(tea);
    alice.push("tea", [("app.yaml", TWO_QUEUES)]);
    world.settle().await;

    // The same stack for the same commit as before: AWS must not take it for a repeat of the old call.
    alice.force_push("tea", &first);
    world.settle().await;
    assert_eq!(world.verdict(tea), "success: Ready");
    let held = world.sandbox.held(&world.account().await).await;
    assert_eq!(held["queue"].len(), 1, "{held:?}");
    let incarnation = world.environment(tea).await.incarnation;
    assert_eq!(
        incarnation.expect("alive").change_sets,
        3,
        "a name for each"
    );

    alice.close(tea);
    world.settle().await;
    world.ends_pristine().await;
}
