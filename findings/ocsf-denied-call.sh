#!/usr/bin/env bash
# Guess: two OCSF libraries of this year agree on the record that Security Lake makes of a denied call.
# What happens: pydantic-ocsf takes the API Activity record (class 6003, version 1.1.0), with the models of 1.7.0 too, and with "stauts" for
#   status. ocsfkit's lint warns that it knows neither the class 6003 nor the version, and calls it an error that
#   class_name is missing, which the other library's models, made from the OCSF schema, do not ask for.
# Versions: pydantic-ocsf 3.0.0, ocsfkit 0.9.0.
# Why it matters: 6003 is what every management event of CloudTrail becomes in Security Lake. A pipeline that is "linted for OCSF" has an
#   error for each of them, and one that is "validated" lets a misspelled status through.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" pydantic-ocsf==3.0.0 ocsfkit==0.9.0
PYTHONPATH="$dir" python3 -W ignore - <<'PY'
import importlib.metadata, sys
from ocsf.v1_1_0.events import ApiActivity as old
from ocsf.v1_7_0.events import ApiActivity as new
from ocsfkit.registry import lint_event
record = {
    "class_uid": 6003, "category_uid": 6, "type_uid": 600302, "activity_id": 2, "severity_id": 1, "time": 1793520000000,
    "metadata": {"version": "1.1.0", "product": {"name": "CloudTrail", "vendor_name": "AWS"}, "profiles": ["cloud"]},
    "cloud": {"provider": "AWS", "region": "eu-west-1"}, "src_endpoint": {"ip": "192.0.2.1"}, "status": "Failure", "status_id": 2,
    "api": {"operation": "GetObject", "service": {"name": "s3.amazonaws.com"}, "response": {"error": "AccessDenied"}},
    "actor": {"user": {"type": "AssumedRole", "uid": "AROA00000000000000000:jane@example.com"}}, "unmapped": {"eventType": "AwsApiCall"}}
misspelled = {("stauts" if key == "status" else key): value for key, value in record.items()}

def takes(model, event):
    try:
        model.model_validate(event)
        return True
    except ValueError:
        return False

seen = {"1.1.0": takes(old, record), "1.7.0": takes(new, record), "misspelled": takes(old, misspelled)}
issues = [(issue.level, issue.path, issue.message) for issue in lint_event(record)]
print("pydantic-ocsf", importlib.metadata.version("pydantic-ocsf"), "takes the record:", seen)
print("ocsfkit", importlib.metadata.version("ocsfkit"))
for issue in issues:
    print("  ", *issue)
paths = {path for level, path, _ in issues if level == "error"}
sys.exit(not (all(seen.values()) and paths == {"class_name"} and any("Unknown OCSF class_uid" in text for *_, text in issues)))
PY
