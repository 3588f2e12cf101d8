#!/usr/bin/env bash
# Guess: moto refuses what the model of Identity Center has a ConflictException for: a second permission set of a name, and
#   the deletion of one that is still assigned.
# What happens: three permission sets may be called Ops, Ops and OPS, each with its own ARN, and the one that is assigned can
#   be deleted. Its assignment stays listed, points at an ARN that is gone, and can still be deleted with success.
# Versions: moto 5.2.5, boto3 1.44.8.
# Why it matters: code that finds a permission set by the name in a role (AWSReservedSSO_NAME_...) looks sound on moto only as
#   long as nobody makes a second one, and the order in which a tear-down has to go is never tried.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" moto==5.2.5 boto3==1.44.8 botocore==1.44.8
export AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_DEFAULT_REGION=eu-west-1
PYTHONPATH="$dir" python3 - <<'PY'
import sys, boto3, moto
with moto.mock_aws():
    sso = boto3.client("sso-admin")
    errors = {call: [shape.name for shape in sso.meta.service_model.operation_model(call).error_shapes
                     if shape.name == "ConflictException"] for call in ("CreatePermissionSet", "DeletePermissionSet")}
    instance = {"InstanceArn": sso.list_instances()["Instances"][0]["InstanceArn"]}
    arns = [sso.create_permission_set(**instance, Name=name)["PermissionSet"]["PermissionSetArn"] for name in ("Ops", "Ops", "OPS")]
    one = {**instance, "PermissionSetArn": arns[0]}
    assignment = dict(one, TargetType="AWS_ACCOUNT", TargetId="111122223333", PrincipalType="USER",
                      PrincipalId="11111111-1111-1111-1111-111111111111")
    sso.create_account_assignment(**assignment)
    sso.delete_permission_set(**one)
    left = sso.list_permission_sets(**instance)["PermissionSets"]
    orphans = sso.list_account_assignments(**one, AccountId="111122223333")["AccountAssignments"]
    gone = sso.delete_account_assignment(**assignment)["AccountAssignmentDeletionStatus"]["Status"]
print("modelled errors", errors)
print("moto", moto.__version__, "permission sets made", len(set(arns)), "left", len(left), "orphaned assignments", len(orphans), gone)
sys.exit(not (all(errors.values()) and len(set(arns)) == 3 and arns[0] not in left and len(orphans) == 1 and gone == "SUCCEEDED"))
PY
