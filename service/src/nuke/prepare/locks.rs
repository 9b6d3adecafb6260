//! Buckets and queues whose own policy locks everybody out.

use crate::cloud::Locked;
use crate::environment::inventory::Resource;

/// How S3, SQS and Cloud Control say that something is denied.
const DENIED: &[&str] = &["AccessDenied", "Access Denied", "explicit deny"];

/// Denials that no policy of a bucket or queue is behind.
const BY_OTHERS: &[&str] = &[
    "in a service control policy",
    "in a resource control policy",
    "in a permissions boundary",
    "object lock",
];

/// What to unlock, where a refusal to delete it may come from its own policy.
pub(in crate::nuke) fn locked(resource: &Resource, refusal: &str) -> Option<Locked> {
    let id = resource.identifier.clone();
    let locked = match resource.cell.type_name.as_str() {
        "AWS::S3::Bucket" => Locked::Bucket(id),
        "AWS::SQS::Queue" => Locked::Queue(id),
        _ => return None,
    };
    let says = |words: &&str| refusal.contains(*words);
    (DENIED.iter().any(says) && !BY_OTHERS.iter().any(says)).then_some(locked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Region;
    use crate::environment::inventory::Cell;

    fn asked(type_name: &str, refusal: &str) -> Option<Locked> {
        let resource = Resource {
            cell: Cell {
                type_name: type_name.to_owned(),
                region: Region::new("eu-central-1"),
            },
            identifier: "it".to_owned(),
            mentions: std::collections::BTreeSet::new(),
        };
        locked(&resource, refusal)
    }

    #[test]
    fn only_denials_by_a_policy_of_its_own() {
        let bucket = Some(Locked::Bucket("it".to_owned()));
        let queue = Some(Locked::Queue("it".to_owned()));
        for (type_name, refusal, expected) in [
            ("AWS::S3::Bucket", "AccessDenied: Access Denied", &bucket),
            (
                "AWS::S3::Bucket",
                "BucketNotEmpty: it is not; before that: Access Denied",
                &bucket,
            ),
            (
                "AWS::SQS::Queue",
                "GeneralServiceException: User: u is not authorized to perform: sqs:deletequeue on resource: q with an explicit deny in a resource-based policy",
                &queue,
            ),
            (
                "AWS::SQS::Queue",
                "AccessDenied: not authorized, with an explicit deny in a service control policy",
                &None,
            ),
            (
                "AWS::S3::Bucket",
                "AccessDenied: a: Access Denied because object protected by object lock.",
                &None,
            ),
            ("AWS::S3::Bucket", "BucketNotEmpty: it is not", &None),
            ("AWS::SNS::Topic", "AccessDenied: no", &None),
        ] {
            assert_eq!(asked(type_name, refusal), *expected, "{refusal}");
        }
    }
}
