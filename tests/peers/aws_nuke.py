#!/usr/bin/env python3
"""Have aws-nuke v3 empty an account of the AWS emulator, or say what it would delete there.

    aws_nuke.py --aws-nuke PROGRAM --emulator URL --account 111122223333 --regions eu-west-1,us-east-1 [--delete]

It runs with all of its resource types, except those in EXCLUDED. It waits as little as it allows before it begins (3
seconds, twice) and as long as it is made to between its rounds (5 seconds). Told where services are, it asks in each
region for what is the same in all of them, which it does once on AWS: whoever counts calls has to allow for that. (One
address for all types is a must: it takes the one of the type that it scanned last for all it lists later.)

Prints JSON: `found` is what it would delete or did, `failed` what it could not, `seconds` and `peak_memory_mib` are
its own, `types` how many types it asked for. Needs Python 3.9.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import string
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Types that the emulator answers so that aws-nuke can't go on, each with the reason.
EXCLUDED: dict[str, str] = {
    "AthenaWorkGroup": "the emulator names no state of a work group, at which aws-nuke panics",
    "CloudFrontFunction": "the emulator's list has always one more page",
    **dict.fromkeys(
        """IoTSiteWiseAccessPolicy IoTSiteWiseAsset IoTSiteWiseAssetModel IoTSiteWiseDashboard IoTSiteWiseGateway
        IoTSiteWisePortal IoTSiteWiseProject IoTTwinMakerComponentType IoTTwinMakerEntity IoTTwinMakerScene
        IoTTwinMakerSyncJob IoTTwinMakerWorkspace S3AccessGrantsGrant S3AccessGrantsInstance S3AccessGrantsLocation
        S3AccessPoint""".split(),
        "it is asked at a host whose name begins with more, which a number for an address does not have",
    ),
}

LINE = re.compile(r"^(?:\S+ )?(?P<region>[a-z]+(?:-[a-z]+-\d)?) - (?P<type>\w+) - (?P<what>.*) - (?P<end>[^-]+)$")
QUICKEST = "3"
LONGEST = 3 * 60 * 60


def main() -> None:
    """Reads the command line, runs aws-nuke and tells."""
    parser = argparse.ArgumentParser(description="Have aws-nuke v3 empty an account of the AWS emulator.")
    parser.add_argument("--aws-nuke", required=True, help="the program")
    parser.add_argument("--emulator", required=True, help="the emulator's URL")
    parser.add_argument("--account", required=True, help="12 digits")
    parser.add_argument("--regions", required=True, help="region names with commas between")
    parser.add_argument("--delete", action="store_true", help="delete, instead of saying what would be")
    options = parser.parse_args()
    environment = {
        "PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"),
        "AWS_ACCESS_KEY_ID": options.account, "AWS_SECRET_ACCESS_KEY": "unchecked", "AWS_EC2_METADATA_DISABLED": "true",
    }
    listed = subprocess.run([options.aws_nuke, "resource-types"], capture_output=True, text=True, check=True)
    types = sorted(set(re.findall(r"^[A-Z]\w+", re.sub(r"\x1b\[[0-9;]*m", "", listed.stdout), re.M)) - EXCLUDED.keys())
    regions = options.regions.split(",")
    # The home of what is the same everywhere.
    home = "us-east-1" if "us-east-1" in regions else regions[0]
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "config.yaml")
        # YAML takes JSON.
        config.write_text(json.dumps({
            "regions": regions,
            "blocklist": ["999999999999"],
            "bypass-alias-check-accounts": [options.account],
            "accounts": {options.account: {}},
            "resource-types": {"excludes": sorted(EXCLUDED)},
            "endpoints": [
                {"region": region, "services": services(options.emulator)} for region in regions
            ],
        }))
        command = [
            options.aws_nuke, "run", "--config", str(config), "--default-region", home, "--no-alias-check",
            "--no-prompt", "--prompt-delay", QUICKEST, "--log-disable-color", "--max-queue-size", "100000",
        ]
        if options.delete:
            command.append("--no-dry-run")
        begun = time.monotonic()
        done = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LONGEST,
        )
        seconds = time.monotonic() - begun
    if keep := os.environ.get("AWS_NUKE_LOG"):
        with open(keep, "a") as log:
            log.write(f"{command}\n{done.stdout}\n")
    ends: dict[str, str] = {}
    for line in done.stdout.splitlines():
        if match := LINE.match(line):
            name = f"{match['region']} {match['type']} {match['what'].split(' - [')[0]}"
            ends[name] = match["end"].strip()
    filtered = {name for name, end in ends.items() if end.startswith(("filtered", "cannot"))}
    print(json.dumps({
        "exit": done.returncode,
        "scanned": "scan complete" in done.stdout.lower(),
        "seconds": seconds,
        "peak_memory_mib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
        "types": len(types),
        "excluded": EXCLUDED,
        "found": sorted(ends.keys() - filtered),
        "failed": sorted(name for name, end in ends.items() if end.startswith("failed")),
        "said": done.stdout[-2000:] if done.returncode else "",
    }))


def services(emulator: str) -> list[dict[str, str]]:
    """Where a type is asked: aws-nuke takes the first entry whose name the type begins with, and the empty name for
    the account itself."""
    return [{"service": name, "url": emulator} for name in ("sts", "iam", *string.ascii_lowercase, "")]


if __name__ == "__main__":
    sys.exit(main())
