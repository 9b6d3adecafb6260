//! Documents to put into a store: as small as they can be, varied by the tests.

use chrono::{DateTime, TimeDelta, Utc};
use ebbtide::environment::inventory::{Cell, Excuse, Excused, Resource};
use ebbtide::environment::{
    Account, AccountId, AccountRowId, AccountState, Certificate, Deleted, Digests, Environment,
    EnvironmentKey, InstallationId, PullRequestNumber, Region, RepositoryId, RepositoryName,
};
use std::collections::BTreeSet;

/// Seconds after a fixed moment: 2026-03-01T12:00:00Z.
pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_366_400, 0).unwrap_or_default() + TimeDelta::seconds(seconds)
}

/// An environment that nobody has looked at yet.
#[allow(dead_code, reason = "not every test program is about environments")]
pub fn environment(repository: u64, pull_request: u64) -> Environment {
    let key = EnvironmentKey {
        repository: RepositoryId(repository),
        pull_request: PullRequestNumber(pull_request),
        name: "default".to_owned(),
    };
    Environment::new(
        key,
        InstallationId(7),
        RepositoryName::new(format!("acme/repository-{repository}")),
        at(0),
    )
}

/// The certificate of an account's last emptying.
#[allow(dead_code, reason = "not every test program is about certificates")]
pub fn certificate(account: &Account) -> Certificate {
    let cell = |type_name: &str| Cell {
        type_name: type_name.to_owned(),
        region: Region::new("eu-west-1"),
    };
    Certificate {
        id: account.scrub(),
        account_row: account.id.clone(),
        account: account.account.clone().expect("a number"),
        served: account.served.clone(),
        began_at: at(0),
        ended_at: at(130),
        regions: [Region::new("eu-west-1")].into(),
        listed: 120,
        denied: [("ebbtide-ou-1".to_owned(), 7)].into(),
        not_offered: [(
            "TypeNotFoundException".to_owned(),
            vec![cell("AWS::SNS::Topic")],
        )]
        .into(),
        deleted: vec![Deleted {
            cell: cell("AWS::SQS::Queue"),
            identifier: "orders".to_owned(),
            by: "DeleteResource".to_owned(),
            tries: 2,
        }],
        excused: vec![
            Excused {
                resource: Resource {
                    cell: cell("AWS::EC2::VPC"),
                    identifier: "vpc-1".to_owned(),
                    mentions: BTreeSet::new(),
                },
                excuse: Excuse::Baseline {
                    reason: "every account has it".to_owned(),
                },
            },
            Excused {
                resource: Resource {
                    cell: cell("AWS::KMS::Key"),
                    identifier: "key-1".to_owned(),
                    mentions: BTreeSet::new(),
                },
                excuse: Excuse::Dying {
                    until: "2026-03-08".to_owned(),
                },
            },
        ],
        calls: 321,
        digests: Digests {
            types: "aa".repeat(32),
            guardrails: Some("bb".repeat(32)),
            settings: None,
            inventories: ["cc".repeat(32), "cc".repeat(32)],
        },
    }
}

/// An account of the pool; its row id is `account-NUMBER`.
pub fn account(number: u64, state: AccountState) -> Account {
    Account {
        account: Some(AccountId::new(format!("{number:012}"))),
        state,
        ..Account::wanted(
            AccountRowId::new(format!("account-{number}")),
            format!("aws+{number}@example.com"),
            format!("ebbtide-{number}"),
            at(0),
        )
    }
}
