#!/usr/bin/env python3
"""AWS Cloud Control in front of an AWS emulator that has none, or one that sees too little.

    cloud_control.py --emulator http://127.0.0.1:4566 [--port 0] [--types types.tsv] [--delay 0.2]

Prints one line with its URL when it is ready; ends when its standard input closes or on SIGTERM.

It speaks Cloud Control's JSON 1.0 protocol and answers from the emulator's own service calls, made with the
caller's access key id and region (signatures are checked nowhere). It behaves as AWS does where emulators are too
kind: lists come in pages of 25, types that need a parent refuse without one, deletions are asynchronous, and what
AWS refuses is refused here, in AWS's words. `TABLE` has a row per resource type; `--types` names the rest
of AWS's registry (tab-separated, with columns `type` and `lists`, or these two columns first and no header): those
list as empty, so that an inventory over all types works. Calls to Route 53 may be sent here too: they are handed on,
and the few lists that emulators don't know are empty. So may calls to Service Quotas, which emulators don't have: they
are answered as of a new account.

What goes wrong in life is switched on by POST `/_front/faults` with a JSON list of rules (it replaces what was
there; GET reads them back). A rule has a `fault`; optional patterns `accounts`, `regions`, `types`, `identifiers` and
`operations` (lists with * and ?, everything if left out); and `times`, after which it is used up. The faults:

    gap            the region lacks the type; `code` TypeNotFoundException (default) or UnsupportedActionException
    denied         a service control policy denies it; `policy` is its ARN
    throttled      Rate exceeded, on `every` Nth call (default 1: all)
    failing        HTTP `status` 500 (default), or with `code` that exception
    hides-newest   the first `lists` lists (default 1) leave out the newest resource
    shows-deleted  the first `lists` lists (default 1) after a deletion still show what was deleted
    undeletable    deletions end FAILED with `code` (default AccessDenied) and `message`
    hollow         deletions say SUCCESS and do nothing
    pending        deletions say SUCCESS; the resource stays listed but can't be read, like a KMS key
    reappears      a log group is made again `seconds` after its deletion, or by the next `lists`-th list
    slow           deletions take `seconds` longer
    sparse         lists tell identifiers only, as AWS does for many types

GET `/_front/log` counts the calls per account, operation and type; POST `/_front/reset` forgets faults, counts and
requests. Needs Python 3.9 and boto3.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import fnmatch
import heapq
import itertools
import json
import os
import re
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import botocore.session
import jmespath
import jmespath.functions
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

Properties = dict[str, Any]

PAGE = 25
PAGES_REMEMBERED = 2000
WORKERS = 16
CLIENTS_REMEMBERED = 1000
POLICY = "arn:aws:organizations::000000000000:policy/o-front/service_control_policy/p-front"


# --- The emulator, as one caller sees it.


class Account:
    """A caller's view of the emulator: account and region, and clients for its services."""

    _session = botocore.session.get_session()
    _making = threading.Lock()
    _clients: OrderedDict[tuple[str, ...], Any] = OrderedDict()
    _numbers: dict[str, str] = {}

    def __init__(self, emulator: str, key: str, token: str | None, region: str) -> None:
        self._emulator = emulator
        self._key = key
        self._token = token
        self.region = region
        self.number = self._number()

    def __call__(self, service: str) -> Any:
        """The client of a service."""
        name = (self._emulator, self._key, self._token or "", self.region, service)
        with self._making:
            if name not in self._clients:
                self._clients[name] = self._session.create_client(
                    service, region_name=self.region, endpoint_url=self._emulator, aws_access_key_id=self._key,
                    aws_secret_access_key="unchecked", aws_session_token=self._token,
                    config=Config(max_pool_connections=WORKERS, s3={"addressing_style": "path"}),
                )
            self._clients.move_to_end(name)
            while len(self._clients) > CLIENTS_REMEMBERED:
                self._clients.popitem(last=False)
            return self._clients[name]

    def _number(self) -> str:
        if re.fullmatch(r"\d{12}", self._key):
            return self._key
        if self._key not in self._numbers:
            self._numbers[self._key] = self("sts").get_caller_identity()["Account"]
        return self._numbers[self._key]

    def ask(self, service: str, operation: str, found: str, /, **input: Any) -> Iterator[Any]:
        """What a JMESPath expression finds in the answer, through all its pages."""
        client = self(service)
        if client.can_paginate(operation):
            pages: Iterable[Any] = client.get_paginator(operation).paginate(**input)
        else:
            pages = [getattr(client, operation)(**input)]
        return (one for page in pages for one in search(found, page) or [])


# --- Resource types as data.

Lister = Callable[[Account, list[str], Properties], Iterable[Properties]]
Act = Callable[[Account, list[str], Properties], Any]

# A row per type: its name, `=`, the properties that make up its identifier, and after `<` those of which a list
# needs one to know the parent. Below it:
#
#   all      how all are listed: a call, and a JMESPath expression for what it finds in each page of the answer
#   one      how one is read; `=(…)` is the call of `all` with that input; without it, one is looked for in all
#   delete   how one is deleted
#   update   how properties are changed
#   held     what holds it: if the call finds something, or the expression is true of its properties, the deletion
#            is refused in the words that follow, after the service's name, HTTP status and handler's error code
#   parent   how the parent is told from an identifier that does not contain it
#
# In calls and words {0} is the first part of the identifier, {Name} a property and {found} what the call found.
# `k:v` is one of EC2's filters, `{A B=c}` is short for JMESPath's `{A: A, B: c}`, and a single word is a function
# further down. Identifiers and names of properties are those of AWS's registry schemas.
TABLE = """
AWS::ApiGateway::Deployment = DeploymentId RestApiId < RestApiId
    all     apigateway.get_deployments(restApiId={RestApiId}) items[].{DeploymentId=id Description=description}
    delete  apigateway.delete_deployment(restApiId={1}, deploymentId={0})
    held    apigateway.get_stages(restApiId={1}, deploymentId={0}) item
            ApiGateway 400 InvalidRequest Active stages pointing to this deployment must be moved or deleted
AWS::ApiGateway::RestApi = RestApiId
    all     apigateway.get_rest_apis() items[].{RestApiId=id Name=name RootResourceId=rootResourceId}
    delete  apigateway.delete_rest_api(restApiId={0})
AWS::ApiGateway::Stage = RestApiId StageName < RestApiId
    all     apigateway.get_stages(restApiId={RestApiId}) item[].{StageName=stageName DeploymentId=deploymentId}
    delete  apigateway.delete_stage(restApiId={0}, stageName={1})
AWS::ApiGatewayV2::Api = ApiId
    all     apigatewayv2.get_apis() Items[].{ApiId Name ProtocolType}
    delete  apigatewayv2.delete_api(ApiId={0})
AWS::ApiGatewayV2::Stage = ApiId StageName < ApiId
    all     apigatewayv2.get_stages(ApiId={ApiId}) Items[].{StageName DeploymentId}
    delete  apigatewayv2.delete_stage(ApiId={0}, StageName={1})
AWS::AutoScaling::AutoScalingGroup = AutoScalingGroupName
    all     autoscaling.describe_auto_scaling_groups() AutoScalingGroups[].{AutoScalingGroupName
            LaunchConfigurationName VPCZoneIdentifier=split(VPCZoneIdentifier,',') TargetGroupARNs}
    one     =(AutoScalingGroupNames=[{0}])
    delete  autoscaling.delete_auto_scaling_group(AutoScalingGroupName={0}, ForceDelete=true)
AWS::AutoScaling::LaunchConfiguration = LaunchConfigurationName
    all     autoscaling.describe_launch_configurations() LaunchConfigurations[].{LaunchConfigurationName ImageId
            InstanceType SecurityGroups IamInstanceProfile KeyName}
    one     =(LaunchConfigurationNames=[{0}])
    delete  autoscaling.delete_launch_configuration(LaunchConfigurationName={0})
    held    autoscaling.describe_auto_scaling_groups()
            AutoScalingGroups[?LaunchConfigurationName=='{0}'].AutoScalingGroupName
            AutoScaling 400 ResourceConflict Cannot delete launch configuration {0} because it is attached to
            AutoScalingGroup {found}
AWS::Backup::BackupVault = BackupVaultName
    all     backup.list_backup_vaults() BackupVaultList[].{BackupVaultName BackupVaultArn}
    delete  backup.delete_backup_vault(BackupVaultName={0})
AWS::CloudFormation::Stack = StackId
    all     cloudformation.describe_stacks() Stacks[?StackStatus!='DELETE_COMPLETE'].{StackId StackName StackStatus
            RoleARN EnableTerminationProtection}
    delete  delete_stack
    held    EnableTerminationProtection
            CloudFormation 400 InvalidRequest Stack [{StackName}] cannot be deleted while TerminationProtection is
            enabled
AWS::CloudWatch::Alarm = AlarmName
    all     cloudwatch.describe_alarms() MetricAlarms[].{AlarmName Arn=AlarmArn AlarmActions}
    one     =(AlarmNames=[{0}])
    delete  cloudwatch.delete_alarms(AlarmNames=[{0}])
AWS::DynamoDB::Table = TableName
    all     dynamodb.list_tables() TableNames[].{TableName=@}
    one     dynamodb.describe_table(TableName={0}) [Table][].{TableName Arn=TableArn DeletionProtectionEnabled}
    delete  dynamodb.delete_table(TableName={0})
    update  update_table
    held    DeletionProtectionEnabled
            DynamoDb 400 InvalidRequest Resource cannot be deleted as it is currently protected against deletion.
            Disable deletion protection first.
AWS::EC2::EIP = PublicIp AllocationId
    all     ec2.describe_addresses() Addresses[].{PublicIp AllocationId InstanceId}
    one     =(AllocationIds=[{1}])
    delete  ec2.release_address(AllocationId={1})
AWS::EC2::Instance = InstanceId
    all     ec2.describe_instances() Reservations[].Instances[?State.Name!='terminated'][].{InstanceId ImageId SubnetId
            VpcId SecurityGroupIds=SecurityGroups[].GroupId KeyName State
            Volumes=BlockDeviceMappings[].{Device=DeviceName VolumeId=Ebs.VolumeId}}
    one     =(InstanceIds=[{0}])
    delete  delete_instance
AWS::EC2::InternetGateway = InternetGatewayId
    all     ec2.describe_internet_gateways() InternetGateways[].{InternetGatewayId}
    one     =(InternetGatewayIds=[{0}])
    delete  ec2.delete_internet_gateway(InternetGatewayId={0})
    held    ec2.describe_internet_gateways(InternetGatewayIds=[{0}]) InternetGateways[].Attachments[]
            Ec2 400 InvalidRequest The internetGateway '{0}' has dependencies and cannot be deleted.
AWS::EC2::KeyPair = KeyName
    all     ec2.describe_key_pairs() KeyPairs[].{KeyName KeyPairId}
    one     =(KeyNames=[{0}])
    delete  ec2.delete_key_pair(KeyName={0})
AWS::EC2::LaunchTemplate = LaunchTemplateId
    all     ec2.describe_launch_templates() LaunchTemplates[].{LaunchTemplateId LaunchTemplateName}
    one     =(LaunchTemplateIds=[{0}])
    delete  ec2.delete_launch_template(LaunchTemplateId={0})
AWS::EC2::NatGateway = NatGatewayId
    all     ec2.describe_nat_gateways() NatGateways[?State!='deleted'].{NatGatewayId SubnetId VpcId
            AllocationId=NatGatewayAddresses[0].AllocationId}
    one     =(NatGatewayIds=[{0}])
    delete  ec2.delete_nat_gateway(NatGatewayId={0})
AWS::EC2::NetworkAcl = Id
    all     ec2.describe_network_acls() NetworkAcls[].{Id=NetworkAclId VpcId}
    one     =(NetworkAclIds=[{0}])
    delete  ec2.delete_network_acl(NetworkAclId={0})
    held    ec2.describe_network_acls(NetworkAclIds=[{0}]) NetworkAcls[?IsDefault]
            Ec2 400 InvalidRequest cannot delete default network ACL {0}
    held    ec2.describe_network_acls(NetworkAclIds=[{0}]) NetworkAcls[].Associations[]
            Ec2 400 InvalidRequest The networkAcl '{0}' has dependencies and cannot be deleted.
AWS::EC2::NetworkInterface = Id
    all     ec2.describe_network_interfaces() NetworkInterfaces[].{Id=NetworkInterfaceId SubnetId VpcId
            GroupSet=Groups[].GroupId}
    one     =(NetworkInterfaceIds=[{0}])
    delete  ec2.delete_network_interface(NetworkInterfaceId={0})
    held    ec2.describe_network_interfaces(NetworkInterfaceIds=[{0}]) NetworkInterfaces[].Attachment
            Ec2 400 InvalidRequest Network interface '{0}' is currently in use.
AWS::EC2::Route = RouteTableId CidrBlock < RouteTableId
    all     ec2.describe_route_tables(RouteTableIds=[{RouteTableId}])
            RouteTables[].Routes[?DestinationCidrBlock][].{CidrBlock=DestinationCidrBlock DestinationCidrBlock
            GatewayId NatGatewayId}
    delete  ec2.delete_route(RouteTableId={0}, DestinationCidrBlock={1})
    held    GatewayId=='local'
            Ec2 400 InvalidRequest cannot remove local route {1} in route table {0}
AWS::EC2::RouteTable = RouteTableId
    all     ec2.describe_route_tables() RouteTables[].{RouteTableId VpcId}
    one     =(RouteTableIds=[{0}])
    delete  ec2.delete_route_table(RouteTableId={0})
    held    ec2.describe_route_tables(RouteTableIds=[{0}]) RouteTables[].Associations[]
            Ec2 400 InvalidRequest The routeTable '{0}' has dependencies and cannot be deleted.
AWS::EC2::SecurityGroup = Id
    all     ec2.describe_security_groups() SecurityGroups[].{Id=GroupId GroupId GroupName GroupDescription=Description
            VpcId SecurityGroupIngress=IpPermissions[].UserIdGroupPairs[].{SourceSecurityGroupId=GroupId}}
    one     =(GroupIds=[{0}])
    delete  ec2.delete_security_group(GroupId={0})
    held    GroupName=='default'
            Ec2 400 InvalidRequest the specified group: "{0}" name: "default" cannot be deleted by a user
    held    groups_in_use
            Ec2 400 InvalidRequest resource {0} has a dependent object
AWS::EC2::SecurityGroupEgress = Id
    all     ec2.describe_security_group_rules() SecurityGroupRules[?IsEgress].{Id=SecurityGroupRuleId GroupId IpProtocol
            FromPort ToPort CidrIp=CidrIpv4 CidrIpv6 DestinationSecurityGroupId=ReferencedGroupInfo.GroupId}
    one     =(SecurityGroupRuleIds=[{0}])
    delete  ec2.revoke_security_group_egress(GroupId={GroupId}, SecurityGroupRuleIds=[{0}])
AWS::EC2::SecurityGroupIngress = Id
    all     ec2.describe_security_group_rules() SecurityGroupRules[?!IsEgress].{Id=SecurityGroupRuleId GroupId
            IpProtocol FromPort ToPort CidrIp=CidrIpv4 CidrIpv6 SourceSecurityGroupId=ReferencedGroupInfo.GroupId}
    one     =(SecurityGroupRuleIds=[{0}])
    delete  ec2.revoke_security_group_ingress(GroupId={GroupId}, SecurityGroupRuleIds=[{0}])
AWS::EC2::Subnet = SubnetId
    all     ec2.describe_subnets() Subnets[].{SubnetId VpcId CidrBlock AvailabilityZone}
    one     =(SubnetIds=[{0}])
    delete  ec2.delete_subnet(SubnetId={0})
    held    subnets_in_use
            Ec2 400 InvalidRequest The subnet '{0}' has dependencies and cannot be deleted.
AWS::EC2::SubnetRouteTableAssociation = Id
    all     ec2.describe_route_tables()
            RouteTables[].Associations[?SubnetId][].{Id=RouteTableAssociationId RouteTableId SubnetId}
    delete  ec2.disassociate_route_table(AssociationId={0})
AWS::EC2::VPC = VpcId
    all     ec2.describe_vpcs() Vpcs[].{VpcId CidrBlock InstanceTenancy}
    one     =(VpcIds=[{0}])
    delete  ec2.delete_vpc(VpcId={0})
    held    ec2.describe_subnets(vpc-id:{0}) Subnets
            Ec2 400 InvalidRequest The vpc '{0}' has dependencies and cannot be deleted.
    held    ec2.describe_internet_gateways(attachment.vpc-id:{0}) InternetGateways
            Ec2 400 InvalidRequest The vpc '{0}' has dependencies and cannot be deleted.
    held    ec2.describe_security_groups(vpc-id:{0}) SecurityGroups[?GroupName!='default']
            Ec2 400 InvalidRequest The vpc '{0}' has dependencies and cannot be deleted.
    held    ec2.describe_route_tables(vpc-id:{0}) RouteTables[?!not_null(Associations,`[]`)[?Main]]
            Ec2 400 InvalidRequest The vpc '{0}' has dependencies and cannot be deleted.
    held    ec2.describe_network_acls(vpc-id:{0}) NetworkAcls[?!IsDefault]
            Ec2 400 InvalidRequest The vpc '{0}' has dependencies and cannot be deleted.
    held    ec2.describe_vpc_endpoints(vpc-id:{0}) VpcEndpoints
            Ec2 400 InvalidRequest The vpc '{0}' has dependencies and cannot be deleted.
AWS::EC2::VPCEndpoint = Id
    all     ec2.describe_vpc_endpoints() VpcEndpoints[].{Id=VpcEndpointId VpcId ServiceName SubnetIds RouteTableIds
            SecurityGroupIds=Groups[].GroupId}
    one     =(VpcEndpointIds=[{0}])
    delete  ec2.delete_vpc_endpoints(VpcEndpointIds=[{0}])
AWS::EC2::VPCGatewayAttachment = AttachmentType VpcId
    all     ec2.describe_internet_gateways() InternetGateways[?Attachments].{AttachmentType='IGW' InternetGatewayId
            VpcId=Attachments[0].VpcId}
    delete  ec2.detach_internet_gateway(InternetGatewayId={InternetGatewayId}, VpcId={1})
    held    ec2.describe_nat_gateways(vpc-id:{1}) NatGateways[?State!='deleted']
            Ec2 400 GeneralServiceException Network {1} has some mapped public address(es). Please unmap those public
            address(es) before detaching the gateway.
AWS::EC2::Volume = VolumeId
    all     ec2.describe_volumes() Volumes[].{VolumeId AvailabilityZone SnapshotId KmsKeyId}
    one     =(VolumeIds=[{0}])
    delete  ec2.delete_volume(VolumeId={0})
    held    ec2.describe_volumes(VolumeIds=[{0}]) Volumes[].Attachments[].InstanceId
            Ec2 400 InvalidRequest Volume {0} is currently attached to {found}
AWS::ECR::Repository = RepositoryName
    all     ecr.describe_repositories() repositories[].{RepositoryName=repositoryName Arn=repositoryArn}
    one     =(repositoryNames=[{0}])
    delete  ecr.delete_repository(repositoryName={0})
    held    ecr.list_images(repositoryName={0}) imageIds
            Ecr 400 GeneralServiceException The repository with name '{0}' cannot be deleted because it still
            contains images
AWS::ECS::Cluster = ClusterName
    all     ecs.list_clusters() clusterArns[].{Arn=@ ClusterName=split(@,'/')[-1]}
    delete  ecs.delete_cluster(cluster={0})
    held    ecs.list_services(cluster={0}) serviceArns
            Ecs 400 InvalidRequest The Cluster cannot be deleted while Services are active.
AWS::ECS::Service = ServiceArn Cluster
    all     list_services
    delete  ecs.delete_service(cluster={1}, service={0}, force=true)
AWS::ECS::TaskDefinition = TaskDefinitionArn
    all     ecs.list_task_definitions(status=ACTIVE) taskDefinitionArns[].{TaskDefinitionArn=@}
    delete  ecs.deregister_task_definition(taskDefinition={0})
AWS::EFS::FileSystem = FileSystemId
    all     efs.describe_file_systems() FileSystems[].{FileSystemId Arn=FileSystemArn KmsKeyId}
    one     =(FileSystemId={0})
    delete  efs.delete_file_system(FileSystemId={0})
AWS::ElasticLoadBalancingV2::Listener = ListenerArn < LoadBalancerArn ListenerArns
    all     elbv2.describe_listeners(LoadBalancerArn={LoadBalancerArn}) Listeners[].{ListenerArn LoadBalancerArn
            DefaultActions=DefaultActions[].{Type TargetGroupArn}}
    parent  balancer_of
    delete  elbv2.delete_listener(ListenerArn={0})
AWS::ElasticLoadBalancingV2::LoadBalancer = LoadBalancerArn
    all     list_balancers
    delete  elbv2.delete_load_balancer(LoadBalancerArn={0})
    update  update_balancer
    held    LoadBalancerAttributes[?Key=='deletion_protection.enabled'&&Value=='true']
            ElasticLoadBalancingV2 400 GeneralServiceException Load balancer '{0}' cannot be deleted because deletion
            protection is enabled
AWS::ElasticLoadBalancingV2::TargetGroup = TargetGroupArn
    all     elbv2.describe_target_groups() TargetGroups[].{TargetGroupArn Name=TargetGroupName VpcId LoadBalancerArns}
    one     =(TargetGroupArns=[{0}])
    delete  elbv2.delete_target_group(TargetGroupArn={0})
    held    targets_in_use
            ElasticLoadBalancingV2 400 ResourceConflict Target group '{0}' is currently in use by a listener or a rule
AWS::Events::EventBus = Name
    all     events.list_event_buses() EventBuses[].{Name Arn}
    delete  events.delete_event_bus(Name={0})
    held    Name=='default'
            EventBridge 400 InvalidRequest Cannot delete event bus default.
    held    events.list_rules(EventBusName={0}) Rules
            EventBridge 400 InvalidRequest Event bus {0} can't be deleted since it has rules.
AWS::Events::Rule = Arn
    all     list_rules
    delete  delete_rule
AWS::IAM::Group = GroupName
    all     iam.list_groups() Groups[].{GroupName Arn Path}
    delete  iam.delete_group(GroupName={0})
    held    iam.get_group(GroupName={0}) Users
            Iam 409 ResourceConflict Cannot delete entity, must remove users from group first.
    held    iam.list_attached_group_policies(GroupName={0}) AttachedPolicies
            Iam 409 ResourceConflict Cannot delete entity, must detach all policies first.
AWS::IAM::InstanceProfile = InstanceProfileName
    all     iam.list_instance_profiles() InstanceProfiles[].{InstanceProfileName Arn Path Roles=Roles[].RoleName}
    delete  delete_profile
AWS::IAM::ManagedPolicy = PolicyArn
    all     iam.list_policies(Scope=Local) Policies[].{PolicyArn=Arn ManagedPolicyName=PolicyName Path}
    delete  delete_policy
    held    iam.list_entities_for_policy(PolicyArn={0}) [PolicyRoles,PolicyUsers,PolicyGroups][][]
            Iam 409 ResourceConflict Cannot delete a policy attached to entities.
AWS::IAM::Role = RoleName
    all     iam.get_account_authorization_details(Filter=[Role]) RoleDetailList[].{RoleName Arn Path
            ManagedPolicyArns=AttachedManagedPolicies[].PolicyArn Policies=RolePolicyList[].{PolicyName PolicyDocument}}
    delete  iam.delete_role(RoleName={0})
    update  update_role
    held    iam.list_instance_profiles_for_role(RoleName={0}) InstanceProfiles
            Iam 409 ResourceConflict Cannot delete entity, must remove roles from instance profile first.
    held    iam.list_attached_role_policies(RoleName={0}) AttachedPolicies
            Iam 409 ResourceConflict Cannot delete entity, must detach all policies first.
    held    iam.list_role_policies(RoleName={0}) PolicyNames
            Iam 409 ResourceConflict Cannot delete entity, must delete policies first.
AWS::IAM::User = UserName
    all     iam.get_account_authorization_details(Filter=[User]) UserDetailList[].{UserName Arn Path Groups=GroupList
            ManagedPolicyArns=AttachedManagedPolicies[].PolicyArn}
    delete  delete_user
AWS::KMS::Alias = AliasName
    all     kms.list_aliases() Aliases[].{AliasName TargetKeyId}
    delete  kms.delete_alias(AliasName={0})
    held    starts_with(AliasName,'alias/aws/')
            Kms 400 InvalidRequest {0} is a reserved alias
AWS::KMS::Key = KeyId
    all     kms.list_keys() Keys[].{KeyId Arn=KeyArn}
    one     kms.describe_key(KeyId={0}) [KeyMetadata][?KeyState!='PendingDeletion'].{KeyId Arn Enabled Description}
    delete  kms.schedule_key_deletion(KeyId={0}, PendingWindowInDays=30)
AWS::Kinesis::Stream = Name
    all     kinesis.list_streams() StreamNames[].{Name=@}
    delete  kinesis.delete_stream(StreamName={0}, EnforceConsumerDeletion=true)
AWS::Lambda::Alias = AliasArn < FunctionName
    all     lambda.list_aliases(FunctionName={FunctionName}) Aliases[].{AliasArn Name FunctionVersion}
    parent  function_of
    delete  lambda.delete_alias(FunctionName={FunctionName}, Name={Name})
AWS::Lambda::EventSourceMapping = Id
    all     lambda.list_event_source_mappings() EventSourceMappings[].{Id=UUID EventSourceArn FunctionName=FunctionArn
            EventSourceMappingArn}
    delete  lambda.delete_event_source_mapping(UUID={0})
AWS::Lambda::Function = FunctionName
    all     lambda.list_functions() Functions[].{FunctionName Arn=FunctionArn Role Runtime Layers=Layers[].Arn
            VpcConfig={SubnetIds=VpcConfig.SubnetIds SecurityGroupIds=VpcConfig.SecurityGroupIds}}
    delete  lambda.delete_function(FunctionName={0})
AWS::Lambda::LayerVersion = LayerVersionArn < LayerName
    all     lambda.list_layer_versions(LayerName={LayerName})
            LayerVersions[].{LayerVersionArn Version=to_string(Version)}
    parent  layer_of
    delete  lambda.delete_layer_version(LayerName={LayerName}, VersionNumber=#{Version})
AWS::Lambda::Permission = FunctionName Id < FunctionName
    all     list_permissions
    delete  lambda.remove_permission(FunctionName={0}, StatementId={1})
AWS::Lambda::Version = FunctionArn < FunctionName
    all     lambda.list_versions_by_function(FunctionName={FunctionName})
            Versions[?Version!='$LATEST'].{FunctionArn Version}
    parent  function_of
    delete  lambda.delete_function(FunctionName={FunctionName}, Qualifier={Version})
    held    lambda.list_aliases(FunctionName={FunctionName}, FunctionVersion={Version}) Aliases[].Name
            Lambda 409 ResourceConflict Function version {Version} is referenced by alias {found}
AWS::Logs::LogGroup = LogGroupName
    all     logs.describe_log_groups() logGroups[].{LogGroupName=logGroupName Arn=arn KmsKeyId=kmsKeyId}
    one     =(logGroupNamePrefix={0})
    delete  logs.delete_log_group(logGroupName={0})
AWS::Pipes::Pipe = Name
    all     pipes.list_pipes() Pipes[].{Name Arn Source Target}
    delete  pipes.delete_pipe(Name={0})
AWS::RDS::DBCluster = DBClusterIdentifier
    all     rds.describe_db_clusters() DBClusters[].{DBClusterIdentifier Engine DeletionProtection
            DBSubnetGroupName=DBSubnetGroup VpcSecurityGroupIds=VpcSecurityGroups[].VpcSecurityGroupId}
    one     =(DBClusterIdentifier={0})
    delete  rds.delete_db_cluster(DBClusterIdentifier={0}, SkipFinalSnapshot=true)
    update  update_database_cluster
    held    DeletionProtection
            Rds 400 InvalidRequest Cannot delete protected Cluster, please disable deletion protection and try again.
    held    rds.describe_db_instances() DBInstances[?DBClusterIdentifier=='{0}']
            Rds 400 InvalidRequest Cluster cannot be deleted, it still contains DB instances in non-deleting state.
AWS::RDS::DBInstance = DBInstanceIdentifier
    all     rds.describe_db_instances() DBInstances[].{DBInstanceIdentifier Engine DBInstanceClass DeletionProtection
            DBSubnetGroupName=DBSubnetGroup.DBSubnetGroupName DBClusterIdentifier
            VPCSecurityGroups=VpcSecurityGroups[].VpcSecurityGroupId}
    one     =(DBInstanceIdentifier={0})
    delete  rds.delete_db_instance(DBInstanceIdentifier={0}, SkipFinalSnapshot=true)
    update  update_database
    held    DeletionProtection
            Rds 400 InvalidRequest Cannot delete protected DB Instance, please disable deletion protection and try
            again.
AWS::RDS::DBSubnetGroup = DBSubnetGroupName
    all     rds.describe_db_subnet_groups() DBSubnetGroups[].{DBSubnetGroupName SubnetIds=Subnets[].SubnetIdentifier}
    one     =(DBSubnetGroupName={0})
    delete  rds.delete_db_subnet_group(DBSubnetGroupName={0})
    held    rds.describe_db_instances()
            DBInstances[?DBSubnetGroup.DBSubnetGroupName=='{0}'].DBInstanceIdentifier
            Rds 400 InvalidRequest Cannot delete the subnet group '{0}' because at least one database instance: {found}
            is still using it.
AWS::Route53::HostedZone = Id
    all     route53.list_hosted_zones() HostedZones[].{Id=split(Id,'/')[-1] Name}
    delete  route53.delete_hosted_zone(Id={0})
    held    records_of_others
            Route53 400 InvalidRequest The specified hosted zone contains non-required resource record sets and so
            cannot be deleted.
AWS::Route53::RecordSet = Name HostedZoneId Type SetIdentifier < HostedZoneId HostedZoneName
    all     list_records
    delete  delete_record
    held    own_record
            Route53 400 InvalidRequest [A HostedZone must contain at least one {Type} record for the zone itself.]
AWS::S3::Bucket = BucketName
    all     s3.list_buckets() Buckets[].{BucketName=Name
            RegionalDomainName=join('',[Name,'.s3.',not_null(BucketRegion,'us-east-1'),'.amazonaws.com'])}
    delete  s3.delete_bucket(Bucket={0})
    held    bucket_elsewhere
            S3 301 GeneralServiceException The bucket you are attempting to access must be addressed using the
            specified endpoint. Please send all future requests to this endpoint.
    held    s3.list_object_versions(Bucket={0}) [Versions,DeleteMarkers][][]
            S3 409 GeneralServiceException The bucket you tried to delete is not empty. You must delete all versions in
            the bucket.
AWS::S3::BucketPolicy = Bucket
    all     list_bucket_policies
    delete  s3.delete_bucket_policy(Bucket={0})
AWS::SNS::Subscription = Arn
    all     sns.list_subscriptions() Subscriptions[].{Arn=SubscriptionArn TopicArn Protocol Endpoint}
    delete  sns.unsubscribe(SubscriptionArn={0})
AWS::SNS::Topic = TopicArn
    all     sns.list_topics() Topics[].{TopicArn}
    one     sns.get_topic_attributes(TopicArn={0}) [Attributes][].{TopicArn KmsMasterKeyId}
    delete  sns.delete_topic(TopicArn={0})
AWS::SQS::Queue = QueueUrl
    all     sqs.list_queues() QueueUrls[].{QueueUrl=@}
    one     sqs.get_queue_url(QueueName={QueueName}) [@][].{QueueUrl}
    parent  queue_of
    delete  sqs.delete_queue(QueueUrl={0})
AWS::SSM::Parameter = Name
    all     ssm.describe_parameters() Parameters[].{Name Type}
    one     ssm.get_parameters(Names=[{0}]) Parameters[].{Name Type}
    delete  ssm.delete_parameter(Name={0})
AWS::SecretsManager::Secret = Id
    all     secretsmanager.list_secrets() SecretList[].{Id=ARN Name Description KmsKeyId}
    one     secretsmanager.describe_secret(SecretId={0}) [@][].{Id=ARN Name Description KmsKeyId}
    delete  secretsmanager.delete_secret(SecretId={0}, ForceDeleteWithoutRecovery=true)
AWS::StepFunctions::StateMachine = Arn
    all     stepfunctions.list_state_machines() stateMachines[].{Arn=stateMachineArn StateMachineName=name}
    one     stepfunctions.describe_state_machine(stateMachineArn={0})
            [@][].{Arn=stateMachineArn StateMachineName=name RoleArn=roleArn}
    delete  stepfunctions.delete_state_machine(stateMachineArn={0})
"""


class Functions(jmespath.functions.Functions):
    """What the table's expressions can do more than JMESPath."""

    @jmespath.functions.signature({"types": ["string", "null"]}, {"types": ["string"]})
    def _func_split(self, text: str | None, at: str) -> list[str] | None:
        return text.split(at) if text else None


EXPRESSIONS = jmespath.Options(custom_functions=Functions())


def search(expression: str, data: Any) -> Any:
    """What an expression of the table finds."""
    return jmespath.search(expression, data, options=EXPRESSIONS)


def fill(template: str, parts: list[str], properties: Properties) -> Any:
    """A value of a call: text with its names replaced, or `[x]`, `true`, digits or `#x` for other types."""
    if template.startswith("[") and template.endswith("]"):
        return [fill(template[1:-1], parts, properties)]
    if template.startswith("#"):
        return int(fill(template[1:], parts, properties))
    if template == "true" or template.isdigit():
        return json.loads(template)
    return template.format(*parts, **properties)


@dataclasses.dataclass(frozen=True)
class Call:
    """A call of the table: a service's operation with its input, and what to find in the answer."""

    service: str
    operation: str
    input: str
    found: str

    def __call__(self, account: Account, parts: list[str], properties: Properties) -> Iterator[Any]:
        """Makes the call, page by page as long as somebody takes."""
        input: dict[str, Any] = {}
        for name, sign, value in re.findall(r"([\w.-]+)([=:])([^,]+)(?:, |$)", self.input):
            if sign == ":":
                input["Filters"] = [{"Name": name, "Values": [fill(value, parts, properties)]}]
            else:
                input[name] = fill(value, parts, properties)
        return account.ask(self.service, self.operation, self.found, **input)


@dataclasses.dataclass(frozen=True)
class Held:
    """What refuses a deletion: something that a call finds, or that is true of the properties, and AWS's words."""

    by: Call | Act | str
    service: str
    status: str
    code: str
    words: str

    def refuse(self, account: Account, parts: list[str], properties: Properties) -> None:
        """Raises the refusal where it is due."""
        if isinstance(self.by, Call):
            expression = re.sub(r"\{0\}", parts[0], self.by.found)
            found = next(iter(dataclasses.replace(self.by, found=expression)(account, parts, properties)), None)
        elif isinstance(self.by, str):
            found = search(self.by, properties)
        else:
            found = self.by(account, parts, properties)
        if found:
            words = self.words.format(*parts, **properties, found=found)
            more = f"(Service: {self.service}, Status Code: {self.status}, Request ID: {uuid.uuid4()})"
            raise Refusal(self.code, f"{words} {more}")


class Refusal(Exception):
    """AWS says no to a change: an error code of resource handlers, and AWS's words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclasses.dataclass
class Kind:
    """A row of the table."""

    identified_by: list[str]
    under: list[str]
    all: Lister = dataclasses.field(init=False)
    delete: Act = dataclasses.field(init=False)
    one: Lister | None = None
    update: Callable[[Account, list[str], Properties, Properties], None] | None = None
    parent: Callable[[str], Properties] = lambda identifier: {}
    held: list[Held] = dataclasses.field(default_factory=list)

    def identifier(self, properties: Properties) -> str:
        """Cloud Control's primary identifier."""
        return "|".join(str(properties[name]) for name in self.identified_by if name in properties)

    def resources(self, account: Account, model: Properties) -> list[Properties]:
        """All resources, or those under the parent that the model names."""
        return self._complete(self.all(account, [], model), model)

    def find(self, account: Account, identifier: str) -> Properties | None:
        """One resource, if it is there."""
        parts = identifier.split("|")
        model = dict(zip(self.identified_by, parts)) | self.parent(identifier)
        try:
            found = self._complete((self.one or self.all)(account, parts, model), model)
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        return next((one for one in found if self.identifier(one) == identifier), None)

    def _complete(self, found: Iterable[Properties], model: Properties) -> list[Properties]:
        """What was found with the parent that it was found under, and without what has no value."""
        under = {name: model[name] for name in self.under if name in model}
        return [under | {name: value for name, value in one.items() if value not in (None, "")} for one in found]

    def remove(self, account: Account, identifier: str, properties: Properties) -> None:
        """Deletes a resource, or raises what AWS would say."""
        parts = identifier.split("|")
        for held in self.held:
            held.refuse(account, parts, properties)
        for _ in self.delete(account, parts, properties) or []:
            pass


def is_missing(error: ClientError) -> bool:
    """Whether an error says that something is not there."""
    return bool(re.search(r"NotFound|NoSuch|NonExistent|NotExist|does not exist", str(error)))


def table(text: str) -> dict[str, Kind]:
    """Reads the table."""
    kinds: dict[str, Kind] = {}
    for line in re.sub(r"\n {12}", " ", text).strip().splitlines():
        if not line.startswith(" "):
            name, _, rest = line.partition(" = ")
            identified_by, _, under = rest.partition(" < ")
            kind = kinds[name] = Kind(identified_by.split(), under.split())
            continue
        field, rest = line.split(maxsplit=1)
        if field == "held":
            by, service, status, code, words = re.fullmatch(r"(.*?) (\w+) (\d{3}) (\w+) (.*)", rest).groups()
            kind.held.append(Held(cell(by, plain=True), service, status, code, words))
        elif rest.startswith("="):
            kind.one = dataclasses.replace(kind.all, input=rest[2:-1])
        else:
            setattr(kind, field, cell(rest))
    return kinds


def cell(text: str, plain: bool = False) -> Any:
    """A call, a function of this file, or an expression."""
    call = re.fullmatch(r"(\w+)\.(\w+)\((.*?)\)(?: (.*))?", text)
    if call:
        service, operation, input, found = call.groups()
        return Call(service, operation, input, found if plain else spelt_out(found or "[]"))
    return globals().get(text, text)


def spelt_out(expression: str) -> str:
    """JMESPath for our short `{A B=c}`, innermost braces first."""
    inside = re.compile(r"\{([^{}]*)\}")
    while inside.search(expression):
        expression = inside.sub(
            lambda braces: "\1" + ",".join(
                f"{name}:{value or name}" for name, _, value in (one.partition("=") for one in braces[1].split())
            ) + "\2",
            expression,
        )
    return expression.replace("\1", "{").replace("\2", "}")


# --- Types that need more than a call. These functions get an account, the parts of the identifier and the
# properties; a list gets the properties that name the parent.


def function_of(arn: str) -> Properties:
    """The function that a version or alias belongs to."""
    return {"FunctionName": arn.split(":")[6]}


def layer_of(arn: str) -> Properties:
    """The layer that a version belongs to."""
    return {"LayerName": arn.split(":")[6]}


def balancer_of(listener: str) -> Properties:
    """The load balancer that a listener belongs to."""
    return {"LoadBalancerArn": listener.replace(":listener/", ":loadbalancer/").rsplit("/", 1)[0]}


def queue_of(url: str) -> Properties:
    """The name in a queue's URL."""
    return {"QueueName": url.rsplit("/", 1)[1]}


def list_balancers(account: Account, _: list[str], __: Properties) -> Iterator[Properties]:
    """Load balancers with their attributes."""
    found = (
        "LoadBalancers[].{LoadBalancerArn Name=LoadBalancerName Type Scheme SecurityGroups "
        "Subnets=AvailabilityZones[].SubnetId}"
    )
    for balancer in account.ask("elbv2", "describe_load_balancers", spelt_out(found)):
        arn = balancer["LoadBalancerArn"]
        attributes = account("elbv2").describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
        yield balancer | {"LoadBalancerAttributes": attributes}


def list_rules(account: Account, _: list[str], __: Properties) -> Iterator[Properties]:
    """Rules of all buses."""
    found = spelt_out("Rules[].{Arn Name EventBusName EventPattern RoleArn ScheduleExpression}")
    for bus in account.ask("events", "list_event_buses", "EventBuses[].Name"):
        for rule in account.ask("events", "list_rules", found, EventBusName=bus):
            yield rule | {"EventBusName": bus}


def list_services(account: Account, _: list[str], __: Properties) -> Iterator[Properties]:
    """Services of all clusters."""
    found = spelt_out(
        "services[?status!='INACTIVE'].{ServiceArn=serviceArn Cluster=clusterArn ServiceName=serviceName "
        "TaskDefinition=taskDefinition DesiredCount=desiredCount NetworkConfiguration=networkConfiguration}"
    )
    for cluster in account.ask("ecs", "list_clusters", "clusterArns"):
        for service in account.ask("ecs", "list_services", "serviceArns", cluster=cluster):
            yield from account.ask("ecs", "describe_services", found, cluster=cluster, services=[service])


def list_permissions(account: Account, _: list[str], model: Properties) -> Iterator[Properties]:
    """The statements of a function's policy."""
    try:
        policy = json.loads(account("lambda").get_policy(FunctionName=model["FunctionName"])["Policy"])
    except ClientError as error:
        if is_missing(error):
            return
        raise
    for one in policy["Statement"]:
        yield {"FunctionName": one["Resource"], "Id": one["Sid"], "Action": one["Action"]}


def list_records(account: Account, _: list[str], model: Properties) -> Iterator[Properties]:
    """Records; each says its zone."""
    zone = model["HostedZoneId"]
    for record in account.ask("route53", "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone):
        yield record | {"HostedZoneId": zone}


def delete_record(account: Account, _: list[str], properties: Properties) -> None:
    """A record is deleted by saying all of it once more."""
    record = {name: value for name, value in properties.items() if name != "HostedZoneId"}
    batch = {"Changes": [{"Action": "DELETE", "ResourceRecordSet": record}]}
    account("route53").change_resource_record_sets(HostedZoneId=properties["HostedZoneId"], ChangeBatch=batch)


def own_record(account: Account, _: list[str], record: Properties) -> bool:
    """Whether a zone was made with this record."""
    zone = account("route53").get_hosted_zone(Id=record["HostedZoneId"])["HostedZone"]["Name"]
    return record["Type"] in ("NS", "SOA") and record["Name"] == zone


def records_of_others(account: Account, parts: list[str], _: Properties) -> bool:
    """Whether a zone has records that it was not made with."""
    records = list_records(account, [], {"HostedZoneId": parts[0]})
    return not all(own_record(account, [], record) for record in records)


def list_bucket_policies(account: Account, parts: list[str], _: Properties) -> Iterator[Properties]:
    """Policies of all buckets, or of one."""
    for bucket in parts[:1] or account.ask("s3", "list_buckets", "Buckets[].Name"):
        try:
            policy = account("s3").get_bucket_policy(Bucket=bucket)["Policy"]
        except ClientError as error:
            if is_missing(error):
                continue
            raise
        yield {"Bucket": bucket, "PolicyDocument": json.loads(policy)}


def bucket_elsewhere(account: Account, parts: list[str], _: Properties) -> bool:
    """Whether a bucket, though listed everywhere, is in another region than the one that was called."""
    there = account("s3").get_bucket_location(Bucket=parts[0]).get("LocationConstraint")
    return (there or "us-east-1") != account.region


def interfaces(account: Account) -> Iterator[Properties]:
    """Everything that has a network interface on AWS: its subnets and groups. Emulators make few interfaces."""
    for service, operation, found in (
        ("ec2", "describe_network_interfaces", "NetworkInterfaces[].{subnets: [SubnetId], groups: Groups[].GroupId}"),
        ("ec2", "describe_nat_gateways", "NatGateways[?State!='deleted'].{subnets: [SubnetId], groups: `[]`}"),
        ("ec2", "describe_vpc_endpoints", "VpcEndpoints[].{subnets: SubnetIds, groups: Groups[].GroupId}"),
        ("ec2", "describe_instances", "Reservations[].Instances[?State.Name!='terminated'][]"
                                      ".{subnets: [SubnetId], groups: SecurityGroups[].GroupId}"),
        ("elbv2", "describe_load_balancers", "LoadBalancers[]"
                                             ".{subnets: AvailabilityZones[].SubnetId, groups: SecurityGroups}"),
        ("rds", "describe_db_instances", "DBInstances[].{subnets: DBSubnetGroup.Subnets[].SubnetIdentifier, "
                                         "groups: VpcSecurityGroups[].VpcSecurityGroupId}"),
        ("lambda", "list_functions", "Functions[].VpcConfig.{subnets: SubnetIds, groups: SecurityGroupIds}"),
    ):
        yield from account.ask(service, operation, found)


def subnets_in_use(account: Account, parts: list[str], _: Properties) -> bool:
    """Whether something has an interface in a subnet."""
    return any(parts[0] in (one["subnets"] or []) for one in interfaces(account))


def groups_in_use(account: Account, parts: list[str], _: Properties) -> bool:
    """Whether an interface has a group, or another group's rule names it."""
    found = "SecurityGroupRules[].[GroupId, ReferencedGroupInfo.GroupId]"
    rules = account.ask("ec2", "describe_security_group_rules", found)
    named = any(names == parts[0] != of for of, names in rules)
    return named or any(parts[0] in (one["groups"] or []) for one in interfaces(account))


def targets_in_use(account: Account, parts: list[str], _: Properties) -> bool:
    """Whether a listener forwards to a target group; emulators don't forget deleted ones."""
    return any(
        parts[0] in account.ask("elbv2", "describe_listeners", "Listeners[].DefaultActions[].TargetGroupArn",
                                LoadBalancerArn=balancer)
        for balancer in account.ask("elbv2", "describe_load_balancers", "LoadBalancers[].LoadBalancerArn")
    )


def delete_instance(account: Account, parts: list[str], _: Properties) -> None:
    """A machine takes the disks along that were made for it; emulators leave them."""
    disks = "Reservations[].Instances[].BlockDeviceMappings[?Ebs.DeleteOnTermination][].Ebs.VolumeId"
    volumes = list(account.ask("ec2", "describe_instances", disks, InstanceIds=[parts[0]]))
    account("ec2").terminate_instances(InstanceIds=[parts[0]])
    for volume in volumes:
        account("ec2").detach_volume(VolumeId=volume)
        account("ec2").delete_volume(VolumeId=volume)


def delete_user(account: Account, parts: list[str], _: Properties) -> None:
    """AWS's handler takes a user's keys, groups and policies along."""
    iam, who = account("iam"), {"UserName": parts[0]}
    for key in iam.list_access_keys(**who)["AccessKeyMetadata"]:
        iam.delete_access_key(AccessKeyId=key["AccessKeyId"], **who)
    for group in iam.list_groups_for_user(**who)["Groups"]:
        iam.remove_user_from_group(GroupName=group["GroupName"], **who)
    for policy in iam.list_attached_user_policies(**who)["AttachedPolicies"]:
        iam.detach_user_policy(PolicyArn=policy["PolicyArn"], **who)
    for name in iam.list_user_policies(**who)["PolicyNames"]:
        iam.delete_user_policy(PolicyName=name, **who)
    iam.delete_user(**who)


def delete_profile(account: Account, parts: list[str], properties: Properties) -> None:
    """AWS's handler takes the role out first."""
    for role in properties["Roles"]:
        account("iam").remove_role_from_instance_profile(InstanceProfileName=parts[0], RoleName=role)
    account("iam").delete_instance_profile(InstanceProfileName=parts[0])


def delete_policy(account: Account, parts: list[str], _: Properties) -> None:
    """AWS's handler takes older versions along."""
    for version in account("iam").list_policy_versions(PolicyArn=parts[0])["Versions"]:
        if not version["IsDefaultVersion"]:
            account("iam").delete_policy_version(PolicyArn=parts[0], VersionId=version["VersionId"])
    account("iam").delete_policy(PolicyArn=parts[0])


def delete_rule(account: Account, _: list[str], properties: Properties) -> None:
    """AWS's handler takes targets along."""
    rule = {"EventBusName": properties["EventBusName"], "Rule": properties["Name"]}
    targets = list(account.ask("events", "list_targets_by_rule", "Targets[].Id", **rule))
    if targets:
        account("events").remove_targets(Ids=targets, **rule)
    account("events").delete_rule(EventBusName=rule["EventBusName"], Name=rule["Rule"])


def delete_stack(account: Account, parts: list[str], _: Properties) -> None:
    """A stack is deleted when CloudFormation says so."""
    cloudformation = account("cloudformation")
    cloudformation.delete_stack(StackName=parts[0])
    while True:
        stack = cloudformation.describe_stacks(StackName=parts[0])["Stacks"][0]
        if stack["StackStatus"] == "DELETE_COMPLETE":
            return
        if stack["StackStatus"] == "DELETE_FAILED":
            raise Refusal("NotStabilized", f"Stack {parts[0]} failed to delete: {stack.get('StackStatusReason')}")
        time.sleep(0.05)


# --- Changes: what stands in the way of a deletion. They get the properties as they were, and as they should be.


def update_database(account: Account, parts: list[str], _: Properties, new: Properties) -> None:
    """Deletion protection of a database instance."""
    account("rds").modify_db_instance(
        DBInstanceIdentifier=parts[0], DeletionProtection=bool(new.get("DeletionProtection")), ApplyImmediately=True
    )


def update_database_cluster(account: Account, parts: list[str], _: Properties, new: Properties) -> None:
    """Deletion protection of a database cluster."""
    account("rds").modify_db_cluster(
        DBClusterIdentifier=parts[0], DeletionProtection=bool(new.get("DeletionProtection")), ApplyImmediately=True
    )


def update_table(account: Account, parts: list[str], _: Properties, new: Properties) -> None:
    """Deletion protection of a table."""
    protection = bool(new.get("DeletionProtectionEnabled"))
    account("dynamodb").update_table(TableName=parts[0], DeletionProtectionEnabled=protection)


def update_balancer(account: Account, parts: list[str], _: Properties, new: Properties) -> None:
    """Attributes of a load balancer; those not named keep their values."""
    account("elbv2").modify_load_balancer_attributes(
        LoadBalancerArn=parts[0], Attributes=new.get("LoadBalancerAttributes", [])
    )


def update_role(account: Account, parts: list[str], old: Properties, new: Properties) -> None:
    """Policies that a role no longer names are taken off it."""
    for policy in set(old.get("ManagedPolicyArns", [])) - set(new.get("ManagedPolicyArns", [])):
        account("iam").detach_role_policy(RoleName=parts[0], PolicyArn=policy)
    kept = {policy["PolicyName"] for policy in new.get("Policies", [])}
    for policy in old.get("Policies", []):
        if policy["PolicyName"] not in kept:
            account("iam").delete_role_policy(RoleName=parts[0], PolicyName=policy["PolicyName"])


def patched(properties: Properties, patch: list[dict[str, Any]]) -> Properties:
    """The properties after a JSON patch (RFC 6902) of add, replace, remove and test; a wrong one raises."""
    whole = json.loads(json.dumps(properties, default=str))
    for step in patch:
        *way, last = [part.replace("~1", "/").replace("~0", "~") for part in step["path"].split("/")[1:]]
        place = whole
        for part in way:
            place = place[int(part) if isinstance(place, list) else part]
        at = (len(place) if last == "-" else int(last)) if isinstance(place, list) else last
        if step["op"] == "remove":
            del place[at]
        elif step["op"] == "test":
            if place[at] != step["value"]:
                raise ValueError(f"test of {step['path']} failed")
        elif step["op"] == "add" and isinstance(place, list):
            place.insert(at, step["value"])
        elif step["op"] in ("add", "replace"):
            place[at] = step["value"]
        else:
            raise ValueError(f"operation {step['op']} is not supported")
    return whole


KINDS = table(TABLE)


# --- What goes wrong when somebody wants it to.


class Trouble(Exception):
    """An answer of Cloud Control that is an error."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def handler_trouble(kind: str, code: str, message: str) -> Trouble:
    """What a resource handler's error looks like to somebody who called synchronously."""
    exception = {"AccessDenied": "AccessDeniedException", "Throttling": "ThrottlingException",
                 "NotFound": "ResourceNotFoundException"}.get(code, "GeneralServiceException")
    more = f"(RequestToken: {uuid.uuid4()}, HandlerErrorCode: {code})"
    return Trouble(exception, f"{kind} Handler returned status FAILED: {message} {more}")


# Quotas of which AWS gives new accounts little.
NEW_ACCOUNTS = {"L-B99A9384": 10.0}
PLENTY = 1000.0


def quota(asked: dict[str, Any]) -> dict[str, Any]:
    """What Service Quotas says of a quota."""
    code = asked.get("QuotaCode", "")
    return {"Quota": {"ServiceCode": asked.get("ServiceCode", ""), "QuotaCode": code,
                      "Value": NEW_ACCOUNTS.get(code, PLENTY)}}


FAULTS = {"gap", "denied", "throttled", "failing", "hides-newest", "shows-deleted", "undeletable", "hollow", "pending",
          "reappears", "slow", "sparse"}


@dataclasses.dataclass
class Scene:
    """What a call is about, for the faults' patterns."""

    account: Account
    operation: str
    kind: str
    identifier: str = ""


class Faults:
    """The rules in force, and what they have done so far."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.replace([])

    def replace(self, rules: Any) -> None:
        """Puts rules in the place of those that were there."""
        for rule in rules:
            if not isinstance(rule, dict) or rule.get("fault") not in FAULTS:
                raise ValueError(f"a rule needs a fault, one of {', '.join(sorted(FAULTS))}; not {json.dumps(rule)}")
        with self._lock:
            self.rules = rules
            self._counts: Counter[Any] = Counter()

    def of(self, fault: str, scene: Scene) -> dict[str, Any] | None:
        """The first rule of this fault that fits and is not used up."""
        with self._lock:
            for number, rule in enumerate(self.rules):
                if rule["fault"] != fault or not self._fits(rule, scene):
                    continue
                if "times" in rule:
                    self._counts[number] += 1
                    if self._counts[number] > rule["times"]:
                        continue
                return rule
        return None

    @staticmethod
    def _fits(rule: dict[str, Any], scene: Scene) -> bool:
        said = {"accounts": scene.account.number, "regions": scene.account.region, "types": scene.kind,
                "identifiers": scene.identifier, "operations": scene.operation}
        return all(
            any(fnmatch.fnmatchcase(what, pattern) for pattern in rule[name])
            for name, what in said.items() if name in rule
        )

    def count(self, *what: Any) -> int:
        """How often this was counted, this time included."""
        with self._lock:
            self._counts[what] += 1
            return self._counts[what]

    def call(self, scene: Scene) -> None:
        """Fails a call before it does anything."""
        rule = self.of("throttled", scene)
        if rule and self.count("throttled", json.dumps(rule)) % rule.get("every", 1) == 0:
            raise Trouble("ThrottlingException", "Rate exceeded")
        if rule := self.of("gap", scene):
            raise missing_type(scene.kind, rule.get("code", "TypeNotFoundException"), scene.operation)
        if rule := self.of("failing", scene):
            if "code" in rule:
                raise Trouble(rule["code"], rule.get("message", "Internal error"))
            raise Trouble("InternalFailure", "", rule.get("status", 500))
        if scene.operation in ("ListResources", "GetResource") and (words := self.denial(scene)):
            raise handler_trouble(scene.kind, "AccessDenied", words)

    def denial(self, scene: Scene) -> str | None:
        """AWS's words when a service control policy denies a call."""
        rule = self.of("denied", scene)
        if not rule:
            return None
        _, service, name = scene.kind.split("::")
        who = f"arn:aws:sts::{scene.account.number}:assumed-role/front/session"
        action = f"{service.lower()}:{scene.operation.removesuffix('Resources').removesuffix('Resource')}{name}"
        return (
            f"User: {who} is not authorized to perform: {action} on resource: * with an explicit deny in a service "
            f"control policy: {rule.get('policy', POLICY)}"
        )


def missing_type(kind: str, code: str, operation: str) -> Trouble:
    """A type that is not there, or can't do this."""
    if code == "UnsupportedActionException":
        action = re.sub("Resources?$", "", operation).upper()
        return Trouble(code, f"Resource type {kind} does not support {action} action")
    return Trouble(code, f"The type '{kind}' cannot be found.")


# --- Deletions and updates, which take their time.


@dataclasses.dataclass
class Request:
    """A change that somebody asked for."""

    account: Account
    operation: str
    kind: str
    identifier: str
    patch: str
    token: str = dataclasses.field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "IN_PROGRESS"
    code: str = ""
    message: str = ""
    since: float = dataclasses.field(default_factory=time.time)

    def event(self) -> dict[str, Any]:
        """The request as a ProgressEvent."""
        event = {
            "TypeName": self.kind, "Identifier": self.identifier, "RequestToken": self.token,
            "Operation": self.operation, "OperationStatus": self.status, "EventTime": self.since,
            "ErrorCode": self.code, "StatusMessage": self.message,
        }
        return {name: value for name, value in event.items() if value}

    def scene(self) -> Scene:
        """The request, for the faults' patterns."""
        return Scene(self.account, f"{self.operation.title()}Resource", self.kind, self.identifier)


class Later:
    """Does things after a while, a few at a time."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(WORKERS)
        self._waiting: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        threading.Thread(target=self._run, daemon=True).start()

    def __call__(self, seconds: float, work: Callable[[], None]) -> None:
        with self._changed:
            heapq.heappush(self._waiting, (time.monotonic() + seconds, next(self._order), work))
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting or self._waiting[0][0] > time.monotonic():
                    self._changed.wait(self._waiting[0][0] - time.monotonic() if self._waiting else None)
                work = heapq.heappop(self._waiting)[2]
            self._pool.submit(work)


class Front:
    """Cloud Control: everything that it remembers, and its operations."""

    def __init__(self, emulator: str, types: dict[str, str], delay: float) -> None:
        self.emulator = emulator
        self.types = types
        self.delay = delay
        self.faults = Faults()
        self.later = Later()
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Forgets everything."""
        self.faults.replace([])
        with self._lock:
            self._calls: Counter[tuple[str, str, str]] = Counter()
            self._requests: dict[str, Request] = {}
            self._by_client: dict[tuple[str, str, str], Request] = {}
            self._busy: dict[tuple[str, str, str, str], Request] = {}
            self._pages: OrderedDict[str, tuple[Any, list[dict[str, str]]]] = OrderedDict()
            # What faults keep listed although it is gone, and unreadable although it is there.
            self._ghosts: dict[Any, dict[str, tuple[Properties, int]]] = {}
            self._pending: set[tuple[str, str, str, str]] = set()
            self._reappearing: dict[Any, list[tuple[str, int]]] = {}

    def log(self) -> list[dict[str, Any]]:
        """How often what was called."""
        with self._lock:
            return [
                {"account": account, "operation": operation, "type": kind, "calls": calls}
                for (account, operation, kind), calls in sorted(self._calls.items())
            ]

    def answer(self, account: Account, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        """Answers one call."""
        request = self._requests.get(body.get("RequestToken", ""))
        kind = body.get("TypeName") or (request.kind if request else "")
        with self._lock:
            self._calls[account.number, operation, kind] += 1
        scene = Scene(account, operation, kind, body.get("Identifier", ""))
        self.faults.call(scene)
        if operation in ("GetResourceRequestStatus", "CancelResourceRequest"):
            return self._follow(account, operation, body)
        self._check_type(kind, operation)
        if operation == "ListResources":
            return self._list(scene, body)
        if operation == "GetResource":
            return self._get(scene)
        if operation in ("DeleteResource", "UpdateResource"):
            return self._ask_for(scene, body)
        raise Trouble("UnsupportedActionException", f"{operation} is not one of the operations here")

    def _check_type(self, kind: str, operation: str) -> None:
        if kind not in KINDS and kind not in self.types:
            raise missing_type(kind, "TypeNotFoundException", operation)
        row = KINDS.get(kind)
        unlisted = operation == "ListResources" and self.types.get(kind) == "none"
        if unlisted or (row and operation == "UpdateResource" and not row.update):
            raise missing_type(kind, "UnsupportedActionException", operation)

    def _list(self, scene: Scene, body: dict[str, Any]) -> dict[str, Any]:
        scope = (scene.account.number, scene.account.region, scene.kind, body.get("ResourceModel") or "{}")
        if "NextToken" in body:
            known, found = self._pages.get(body["NextToken"], (None, []))
            if known != scope:
                raise Trouble("InvalidRequestException", "Invalid NextToken provided")
        else:
            found = self._all(scene, scope, json.loads(scope[3]))
        answer: dict[str, Any] = {"TypeName": scene.kind, "ResourceDescriptions": found[:PAGE]}
        if found[PAGE:]:
            answer["NextToken"] = str(uuid.uuid4())
            with self._lock:
                self._pages[answer["NextToken"]] = (scope, found[PAGE:])
                while len(self._pages) > PAGES_REMEMBERED:
                    self._pages.popitem(last=False)
        return answer

    def _all(self, scene: Scene, scope: Any, model: Properties) -> list[dict[str, str]]:
        self._check_parent(scene.kind, model)
        if scene.kind not in KINDS:
            return []
        kind = KINDS[scene.kind]
        self._bring_back(scene)
        try:
            found = kind.resources(scene.account, model)
        except (ClientError, BotoCoreError) as error:
            raise handler_trouble(scene.kind, *handler_error(error)) from error
        rule = self.faults.of("hides-newest", scene)
        if rule and self.faults.count("hides-newest", scope) <= rule.get("lists", 1):
            found = found[:-1]
        found += self._shown_although_gone(scope[:3], {kind.identifier(one) for one in found})
        if self.faults.of("sparse", scene):
            found = [{name: one[name] for name in kind.identified_by if name in one} for one in found]
        return [{"Identifier": kind.identifier(one), "Properties": as_json(one)} for one in found]

    def _check_parent(self, kind: str, model: Properties) -> None:
        under = KINDS[kind].under if kind in KINDS else []
        if self.types.get(kind, "").startswith("under:") and not under:
            under = [re.split("[=,]", self.types[kind].removeprefix("under:"))[0]]
        if under and not set(under) & set(model):
            raise Trouble(
                "InvalidRequestException", f"Missing or invalid ResourceModel property in {kind} list handler request "
                f"input.Required property:  (#: required key [{under[0]}] not found)",
            )

    def _shown_although_gone(self, scope: Any, there: set[str]) -> list[Properties]:
        shown = []
        with self._lock:
            ghosts = self._ghosts.get(scope, {})
            for identifier, (properties, lists) in list(ghosts.items()):
                if lists <= 0 or identifier in there:
                    del ghosts[identifier]
                else:
                    ghosts[identifier] = (properties, lists - 1)
                    shown.append(properties)
        return shown

    def _bring_back(self, scene: Scene) -> None:
        """Makes the log groups again that are due with this list."""
        scope = (scene.account.number, scene.account.region, scene.kind)
        with self._lock:
            waiting = self._reappearing.pop(scope, [])
            later = [(name, lists - 1) for name, lists in waiting if lists > 1]
            if later:
                self._reappearing[scope] = later
        for name in (name for name, lists in waiting if lists <= 1):
            make_log_group(scene.account, name)

    def _get(self, scene: Scene) -> dict[str, Any]:
        there = self._find(scene)
        if there is None:
            raise handler_trouble(scene.kind, "NotFound", not_found(scene))
        return {
            "TypeName": scene.kind,
            "ResourceDescription": {"Identifier": scene.identifier, "Properties": as_json(there)},
        }

    def _find(self, scene: Scene) -> Properties | None:
        if scene.kind not in KINDS or self._key(scene) in self._pending:
            return None
        try:
            return KINDS[scene.kind].find(scene.account, scene.identifier)
        except (ClientError, BotoCoreError) as error:
            raise handler_trouble(scene.kind, *handler_error(error)) from error

    @staticmethod
    def _key(scene: Scene) -> tuple[str, str, str, str]:
        return scene.account.number, scene.account.region, scene.kind, scene.identifier

    def _ask_for(self, scene: Scene, body: dict[str, Any]) -> dict[str, Any]:
        operation = scene.operation.removesuffix("Resource").upper()
        asked = Request(scene.account, operation, scene.kind, scene.identifier, body.get("PatchDocument", "[]"))
        client = (scene.account.number, scene.account.region, body.get("ClientToken", ""))
        with self._lock:
            known = self._by_client.get(client) if client[2] else None
            if known:
                if (known.kind, known.identifier, known.patch) != (asked.kind, asked.identifier, asked.patch):
                    raise Trouble(
                        "ClientTokenConflictException", f"The ClientToken {client[2]} was used for another request"
                    )
                return {"ProgressEvent": known.event()}
            busy = self._busy.get(self._key(scene))
            if busy:
                words = f"Another operation with RequestToken {busy.token} is in progress on this resource"
                raise Trouble("ConcurrentOperationException", words, 409)
            self._requests[asked.token] = self._busy[self._key(scene)] = asked
            if client[2]:
                self._by_client[client] = asked
        slow = self.faults.of("slow", asked.scene())
        self.later(self.delay + (slow["seconds"] if slow else 0), lambda: self._perform(asked))
        return {"ProgressEvent": asked.event()}

    def _perform(self, request: Request) -> None:
        """Carries a request out; nothing that happens may leave it unfinished."""
        code, message = "", ""
        try:
            if request.status == "IN_PROGRESS":
                self._change(request)
        except Refusal as refusal:
            code, message = refusal.code, refusal.message
        except Trouble as trouble:
            code, message = "GeneralServiceException", trouble.message
        except (ClientError, BotoCoreError) as error:
            code, message = handler_error(error)
        except Exception as error:  # a fault of this file, told to the caller and to whoever reads our errors
            code, message = "InternalFailure", f"{type(error).__name__}: {error}"
            print(f"cloud control: {request.kind} {request.identifier}: {message}", file=sys.stderr, flush=True)
        with self._lock:
            if request.status == "IN_PROGRESS":
                request.status = "FAILED" if code else "SUCCESS"
                request.code, request.message, request.since = code, message, time.time()
            self._busy.pop(self._key(request.scene()), None)

    def _change(self, request: Request) -> None:
        scene = request.scene()
        if words := self.faults.denial(scene):
            raise Refusal("AccessDenied", words)
        there = self._find(scene)
        if there is None:
            raise Refusal("NotFound", not_found(scene))
        if request.operation == "UPDATE":
            self._update(request, there)
            return
        if rule := self.faults.of("undeletable", scene):
            raise Refusal(rule.get("code", "AccessDenied"), rule.get("message", "You are not authorized to do this."))
        if self.faults.of("hollow", scene):
            return
        if self.faults.of("pending", scene):
            self._pending.add(self._key(scene))
            return
        KINDS[request.kind].remove(request.account, request.identifier, there)
        self._haunt(scene, there)

    @staticmethod
    def _update(request: Request, there: Properties) -> None:
        try:
            wanted = patched(there, json.loads(request.patch))
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise Refusal("InvalidRequest", f"Invalid patch document: {error}") from error
        KINDS[request.kind].update(request.account, request.identifier.split("|"), there, wanted)

    def _haunt(self, scene: Scene, gone: Properties) -> None:
        """What faults make of a deletion that took place."""
        scope = (scene.account.number, scene.account.region, scene.kind)
        if rule := self.faults.of("shows-deleted", scene):
            with self._lock:
                self._ghosts.setdefault(scope, {})[scene.identifier] = (gone, rule.get("lists", 1))
        if scene.kind == "AWS::Logs::LogGroup" and (rule := self.faults.of("reappears", scene)):
            if "seconds" in rule:
                self.later(rule["seconds"], lambda: make_log_group(scene.account, scene.identifier))
            else:
                with self._lock:
                    self._reappearing.setdefault(scope, []).append((scene.identifier, rule.get("lists", 1)))

    def _follow(self, account: Account, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        token = body.get("RequestToken", "")
        request = self._requests.get(token)
        if not request or request.account.number != account.number:
            raise Trouble("RequestTokenNotFoundException", f"Request with token {token} was not found", 404)
        if operation == "CancelResourceRequest":
            with self._lock:
                if request.status != "IN_PROGRESS":
                    words = f"Request with token {token} is already {request.status}"
                    raise Trouble("ConcurrentModificationException", words)
                request.status, request.since = "CANCEL_COMPLETE", time.time()
        return {"ProgressEvent": request.event()}


def as_json(properties: Properties) -> str:
    """Properties as Cloud Control sends them: a string."""
    return json.dumps(properties, default=str, separators=(",", ":"))


def not_found(scene: Scene) -> str:
    """AWS's words for a resource that is not there."""
    return f"Resource of type '{scene.kind}' with identifier '{scene.identifier}' was not found."


def handler_error(error: Exception) -> tuple[str, str]:
    """A handler's error code and words for an error of the emulator."""
    if not isinstance(error, ClientError):
        return "ServiceInternalError", str(error)
    code = error.response.get("Error", {}).get("Code", "")
    words = error.response.get("Error", {}).get("Message", "")
    if is_missing(error):
        return "NotFound", words
    if "AccessDenied" in code or "Unauthorized" in code:
        return "AccessDenied", words
    if "Throttl" in code or "RequestLimitExceeded" in code:
        return "Throttling", words
    conflict = re.search("Conflict|InUse|NotEmpty|Dependency", code)
    return ("ResourceConflict" if conflict else "GeneralServiceException"), f"{words} ({code})"


def make_log_group(account: Account, name: str) -> None:
    """Makes a log group, unless it is there."""
    try:
        account("logs").create_log_group(logGroupName=name)
    except account("logs").exceptions.ResourceAlreadyExistsException:
        pass


# --- HTTP.

# What emulators don't know of Route 53 at all: lists that are empty in every account that they make.
NOT_EMULATED = {
    "/2013-04-01/delegationset": ("ListReusableDelegationSetsResponse", "DelegationSets"),
    "/2013-04-01/queryloggingconfig": ("ListQueryLoggingConfigsResponse", "QueryLoggingConfigs"),
    "/2013-04-01/trafficpolicies": ("ListTrafficPoliciesResponse", "TrafficPolicySummaries"),
    "/2013-04-01/trafficpolicyinstances": ("ListTrafficPolicyInstancesResponse", "TrafficPolicyInstances"),
}
EMPTY = (
    '<?xml version="1.0"?><{0} xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><{1}/>'
    "<IsTruncated>false</IsTruncated></{0}>"
)


class Handler(BaseHTTPRequestHandler):
    """Speaks Cloud Control's JSON 1.0 protocol, and plain JSON below /_front/."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    front: Front

    def do_GET(self) -> None:  # noqa: N802, the name that the base class calls
        """What is switched on, or what was called; Route 53's calls go to the emulator."""
        if self.path.startswith("/2013-04-01/"):
            self._route53(b"")
        elif self.path == "/_front/faults":
            self._send(200, self.front.faults.rules)
        elif self.path == "/_front/log":
            self._send(200, self.front.log())
        else:
            self._send(404, {"message": f"nothing at {self.path}"})

    def do_POST(self) -> None:  # noqa: N802
        """A call to Cloud Control, or of ours."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/2013-04-01/"):
            self._route53(body)
            return
        try:
            if self.path == "/_front/faults":
                self.front.faults.replace(json.loads(body))
                self._send(200, self.front.faults.rules)
            elif self.path == "/_front/reset":
                self.front.reset()
                self._send(200, {})
            else:
                self._send(200, self._call(body))
        except Trouble as trouble:
            self._fail(trouble.status, trouble.code, trouble.message)
        except ValueError as error:
            self._fail(400, "ValidationException", str(error))
        except (ClientError, BotoCoreError) as error:
            self._fail(500, "InternalFailure", f"the emulator: {error}")

    def do_DELETE(self) -> None:  # noqa: N802
        """A call to Route 53."""
        self._route53(b"")

    def _route53(self, body: bytes) -> None:
        """Hands a call to Route 53 on, or answers it where the emulator can't."""
        lists = NOT_EMULATED.get(self.path.split("?")[0].rstrip("/"))
        if lists and self.command == "GET":
            self._send_as(200, "text/xml", EMPTY.format(*lists).encode())
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        request = urllib.request.Request(self.front.emulator + self.path, body or None, headers, method=self.command)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                self._send_as(answer.status, answer.headers.get("Content-Type", "text/xml"), answer.read())
        except urllib.error.HTTPError as error:
            self._send_as(error.code, error.headers.get("Content-Type", "text/xml"), error.read())

    def _call(self, body: bytes) -> dict[str, Any]:
        service, _, operation = self.headers.get("X-Amz-Target", "").partition(".")
        if (service, operation) == ("ServiceQuotasV20190624", "GetServiceQuota"):
            return quota(json.loads(body or b"{}"))
        if service != "CloudApiService":
            raise Trouble("UnknownOperationException", "X-Amz-Target must name an operation of CloudApiService")
        scope = re.search(r"Credential=([^/,]+)/\d+/([^/]+)/", self.headers.get("Authorization", ""))
        if not scope:
            raise Trouble("MissingAuthenticationTokenException", "Missing Authentication Token", 403)
        key, region = scope.groups()
        account = Account(self.front.emulator, key, self.headers.get("X-Amz-Security-Token"), region)
        return self.front.answer(account, operation, json.loads(body or b"{}"))

    def _fail(self, status: int, code: str, message: str) -> None:
        self._send(status, {"__type": f"com.amazonaws.cloudapiservice#{code}", "Message": message})

    def _send(self, status: int, answer: Any) -> None:
        self._send_as(status, "application/x-amz-json-1.0", json.dumps(answer).encode())

    def _send_as(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("x-amzn-RequestId", str(uuid.uuid4()))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Says nothing: calls are counted instead."""


class Server(ThreadingHTTPServer):
    """A server that many callers can knock on at once."""

    daemon_threads = True
    request_queue_size = 256


def read_types(path: str) -> dict[str, str]:
    """Type names and how they are listed: `plain`, `under:…` or `none`."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader((line for line in file if not line.startswith("#")), delimiter="\t"))
    header = rows[0] if "type" in rows[0] else []
    name, lists = (header.index("type"), header.index("lists")) if header else (0, 1)
    return {row[name]: row[lists] for row in rows[bool(header):] if row}


def main() -> None:
    """Serves until told to end."""
    parser = argparse.ArgumentParser(description="AWS Cloud Control in front of an AWS emulator.")
    parser.add_argument("--emulator", required=True, help="the emulator's URL")
    parser.add_argument("--port", type=int, default=0, help="where to listen on 127.0.0.1 (default: a free port)")
    parser.add_argument("--types", help="a table of AWS's resource types")
    parser.add_argument("--delay", type=float, default=0.2, help="seconds that a change takes (default: 0.2)")
    options = parser.parse_args()
    Handler.front = Front(options.emulator, read_types(options.types) if options.types else {}, options.delay)
    server = Server(("127.0.0.1", options.port), Handler)

    def end(*_: Any) -> None:
        threading.Thread(target=server.shutdown).start()

    def follow() -> None:
        # Whoever started us may be killed: then our standard input closes, and we end as well.
        while os.read(0, 1):
            pass
        end()

    signal.signal(signal.SIGTERM, end)
    threading.Thread(target=follow, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever(poll_interval=0.05)
    # Whatever is under way is of no use to anybody now, and could take long.
    os._exit(0)


if __name__ == "__main__":
    main()
