//! What the emptying of an account would delete, and the taking in of accounts that somebody else made. Only
//! [`Reconciler::adopt`] changes anything.

use super::Reconciler;
use super::accounts::tags_of;
use crate::cloud::Place;
use crate::environment::{
    Account, AccountId, AccountOrder, AccountRowId, AccountState, SessionName, Setback,
};
use crate::nuke::evidence::gather;
use crate::nuke::plan::Plan;
use crate::nuke::survey::Survey;
use crate::nuke::target::objections;
use crate::store::StoreError;

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum NoPlan {
    /// Nothing may be deleted in it.
    #[error("nothing may be deleted in {account}: {}", objections.join("; "))]
    Forbidden {
        /// The account.
        account: AccountId,
        /// Every reason.
        objections: Vec<String>,
    },
    /// AWS did not answer as it should.
    #[error("AWS: {0}")]
    Setback(#[from] Setback),
    /// The database did not.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An account that a plan is made for.
pub struct Candidate {
    /// Its number.
    pub number: AccountId,
    /// Its row as it is; `None` if it is not in the ledger.
    pub row: Option<Account>,
    /// Whether an admin vouches that the guardrails held since the account was made: of one that is not in the
    /// ledger nobody else knows.
    pub vouched: bool,
}

impl Reconciler {
    /// The account of this number or row id. A number that is not in the ledger is a candidate all the same.
    pub async fn candidate(&self, name: &str) -> Result<Option<Candidate>, StoreError> {
        let mut row = self.store.account(&AccountRowId::new(name)).await?;
        if row.is_none() {
            let accounts = self.store.accounts().await?;
            row = accounts.into_iter().find(|account| {
                account
                    .account
                    .as_ref()
                    .is_some_and(|it| it.as_str() == name)
            });
        }
        let is_number = name.len() == 12 && name.bytes().all(|digit| digit.is_ascii_digit());
        let number = match &row {
            Some(row) => row.account.clone(),
            None if is_number => Some(AccountId::new(name)),
            None => None,
        };
        Ok(number.map(|number| Candidate {
            number,
            row,
            vouched: false,
        }))
    }

    /// Proves the target, looks at everything, and says what would be deleted.
    pub async fn dry_run(&self, candidate: &Candidate) -> Result<Plan, NoPlan> {
        let account = self.proven(candidate).await?;
        let held = self.held(&account).await?;
        let session = SessionName::new(format!("ebbtide-dry-run-{}", candidate.number));
        let survey = Survey {
            account: &candidate.number,
            session: &session,
            stack_regions: &account.regions,
            held: &held,
            clock: self.clock.as_ref(),
        };
        let made_at = self.clock.now();
        let (inventory, regions) = self.nuke.survey(&survey).await;
        let row = candidate.row.as_ref().map(|row| row.id.clone());
        Ok(Plan::new(
            candidate.number.clone(),
            row,
            made_at,
            &held,
            regions,
            inventory,
        ))
    }

    /// Takes an account into the ledger, to be emptied before it is lent; `None` if the ledger knows it.
    ///
    /// The tags come first: whoever empties it asks for them. The row's name follows from the number, so that it
    /// can be done again after it was cut short.
    pub async fn adopt(&self, candidate: &Candidate) -> Result<Option<Account>, NoPlan> {
        let account = self.proven(candidate).await?;
        let tags = tags_of(&account);
        let organization = &self.cloud.organization;
        organization.tag(&candidate.number, &tags).await?;
        let now = self.clock.now();
        let new = self.store.adopt(&account, now).await?;
        Ok(new.then_some(account))
    }

    /// The account as it will be when it is emptied, if nothing speaks against that.
    async fn proven(&self, candidate: &Candidate) -> Result<Account, NoPlan> {
        let number = &candidate.number;
        let forbidden = |objections| NoPlan::Forbidden {
            account: number.clone(),
            objections,
        };
        let known = candidate.row.clone().map(ready_to_empty).transpose();
        let known = known.map_err(|why| forbidden(vec![why]))?;
        let stranger = || {
            Account::adopted(
                number.clone(),
                String::new(),
                String::new(),
                self.clock.now(),
            )
        };
        let mut account = known.unwrap_or_else(stranger);
        if candidate.row.is_none() && candidate.vouched {
            account.guardrails = self.intact_guardrails().await?;
            if account.guardrails.is_none() {
                let sentence = "the guardrails are not attached as configured, \"ebbtide guardrails diff\" says how";
                return Err(forbidden(vec![sentence.to_owned()]));
            }
        }
        let mut gathered = gather(&self.cloud, &self.place_of(&account, number)).await?;
        if candidate.row.is_none()
            && let Some(listed) = &mut gathered.listed
        {
            account.name.clone_from(&listed.name);
            account.email.clone_from(&listed.email);
            // It would get them; tags that lead elsewhere stay, and speak against it.
            for (key, value) in tags_of(&account) {
                listed.tags.entry(key).or_insert(value);
            }
        }
        let objections = objections(
            &account,
            &gathered.evidence(),
            &self.settings.nuke.forbidden,
        );
        if objections.is_empty() {
            Ok(account)
        } else {
            Err(forbidden(objections))
        }
    }

    /// Where an account is asked who it is.
    pub(super) fn place_of(&self, account: &Account, number: &AccountId) -> Place {
        Place {
            account: number.clone(),
            region: self.settings.region.clone(),
            session: SessionName::new(format!("ebbtide-{}", account.id)),
        }
    }
}

/// The account as it would be when it is emptied, or why it cannot be.
fn ready_to_empty(account: Account) -> Result<Account, String> {
    if account.state == AccountState::Scrubbing {
        return Ok(account);
    }
    account.ordered(&AccountOrder::Empty)
}
