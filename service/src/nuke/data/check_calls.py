#!/usr/bin/env python3
"""Compares every call in `listers.json`, `baseline.json` and `settings.json` with AWS's own service models.

A mistyped operation would look like one that a region doesn't have, so it must not get this far.

    python3 -m venv venv && venv/bin/pip install botocore && venv/bin/python check_calls.py
"""

import json
import pathlib
import sys

import botocore.session
from botocore.validate import ParamValidator

HERE = pathlib.Path(__file__).parent
# The same table as in `pages.rs`: how an answer names the next page, and how the next call asks for it.
PAGES = {
    ("NextToken", "NextToken"),
    ("nextToken", "nextToken"),
    ("Marker", "Marker"),
    ("NextMarker", "Marker"),
    ("LastEvaluatedBackupArn", "ExclusiveStartBackupArn"),
    ("TrafficPolicyIdMarker", "TrafficPolicyIdMarker"),
    ("TrafficPolicyVersionMarker", "TrafficPolicyVersionMarker"),
    ("HostedZoneIdMarker", "HostedZoneIdMarker"),
    ("TrafficPolicyInstanceNameMarker", "TrafficPolicyInstanceNameMarker"),
    ("TrafficPolicyInstanceTypeMarker", "TrafficPolicyInstanceTypeMarker"),
}
session = botocore.session.get_session()
models = {}
wrong = []


def model(service):
    if service not in models:
        models[service] = session.get_service_model(service)
    return models[service]


def at(shape, pointer):
    for step in pointer.split("/")[1:]:
        if shape.type_name == "list" and (step == "*" or step.isdigit()):
            shape = shape.member
        elif shape.type_name == "structure" and step in shape.members:
            shape = shape.members[step]
        else:
            return None
    return shape


def check(where, call, paged):
    service = model(call["service"])
    if call["operation"] not in service.operation_names:
        wrong.append(f"{where}: {call['service']} has no operation {call['operation']}")
        return None
    operation = service.operation_model(call["operation"])
    if operation.input_shape and call["input"] != "{whole}":
        known = call["input"]
        report = ParamValidator().validate(known, operation.input_shape)
        # Placeholders are text, and shorter than what they stand for.
        errors = [error for error in report.generate_report().splitlines()
                  if "Invalid length" not in error and "value: {" not in error]
        if errors:
            wrong.append(f"{where}: {'; '.join(errors)}")
        extra = set(known) - set(operation.input_shape.members)
        if extra:
            wrong.append(f"{where}: {call['operation']} knows no {', '.join(sorted(extra))}")
    elif isinstance(call["input"], dict) and call["input"]:
        wrong.append(f"{where}: {call['operation']} takes no input")
    shape = operation.output_shape
    if paged and shape:
        ins = set(operation.input_shape.members) if operation.input_shape else set()
        tokens = [name for name in shape.members if "token" in name.lower() or "marker" in name.lower()]
        tokens += [name for name in shape.members if name == "LastEvaluatedBackupArn"]
        known = [name for name in tokens if any(out == name and into in ins for out, into in PAGES)]
        if tokens and not known:
            wrong.append(f"{where}: {call['operation']} has pages by {', '.join(tokens)}, which nobody follows")
    return shape


def listed(where, call, items, fields):
    shape = check(where, call, True)
    if shape is None:
        return
    found = at(shape, items)
    if found is None or found.type_name != "list":
        wrong.append(f"{where}: {call['operation']} has no list at {items}")
        return
    for field in fields:
        if not field.startswith("{") and at(found.member, field) is None:
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
            if shape is not None and at(shape, pointer) is None:
                wrong.append(f"{where}: {rule['ask']['call']['operation']} has no {pointer}")
for setting in json.loads((HERE / "settings.json").read_text()):
    shape = check(setting["name"], setting["call"], True)
    for pointer in setting["keep"]:
        if shape is not None and at(shape, pointer) is None:
            wrong.append(f"{setting['name']}: {setting['call']['operation']} has no {pointer}")
print("\n".join(wrong) or "every call is known to AWS")
sys.exit(bool(wrong))
