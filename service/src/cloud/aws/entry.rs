//! [`Entry`] over STS and CloudFormation.

use super::call::call;
use super::connection::Connection;
use super::revoke;
use super::setback::Failed;
use crate::cloud::{Entry, Place};
use crate::environment::Setback;
use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// What a new account answers until its role, its region and its subscriptions have arrived everywhere.
const TOO_NEW: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AuthFailure",
    "InvalidClientTokenId",
    "RegionDisabledException",
    "UnrecognizedClientException",
];

#[async_trait]
impl Entry for Connection {
    async fn enter(&self, at: &Place) -> Result<(), Setback> {
        let session = self.session(at).await.map_err(while_new)?;
        let asked = session.call("GetCallerIdentity", at);
        let identity = call(asked, session.sts.get_caller_identity().send())
            .await
            .map_err(while_new)?;
        let entered = identity.account().unwrap_or("an account without a number");
        if entered != at.account.as_str() {
            return Err(Setback::refused(format!(
                "the role of account {} leads into {entered}; nothing is done there",
                at.account
            )));
        }
        let asked = session.call("DescribeStacks", at);
        call(asked, session.cloudformation.describe_stacks().send())
            .await
            .map_err(while_new)?;
        Ok(())
    }

    async fn revoke_sessions(
        &self,
        at: &Place,
        roles: &[String],
        before: DateTime<Utc>,
    ) -> Result<(), Setback> {
        revoke::revoke(self, at, roles, before).await
    }
}

fn while_new(failed: Failed) -> Setback {
    if failed.is_any(TOO_NEW) {
        return Setback::later(failed.setback.to_string());
    }
    failed.into()
}
