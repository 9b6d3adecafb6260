//! Documents to put into a store: as small as they can be, varied by the tests.

use chrono::{DateTime, TimeDelta, Utc};
use ebbtide::environment::{
    Account, AccountId, AccountRowId, AccountState, Environment, EnvironmentKey, InstallationId,
    PullRequestNumber, RepositoryId, RepositoryName,
};

/// Seconds after a fixed moment: 2026-03-01T12:00:00Z.
pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_366_400, 0).unwrap_or_default() + TimeDelta::seconds(seconds)
}

/// An environment that nobody has looked at yet.
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
