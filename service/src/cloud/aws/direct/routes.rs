//! The calls of services that speak REST: which method on which path, and what goes where.

/// One call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route {
    service: &'static str,
    operation: &'static str,
    pub(super) method: &'static str,
    /// Names of the input in braces are replaced by their values.
    pub(super) path: &'static str,
    /// What the rest of the input becomes.
    pub(super) rest: Rest,
}

/// Where the input goes that is not in the path.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rest {
    /// Into the query, each under the name that this gives it.
    Query(fn(&str) -> String),
    /// Into the body, as JSON.
    Json,
    /// Into the body, as XML with this outermost element and namespace.
    Xml(&'static str, &'static str),
    /// Into headers: `AccountId` as `x-amz-account-id`.
    Account,
}

const SAME: Rest = Rest::Query(str::to_owned);
const BACKUP: Rest = Rest::Query(camel_case);
const ROUTE53: Rest = Rest::Query(record_case);

/// AWS Backup: `NextToken` is `nextToken`, `ByResourceArn` is `resourceArn`.
fn camel_case(name: &str) -> String {
    let name = name.strip_prefix("By").unwrap_or(name);
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

/// Route 53: `MaxItems` is `maxitems`, `StartRecordName` is `name`, `TrafficPolicyIdMarker` is `trafficpolicyid`.
fn record_case(name: &str) -> String {
    let name = name.strip_prefix("StartRecord").unwrap_or(name);
    let short = name.strip_suffix("Marker").filter(|it| !it.is_empty());
    let name = short.unwrap_or(name);
    name.to_lowercase()
}

const fn route(
    service: &'static str,
    operation: &'static str,
    method: &'static str,
    path: &'static str,
    rest: Rest,
) -> Route {
    Route {
        service,
        operation,
        method,
        path,
        rest,
    }
}

#[rustfmt::skip]
const ROUTES: &[Route] = &[
    route("backup", "ListBackupVaults", "GET", "/backup-vaults/", BACKUP),
    route("backup", "DescribeBackupVault", "GET", "/backup-vaults/{BackupVaultName}", BACKUP),
    route("backup", "DeleteBackupVault", "DELETE", "/backup-vaults/{BackupVaultName}", BACKUP),
    route("backup", "DeleteBackupVaultAccessPolicy", "DELETE", "/backup-vaults/{BackupVaultName}/access-policy", BACKUP),
    route("backup", "DeleteBackupVaultLockConfiguration", "DELETE", "/backup-vaults/{BackupVaultName}/vault-lock", BACKUP),
    route("backup", "ListRecoveryPointsByBackupVault", "GET", "/backup-vaults/{BackupVaultName}/recovery-points/", BACKUP),
    route("backup", "DeleteRecoveryPoint", "DELETE", "/backup-vaults/{BackupVaultName}/recovery-points/{RecoveryPointArn}", BACKUP),
    route("backup", "DisassociateRecoveryPoint", "POST", "/backup-vaults/{BackupVaultName}/recovery-points/{RecoveryPointArn}/disassociate", Rest::Json),
    route("backup", "ListBackupPlans", "GET", "/backup/plans/", BACKUP),
    route("backup", "DeleteBackupPlan", "DELETE", "/backup/plans/{BackupPlanId}", BACKUP),
    route("backup", "ListBackupSelections", "GET", "/backup/plans/{BackupPlanId}/selections/", BACKUP),
    route("backup", "DeleteBackupSelection", "DELETE", "/backup/plans/{BackupPlanId}/selections/{SelectionId}", BACKUP),
    route("backup", "DescribeRegionSettings", "GET", "/account-settings", BACKUP),
    route("elasticfilesystem", "DescribeFileSystems", "GET", "/2015-02-01/file-systems", SAME),
    route("elasticfilesystem", "DescribeMountTargets", "GET", "/2015-02-01/mount-targets", SAME),
    route("elasticfilesystem", "DeleteMountTarget", "DELETE", "/2015-02-01/mount-targets/{MountTargetId}", SAME),
    route("lambda", "ListFunctions", "GET", "/2015-03-31/functions", SAME),
    route("lambda", "GetFunction", "GET", "/2015-03-31/functions/{FunctionName}", SAME),
    route("lambda", "DeleteFunction", "DELETE", "/2015-03-31/functions/{FunctionName}", SAME),
    route("lambda", "GetFunctionConfiguration", "GET", "/2015-03-31/functions/{FunctionName}/configuration", SAME),
    route("lambda", "UpdateFunctionConfiguration", "PUT", "/2015-03-31/functions/{FunctionName}/configuration", Rest::Json),
    route("lambda", "ListVersionsByFunction", "GET", "/2015-03-31/functions/{FunctionName}/versions", SAME),
    route("lambda", "ListEventSourceMappings", "GET", "/2015-03-31/event-source-mappings", SAME),
    route("lambda", "DeleteEventSourceMapping", "DELETE", "/2015-03-31/event-source-mappings/{UUID}", SAME),
    route("lambda", "GetAccountSettings", "GET", "/2016-08-19/account-settings", SAME),
    route("lambda", "ListLayers", "GET", "/2018-10-31/layers", SAME),
    route("lambda", "ListLayerVersions", "GET", "/2018-10-31/layers/{LayerName}/versions", SAME),
    route("lambda", "DeleteLayerVersion", "DELETE", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}", SAME),
    route("route53", "ListHostedZones", "GET", "/2013-04-01/hostedzone", ROUTE53),
    route("route53", "DeleteHostedZone", "DELETE", "/2013-04-01/hostedzone/{Id}", ROUTE53),
    route("route53", "ListResourceRecordSets", "GET", "/2013-04-01/hostedzone/{HostedZoneId}/rrset", ROUTE53),
    route("route53", "ChangeResourceRecordSets", "POST", "/2013-04-01/hostedzone/{HostedZoneId}/rrset/",
        Rest::Xml("ChangeResourceRecordSetsRequest", "https://route53.amazonaws.com/doc/2013-04-01/")),
    route("route53", "ListHealthChecks", "GET", "/2013-04-01/healthcheck", ROUTE53),
    route("route53", "DeleteHealthCheck", "DELETE", "/2013-04-01/healthcheck/{HealthCheckId}", ROUTE53),
    route("route53", "ListTrafficPolicies", "GET", "/2013-04-01/trafficpolicies", ROUTE53),
    route("route53", "ListTrafficPolicyVersions", "GET", "/2013-04-01/trafficpolicies/{Id}/versions", ROUTE53),
    route("route53", "DeleteTrafficPolicy", "DELETE", "/2013-04-01/trafficpolicy/{Id}/{Version}", ROUTE53),
    route("route53", "ListTrafficPolicyInstances", "GET", "/2013-04-01/trafficpolicyinstances", ROUTE53),
    route("route53", "DeleteTrafficPolicyInstance", "DELETE", "/2013-04-01/trafficpolicyinstance/{Id}", ROUTE53),
    route("route53", "ListQueryLoggingConfigs", "GET", "/2013-04-01/queryloggingconfig", ROUTE53),
    route("route53", "DeleteQueryLoggingConfig", "DELETE", "/2013-04-01/queryloggingconfig/{Id}", ROUTE53),
    route("route53", "ListReusableDelegationSets", "GET", "/2013-04-01/delegationset", ROUTE53),
    route("route53", "DeleteReusableDelegationSet", "DELETE", "/2013-04-01/delegationset/{Id}", ROUTE53),
    route("route53", "GetDNSSEC", "GET", "/2013-04-01/hostedzone/{Id}/dnssec", ROUTE53),
    route("route53", "DisableHostedZoneDNSSEC", "POST", "/2013-04-01/hostedzone/{Id}/disable-dnssec", ROUTE53),
    route("route53", "DeactivateKeySigningKey", "POST", "/2013-04-01/keysigningkey/{HostedZoneId}/{Name}/deactivate", ROUTE53),
    route("route53", "DeleteKeySigningKey", "DELETE", "/2013-04-01/keysigningkey/{HostedZoneId}/{Name}", ROUTE53),
    route("s3", "GetBucketLocation", "GET", "/{Bucket}?location", SAME),
    route("es", "ListDomainNames", "GET", "/2015-01-01/domain", SAME),
    route("s3control", "GetPublicAccessBlock", "GET", "/v20180820/configuration/publicAccessBlock", Rest::Account),
    route("s3control", "DeletePublicAccessBlock", "DELETE", "/v20180820/configuration/publicAccessBlock", Rest::Account),
];

/// A call by its name.
pub(super) fn find(service: &str, operation: &str) -> Option<&'static Route> {
    let is_it = |route: &&Route| route.service == service && route.operation == operation;
    ROUTES.iter().find(is_it)
}

#[cfg(test)]
mod tests {
    use super::super::services::{self, Protocol};
    use super::*;

    #[test]
    fn names_in_queries() {
        assert_eq!(camel_case("NextToken"), "nextToken");
        assert_eq!(camel_case("ByResourceArn"), "resourceArn");
        assert_eq!(record_case("MaxItems"), "maxitems");
        assert_eq!(record_case("StartRecordName"), "name");
        assert_eq!(record_case("Marker"), "marker");
        assert_eq!(record_case("TrafficPolicyIdMarker"), "trafficpolicyid");
    }

    #[test]
    fn each_route_belongs_to_a_service_that_speaks_rest() {
        for route in ROUTES {
            let service = services::find(route.service).unwrap();
            assert!(
                matches!(service.protocol, Protocol::RestJson | Protocol::RestXml),
                "{route:?}"
            );
        }
    }
}
