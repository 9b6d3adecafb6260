#!/usr/bin/env python3
"""Derives `types.tsv`, the table of AWS's resource types, from AWS's public registry schemas.

The schemas come with the PyPI package cfn-lint. Only facts are taken from them: names, how a type is listed, by
whose permissions, and what identifies it.

    python3 -m venv venv && venv/bin/pip install cfn-lint==1.58.0
    venv/bin/python derive.py > types.tsv

or, with boto3 and credentials that may read it, from the registry itself as one region has it today:

    python3 derive.py --from-registry --region eu-central-1 > my-types.tsv

which may take the place of the table that is built in (`nuke.types` in the configuration).

The result depends on the package's version alone, or on the registry's content. When a newer one brings types that have no list handler in a
service that the guardrails allow, a test names them: `covered.tsv` or `listers.json` has to say what becomes of them.
"""

import argparse
import collections
import concurrent.futures
import importlib.metadata
import json
import pathlib
import re
import sys

# Schemas that are asked for side by side. AWS throttles, and is asked again.
SIDE_BY_SIDE = 4

# Services whose resources exist once per account, whatever region they are asked in.
GLOBAL_SERVICES = {
    "account-access",
    "bcm-dashboards",
    "bcm-data-exports",
    "bcm-pricing-calculator",
    "billing",
    "billingconductor",
    "budgets",
    "ce",
    "chatbot",
    "cloudfront",
    "cur",
    "ecr-public",
    "globalaccelerator",
    "iam",
    "invoicing",
    "networkmanager",
    "notifications",
    "notifications-contacts",
    "organizations",
    "pricingplanmanager",
    "route53",
    "route53-recovery-control-config",
    "route53-recovery-readiness",
    "route53globalresolver",
    "shield",
    "supportapp",
    "waf",
}

# Types of regional services that are listed from every region alike.
GLOBAL_TYPES = {
    # ListBuckets names the buckets of all regions.
    "AWS::S3::Bucket",
    # One control plane for all regions.
    "AWS::S3::MultiRegionAccessPoint",
    "AWS::S3::MultiRegionAccessPointPolicy",
}

# Types without permissions in their schema belong where the other types of their family do. These families have
# none that tells.
FAMILIES = {
    "Elasticsearch": "es",
    "KinesisAnalytics": "kinesisanalytics",
    "Pinpoint": "mobiletargeting",
    "PinpointEmail": "ses",
    "WAFRegional": "waf-regional",
    "WAFv2": "wafv2",
    "CodeStar": "codestar",
    "EMR": "elasticmapreduce",
}

# Where the property that a list needs comes from, when its name doesn't tell.
PARENTS = {
    ("AWS::ApiGateway::BasePathMappingV2", "DomainNameArn"): ("AWS::ApiGateway::DomainNameV2", "DomainNameArn"),
    ("AWS::ApiGatewayV2::RoutingRule", "DomainNameArn"): ("AWS::ApiGatewayV2::DomainName", "DomainNameArn"),
    ("AWS::Lambda::LayerVersionPermission", "LayerVersionArn"): ("AWS::Lambda::LayerVersion", "LayerVersionArn"),
    ("AWS::Lambda::Url", "TargetFunctionArn"): ("AWS::Lambda::Function", "FunctionName"),
    ("AWS::Route53::RecordSet", "HostedZoneId"): ("AWS::Route53::HostedZone", "Id"),
    ("AWS::APS::AnomalyDetector", "Arn"): ("AWS::APS::Workspace", "Arn"),
    ("AWS::APS::RuleGroupsNamespace", "Arn"): ("AWS::APS::Workspace", "Arn"),
    ("AWS::CloudFormation::ChangeSet", "StackName"): ("AWS::CloudFormation::Stack", "StackId"),
}

# Properties that want the account's own number.
ACCOUNT = {"AwsAccountId", "CatalogId"}


def from_package():
    """The schemas in cfn-lint, and where they are from."""
    import cfnlint.data.schemas

    schemas = pathlib.Path(cfnlint.data.schemas.__file__).parent
    types = {}
    for path in sorted(schemas.glob("resources/*.json")):
        schema = json.loads(path.read_text())
        types[schema["typeName"]] = schema
    version = importlib.metadata.version("cfn-lint")
    date = json.loads((schemas / "version.json").read_text())["schema_date"]
    return types, f"schemas of {date}, from cfn-lint {version}"


def from_registry(region):
    """The schemas of AWS's own types in the registry of a region, and where they are from."""
    import boto3
    from botocore.config import Config

    patient = Config(retries={"mode": "adaptive", "max_attempts": 12})
    client = boto3.client("cloudformation", region_name=region, config=patient)
    pages = client.get_paginator("list_types").paginate(
        Type="RESOURCE", Visibility="PUBLIC", DeprecatedStatus="LIVE", Filters={"Category": "AWS_TYPES"})
    names = sorted({summary["TypeName"] for page in pages for summary in page.get("TypeSummaries", [])})
    if not names:
        raise SystemExit(f"derive.py: the registry of {client.meta.region_name} lists no type of AWS's; nothing was written")

    def schema(name):
        try:
            return json.loads(client.describe_type(Type="RESOURCE", TypeName=name)["Schema"])
        except client.exceptions.TypeNotFoundException:
            # Withdrawn since it was listed.
            print(f"derive.py: {name} is listed and not there; it is left out", file=sys.stderr)
            return None

    with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as side_by_side:
        schemas = [schema for schema in side_by_side.map(schema, names) if schema]
    return {schema["typeName"]: schema for schema in schemas}, f"of {client.meta.region_name}"


def prefixes(schema):
    """Prefixes of the actions that its handlers need; what lists and deletes tells most."""
    weights = collections.Counter()
    for handler, weight in (("list", 4), ("delete", 3), ("read", 2), ("create", 1)):
        actions = schema.get("handlers", {}).get(handler, {}).get("permissions", [])
        for prefix in {action.split(":")[0].lower() for action in actions if ":" in action}:
            # Whatever is encrypted needs keys.
            if prefix != "kms" or "::KMS::" in schema["typeName"]:
                weights[prefix] += weight
    return weights


def services(types):
    """The service of each type, as its actions and service control policies name it."""
    own, families = {}, collections.defaultdict(collections.Counter)
    for name, schema in types.items():
        weights = prefixes(schema)
        best = [prefix for prefix, weight in weights.items() if weight == max(weights.values())]
        if len(best) == 1:
            own[name] = best[0]
            families[name.split("::")[1]][best[0]] += 1
    found = {}
    for name in types:
        family = name.split("::")[1]
        common = sorted(families[family].items(), key=lambda item: (-item[1], item[0]))
        usual = common[0][0] if common else family.lower()
        found[name] = own.get(name) or FAMILIES.get(family) or usual
    return found


def identifier(schema):
    return ["/".join(part.split("/")[2:]) for part in schema.get("primaryIdentifier", [])]


def lists(name, schema, types):
    """`plain`, `none`, or `under:` and the properties that a list needs, each with where its value comes from."""
    handler = schema.get("handlers", {}).get("list")
    if handler is None:
        return "none"
    needs = handler.get("handlerSchema", {})
    ways = [needs["required"]] if needs.get("required") else []
    ways += [way["required"] for way in needs.get("oneOf", []) + needs.get("anyOf", []) if "required" in way]
    if not ways:
        return "plain"
    told = [[source(name, schema, prop, types) for prop in way] for way in ways]
    # The first way whose every property can be found out; else the first, which a lister of ours has to replace.
    way = next((way for way in told if all("=" in prop for prop in way)), told[0])
    return "under:" + ",".join(way)


def source(name, schema, prop, types):
    """`Property=a/b` for one of some fixed values, `Property=Type.Part` for a parent's identifier, `Property=account` for
    the account's number, else `Property`."""
    if prop in ACCOUNT:
        return f"{prop}=account"
    if (name, prop) in PARENTS:
        return f"{prop}={'.'.join(PARENTS[name, prop])}"
    values = schema.get("properties", {}).get(prop, {}).get("enum")
    if values and all(re.fullmatch(r"[\w-]+", str(value)) for value in values):
        return f"{prop}={'/'.join(values)}"
    family = name.rsplit("::", 1)[0]
    for parent, parents_schema in sorted(types.items()):
        if parent == name or not parent.startswith(family + "::") or "list" not in parents_schema.get("handlers", {}):
            continue
        parts = identifier(parents_schema)
        resource = parent.rsplit("::", 1)[1]
        # `Id` or `Arn` alone is the type's own.
        if len(parts) == 1 and prop not in ("Id", "Arn", "ARN", "Name") and prop in (parts[0], resource + parts[0]):
            # Several types may be named by it (`FunctionName`): the one that is called so is meant.
            if prop.startswith(resource) or not named_so(prop, family, types):
                return f"{prop}={parent}.{parts[0]}"
    return prop


def named_so(prop, family, types):
    return any(prop in (f"{t.rsplit('::', 1)[1]}{end}" for end in ("Id", "Arn", "ARN", "Name"))
               for t in types if t.startswith(family + "::"))


def references(schema):
    """Properties that name another resource, as far as the schema says so."""
    found = set()

    def walk(node, prop):
        if isinstance(node, dict):
            target = node.get("relationshipRef")
            if isinstance(target, dict) and "typeName" in target and prop:
                found.add(f"{prop}>{target['typeName']}")
            for key, value in node.items():
                if key == "properties" and isinstance(value, dict):
                    for inner, inner_schema in value.items():
                        walk(inner_schema, inner)
                elif key != "relationshipRef":
                    walk(value, prop)
        elif isinstance(node, list):
            for value in node:
                walk(value, prop)

    walk(schema.get("properties", {}), None)
    for prop, inner in schema.get("properties", {}).items():
        walk(inner, prop)
    for inner in schema.get("definitions", {}).values():
        walk(inner, None)
    return sorted(found)


def arguments():
    parser = argparse.ArgumentParser(description="Prints the table of AWS's resource types.")
    parser.add_argument("--from-registry", action="store_true", help="ask AWS, not the package cfn-lint")
    parser.add_argument("--region", help="whose registry; else the region of the AWS configuration")
    given = parser.parse_args()
    if given.region and not given.from_registry:
        parser.error("--region goes with --from-registry")
    return given


def main():
    given = arguments()
    if given.from_registry:
        types, origin = from_registry(given.region)
    else:
        types, origin = from_package()
    service_of = services(types)
    print(f"# AWS's resource types: facts of the registry {origin}. Made by derive.py")
    print("type\tservice\twhere\tlists\tdeletes\tidentifier\treferences")
    for name in sorted(types):
        schema = types[name]
        everywhere = service_of[name] in GLOBAL_SERVICES or name in GLOBAL_TYPES
        print("\t".join([
            name,
            service_of[name],
            "global" if everywhere else "regional",
            lists(name, schema, types),
            "yes" if "delete" in schema.get("handlers", {}) else "no",
            "|".join(identifier(schema)),
            ",".join(references(schema)),
        ]))


if __name__ == "__main__":
    main()
