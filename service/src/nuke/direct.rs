//! Deletions that Cloud Control does worse than the service itself: it would take a last snapshot, keep a secret for a
//! month, or refuse what holds things.

use crate::cloud::Call;
use crate::environment::inventory::Resource;
use serde_json::{Value, json};

/// Days after which a key is gone: the fewest that AWS takes.
const KEY_DAYS: u64 = 7;

/// The call that deletes a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Direct {
    /// The call.
    pub call: Call,
    /// Whether the resource is there for a while after AWS said yes.
    pub takes_long: bool,
}

/// The call that deletes a resource, where that is better than Cloud Control's way.
pub fn direct_deletion(resource: &Resource) -> Option<Direct> {
    let id = resource.identifier.as_str();
    let at_once = |service: &str, operation: &str, input: Value| Direct {
        call: Call::new(service, operation, input),
        takes_long: false,
    };
    let slowly = |service: &str, operation: &str, input: Value| Direct {
        call: Call::new(service, operation, input),
        takes_long: true,
    };
    Some(match resource.cell.type_name.as_str() {
        "AWS::RDS::DBInstance" => slowly(
            "rds",
            "DeleteDBInstance",
            json!({ "DBInstanceIdentifier": id, "SkipFinalSnapshot": true, "DeleteAutomatedBackups": true }),
        ),
        "AWS::RDS::DBCluster" => slowly(
            "rds",
            "DeleteDBCluster",
            json!({ "DBClusterIdentifier": id, "SkipFinalSnapshot": true, "DeleteAutomatedBackups": true }),
        ),
        "AWS::ECS::Service" => {
            let (service, cluster) = id.split_once('|')?;
            let input = json!({ "service": service, "cluster": cluster, "force": true });
            slowly("ecs", "DeleteService", input)
        }
        "AWS::AutoScaling::AutoScalingGroup" => slowly(
            "autoscaling",
            "DeleteAutoScalingGroup",
            json!({ "AutoScalingGroupName": id, "ForceDelete": true }),
        ),
        "AWS::SecretsManager::Secret" => at_once(
            "secretsmanager",
            "DeleteSecret",
            json!({ "SecretId": id, "ForceDeleteWithoutRecovery": true }),
        ),
        "AWS::KMS::Key" => at_once(
            "kms",
            "ScheduleKeyDeletion",
            json!({ "KeyId": id, "PendingWindowInDays": KEY_DAYS }),
        ),
        "AWS::ECR::Repository" => at_once(
            "ecr",
            "DeleteRepository",
            json!({ "repositoryName": id, "force": true }),
        ),
        _ => return None,
    })
}
