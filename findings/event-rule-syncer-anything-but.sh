#!/usr/bin/env bash
# Guess: a local evaluator that documents anything-but with lists leaves out what the list names.
# What happens: aws-eventbridge-rule-syncer compares the value with the list as a whole. {"anything-but": ["AccessDenied"]}
#   matches AccessDenied, while {"anything-but": "AccessDenied"} does not. {"exists": false} on a field of an object that is
#   missing altogether does not match, where moto's does.
# Versions: aws-eventbridge-rule-syncer 3.1.0, moto 5.2.5.
# Why it matters: "every error but these" and "no error at all" are the usual ways to split a stream of CloudTrail events.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" moto==5.2.5 boto3==1.44.8 aws-eventbridge-rule-syncer==3.1.0
PYTHONPATH="$dir" python3 - <<'PY'
import importlib.metadata, json, sys
from aws_eventbridge_rules_syncer.rule_engine import match_pattern
from moto.events.models import EventPattern
event = {"source": "aws.s3", "detail": {"errorCode": "AccessDenied"}}
patterns = {
    "list of one": {"detail": {"errorCode": [{"anything-but": ["AccessDenied"]}]}},
    "scalar": {"detail": {"errorCode": [{"anything-but": "AccessDenied"}]}},
    "no such field": {"detail": {"errorMessage": [{"exists": False}]}},
    "no such object": {"detail": {"tlsDetails": {"cipherSuite": [{"exists": False}]}}},
}
print(*(f"{name} {importlib.metadata.version(name)}" for name in ("aws-eventbridge-rule-syncer", "moto")))
seen = {}
for name, pattern in patterns.items():
    seen[name] = match_pattern(pattern, event), EventPattern.load(json.dumps(pattern)).matches_event(event)
    print(f"  {name:15} rule syncer {seen[name][0]!s:5} moto {seen[name][1]}")
sys.exit(list(seen.values()) != [(True, False), (False, False), (True, True), (False, True)])
PY
