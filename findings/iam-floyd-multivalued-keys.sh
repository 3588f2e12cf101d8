#!/usr/bin/env bash
# Guess: a policy builder with a method for each global condition key writes the set operator that a multivalued key must have.
# What happens: iam-floyd does for aws:CalledVia and aws:PrincipalServiceNamesList (ForAnyValue) and does not for aws:TagKeys,
#   aws:PrincipalOrgPaths and dynamodb:LeadingKeys: they get StringLike alone. So does every tag condition, a comparison of
#   aws:ResourceTag with aws:PrincipalTag too: its default is StringLike, where the guides to ABAC write StringEquals.
#   parliament, a linter, has nothing to say to the missing operator.
# Versions: iam-floyd 0.842.0, parliament 1.6.4.
# Why it matters: "these tag keys and no others" is ForAllValues on aws:TagKeys. The built policy compiles, lints and says something
#   for which IAM documents no meaning.
# Source: IAM User Guide, "Single-valued vs. multivalued context keys": multivalued keys require a condition set operator.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" iam-floyd@0.842.0
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir/python" parliament==1.6.4
cd "$dir" && node --no-warnings - >conditions.json <<'JS'
const { Statement } = require("iam-floyd");
const condition = (statement) => statement.toJSON().Condition;
const ec2 = () => new Statement.Ec2().allow().toCreateTags();
console.log(JSON.stringify({
  "aws:CalledVia": condition(ec2().ifAwsCalledVia(["athena.amazonaws.com"])),
  "aws:PrincipalServiceNamesList": condition(ec2().ifAwsPrincipalServiceNamesList(["cloudtrail.amazonaws.com"])),
  "aws:TagKeys": condition(ec2().ifAwsTagKeys(["Department", "Team"])),
  "aws:PrincipalOrgPaths": condition(ec2().ifAwsPrincipalOrgPaths(["o-1111111111/*"])),
  "dynamodb:LeadingKeys": condition(new Statement.Dynamodb().allow().toGetItem().ifLeadingKeys(["${aws:userid}"])),
  "aws:ResourceTag": condition(ec2().ifAwsResourceTag("Department", "${aws:PrincipalTag/Department}")),
}));
JS
PYTHONPATH="$dir/python" python3 -W ignore - <<'PY'
import importlib.metadata, json, sys, parliament
conditions = json.load(open("conditions.json"))
operators = {key: list(condition) for key, condition in conditions.items()}
policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:CreateTags",
          "Resource": "arn:aws:ec2:*:*:instance/*", "Condition": conditions["aws:TagKeys"]}]}
findings = [finding.issue for finding in parliament.analyze_policy_string(json.dumps(policy)).findings]
print("iam-floyd 0.842.0")
for key, found in operators.items():
    print(f"  {key:30} {found}")
print("parliament", importlib.metadata.version("parliament"), "on aws:TagKeys without a set operator:", findings or "no finding")
sys.exit(not (list(operators.values()) == [["ForAnyValue:StringEquals"], ["ForAnyValue:StringLike"]] + [["StringLike"]] * 4 and not findings))
PY
