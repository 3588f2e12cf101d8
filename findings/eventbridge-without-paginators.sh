#!/usr/bin/env bash
# Guess: an SDK that has a paginator for every List call of Identity Center has them for EventBridge.
# What happens: the JavaScript client of EventBridge exports not one paginator, though ListRules, ListTargetsByRule and ten more
#   answer with NextToken. boto3 has three, and none for ListEventBuses or ListArchives. The clients of Identity Center and
#   Identity Store have all of theirs.
# Versions: @aws-sdk/client-eventbridge 3.1169.0, @aws-sdk/client-sso-admin 3.1138.0, boto3 1.44.8.
# Why it matters: code that asks "is there a rule on AccessDenied in this account?" with one ListRules call reads the first page
#   and says no.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" boto3==1.44.8 botocore==1.44.8
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" \
  @aws-sdk/client-eventbridge@3.1169.0 @aws-sdk/client-sso-admin@3.1138.0
cd "$dir" && node --no-warnings - <<'JS'
const count = (name) => Object.keys(require(name)).filter((key) => key.startsWith("paginate")).length;
const seen = ["@aws-sdk/client-eventbridge", "@aws-sdk/client-sso-admin"].map(count);
console.log("paginators in JavaScript: client-eventbridge", seen[0], "client-sso-admin", seen[1]);
process.exit(seen[0] === 0 && seen[1] > 15 ? 0 : 1);
JS
PYTHONPATH="$dir" python3 - <<'PY'
import sys, boto3
seen = {}
for service in "events", "sso-admin", "identitystore":
    client = boto3.client(service, "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    paged = [name for name in client.meta.service_model.operation_names if name.startswith("List")
             and "NextToken" in client.meta.service_model.operation_model(name).output_shape.members]
    methods = {operation: method for method, operation in client.meta.method_to_api_mapping.items()}
    seen[service] = [name for name in paged if not client.can_paginate(methods[name])]
    print("boto3", boto3.__version__, service, "List calls with NextToken", len(paged), "without paginator", seen[service])
sys.exit(not ({"ListEventBuses", "ListArchives"} <= set(seen["events"]) and seen["sso-admin"] == seen["identitystore"] == []))
PY
