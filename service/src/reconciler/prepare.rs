//! What a new account needs before it is lent.

use super::Reconciler;
use crate::cloud::Place;
use crate::environment::{Account, AccountState, Guarded, SessionName, Setback};
use crate::nuke::settings::Settings;
use crate::store::{Lease, StoreError};
use std::time::Duration;

impl Reconciler {
    pub(super) async fn enter(
        &self,
        lease: &Lease,
        account: &mut Account,
    ) -> Result<Result<Duration, Setback>, StoreError> {
        let (guardrails, settings) = match self.prepare(account).await {
            Ok(prepared) => prepared,
            Err(setback) => return Ok(Err(setback)),
        };
        account.guardrails = guardrails;
        self.write_settings(lease, account, &settings).await?;
        account.state = AccountState::Ready;
        Ok(Ok(Duration::ZERO))
    }

    /// Sees whether the account can be entered and its services answer, and how it is while it is new.
    async fn prepare(&self, account: &Account) -> Result<(Option<Guarded>, Settings), Setback> {
        let mut settings = Settings::default();
        if let Some(id) = &account.account {
            let at = Place {
                account: id.clone(),
                region: self.settings.region.clone(),
                session: SessionName::new(format!("ebbtide-{}", account.id)),
            };
            self.cloud.entry.enter(&at).await?;
            settings = self.settings_of(id, &at.session).await?;
        }
        let guardrails = self.intact_guardrails().await?;
        let kept = self.guardrails.as_ref().is_some_and(|keeper| keeper.keep);
        // Lent without them, it could never be proven empty.
        if kept && guardrails.is_none() {
            return Err(Setback::later(
                "the guardrails are not attached to the sandbox OU yet; \"ebbtide guardrails diff\" says what differs",
            ));
        }
        Ok((guardrails, settings))
    }
}
