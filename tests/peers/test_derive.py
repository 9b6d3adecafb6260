#!/usr/bin/env python3
"""Tests of the table of types as it is derived from AWS's registry, against a registry of two pages.

    target/test-kit/ministack/bin/python tests/peers/test_derive.py

Runs with the Python of the test kit (tests/kit), which has boto3.
"""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
import unittest
import urllib.parse
from pathlib import Path
from xml.sax.saxutils import escape

DERIVE = Path(__file__).resolve().parents[2] / "service/src/nuke/data/derive.py"


def schema(name: str, **more: object) -> dict[str, object]:
    return {"typeName": name, "primaryIdentifier": ["/properties/Id"], "properties": {"Id": {}}} | more


def handlers(service: str, *names: str, **of_list: object) -> dict[str, object]:
    found: dict[str, dict[str, object]] = {name: {"permissions": [f"{service}:{name.title()}"]} for name in names}
    if of_list:
        found["list"]["handlerSchema"] = of_list
    return found


SCHEMAS = {
    it["typeName"]: it for it in (
        schema("AWS::Shop::Basket", handlers=handlers("shop", "list", "delete")),
        schema("AWS::Shop::Item", handlers=handlers("shop", "list", required=["BasketId"]),
               properties={"Id": {}, "BasketId": {"relationshipRef": {"typeName": "AWS::Shop::Basket"}}}),
        schema("AWS::Shop::Sign"),
        schema("AWS::IAM::Role", handlers=handlers("iam", "list", "delete")),
    )
}

# What the registry lists, page by page. The last one is gone when it is asked for.
PAGES = [["AWS::Shop::Item", "AWS::IAM::Role"], ["AWS::Shop::Basket", "AWS::Shop::Sign", "AWS::Shop::Gone"]]

TABLE = """\
# AWS's resource types: facts of the registry of eu-central-1. Made by derive.py
type\tservice\twhere\tlists\tdeletes\tidentifier\treferences
AWS::IAM::Role\tiam\tglobal\tplain\tyes\tId\t
AWS::Shop::Basket\tshop\tregional\tplain\tyes\tId\t
AWS::Shop::Item\tshop\tregional\tunder:BasketId=AWS::Shop::Basket.Id\tno\tId\tBasketId>AWS::Shop::Basket
AWS::Shop::Sign\tshop\tregional\tnone\tno\tId\t
"""


class Registry(http.server.BaseHTTPRequestHandler):
    """CloudFormation's registry, as far as it is asked. Every third call is throttled."""

    calls: list[dict[str, str]] = []
    pages = PAGES

    def do_POST(self) -> None:  # noqa: N802, the name that http.server calls
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        asked = dict(urllib.parse.parse_qsl(body))
        self.calls.append(asked)
        if len(self.calls) % 3 == 0:
            self.answer(400, error("Throttling"))
        elif asked["Action"] == "ListTypes":
            number = int(asked.get("NextToken", "0"))
            page = self.pages[number] if self.pages else []
            members = "".join(f"<member><Type>RESOURCE</Type><TypeName>{name}</TypeName></member>" for name in page)
            more = f"<NextToken>{number + 1}</NextToken>" if number + 1 < len(self.pages) else ""
            self.answer(200, result("ListTypes", f"<TypeSummaries>{members}</TypeSummaries>{more}"))
        elif asked["TypeName"] in SCHEMAS:
            text = escape(json.dumps(SCHEMAS[asked["TypeName"]]))
            self.answer(200, result("DescribeType", f"<Schema>{text}</Schema>"))
        else:
            self.answer(404, error("TypeNotFoundException"))

    def answer(self, status: int, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def result(call: str, content: str) -> str:
    return f"<{call}Response><{call}Result>{content}</{call}Result></{call}Response>"


def error(code: str) -> str:
    return f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"


def derive(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs it against a registry of its own."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}", "AWS_ACCESS_KEY_ID": "a",
            "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "us-east-1", "AWS_CONFIG_FILE": os.devnull,
        }
        done = subprocess.run([sys.executable, str(DERIVE), *arguments], env=os.environ | settings,
                              capture_output=True, text=True, check=False)
        server.shutdown()
    return done


class FromRegistry(unittest.TestCase):
    def setUp(self) -> None:
        Registry.calls.clear()
        Registry.pages = PAGES

    def test_the_table_has_what_the_registry_has(self) -> None:
        done = derive("--from-registry", "--region", "eu-central-1")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, TABLE)
        self.assertEqual(done.stderr, "derive.py: AWS::Shop::Gone is listed and not there; it is left out\n")
        first = Registry.calls[0]
        self.assertEqual((first["Type"], first["Visibility"], first["Filters.Category"]), ("RESOURCE", "PUBLIC", "AWS_TYPES"))

    def test_a_registry_without_types_is_no_table(self) -> None:
        Registry.pages = []
        done = derive("--from-registry")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(done.stderr, "derive.py: the registry of us-east-1 lists no type of AWS's; nothing was written\n")

    def test_a_region_without_the_registry_is_a_mistake(self) -> None:
        done = derive("--region", "eu-central-1")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--region goes with --from-registry", done.stderr)


if __name__ == "__main__":
    unittest.main()
