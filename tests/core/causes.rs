//! One cause that keeps several accounts from being emptied is one alarm, and costs no further account.

use crate::pool::at;
use ebbtide::environment::inventory::Cell;
use ebbtide::environment::{
    Account, AccountRowId, AccountState, Cause, Culprit, Region, RepositoryId, alarms,
};

fn culprit(type_name: &str, identifier: &str, why: &str) -> Culprit {
    Culprit {
        cell: Cell {
            type_name: type_name.to_owned(),
            region: Region::new("eu-west-1"),
        },
        identifier: identifier.to_owned(),
        why: why.to_owned(),
    }
}

fn stuck(index: u32, repository: u64, culprits: &[Culprit]) -> Account {
    Account {
        state: AccountState::Scrubbing,
        repository: Some(RepositoryId(repository)),
        ..Account::wanted(
            AccountRowId::new(format!("account-{index}")),
            String::new(),
            String::new(),
            at(0),
        )
    }
    .stuck(culprits)
}

fn locked(bucket: &str) -> Culprit {
    let why = "AccessDenied: Access Denied because object protected by object lock.";
    culprit("AWS::S3::Bucket", bucket, why)
}

#[test]
fn causes_are_told_by_the_words_of_aws() {
    for (why, cause) in [
        (
            "AccessDenied: Access Denied because object protected by object lock.",
            Cause::RetentionLocked,
        ),
        (
            "InvalidParameterValueException: Recovery point is within its minimum retention",
            Cause::RetentionLocked,
        ),
        (
            "InvalidRequest: the resource is managed by AWS Firewall Manager",
            Cause::ServiceManaged,
        ),
        (
            "UnmodifiableEntity: Cannot perform the operation on the protected role",
            Cause::ServiceManaged,
        ),
        (
            "AccessDenied: User is not authorized to perform: sqs:DeleteQueue with an explicit deny",
            Cause::Denied,
        ),
        (
            "it was gone and came back: something makes it again",
            Cause::ComesBack,
        ),
        ("ResourceConflict: vpc-1 has dependencies", Cause::Refused),
    ] {
        assert_eq!(culprit("AWS::X::Y", "one", why).cause(), cause, "{why}");
    }
    let unlisted = culprit("AWS::X::Y", "", "could not be listed: AccessDenied: no");
    assert_eq!(unlisted.cause(), Cause::Unlistable);
}

#[test]
fn two_accounts_with_the_same_cause_are_one_alarm_that_names_both() {
    let other = culprit(
        "AWS::EC2::VPC",
        "vpc-1",
        "DependencyViolation: it has dependencies",
    );
    let one = stuck(1, 7, &[locked("logs"), locked("more-logs"), other]);
    assert_eq!(
        alarms(std::slice::from_ref(&one)),
        [],
        "one account is no class"
    );
    let two = stuck(2, 7, &[locked("other-logs")]);
    let found = alarms(&[one.clone(), two.clone()]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].accounts, [one.id.clone(), two.id.clone()]);
    insta::assert_snapshot!(found[0].sentence(), @"2 accounts cannot be emptied for the same reason (AWS::S3::Bucket, retention-locked): AWS::S3::Bucket logs in eu-west-1: AccessDenied: Access Denied because object protected by object lock.");
    insta::assert_snapshot!(found[0].pause(), @"2 accounts could not be emptied lately for the same reason (AWS::S3::Bucket, retention-locked), and this pull request's would likely be the next; an admin has to look at them first");
    assert!(found[0].would_hit(RepositoryId(7)));
    assert!(!found[0].would_hit(RepositoryId(8)), "others go on");
    // What three repositories leave is nobody's own fault.
    let more = [
        one.clone(),
        stuck(2, 8, &[locked("a")]),
        stuck(3, 9, &[locked("b")]),
    ];
    assert!(alarms(&more)[0].would_hit(RepositoryId(1)));
}

#[test]
fn an_alarm_lasts_until_somebody_has_looked_or_the_cause_is_gone() {
    let one = stuck(1, 7, &[locked("logs")]);
    let two = stuck(2, 7, &[locked("other-logs")]);
    // Tried again on the slow period: nobody knows yet whether it helps.
    let retried = Account {
        state: AccountState::Scrubbing,
        ..two.clone()
    };
    assert_eq!(alarms(&[one.clone(), retried]).len(), 1);
    let set_aside = Account {
        set_aside_by: Some("ada".to_owned()),
        ..two.clone()
    };
    assert_eq!(alarms(&[one.clone(), set_aside]), []);
    assert_eq!(alarms(&[one.clone(), two.to_be_closed("ada", at(1))]), []);
    let ordered = two.ordered(&ebbtide::environment::AccountOrder::Retry);
    assert_eq!(alarms(&[one, ordered.expect("it is quarantined")]), []);
}
