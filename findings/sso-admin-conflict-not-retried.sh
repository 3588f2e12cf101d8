#!/usr/bin/env bash
# Guess: where the API's own model says that a retry with backoff is the answer to an error, the SDK retries it.
# What happens: the model of sso-admin says so of ConflictException, in words. No trait says it, so boto3 in none of
#   its three retry modes sends the call a second time. Identity Store's model does carry the trait, on its
#   InternalServerException, and that one is retried even with status 400.
# Versions: boto3 1.44.8.
# Why it matters: two changes of one permission set within seconds end in a ConflictException that is no sign of a mistake.
#   A writer has to bring a retry of its own, and a reader of CloudTrail sees the error once per call.
set -euo pipefail
unset AWS_RETRY_MODE AWS_MAX_ATTEMPTS
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" boto3==1.44.8 botocore==1.44.8
PYTHONPATH="$dir" python3 - <<'PY'
import http.server, json, sys, threading, boto3, botocore.endpoint
from botocore.config import Config
botocore.endpoint.time.sleep = lambda seconds: None

class Refuse(http.server.BaseHTTPRequestHandler):
    code, calls = "", 0
    def do_POST(self):
        Refuse.calls += 1
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps({"__type": Refuse.code, "Message": "no"}).encode()
        self.send_response(400)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments): pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refuse)
threading.Thread(target=server.serve_forever, daemon=True).start()

def attempts(service, call, code, mode, **arguments):
    Refuse.code, Refuse.calls = code, 0
    client = boto3.client(service, "eu-west-1", endpoint_url=f"http://127.0.0.1:{server.server_port}",
                          aws_access_key_id="x", aws_secret_access_key="x", config=Config(retries={"mode": mode}))
    try:
        getattr(client, call)(**arguments)
    except client.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == code
    return Refuse.calls, client

instance, conflict = "arn:aws:sso:::instance/ssoins-1111111111111111", {}
for mode in "legacy", "standard", "adaptive":
    conflict[mode], client = attempts("sso-admin", "provision_permission_set", "ConflictException", mode,
        InstanceArn=instance, PermissionSetArn=instance.replace("instance", "permissionSet") + "/ps-1111111111111111",
        TargetType="ALL_PROVISIONED_ACCOUNTS")
internal, _ = attempts("identitystore", "list_groups", "InternalServerException", "standard", IdentityStoreId="d-1234567890")
shape = client.meta.service_model.shape_for("ConflictException")
print("boto3", boto3.__version__, "attempts at sso-admin ConflictException:", conflict)
print("model:", shape.documentation[-110:])
print("retryable trait:", shape.metadata.get("retryable"), "| identitystore InternalServerException:", internal, "attempts")
sys.exit(not (set(conflict.values()) == {1} and "retry" in shape.documentation and internal == 3))
PY
