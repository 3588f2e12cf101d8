#!/usr/bin/env bash
# Guess: libraries that match ARNs of two thousand kinds match the ARN of an assumed role, and give a role's name for a role's ARN.
# What happens: arnmatch raises ARNError on arn:aws:sts::...:assumed-role/..., link2aws throws "service sts unknown" and, for a
#   permission set, "service sso unknown". For the role of a permission set arnmatch's RoleName is the name with its whole
#   path, which no IAM call takes as RoleName.
# Versions: arnmatch 2026.5.1, link2aws 1.0.26.
# Why it matters: the assumed-role ARN is userIdentity.arn of everybody who signs in through Identity Center, and the path
#   aws-reserved/sso.amazonaws.com/REGION/ is on each of their roles.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" arnmatch==2026.5.1
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" link2aws@1.0.26
role=AWSReservedSSO_Ops_0123456789abcdef
export ROLE="arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/$role"
export SESSION="arn:aws:sts::111122223333:assumed-role/$role/jane@example.com"
export PERMISSION_SET="arn:aws:sso:::permissionSet/ssoins-1111111111111111/ps-1111111111111111"
PYTHONPATH="$dir" python3 - <<'PY'
import importlib.metadata, os, sys, arnmatch
print("arnmatch", importlib.metadata.version("arnmatch"))
seen = {}
for name in "ROLE", "PERMISSION_SET", "SESSION":
    try:
        seen[name] = arnmatch.arnmatch(os.environ[name]).attributes
    except arnmatch.ARNError as error:
        seen[name] = str(error)
    print(" ", name, seen[name])
sys.exit(not (seen["ROLE"]["RoleName"].startswith("aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Ops_")
              and seen["PERMISSION_SET"]["PermissionSetId"] and "No pattern matched" in seen["SESSION"]))
PY
cd "$dir" && node - <<'JS'
const { ARN } = require("link2aws");
const link = (arn) => {
  try { return new ARN(arn).consoleLink; } catch (error) { return error.message; }
};
const seen = ["ROLE", "PERMISSION_SET", "SESSION"].map((name) => link(process.env[name]));
console.log("link2aws", require("link2aws/package.json").version, seen);
const unknown = seen.slice(1).join() === "AWS service sso unknown,AWS service sts unknown";
process.exit(seen[0].endsWith("/AWSReservedSSO_Ops_0123456789abcdef") && unknown ? 0 : 1);
JS
