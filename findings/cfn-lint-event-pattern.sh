#!/usr/bin/env bash
# Guess: a linter that checks the state and the number of targets of an AWS::Events::Rule checks its pattern as well.
# What happens: cfn-lint knows the three states and refuses a sixth target, but takes a pattern with a bare string where a list
#   must be, with an empty list, with the operator "sufix", and with "detial" for "detail". moto, an emulator, refuses the
#   first two as EventBridge does, by InvalidEventPatternException.
# Versions: cfn-lint 1.58.0, moto 5.2.5.
# Why it matters: what EventBridge refuses comes up at deployment, late but surely. The misspelled field is refused by nobody:
#   it deploys, and is a rule that never fires. Nothing reports the denials that it was made for.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" cfn-lint==1.58.0 moto==5.2.5 boto3==1.44.8
PYTHONPATH="$dir" python3 - <<'PY'
import importlib.metadata, json, sys, cfnlint
from cfnlint.api import ManualArgs
from moto.events.models import EventPattern

def lint(**properties):
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Rule": {"Type": "AWS::Events::Rule", "Properties": {
        "EventPattern": {"source": ["aws.sso"]}, **properties}}}}
    return [match.rule.id for match in cfnlint.lint(json.dumps(template), config=ManualArgs(regions=["eu-west-1"]))]

def emulator(pattern):
    try:
        EventPattern.load(json.dumps(pattern))
        return "accepts"
    except Exception as error:
        return type(error).__name__

print(*(f"{name} {importlib.metadata.version(name)}" for name in ("cfn-lint", "moto")))
state, six = lint(State="ON"), lint(Targets=[{"Id": str(n), "Arn": "arn:aws:sqs:eu-west-1:111122223333:q"} for n in range(6)])
print("  state ON", state, "six targets", six)
seen = []
for pattern in ({"source": "aws.sso"}, {"source": []}, {"detail": {"errorCode": [{"sufix": "Denied"}]}},
                {"detial": {"errorCode": ["AccessDenied"]}}):
    seen.append((lint(EventPattern=pattern), emulator(pattern)))
    print(" ", json.dumps(pattern), "cfn-lint", seen[-1][0] or "accepts", "| moto", seen[-1][1])
refused = [said for _, said in seen][:2] == ["InvalidEventPatternException"] * 2
sys.exit(not (state and six and refused and not any(linted for linted, _ in seen)))
PY
