#!/usr/bin/env python3
"""Compares every call in `listers.json`, `baseline.json` and `settings.json` with AWS's own service models,
by the names that stand in requests and answers.

A mistyped operation would look like one that a region doesn't have, so it must not get this far.

    python3 -m venv venv && venv/bin/pip install botocore && venv/bin/python check_calls.py
"""

import json
import pathlib
import sys

import botocore.session
from botocore.validate import ParamValidator

HERE = pathlib.Path(__file__).parent
# The same names as in `cloud/pages.rs`: how an answer names the next page.
PAGES = {
    "NextToken", "nextToken", "Marker", "NextMarker", "LastEvaluatedBackupArn", "TrafficPolicyIdMarker",
    "TrafficPolicyVersionMarker", "HostedZoneIdMarker", "TrafficPolicyInstanceNameMarker",
    "TrafficPolicyInstanceTypeMarker",
}
session = botocore.session.get_session()
models = {}
wrong = []


def model(service):
    if service not in models:
        models[service] = session.get_service_model(service)
    return models[service]


def protocol(service):
    """How Ebbtide speaks to it."""
    return "query" if service.service_name == "cloudwatch" else service.protocol


def asked_as(spoken, name, shape):
    """The name of a member of an input, as it stands in the request."""
    told = shape.serialization
    if spoken == "ec2":
        name = told.get("queryName") or told.get("name") or name
        return name[0].upper() + name[1:]
    if spoken == "query":
        if shape.type_name == "list" and told.get("flattened"):
            return shape.member.serialization.get("name", told.get("name", name))
        return told.get("name", name)
    return name


def plain(spoken, shape, value, problems):
    """The input with the names of the SDK, from one with those of the request."""
    if shape.type_name == "structure" and isinstance(value, dict):
        names = {asked_as(spoken, name, member): name for name, member in shape.members.items()}
        problems += [f"{shape.name} knows no {name}" for name in value if name not in names]
        return {
            names[name]: plain(spoken, shape.members[names[name]], one, problems)
            for name, one in value.items() if name in names
        }
    if shape.type_name == "list":
        if spoken == "query" and not shape.serialization.get("flattened"):
            entry = shape.member.serialization.get("name", "member")
            if not isinstance(value, dict) or set(value) != {entry}:
                problems.append(f"{shape.name} is written {{\"{entry}\": […]}}")
                return []
            value = value[entry]
        return [plain(spoken, shape.member, one, problems) for one in value]
    return value


def at(shape, pointer, spoken):
    """What a pointer leads to, by the names in the answer."""
    for step in pointer.split("/")[1:]:
        if shape.type_name == "list" and (step == "*" or step.isdigit()):
            shape = shape.member
            continue
        if shape.type_name != "structure":
            return None
        named = {
            name if "json" in spoken else member.serialization.get("name", name): member
            for name, member in shape.members.items()
        }
        if step not in named:
            return None
        shape = named[step]
    return shape


def check(where, call, paged):
    service = model(call["service"])
    spoken = protocol(service)
    if call["operation"] not in service.operation_names:
        wrong.append(f"{where}: {call['service']} has no operation {call['operation']}")
        return None
    operation = service.operation_model(call["operation"])
    if operation.input_shape and call["input"] != "{whole}":
        problems = []
        known = plain(spoken, operation.input_shape, call["input"], problems)
        report = ParamValidator().validate(known, operation.input_shape)
        # Placeholders are text, and shorter than what they stand for.
        problems += [error for error in report.generate_report().splitlines()
                     if "Invalid length" not in error and "value: {" not in error]
        if problems:
            wrong.append(f"{where}: {call['operation']}: {'; '.join(problems)}")
    elif isinstance(call["input"], dict) and call["input"]:
        wrong.append(f"{where}: {call['operation']} takes no input")
    shape = operation.output_shape
    if paged and shape:
        names = list(shape.members) + ["nextToken"] * ("NextToken" in shape.members and spoken == "ec2")
        tokens = [name for name in names if "token" in name.lower() or "marker" in name.lower()]
        tokens += [name for name in names if name == "LastEvaluatedBackupArn"]
        if tokens and not PAGES & set(tokens):
            wrong.append(f"{where}: {call['operation']} has pages by {', '.join(tokens)}, which nobody follows")
    return shape


def listed(where, call, items, fields):
    shape = check(where, call, True)
    if shape is None:
        return
    spoken = protocol(model(call["service"]))
    found = at(shape, items, spoken)
    if found is None or found.type_name != "list":
        wrong.append(f"{where}: {call['operation']} has no list at {items}")
        return
    for field in fields:
        if not field.startswith("{") and at(found.member, field, spoken) is None:
            wrong.append(f"{where}: an item of {call['operation']} has no {field}")


for lister in json.loads((HERE / "listers.json").read_text()):
    where = lister["type"]
    fields = lister.get("identifier", []) + ["/" + key for key in lister.get("whole", [])]
    listed(where, lister["call"], lister["items"], fields)
    if "under" in lister:
        listed(where, lister["under"]["call"], lister["under"]["items"], [lister["under"]["identifier"]])
    if "delete" in lister:
        check(where, lister["delete"], False)
for rule in json.loads((HERE / "baseline.json").read_text()):
    where = ", ".join(rule["types"])
    if "among" in rule:
        listed(where, rule["among"]["call"], rule["among"]["items"], [rule["among"]["field"]])
    if "ask" in rule:
        for pointer in [rule["ask"]["at"], rule.get("dying", "") if rule.get("dying") else rule["ask"]["at"]]:
            shape = check(where, rule["ask"]["call"], False)
            if shape is not None and at(shape, pointer, protocol(model(rule["ask"]["call"]["service"]))) is None:
                wrong.append(f"{where}: {rule['ask']['call']['operation']} has no {pointer}")
for setting in json.loads((HERE / "settings.json").read_text()):
    shape = check(setting["name"], setting["call"], True)
    for pointer in setting["keep"]:
        if shape is not None and at(shape, pointer, protocol(model(setting["call"]["service"]))) is None:
            wrong.append(f"{setting['name']}: {setting['call']['operation']} has no {pointer}")
print("\n".join(wrong) or "every call is known to AWS")
sys.exit(bool(wrong))
