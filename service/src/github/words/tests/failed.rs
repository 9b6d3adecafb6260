//! Where somebody has something to mend, or AWS does not answer.

use super::super::fixtures::{BEFORE, environment, failure, finding};
use super::{aloud, said};
use crate::environment::{Gate, HealthVerdict, StackStatus};
use insta::assert_snapshot;

#[test]
fn a_bad_file() {
    let findings = vec![
        finding(
            3,
            "`stakcs` is not a known key",
            Some("did you mean `stacks`?"),
        ),
        finding(12, "the stack `app` needs itself", None),
    ];
    assert_snapshot!(aloud(&environment().wanted().with_findings(findings)), @"
    <!-- ebbtide:environment=pr-42-k3f9zq -->
    ### 🌊 Preview environment · Something to mend

    There are 2 things to mend before this commit can be deployed:

    - [`.ebbtide.yml:3`](https://github.com/acme/shop/blob/2222222222222222222222222222222222222222/.ebbtide.yml#L3): `stakcs` is not a known key<br>did you mean `stacks`?
    - [`.ebbtide.yml:12`](https://github.com/acme/shop/blob/2222222222222222222222222222222222222222/.ebbtide.yml#L12): the stack `app` needs itself

    | Commit | [`2222222`](https://github.com/acme/shop/commit/2222222222222222222222222222222222222222) |
    | :-- | :-- |

    <sub>`pr-42-k3f9zq` · [timeline](https://ebbtide.example/environments/pr-42-k3f9zq) · deleted when this pull request is merged or closed</sub>

    CHECK Failure on 2222222: .ebbtide.yml:3: `stakcs` is not a known key (and 1 more)
      .ebbtide.yml:3 `stakcs` is not a known key
    did you mean `stacks`?
      .ebbtide.yml:12 the stack `app` needs itself
    DEPLOYMENT -
    URGENCY Failure
    ");
}

#[test]
fn held_back_by_a_check() {
    let by = vec!["build".to_owned()];
    assert_snapshot!(aloud(&environment().wanted().read().gated(Gate::Broken { by })), @"
    <!-- ebbtide:environment=pr-42-k3f9zq -->
    ### 🌊 Preview environment · Held back by a check

    Not deployed, because `build` is red. A new run that turns green deploys this commit.

    | Commit | [`2222222`](https://github.com/acme/shop/commit/2222222222222222222222222222222222222222) |
    | :-- | :-- |
    | Region | `eu-west-1` |
    | Ends | 2026-11-22 22:18 UTC, 48 h after the last push |

    <sub>`pr-42-k3f9zq` · [timeline](https://ebbtide.example/environments/pr-42-k3f9zq) · deleted when this pull request is merged or closed</sub>

    CHECK Failure on 2222222: Held back by build
    DEPLOYMENT -
    URGENCY Failure
    ");
}

#[test]
fn a_stack_failed() {
    let fixture = environment()
        .wanted()
        .read()
        .deployed_at(BEFORE)
        .seen("app", StackStatus::UpdateRollbackComplete, &[])
        .failed(
            "app",
            "UPDATE_ROLLBACK_COMPLETE",
            Some(failure(
                "Jobs",
                "AWS::SQS::Queue",
                "Queue name `jobs|1` is taken; ask @octocat, see #12",
            )),
        );
    assert_snapshot!(aloud(&fixture), @"
    <!-- ebbtide:environment=pr-42-k3f9zq -->
    ### 🌊 Preview environment · Failed

    The stack `app` failed at `Jobs` (`AWS::SQS::Queue`):

    > `` Queue name `jobs|1` is taken; ask @octocat, see #12 ``

    Push a fix, or re-run the check to try again.

    | Commit | [`2222222`](https://github.com/acme/shop/commit/2222222222222222222222222222222222222222) |
    | :-- | :-- |
    | Ready before | [`1111111`](https://github.com/acme/shop/commit/1111111111111111111111111111111111111111) |
    | Region | `eu-west-1` |
    | Ends | 2026-11-22 22:18 UTC, 48 h after the last push |

    | Stack | State | Changes |
    | :-- | :-- | :-- |
    | `network` | created | no changes |
    | `app` | failed | 2 added, 1 changed, 1 replaced (`Jobs`) |

    <details>
    <summary>1 resource in 1 stack</summary>

    | Stack | Resource | Type | State |
    | :-- | :-- | :-- | :-- |
    | `network` | `Vpc` | `AWS::EC2::VPC` | create complete |

    </details>

    <sub>`pr-42-k3f9zq` · [timeline](https://ebbtide.example/environments/pr-42-k3f9zq) · deleted when this pull request is merged or closed</sub>

    CHECK Failure on 2222222: app failed at Jobs: Queue name `jobs|1` is taken; ask @octocat, see #12
    DEPLOYMENT Failure: The deployment failed
    URGENCY Failure
    ");
}

#[test]
fn a_change_set_failed() {
    let fixture = environment()
        .wanted()
        .read()
        .started()
        .with_planned_stack("app", &[])
        .failed(
            "app",
            "Template format error: Unresolved resource dependencies [Qeue]",
            None,
        );
    assert_snapshot!(aloud(&fixture), @"
    <!-- ebbtide:environment=pr-42-k3f9zq -->
    ### 🌊 Preview environment · Failed

    The stack `app` failed:

    > `Template format error: Unresolved resource dependencies [Qeue]`

    Push a fix, or re-run the check to try again.

    | Commit | [`2222222`](https://github.com/acme/shop/commit/2222222222222222222222222222222222222222) |
    | :-- | :-- |
    | Region | `eu-west-1` |
    | Ends | 2026-11-22 22:18 UTC, 48 h after the last push |

    | Stack | State | Changes |
    | :-- | :-- | :-- |
    | `app` | failed |  |

    <sub>`pr-42-k3f9zq` · [timeline](https://ebbtide.example/environments/pr-42-k3f9zq) · deleted when this pull request is merged or closed</sub>

    CHECK Failure on 2222222: app failed: Template format error: Unresolved resource dependencies [Qeue]
    DEPLOYMENT Failure: The deployment failed
    URGENCY Failure
    ");
}

#[test]
fn a_health_check_failed() {
    let verdict = HealthVerdict::Failed {
        reason: "https://shop.example/health answered 503 for 5 min".to_owned(),
    };
    let fixture = environment()
        .wanted()
        .read()
        .deployed_at(BEFORE)
        .probed(Some(verdict), None);
    assert_snapshot!(aloud(&fixture), @"
    <!-- ebbtide:environment=pr-42-k3f9zq -->
    ### 🌊 Preview environment · Failed

    Everything is deployed, but a health check did not pass:

    > `https://shop.example/health answered 503 for 5 min`

    Push a fix, or re-run the check to try again.

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

    CHECK Failure on 2222222: A health check did not pass: https://shop.example/health answered 503 for 5 min
    DEPLOYMENT Failure: The deployment failed
    URGENCY Failure
    ");
}

#[test]
fn trouble_is_told_after_a_while() {
    let fixture = environment().wanted().read().queued_at(1);
    let calm = said(&fixture.clone().in_trouble(2, "Rate exceeded"));
    assert_eq!(calm, said(&fixture));
    let told = said(&fixture.in_trouble(3, "Rate exceeded"))
        .comment
        .expect("a comment");
    let line = told.lines().find(|line| line.contains("trying again"));
    assert_snapshot!(line.unwrap_or_default(), @"No account can be had at the moment: `Rate exceeded`; trying again.");
}
