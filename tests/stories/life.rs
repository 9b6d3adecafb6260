//! The whole life of an environment, from opened to merged.

use crate::files::{TWO_QUEUES, one_stack};
use crate::world::{Setup, SHOP};

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
    assert_eq!(world.verdict(tea), "success: Ready");
    let first = world.github.deployments().remove(0);

    alice.push("tea", [("app.yaml", TWO_QUEUES)]);
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

    alice.push("tea", [("tea.txt", "green tea\n")]);
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

    alice.merge(tea);
    world.settle().await;
    said!(world.comment(tea), @r"
    <!-- ebbtide:environment=pr-1-ID -->
    ### 🌊 Preview environment · Ended

    Everything is deleted: the pull request was merged. It lived A WHILE.

    | Commit | [`SHORT`](https://github/acme/shop/commit/COMMIT) |
    | :-- | :-- |

    <sub>`pr-1-ID` · [timeline](https://ebbtide.example/environments/pr-1-ID)</sub>
    ");
    let _ = (first, SHOP);
    world.is_pristine().await;
}
