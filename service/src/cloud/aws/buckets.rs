//! Emptying buckets: a bucket can only be deleted when nothing is in it, in any version.

use super::call::call;
use super::connection::{Connection, Session};
use super::setback::Failed;
use crate::cloud::{Place, Progress};
use crate::environment::{Region, Setback};
use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

/// How many pages of at most 1,000 objects one call deletes.
const BATCHES: usize = 20;

/// How many unfinished uploads one call ends; each takes a request of its own.
const UPLOADS: usize = 200;

/// Whose pace the calls here keep.
const SERVICE: &str = "s3";

/// What could not be deleted.
struct Kept {
    code: String,
    message: String,
}

/// What came of a batch.
struct Batch {
    deleted: usize,
    kept: Vec<(ObjectIdentifier, Kept)>,
}

/// Deletes what the bucket holds, up to the bounds above.
pub(super) async fn empty(
    connection: &Connection,
    at: &Place,
    bucket: &str,
) -> Result<Progress, Setback> {
    let at = match region(connection, at, bucket).await {
        Ok(Some(region)) => Place {
            region,
            ..at.clone()
        },
        Ok(None) => at.clone(),
        Err(failed) => return ended(failed),
    };
    let emptying = Emptying {
        connection,
        session: connection.session(&at).await?,
        at: &at,
        bucket,
    };
    let progress = match emptying.objects().await {
        Ok(Progress::Done) => emptying.uploads().await,
        other => other,
    };
    progress.or_else(ended)
}

/// The region of the bucket, where it is another one.
pub(super) async fn region(
    connection: &Connection,
    at: &Place,
    bucket: &str,
) -> Result<Option<Region>, Failed> {
    let session = connection.session(at).await?;
    let asked = session
        .s3
        .head_bucket()
        .bucket(bucket)
        .expected_bucket_owner(at.account.as_str());
    let asked = call(session.call("HeadBucket", at), asked.send());
    let named = match connection.in_turn(at, SERVICE, asked).await {
        Ok(answer) => answer.bucket_region().map(str::to_owned),
        Err(failed) if failed.bucket_region.is_some() => failed.bucket_region,
        // Its answer has no body to tell why; the list that follows does.
        Err(_) => None,
    };
    Ok(named.map(Region::new).filter(|region| *region != at.region))
}

/// What a failed call means for the bucket as a whole.
pub(super) fn ended(failed: Failed) -> Result<Progress, Setback> {
    if failed.is_any(&["NoSuchBucket"]) {
        return Ok(Progress::Done);
    }
    match failed.setback {
        Setback::Refused { .. } if !failed.code().is_empty() => Ok(Progress::Refused {
            code: failed.code().to_owned(),
            message: failed.message().to_owned(),
        }),
        setback => Err(setback),
    }
}

struct Emptying<'a> {
    connection: &'a Connection,
    session: Session,
    at: &'a Place,
    bucket: &'a str,
}

impl Emptying<'_> {
    fn under_way(&self) -> Progress {
        Progress::UnderWay {
            request: self.bucket.to_owned(),
        }
    }

    /// Deletes all versions and delete markers. What is locked is passed over, so that the rest goes, and told
    /// at the end.
    async fn objects(&self) -> Result<Progress, Failed> {
        let mut next = (None, None);
        let mut deleted = 0;
        let mut kept = None;
        for _ in 0..BATCHES {
            let asked = self
                .session
                .s3
                .list_object_versions()
                .bucket(self.bucket)
                .expected_bucket_owner(self.at.account.as_str())
                .set_key_marker(next.0.take())
                .set_version_id_marker(next.1.take());
            let asked = call(
                self.session.call("ListObjectVersions", self.at),
                asked.send(),
            );
            let page = self.connection.in_turn(self.at, SERVICE, asked).await?;
            let versions = page
                .versions()
                .iter()
                .map(|one| (one.key(), one.version_id()));
            let markers = page.delete_markers().iter();
            let markers = markers.map(|one| (one.key(), one.version_id()));
            let objects = versions
                .chain(markers)
                .map(|(key, version)| identifier(key, version))
                .collect::<Result<Vec<_>, _>>()?;
            if !objects.is_empty() {
                let batch = self.delete(objects).await?;
                deleted += batch.deleted;
                kept = kept.or(batch.kept.into_iter().next());
            }
            if page.is_truncated() != Some(true) {
                return Ok(kept.map_or(Progress::Done, told));
            }
            next = (
                page.next_key_marker().map(str::to_owned),
                page.next_version_id_marker().map(str::to_owned),
            );
        }
        match kept {
            // A whole call that deleted nothing: the next one would do no better.
            Some(kept) if deleted == 0 => Ok(told(kept)),
            _ => Ok(self.under_way()),
        }
    }

    /// Deletes objects; those that are locked in governance mode a second time, past the lock.
    async fn delete(&self, objects: Vec<ObjectIdentifier>) -> Result<Batch, Failed> {
        let first = self.delete_once(objects, false).await?;
        let (locked, mut kept): (Vec<_>, Vec<_>) = first
            .kept
            .into_iter()
            .partition(|(_, kept)| kept.code == "AccessDenied");
        let mut deleted = first.deleted;
        if !locked.is_empty() {
            let objects = locked.into_iter().map(|(object, _)| object).collect();
            let second = self.delete_once(objects, true).await?;
            deleted += second.deleted;
            kept.extend(second.kept);
        }
        Ok(Batch { deleted, kept })
    }

    async fn delete_once(
        &self,
        objects: Vec<ObjectIdentifier>,
        past_governance: bool,
    ) -> Result<Batch, Failed> {
        let asked = delete_objects(
            &self.session,
            self.at,
            self.bucket,
            objects,
            past_governance,
        );
        self.connection.in_turn(self.at, SERVICE, asked).await
    }

    /// Ends unfinished uploads, whose parts cost like objects and are in no list of them.
    async fn uploads(&self) -> Result<Progress, Failed> {
        let listing = self
            .session
            .s3
            .list_multipart_uploads()
            .bucket(self.bucket)
            .expected_bucket_owner(self.at.account.as_str());
        let asked = call(
            self.session.call("ListMultipartUploads", self.at),
            listing.send(),
        );
        let page = self.connection.in_turn(self.at, SERVICE, asked).await?;
        let uploads = page.uploads();
        for upload in uploads.iter().take(UPLOADS) {
            let ending = self
                .session
                .s3
                .abort_multipart_upload()
                .bucket(self.bucket)
                .set_key(upload.key().map(str::to_owned))
                .set_upload_id(upload.upload_id().map(str::to_owned))
                .expected_bucket_owner(self.at.account.as_str());
            let asked = call(
                self.session.call("AbortMultipartUpload", self.at),
                ending.send(),
            );
            match self.connection.in_turn(self.at, SERVICE, asked).await {
                Err(failed) if !failed.is_any(&["NoSuchUpload"]) => return Err(failed),
                _ => {}
            }
        }
        let more = page.is_truncated() == Some(true) || uploads.len() > UPLOADS;
        Ok(if more {
            self.under_way()
        } else {
            Progress::Done
        })
    }
}

fn told((object, kept): (ObjectIdentifier, Kept)) -> Progress {
    Progress::Refused {
        message: format!("{}: {}", object.key(), kept.message),
        code: kept.code,
    }
}

fn identifier(key: Option<&str>, version: Option<&str>) -> Result<ObjectIdentifier, Failed> {
    ObjectIdentifier::builder()
        .set_key(key.map(str::to_owned))
        .set_version_id(version.map(str::to_owned))
        .build()
        .map_err(|error| nameless(&error))
}

fn nameless(error: &BuildError) -> Failed {
    Failed::unspoken(Setback::lost(format!(
        "S3 listed an object without a key: {error}"
    )))
}

/// Deletes the objects of these keys in the version that each has now.
pub(super) async fn delete_keys<'a>(
    session: &Session,
    at: &Place,
    bucket: &str,
    keys: impl Iterator<Item = &'a str>,
) -> Result<(), Setback> {
    let objects = keys
        .map(|key| identifier(Some(key), None))
        .collect::<Result<Vec<_>, _>>()?;
    let batch = delete_objects(session, at, bucket, objects, false).await?;
    match batch.kept.into_iter().next() {
        None => Ok(()),
        Some((_, kept)) => Err(Setback::later(format!(
            "DeleteObjects: {} ({})",
            kept.message, kept.code
        ))),
    }
}

async fn delete_objects(
    session: &Session,
    at: &Place,
    bucket: &str,
    objects: Vec<ObjectIdentifier>,
    past_governance: bool,
) -> Result<Batch, Failed> {
    let asked_for = objects.len();
    let delete = Delete::builder()
        .set_objects(Some(objects))
        .quiet(true)
        .build()
        .map_err(|error| nameless(&error))?;
    let asked = session
        .s3
        .delete_objects()
        .bucket(bucket)
        .expected_bucket_owner(at.account.as_str())
        .set_bypass_governance_retention(past_governance.then_some(true))
        .delete(delete);
    let answer = call(session.call("DeleteObjects", at), asked.send()).await?;
    let mut kept = Vec::new();
    for error in answer.errors() {
        let why = Kept {
            code: error.code().unwrap_or("without a code").to_owned(),
            message: error.message().unwrap_or("AWS gave no reason").to_owned(),
        };
        // S3's own trouble, object by object: it passes.
        if matches!(
            why.code.as_str(),
            "InternalError" | "SlowDown" | "ServiceUnavailable"
        ) {
            return Err(Failed::answered(
                "DeleteObjects",
                &why.code,
                &why.message,
                503,
                None,
            ));
        }
        kept.push((identifier(error.key(), error.version_id())?, why));
    }
    Ok(Batch {
        deleted: asked_for - kept.len().min(asked_for),
        kept,
    })
}
