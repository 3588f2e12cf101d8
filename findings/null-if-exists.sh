#!/usr/bin/env bash
# Guess: policy linters know the one operator that cannot have IfExists.
# What happens: parliament and cfn-lint both take {"NullIfExists": ...}. Both refuse a misspelled operator, so they do look.
# Versions: parliament 1.6.4, cfn-lint 1.58.0.
# Why it matters: Null is how a policy asks "is this session tag there at all?". Written with IfExists by analogy, it passes
#   every check before deployment.
# Source: IAM User Guide, "IAM JSON policy elements: Condition operators": IfExists goes with any operator but Null.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" parliament==1.6.4 cfn-lint==1.58.0
PYTHONPATH="$dir" python3 - <<'PY'
import importlib.metadata, json, sys, cfnlint, parliament
from cfnlint.api import ManualArgs
seen = {}
for operator in "NullIfExists", "StringEqualz":
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::reports/*", "Condition": {operator: {"aws:PrincipalTag/Department": "true"}}}]}
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Policy": {
        "Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}}}
    seen[operator] = (bool(parliament.analyze_policy_string(json.dumps(document)).findings),
        bool(cfnlint.lint(json.dumps(template), config=ManualArgs(regions=["eu-west-1"]))))
print(*(f"{name} {importlib.metadata.version(name)}" for name in ("parliament", "cfn-lint")))
for operator, (one, other) in seen.items():
    print(f"  {operator:13} parliament {'objects' if one else 'accepts':8} cfn-lint {'objects' if other else 'accepts'}")
sys.exit(list(seen.values()) != [(False, False), (True, True)])
PY
