#!/usr/bin/env bash
# Guess: a policy linter reads a condition value that is a JSON number, as in {"NumericLessThan": {"aws:MultiFactorAuthAge": 3600}}.
# What happens: parliament raises TypeError for the number and finds nothing wrong with the same policy and "3600" in quotes.
#   A Boolean without quotes is fine.
# Versions: parliament 1.6.4.
# Why it matters: IAM takes both spellings, AWS's own examples have both, and a scan over an account's policies stops at the
#   first one of a colleague who left the quotes out.
# Source: IAM User Guide, "Grammar of the IAM JSON policy language": a condition value is a string, a number or a Boolean.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" parliament==1.6.4
PYTHONPATH="$dir" python3 - <<'PY'
import json, sys, parliament
seen = []
for condition in ({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}, {"Bool": {"aws:SecureTransport": True}},
                  {"NumericLessThan": {"aws:MultiFactorAuthAge": 3600}}):
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*", "Condition": condition}]}
    try:
        seen.append([finding.issue for finding in parliament.analyze_policy_string(json.dumps(policy)).findings])
    except TypeError as error:
        seen.append(f"TypeError: {error}")
    print("parliament", parliament.__version__, json.dumps(condition), "->", seen[-1] or "no finding")
sys.exit(not (seen[:2] == [[], []] and str(seen[2]).startswith("TypeError")))
PY
