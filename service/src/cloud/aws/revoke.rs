//! Ending sessions: they cannot be called back, but a role can deny everything to those that began before
//! a time. Whoever enters later is not touched.

use super::connection::Connection;
use crate::cloud::{Call, Place};
use crate::environment::Setback;
use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use serde_json::json;

/// The name that AWS's console gives the policy.
const POLICY: &str = "AWSRevokeOlderSessions";

/// Puts the policy on each role; on the one that we stand on last, and only when we may go on afterwards.
pub(super) async fn revoke(
    connection: &Connection,
    at: &Place,
    roles: &[String],
    before: DateTime<Utc>,
) -> Result<(), Setback> {
    // AWS counts in whole seconds.
    let before = before.trunc_subsecs(0);
    let ours = connection.options.member_role();
    for role in roles.iter().filter(|role| *role != ours) {
        deny(connection, at, role, before).await?;
    }
    if !roles.iter().any(|role| role == ours) {
        return Ok(());
    }
    // AWS's clock decides on both: when our session began, and what the policy denies.
    if connection.session(at).await?.began < before {
        connection.forget_sessions(&at.account, before);
        let began = connection.session(at).await?.began;
        if began < before {
            return Err(Setback::later(format!(
                "cannot end the sessions of {ours} from before {before}: our own began at {began} and would end, too"
            )));
        }
    }
    deny(connection, at, ours, before).await?;
    connection.forget_sessions(&at.account, before);
    Ok(())
}

async fn deny(
    connection: &Connection,
    at: &Place,
    role: &str,
    before: DateTime<Utc>,
) -> Result<(), Setback> {
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Deny",
            "Action": ["*"],
            "Resource": ["*"],
            "Condition": {
                "DateLessThan": {
                    "aws:TokenIssueTime": before.to_rfc3339_opts(SecondsFormat::Secs, true)
                }
            }
        }]
    });
    let putting = Call::new(
        "iam",
        "PutRolePolicy",
        json!({
            "RoleName": role,
            "PolicyName": POLICY,
            "PolicyDocument": policy.to_string(),
        }),
    );
    match connection.direct(at, &putting).await {
        Err(failed) if failed.is_any(&["NoSuchEntity", "NoSuchEntityException"]) => Ok(()),
        other => Ok(other.map(drop)?),
    }
}
