//! Who holds which account, as the judge keeps it from what the store really did; and what it saw that
//! must never be.

use super::world::State;
use ebbtide::environment::Environment;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub struct Ledger {
    /// Account to incarnation, for every live loan.
    pub loans: BTreeMap<String, String>,
    /// Accounts that were lent and not proven empty since.
    pub used: BTreeSet<String>,
    /// Environments that ever held an account.
    pub lived: BTreeSet<String>,
    /// What must never be.
    pub crimes: Vec<String>,
}

impl State {
    /// An account was lent.
    pub fn see_loan(&mut self, account: &str, incarnation: &str, environment: &Environment) {
        let mut crimes = Vec::new();
        for stack in self.aws.held_by(account).filter(|stack| !stack.made_late) {
            crimes.push(format!(
                "{account} was lent to {incarnation} while it held {} ({})",
                stack.name, stack.status
            ));
        }
        for thing in self.aws.leftovers.held_by(account) {
            crimes.push(format!(
                "{account} was lent to {incarnation} while it held {}",
                thing.name
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
        if !ledger.used.insert(account.to_owned()) && !ledger.loans.contains_key(account) {
            crimes.push(format!(
                "{account} was lent to {incarnation} without a certificate newer than its last use"
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
        ledger.lived.insert(environment.id.to_string());
        self.charge(crimes);
    }

    /// An account was given back, to be emptied.
    pub fn see_return(&mut self, incarnation: &str) {
        self.ledger.loans.retain(|_, holder| holder != incarnation);
    }

    /// An account was proven to be empty.
    pub fn see_certificate(&mut self, account: &str, certificate: &str) {
        self.ledger.used.remove(account);
        let left = self.aws.held_by(account).filter(|stack| !stack.made_late);
        let stacks = left.map(|stack| format!("{} ({})", stack.name, stack.status));
        let things = self.aws.leftovers.held_by(account);
        let things = things.map(|thing| thing.name.clone());
        let crimes = stacks
            .chain(things)
            .map(|what| {
                format!("{account} is said to be empty ({certificate}) while it holds {what}")
            })
            .collect();
        self.charge(crimes);
    }

    /// An account is closed for good.
    pub fn see_closing(&mut self, account: &str) {
        let holder = self.ledger.loans.get(account);
        let crime = holder.map(|holder| format!("{account} was closed while {holder} had it"));
        self.charge(crime.into_iter().collect());
    }

    fn charge(&mut self, crimes: Vec<String>) {
        for crime in crimes {
            self.note(|| format!("CRIME: {crime}"));
            self.ledger.crimes.push(crime);
        }
    }
}
