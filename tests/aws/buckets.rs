//! Emptying buckets.

use crate::support::proxy::Fault;
use crate::world::{World, s3};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration,
    VersioningConfiguration,
};
use ebbtide::cloud::{Place, Progress};
use ebbtide::environment::Setback;

async fn make(at: &Place, bucket: &str) -> aws_sdk_s3::Client {
    let client = s3(at).await;
    let location = CreateBucketConfiguration::builder()
        .location_constraint(BucketLocationConstraint::from(at.region.as_str()))
        .build();
    let making = client.create_bucket().bucket(bucket);
    let making = making.create_bucket_configuration(location);
    making.send().await.expect("made");
    client
}

async fn put(client: &aws_sdk_s3::Client, bucket: &str, key: &str) {
    let putting = client.put_object().bucket(bucket).key(key);
    let putting = putting.body(ByteStream::from_static(b"x"));
    putting.send().await.expect("put");
}

#[tokio::test]
async fn a_versioned_bucket_with_markers_and_uploads_ends_empty() {
    let world = World::new().await;
    let at = world.account().await;
    let bucket = format!("versioned-{}", at.account);
    let client = make(&at, &bucket).await;
    let on = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled);
    let versioning = client.put_bucket_versioning().bucket(&bucket);
    let versioning = versioning.versioning_configuration(on.build());
    versioning.send().await.expect("versioned");
    for key in ["a", "a", "b &<>ä", "c"] {
        put(&client, &bucket, key).await;
    }
    let marker = client.delete_object().bucket(&bucket).key("a");
    marker.send().await.expect("marked");
    let upload = client.create_multipart_upload().bucket(&bucket).key("big");
    upload.send().await.expect("begun");
    let refused = client.delete_bucket().bucket(&bucket).send().await;
    assert!(
        refused.is_err(),
        "the emulator deletes buckets with content"
    );

    let emptied = world.cloud.resources.empty_bucket(&at, &bucket).await;

    assert_eq!(emptied, Ok(Progress::Done));
    let versions = client.list_object_versions().bucket(&bucket);
    let versions = versions.send().await.expect("listed");
    assert!(versions.versions().is_empty() && versions.delete_markers().is_empty());
    let uploads = client.list_multipart_uploads().bucket(&bucket);
    assert!(uploads.send().await.expect("listed").uploads().is_empty());
    let deleting = client.delete_bucket().bucket(&bucket);
    deleting.send().await.expect("deleted");
    let again = world.cloud.resources.empty_bucket(&at, &bucket).await;
    assert_eq!(again, Ok(Progress::Done), "it is not there");
}

fn page(key: &str, next: Option<usize>) -> Fault {
    let truncated = next.is_some();
    let next = next.unwrap_or_default();
    Fault::Instead(format!(
        "<ListVersionsResult><IsTruncated>{truncated}</IsTruncated><NextKeyMarker>{next}</NextKeyMarker>\
         <Version><Key>{key}</Key><VersionId>v{next}</VersionId></Version></ListVersionsResult>"
    ))
}

#[tokio::test]
async fn a_large_bucket_takes_several_calls() {
    let world = World::new().await;
    let at = world.account().await;
    let bucket = format!("large-{}", at.account);
    make(&at, &bucket).await;
    for number in 0..20 {
        world
            .proxy
            .next("ListObjectVersions", 1, page("k", Some(number)));
    }

    let first = world.cloud.resources.empty_bucket(&at, &bucket).await;
    let second = world.cloud.resources.empty_bucket(&at, &bucket).await;

    assert_eq!(
        first,
        Ok(Progress::UnderWay {
            request: bucket.clone()
        })
    );
    assert_eq!(world.proxy.count("DeleteObjects"), 20);
    assert_eq!(second, Ok(Progress::Done));
}

fn locked(key: &str) -> Fault {
    Fault::Instead(format!(
        "<DeleteResult><Error><Key>{key}</Key><VersionId>v0</VersionId><Code>AccessDenied</Code>\
         <Message>Access Denied because object protected by object lock.</Message></Error></DeleteResult>"
    ))
}

#[tokio::test]
async fn what_is_locked_is_tried_past_governance_and_then_told() {
    let world = World::new().await;
    let at = world.account().await;
    let bucket = format!("locked-{}", at.account);
    make(&at, &bucket).await;
    let resources = &world.cloud.resources;

    world
        .proxy
        .next("ListObjectVersions", 1, page("held", None));
    world.proxy.next("DeleteObjects", 1, locked("held"));
    assert_eq!(
        resources.empty_bucket(&at, &bucket).await,
        Ok(Progress::Done)
    );
    assert_eq!(world.proxy.count("DeleteObjects"), 2);

    world
        .proxy
        .next("ListObjectVersions", 1, page("held", None));
    world.proxy.next("DeleteObjects", 2, locked("held"));
    assert_eq!(
        resources.empty_bucket(&at, &bucket).await,
        Ok(Progress::Refused {
            code: "AccessDenied".to_owned(),
            message: "held: Access Denied because object protected by object lock.".to_owned(),
        })
    );
}

#[tokio::test]
async fn a_bucket_that_refuses_us_says_so_and_trouble_passes() {
    let world = World::new().await;
    let at = world.account().await;
    let bucket = format!("denied-{}", at.account);
    make(&at, &bucket).await;
    let resources = &world.cloud.resources;
    let denied = Fault::Refused {
        code: "AccessDenied".to_owned(),
        sentence: "explicit deny in a resource-based policy".to_owned(),
    };
    world.proxy.next("ListObjectVersions", 1, denied);
    assert_eq!(
        resources.empty_bucket(&at, &bucket).await,
        Ok(Progress::Refused {
            code: "AccessDenied".to_owned(),
            message: "explicit deny in a resource-based policy".to_owned(),
        })
    );
    world.proxy.next("ListObjectVersions", 2, Fault::Throttled);
    let answer = resources.empty_bucket(&at, &bucket).await;
    assert!(
        matches!(answer, Err(Setback::TryLater { .. })),
        "{answer:?}"
    );
    let trouble = "<DeleteResult><Error><Key>k</Key><Code>InternalError</Code><Message>oops</Message></Error></DeleteResult>";
    world.proxy.next("ListObjectVersions", 1, page("k", None));
    world
        .proxy
        .next("DeleteObjects", 1, Fault::Instead(trouble.to_owned()));
    let answer = resources.empty_bucket(&at, &bucket).await;
    assert!(
        matches!(answer, Err(Setback::TryLater { .. })),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_bucket_in_another_region_is_emptied_there() {
    let world = World::new().await;
    let at = world.account().await;
    let elsewhere = Place {
        region: ebbtide::environment::Region::new("eu-west-1"),
        ..at.clone()
    };
    let bucket = format!("elsewhere-{}", at.account);
    let client = make(&elsewhere, &bucket).await;
    put(&client, &bucket, "a").await;

    let emptied = world.cloud.resources.empty_bucket(&at, &bucket).await;

    assert_eq!(emptied, Ok(Progress::Done));
    assert_eq!(world.proxy.count("AssumeRole"), 2, "one for each region");
    let deleting = client.delete_bucket().bucket(&bucket);
    deleting.send().await.expect("deleted");
}
