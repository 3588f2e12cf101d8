#!/usr/bin/env bash
# Guess: a linter that takes a policy variable in an ARN takes the same variable with a default value.
# What happens: parliament accepts arn:aws:s3:::reports/${aws:PrincipalTag/Department}/* for s3:GetObject, and says
#   RESOURCE_MISMATCH once the variable has a default, ${aws:PrincipalTag/Department, 'none'}, which is IAM's own way to write
#   what holds when the tag is missing.
# Versions: parliament 1.6.4.
# Why it matters: the default is the line that decides what a session without the tag may do. A check in CI that refuses it
#   teaches people to leave it out.
# Source: IAM User Guide, "IAM policy elements: Variables and tags", section on default values.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" parliament==1.6.4
PYTHONPATH="$dir" python3 - <<'PY'
import json, sys, parliament
seen = []
for variable in "${aws:PrincipalTag/Department}", "${aws:PrincipalTag/Department, 'none'}":
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::reports/{variable}/*"}]}
    seen.append([finding.issue for finding in parliament.analyze_policy_string(json.dumps(policy)).findings])
    print("parliament", parliament.__version__, variable, "->", seen[-1] or "no finding")
sys.exit(seen != [[], ["RESOURCE_MISMATCH"]])
PY
