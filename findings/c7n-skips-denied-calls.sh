#!/usr/bin/env bash
# Guess: a Cloud Custodian policy with mode cloudtrail runs on each event that its rule delivers, denied calls too.
# What happens: the Lambda's handler returns before it has read a policy when detail.errorCode is there, and logs one line at
#   debug level. The switch that its source names in a comment, C7N_SKIP_EVTERR=no, changes nothing: the code reads the
#   variable C7N_SKIP_ERR_EVENT. With that one the same event reaches the policies.
# Versions: c7n 0.9.53.
# Why it matters: "tell me when somebody is refused" deploys, is invoked for every denial, costs what it costs, ends with
#   success and has never looked at one.
set -euo pipefail
unset C7N_SKIP_EVTERR C7N_SKIP_ERR_EVENT
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" c7n==0.9.53
mkdir "$dir/run"
cd "$dir/run" && echo '{"policies": []}' >config.json && PYTHONPATH="$dir" python3 - <<'PY'
import importlib.metadata, logging, os, sys
from c7n import handler
logging.disable(logging.CRITICAL)
reached = []
handler.init_config = lambda data: reached.append(data)
base = {"detail-type": "AWS API Call via CloudTrail", "detail": {"eventSource": "s3.amazonaws.com", "eventName": "DeleteBucket"}}
denied = {**base, "detail": {**base["detail"], "errorCode": "AccessDenied"}}

def reaches(event, **switch):
    for name in "C7N_SKIP_EVTERR", "C7N_SKIP_ERR_EVENT":
        os.environ.pop(name, None)
    os.environ.update(switch)
    handler.init_env_globals()
    handler.policy_config = None
    reached.clear()
    handler.dispatch_event(dict(event), None)
    return bool(reached)

seen = {
    "call that succeeded": reaches(base),
    "denied call": reaches(denied),
    "denied call, C7N_SKIP_EVTERR=no (the comment's name)": reaches(denied, C7N_SKIP_EVTERR="no"),
    "denied call, C7N_SKIP_ERR_EVENT=no": reaches(denied, C7N_SKIP_ERR_EVENT="no"),
}
named = "export C7N_SKIP_EVTERR=no" in open(handler.__file__).read()
print("c7n", importlib.metadata.version("c7n"), "the comment names C7N_SKIP_EVTERR:", named)
for name, value in seen.items():
    print(f"  {name:53} reaches the policies: {value}")
sys.exit(not (named and list(seen.values()) == [True, False, False, True]))
PY
