#!/usr/bin/env bash
# Guess: an inventory that draws the roles of a permission set draws those of that permission set.
# What happens: Cartography looks for every role whose ARN contains, in any case, ".../AWSReservedSSO_" and the name. There is no
#   underscore after the name, so the permission set Ops has the roles of OpsAdmin and ops-readonly too. And it leaves the Region out
#   of the path for us-east-1 only, by the Region that it synchronizes.
# Versions: cartography 0.143.0.
# Why it matters: "who can get into this account as administrator?" answered from the graph names everybody who has the small permission
#   set whose name begins the same.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" --no-deps cartography==0.143.0
PYTHONPATH="$dir" python3 -W ignore - "$dir" <<'PY'
import ast, importlib.metadata, pathlib, sys
from cartography.graph.querybuilder import build_ingestion_query
from cartography.models.aws.identitycenter.awspermissionset import AWSPermissionSetSchema
# The function alone: its module wants a graph database's driver and more.
module = ast.parse((pathlib.Path(sys.argv[1]) / "cartography/intel/aws/identitycenter.py").read_text())
[function] = [node for node in module.body if getattr(node, "name", "") == "transform_permission_sets"]
function.decorator_list = []
scope = {}
exec("from typing import Any\n" + ast.unparse(function), scope)
hint = lambda region: scope["transform_permission_sets"]([{"Name": "Ops"}], region)[0]["RoleHint"]
[match] = [line.strip() for line in build_ingestion_query(AWSPermissionSetSchema()).splitlines() if "RoleHint" in line]
print("cartography", importlib.metadata.version("cartography"), "|", match)
print("  hints for Ops:", hint("eu-west-1"), hint("us-east-1"))
path = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_"
roles = ["Ops_0123456789abcdef", "OpsAdmin_1123456789abcdef", "ops-readonly_2123456789abcdef", "Finance_3123456789abcdef"]
seen = [role for role in roles if hint("eu-west-1").lower() in (path + role).lower()]  # What the query's CONTAINS asks.
print("  roles of Ops:", seen)
sys.exit(not (match == "toLower(n1.arn) CONTAINS toLower(item.RoleHint)" and seen == roles[:3]
              and hint("us-east-1") == ":role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Ops"))
PY
