//! [`Organization`] over AWS Organizations.

use super::call::{Call, call, call_or};
use super::connection::Connection;
use super::setback::Failed;
use crate::cloud::{CensusEntry, Closure, Creation, Found, NewAccount, Organization, Tags};
use crate::environment::{AccountId, CreateRequestId, Setback};
use async_trait::async_trait;
use aws_sdk_organizations::config::Builder;
use aws_sdk_organizations::config::retry::RetryConfig;
use aws_sdk_organizations::operation::close_account::CloseAccountError;
use aws_sdk_organizations::operation::create_account::CreateAccountError;
use aws_sdk_organizations::operation::list_accounts::ListAccountsOutput;
use aws_sdk_organizations::operation::list_accounts_for_parent::ListAccountsForParentOutput;
use aws_sdk_organizations::operation::list_create_account_status::ListCreateAccountStatusOutput;
use aws_sdk_organizations::types::{
    Account, AccountState, AccountStatus, ConstraintViolationExceptionReason as Constraint,
    CreateAccountState, CreateAccountStatus, IamUserAccessToBilling, Tag,
};

#[async_trait]
impl Organization for Connection {
    async fn census(&self) -> Result<Vec<CensusEntry>, Setback> {
        let pages = call(
            Call::organization("ListAccountsForParent"),
            self.organizations
                .list_accounts_for_parent()
                .parent_id(&self.options.sandbox_ou)
                .into_paginator()
                .send()
                .collect::<Result<Vec<_>, _>>(),
        )
        .await?;
        let mut census = Vec::new();
        for account in pages.iter().flat_map(ListAccountsForParentOutput::accounts) {
            if let Some(entry) = self.entry_of(account).await? {
                census.push(entry);
            }
        }
        Ok(census)
    }

    async fn management(&self) -> Result<AccountId, Setback> {
        self.management_number().await.cloned()
    }

    async fn standing(&self, account: &AccountId) -> Result<Option<CensusEntry>, Setback> {
        let parent = match self.find_parent(account).await {
            Err(failed) if failed.is_any(&["ChildNotFoundException"]) => return Ok(None),
            parent => parent?,
        };
        if parent.as_deref() != Some(&self.options.sandbox_ou) {
            return Ok(None);
        }
        let answer = call(
            Call::about("DescribeAccount", account),
            self.organizations
                .describe_account()
                .account_id(account.as_str())
                .send(),
        )
        .await?;
        match answer.account() {
            Some(account) => self.entry_of(account).await,
            None => Ok(None),
        }
    }

    async fn create(&self, account: &NewAccount) -> Result<CreateRequestId, Setback> {
        let request = self
            .organizations
            .create_account()
            .email(&account.email)
            .account_name(&account.name)
            .role_name(&account.role)
            .iam_user_access_to_billing(IamUserAccessToBilling::Deny)
            .set_tags(Some(to_tags(&account.tags)?))
            .customize()
            // Without an idempotency token a second sending could make a second account.
            .config_override(Builder::new().retry_config(RetryConfig::disabled()));
        let answer = call_or(
            Call::organization("CreateAccount"),
            request.send(),
            creation_rate,
        )
        .await
        .map_err(super::setback::Failed::uncertain)?;
        answer
            .create_account_status()
            .and_then(CreateAccountStatus::id)
            .map(CreateRequestId::new)
            .ok_or_else(|| Setback::lost("CreateAccount answered without a request id"))
    }

    async fn creation(&self, request: &CreateRequestId) -> Result<Creation, Setback> {
        let answer = call(
            Call::organization("DescribeCreateAccountStatus"),
            self.organizations
                .describe_create_account_status()
                .create_account_request_id(request.as_str())
                .send(),
        )
        .await?;
        let status = answer.create_account_status();
        let state = status.and_then(CreateAccountStatus::state);
        match state {
            Some(CreateAccountState::Succeeded) => status
                .and_then(CreateAccountStatus::account_id)
                .map(|id| Creation::Done(AccountId::new(id)))
                .ok_or_else(|| Setback::later("the new account has no number yet")),
            Some(CreateAccountState::Failed) => Ok(Creation::Failed(
                status
                    .and_then(CreateAccountStatus::failure_reason)
                    .map_or("INTERNAL_FAILURE", |reason| reason.as_str())
                    .to_owned(),
            )),
            _ => Ok(Creation::InProgress),
        }
    }

    async fn find(&self, account: &NewAccount) -> Result<Option<Found>, Setback> {
        // In this order: a creation that ends between the two looks shows up in the second.
        if let Some(request) = self.creating(&account.name).await? {
            return Ok(Some(Found::Creating(request)));
        }
        let pages = call(
            Call::organization("ListAccounts"),
            self.organizations
                .list_accounts()
                .into_paginator()
                .send()
                .collect::<Result<Vec<_>, _>>(),
        )
        .await?;
        Ok(pages
            .iter()
            .flat_map(ListAccountsOutput::accounts)
            .find(|seen| {
                seen.email() == Some(account.email.as_str())
                    || seen.name() == Some(account.name.as_str())
            })
            .and_then(Account::id)
            .map(|id| Found::Account(AccountId::new(id))))
    }

    async fn place(&self, account: &AccountId) -> Result<(), Setback> {
        self.refuse_management(account).await?;
        let parent = self.parent_of(account).await?;
        let parent =
            parent.ok_or_else(|| Setback::later(format!("{account} has no parent yet")))?;
        if parent == self.options.sandbox_ou {
            return Ok(());
        }
        let moved = call(
            Call::about("MoveAccount", account),
            self.organizations
                .move_account()
                .account_id(account.as_str())
                .source_parent_id(&parent)
                .destination_parent_id(&self.options.sandbox_ou)
                .send(),
        )
        .await;
        match moved {
            Err(failed) if failed.is_any(&["DuplicateAccountException"]) => Ok(()),
            other => Ok(other.map(drop)?),
        }
    }

    async fn close(&self, account: &AccountId) -> Result<(), Setback> {
        self.close_account(account).await
    }

    async fn closure(&self, account: &AccountId) -> Result<Closure, Setback> {
        self.closure_of(account).await
    }

    async fn tag(&self, account: &AccountId, tags: &Tags) -> Result<(), Setback> {
        self.refuse_management(account).await?;
        call(
            Call::about("TagResource", account),
            self.organizations
                .tag_resource()
                .resource_id(account.as_str())
                .set_tags(Some(to_tags(tags)?))
                .send(),
        )
        .await?;
        Ok(())
    }
}

impl Connection {
    /// Asks for an account to be closed.
    async fn close_account(&self, account: &AccountId) -> Result<(), Setback> {
        self.refuse_management(account).await?;
        if self.parent_of(account).await?.as_deref() != Some(&self.options.sandbox_ou) {
            return Err(Setback::refused(format!(
                "{account} is not in the sandbox OU; it is not closed"
            )));
        }
        let closed = call_or(
            Call::about("CloseAccount", account),
            self.organizations
                .close_account()
                .account_id(account.as_str())
                .send(),
            closure_rate,
        )
        .await;
        match closed {
            Err(failed) if failed.is_any(&["AccountAlreadyClosedException"]) => Ok(()),
            // Another change of it is under way, perhaps this one.
            Err(failed) if failed.is_any(&["ConflictException"]) => Ok(()),
            other => Ok(other.map(drop)?),
        }
    }

    async fn closure_of(&self, account: &AccountId) -> Result<Closure, Setback> {
        let answer = call(
            Call::about("DescribeAccount", account),
            self.organizations
                .describe_account()
                .account_id(account.as_str())
                .send(),
        )
        .await;
        let answer = match answer {
            // 90 days later it is gone from the organization.
            Err(failed) if failed.is_any(&["AccountNotFoundException"]) => {
                return Ok(Closure::Closed);
            }
            other => other?,
        };
        Ok(answer.account().map_or(Closure::Closed, closure))
    }

    async fn tags_of(&self, account: &AccountId) -> Result<Tags, Setback> {
        let tags = call(
            Call::about("ListTagsForResource", account),
            self.organizations
                .list_tags_for_resource()
                .resource_id(account.as_str())
                .into_paginator()
                .items()
                .send()
                .collect::<Result<Vec<_>, _>>(),
        )
        .await?;
        Ok(tags
            .into_iter()
            .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
            .collect())
    }

    /// The creation of an account of this name that has not ended. The status has no e-mail.
    async fn creating(&self, name: &str) -> Result<Option<CreateRequestId>, Setback> {
        let running = call(
            Call::organization("ListCreateAccountStatus"),
            self.organizations
                .list_create_account_status()
                .states(CreateAccountState::InProgress)
                .into_paginator()
                .send()
                .collect::<Result<Vec<_>, _>>(),
        )
        .await;
        let running = match running {
            // An emulator that makes accounts at once has no list of those in the making.
            Err(failed) if failed.is_any(&["InvalidAction", "UnknownOperationException"]) => {
                return Ok(None);
            }
            other => other?,
        };
        Ok(running
            .iter()
            .flat_map(ListCreateAccountStatusOutput::create_account_statuses)
            .find(|status| status.account_name() == Some(name))
            .and_then(CreateAccountStatus::id)
            .map(CreateRequestId::new))
    }
}

/// `State` has replaced `Status`, but not every endpoint offers it.
impl Connection {
    /// What an account is in the organization's list.
    async fn entry_of(&self, account: &Account) -> Result<Option<CensusEntry>, Setback> {
        let Some(id) = account.id().map(AccountId::new) else {
            return Ok(None);
        };
        Ok(Some(CensusEntry {
            name: account.name().unwrap_or_default().to_owned(),
            email: account.email().unwrap_or_default().to_owned(),
            active: is_active(account),
            tags: self.tags_of(&id).await?,
            account: id,
        }))
    }

    /// The OU or root that an account is in: it has exactly one.
    async fn parent_of(&self, account: &AccountId) -> Result<Option<String>, Setback> {
        Ok(self.find_parent(account).await?)
    }

    async fn find_parent(&self, account: &AccountId) -> Result<Option<String>, Failed> {
        let parents = call(
            Call::about("ListParents", account),
            self.organizations
                .list_parents()
                .child_id(account.as_str())
                .send(),
        )
        .await?;
        let parent = parents.parents().first();
        Ok(parent.and_then(|parent| parent.id()).map(str::to_owned))
    }
}

fn closure(account: &Account) -> Closure {
    match (account.state(), account.status()) {
        (Some(AccountState::PendingClosure), _) | (None, Some(AccountStatus::PendingClosure)) => {
            Closure::UnderWay
        }
        (Some(AccountState::Suspended | AccountState::Closed), _)
        | (None, Some(AccountStatus::Suspended)) => Closure::Closed,
        _ => Closure::Open,
    }
}

/// Closing too fast or too many is a constraint violation, and waiting mends it.
fn closure_rate(error: &CloseAccountError) -> Option<Setback> {
    let CloseAccountError::ConstraintViolationException(violation) = error else {
        return None;
    };
    let what = match violation.reason()? {
        Constraint::CloseAccountRequestsLimitExceeded => {
            "AWS closes three accounts at a time, and others are being closed"
        }
        Constraint::CloseAccountQuotaExceeded => {
            "the organization has closed as many accounts as it may in 30 days"
        }
        _ => return None,
    };
    Some(Setback::later(format!("CloseAccount: {what}")))
}

fn is_active(account: &Account) -> bool {
    match account.state() {
        Some(state) => *state == AccountState::Active,
        None => account.status() == Some(&AccountStatus::Active),
    }
}

/// Creating too fast is a constraint violation like running out of accounts, but waiting mends it.
fn creation_rate(error: &CreateAccountError) -> Option<Setback> {
    let CreateAccountError::ConstraintViolationException(violation) = error else {
        return None;
    };
    let rate = violation.reason() == Some(&Constraint::AccountCreationRateLimitExceeded);
    rate.then(|| Setback::later("CreateAccount: the rate of account creation is exceeded"))
}

fn to_tags(tags: &Tags) -> Result<Vec<Tag>, Setback> {
    tags.iter()
        .map(|(key, value)| {
            Tag::builder()
                .key(key)
                .value(value)
                .build()
                .map_err(|error| Setback::refused(format!("the tag {key} cannot be set: {error}")))
        })
        .collect()
}
