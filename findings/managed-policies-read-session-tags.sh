#!/usr/bin/env bash
# Guess: AWS's managed policies know nothing of the keys that an organization chooses for its session tags.
# What happens: 45 of 1,582 managed policies read aws:PrincipalTag, by 45 keys, most of them without any prefix of AWS's: owner,
#   VpcId, RoleName, WorkspaceId, KmsKeyId, SecretId, TargetRegion, IdentityStoreId. With owner as a mapped attribute,
#   AwsGlueSessionUserRestrictedNotebookPolicy lets a person stop and read the sessions that carry that person's value;
#   without it the same policy lets nobody do so.
# Versions: the managed policies in moto 5.2.5.
# Why it matters: a new attribute mapping changes what policies of AWS allow that are attached already, and no policy of one's own
#   shows it. Two people with one value of owner get each other's Glue sessions.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" moto==5.2.5 boto3==1.44.8
PYTHONPATH="$dir" python3 - <<'PY'
import importlib.metadata, json, re, sys
from moto.iam.aws_managed_policies import aws_managed_policies_data
policies = json.loads(aws_managed_policies_data)
readers = {}
for name, policy in policies.items():
    for key in re.findall(r"aws:PrincipalTag/([\w:.@/ -]+)", json.dumps(policy["Document"])):
        readers.setdefault(key, set()).add(name)
names = set().union(*readers.values())
print("moto", importlib.metadata.version("moto"), len(policies), "managed policies,", len(names), "read", len(readers), "session tags:")
print("  " + ", ".join(sorted(readers, key=str.lower)))
glue = policies["AwsGlueSessionUserRestrictedNotebookPolicy"]["Document"]["Statement"]
[statement] = [statement for statement in glue if "glue:StopSession" in statement["Action"]]
print("  owner:", sorted(readers["owner"]), json.dumps(statement["Condition"]))
wanted = {"owner", "VpcId", "RoleName", "WorkspaceId", "KmsKeyId", "SecretId", "TargetRegion", "IdentityStoreId"}
sys.exit(not (wanted <= set(readers) and (len(policies), len(names), len(readers)) == (1582, 45, 45) and statement["Effect"] == "Allow"
              and statement["Condition"] == {"StringEquals": {"aws:ResourceTag/owner": "${aws:PrincipalTag/owner}"}}))
PY
