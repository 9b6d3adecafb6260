//! Proof that an account is ours to empty: asked for when a plan is made, and again before each wave.
//!
//! Nothing here believes a single source. The ledger, Organizations and the account itself have to agree; one
//! of them that can't be asked is as good as a no.

use crate::cloud::{CensusEntry, tag};
use crate::environment::{Account, AccountId, AccountState};

/// What an admin forbids besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forbidden {
    /// Words that no account's alias may contain, in lower case.
    pub aliases: Vec<String>,
}

/// What is known of an account besides its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence<'a> {
    /// The account as Organizations lists it in the sandbox OU; `None` if it is not there.
    pub listed: Option<&'a CensusEntry>,
    /// The management account's number.
    pub management: &'a AccountId,
    /// The account into which our role leads, as that account says.
    pub led_to: Option<&'a AccountId>,
    /// The aliases that the account says it has.
    pub aliases: &'a [String],
}

/// Every reason why nothing in the account may be deleted; none is the proof.
pub fn objections(
    account: &Account,
    evidence: &Evidence<'_>,
    forbidden: &Forbidden,
) -> Vec<String> {
    let mut objections = Vec::new();
    let Some(number) = &account.account else {
        return vec!["the ledger has no account number for it".to_owned()];
    };
    if number == evidence.management {
        objections.push("it is the management account".to_owned());
    }
    if !matches!(
        account.state,
        AccountState::Scrubbing | AccountState::Quarantined | AccountState::Closing
    ) {
        objections.push(format!(
            "the ledger says it is {}, not given back",
            account.state.as_str()
        ));
    }
    if let Some(holder) = &account.holder {
        objections.push(format!("the ledger says {holder} holds it"));
    }
    match evidence.listed {
        None => objections.push("it is not in the sandbox OU".to_owned()),
        Some(listed) if listed.account != *number => {
            objections.push("Organizations speaks of another account".to_owned());
        }
        Some(listed) => {
            if !listed.active {
                objections.push("Organizations says it is not active".to_owned());
            }
            if !listed.tags.contains_key(tag::MANAGED) {
                objections.push(format!("it does not carry the tag {}", tag::MANAGED));
            }
            match listed.tags.get(tag::ACCOUNT_ROW) {
                Some(row) if row == account.id.as_str() => {}
                Some(row) => objections.push(format!("its tag leads to another row, {row}")),
                None => objections.push(format!("it does not carry the tag {}", tag::ACCOUNT_ROW)),
            }
        }
    }
    match evidence.led_to {
        Some(led_to) if led_to == number => {}
        Some(led_to) => objections.push(format!("our role leads into another account, {led_to}")),
        // Whoever is not in the OU was not entered.
        None if evidence.listed.is_none() => {}
        None => objections.push("it did not say which account it is".to_owned()),
    }
    for alias in evidence.aliases {
        let lower = alias.to_lowercase();
        if let Some(word) = forbidden.aliases.iter().find(|word| lower.contains(*word)) {
            objections.push(format!(
                "its alias {alias} contains \"{word}\", which nuke.forbidden_aliases names"
            ));
        }
    }
    objections
}
