#!/usr/bin/env bash
# Guess: a tool that makes a policy of what CloudTrail saw somebody do leaves out what they were not let do.
# What happens: trailscraper never looks at errorCode. A DeleteBucket that ended in AccessDenied becomes an Allow of s3:DeleteBucket
#   on everything, beside the calls that succeeded.
# Versions: trailscraper 0.10.0.
# Why it matters: the generated policy is called least privilege and gives away exactly what the existing one refuses. Records with
#   an error code have to be taken out first.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" trailscraper==0.10.0
PYTHONPATH="$dir" python3 - <<'PY'
import importlib.metadata, json, sys
from trailscraper.cloudtrail import parse_records
from trailscraper.policy_generator import generate_policy
common = {"eventVersion": "1.11", "eventTime": "2026-11-01T08:00:00Z", "awsRegion": "eu-west-1", "eventSource": "s3.amazonaws.com",
          "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/jane"}}
records = [{**common, "eventName": "GetBucketPolicy"},
           {**common, "eventName": "DeleteBucket", "errorCode": "AccessDenied", "errorMessage": "Access Denied"}]
policy = json.loads(generate_policy(parse_records(records)).to_json())
print("trailscraper", importlib.metadata.version("trailscraper"), json.dumps(policy["Statement"]))
sys.exit(policy["Statement"] != [{"Effect": "Allow", "Action": ["s3:DeleteBucket", "s3:GetBucketPolicy"], "Resource": ["*"]}])
PY
