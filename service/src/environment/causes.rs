//! What keeps accounts from being emptied, told apart by its cause, so that one cause that hits several accounts is
//! one alarm and does not drain the pool.

use super::account::{Account, AccountState};
use super::certificate::Culprit;
use super::ids::{AccountRowId, RepositoryId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Accounts with the same cause that raise an alarm.
const SAME_CAUSE: usize = 2;

/// Repositories whose accounts have the same cause, from which on it is not theirs but everybody's.
const EVERYBODY: usize = 3;

/// Why something cannot be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A lock that ends with time alone: object lock, vault lock, legal hold.
    RetentionLocked,
    /// A service of AWS made it and keeps it.
    ServiceManaged,
    /// A policy denies it to us.
    Denied,
    /// Nobody could list it.
    Unlistable,
    /// It was deleted and made again.
    ComesBack,
    /// AWS refused for another reason.
    Refused,
}

impl Cause {
    /// Its name, as shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RetentionLocked => "retention-locked",
            Self::ServiceManaged => "service-managed",
            Self::Denied => "denied",
            Self::Unlistable => "unlistable",
            Self::ComesBack => "comes back",
            Self::Refused => "refused",
        }
    }
}

/// Words of AWS's refusals, in lower case, by what they mean. The first that fits counts.
const WORDS: &[(Cause, &[&str])] = &[
    (
        Cause::RetentionLocked,
        &[
            "object lock",
            "objectlock",
            "retention",
            "legal hold",
            "legalhold",
            "vault lock",
            "governance mode",
            "compliance mode",
            "worm protected",
        ],
    ),
    (
        Cause::ServiceManaged,
        &[
            "managed by",
            "service-managed",
            "service managed",
            "aws-managed",
            "service-linked",
            "service linked",
            "owned by aws",
            "requester-managed",
            "requestermanaged",
            "can only be modified by aws",
            "unmodifiableentity",
        ],
    ),
    (
        Cause::Denied,
        &[
            "accessdenied",
            "access denied",
            "not authorized",
            "unauthorized",
            "explicit deny",
            "denied by",
        ],
    ),
];

/// Culprits of the same type that are there for the same reason.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Class {
    /// Why.
    pub cause: Cause,
    /// Which resource type.
    pub type_name: String,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.type_name, self.cause.as_str())
    }
}

impl Culprit {
    /// Why it is there, as far as AWS's words tell.
    pub fn cause(&self) -> Cause {
        let why = self.why.to_lowercase();
        if self.identifier.is_empty() {
            return Cause::Unlistable;
        }
        if why.contains("came back") {
            return Cause::ComesBack;
        }
        let fits = |words: &[&str]| words.iter().any(|word| why.contains(word));
        let known = WORDS.iter().find(|(_, words)| fits(words));
        known.map_or(Cause::Refused, |(cause, _)| *cause)
    }

    /// The class it belongs to.
    pub fn class(&self) -> Class {
        Class {
            cause: self.cause(),
            type_name: self.cell.type_name.clone(),
        }
    }
}

/// One cause that keeps several accounts from being emptied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// What they have in common.
    pub class: Class,
    /// The accounts, in the order of the pool.
    pub accounts: Vec<AccountRowId>,
    /// Whose environments they served last.
    pub repositories: BTreeSet<RepositoryId>,
    /// One of the culprits.
    pub example: Culprit,
}

impl Alarm {
    /// Whether this repository's next account would likely end the same way.
    pub fn would_hit(&self, repository: RepositoryId) -> bool {
        self.repositories.contains(&repository) || self.repositories.len() >= EVERYBODY
    }

    /// What it is, for whoever has to mend it.
    pub fn sentence(&self) -> String {
        format!(
            "{} accounts cannot be emptied for the same reason ({}): {}",
            self.accounts.len(),
            self.class,
            self.example
        )
    }

    /// Why no account is lent, for whoever waits for one. Names nothing of other repositories.
    pub fn pause(&self) -> String {
        format!(
            "{} accounts could not be emptied lately for the same reason ({}), and this pull request's would likely \
             be the next; an admin has to look at them first",
            self.accounts.len(),
            self.class
        )
    }
}

/// Every cause that keeps more than one account from being emptied. An account that an admin set aside or closes does
/// not count: somebody has looked.
pub fn alarms(accounts: &[Account]) -> Vec<Alarm> {
    let mut alarms: BTreeMap<Class, Alarm> = BTreeMap::new();
    let stuck = accounts.iter().filter(|account| {
        account.set_aside_by.is_none()
            && matches!(
                account.state,
                AccountState::Quarantined | AccountState::Scrubbing
            )
    });
    for account in stuck {
        for culprit in &account.culprits {
            let class = culprit.class();
            let alarm = alarms.entry(class.clone()).or_insert_with(|| Alarm {
                class,
                accounts: Vec::new(),
                repositories: BTreeSet::new(),
                example: culprit.clone(),
            });
            if alarm.accounts.last() != Some(&account.id) {
                alarm.accounts.push(account.id.clone());
            }
            alarm.repositories.extend(account.repository);
        }
    }
    let several = |alarm: &Alarm| alarm.accounts.len() >= SAME_CAUSE;
    alarms.into_values().filter(several).collect()
}
