#!/usr/bin/env bash
# Guess: a value that is good for a session tag is good for the tag of a resource, so that aws:ResourceTag can equal it.
# What happens: AWS's models disagree. STS takes "Zürich", the empty value, "Human Resources", "jane@example.com" and 256
#   characters. Of the services with a call to tag a resource, 15 refuse a letter outside ASCII (Bedrock, DataSync, Roles
#   Anywhere, EMR Serverless ...), more than twenty the empty value (CloudTrail, QuickSight, Scheduler, Keyspaces ...), three a
#   space, one the @ and two the 256th character.
# Versions: the service models in botocore 1.44.8; regex 2024.11.6 for the \p{..} classes, which Python's re refuses.
# Why it matters: aws:ResourceTag/Department = aws:PrincipalTag/Department can never hold there for these people. Nothing is
#   misconfigured, and no tag that anybody could put on the resource would let them in.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" botocore==1.44.8 regex==2024.11.6
PYTHONPATH="$dir" python3 - <<'PY'
import sys, botocore, botocore.session, regex
loader = botocore.session.get_session().get_component("data_loader")
calls = {"TagResource", "AddTags", "AddTagsToResource", "CreateTags"}
values = {"not ASCII": "Zürich", "empty": "", "space": "Human Resources", "at": "jane@example.com", "256": "x" * 256}

def allowed(shape, value):
    if not shape.get("min", 0) <= len(value) <= shape.get("max", 10**9):
        return False
    try:
        return "pattern" not in shape or bool(regex.fullmatch(shape["pattern"], value))
    except regex.error:
        return True  # A pattern in Java's own syntax: not counted.

services, refused = 0, {name: set() for name in values}
for service in loader.list_available_services("service-2"):
    model = loader.load_service_model(service, "service-2")
    shapes = model["shapes"]
    for call in calls & model["operations"].keys():
        for member, reference in shapes[model["operations"][call]["input"]["shape"]].get("members", {}).items():
            tags = shapes[reference["shape"]]
            if "tag" not in member.lower() or tags["type"] not in ("map", "list"):
                continue
            if tags["type"] == "map":
                value = shapes[tags["value"]["shape"]]
            else:
                members = {name.lower(): part for name, part in shapes[tags["member"]["shape"]].get("members", {}).items()}
                part = members.get("value") or members.get("tagvalue")
                if part is None:
                    continue
                value = shapes[part["shape"]]
            services += 1
            for name, text in values.items():
                if not allowed(value, text):
                    refused[name].add(service)
sts = loader.load_service_model("sts", "service-2")["shapes"]["tagValueType"]
print("botocore", botocore.__version__, "session tag takes:", {name: allowed(sts, text) for name, text in values.items()})
print(services, "calls that tag a resource; refused as its tag:")
for name, found in refused.items():
    print(f"  {name:10} {len(found):3} {' '.join(sorted(found))}")
sys.exit(not (all(allowed(sts, text) for text in values.values()) and [len(found) for found in refused.values()] == [15, 23, 3, 1, 2]))
PY
