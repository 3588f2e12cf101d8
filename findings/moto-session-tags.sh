#!/usr/bin/env bash
# Guess: moto's AssumeRole refuses the session tags that STS cannot carry, or at least says how full the session is.
# What happens: it takes "R&D", a value of 300 characters, sixty tags, and Department beside department, and answers
#   PackedPolicySize 6 to everything, the same as for no tags.
# Versions: moto 5.2.5, boto3 1.44.8.
# Why it matters: a role chain that fails on AWS with ValidationError or PackedPolicyTooLarge is green in tests, and a warning at
#   80 percent of the packed size can never be seen to fire.
# Source: the pattern and lengths in the model of sts, printed below; IAM User Guide, "Pass session tags in AWS STS": keys that
#   differ only by case are one key.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" moto==5.2.5 boto3==1.44.8 botocore==1.44.8
export AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_DEFAULT_REGION=us-east-1
PYTHONPATH="$dir" python3 - <<'PY'
import sys, boto3, moto
cases = {
    "none": [], "R&D": [("Department", "R&D")], "300 characters": [("Department", "x" * 300)],
    "sixty": [(f"Key{number}", "value") for number in range(60)], "two cases": [("Department", "a"), ("department", "b")],
}
seen = {}
with moto.mock_aws():
    sts = boto3.client("sts")
    value, tags = (sts.meta.service_model.shape_for(name) for name in ("tagValueType", "tagListType"))
    for name, pairs in cases.items():
        seen[name] = sts.assume_role(RoleArn="arn:aws:iam::111122223333:role/Reports", RoleSessionName="jane",
            Tags=[{"Key": key, "Value": text} for key, text in pairs])["PackedPolicySize"]
print("model: value", value.metadata["pattern"], "at most", value.metadata["max"], "| tags at most", tags.metadata["max"])
print("moto", moto.__version__, "PackedPolicySize", seen)
sys.exit(not (set(seen.values()) == {6} and value.metadata["max"] == 256 and tags.metadata["max"] == 50))
PY
