//! The real binary, killed by SIGKILL again and again while environments live, and started again each time.
//!
//! When a process dies is counted in its calls to AWS, from a seed: between two of them, or in the middle of
//! one. What an undisturbed life ends in, a disturbed one ends in too: the same words, one comment, one
//! account each, nothing left.
//!
//! In [`emptying`] accounts hold what people left in them, and the process dies while that is deleted.

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/databases.rs"]
mod databases;
#[path = "../support/front.rs"]
#[expect(dead_code, reason = "shared with the stories, and each uses a part")]
mod front;
#[path = "../support/plain.rs"]
mod plain;
#[path = "../support/sandbox.rs"]
#[expect(dead_code, reason = "shared with the stories, and each uses a part")]
mod sandbox;

mod emptying;
mod executioner;
mod process;
mod world;

use executioner::{ALL_THE_TIME, Executioner};
use world::{World, files, second_files};

#[tokio::test]
async fn undisturbed_on_sqlite() {
    lives(
        World::new(databases::sqlite().await).await,
        Executioner::idle(),
    )
    .await;
}

#[tokio::test]
async fn killed_on_sqlite() {
    for seed in seeds(&[1, 2]) {
        let world = World::new(databases::sqlite().await).await;
        lives(world, Executioner::seeded(seed, &ALL_THE_TIME)).await;
    }
}

#[tokio::test]
async fn killed_on_postgres() {
    for seed in seeds(&[3, 4]) {
        let world = World::new(databases::postgres().await).await;
        lives(world, Executioner::seeded(seed, &ALL_THE_TIME)).await;
    }
}

/// These, or as many as `EBBTIDE_TEST_SEEDS` says: `EBBTIDE_TEST_SEEDS=10..50` for a longer hunt.
fn seeds(usual: &[u64]) -> Vec<u64> {
    let Ok(range) = std::env::var("EBBTIDE_TEST_SEEDS") else {
        return usual.to_vec();
    };
    let (from, to) = range.split_once("..").expect("a range such as 10..50");
    let number = |text: &str| text.parse().expect("a number");
    (number(from)..number(to)).collect()
}

/// Three pull requests side by side: opened, pushed to, merged.
async fn lives(mut world: World, executioner: Executioner) {
    world.meet(executioner);
    world.shop(files());
    let alice = world.github.as_user("alice");
    let wares = ["tea", "jam", "ham"];

    let numbers: Vec<u64> = wares
        .iter()
        .map(|ware| alice.open_pull_request(&format!("Sell {ware}"), ware, [(*ware, "some\n")]))
        .collect();
    world.until_all(&numbers, "Ready").await;
    for number in &numbers {
        insta::allow_duplicates! {
            insta::assert_snapshot!(world.comment(*number), @r"
            <!-- ebbtide:environment=pr-N-ID -->
            ### 🌊 Preview environment · Ready

            Everything is deployed.

            | `App` | `for-store` |
            | :-- | :-- |
            | Commit | [`SHORT`](https://github/acme/shop/commit/COMMIT) |
            | Region | `eu-central-1` |
            | Ends | MOMENT, 48 h after the last push |
            | Last deployment | `store`: 1 added<br>`app`: 1 added |

            <details>
            <summary>2 resources in 2 stacks</summary>

            | Stack | Resource | Type | State |
            | :-- | :-- | :-- | :-- |
            | `store` | `Queue` | `AWS::SQS::Queue` | create complete |
            | `app` | `Queue` | `AWS::SQS::Queue` | create complete |

            </details>

            <sub>`pr-N-ID` · deleted when this pull request is merged or closed</sub>
            ");
        }
        assert_eq!(world.verdict(*number), "success: Ready");
    }

    for ware in wares {
        alice.push(ware, second_files());
    }
    world.until_all(&numbers, "Ready").await;
    for number in &numbers {
        insta::allow_duplicates! {
            insta::assert_snapshot!(world.comment(*number), @r"
            <!-- ebbtide:environment=pr-N-ID -->
            ### 🌊 Preview environment · Ready

            Everything is deployed.

            | `App` | `for-store` |
            | :-- | :-- |
            | Commit | [`SHORT`](https://github/acme/shop/commit/COMMIT) |
            | Region | `eu-central-1` |
            | Ends | MOMENT, 48 h after the last push |
            | Last deployment | `store`: 1 added<br>`app`: no changes |

            <details>
            <summary>3 resources in 2 stacks</summary>

            | Stack | Resource | Type | State |
            | :-- | :-- | :-- | :-- |
            | `store` | `Queue` | `AWS::SQS::Queue` | update complete |
            | `store` | `Second` | `AWS::SQS::Queue` | update complete |
            | `app` | `Queue` | `AWS::SQS::Queue` | create complete |

            </details>

            <sub>`pr-N-ID` · deleted when this pull request is merged or closed</sub>
            ");
        }
        assert_eq!(world.verdict(*number), "success: Ready");
    }

    for number in &numbers {
        alice.merge(*number);
    }
    world.until_all(&numbers, "Ended").await;
    for number in &numbers {
        insta::allow_duplicates! {
            insta::assert_snapshot!(world.comment(*number), @r"
            <!-- ebbtide:environment=pr-N-ID -->
            ### 🌊 Preview environment · Ended

            Everything is deleted: the pull request was merged. It lived A WHILE.

            | Commit | [`SHORT`](https://github/acme/shop/commit/COMMIT) |
            | :-- | :-- |

            <sub>`pr-N-ID`</sub>
            ");
        }
    }
    world.ends_pristine(numbers.len()).await;
}
