#!/usr/bin/env python3
"""Tests of the Cloud Control front, the litterer and the judge, against a ministack of their own.

    target/test-kit/ministack/bin/python tests/peers/test_cloud_control.py

Runs with the Python of the test kit (tests/kit), which has ministack and boto3.
"""

from __future__ import annotations

import itertools
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

import cloud_control

HERE = Path(__file__).resolve().parent
REGIONS = ["eu-west-1", "us-east-1"]
PATIENCE = 60
TYPES = [
    "AWS::EC2::VPC\tplain", "AWS::CodeBuild::Project\tnone", "AWS::Athena::DataCatalog\tplain",
    "AWS::EKS::Nodegroup\tunder:ClusterName=AWS::EKS::Cluster.Name",
]

emulator = front = ""
accounts = itertools.count(600000000001)


def setUpModule() -> None:  # noqa: N802, the name that unittest calls
    """Starts the emulator and the front."""
    global emulator, front
    scratch = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(scratch.cleanup)
    folder = Path(scratch.name)
    port = free_port()
    emulator = f"http://127.0.0.1:{port}"
    settings = {
        "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "S3_DATA_DIR": str(folder / "s3"),
        "STATE_DIR": str(folder / "state"), "TMPDIR": str(folder),
    }
    log = open(folder / "emulator.log", "wb")
    unittest.addModuleCleanup(log.close)
    start([sys.executable, "-m", "ministack"], env=os.environ | settings, stdout=log, stderr=log)
    eventually(lambda: answers(f"{emulator}/_ministack/health"), "the emulator answers")
    (folder / "types.tsv").write_text("\n".join(TYPES) + "\n")
    process = start(
        [sys.executable, HERE / "cloud_control.py", "--emulator", emulator, "--delay", "0.02", "--types",
         folder / "types.tsv"],
        stdout=subprocess.PIPE, text=True,
    )
    front = process.stdout.readline().strip()
    unittest.addModuleCleanup(process.stdout.close)


def start(command: list[Any], **options: Any) -> subprocess.Popen[Any]:
    """Starts a program that ends with the tests."""
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, **options)

    def end() -> None:
        process.stdin.close()
        process.terminate()
        process.wait()

    unittest.addModuleCleanup(end)
    return process


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers(url: str) -> bool:
    """Whether somebody answers there."""
    try:
        return urllib.request.urlopen(url).status == 200
    except OSError:
        return False


def eventually(look: Any, what: str) -> Any:
    """Looks until there is something."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {PATIENCE} s in vain: {what}")


def plain(path: str, body: Any = None) -> Any:
    """Asks the front's own pages."""
    data = None if body is None else json.dumps(body).encode()
    return json.load(urllib.request.urlopen(urllib.request.Request(f"{front}{path}", data)))


def run(program: str, *arguments: str) -> tuple[int, Any]:
    """Runs a program next to this one; gives its exit status and what it says."""
    done = subprocess.run([sys.executable, HERE / program, *arguments], stdout=subprocess.PIPE, check=False)
    return done.returncode, json.loads(done.stdout)


class Case(unittest.TestCase):
    """An account of its own for every test."""

    def setUp(self) -> None:
        self.account = str(next(accounts))
        self.control = self.client("cloudcontrol", at=front)
        self.addCleanup(plain, "/_front/reset", {})

    def client(self, service: str, region: str = REGIONS[0], at: str = "", key: str = "", token: str = "") -> Any:
        """A client of the emulator, or of the front."""
        return boto3.client(
            service, region_name=region, endpoint_url=at or emulator, aws_access_key_id=key or self.account,
            aws_secret_access_key="none", aws_session_token=token or None,
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def fault(self, fault: str, **rule: Any) -> None:
        """Switches a fault on, for this test's account."""
        plain("/_front/faults", [{"fault": fault, "accounts": [self.account], **rule}])

    def identifiers(self, kind: str, control: Any = None, **parent: str) -> list[str]:
        """What is listed, through all pages."""
        model = {"ResourceModel": json.dumps(parent)} if parent else {}
        pages = (control or self.control).get_paginator("list_resources").paginate(TypeName=kind, **model)
        return [one["Identifier"] for page in pages for one in page["ResourceDescriptions"]]

    def settle(self, event: dict[str, Any], control: Any = None) -> dict[str, Any]:
        """Waits for the end of a request."""
        control = control or self.control
        token = event["ProgressEvent"]["RequestToken"]

        def ended() -> Any:
            seen = control.get_resource_request_status(RequestToken=token)["ProgressEvent"]
            return seen["OperationStatus"] != "IN_PROGRESS" and seen

        return eventually(ended, f"the end of request {token}")

    def delete(self, kind: str, identifier: str, control: Any = None) -> dict[str, Any]:
        """Deletes and waits."""
        control = control or self.control
        return self.settle(control.delete_resource(TypeName=kind, Identifier=identifier), control)

    def deleted(self, kind: str, identifier: str) -> None:
        """Deletes, which must succeed."""
        event = self.delete(kind, identifier)
        self.assertEqual(event["OperationStatus"], "SUCCESS", event.get("StatusMessage"))

    def refused(self, kind: str, identifier: str, code: str, words: str) -> None:
        """Deletes, which must fail like this."""
        event = self.delete(kind, identifier)
        self.assertEqual((event["OperationStatus"], event.get("ErrorCode")), ("FAILED", code), event)
        self.assertIn(words, event["StatusMessage"])

    def trouble(self, code: str, words: str, call: Any, **input: Any) -> None:
        """A call that must fail like this."""
        with self.assertRaises(ClientError) as raised:
            call(**input)
        error = raised.exception.response["Error"]
        self.assertEqual(error["Code"], code)
        self.assertIn(words, error["Message"])

    def queue(self, name: str = "queue") -> str:
        """A queue's URL."""
        return self.client("sqs").create_queue(QueueName=name)["QueueUrl"]


class Listing(Case):
    """ListResources and GetResource."""

    def test_pages_have_25_resources(self) -> None:
        made = {self.queue(f"queue-{number}") for number in range(60)}
        pages = list(self.control.get_paginator("list_resources").paginate(TypeName="AWS::SQS::Queue"))
        self.assertEqual([len(page["ResourceDescriptions"]) for page in pages], [25, 25, 10])
        self.assertEqual({one["Identifier"] for page in pages for one in page["ResourceDescriptions"]}, made)

    def test_a_token_of_another_list_is_refused(self) -> None:
        for number in range(26):
            self.queue(f"queue-{number}")
        token = self.control.list_resources(TypeName="AWS::SQS::Queue")["NextToken"]
        self.trouble(
            "InvalidRequestException", "NextToken", self.control.list_resources, TypeName="AWS::SNS::Topic",
            NextToken=token,
        )

    def test_a_child_is_listed_under_its_parent_only(self) -> None:
        api = self.client("apigatewayv2").create_api(Name="api", ProtocolType="HTTP")["ApiId"]
        self.client("apigatewayv2").create_stage(ApiId=api, StageName="live")
        self.trouble(
            "InvalidRequestException", "required key [ApiId] not found", self.control.list_resources,
            TypeName="AWS::ApiGatewayV2::Stage",
        )
        self.assertEqual(self.identifiers("AWS::ApiGatewayV2::Stage", ApiId=api), [f"{api}|live"])

    def test_types_are_told_apart(self) -> None:
        lists = self.control.list_resources
        self.trouble("TypeNotFoundException", "cannot be found", lists, TypeName="AWS::No::Such")
        self.trouble("UnsupportedActionException", "LIST action", lists, TypeName="AWS::CodeBuild::Project")
        self.assertEqual(self.identifiers("AWS::Athena::DataCatalog"), [])
        self.trouble("InvalidRequestException", "[ClusterName]", lists, TypeName="AWS::EKS::Nodegroup")
        self.assertEqual(self.identifiers("AWS::EKS::Nodegroup", ClusterName="c"), [])

    def test_buckets_of_all_regions_are_listed_everywhere(self) -> None:
        where = {"LocationConstraint": REGIONS[0]}
        self.client("s3").create_bucket(Bucket=f"b-{self.account}", CreateBucketConfiguration=where)
        other = self.client("cloudcontrol", REGIONS[1], at=front)
        self.assertEqual(self.identifiers("AWS::S3::Bucket", other), [f"b-{self.account}"])

    def test_accounts_and_regions_are_apart(self) -> None:
        queue = self.queue()
        self.assertEqual(self.identifiers("AWS::SQS::Queue"), [queue])
        other = self.client("cloudcontrol", at=front, key=str(next(accounts)))
        self.assertEqual(self.identifiers("AWS::SQS::Queue", other), [])
        self.assertEqual(self.identifiers("AWS::SQS::Queue", self.client("cloudcontrol", REGIONS[1], at=front)), [])

    def test_a_session_sees_the_account_of_its_role(self) -> None:
        queue = self.queue()
        role = f"arn:aws:iam::{self.account}:role/sweep"
        entered = self.client("sts", key="699999999999").assume_role(RoleArn=role, RoleSessionName="test")
        session = entered["Credentials"]
        control = self.client("cloudcontrol", at=front, key=session["AccessKeyId"], token=session["SessionToken"])
        self.assertEqual(self.identifiers("AWS::SQS::Queue", control), [queue])
        self.assertIn(
            {"account": self.account, "operation": "ListResources", "type": "AWS::SQS::Queue", "calls": 1},
            plain("/_front/log"),
        )

    def test_references_are_told(self) -> None:
        vpc = self.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = self.client("ec2").create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        read = self.control.get_resource(TypeName="AWS::EC2::Subnet", Identifier=subnet)["ResourceDescription"]
        self.assertEqual(json.loads(read["Properties"])["VpcId"], vpc)

    def test_what_is_not_there_cant_be_read(self) -> None:
        read = self.control.get_resource
        for kind, identifier in (
            ("AWS::EC2::VPC", "vpc-1"), ("AWS::SQS::Queue", "http://x/1/none"), ("AWS::S3::Bucket", "none")
        ):
            self.trouble("ResourceNotFoundException", "was not found", read, TypeName=kind, Identifier=identifier)


class Requests(Case):
    """DeleteResource, UpdateResource and what becomes of them."""

    def test_a_deletion_takes_a_while(self) -> None:
        queue = self.queue()
        event = self.control.delete_resource(TypeName="AWS::SQS::Queue", Identifier=queue)
        self.assertEqual(event["ProgressEvent"]["OperationStatus"], "IN_PROGRESS")
        self.assertEqual(self.settle(event)["OperationStatus"], "SUCCESS")
        self.assertEqual(self.identifiers("AWS::SQS::Queue"), [])

    def test_what_is_not_there_cant_be_deleted(self) -> None:
        self.refused("AWS::SQS::Queue", f"{emulator}/{self.account}/none", "NotFound", "was not found")
        self.refused("AWS::Athena::DataCatalog", "none", "NotFound", "was not found")

    def test_the_same_client_token_is_the_same_request(self) -> None:
        first, second = self.queue("first"), self.queue("second")
        ask = self.control.delete_resource
        one = ask(TypeName="AWS::SQS::Queue", Identifier=first, ClientToken="token")
        self.settle(one)
        again = ask(TypeName="AWS::SQS::Queue", Identifier=first, ClientToken="token")
        self.assertEqual(one["ProgressEvent"]["RequestToken"], again["ProgressEvent"]["RequestToken"])
        self.assertEqual(again["ProgressEvent"]["OperationStatus"], "SUCCESS")
        self.trouble(
            "ClientTokenConflictException", "token", ask, TypeName="AWS::SQS::Queue", Identifier=second,
            ClientToken="token",
        )

    def test_one_request_at_a_time(self) -> None:
        queue = self.queue()
        self.fault("slow", seconds=60)
        event = self.control.delete_resource(TypeName="AWS::SQS::Queue", Identifier=queue)
        self.trouble(
            "ConcurrentOperationException", event["ProgressEvent"]["RequestToken"], self.control.delete_resource,
            TypeName="AWS::SQS::Queue", Identifier=queue,
        )
        token = event["ProgressEvent"]["RequestToken"]
        cancelled = self.control.cancel_resource_request(RequestToken=token)["ProgressEvent"]
        self.assertEqual(cancelled["OperationStatus"], "CANCEL_COMPLETE")

    def test_a_request_of_nobody_is_not_found(self) -> None:
        self.trouble(
            "RequestTokenNotFoundException", "none", self.control.get_resource_request_status, RequestToken="none"
        )

    def test_protection_is_lifted_by_an_update(self) -> None:
        self.client("dynamodb").create_table(
            TableName="table", BillingMode="PAY_PER_REQUEST", DeletionProtectionEnabled=True,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        self.refused("AWS::DynamoDB::Table", "table", "InvalidRequest", "protected against deletion")
        patch = json.dumps([{"op": "replace", "path": "/DeletionProtectionEnabled", "value": False}])
        update = self.control.update_resource
        done = self.settle(update(TypeName="AWS::DynamoDB::Table", Identifier="table", PatchDocument=patch))
        self.assertEqual((done["Operation"], done["OperationStatus"]), ("UPDATE", "SUCCESS"))
        self.deleted("AWS::DynamoDB::Table", "table")

    def test_a_wrong_patch_is_refused(self) -> None:
        self.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument="{}")
        patch = json.dumps([{"op": "remove", "path": "/Nothing"}])
        done = self.settle(
            self.control.update_resource(TypeName="AWS::IAM::Role", Identifier="role", PatchDocument=patch)
        )
        self.assertEqual((done["OperationStatus"], done["ErrorCode"]), ("FAILED", "InvalidRequest"))

    def test_a_key_is_dying(self) -> None:
        key = self.client("kms").create_key()["KeyMetadata"]["KeyId"]
        self.deleted("AWS::KMS::Key", key)
        self.assertEqual(self.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"], "PendingDeletion")
        self.assertEqual(self.identifiers("AWS::KMS::Key"), [key])
        self.refused("AWS::KMS::Key", key, "NotFound", "was not found")


class Refusals(Case):
    """What AWS refuses and emulators let go."""

    def test_buckets(self) -> None:
        s3, bucket = self.client("s3"), f"b-{self.account}"
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGIONS[0]})
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        version = s3.put_object(Bucket=bucket, Key="key", Body=b"x")["VersionId"]
        s3.delete_object(Bucket=bucket, Key="key")
        s3.delete_object(Bucket=bucket, Key="key", VersionId=version)
        self.refused("AWS::S3::Bucket", bucket, "GeneralServiceException", "is not empty")
        marker = s3.list_object_versions(Bucket=bucket)["DeleteMarkers"][0]["VersionId"]
        s3.delete_object(Bucket=bucket, Key="key", VersionId=marker)
        self.deleted("AWS::S3::Bucket", bucket)

    def test_buckets_of_other_regions(self) -> None:
        bucket = f"b-{self.account}"
        self.client("s3", REGIONS[1]).create_bucket(Bucket=bucket)
        self.refused("AWS::S3::Bucket", bucket, "GeneralServiceException", "using the specified endpoint")
        read = self.control.get_resource(TypeName="AWS::S3::Bucket", Identifier=bucket)["ResourceDescription"]
        self.assertEqual(json.loads(read["Properties"])["RegionalDomainName"], f"{bucket}.s3.us-east-1.amazonaws.com")
        self.control = self.client("cloudcontrol", REGIONS[1], at=front)
        self.deleted("AWS::S3::Bucket", bucket)

    def test_networks(self) -> None:
        ec2 = self.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        association = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
        interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
        held = "has dependencies and cannot be deleted"
        for kind, name in (("VPC", vpc), ("Subnet", subnet), ("InternetGateway", gateway), ("RouteTable", table)):
            self.refused(f"AWS::EC2::{kind}", name, "InvalidRequest", held)
        for kind, name in (
            ("NetworkInterface", interface), ("SubnetRouteTableAssociation", association), ("RouteTable", table),
            ("Subnet", subnet), ("VPCGatewayAttachment", f"IGW|{vpc}"), ("InternetGateway", gateway), ("VPC", vpc),
        ):
            self.deleted(f"AWS::EC2::{kind}", name)

    def test_security_groups(self) -> None:
        ec2 = self.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        one, two = (
            ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in ("one", "two")
        )
        for own, other in ((one, two), (two, one)):
            let_in = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [{"GroupId": other}]}
            ec2.authorize_security_group_ingress(GroupId=own, IpPermissions=[let_in])
        for group in (one, two):
            self.refused("AWS::EC2::SecurityGroup", group, "InvalidRequest", f"resource {group} has a dependent object")
        for rule in self.identifiers("AWS::EC2::SecurityGroupIngress"):
            self.deleted("AWS::EC2::SecurityGroupIngress", rule)
        self.deleted("AWS::EC2::SecurityGroup", one)
        self.deleted("AWS::EC2::SecurityGroup", two)
        (default,) = self.identifiers("AWS::EC2::SecurityGroup")[1:]
        self.refused("AWS::EC2::SecurityGroup", default, "InvalidRequest", "cannot be deleted by a user")

    def test_identity(self) -> None:
        iam = self.client("iam")
        statement = {"Effect": "Allow", "Action": "s3:List*", "Resource": "*"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.create_role(RoleName="role", AssumeRolePolicyDocument=trust)
        iam.create_instance_profile(InstanceProfileName="profile")
        iam.add_role_to_instance_profile(InstanceProfileName="profile", RoleName="role")
        policy = iam.create_policy(PolicyName="policy", PolicyDocument=trust)["Policy"]["Arn"]
        iam.attach_role_policy(RoleName="role", PolicyArn=policy)
        iam.put_role_policy(RoleName="role", PolicyName="inline", PolicyDocument=trust)
        self.refused("AWS::IAM::ManagedPolicy", policy, "ResourceConflict", "attached to entities")
        self.refused("AWS::IAM::Role", "role", "ResourceConflict", "must remove roles from instance profile first")
        self.deleted("AWS::IAM::InstanceProfile", "profile")
        self.refused("AWS::IAM::Role", "role", "ResourceConflict", "must detach all policies first")
        patch = json.dumps([{"op": "remove", "path": "/ManagedPolicyArns"}, {"op": "remove", "path": "/Policies"}])
        done = self.settle(
            self.control.update_resource(TypeName="AWS::IAM::Role", Identifier="role", PatchDocument=patch)
        )
        self.assertEqual(done["OperationStatus"], "SUCCESS")
        self.deleted("AWS::IAM::ManagedPolicy", policy)
        self.deleted("AWS::IAM::Role", "role")

    def test_buses(self) -> None:
        events = self.client("events")
        events.create_event_bus(Name="bus")
        rule = events.put_rule(Name="rule", EventBusName="bus", ScheduleExpression="rate(1 day)")["RuleArn"]
        self.refused("AWS::Events::EventBus", "bus", "InvalidRequest", "since it has rules")
        self.refused("AWS::Events::EventBus", "default", "InvalidRequest", "Cannot delete event bus default")
        self.deleted("AWS::Events::Rule", rule)
        self.deleted("AWS::Events::EventBus", "bus")


class Faults(Case):
    """What goes wrong when somebody wants it to."""

    def lists(self) -> list[str]:
        """The queues that are listed."""
        return self.identifiers("AWS::SQS::Queue")

    def test_rules_can_be_read_back_and_wrong_ones_are_refused(self) -> None:
        self.fault("slow", seconds=1)
        self.assertEqual(plain("/_front/faults"), [{"fault": "slow", "accounts": [self.account], "seconds": 1}])
        with self.assertRaises(urllib.error.HTTPError) as raised:
            plain("/_front/faults", [{"fault": "nonsense"}])
        with raised.exception as answer:
            self.assertIn("a rule needs a fault, one of denied, failing, gap", json.load(answer)["Message"])

    def test_a_gap_of_a_region(self) -> None:
        self.fault("gap", types=["AWS::SQS::*"], regions=[REGIONS[0]])
        self.trouble("TypeNotFoundException", "cannot be found", self.lists)
        other = self.client("cloudcontrol", REGIONS[1], at=front)
        self.assertEqual(self.identifiers("AWS::SQS::Queue", other), [])
        self.fault("gap", types=["AWS::SQS::*"], code="UnsupportedActionException")
        self.trouble("UnsupportedActionException", "does not support LIST action", self.lists)

    def test_a_denial_names_its_policy(self) -> None:
        queue = self.queue()
        policy = "arn:aws:organizations::1:policy/o-1/service_control_policy/p-1"
        self.fault("denied", types=["AWS::SQS::Queue"], policy=policy)
        words = f"with an explicit deny in a service control policy: {policy}"
        self.trouble("AccessDeniedException", words, self.lists)
        self.refused("AWS::SQS::Queue", queue, "AccessDenied", words)

    def test_throttling_now_and_then_and_forever(self) -> None:
        self.fault("throttled", every=2)
        self.lists()
        self.trouble("ThrottlingException", "Rate exceeded", self.lists)
        self.lists()
        self.fault("throttled")
        for _ in range(3):
            self.trouble("ThrottlingException", "Rate exceeded", self.lists)
        self.fault("throttled", times=1)
        self.trouble("ThrottlingException", "Rate exceeded", self.lists)
        self.lists()

    def test_a_list_that_always_fails(self) -> None:
        self.fault("failing", types=["AWS::SQS::Queue"])
        self.trouble("InternalFailure", "", self.lists)
        self.fault("failing", code="GeneralServiceException", message="sorry")
        self.trouble("GeneralServiceException", "sorry", self.lists)

    def test_a_list_that_hides_the_newest(self) -> None:
        first, second = self.queue("first"), self.queue("second")
        self.fault("hides-newest", types=["AWS::SQS::Queue"], lists=2)
        self.assertEqual([self.lists() for _ in range(3)], [[first], [first], [first, second]])

    def test_a_list_that_shows_what_is_gone(self) -> None:
        queue = self.queue()
        self.fault("shows-deleted", lists=2)
        self.deleted("AWS::SQS::Queue", queue)
        self.assertEqual([self.lists() for _ in range(3)], [[queue], [queue], []])

    def test_what_cant_be_deleted(self) -> None:
        one, two = self.queue("one"), self.queue("two")
        self.fault("undeletable", identifiers=["*/one"])
        self.refused("AWS::SQS::Queue", one, "AccessDenied", "not authorized")
        self.deleted("AWS::SQS::Queue", two)

    def test_a_deletion_that_does_nothing(self) -> None:
        queue = self.queue()
        self.fault("hollow")
        self.deleted("AWS::SQS::Queue", queue)
        self.assertEqual(self.lists(), [queue])

    def test_a_deletion_that_is_scheduled(self) -> None:
        queue = self.queue()
        self.fault("pending")
        self.deleted("AWS::SQS::Queue", queue)
        self.assertEqual(self.lists(), [queue])
        self.trouble(
            "ResourceNotFoundException", "not found", self.control.get_resource, TypeName="AWS::SQS::Queue",
            Identifier=queue,
        )

    def test_a_log_group_that_reappears(self) -> None:
        logs = self.client("logs")
        for rule in ({"lists": 2}, {"seconds": 0.1}):
            with self.subTest(rule):
                logs.create_log_group(logGroupName="/left")
                self.fault("reappears", times=1, **rule)
                self.deleted("AWS::Logs::LogGroup", "/left")
                eventually(lambda: self.identifiers("AWS::Logs::LogGroup"), "the log group is back")
                self.deleted("AWS::Logs::LogGroup", "/left")
                self.assertEqual(self.identifiers("AWS::Logs::LogGroup"), [])

    def test_lists_of_identifiers_only(self) -> None:
        self.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
        self.fault("sparse")
        for one in self.control.list_resources(TypeName="AWS::EC2::VPC")["ResourceDescriptions"]:
            self.assertEqual(json.loads(one["Properties"]), {"VpcId": one["Identifier"]})


# How children are found: type, parent's type, and the property that names the parent.
CHILDREN = [
    ("AWS::ApiGateway::Deployment", "AWS::ApiGateway::RestApi", "RestApiId"),
    ("AWS::ApiGateway::Stage", "AWS::ApiGateway::RestApi", "RestApiId"),
    ("AWS::ApiGatewayV2::Stage", "AWS::ApiGatewayV2::Api", "ApiId"),
    ("AWS::EC2::Route", "AWS::EC2::RouteTable", "RouteTableId"),
    ("AWS::ElasticLoadBalancingV2::Listener", "AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancerArn"),
    ("AWS::Lambda::Alias", "AWS::Lambda::Function", "FunctionName"),
    ("AWS::Lambda::Permission", "AWS::Lambda::Function", "FunctionName"),
    ("AWS::Lambda::Version", "AWS::Lambda::Function", "FunctionName"),
    ("AWS::Route53::RecordSet", "AWS::Route53::HostedZone", "HostedZoneId"),
]
# Cloud Control has no list of these, or none at all.
BY_HAND = {"AWS::CodeBuild::Project", "EC2 image", "EC2 snapshot", "RDS cluster snapshot", "RDS snapshot"}


# What refuses to go while all of the litter is there, and what AWS says of it.
HELD = [
    ("AWS::ApiGateway::Deployment", "InvalidRequest", "Active stages pointing to this deployment"),
    ("AWS::AutoScaling::LaunchConfiguration", "ResourceConflict", "attached to AutoScalingGroup left-group"),
    ("AWS::EC2::VPCGatewayAttachment", "GeneralServiceException", "has some mapped public address(es)"),
    ("AWS::EC2::Volume", "InvalidRequest", "is currently attached to i-"),
    ("AWS::ECR::Repository", "GeneralServiceException", "still contains images"),
    ("AWS::ECS::Cluster", "InvalidRequest", "while Services are active"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "GeneralServiceException", "deletion protection is enabled"),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "ResourceConflict", "in use by a listener"),
    ("AWS::IAM::Group", "ResourceConflict", "must remove users from group first"),
    ("AWS::Lambda::Version", "ResourceConflict", "is referenced by alias live"),
    ("AWS::RDS::DBInstance", "InvalidRequest", "please disable deletion protection"),
    ("AWS::RDS::DBSubnetGroup", "InvalidRequest", "at least one database instance: left-database"),
    ("AWS::Route53::HostedZone", "InvalidRequest", "contains non-required resource record sets"),
]


class Everything(Case):
    """Leftovers of all types: littered, listed, deleted through the front, and judged."""

    def inventory(self, control: Any) -> set[tuple[str, str]]:
        """Everything that the front lists in a region."""
        found = {
            (kind, identifier)
            for kind, row in cloud_control.KINDS.items() if not row.under
            for identifier in self.identifiers(kind, control)
        }
        for kind, parent, name in CHILDREN:
            for one in [identifier for what, identifier in found if what == parent]:
                found |= {(kind, identifier) for identifier in self.identifiers(kind, control, **{name: one})}
        layers = self.identifiers("AWS::Lambda::LayerVersion", control, LayerName="left-layer")
        return found | {("AWS::Lambda::LayerVersion", layer) for layer in layers}

    def test_from_litter_to_nothing(self) -> None:
        controls = {region: self.client("cloudcontrol", region, at=front) for region in REGIONS}
        fresh = {region: self.inventory(control) for region, control in controls.items()}
        where = ("--emulator", emulator, "--account", self.account, "--regions", ",".join(REGIONS))
        self.assertEqual(run("judge.py", *where), (0, {"left": [], "dying": [], "unknown": []}))
        status, littered = run("litter.py", *where)
        self.assertEqual(status, 0)
        self.assertGreater(len({one["type"] for one in littered["made"]}), 60)

        there = {region: self.inventory(control) for region, control in controls.items()}
        for one in littered["made"]:
            region = REGIONS[0] if one["region"] == "global" else one["region"]
            if one["type"] not in BY_HAND:
                self.assertIn((one["type"], one["identifier"]), there[region])
        status, judged = run("judge.py", *where)
        self.assertEqual((status, judged["unknown"]), (1, []))
        for kind, code, words in HELD:
            refusals = [self.delete(*one) for one in sorted(there[REGIONS[0]] - fresh[REGIONS[0]]) if one[0] == kind]
            refused = [event for event in refusals if event["OperationStatus"] == "FAILED"]
            self.assertEqual([event["ErrorCode"] for event in refused], [code], kind)
            self.assertIn(words, refused[0]["StatusMessage"])

        for region, control in controls.items():
            self.prepare(region, control)
            self.sweep(control, fresh[region])
        status, judged = run("judge.py", *where)
        self.assertEqual((status, judged["left"], judged["unknown"]), (0, [], []))
        self.assertEqual(len(judged["dying"]), len(REGIONS))

    def sweep(self, control: Any, fresh: set[tuple[str, str]]) -> None:
        """Deletes round by round, as long as something gives way."""
        dying: set[tuple[str, str]] = set()
        for _ in range(12):
            left = self.inventory(control) - fresh - dying
            left = {one for one in left if one[0] != "AWS::S3::Bucket" or control.meta.region_name in one[1]}
            events = [
                (one, control.delete_resource(TypeName=one[0], Identifier=one[1])) for one in sorted(left)
            ]
            ended = [(one, self.settle(event, control)) for one, event in events]
            dying |= {one for one, event in ended if one[0] == "AWS::KMS::Key"}
            words = [event.get("StatusMessage", "") for _, event in ended if event["OperationStatus"] == "FAILED"]
            if not left:
                return
        self.fail(f"still refused after many rounds: {words}")

    def prepare(self, region: str, control: Any) -> None:
        """What stands in the way and Cloud Control does not do."""
        s3 = boto3.resource(
            "s3", region_name=region, endpoint_url=emulator, aws_access_key_id=self.account,
            aws_secret_access_key="none", config=Config(s3={"addressing_style": "path"}),
        )
        for bucket in s3.buckets.all():
            bucket.object_versions.delete()
        client = {name: self.client(name, region) for name in ("ecr", "iam", "ec2", "rds", "codebuild", "elbv2")}
        images = client["ecr"].list_images(repositoryName="left/repository")["imageIds"]
        client["ecr"].batch_delete_image(repositoryName="left/repository", imageIds=images)
        if client["iam"].list_groups()["Groups"]:
            policy = client["iam"].list_policies(Scope="Local")["Policies"][0]["Arn"]
            client["iam"].detach_group_policy(GroupName="left-group", PolicyArn=policy)
            off = [{"op": "remove", "path": "/ManagedPolicyArns"}, {"op": "remove", "path": "/Policies"}]
            self.update(control, "AWS::IAM::Role", "left-role", off)
        for image in client["ec2"].describe_images(Owners=["self"])["Images"]:
            client["ec2"].deregister_image(ImageId=image["ImageId"])
        for snapshot in client["ec2"].describe_snapshots(OwnerIds=["self"])["Snapshots"]:
            client["ec2"].delete_snapshot(SnapshotId=snapshot["SnapshotId"])
        client["rds"].delete_db_snapshot(DBSnapshotIdentifier="left-snapshot")
        client["rds"].delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="left-cluster-snapshot")
        client["codebuild"].delete_project(name="left-project")
        unprotected = [{"op": "replace", "path": "/DeletionProtection", "value": False}]
        self.update(control, "AWS::RDS::DBInstance", "left-database", unprotected)
        unprotected = [{"op": "replace", "path": "/DeletionProtectionEnabled", "value": False}]
        self.update(control, "AWS::DynamoDB::Table", "left-table", unprotected)
        (balancer,) = self.identifiers("AWS::ElasticLoadBalancingV2::LoadBalancer", control)
        attributes = [{"Key": "deletion_protection.enabled", "Value": "false"}]
        unprotected = [{"op": "add", "path": "/LoadBalancerAttributes", "value": attributes}]
        self.update(control, "AWS::ElasticLoadBalancingV2::LoadBalancer", balancer, unprotected)

    def update(self, control: Any, kind: str, identifier: str, patch: list[dict[str, Any]]) -> None:
        """Changes a resource, which must succeed."""
        event = self.settle(
            control.update_resource(TypeName=kind, Identifier=identifier, PatchDocument=json.dumps(patch)), control
        )
        self.assertEqual(event["OperationStatus"], "SUCCESS", event)

    def test_many_cheap_things(self) -> None:
        where = ("--emulator", emulator, "--account", self.account, "--regions", ",".join(REGIONS))
        status, made = run("litter.py", *where, "--count", "45")
        self.assertEqual((status, made["count"], len(made["made"])), (0, 45, 45))
        status, judged = run("judge.py", *where)
        # A security group brings its rule along.
        groups = sum(one["type"] == "AWS::EC2::SecurityGroup" for one in made["made"])
        self.assertEqual((status, len(judged["left"])), (1, 45 + groups))


if __name__ == "__main__":
    unittest.main()
