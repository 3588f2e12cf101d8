#!/usr/bin/env bash
# Guess: what passes for a permission set's inline policy or an attribute mapping in cfn-lint, Identity Center can use.
# What happens: an InlinePolicy that is an object, or a string of JSON, is checked down to its effects; one that is a string
#   and no JSON passes. A session of fifteen hours, or of a year, is a fine SessionDuration. An attribute mapping may name
#   one key twice and take its value from the bare word department, which is no ${path:..} of anything. A second source or
#   a 51st key is refused, so the schema does count.
# Versions: cfn-lint 1.58.0.
# Why it matters: a mapping without a usable source sends no session tag, and every policy that asks for the tag denies. The
#   review that ends with a green linter has not looked at it.
# Source: the schema of CloudFormation's registry that cfn-lint carries; documented limits of sessions: one to twelve hours.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" cfn-lint==1.58.0
PYTHONPATH="$dir" python3 - <<'PY'
import importlib.metadata, json, sys, cfnlint
from cfnlint.api import ManualArgs
instance = {"InstanceArn": "arn:aws:sso:::instance/ssoins-1111111111111111"}

def lint(kind, **properties):
    template = {"AWSTemplateFormatVersion": "2010-09-09",
                "Resources": {"It": {"Type": f"AWS::SSO::{kind}", "Properties": {**instance, **properties}}}}
    return sorted({match.rule.id for match in cfnlint.lint(json.dumps(template), config=ManualArgs(regions=["eu-west-1"]))})

def permission_set(**properties):
    return lint("PermissionSet", Name="Ops", **properties)

def mapping(*attributes):
    return lint("InstanceAccessControlAttributeConfiguration",
                AccessControlAttributes=[{"Key": key, "Value": {"Source": sources}} for key, sources in attributes])

broken, path = {"Version": "2012-10-17", "Statement": [{"Effect": "Permit"}]}, ["${path:enterprise.department}"]
seen = {
    "broken policy, object": permission_set(InlinePolicy=broken),
    "broken policy, string": permission_set(InlinePolicy=json.dumps(broken)),
    "no policy at all, string": permission_set(InlinePolicy="allow everything please"),
    "PT15H": permission_set(SessionDuration="PT15H"),
    "P1Y": permission_set(SessionDuration="P1Y"),
    "one key twice": mapping(("Department", path), ("Department", path)),
    "bare word as source": mapping(("Department", ["department"])),
    "two sources": mapping(("Department", path * 2)),
    "51 keys": mapping(*((f"Key{n}", path) for n in range(51))),
}
print("cfn-lint", importlib.metadata.version("cfn-lint"))
for name, rules in seen.items():
    print(f"  {name:25} {rules or 'accepts'}")
sys.exit([name for name, rules in seen.items() if rules] != ["broken policy, object", "broken policy, string", "two sources", "51 keys"])
PY
