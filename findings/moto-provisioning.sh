#!/usr/bin/env bash
# Guess: moto's Identity Center keeps the books that the API's model describes: an assignment provisions its permission set
#   to the account, and ProvisionPermissionSet provisions it to the account that was named.
# What happens: after a successful CreateAccountAssignment, moto lists no permission set for that account and no account for
#   that permission set, though the assignment itself is listed. ProvisionPermissionSet with TargetId 111122223333 answers
#   SUCCEEDED for account 123456789012, moto's own, and lists the permission set there and not where it was asked for.
# Versions: moto 5.2.5, boto3 1.44.8.
# Why it matters: a test on moto of "is this permission set provisioned where it is assigned?" is red for a healthy account,
#   and a test that a repair reached the right account passes or fails by the number of moto's account.
# Source: the model's text on CreateAccountAssignment, printed below.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" moto==5.2.5 boto3==1.44.8 botocore==1.44.8
export AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_DEFAULT_REGION=eu-west-1
PYTHONPATH="$dir" python3 - <<'PY'
import re, sys, boto3, moto
account = "111122223333"
with moto.mock_aws():
    sso = boto3.client("sso-admin")
    instance = {"InstanceArn": sso.list_instances()["Instances"][0]["InstanceArn"]}
    one = {**instance, "PermissionSetArn": sso.create_permission_set(**instance, Name="Ops")["PermissionSet"]["PermissionSetArn"]}
    assigned = sso.create_account_assignment(**one, TargetType="AWS_ACCOUNT", TargetId=account, PrincipalType="USER",
        PrincipalId="11111111-1111-1111-1111-111111111111")["AccountAssignmentCreationStatus"]["Status"]
    assignments = sso.list_account_assignments(**one, AccountId=account)["AccountAssignments"]
    provisioned = sso.list_permission_sets_provisioned_to_account(**instance, AccountId=account)["PermissionSets"]
    accounts = sso.list_accounts_for_provisioned_permission_set(**one)["AccountIds"]
    status = sso.provision_permission_set(**one, TargetType="AWS_ACCOUNT", TargetId=account)["PermissionSetProvisioningStatus"]
    after = sso.list_accounts_for_provisioned_permission_set(**one)["AccountIds"]
    text = sso.meta.service_model.operation_model("CreateAccountAssignment").documentation
print("model:", re.search(r"As part of[^.]*\.", re.sub("<[^>]+>", "", text)).group())
print("moto", moto.__version__, "assignment", assigned, "listed", len(assignments), "provisioned", provisioned, accounts)
print("provision", account, "->", status["Status"], status["AccountId"], "now provisioned to", after)
sys.exit(not (assigned == "SUCCEEDED" and len(assignments) == 1 and provisioned == [] and accounts == []
              and status["AccountId"] == "123456789012" and after == ["123456789012"]))
PY
