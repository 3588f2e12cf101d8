#!/usr/bin/env bash
# Guess: the star of an EventBridge wildcard may stand for nothing, in every emulator as on AWS.
# What happens: in LocalStack's rule engine a star needs one character at least. {"wildcard": "AccessDenied*"} matches
#   AccessDeniedException and not AccessDenied; {"wildcard": "*UnauthorizedOperation"} matches Client.UnauthorizedOperation
#   and not UnauthorizedOperation. moto matches all four.
# Versions: localstack-core 2026.3.0, moto 5.2.5.
# Why it matters: these are the two patterns that everybody writes to catch denials in CloudTrail, whose error codes come with
#   and without prefix and suffix. Tried on LocalStack, the rule loses the plain spelling; on AWS it gets it.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" moto==5.2.5 boto3==1.44.8
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" --no-deps localstack-core==2026.3.0
PYTHONPATH="$dir" python3 - <<'PY'
import importlib.metadata, json, sys, types
# The engine needs one exception class of LocalStack's API layer; the rest of LocalStack is left out.
for name in "localstack.aws", "localstack.aws.api", "localstack.aws.api.events":
    sys.modules[name] = types.ModuleType(name)
sys.modules["localstack.aws.api.events"].InvalidEventPatternException = ValueError
from localstack.services.events.event_rule_engine import EventPatternCompiler, EventRuleEngine
from moto.events.models import EventPattern

cases = [("AccessDenied*", "AccessDeniedException"), ("AccessDenied*", "AccessDenied"),
         ("*UnauthorizedOperation", "Client.UnauthorizedOperation"), ("*UnauthorizedOperation", "UnauthorizedOperation")]
seen = []
print("localstack-core", importlib.metadata.version("localstack-core"), "moto", importlib.metadata.version("moto"))
for wildcard, code in cases:
    pattern, event = json.dumps({"detail": {"errorCode": [{"wildcard": wildcard}]}}), {"detail": {"errorCode": code}}
    localstack = EventRuleEngine().evaluate_pattern_on_event(EventPatternCompiler().compile_event_pattern(pattern), event)
    seen.append((localstack, EventPattern.load(pattern).matches_event(event)))
    print(f"  {wildcard:24} {code:30} LocalStack {seen[-1][0]!s:5} moto {seen[-1][1]}")
sys.exit(seen != [(True, True), (False, True), (True, True), (False, True)])
PY
