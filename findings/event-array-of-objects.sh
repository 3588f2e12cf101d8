#!/usr/bin/env bash
# Guess: three matchers of EventBridge patterns agree on a pattern with two plain fields.
# What happens: not when the event has an array of objects, as CloudTrail's resources is. Asked for an object that has both
#   values, and for two values of two different objects, LocalStack says yes to both, event-ruler (PyPI) only to the first,
#   moto to neither: it never looks into objects of an array. AWS's Ruler says yes to the first only.
# Versions: localstack-core 2026.3.0, moto 5.2.5, event-ruler 0.3.0.
# Why it matters: {"resources": {"type": ["AWS::S3::Bucket"], "accountId": ["111122223333"]}} is how a rule singles out
#   buckets of one account. Tested on moto it never fires, on LocalStack it fires for somebody else's bucket.
# Source: the README of aws/event-ruler, "JSON Array Matching".
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" moto==5.2.5 boto3==1.44.8 event-ruler==0.3.0
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" --no-deps localstack-core==2026.3.0
PYTHONPATH="$dir" python3 - <<'PY'
import importlib.metadata, json, sys, types
# The engine needs one exception class of LocalStack's API layer; the rest of LocalStack is left out.
for name in "localstack.aws", "localstack.aws.api", "localstack.aws.api.events":
    sys.modules[name] = types.ModuleType(name)
sys.modules["localstack.aws.api.events"].InvalidEventPatternException = ValueError
from event_ruler.event_ruler import test_event_pattern
from localstack.services.events.event_rule_engine import EventPatternCompiler, EventRuleEngine
from moto.events.models import EventPattern

event = {"detail": {"resources": [{"type": "AWS::S3::Object", "accountId": "111122223333"},
                                  {"type": "AWS::S3::Bucket", "accountId": "444455556666"}]}}
seen = {}
for name, account in ("one object", "444455556666"), ("two objects", "111122223333"):
    pattern = json.dumps({"detail": {"resources": {"type": ["AWS::S3::Bucket"], "accountId": [account]}}})
    seen[name] = {
        "LocalStack": EventRuleEngine().evaluate_pattern_on_event(EventPatternCompiler().compile_event_pattern(pattern), event),
        "event-ruler": test_event_pattern(json.dumps(event), pattern),
        "moto": EventPattern.load(pattern).matches_event(event),
    }
print(*(f"{name} {importlib.metadata.version(name)}" for name in ("localstack-core", "moto", "event-ruler")))
for name, answers in seen.items():
    print(" ", name, answers)
sys.exit([list(answers.values()) for answers in seen.values()] != [[True, True, False], [True, False, False]])
PY
