//! Who holds which account, as the judge keeps it from what the store really did; and what it saw that
//! must never be.

use super::world::State;
use ebbtide::environment::Environment;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub struct Ledger {
    /// Account to incarnation, for every live loan.
    pub loans: BTreeMap<String, String>,
    /// Account to repository, for ever.
    pub used_by: BTreeMap<String, u64>,
    /// Environments that ever held an account.
    pub lived: BTreeSet<String>,
    /// What must never be.
    pub crimes: Vec<String>,
}

impl State {
    /// An account was lent.
    pub fn see_loan(&mut self, account: &str, incarnation: &str, environment: &Environment) {
        let repository = environment.key.repository.0;
        let mut crimes = Vec::new();
        for stack in self.aws.held_by(account).filter(|stack| !stack.made_late) {
            crimes.push(format!(
                "{account} was lent to {incarnation} while it held {} ({})",
                stack.name, stack.status
            ));
        }
        let ledger = &mut self.ledger;
        if let Some(other) = ledger.loans.get(account)
            && other != incarnation
        {
            crimes.push(format!(
                "{account} was lent to {incarnation} while {other} had it"
            ));
        }
        if let Some(other) = ledger.used_by.get(account)
            && *other != repository
        {
            crimes.push(format!(
                "{account} was lent to repository {repository} after {other} used it"
            ));
        }
        if let Some((other, _)) = ledger
            .loans
            .iter()
            .find(|(held, holder)| *holder == incarnation && *held != account)
        {
            crimes.push(format!("{incarnation} holds {other} and {account}"));
        }
        ledger
            .loans
            .insert(account.to_owned(), incarnation.to_owned());
        ledger.used_by.insert(account.to_owned(), repository);
        ledger.lived.insert(environment.id.to_string());
        self.charge(crimes);
    }

    /// An account was given back, to be lent again or not.
    pub fn see_return(&mut self, incarnation: &str, to_be_lent: bool) {
        let account = self
            .ledger
            .loans
            .iter()
            .find(|(_, holder)| *holder == incarnation)
            .map(|(account, _)| account.clone());
        let Some(account) = account else {
            return;
        };
        self.ledger.loans.remove(&account);
        if to_be_lent {
            let left = self.aws.held_by(&account).filter(|stack| !stack.made_late);
            let crimes = left
                .map(|stack| {
                    format!(
                        "{account} went back to the pool while it held {} ({})",
                        stack.name, stack.status
                    )
                })
                .collect();
            self.charge(crimes);
        }
    }

    fn charge(&mut self, crimes: Vec<String>) {
        for crime in crimes {
            self.note(|| format!("CRIME: {crime}"));
            self.ledger.crimes.push(crime);
        }
    }
}
