#!/usr/bin/env bash
# Guess: an account number in a template without quotes, TargetId: 012345670123, is that account or an error.
# What happens: cfn-flip and the loader of SAM's translator make 1402433619 of it, its value in base 8. cfn-lint reads the same and
#   complains of a number that is nowhere in the file; in the aws:ResourceAccount of an inline policy it finds nothing to
#   complain of. With an 8 or a 9 in it the number stays as it was.
# Versions: cfn-flip 1.3.0, aws-sam-translator 1.115.0, cfn-lint 1.58.0.
# Why it matters: one account in ten begins with a zero. A template that was converted names an account that nobody has, or a
#   policy condition compares with it and never holds, in the accounts whose digits happen to be below eight.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir/python" \
  cfn-flip==1.3.0 aws-sam-translator==1.115.0 cfn-lint==1.58.0
cd "$dir"
for account in 012345670123 012345678901; do
  cat >"$account.yaml" <<YAML
Resources:
  Assignment:
    Type: AWS::SSO::Assignment
    Properties:
      InstanceArn: arn:aws:sso:::instance/ssoins-1111111111111111
      PermissionSetArn: arn:aws:sso:::permissionSet/ssoins-1111111111111111/ps-1111111111111111
      PrincipalId: 11111111-1111-1111-1111-111111111111
      PrincipalType: USER
      TargetId: $account
      TargetType: AWS_ACCOUNT
  Set:
    Type: AWS::SSO::PermissionSet
    Properties:
      InstanceArn: arn:aws:sso:::instance/ssoins-1111111111111111
      Name: Ops
      InlinePolicy:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "*", Condition: {StringEquals: {"aws:ResourceAccount": $account}}}]
YAML
done
PYTHONPATH="$dir/python" python3 -W ignore - <<'PY'
import importlib.metadata, json, sys, cfn_flip, cfnlint
from cfnlint.api import ManualArgs
from samtranslator.yaml_helper import yaml_parse
print(*(f"{name} {importlib.metadata.version(name)}" for name in ("cfn-flip", "aws-sam-translator", "cfn-lint")))
seen = []
for account in "012345670123", "012345678901":
    text = open(account + ".yaml").read()
    flipped, sam = (read["Resources"]["Assignment"]["Properties"]["TargetId"] for read in (json.loads(cfn_flip.to_json(text)), yaml_parse(text)))
    lint = [(match.rule.id, match.message.split()[0], match.path[1]) for match in cfnlint.lint(text, config=ManualArgs(regions=["eu-west-1"]))]
    seen.append((flipped, sam, lint))
    print(f"  {account}: cfn-flip {flipped!r} SAM {sam!r} cfn-lint {lint or 'accepts'}")
sys.exit(seen != [(1402433619, 1402433619, [("E3031", "'1402433619'", "Assignment")]), ("012345678901", "012345678901", [])])
PY
