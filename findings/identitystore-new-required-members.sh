#!/usr/bin/env bash
# Guess: new members of an API's answer never break a caller, so a test that stubs DescribeUser with an id and a name goes on.
# What happens: Identity Store's model of 2026 says that every answer has UserArn and Revision, and botocore's Stubber holds
#   canned answers to it: the stub is refused with ParamValidationError. moto 5.2.5 sends neither member, and boto3 does not
#   mind, so the same test passes on moto and fails on the Stubber.
# Versions: boto3 1.40.1 takes the stub, boto3 1.44.8 does not; moto 5.2.5.
# Why it matters: code that reads UserArn or Revision because the model calls them required meets a KeyError on an emulator,
#   and a tool that pins the conditional UpdateUser(Revision) cannot be tried there.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir/old" boto3==1.40.1 botocore==1.40.1
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir/new" boto3==1.44.8 botocore==1.44.8 moto==5.2.5
export AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_DEFAULT_REGION=eu-west-1
for age in old new; do
  PYTHONPATH="$dir/$age" python3 - "$age" <<'PY'
import sys, boto3
from botocore.exceptions import ParamValidationError
from botocore.stub import Stubber
store, user = "d-1234567890", "11111111-1111-1111-1111-111111111111"
client = boto3.client("identitystore")
try:
    Stubber(client).add_response("describe_user", {"IdentityStoreId": store, "UserId": user, "UserName": "jane"})
    stub = "taken"
except ParamValidationError as error:
    stub = "refused: " + ", ".join(line.split('"')[1] for line in str(error).splitlines() if '"' in line)
print("boto3", boto3.__version__, "stub", stub)
if sys.argv[1] == "old":
    sys.exit(stub != "taken")
import moto
with moto.mock_aws():
    client = boto3.client("identitystore")
    user = client.create_user(IdentityStoreId=store, UserName="jane", DisplayName="Jane",
                              Name={"GivenName": "Jane", "FamilyName": "Doe"})["UserId"]
    found = client.describe_user(IdentityStoreId=store, UserId=user)
    required = client.meta.service_model.operation_model("DescribeUser").output_shape.required_members
missing = sorted(set(required) - set(found))
print("moto", moto.__version__, "answers without", missing)
sys.exit(not (stub == "refused: UserArn, Revision" and missing == ["Revision", "UserArn"]))
PY
done
