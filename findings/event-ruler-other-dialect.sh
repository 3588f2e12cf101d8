#!/usr/bin/env bash
# Guess: the PyPI package event-ruler, made to test EventBridge patterns, reads EventBridge's patterns.
# What happens: it reads exact values, anything-but with a list, and exists, but answers "invalid pattern" to prefix, suffix,
#   wildcard, numeric, $or, anything-but with a single value, and to {"exists": false} beside another choice: the matcher
#   inside speaks a dialect of its own.
# Versions: event-ruler 0.3.0.
# Why it matters: its answer "invalid" says nothing about what AWS takes. A rule for CloudTrail denials needs three of these.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" event-ruler==0.3.0
PYTHONPATH="$dir" python3 - <<'PY'
import json, sys
from event_ruler.event_ruler import test_event_pattern
event = json.dumps({"source": "aws.s3", "detail": {"errorCode": "AccessDenied", "count": 5}})
patterns = {
    "exact": {"errorCode": ["AccessDenied"]},
    "anything-but list": {"errorCode": [{"anything-but": ["Throttling"]}]},
    "exists": {"errorCode": [{"exists": True}]},
    "prefix": {"errorCode": [{"prefix": "Access"}]},
    "suffix": {"errorCode": [{"suffix": "Denied"}]},
    "wildcard": {"errorCode": [{"wildcard": "*Denied*"}]},
    "numeric": {"count": [{"numeric": [">", 4]}]},
    "or": {"$or": [{"errorCode": ["AccessDenied"]}, {"count": [1]}]},
    "anything-but one": {"errorCode": [{"anything-but": "Throttling"}]},
    "absent or equal": {"errorCode": [{"exists": False}, "AccessDenied"]},
}
seen = {}
for name, detail in patterns.items():
    try:
        seen[name] = test_event_pattern(event, json.dumps({"detail": detail}))
    except RuntimeError as error:
        seen[name] = str(error)
    print(f"  {name:18} {seen[name]}")
sys.exit(list(seen.values()) != [True] * 3 + ["invalid pattern"] * 7)
PY
