//! Policies of buckets and queues that lock everybody out, us too. Only the account's root user can take them away,
//! and the management account may act as that for this one task.

use super::connection::{Connection, Session};
use super::setback::Failed;
use super::{buckets, call::call};
use crate::cloud::{Call, Locked, Place, Progress};
use crate::environment::Setback;
use serde_json::json;

/// What an admin can do when AWS does not let us act as root.
const MEND: &str = "unlocking needs centralized root access: in the management account enable privileged root actions \
    in member accounts (IAM, Root access management), and allow this service sts:AssumeRoot";

/// How SQS says that the queue is not there.
const NO_QUEUE: &[&str] = &[
    "AWS.SimpleQueueService.NonExistentQueue",
    "QueueDoesNotExist",
];

/// Takes the policy away.
pub(super) async fn unlock(
    connection: &Connection,
    at: &Place,
    locked: &Locked,
) -> Result<Progress, Setback> {
    match locked {
        Locked::Bucket(bucket) => {
            let region = buckets::region(connection, at, bucket).await;
            let at = &Place {
                region: region.ok().flatten().unwrap_or_else(|| at.region.clone()),
                ..at.clone()
            };
            let root = match connection.root_session(at, "S3UnlockBucketPolicy").await {
                Ok(root) => root,
                Err(failed) => return no_root(failed),
            };
            free_bucket(&root, at, bucket).await
        }
        Locked::Queue(url) => {
            let root = match connection.root_session(at, "SQSUnlockQueuePolicy").await {
                Ok(root) => root,
                Err(failed) => return no_root(failed),
            };
            let input = json!({ "QueueUrl": url, "Attributes": { "Policy": "" } });
            let reset = Call::new("sqs", "SetQueueAttributes", input);
            match connection.direct_within(&root, at, &reset).await {
                Ok(_) => Ok(Progress::Done),
                Err(failed) if failed.is_any(NO_QUEUE) => Ok(Progress::Done),
                Err(failed) => buckets::ended(failed),
            }
        }
    }
}

async fn free_bucket(root: &Session, at: &Place, bucket: &str) -> Result<Progress, Setback> {
    let asked = root
        .s3
        .delete_bucket_policy()
        .bucket(bucket)
        .expected_bucket_owner(at.account.as_str());
    match call(root.call("DeleteBucketPolicy", at), asked.send()).await {
        Ok(_) => Ok(Progress::Done),
        Err(failed) if failed.is_any(&["NoSuchBucketPolicy"]) => Ok(Progress::Done),
        Err(failed) => buckets::ended(failed),
    }
}

/// AWS does not let us act as root: it says why, and we say what would help.
fn no_root(failed: Failed) -> Result<Progress, Setback> {
    Ok(match buckets::ended(failed)? {
        Progress::Refused { code, message } => Progress::Refused {
            code,
            message: format!("AWS refused AssumeRoot: {message}; {MEND}"),
        },
        other => other,
    })
}
