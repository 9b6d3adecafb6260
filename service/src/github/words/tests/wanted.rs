//! While an environment is wanted, from the first look until it is ready.

use super::super::fixtures::{BEFORE, changes, environment};
use super::{aloud, ready};
use crate::environment::{Gate, HealthVerdict, StackStatus};
use insta::assert_snapshot;

#[test]
fn nobody_has_looked_yet() {
    assert_snapshot!(aloud(&environment()), @"
    -

    CHECK -
    DEPLOYMENT -
    URGENCY Progress
    ");
}

#[test]
fn whether_there_is_a_file_is_not_known_yet() {
    assert_snapshot!(aloud(&environment().wanted()), @"
    -

    CHECK -
    DEPLOYMENT -
    URGENCY Progress
    ");
}

#[test]
fn a_push_is_being_read() {
    assert_snapshot!(aloud(&environment().wanted().deployed_at(BEFORE).with_url("https://shop.example").said()), @"
    <!-- ebbtide:environment=pr-42-k3f9zq -->
    ### 🌊 Preview environment · Reading

    Reading `.ebbtide.yml` at this commit.

    | URL | <https://shop.example/> |
    | :-- | :-- |
    | Commit | [`2222222`](https://github.com/acme/shop/commit/2222222222222222222222222222222222222222) |
    | Ready before | [`1111111`](https://github.com/acme/shop/commit/1111111111111111111111111111111111111111) |
    | Region | `eu-west-1` |

    <details>
    <summary>3 resources in 2 stacks</summary>

    | Stack | Resource | Type | State |
    | :-- | :-- | :-- | :-- |
    | `network` | `Vpc` | `AWS::EC2::VPC` | create complete |
    | `app` | `Jobs` | `AWS::SQS::Queue` | update complete |
    | `app` | `Worker` | `AWS::Lambda::Function` | update complete |

    </details>

    <sub>`pr-42-k3f9zq` · [timeline](https://ebbtide.example/environments/pr-42-k3f9zq) · deleted when this pull request is merged or closed</sub>

    CHECK in progress on 2222222: Reading
    DEPLOYMENT -
    URGENCY Progress
    ");
}

#[test]
fn waiting_for_checks() {
    let on = vec!["build".to_owned(), "unit tests".to_owned()];
    assert_snapshot!(aloud(&environment().wanted().read().gated(Gate::Waiting { on })), @"
    <!-- ebbtide:environment=pr-42-k3f9zq -->
    ### 🌊 Preview environment · Waiting for checks

    This commit is deployed as soon as `build` and `unit tests` are green.

    | Commit | [`2222222`](https://github.com/acme/shop/commit/2222222222222222222222222222222222222222) |
    | :-- | :-- |
    | Region | `eu-west-1` |
    | Ends | 2026-11-22 22:18 UTC, 48 h after the last push |

    <sub>`pr-42-k3f9zq` · [timeline](https://ebbtide.example/environments/pr-42-k3f9zq) · deleted when this pull request is merged or closed</sub>

    CHECK in progress on 2222222: Waiting for build and unit tests
    DEPLOYMENT -
    URGENCY Progress
    ");
}

#[test]
fn queued() {
    assert_snapshot!(aloud(&environment().wanted().read().queued_at(3)), @"
    <!-- ebbtide:environment=pr-42-k3f9zq -->
    ### 🌊 Preview environment · Queued

    3rd in the queue for an account.

    | Commit | [`2222222`](https://github.com/acme/shop/commit/2222222222222222222222222222222222222222) |
    | :-- | :-- |
    | Region | `eu-west-1` |
    | Ends | 2026-11-22 22:18 UTC, 48 h after the last push |

    <sub>`pr-42-k3f9zq` · [timeline](https://ebbtide.example/environments/pr-42-k3f9zq) · deleted when this pull request is merged or closed</sub>

    CHECK in progress on 2222222: 3rd in the queue for an account
    DEPLOYMENT Queued: Waiting for an account
    URGENCY Progress
    ");
}

#[test]
fn deploying() {
    let fixture = environment()
        .wanted()
        .read()
        .private()
        .started()
        .with_planned_stack("app", &["network"])
        .with_planned_stack("network", &[])
        .with_planned_stack("reports", &[])
        .seen(
            "network",
            StackStatus::CreateInProgress,
            &[("Vpc", "AWS::EC2::VPC")],
        )
        .changed("network", changes(4, 0, &[], 0))
        .under_way("network", true)
        .under_way("reports", false);
    assert_snapshot!(aloud(&fixture), @"
    <!-- ebbtide:environment=pr-42-k3f9zq -->
    ### 🌊 Preview environment · Deploying

    The stacks of this commit are being deployed.

    | Commit | [`2222222`](https://github.com/acme/shop/commit/2222222222222222222222222222222222222222) |
    | :-- | :-- |
    | Region | `eu-west-1` |
    | Account | `123456789012` |
    | Ends | 2026-11-22 22:18 UTC, 48 h after the last push |

    | Stack | State | Changes |
    | :-- | :-- | :-- |
    | `network` | creating | 4 added |
    | `app` | waiting |  |
    | `reports` | planning |  |

    <details>
    <summary>1 resource in 1 stack</summary>

    | Stack | Resource | Type | State |
    | :-- | :-- | :-- | :-- |
    | `network` | `Vpc` | `AWS::EC2::VPC` | create in progress |

    </details>

    <sub>`pr-42-k3f9zq` · [timeline](https://ebbtide.example/environments/pr-42-k3f9zq) · deleted when this pull request is merged or closed</sub>

    CHECK in progress on 2222222: Deploying 2222222
    DEPLOYMENT InProgress: The stacks are being deployed
    URGENCY Progress
    ");
}

#[test]
fn updating_shows_what_was_ready_before() {
    let fixture = environment()
        .wanted()
        .read()
        .deployed_at(BEFORE)
        .with_url("https://shop.example/pr-42")
        .seen("app", StackStatus::UpdateInProgress, &[])
        .under_way("app", true)
        .said();
    assert_snapshot!(aloud(&fixture), @"
    <!-- ebbtide:environment=pr-42-k3f9zq -->
    ### 🌊 Preview environment · Updating

    The stacks of this commit are being deployed.

    | URL | <https://shop.example/pr-42> |
    | :-- | :-- |
    | Commit | [`2222222`](https://github.com/acme/shop/commit/2222222222222222222222222222222222222222) |
    | Ready before | [`1111111`](https://github.com/acme/shop/commit/1111111111111111111111111111111111111111) |
    | Region | `eu-west-1` |
    | Ends | 2026-11-22 22:18 UTC, 48 h after the last push |

    | Stack | State | Changes |
    | :-- | :-- | :-- |
    | `network` | created | no changes |
    | `app` | updating | 2 added, 1 changed, 1 replaced (`Jobs`) |

    <details>
    <summary>1 resource in 1 stack</summary>

    | Stack | Resource | Type | State |
    | :-- | :-- | :-- | :-- |
    | `network` | `Vpc` | `AWS::EC2::VPC` | create complete |

    </details>

    <sub>`pr-42-k3f9zq` · [timeline](https://ebbtide.example/environments/pr-42-k3f9zq) · deleted when this pull request is merged or closed</sub>

    CHECK in progress on 2222222: Updating 2222222
    DEPLOYMENT InProgress: The stacks are being deployed
    URGENCY Progress
    ");
}

#[test]
fn checking_health() {
    let fixture = environment()
        .wanted()
        .read()
        .deployed_at(BEFORE)
        .probed(None, Some("GET /health answered 503"));
    assert_snapshot!(aloud(&fixture), @"
    <!-- ebbtide:environment=pr-42-k3f9zq -->
    ### 🌊 Preview environment · Checking health

    Everything is deployed. The health checks have not passed yet.

    > `GET /health answered 503`

    | Commit | [`2222222`](https://github.com/acme/shop/commit/2222222222222222222222222222222222222222) |
    | :-- | :-- |
    | Ready before | [`1111111`](https://github.com/acme/shop/commit/1111111111111111111111111111111111111111) |
    | Region | `eu-west-1` |
    | Ends | 2026-11-22 22:18 UTC, 48 h after the last push |

    | Stack | State | Changes |
    | :-- | :-- | :-- |
    | `network` | created | no changes |
    | `app` | updated | 2 added, 1 changed, 1 replaced (`Jobs`) |

    <details>
    <summary>3 resources in 2 stacks</summary>

    | Stack | Resource | Type | State |
    | :-- | :-- | :-- | :-- |
    | `network` | `Vpc` | `AWS::EC2::VPC` | create complete |
    | `app` | `Jobs` | `AWS::SQS::Queue` | update complete |
    | `app` | `Worker` | `AWS::Lambda::Function` | update complete |

    </details>

    <sub>`pr-42-k3f9zq` · [timeline](https://ebbtide.example/environments/pr-42-k3f9zq) · deleted when this pull request is merged or closed</sub>

    CHECK in progress on 2222222: Checking health
    DEPLOYMENT InProgress: The stacks are being deployed
    URGENCY Progress
    ");
}

#[test]
fn ready_with_everything() {
    let fixture = ready()
        .private()
        .probed(Some(HealthVerdict::Passed), None)
        .with_output("ApiUrl", "https://api.shop.example")
        .with_output("QueueArn", "arn:aws:sqs:eu-west-1:123456789012:jobs");
    assert_snapshot!(aloud(&fixture), @"
    <!-- ebbtide:environment=pr-42-k3f9zq -->
    ### 🌊 Preview environment · Ready

    Everything is deployed, and the health checks pass.

    | URL | <https://shop.example/pr-42> |
    | :-- | :-- |
    | `ApiUrl` | <https://api.shop.example/> |
    | `QueueArn` | `arn:aws:sqs:eu-west-1:123456789012:jobs` |
    | Commit | [`2222222`](https://github.com/acme/shop/commit/2222222222222222222222222222222222222222) |
    | Region | `eu-west-1` |
    | Account | `123456789012` |
    | Ends | 2026-11-22 22:18 UTC, 48 h after the last push |
    | Last deployment | `network`: no changes<br>`app`: 2 added, 1 changed, 1 replaced (`Jobs`) |

    <details>
    <summary>3 resources in 2 stacks</summary>

    | Stack | Resource | Type | State |
    | :-- | :-- | :-- | :-- |
    | `network` | `Vpc` | `AWS::EC2::VPC` | create complete |
    | `app` | `Jobs` | `AWS::SQS::Queue` | update complete |
    | `app` | `Worker` | `AWS::Lambda::Function` | update complete |

    </details>

    <sub>`pr-42-k3f9zq` · [timeline](https://ebbtide.example/environments/pr-42-k3f9zq) · deleted when this pull request is merged or closed</sub>

    CHECK Success on 2222222: Ready
    DEPLOYMENT Success: Ready https://shop.example/pr-42
    URGENCY Final
    ");
}
