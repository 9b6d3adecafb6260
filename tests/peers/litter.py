#!/usr/bin/env python3
"""Leave things behind in an account of the AWS emulator, by hand and awkwardly.

    litter.py --emulator URL --account 111122223333 --regions eu-west-1,us-east-1
    litter.py --emulator URL --account 111122223333 --regions eu-west-1 --count 1000

Without `--count` every region gets leftovers of more than forty types, wired to one another so that they
refuse to go in the wrong order, and the account gets the global ones (identity, buckets, DNS). With
`--count N` the regions share N cheap resources that are all independent of one another, for benchmarks.

Prints what it made as JSON: `{"made": [{"region", "type", "identifier"}, …], "count": N}`, with Cloud
Control's type names and identifiers; things that Cloud Control has no type or no list for carry the nearest
CloudFormation or service name and are made all the same, because an empty account must not have them either.
Needs Python 3 and boto3.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import zipfile
from collections.abc import Callable, Generator, Iterator
from typing import Any

import boto3
from botocore.config import Config

Made = Iterator[tuple[str, str]]

TRUST = json.dumps({
    "Version": "2012-10-17",
    "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com", "states.amazonaws.com"]},
    }],
})
ALLOW_LISTS = json.dumps({
    "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:List*", "Resource": "*"}],
})
STATE_MACHINE = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
TEMPLATE = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})


class Place:
    """One account and region of the emulator."""

    def __init__(self, emulator: str, account: str, token: str | None, region: str) -> None:
        self.account = account
        self.region = region
        self._session = boto3.Session(
            aws_access_key_id=account, aws_secret_access_key="none", aws_session_token=token, region_name=region
        )
        self._emulator = emulator
        self._clients: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:
        """The client of a service."""
        if service not in self._clients:
            settings = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
            self._clients[service] = self._session.client(service, endpoint_url=self._emulator, config=settings)
        return self._clients[service]


def code() -> bytes:
    """A Lambda function as a zip file."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("index.py", "def handler(event, context):\n    return event\n")
    return archive.getvalue()


# --- Global things: once in an account.


def identity(aws: Place) -> Made:
    """A role in an instance profile, with attached and inline policies; a user with a key in a group."""
    iam = aws("iam")
    policy = iam.create_policy(PolicyName="left-policy", PolicyDocument=ALLOW_LISTS)["Policy"]["Arn"]
    yield "AWS::IAM::ManagedPolicy", policy
    iam.create_policy_version(PolicyArn=policy, PolicyDocument=ALLOW_LISTS, SetAsDefault=True)
    iam.create_role(RoleName="left-role", AssumeRolePolicyDocument=TRUST)
    yield "AWS::IAM::Role", "left-role"
    iam.attach_role_policy(RoleName="left-role", PolicyArn=policy)
    iam.put_role_policy(RoleName="left-role", PolicyName="inline", PolicyDocument=ALLOW_LISTS)
    iam.create_instance_profile(InstanceProfileName="left-profile")
    yield "AWS::IAM::InstanceProfile", "left-profile"
    iam.add_role_to_instance_profile(InstanceProfileName="left-profile", RoleName="left-role")
    iam.create_group(GroupName="left-group")
    yield "AWS::IAM::Group", "left-group"
    iam.attach_group_policy(GroupName="left-group", PolicyArn=policy)
    iam.create_user(UserName="left-user")
    yield "AWS::IAM::User", "left-user"
    iam.create_access_key(UserName="left-user")
    iam.add_user_to_group(GroupName="left-group", UserName="left-user")


def zone(aws: Place) -> Made:
    """A hosted zone with records."""
    route53 = aws("route53")
    made = route53.create_hosted_zone(Name="left.example.", CallerReference=f"{aws.account}-left")
    identifier = made["HostedZone"]["Id"].removeprefix("/hostedzone/")
    yield "AWS::Route53::HostedZone", identifier
    for kind, value in (("A", "192.0.2.1"), ("TXT", '"left"')):
        record = {"Name": "www.left.example.", "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]}
        batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
        route53.change_resource_record_sets(HostedZoneId=identifier, ChangeBatch=batch)
        yield "AWS::Route53::RecordSet", f"www.left.example.|{identifier}|{kind}"


# --- Things of a region.


def bucket(aws: Place) -> Made:
    """A versioned bucket with old versions, delete markers, an unfinished upload and a policy; an empty one."""
    s3 = aws("s3")
    name = f"left-{aws.account.lower()}-{aws.region}"
    create_bucket(aws, name)
    yield "AWS::S3::Bucket", name
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for key, _ in itertools.product(("one", "two/three", "with space+plus"), range(2)):
        s3.put_object(Bucket=name, Key=key, Body=b"content")
    s3.delete_object(Bucket=name, Key="one")
    s3.create_multipart_upload(Bucket=name, Key="unfinished")
    statement = {
        "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    yield "AWS::S3::BucketPolicy", name
    create_bucket(aws, f"{name}-empty")
    yield "AWS::S3::Bucket", f"{name}-empty"


def create_bucket(aws: Place, name: str) -> None:
    """Makes a bucket in the region of the place; us-east-1 must not be named."""
    where = {"CreateBucketConfiguration": {"LocationConstraint": aws.region}}
    aws("s3").create_bucket(Bucket=name, **({} if aws.region == "us-east-1" else where))


def repository(aws: Place) -> Made:
    """A repository with images, of which the first has lost its tag to the second."""
    ecr = aws("ecr")
    ecr.create_repository(repositoryName="left/repository")
    yield "AWS::ECR::Repository", "left/repository"
    for tag in "12":
        layer = {
            "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": 1,
            "digest": f"sha256:{tag:0>64}",
        }
        manifest = {
            "schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": layer, "layers": [layer],
        }
        ecr.put_image(repositoryName="left/repository", imageManifest=json.dumps(manifest), imageTag="latest")


def network(aws: Place) -> Made:
    """A network with everything that holds on to it, and all that needs one."""
    ec2 = aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    yield "AWS::EC2::VPC", vpc
    subnets = []
    for block, zone in (("10.7.0.0/24", "a"), ("10.7.1.0/24", "b")):
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=f"{aws.region}{zone}")["Subnet"]
        subnets.append(subnet["SubnetId"])
        yield "AWS::EC2::Subnet", subnet["SubnetId"]
    yield from routing(aws, vpc, subnets[0])
    yield from acl(aws, vpc)
    groups = yield from crossing_groups(aws, vpc)
    interface = ec2.create_network_interface(SubnetId=subnets[0], Groups=groups)["NetworkInterface"]
    yield "AWS::EC2::NetworkInterface", interface["NetworkInterfaceId"]
    yield from machines(aws, subnets[0], groups[0])
    yield from balancer(aws, vpc, subnets, groups[0])
    yield from scaling(aws, subnets)
    yield from containers(aws, subnets, groups)
    yield from database(aws, subnets)


def routing(aws: Place, vpc: str, subnet: str) -> Made:
    """Gateways of three kinds, and a table with a route through them."""
    ec2 = aws("ec2")
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    yield "AWS::EC2::InternetGateway", gateway
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    yield "AWS::EC2::VPCGatewayAttachment", f"IGW|{vpc}"
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    yield "AWS::EC2::RouteTable", table
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    yield "AWS::EC2::Route", f"{table}|0.0.0.0/0"
    association = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
    yield "AWS::EC2::SubnetRouteTableAssociation", association
    address = ec2.allocate_address(Domain="vpc")
    yield "AWS::EC2::EIP", f"{address['PublicIp']}|{address['AllocationId']}"
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address["AllocationId"])
    yield "AWS::EC2::NatGateway", nat["NatGateway"]["NatGatewayId"]
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName=f"com.amazonaws.{aws.region}.s3", RouteTableIds=[table]
    )
    yield "AWS::EC2::VPCEndpoint", endpoint["VpcEndpoint"]["VpcEndpointId"]


def acl(aws: Place, vpc: str) -> Made:
    """A network ACL that nobody uses."""
    made = aws("ec2").create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    yield "AWS::EC2::NetworkAcl", made


def crossing_groups(aws: Place, vpc: str) -> Generator[tuple[str, str], None, list[str]]:
    """Two security groups that let one another in, so that neither can go first."""
    ec2 = aws("ec2")
    groups = [
        ec2.create_security_group(GroupName=f"left-{name}", Description=name, VpcId=vpc)["GroupId"]
        for name in ("one", "two")
    ]
    for own, other in (groups, groups[::-1]):
        yield "AWS::EC2::SecurityGroup", own
        rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": other}]}
        made = ec2.authorize_security_group_ingress(GroupId=own, IpPermissions=[rule])
        yield "AWS::EC2::SecurityGroupIngress", made["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    return groups


def machines(aws: Place, subnet: str, group: str) -> Made:
    """An instance, a volume with a snapshot, an image, a launch template and a key pair."""
    ec2 = aws("ec2")
    run = ec2.run_instances(
        ImageId="ami-00000001", MinCount=1, MaxCount=1, InstanceType="t3.micro", SubnetId=subnet,
        SecurityGroupIds=[group],
    )
    instance = run["Instances"][0]["InstanceId"]
    yield "AWS::EC2::Instance", instance
    volume = ec2.create_volume(AvailabilityZone=f"{aws.region}a", Size=1)["VolumeId"]
    yield "AWS::EC2::Volume", volume
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    yield "EC2 snapshot", snapshot
    device = {"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot}}
    image = ec2.register_image(Name="left-image", RootDeviceName="/dev/xvda", BlockDeviceMappings=[device])
    yield "EC2 image", image["ImageId"]
    template = ec2.create_launch_template(
        LaunchTemplateName="left-template",
        LaunchTemplateData={"InstanceType": "t3.micro", "ImageId": "ami-00000001"},
    )
    yield "AWS::EC2::LaunchTemplate", template["LaunchTemplate"]["LaunchTemplateId"]
    ec2.create_key_pair(KeyName="left-key")
    yield "AWS::EC2::KeyPair", "left-key"


def balancer(aws: Place, vpc: str, subnets: list[str], group: str) -> Made:
    """A load balancer that is protected against deletion, a target group and a listener between them."""
    elb = aws("elbv2")
    load_balancer = elb.create_load_balancer(Name="left-balancer", Subnets=subnets, SecurityGroups=[group])
    arn = load_balancer["LoadBalancers"][0]["LoadBalancerArn"]
    yield "AWS::ElasticLoadBalancingV2::LoadBalancer", arn
    protection = {"Key": "deletion_protection.enabled", "Value": "true"}
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[protection])
    made = elb.create_target_group(Name="left-targets", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")
    targets = made["TargetGroups"][0]["TargetGroupArn"]
    yield "AWS::ElasticLoadBalancingV2::TargetGroup", targets
    listener = elb.create_listener(
        LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=[{"Type": "forward", "TargetGroupArn": targets}]
    )
    yield "AWS::ElasticLoadBalancingV2::Listener", listener["Listeners"][0]["ListenerArn"]


def scaling(aws: Place, subnets: list[str]) -> Made:
    """An Auto Scaling group without instances, and its launch configuration."""
    autoscaling = aws("autoscaling")
    autoscaling.create_launch_configuration(
        LaunchConfigurationName="left-launch", ImageId="ami-00000001", InstanceType="t3.micro"
    )
    yield "AWS::AutoScaling::LaunchConfiguration", "left-launch"
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="left-group", LaunchConfigurationName="left-launch", MinSize=0, MaxSize=0,
        VPCZoneIdentifier=",".join(subnets),
    )
    yield "AWS::AutoScaling::AutoScalingGroup", "left-group"


def containers(aws: Place, subnets: list[str], groups: list[str]) -> Made:
    """A cluster with a service, and a task definition."""
    ecs = aws("ecs")
    ecs.create_cluster(clusterName="left-cluster")
    yield "AWS::ECS::Cluster", "left-cluster"
    task = ecs.register_task_definition(
        family="left-task", networkMode="awsvpc",
        containerDefinitions=[{"name": "web", "image": "nginx", "memory": 64}],
    )["taskDefinition"]["taskDefinitionArn"]
    yield "AWS::ECS::TaskDefinition", task
    service = ecs.create_service(
        cluster="left-cluster", serviceName="left-service", taskDefinition=task, desiredCount=0,
        networkConfiguration={"awsvpcConfiguration": {"subnets": subnets, "securityGroups": groups}},
    )["service"]
    yield "AWS::ECS::Service", f"{service['serviceArn']}|{service['clusterArn']}"


def database(aws: Place, subnets: list[str]) -> Made:
    """A database instance that is protected against deletion, a cluster, a subnet group and snapshots of both."""
    rds = aws("rds")
    rds.create_db_subnet_group(
        DBSubnetGroupName="left-subnets", DBSubnetGroupDescription="left", SubnetIds=subnets
    )
    yield "AWS::RDS::DBSubnetGroup", "left-subnets"
    rds.create_db_instance(
        DBInstanceIdentifier="left-database", Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=20,
        MasterUsername="somebody", MasterUserPassword="something-long", DBSubnetGroupName="left-subnets",
        DeletionProtection=True,
    )
    yield "AWS::RDS::DBInstance", "left-database"
    rds.create_db_snapshot(DBInstanceIdentifier="left-database", DBSnapshotIdentifier="left-snapshot")
    yield "RDS snapshot", "left-snapshot"
    rds.create_db_cluster(
        DBClusterIdentifier="left-cluster", Engine="aurora-postgresql", DBSubnetGroupName="left-subnets",
        MasterUsername="somebody", MasterUserPassword="something-long",
    )
    yield "AWS::RDS::DBCluster", "left-cluster"
    rds.create_db_cluster_snapshot(
        DBClusterIdentifier="left-cluster", DBClusterSnapshotIdentifier="left-cluster-snapshot"
    )
    yield "RDS cluster snapshot", "left-cluster-snapshot"


def keys(aws: Place) -> Made:
    """A key with an alias."""
    kms = aws("kms")
    key = kms.create_key(Description="left")["KeyMetadata"]["KeyId"]
    yield "AWS::KMS::Key", key
    kms.create_alias(AliasName="alias/left", TargetKeyId=key)
    yield "AWS::KMS::Alias", "alias/left"


def messages(aws: Place) -> Made:
    """A topic that feeds a queue that feeds a function, and a pipe between two queues."""
    sns, sqs, pipes = aws("sns"), aws("sqs"), aws("pipes")
    urls = [sqs.create_queue(QueueName=f"left-{name}")["QueueUrl"] for name in ("source", "target")]
    arns = []
    for url in urls:
        yield "AWS::SQS::Queue", url
        arns.append(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"])
    topic = sns.create_topic(Name="left-topic")["TopicArn"]
    yield "AWS::SNS::Topic", topic
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arns[0], ReturnSubscriptionArn=True)
    yield "AWS::SNS::Subscription", subscription["SubscriptionArn"]
    pipes.create_pipe(Name="left-pipe", Source=arns[0], Target=arns[1], RoleArn=role(aws), DesiredState="STOPPED")
    yield "AWS::Pipes::Pipe", "left-pipe"
    yield from functions(aws, arns[1])


def role(aws: Place) -> str:
    """The role of `identity`, as services want it."""
    return aws("iam").get_role(RoleName="left-role")["Role"]["Arn"]


def functions(aws: Place, queue: str) -> Made:
    """A function with a layer, a version, an alias, an event source and somebody who may call it."""
    functions = aws("lambda")
    layer = functions.publish_layer_version(LayerName="left-layer", Content={"ZipFile": code()})["LayerVersionArn"]
    yield "AWS::Lambda::LayerVersion", layer
    function = functions.create_function(
        FunctionName="left-function", Runtime="python3.12", Handler="index.handler", Role=role(aws),
        Code={"ZipFile": code()}, Layers=[layer],
    )["FunctionArn"]
    yield "AWS::Lambda::Function", "left-function"
    version = functions.publish_version(FunctionName="left-function")["Version"]
    yield "AWS::Lambda::Version", f"{function}:{version}"
    alias = functions.create_alias(FunctionName="left-function", Name="live", FunctionVersion=version)["AliasArn"]
    yield "AWS::Lambda::Alias", alias
    mapping = functions.create_event_source_mapping(
        FunctionName="left-function", EventSourceArn=queue, Enabled=False
    )
    yield "AWS::Lambda::EventSourceMapping", mapping["UUID"]
    functions.add_permission(
        FunctionName="left-function", StatementId="left", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com"
    )
    yield "AWS::Lambda::Permission", f"{function}|left"


def apis(aws: Place) -> Made:
    """A REST API and an HTTP API, each deployed to a stage."""
    rest, http = aws("apigateway"), aws("apigatewayv2")
    api = rest.create_rest_api(name="left-rest")["id"]
    yield "AWS::ApiGateway::RestApi", api
    root = rest.get_resources(restApiId=api)["items"][0]["id"]
    rest.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    rest.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="MOCK")
    deployment = rest.create_deployment(restApiId=api)["id"]
    yield "AWS::ApiGateway::Deployment", f"{deployment}|{api}"
    rest.create_stage(restApiId=api, stageName="live", deploymentId=deployment)
    yield "AWS::ApiGateway::Stage", f"{api}|live"
    api = http.create_api(Name="left-http", ProtocolType="HTTP")["ApiId"]
    yield "AWS::ApiGatewayV2::Api", api
    http.create_stage(ApiId=api, StageName="live")
    yield "AWS::ApiGatewayV2::Stage", f"{api}|live"


def events(aws: Place) -> Made:
    """An event bus with a rule and its target, and a rule on the default bus."""
    events = aws("events")
    events.create_event_bus(Name="left-bus")
    yield "AWS::Events::EventBus", "left-bus"
    pattern = json.dumps({"source": ["left"]})
    for bus in ("left-bus", "default"):
        rule = events.put_rule(Name="left-rule", EventBusName=bus, EventPattern=pattern)
        yield "AWS::Events::Rule", rule["RuleArn"]
        target = f"arn:aws:logs:{aws.region}:{aws.account}:log-group:/left/log"
        events.put_targets(Rule="left-rule", EventBusName=bus, Targets=[{"Id": "log", "Arn": target}])


def workflow(aws: Place) -> Made:
    """A state machine."""
    made = aws("stepfunctions").create_state_machine(
        name="left-machine", definition=STATE_MACHINE, roleArn=role(aws)
    )
    yield "AWS::StepFunctions::StateMachine", made["stateMachineArn"]


def data(aws: Place) -> Made:
    """A protected table, a stream, a file system, a backup vault, a secret and parameters."""
    aws("dynamodb").create_table(
        TableName="left-table", BillingMode="PAY_PER_REQUEST", DeletionProtectionEnabled=True,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    yield "AWS::DynamoDB::Table", "left-table"
    aws("kinesis").create_stream(StreamName="left-stream", ShardCount=1)
    yield "AWS::Kinesis::Stream", "left-stream"
    yield "AWS::EFS::FileSystem", aws("efs").create_file_system(CreationToken="left-files")["FileSystemId"]
    aws("backup").create_backup_vault(BackupVaultName="left-vault")
    yield "AWS::Backup::BackupVault", "left-vault"
    secret = aws("secretsmanager").create_secret(Name="left-secret", SecretString="x")
    yield "AWS::SecretsManager::Secret", secret["ARN"]
    for name, kind in (("/left/plain", "String"), ("/left/secure", "SecureString")):
        aws("ssm").put_parameter(Name=name, Value="x", Type=kind)
        yield "AWS::SSM::Parameter", name


def watching(aws: Place) -> Made:
    """A log group with a stream, and an alarm."""
    logs = aws("logs")
    logs.create_log_group(logGroupName="/left/log")
    yield "AWS::Logs::LogGroup", "/left/log"
    logs.create_log_stream(logGroupName="/left/log", logStreamName="stream")
    aws("cloudwatch").put_metric_alarm(
        AlarmName="left-alarm", Namespace="Left", MetricName="Count", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanThreshold",
    )
    yield "AWS::CloudWatch::Alarm", "left-alarm"


def building(aws: Place) -> Made:
    """A build project: Cloud Control has no list of these."""
    aws("codebuild").create_project(
        name="left-project", serviceRole=role(aws), source={"type": "NO_SOURCE", "buildspec": "version: 0.2"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={
            "type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL",
        },
    )
    yield "AWS::CodeBuild::Project", "left-project"


def stack(aws: Place) -> Made:
    """A stack with a topic in it."""
    made = aws("cloudformation").create_stack(StackName="left-stack", TemplateBody=TEMPLATE)["StackId"]
    yield "AWS::CloudFormation::Stack", made


GLOBAL: list[Callable[[Place], Made]] = [identity, zone]
REGIONAL: list[Callable[[Place], Made]] = [
    bucket, repository, network, keys, messages, apis, events, workflow, data, watching, building, stack,
]


# --- Many cheap things, for benchmarks.


def cheap_queue(aws: Place, name: str) -> tuple[str, str]:
    """A queue."""
    return "AWS::SQS::Queue", aws("sqs").create_queue(QueueName=name)["QueueUrl"]


def cheap_topic(aws: Place, name: str) -> tuple[str, str]:
    """A topic."""
    return "AWS::SNS::Topic", aws("sns").create_topic(Name=name)["TopicArn"]


def cheap_log_group(aws: Place, name: str) -> tuple[str, str]:
    """A log group."""
    aws("logs").create_log_group(logGroupName=f"/{name}")
    return "AWS::Logs::LogGroup", f"/{name}"


def cheap_parameter(aws: Place, name: str) -> tuple[str, str]:
    """A parameter."""
    aws("ssm").put_parameter(Name=f"/{name}", Value="x", Type="String")
    return "AWS::SSM::Parameter", f"/{name}"


def cheap_alarm(aws: Place, name: str) -> tuple[str, str]:
    """An alarm."""
    aws("cloudwatch").put_metric_alarm(
        AlarmName=name, Namespace="Left", MetricName="Count", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanThreshold",
    )
    return "AWS::CloudWatch::Alarm", name


def cheap_table(aws: Place, name: str) -> tuple[str, str]:
    """A table."""
    aws("dynamodb").create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    return "AWS::DynamoDB::Table", name


def cheap_secret(aws: Place, name: str) -> tuple[str, str]:
    """A secret."""
    return "AWS::SecretsManager::Secret", aws("secretsmanager").create_secret(Name=name, SecretString="x")["ARN"]


def cheap_bucket(aws: Place, name: str) -> tuple[str, str]:
    """A bucket with one object."""
    name = f"{name}-{aws.account.lower()}-{aws.region}"
    create_bucket(aws, name)
    aws("s3").put_object(Bucket=name, Key="object", Body=b"content")
    return "AWS::S3::Bucket", name


def cheap_group(aws: Place, name: str) -> tuple[str, str]:
    """A security group in the default network."""
    ec2 = aws("ec2")
    default = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    group = ec2.create_security_group(GroupName=name, Description="left", VpcId=default)["GroupId"]
    return "AWS::EC2::SecurityGroup", group


def cheap_repository(aws: Place, name: str) -> tuple[str, str]:
    """A repository without images."""
    aws("ecr").create_repository(repositoryName=name)
    return "AWS::ECR::Repository", name


CHEAP = [
    cheap_queue, cheap_topic, cheap_log_group, cheap_parameter, cheap_alarm, cheap_table, cheap_secret, cheap_bucket,
    cheap_group, cheap_repository,
]


def litter(places: list[Place]) -> Iterator[dict[str, str]]:
    """Leaves one of everything in each place, and the global things once."""
    for make in GLOBAL:
        for kind, identifier in make(places[0]):
            yield {"region": "global", "type": kind, "identifier": identifier}
    for aws, make in itertools.product(places, REGIONAL):
        for kind, identifier in make(aws):
            yield {"region": aws.region, "type": kind, "identifier": identifier}


def many(places: list[Place], count: int) -> Iterator[dict[str, str]]:
    """Leaves `count` cheap things, shared out over places and types."""
    for index, (make, aws) in zip(range(count), itertools.cycle(itertools.product(CHEAP, places))):
        kind, identifier = make(aws, f"many-{index:05}")
        yield {"region": aws.region, "type": kind, "identifier": identifier}


def main() -> None:
    """Reads the command line, litters and tells what was made."""
    parser = argparse.ArgumentParser(description="Leave things behind in an account of the AWS emulator.")
    parser.add_argument("--emulator", required=True, help="the emulator's URL")
    parser.add_argument("--account", required=True, help="12 digits, or the access key id of a session")
    parser.add_argument("--session-token", help="the session's token, where --account is a session's key")
    parser.add_argument("--regions", required=True, help="region names with commas between")
    parser.add_argument("--count", type=int, help="make so many cheap things instead of one of everything")
    parser.add_argument("--only", help="of everything, make in each region only this: bucket, network, keys, …")
    options = parser.parse_args()
    if options.only:
        GLOBAL.clear()
        REGIONAL[:] = [make for make in REGIONAL if make.__name__ == options.only]
    places = [
        Place(options.emulator, options.account, options.session_token, region)
        for region in options.regions.split(",")
    ]
    made = list(litter(places) if options.count is None else many(places, options.count))
    print(json.dumps({"made": made, "count": len(made)}, indent=1))


if __name__ == "__main__":
    main()
