#!/usr/bin/env python3
"""Judge whether an account of the AWS emulator is empty, by each service's own list calls.

    judge.py --emulator URL --account 111122223333 --regions eu-west-1,us-east-1 [--keep 'iam roles sandbox-*']

Prints JSON: `left` is everything that doesn't belong to every fresh account, `dying` keys whose deletion is
scheduled, `unknown` the lists that failed. Exit status 0: nothing left; 1: something left; 2: nothing found, but
not every list was answered.

It shares no code with what it judges, and asks the emulator, not the Cloud Control front. Needs Python 3 and boto3.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import fnmatch
import json
import re
import sys
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

Thing = dict[str, Any]

# What to ask: service, operation, where the things are in the answer, and what names one (nothing: it is a name).
# A dot goes down, two dots through the items of a list. `?` marks calls that need input, in INPUT below.
GLOBAL = """
iam list_roles                              Roles RoleName
iam list_users                              Users UserName
iam list_groups                             Groups GroupName
iam list_policies?                          Policies Arn
iam list_instance_profiles                  InstanceProfiles InstanceProfileName
iam list_open_id_connect_providers          OpenIDConnectProviderList Arn
iam list_saml_providers                     SAMLProviderList Arn
s3 list_buckets                             Buckets Name
route53 list_hosted_zones                   HostedZones Id
route53 list_health_checks                  HealthChecks Id
cloudfront list_distributions               DistributionList.Items Id
cloudfront list_functions                   FunctionList.Items Name
"""
REGIONAL = """
acm list_certificates                       CertificateSummaryList CertificateArn
apigateway get_rest_apis                    items id
apigateway get_api_keys                     items id
apigateway get_usage_plans                  items id
apigateway get_domain_names                 items domainName
apigatewayv2 get_apis                       Items ApiId
appconfig list_applications                 Items Id
appsync list_graphql_apis                   graphqlApis apiId
athena list_work_groups                     WorkGroups Name
autoscaling describe_auto_scaling_groups    AutoScalingGroups AutoScalingGroupName
autoscaling describe_launch_configurations  LaunchConfigurations LaunchConfigurationName
backup list_backup_plans                    BackupPlansList BackupPlanId
backup list_backup_vaults                   BackupVaultList BackupVaultName
batch describe_job_queues                   jobQueues jobQueueName
cloudformation describe_stacks              Stacks StackName
cloudtrail describe_trails                  trailList Name
cloudwatch describe_alarms                  MetricAlarms AlarmName
cloudwatch describe_alarms                  CompositeAlarms AlarmName
cloudwatch list_dashboards                  DashboardEntries DashboardName
codebuild list_projects                     projects
cognito-identity list_identity_pools?       IdentityPools IdentityPoolId
cognito-idp list_user_pools?                UserPools Id
dynamodb list_tables                        TableNames
dynamodb list_backups                       BackupSummaries BackupArn
ec2 describe_addresses                      Addresses AllocationId
ec2 describe_customer_gateways              CustomerGateways CustomerGatewayId
ec2 describe_dhcp_options                   DhcpOptions DhcpOptionsId
ec2 describe_egress_only_internet_gateways  EgressOnlyInternetGateways EgressOnlyInternetGatewayId
ec2 describe_flow_logs                      FlowLogs FlowLogId
ec2 describe_images?                        Images ImageId
ec2 describe_instances                      Reservations..Instances InstanceId
ec2 describe_internet_gateways              InternetGateways InternetGatewayId
ec2 describe_key_pairs                      KeyPairs KeyName
ec2 describe_launch_templates               LaunchTemplates LaunchTemplateId
ec2 describe_managed_prefix_lists           PrefixLists PrefixListId
ec2 describe_nat_gateways                   NatGateways NatGatewayId
ec2 describe_network_acls                   NetworkAcls NetworkAclId
ec2 describe_network_interfaces             NetworkInterfaces NetworkInterfaceId
ec2 describe_placement_groups               PlacementGroups GroupName
ec2 describe_route_tables                   RouteTables RouteTableId
ec2 describe_security_group_rules           SecurityGroupRules SecurityGroupRuleId
ec2 describe_security_groups                SecurityGroups GroupId
ec2 describe_snapshots?                     Snapshots SnapshotId
ec2 describe_subnets                        Subnets SubnetId
ec2 describe_volumes                        Volumes VolumeId
ec2 describe_vpc_endpoints                  VpcEndpoints VpcEndpointId
ec2 describe_vpc_peering_connections        VpcPeeringConnections VpcPeeringConnectionId
ec2 describe_vpcs                           Vpcs VpcId
ec2 describe_vpn_connections                VpnConnections VpnConnectionId
ec2 describe_vpn_gateways                   VpnGateways VpnGatewayId
ecr describe_repositories                   repositories repositoryName
ecs list_clusters                           clusterArns
ecs list_task_definitions?                  taskDefinitionArns
efs describe_file_systems                   FileSystems FileSystemId
eks list_clusters                           clusters
elasticache describe_cache_clusters         CacheClusters CacheClusterId
elasticache describe_cache_parameter_groups CacheParameterGroups CacheParameterGroupName
elasticache describe_replication_groups     ReplicationGroups ReplicationGroupId
elasticache describe_snapshots              Snapshots SnapshotName
elbv2 describe_load_balancers               LoadBalancers LoadBalancerArn
elbv2 describe_target_groups                TargetGroups TargetGroupArn
emr list_clusters                           Clusters Id
events list_archives                        Archives ArchiveName
events list_connections                     Connections Name
events list_event_buses                     EventBuses Name
events list_rules                           Rules Name
firehose list_delivery_streams              DeliveryStreamNames
glue get_databases                          DatabaseList Name
glue get_crawlers                           Crawlers Name
glue get_jobs                               Jobs Name
kinesis list_streams                        StreamNames
kms list_aliases                            Aliases AliasName
kms list_keys                               Keys KeyId
lambda list_event_source_mappings           EventSourceMappings UUID
lambda list_functions                       Functions FunctionName
lambda list_layers                          Layers LayerName
logs describe_destinations                  destinations destinationName
logs describe_log_groups                    logGroups logGroupName
opensearch list_domain_names                DomainNames DomainName
pipes list_pipes                            Pipes Name
rds describe_db_cluster_parameter_groups    DBClusterParameterGroups DBClusterParameterGroupName
rds describe_db_cluster_snapshots           DBClusterSnapshots DBClusterSnapshotIdentifier
rds describe_db_clusters                    DBClusters DBClusterIdentifier
rds describe_db_instances                   DBInstances DBInstanceIdentifier
rds describe_db_parameter_groups            DBParameterGroups DBParameterGroupName
rds describe_db_proxies                     DBProxies DBProxyName
rds describe_db_snapshots                   DBSnapshots DBSnapshotIdentifier
rds describe_db_subnet_groups               DBSubnetGroups DBSubnetGroupName
rds describe_option_groups                  OptionGroupsList OptionGroupName
resource-groups list_groups                 GroupIdentifiers GroupName
scheduler list_schedule_groups              ScheduleGroups Name
scheduler list_schedules                    Schedules Name
secretsmanager list_secrets?                SecretList Name
servicediscovery list_namespaces            Namespaces Id
sesv2 list_email_identities                 EmailIdentities IdentityName
sns list_subscriptions                      Subscriptions SubscriptionArn
sns list_topics                             Topics TopicArn
sqs list_queues                             QueueUrls
ssm describe_parameters                     Parameters Name
stepfunctions list_activities               activities activityArn
stepfunctions list_state_machines           stateMachines stateMachineArn
transfer list_servers                       Servers ServerId
wafv2 list_web_acls?                        WebACLs Id
wafv2 list_ip_sets?                         IPSets Id
"""
INPUT: dict[str, Thing] = {
    "cognito-identity list_identity_pools": {"MaxResults": 60},
    "cognito-idp list_user_pools": {"MaxResults": 60},
    "ec2 describe_images": {"Owners": ["self"]},
    "ec2 describe_snapshots": {"OwnerIds": ["self"]},
    "ecs list_task_definitions": {"status": "ACTIVE"},
    "iam list_policies": {"Scope": "Local"},
    "secretsmanager list_secrets": {"IncludePlannedDeletion": True},
    "wafv2 list_ip_sets": {"Scope": "REGIONAL"},
    "wafv2 list_web_acls": {"Scope": "REGIONAL"},
}
# Names that every fresh account has.
EVERYWHERE = [
    "athena list_work_groups primary",
    "elasticache describe_cache_parameter_groups default.*",
    "events list_event_buses default",
    "kms list_aliases alias/aws/*",
    "rds describe_db_cluster_parameter_groups default.*",
    "rds describe_db_parameter_groups default.*",
    "rds describe_option_groups default:*",
    "scheduler list_schedule_groups default",
]


class Judge:
    """One account, seen through the emulator's service calls."""

    def __init__(self, emulator: str, key: str, token: str | None, keep: list[str]) -> None:
        self._credentials = {
            "aws_access_key_id": key, "aws_secret_access_key": "none", "aws_session_token": token,
        }
        self._emulator = emulator
        self._keep = EVERYWHERE + keep
        self.left: list[Thing] = []
        self.dying: list[Thing] = []
        self.unknown: list[Thing] = []

    def look(self, region: str, calls: str, where: str) -> None:
        """Makes the calls in a region and sorts what they find."""
        session = boto3.Session(region_name=region, **self._credentials)
        clients: dict[str, Any] = {}
        defaults: set[str] | None = None
        for line in calls.strip().splitlines():
            service, operation, path, *name = line.split()
            asked = f"{service} {operation.rstrip('?')}"
            if service not in clients:
                clients[service] = session.client(
                    service, endpoint_url=self._emulator,
                    config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 2}),
                )
            client = clients[service]
            try:
                if service == "ec2" and defaults is None:
                    defaults = default_networks(client)
                for thing in listed(client, operation.rstrip("?"), path, INPUT.get(asked, {})):
                    self._sort(client, asked, thing, thing[name[0]] if name else thing, defaults or set(), where)
            except (ClientError, BotoCoreError, KeyError) as error:
                self.unknown.append({"region": where, "call": asked, "error": f"{type(error).__name__}: {error}"})

    def _sort(self, client: Any, asked: str, thing: Any, name: str, defaults: set[str], where: str) -> None:
        if any(fnmatch.fnmatchcase(f"{asked} {name}", pattern) for pattern in self._keep):
            return
        if isinstance(thing, dict) and belongs(asked, thing, defaults):
            return
        found = {"region": where, "call": asked, "name": name}
        if asked == "s3 list_buckets":
            self._look_into(client, name, where)
        if asked == "kms list_keys":
            key = client.describe_key(KeyId=name)["KeyMetadata"]
            if key.get("KeyManager") == "AWS":
                return
            if key["KeyState"] == "PendingDeletion":
                self.dying.append(found)
                return
        self.left.append(found)

    def _look_into(self, client: Any, bucket: str, where: str) -> None:
        """What a bucket that is left still holds: old versions, delete markers, unfinished uploads."""
        held = [
            ("list_object_versions", "Versions"), ("list_object_versions", "DeleteMarkers"),
            ("list_multipart_uploads", "Uploads"),
        ]
        for operation, path in held:
            for thing in listed(client, operation, path, {"Bucket": bucket}):
                self.left.append({"region": where, "call": f"s3 {operation}", "name": f"{bucket}/{thing['Key']}"})


def listed(client: Any, operation: str, path: str, input: Thing) -> list[Any]:
    """Everything that a call lists, through all its pages."""
    if client.can_paginate(operation):
        pages = client.get_paginator(operation).paginate(**input)
    else:
        pages = [getattr(client, operation)(**input)]
    found: list[Any] = []
    for page in pages:
        things: list[Any] = [page]
        for step in re.split(r"\.+", path):
            things = [one for thing in things for one in as_list(thing.get(step))]
        found += things
    return found


def as_list(value: Any) -> list[Any]:
    """A list, whether there is nothing, one or many."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def default_networks(ec2: Any) -> set[str]:
    """The default network, and the groups of every network that are called default."""
    networks = {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if vpc.get("IsDefault")}
    groups = {
        group["GroupId"] for group in ec2.describe_security_groups()["SecurityGroups"]
        if group["GroupName"] == "default" and group.get("VpcId") in networks
    }
    return networks | groups


def belongs(asked: str, thing: Thing, defaults: set[str]) -> bool:
    """Whether every fresh account has this."""
    if asked == "cloudformation describe_stacks":
        return thing["StackStatus"] == "DELETE_COMPLETE"
    if asked == "iam list_roles":
        return thing["Path"].startswith("/aws-service-role/")
    if asked == "ec2 describe_instances":
        return thing["State"]["Name"] == "terminated"
    if asked == "ec2 describe_nat_gateways":
        return thing["State"] == "deleted"
    if asked == "ec2 describe_managed_prefix_lists":
        return thing["OwnerId"] == "AWS"
    if asked == "ec2 describe_internet_gateways":
        return any(one["VpcId"] in defaults for one in thing["Attachments"])
    if asked == "ec2 describe_security_group_rules":
        return thing["GroupId"] in defaults and everyday_rule(thing)
    if asked in ("ec2 describe_vpcs", "ec2 describe_subnets", "ec2 describe_route_tables",
                 "ec2 describe_network_acls", "ec2 describe_security_groups"):
        return thing["VpcId"] in defaults and made_with_network(asked, thing)
    return False


def everyday_rule(rule: Thing) -> bool:
    """Whether a default group has this rule from the start: all out, and in from itself."""
    if rule["IsEgress"]:
        return rule["IpProtocol"] == "-1" and rule.get("CidrIpv4") == "0.0.0.0/0"
    return rule.get("ReferencedGroupInfo", {}).get("GroupId") == rule["GroupId"]


def made_with_network(asked: str, thing: Thing) -> bool:
    """Whether a network came with this."""
    if asked == "ec2 describe_subnets":
        return thing["DefaultForAz"]
    if asked == "ec2 describe_route_tables":
        own_routes = all(
            route.get("GatewayId", "").startswith(("local", "igw-")) for route in thing["Routes"]
        )
        return own_routes and any(one.get("Main") for one in thing["Associations"])
    if asked == "ec2 describe_security_groups":
        return thing["GroupName"] == "default"
    return bool(thing["IsDefault"])


def main() -> int:
    """Reads the command line, judges and tells."""
    parser = argparse.ArgumentParser(description="Judge whether an account of the AWS emulator is empty.")
    parser.add_argument("--emulator", required=True, help="the emulator's URL")
    parser.add_argument("--account", required=True, help="12 digits, or the access key id of a session")
    parser.add_argument("--session-token", help="the session's token, where --account is a session's key")
    parser.add_argument("--regions", required=True, help="region names with commas between")
    parser.add_argument(
        "--keep", action="append", default=[],
        help="what belongs there as well: service, call and name with * and ?, like 'iam list_roles sandbox-*'",
    )
    options = parser.parse_args()
    regions = options.regions.split(",")
    judge = Judge(options.emulator, options.account, options.session_token, options.keep)
    judge.look(regions[0], GLOBAL, "global")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda region: judge.look(region, REGIONAL, region), regions))
    print(json.dumps({"left": judge.left, "dying": judge.dying, "unknown": judge.unknown}, indent=1))
    if judge.left:
        return 1
    return 2 if judge.unknown else 0


if __name__ == "__main__":
    sys.exit(main())
