//! Where nothing is deployed, or nothing any more.

use super::super::fixtures::environment;
use super::{aloud, ready, said};
use crate::environment::{Absence, Login, StackStatus};
use crate::github::Conclusion;
use insta::assert_snapshot;

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
    assert_snapshot!(aloud(&ready().said().absent(Absence::Destroyed { by }).gone(&left)), @r"
    <!-- ebbtide:environment=pr-42-k3f9zq -->
    ### 🌊 Preview environment · Ended, with something left

    It ended because `release-bot` ended it, and lived 3 h 12 min.

    These stacks could not be deleted. What is left of them is deleted resource by resource, and their account is lent to nobody until it is proven empty:

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
fn what_was_proven_is_said_in_one_line() {
    let merged = || ready().said().absent(Absence::Merged);
    assert_snapshot!(aloud(&merged().gone(&[]).emptied(0)), @r"
    <!-- ebbtide:environment=pr-42-k3f9zq -->
    ### 🌊 Preview environment · Ended

    Everything is deleted: the pull request was merged. It lived 3 h 12 min.

    Its account was proven empty in 2 min 10 s: certificate `acct-65f0a1b2c3-4`.

    | Commit | [`2222222`](https://github.com/acme/shop/commit/2222222222222222222222222222222222222222) |
    | :-- | :-- |

    <sub>`pr-42-k3f9zq` · [timeline](https://ebbtide.example/environments/pr-42-k3f9zq)</sub>

    CHECK Cancelled on 2222222: Ended
    DEPLOYMENT Inactive: The environment has ended
    URGENCY Final
    ");
    assert_snapshot!(aloud(&merged().gone(&[("app", "bucket is not empty")]).emptied(61)), @r"
    <!-- ebbtide:environment=pr-42-k3f9zq -->
    ### 🌊 Preview environment · Ended

    Everything is deleted: the pull request was merged. It lived 3 h 12 min.

    Its account was emptied in 2 min 10 s: 61 resources were left behind and are deleted, certificate `acct-65f0a1b2c3-4`.

    | Commit | [`2222222`](https://github.com/acme/shop/commit/2222222222222222222222222222222222222222) |
    | :-- | :-- |

    <sub>`pr-42-k3f9zq` · [timeline](https://ebbtide.example/environments/pr-42-k3f9zq)</sub>

    CHECK Cancelled on 2222222: Ended
    DEPLOYMENT Inactive: The environment has ended
    URGENCY Final
    ");
}
