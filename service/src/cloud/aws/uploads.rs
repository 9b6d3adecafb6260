//! Templates too large for a request go through a bucket in the sandbox account.
//!
//! The bucket belongs to the account, so that CloudFormation may read it with the same session and the
//! account's end takes it along. Its name is derived, so a crash leaves nothing that is not found again.

use super::buckets;
use super::call::call;
use super::connection::Session;
use crate::cloud::Place;
use crate::environment::Setback;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketLocationConstraint, CreateBucketConfiguration, PublicAccessBlockConfiguration,
};
use sha2::{Digest, Sha256};

/// The longest body that a request may carry, in bytes.
const LONGEST_INLINE: usize = 51_200;

/// The longest body that CloudFormation reads from S3, in bytes.
const LONGEST: usize = 1_000_000;

/// How a template reaches CloudFormation.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// In the request.
    Inline,
    /// Through the bucket.
    Bucket,
}

/// Chooses the way by the body's size.
pub(super) fn way(template: &str) -> Result<Way, Setback> {
    let bytes = template.len();
    if bytes <= LONGEST_INLINE {
        Ok(Way::Inline)
    } else if bytes <= LONGEST {
        Ok(Way::Bucket)
    } else {
        Err(Setback::refused(format!(
            "the template has {bytes} bytes and CloudFormation takes {LONGEST} at most; split it into several stacks"
        )))
    }
}

/// Puts a template into the bucket and returns the URL by which CloudFormation reads it.
pub(super) async fn upload(
    session: &Session,
    at: &Place,
    template: &str,
) -> Result<String, Setback> {
    let bucket = bucket(at);
    make_bucket(session, at, &bucket).await?;
    // Named by its content: a repeat writes the same object.
    let key = hex::encode(Sha256::digest(template.as_bytes()));
    call(
        session.call("PutObject", at),
        session
            .s3
            .put_object()
            .bucket(&bucket)
            .key(&key)
            .expected_bucket_owner(at.account.as_str())
            .body(ByteStream::from(template.as_bytes().to_vec()))
            .send(),
    )
    .await?;
    let domain = if at.region.as_str().starts_with("cn-") {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    };
    Ok(format!("https://s3.{}.{domain}/{bucket}/{key}", at.region))
}

/// Empties and deletes the bucket. One that is not there is swept.
pub(super) async fn sweep(session: &Session, at: &Place) -> Result<(), Setback> {
    let bucket = bucket(at);
    loop {
        let asked = session
            .s3
            .list_objects_v2()
            .bucket(&bucket)
            .expected_bucket_owner(at.account.as_str());
        let page = match call(session.call("ListObjectsV2", at), asked.send()).await {
            Err(failed) if failed.is_any(&["NoSuchBucket"]) => return Ok(()),
            other => other?,
        };
        if page.contents().is_empty() {
            break;
        }
        // Always the first page: what was on it is gone at the next look.
        let keys = page.contents().iter().filter_map(|object| object.key());
        buckets::delete_keys(session, at, &bucket, keys).await?;
    }
    let asked = session
        .s3
        .delete_bucket()
        .bucket(&bucket)
        .expected_bucket_owner(at.account.as_str());
    match call(session.call("DeleteBucket", at), asked.send()).await {
        Err(failed) if failed.is_any(&["NoSuchBucket"]) => Ok(()),
        // Somebody planned in between, or S3 does not see yet that it is empty.
        Err(failed) if failed.is_any(&["BucketNotEmpty"]) => {
            Err(Setback::later(failed.setback.to_string()))
        }
        other => Ok(other.map(drop)?),
    }
}

async fn make_bucket(session: &Session, at: &Place, bucket: &str) -> Result<(), Setback> {
    // `us-east-1` is where a bucket goes when no place is named, and may not be named.
    let location = (at.region.as_str() != "us-east-1").then(|| {
        CreateBucketConfiguration::builder()
            .location_constraint(BucketLocationConstraint::from(at.region.as_str()))
            .build()
    });
    let asked = session
        .s3
        .create_bucket()
        .bucket(bucket)
        .set_create_bucket_configuration(location);
    match call(session.call("CreateBucket", at), asked.send()).await {
        Err(failed) if failed.is_any(&["BucketAlreadyOwnedByYou"]) => {}
        other => drop(other?),
    }
    // AWS does so for new buckets by itself; an account may have switched that off.
    call(
        session.call("PutPublicAccessBlock", at),
        session
            .s3
            .put_public_access_block()
            .bucket(bucket)
            .expected_bucket_owner(at.account.as_str())
            .public_access_block_configuration(
                PublicAccessBlockConfiguration::builder()
                    .block_public_acls(true)
                    .ignore_public_acls(true)
                    .block_public_policy(true)
                    .restrict_public_buckets(true)
                    .build(),
            )
            .send(),
    )
    .await?;
    Ok(())
}

/// Bucket names are unique in all of AWS; with the account's number in it nobody else has a reason for it.
fn bucket(at: &Place) -> String {
    format!("ebbtide-templates-{}-{}", at.account, at.region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_in_bytes_chooses_the_way() {
        assert_eq!(way(&"a".repeat(51_200)), Ok(Way::Inline));
        assert_eq!(way(&"a".repeat(51_201)), Ok(Way::Bucket));
        assert_eq!(way(&"ä".repeat(25_601)), Ok(Way::Bucket));
        assert_eq!(way(&"a".repeat(1_000_000)), Ok(Way::Bucket));
    }

    #[test]
    fn a_template_too_large_for_aws_is_refused_with_its_size() {
        assert_eq!(
            way(&"a".repeat(1_000_001)).unwrap_err().to_string(),
            "the template has 1000001 bytes and CloudFormation takes 1000000 at most; split it into several stacks"
        );
    }
}
