//! What an admin may have done with an account of the pool. None of it makes an account ready: that takes a
//! certificate.

use super::account::{Account, AccountState};
use super::closing::Closing;
use chrono::{DateTime, Utc};

/// What an admin asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountOrder {
    /// Try one now that could not be emptied.
    Retry,
    /// Keep one from being lent and emptied until it is released.
    SetAside {
        /// Who says so.
        by: String,
        /// Why, for whoever wonders later.
        reason: String,
    },
    /// Empty one that was set aside by hand.
    Release,
    /// Empty one that nobody holds, also if it is ready.
    Empty,
    /// Close one for good that nobody holds, with whatever is in it.
    Close {
        /// Who says so.
        by: String,
        /// When.
        at: DateTime<Utc>,
    },
}

impl Account {
    /// The account after an order, or the sentence that says why that cannot be.
    pub fn ordered(&self, order: &AccountOrder) -> Result<Self, String> {
        if let Some(holder) = &self.holder {
            return Err(format!(
                "{holder} holds this account: end its environment first, then it is emptied by itself"
            ));
        }
        match (order, self.state, &self.set_aside_by) {
            (AccountOrder::Retry, AccountState::Quarantined, Some(by)) => Err(format!(
                "{by} set this account aside: release it, and it is emptied"
            )),
            (AccountOrder::Release, AccountState::Quarantined, None) => Err(
                "nobody set this account aside by hand: retry it, and its emptying is tried again"
                    .to_owned(),
            ),
            (AccountOrder::Retry | AccountOrder::Release, AccountState::Quarantined, _)
            | (
                AccountOrder::Empty,
                AccountState::Quarantined | AccountState::Ready | AccountState::Resting,
                _,
            ) => Ok(self.to_be_emptied()),
            (
                AccountOrder::SetAside { by, reason },
                AccountState::Ready
                | AccountState::Resting
                | AccountState::Scrubbing
                | AccountState::Quarantined,
                _,
            ) => Ok(Self {
                set_aside_by: Some(by.clone()),
                ..self.set_aside(reason)
            }),
            (
                AccountOrder::Close { by, at },
                AccountState::Ready | AccountState::Resting | AccountState::Quarantined,
                _,
            ) => Ok(self.to_be_closed(by, *at)),
            (AccountOrder::Close { .. }, AccountState::Closing | AccountState::Closed, _) => {
                Err(format!("this account is {} already", self.state.as_str()))
            }
            (AccountOrder::Close { .. }, AccountState::Scrubbing, _) => Err(
                "this account is being emptied: wait for that, or set it aside first".to_owned(),
            ),
            (AccountOrder::Close { .. }, state, _) => Err(format!(
                "this account is {}: only one that is ready, resting or quarantined can be closed",
                state.as_str()
            )),
            (AccountOrder::Retry | AccountOrder::Release, state, _) => Err(format!(
                "this account is not quarantined, it is {}",
                state.as_str()
            )),
            (AccountOrder::SetAside { .. }, state, _) => Err(format!(
                "this account is {}: only one that is ready or given back can be set aside",
                state.as_str()
            )),
            (AccountOrder::Empty, AccountState::Scrubbing, _) => {
                Err("this account is being emptied already".to_owned())
            }
            (AccountOrder::Empty, state, _) => Err(format!(
                "this account is {}: only one that is ready or quarantined can be emptied",
                state.as_str()
            )),
        }
    }

    /// To be closed for good: an irreversible decision, written down before anything is asked of AWS.
    #[must_use]
    pub fn to_be_closed(&self, by: &str, at: DateTime<Utc>) -> Self {
        Self {
            state: AccountState::Closing,
            closing: Some(Closing::decided(by, at)),
            set_aside_by: None,
            reason: None,
            rests_until: None,
            failures: 0,
            ..self.clone()
        }
    }

    /// From the beginning, as if it had just been given back.
    fn to_be_emptied(&self) -> Self {
        // Whoever was told of a certificate is not told of another one.
        let told = self.certificate.is_some();
        Self {
            served: self.served.clone().filter(|_| !told),
            certificate: None,
            set_aside_by: None,
            ..self.taken_back(None)
        }
    }
}
