//! [`Entry`] over STS, CloudFormation and EC2.

use super::call::call;
use super::connection::Connection;
use super::setback::Failed;
use super::{revoke, unlisted};
use crate::cloud::{Call, Entry, Place};
use crate::environment::Setback;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::Value;

/// What a new account answers until its role, its region and its subscriptions have arrived everywhere.
const TOO_NEW: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AuthFailure",
    "InvalidClientTokenId",
    "RegionDisabledException",
    "UnauthorizedOperation",
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
        let zones = Call::new("ec2", "DescribeAvailabilityZones", Value::Null);
        match self.direct(at, &zones).await {
            // An admin's guardrail may deny it: then no preview needs it either.
            Err(failed) if !unlisted::is_denied(&failed) => Err(while_new(failed)),
            _ => Ok(()),
        }
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
