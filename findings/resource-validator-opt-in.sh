#!/usr/bin/env bash
# Guess: the pydantic models of aws-resource-validator, generated this year for every service, check what they are given.
# What happens: built the usual way they check the enums only: an account "production", an ARN of "x" and a misspelled TargetID
#   are all accepted. With the context aws_validate_patterns they check, and then the key of an attribute mapping, a right
#   one too, raises re.error, because the pattern has \p{L}; and an instance of the aws-eusc partition is refused, where the
#   model in botocore takes it.
# Versions: aws-resource-validator-sso-admin 2.6.0, botocore 1.44.8.
# Why it matters: a request to Identity Center that "validated" was not looked at, and the one object that ABAC is made of cannot
#   be looked at.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" aws-resource-validator-sso-admin==2.6.0 botocore==1.44.8
PYTHONPATH="$dir" python3 - <<'PY'
import importlib.metadata, re, sys, botocore.session
from aws_resource_validator.pydantic_models.sso_admin import sso_admin_classes as models
instance = "arn:aws:sso:::instance/ssoins-1111111111111111"
right = {"InstanceArn": instance, "PermissionSetArn": instance.replace("instance", "permissionSet") + "/ps-1111111111111111",
         "TargetType": "AWS_ACCOUNT", "TargetId": "111122223333", "PrincipalType": "USER",
         "PrincipalId": "11111111-1111-1111-1111-111111111111"}

def outcome(model, value, checked):
    try:
        model.model_validate(value, context={"aws_validate_patterns": True}) if checked else model(**value)
        return "accepted"
    except (ValueError, re.error) as error:
        return type(error).__name__

assignment, attribute = models.CreateAccountAssignmentRequestTypeDef, models.AccessControlAttributeTypeDef
cases = {
    "right": (assignment, right), "account production": (assignment, {**right, "TargetId": "production"}),
    "ARN of x": (assignment, {**right, "InstanceArn": "x"}), "misspelled": (assignment, {**right, "TargetID": "1"}),
    "aws-eusc": (assignment, {**right, "InstanceArn": instance.replace("aws:", "aws-eusc:")}),
    "right mapping": (attribute, {"Key": "Department", "Value": {"Source": ["${path:enterprise.department}"]}}),
}
print("aws-resource-validator-sso-admin", importlib.metadata.version("aws-resource-validator-sso-admin"))
seen = {}
for name, (model, value) in cases.items():
    seen[name] = outcome(model, value, False), outcome(model, value, True)
    print(f"  {name:19} as built: {seen[name][0]:9} with the context: {seen[name][1]}")
model = botocore.session.get_session().get_component("data_loader").load_service_model("sso-admin", "service-2")
pattern = model["shapes"]["InstanceArn"]["pattern"]
expected = ["accepted", "ValidationError", "ValidationError", "accepted", "ValidationError", "error"]
sys.exit(not (all(built == "accepted" for built, _ in seen.values()) and [checked for _, checked in seen.values()] == expected
              and re.fullmatch(pattern, cases["aws-eusc"][1]["InstanceArn"])))
PY
