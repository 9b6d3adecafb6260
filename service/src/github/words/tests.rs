//! What is said in each phase, word for word.

use super::fixtures::{BEFORE, Fixture, HEAD, changes, environment, failure, finding};
use super::*;
use crate::environment::*;
use crate::github::Conclusion;
use insta::assert_snapshot;

fn context() -> WordsContext {
    let url = |text: &str| Url::parse(text).expect("an address");
    WordsContext::new(
        Some(url("https://ebbtide.example")),
        &url("https://api.github.com"),
    )
}

fn said(fixture: &Fixture) -> Words {
    words(&fixture.0, &context())
}

/// The whole of it: comment, check run and Deployment.
fn aloud(fixture: &Fixture) -> String {
    let words = said(fixture);
    let check = words.check.map(|check| {
        let conclusion = check
            .conclusion
            .map_or("in progress".to_owned(), |c| format!("{c:?}"));
        let notes: String = check
            .annotations
            .iter()
            .map(|note| format!("\n  {}:{} {}", note.path, note.line, note.message))
            .collect();
        let short: String = check.head.as_str().chars().take(7).collect();
        format!("{conclusion} on {short}: {}{notes}", check.title)
    });
    let deployment = words.deployment.map(|deployment| {
        let url = deployment.environment_url.unwrap_or_default();
        format!("{:?}: {} {url}", deployment.state, deployment.description)
    });
    let none = || "-".to_owned();
    format!(
        "{}\n\nCHECK {}\nDEPLOYMENT {}\nURGENCY {:?}",
        words.comment.unwrap_or_else(none),
        check.unwrap_or_else(none),
        deployment.unwrap_or_else(none).trim_end(),
        words.urgency
    )
}

fn ready() -> Fixture {
    environment()
        .wanted()
        .read()
        .deployed_at(HEAD)
        .with_url("https://shop.example/pr-42")
}

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

#[test]
fn a_public_repository_shows_no_account_id() {
    let fixture = ready()
        .with_output("QueueArn", "arn:aws:sqs:eu-west-1:123456789012:jobs")
        .with_output(
            "Queue",
            "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs",
        )
        .in_trouble(3, "role arn:aws:iam::123456789012:role/x is not assumable");
    let comment = said(&fixture).comment.expect("a comment");
    assert!(!comment.contains("123456789012"), "{comment}");
    assert!(
        said(&fixture.private())
            .comment
            .is_some_and(|it| it.contains("123456789012"))
    );
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
    assert_snapshot!(line.unwrap_or_default(), @"AWS is not answering as it should: `Rate exceeded`; trying again.");
}

#[test]
fn a_repository_without_the_file_hears_nothing() {
    assert_snapshot!(aloud(&environment().wanted().absent(Absence::NoFile)), @"
    -

    CHECK -
    DEPLOYMENT -
    URGENCY Final
    ");
}

#[test]
fn the_file_was_taken_away() {
    assert_snapshot!(aloud(&ready().said().absent(Absence::NoFile).gone(&[])), @"
    <!-- ebbtide:environment=pr-42-k3f9zq -->
    ### 🌊 Preview environment · Not deployed

    Nothing is deployed: there is no `.ebbtide.yml` at this commit.

    <sub>`pr-42-k3f9zq` · [timeline](https://ebbtide.example/environments/pr-42-k3f9zq)</sub>

    CHECK Neutral on 2222222: Not deployed
    DEPLOYMENT Inactive: The environment has ended
    URGENCY Final
    ");
}

#[test]
fn a_draft() {
    assert_snapshot!(aloud(&environment().wanted().absent(Absence::Draft)), @"
    -

    CHECK Neutral on 2222222: Not deployed: it is a draft
    DEPLOYMENT -
    URGENCY Final
    ");
}

#[test]
fn turned_into_a_draft() {
    assert_snapshot!(aloud(&ready().said().absent(Absence::Draft).gone(&[])), @"
    <!-- ebbtide:environment=pr-42-k3f9zq -->
    ### 🌊 Preview environment · Not deployed

    Drafts are not deployed in this repository. Mark the pull request as ready for review, and it is.

    <sub>`pr-42-k3f9zq` · [timeline](https://ebbtide.example/environments/pr-42-k3f9zq)</sub>

    CHECK Neutral on 2222222: Not deployed: it is a draft
    DEPLOYMENT Inactive: The environment has ended
    URGENCY Final
    ");
}

#[test]
fn a_fork() {
    assert_snapshot!(aloud(&environment().wanted().absent(Absence::Fork)), @"
    <!-- ebbtide:environment=pr-42-k3f9zq -->
    ### 🌊 Preview environment · Not deployed

    Thank you for this pull request. It comes from a fork, and only branches of this repository are deployed, so this one is not.

    <sub>`pr-42-k3f9zq` · [timeline](https://ebbtide.example/environments/pr-42-k3f9zq)</sub>

    CHECK Neutral on 2222222: Not deployed: it comes from a fork
    DEPLOYMENT -
    URGENCY Final
    ");
}

#[test]
fn an_author_without_write_access() {
    let author = Login::new("mallory");
    assert_snapshot!(aloud(&environment().wanted().absent(Absence::NoWriteAccess { author })), @"
    <!-- ebbtide:environment=pr-42-k3f9zq -->
    ### 🌊 Preview environment · Not deployed

    Thank you for this pull request. Only those by people with write access to this repository are deployed, so this one is not.

    <sub>`pr-42-k3f9zq` · [timeline](https://ebbtide.example/environments/pr-42-k3f9zq)</sub>

    CHECK Neutral on 2222222: Not deployed: mallory has no write access
    DEPLOYMENT -
    URGENCY Final
    ");
}

#[test]
fn ending() {
    let fixture = ready().said().absent(Absence::Merged).seen(
        "app",
        StackStatus::DeleteInProgress,
        &[("Jobs", "AWS::SQS::Queue")],
    );
    assert_snapshot!(aloud(&fixture), @"
    <!-- ebbtide:environment=pr-42-k3f9zq -->
    ### 🌊 Preview environment · Ending

    Everything is being deleted: the pull request was merged.

    | Commit | [`2222222`](https://github.com/acme/shop/commit/2222222222222222222222222222222222222222) |
    | :-- | :-- |
    | Region | `eu-west-1` |

    | Stack | State | Changes |
    | :-- | :-- | :-- |
    | `network` | created |  |
    | `app` | deleting |  |

    <details>
    <summary>2 resources in 2 stacks</summary>

    | Stack | Resource | Type | State |
    | :-- | :-- | :-- | :-- |
    | `network` | `Vpc` | `AWS::EC2::VPC` | create complete |
    | `app` | `Jobs` | `AWS::SQS::Queue` | delete in progress |

    </details>

    <sub>`pr-42-k3f9zq` · [timeline](https://ebbtide.example/environments/pr-42-k3f9zq)</sub>

    CHECK -
    DEPLOYMENT Inactive: The environment has ended
    URGENCY Progress
    ");
}

#[test]
fn merged() {
    assert_snapshot!(aloud(&ready().said().absent(Absence::Merged).gone(&[])), @"
    <!-- ebbtide:environment=pr-42-k3f9zq -->
    ### 🌊 Preview environment · Ended

    Everything is deleted: the pull request was merged. It lived 3 h 12 min.

    | Commit | [`2222222`](https://github.com/acme/shop/commit/2222222222222222222222222222222222222222) |
    | :-- | :-- |

    <sub>`pr-42-k3f9zq` · [timeline](https://ebbtide.example/environments/pr-42-k3f9zq)</sub>

    CHECK Cancelled on 2222222: Ended
    DEPLOYMENT Inactive: The environment has ended
    URGENCY Final
    ");
}

#[test]
fn expired() {
    assert_snapshot!(aloud(&ready().said().absent(Absence::Expired).gone(&[])), @"
    <!-- ebbtide:environment=pr-42-k3f9zq -->
    ### 🌊 Preview environment · Ended

    Everything is deleted: its time to live ran out. It lived 3 h 12 min.

    Push, or re-run the check, and there is a new one.

    | Commit | [`2222222`](https://github.com/acme/shop/commit/2222222222222222222222222222222222222222) |
    | :-- | :-- |

    <sub>`pr-42-k3f9zq` · [timeline](https://ebbtide.example/environments/pr-42-k3f9zq)</sub>

    CHECK Cancelled on 2222222: Ended
    DEPLOYMENT Inactive: The environment has ended
    URGENCY Final
    ");
}

#[test]
fn ended_by_somebody_with_something_left() {
    let by = "release-bot".to_owned();
    let left = [(
        "app",
        "The bucket you tried to delete is not empty (arn:aws:s3:::x)",
    )];
    assert_snapshot!(aloud(&ready().said().absent(Absence::Destroyed { by }).gone(&left)), @"
    <!-- ebbtide:environment=pr-42-k3f9zq -->
    ### 🌊 Preview environment · Ended, with something left

    It ended because `release-bot` ended it, and lived 3 h 12 min.

    These stacks could not be deleted. Their account is set aside, and lent to nobody until it is empty:

    - `app`: `The bucket you tried to delete is not empty (arn:aws:s3:::x)`

    Push, or re-run the check, and there is a new one.

    | Commit | [`2222222`](https://github.com/acme/shop/commit/2222222222222222222222222222222222222222) |
    | :-- | :-- |

    <sub>`pr-42-k3f9zq` · [timeline](https://ebbtide.example/environments/pr-42-k3f9zq)</sub>

    CHECK Cancelled on 2222222: Ended, with something left
    DEPLOYMENT Inactive: The environment has ended
    URGENCY Final
    ");
}

#[test]
fn closed_before_it_began() {
    let fixture = environment().wanted().read().queued_at(2);
    assert_eq!(said(&fixture.clone().absent(Absence::Closed)).comment, None);
    assert_snapshot!(aloud(&fixture.said().absent(Absence::Closed)), @"
    <!-- ebbtide:environment=pr-42-k3f9zq -->
    ### 🌊 Preview environment · Ended

    Nothing was deployed: the pull request was closed before an account was taken.

    | Commit | [`2222222`](https://github.com/acme/shop/commit/2222222222222222222222222222222222222222) |
    | :-- | :-- |

    <sub>`pr-42-k3f9zq` · [timeline](https://ebbtide.example/environments/pr-42-k3f9zq)</sub>

    CHECK Cancelled on 2222222: Ended
    DEPLOYMENT Inactive: The environment has ended
    URGENCY Final
    ");
}

#[test]
fn a_check_that_concluded_is_left_as_it_is() {
    let concluded = ready().said().absent(Absence::Closed);
    assert_eq!(said(&concluded).check, None);
    let running = environment()
        .wanted()
        .read()
        .started()
        .said()
        .absent(Absence::Closed);
    let check = said(&running).check.expect("a check");
    assert_eq!(check.conclusion, Some(Conclusion::Cancelled));
}

#[test]
fn an_uninstalled_app_says_nothing() {
    for reason in [Absence::Uninstalled, Absence::Gone] {
        let words = said(&ready().said().absent(reason));
        assert_eq!(
            (words.comment, words.check, words.deployment),
            (None, None, None)
        );
    }
}

#[test]
fn without_an_address_of_its_own_nothing_is_linked_to_it() {
    let mut context = context();
    context.public_url = None;
    let words = words(&ready().0, &context);
    assert!(!words.comment.expect("a comment").contains("timeline"));
    assert_eq!(words.check.and_then(|check| check.details_url), None);
}

#[test]
fn pages_of_an_enterprise_server_are_found_from_its_api() {
    for (api, pages) in [
        ("https://api.github.com", "https://github.com/"),
        (
            "https://git.acme.example/api/v3",
            "https://git.acme.example/",
        ),
        ("http://127.0.0.1:4000", "http://127.0.0.1:4000/"),
    ] {
        let api = Url::parse(api).expect("an address");
        assert_eq!(WordsContext::new(None, &api).github_url.as_str(), pages);
    }
}

#[test]
fn a_hundred_resources_are_listed_and_the_rest_is_counted() {
    let names: Vec<String> = (0..130).map(|n| format!("R{n}")).collect();
    let many: Vec<(&str, &str)> = names
        .iter()
        .map(|n| (n.as_str(), "AWS::SQS::Queue"))
        .collect();
    let fixture = ready().seen("app", StackStatus::CreateComplete, &many);
    let comment = said(&fixture).comment.expect("a comment");
    assert!(comment.contains("<summary>131 resources in 2 stacks</summary>"));
    // The network's one resource comes first.
    assert!(comment.contains("| `R98` |") && !comment.contains("| `R99` |"));
    assert!(comment.contains("| and 31 more | | | |"));
}

#[test]
fn nothing_grows_past_what_github_takes() {
    let long = "`|<@\u{1F30A}".repeat(5_000);
    let mut fixture = ready()
        .private()
        .with_url(&format!("https://a.example/{long}"));
    for number in 0..200 {
        fixture = fixture
            .with_output(&format!("{number}{long}"), &long)
            .with_planned_stack(&format!("{number}{long}"), &[])
            .failed(
                &format!("{number}{long}"),
                &long,
                Some(failure(&long, &long, &long)),
            );
    }
    let findings = (0..200).map(|n| finding(n, &long, Some(&long))).collect();
    for fixture in [fixture.clone(), fixture.with_findings(findings)] {
        let words = said(&fixture);
        let check = words.check.expect("a check");
        assert!(words.comment.expect("a comment").chars().count() <= 60_000);
        assert!(check.summary.chars().count() <= 60_000);
        assert!(check.title.chars().count() <= 140);
        assert!(check.annotations.len() <= 50);
    }
}

#[test]
fn digests_tell_words_apart() {
    assert_snapshot!(digest("ebb"), @"79571a56229fead48072831402cf3d9c05d9663c177d30e9468fba9ce05fd56e");
    let ready = said(&ready());
    assert_eq!(digest_of(&ready), digest_of(&ready.clone()));
    assert_ne!(digest_of(&ready), digest_of(&said(&environment())));
}
