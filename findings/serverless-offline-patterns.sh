#!/usr/bin/env bash
# Guess: the local EventBridge of the Serverless Framework agrees with AWS on anything-but, and reads any field name.
# What happens: {"anything-but": ["x"]} matches an event that has no such field at all, {"anything-but": {"prefix": "Access"}} matches
#   AccessDenied, and a field below detail with a hyphen in its name raises "Lexical error", for it becomes a JSONPath.
#   moto says no to the first two and finds the third.
# Versions: serverless-offline-aws-eventbridge 2.2.4 (its matcher, called directly), moto 5.2.5.
# Why it matters: most CloudTrail records have no errorCode. A rule for "every error but throttling" takes all of them here, and
#   x-amz-id-2 and its like are CloudTrail's own field names.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" serverless-offline-aws-eventbridge@2.2.4
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" moto==5.2.5 boto3==1.44.8
cat >"$dir/cases.json" <<'JSON'
{"event": {"detail": {"errorCode": "AccessDenied", "additionalEventData": {"x-amz-id-2": "abc"}}},
 "cases": [["detail.errorMessage", {"anything-but": ["x"]}], ["detail.errorCode", {"anything-but": {"prefix": "Access"}}],
           ["detail.additionalEventData.x-amz-id-2", "abc"], ["detail.errorCode", "AccessDenied"]]}
JSON
cd "$dir" && node --no-warnings - <<'JS'
const plugin = require("serverless-offline-aws-eventbridge"), { event, cases } = require(process.cwd() + "/cases.json");
const matcher = Object.assign(Object.create((plugin.default ?? plugin).prototype), { logDebug() {} });
const seen = cases.map(([field, choice]) => {
  try {
    return String(matcher.verifyIfValueMatchesEventBridgePattern(event, field, choice));
  } catch (error) {
    return error.message.slice(0, 13);
  }
});
console.log("serverless-offline-aws-eventbridge", require("serverless-offline-aws-eventbridge/package.json").version, seen.join(", "));
process.exit(seen.join() === "true,true,Lexical error,true" ? 0 : 1);
JS
PYTHONPATH="$dir" python3 - <<'PY'
import importlib.metadata, json, sys
from moto.events.models import EventPattern
given, seen = json.load(open("cases.json")), []
for field, choice in given["cases"]:
    pattern = [choice]
    for name in reversed(field.split(".")):
        pattern = {name: pattern}
    seen.append(EventPattern.load(json.dumps(pattern)).matches_event(given["event"]))
print("moto", importlib.metadata.version("moto"), seen)
sys.exit(seen != [False, False, True, True])
PY
