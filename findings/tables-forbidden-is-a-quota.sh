#!/usr/bin/env bash
# Guess: an error that a service model gives HTTP 403 is a denial, so the models tell which codes are denials.
# What happens: of the 45 codes with HTTP 403 in botocore's models nine are quotas on things (SNS TopicLimitExceeded,
#   EFS FileSystemLimitExceeded, RDS DBClusterQuotaExceededFault), Organizations and DMS model denials without a status, and
#   HTTP 429 is given to quotas too (cloudwatch ConcurrentModificationException is no rate either).
# Versions: botocore 1.44.8.
# Why it matters: whoever picks denials by status alarms on quotas, and misses AccessDeniedForDependencyException.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -q --no-compile --target "$dir" botocore==1.44.8
PYTHONPATH="$dir" python3 - <<'PY'
import sys, botocore, botocore.loaders
loader = botocore.loaders.Loader()
statuses = {}
for service in loader.list_available_services("service-2"):
    for name, shape in loader.load_service_model(service, "service-2")["shapes"].items():
        if shape.get("exception"):
            error = shape.get("error", {})
            statuses.setdefault(error.get("code", name), set()).add(error.get("httpStatusCode"))
forbidden = sorted(code for code, found in statuses.items() if 403 in found)
quotas = [code for code in forbidden if "Quota" in code or "LimitExceeded" in code]
without = [code for code in ("AccessDeniedForDependencyException", "AccessDeniedFault") if statuses[code] == {None}]
print("botocore", botocore.__version__, len(forbidden), "codes with 403;", len(quotas), "quotas:", quotas, "| denials without one:", without)
print("ConcurrentModificationException", sorted(status for status in statuses["ConcurrentModificationException"] if status))
sys.exit(not (len(quotas) >= 9 and "TopicLimitExceeded" in quotas and len(without) == 2 and 429 in statuses["ConcurrentModificationException"]))
PY
