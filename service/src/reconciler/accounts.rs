//! Each account's own life, from the intent to make it until it is closed.

use super::Reconciler;
use super::look::period;
use crate::cloud::{Creation, Found, NewAccount, Tags, tag};
use crate::environment::pool::{AccountStep, next_account_step};
use crate::environment::{Account, AccountId, AccountState, Setback};
use crate::store::{Lease, StoreError};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// How long to wait for a turn to be created, or for a creation to come further.
const CREATION_PAUSE: Duration = Duration::from_secs(10);

/// How many times an address may be taken, and the account that has it not be found, before another one is
/// used: lists of accounts can be behind.
const TAKEN_LIMIT: u32 = 6;

impl Reconciler {
    /// Claims the account that has been due the longest and does its next step; `false` if none was.
    pub(super) async fn reconcile_account(&self) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let until = now + period(self.settings.lease);
        let claimed = self
            .store
            .claim_account(&self.settings.owner, now, until)
            .await?;
        let Some((lease, account)) = claimed else {
            return Ok(false);
        };
        match self.account_pass(lease, account, until).await {
            Ok(()) => Ok(true),
            Err(StoreError::Stale(row)) => {
                tracing::info!(account = %row, "another worker took over; what this one did is dropped");
                Ok(true)
            }
            Err(error) => Err(error),
        }
    }

    async fn account_pass(
        &self,
        lease: Lease,
        mut account: Account,
        until: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let step = next_account_step(&account);
        if step == AccountStep::Scrub {
            return self.scrub_pass(lease, account, until).await;
        }
        let was = account.state;
        let wait = match self.account_step(&lease, &mut account, step).await? {
            Ok(wait) => {
                // Not before it has come further: between two requests that fail, looking for the account
                // succeeds each time.
                if account.state != was {
                    account.failures = 0;
                }
                wait
            }
            Err(setback) => {
                account.failures = account.failures.saturating_add(1);
                account.reason = Some(setback.to_string());
                tracing::warn!(account = %account.id, ?step, %setback, "set back");
                metrics::counter!("ebbtide_setbacks_total").increment(1);
                let salt = account.id.as_str().bytes().map(u64::from).sum();
                self.settings.pace.retry(&setback, account.failures, salt)
            }
        };
        if account.state != was {
            let told = matches!(
                account.state,
                AccountState::Failed | AccountState::Quarantined
            );
            account.reason = account.reason.filter(|_| told);
            tracing::info!(account = %account.id, from = was.as_str(), to = account.state.as_str(), "account");
        }
        let now = self.clock.now();
        self.store
            .commit_account(&lease, &account, Some(now + period(wait)), now)
            .await?;
        if account.state == AccountState::Ready {
            self.wake_queue().await?;
        }
        if account.state != was {
            self.tend_pool().await?;
        }
        Ok(())
    }

    async fn account_step(
        &self,
        lease: &Lease,
        account: &mut Account,
        step: AccountStep,
    ) -> Result<Result<Duration, Setback>, StoreError> {
        let organization = &self.cloud.organization;
        let now = self.clock.now();
        Ok(match step {
            AccountStep::BeginCreation => {
                let begun = self
                    .store
                    .begin_creation(lease, account, self.settings.pool.max_creating, now)
                    .await?;
                if begun {
                    account.state = AccountState::Creating;
                }
                Ok(if begun {
                    Duration::ZERO
                } else {
                    CREATION_PAUSE
                })
            }
            AccountStep::Create => {
                account.requested = true;
                self.store.commit_account(lease, account, None, now).await?;
                organization
                    .create(&self.request_for(account))
                    .await
                    .map(|request| {
                        account.request = Some(request);
                        Duration::ZERO
                    })
            }
            AccountStep::Find => organization
                .find(&self.request_for(account))
                .await
                .map(|found| {
                    match found {
                        Some(Found::Account(id)) => account.arrive(id),
                        Some(Found::Creating(request)) => account.request = Some(request),
                        // It never got through: asking again is safe.
                        None => account.requested = false,
                    }
                    Duration::ZERO
                }),
            AccountStep::Poll => match &account.request {
                None => Ok(Duration::ZERO),
                Some(request) => organization
                    .creation(request)
                    .await
                    .and_then(|creation| account.follow(creation)),
            },
            AccountStep::Place => self.place(account).await,
            AccountStep::Enter => return self.enter(lease, account).await,
            AccountStep::Wake => Ok(match account.woken(now) {
                Ok(woken) => {
                    *account = woken;
                    Duration::ZERO
                }
                Err(left) => left.to_std().unwrap_or_default(),
            }),
            AccountStep::Close => return self.close(lease, account).await,
            // `Scrub` has a pass of its own.
            AccountStep::Scrub | AccountStep::Rest => Ok(Duration::ZERO),
        })
    }

    async fn place(&self, account: &mut Account) -> Result<Duration, Setback> {
        if let Some(id) = &account.account {
            self.cloud.organization.place(id).await?;
            let tags = tags_of(account);
            self.cloud.organization.tag(id, &tags).await?;
        }
        account.state = AccountState::Preparing;
        Ok(Duration::ZERO)
    }

    fn request_for(&self, account: &Account) -> NewAccount {
        NewAccount {
            email: account.email.clone(),
            name: account.name.clone(),
            role: self.settings.member_role.clone(),
            tags: tags_of(account),
        }
    }
}

pub(super) fn tags_of(account: &Account) -> Tags {
    Tags::from([
        (tag::MANAGED.to_owned(), "pool".to_owned()),
        (tag::PURPOSE.to_owned(), "preview environments".to_owned()),
        (tag::ACCOUNT_ROW.to_owned(), account.id.to_string()),
    ])
}

impl Account {
    fn arrive(&mut self, id: AccountId) {
        self.account = Some(id);
        self.state = AccountState::Arriving;
    }

    /// What a creation's progress means for the account, and when to look again.
    ///
    /// The row is kept for another try: with another one in its place for every refusal (the organization is
    /// full), rows and requests would never end.
    fn follow(&mut self, creation: Creation) -> Result<Duration, Setback> {
        let reason = match creation {
            Creation::InProgress => return Ok(CREATION_PAUSE),
            Creation::Done(id) => {
                self.arrive(id);
                return Ok(Duration::ZERO);
            }
            Creation::Failed(reason) => reason,
        };
        let sentence = format!("Organizations could not make the account: {reason}");
        // Before it is asked for again it is looked for: an earlier request may have got through after all.
        self.request = None;
        if reason != "EMAIL_ALREADY_EXISTS" {
            return Err(Setback::refused(sentence));
        }
        self.taken += 1;
        if self.taken < TAKEN_LIMIT {
            return Err(Setback::later(sentence));
        }
        // The address belongs to an account of somebody else's.
        self.state = AccountState::Failed;
        self.reason = Some(sentence);
        Ok(Duration::ZERO)
    }
}
