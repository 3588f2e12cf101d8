#!/usr/bin/env bash
# Guess: an emulator that does not know a parameter says so.
# What happens: moto takes CreateUser with the enterprise extension (department, cost center), answers with an id, and has
#   forgotten the extension: DescribeUser returns none, asked for it by name or not. Other fields of the user come back.
# Versions: moto 5.2.5, boto3 1.44.8.
# Why it matters: these are the attributes that ABAC maps to session tags. On moto every user looks like one whose department
#   was never sent by the IdP, so a check for that cause is always red there, and one for a filled attribute never green.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" moto==5.2.5 boto3==1.44.8 botocore==1.44.8
export AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_DEFAULT_REGION=eu-west-1
PYTHONPATH="$dir" python3 - <<'PY'
import sys, boto3, moto
extension = "aws:identitystore:enterprise"
with moto.mock_aws():
    client, store = boto3.client("identitystore"), "d-1234567890"
    user = client.create_user(IdentityStoreId=store, UserName="jane", DisplayName="Jane", Title="Accountant",
        Name={"GivenName": "Jane", "FamilyName": "Doe"}, Extensions={extension: {"department": "Finance"}})["UserId"]
    found = client.describe_user(IdentityStoreId=store, UserId=user, Extensions=[extension])
    listed = client.list_users(IdentityStoreId=store, Extensions=[extension])["Users"][0]
print("moto", moto.__version__, "DescribeUser:", sorted(set(found) - {"ResponseMetadata"}), "ListUsers:", sorted(listed))
sys.exit(not (found["Title"] == "Accountant" and "Extensions" not in found and "Extensions" not in listed))
PY
