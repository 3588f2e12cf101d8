#!/usr/bin/env bash
# Guess: tools that read ARNs know the partition of the European Sovereign Cloud, aws-eusc, which boto3 lists with a Region of
#   Identity Center, as they know aws-us-gov and aws-cn.
# What happens: parliament calls the ARN invalid ("Unexpected partition"), link2aws throws. Both take aws-us-gov. botocore's
#   models and cfn-lint are ready: their patterns name no partition.
# Versions: parliament 1.6.4, link2aws 1.0.26, botocore 1.44.8.
# Why it matters: userIdentity.arn of every record from that partition has it. A reader that splits records by the three
#   partitions it grew up with drops them or raises on them.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" parliament==1.6.4 botocore==1.44.8
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" link2aws@1.0.26
PYTHONPATH="$dir" python3 - <<'PY'
import json, sys, botocore.session, parliament
session = botocore.session.get_session()
print("identitystore Regions in aws-eusc:", session.get_available_regions("identitystore", "aws-eusc"))
seen = {}
for partition in "aws", "aws-us-gov", "aws-eusc":
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:{partition}:s3:::reports/*"}]}
    seen[partition] = [(finding.issue, finding.detail) for finding in parliament.analyze_policy_string(json.dumps(policy)).findings]
    print("parliament", parliament.__version__, partition, seen[partition] or "no finding")
sys.exit(list(seen.values()) != [[], [], [("INVALID_ARN", "Unexpected partition")]])
PY
cd "$dir" && node - <<'JS'
const { ARN } = require("link2aws");
const link = (partition) => {
  try { return new ARN(`arn:${partition}:iam::111122223333:role/Ops`).consoleLink; } catch (error) { return error.message; }
};
const seen = ["aws", "aws-us-gov", "aws-eusc"].map(link);
console.log("link2aws", require("link2aws/package.json").version, seen);
process.exit(seen[1].startsWith("https://") && seen[2].includes("partition: aws-eusc") ? 0 : 1);
JS
