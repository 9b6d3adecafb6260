//! Documents to put into a store: as small as they can be, varied by the tests.

use chrono::{DateTime, TimeDelta, Utc};
use ebbtide::environment::{
    Account, AccountId, AccountRowId, AccountState, Environment, EnvironmentKey, Gate,
    InstallationId, PullRequestNumber, RepositoryId, RepositoryName, Said, Trouble, Wish,
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
    Environment {
        id: key.id(),
        key,
        installation: InstallationId(7),
        repository: RepositoryName::new(format!("acme/repository-{repository}")),
        wish: Wish::Unknown,
        pull_request: None,
        looked_at: None,
        missing_looks: 0,
        reading: None,
        gate: Gate::Unknown,
        queue_position: None,
        incarnation: None,
        incarnations: 0,
        last_life: None,
        said: Said::default(),
        trouble: Trouble::default(),
        opened_at: at(0),
        ended_at: None,
    }
}

/// An account of the pool; its row id is `account-NUMBER`.
pub fn account(number: u64, state: AccountState) -> Account {
    Account {
        id: AccountRowId::new(format!("account-{number}")),
        account: Some(AccountId::new(format!("{number:012}"))),
        email: format!("aws+{number}@example.com"),
        name: format!("ebbtide-{number}"),
        state,
        request: None,
        requested: false,
        repository: None,
        holder: None,
        failures: 0,
        reason: None,
        created_at: at(0),
    }
}
