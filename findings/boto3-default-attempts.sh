#!/usr/bin/env bash
# Guess: a newer boto3 sends a failing call as often as an older one, and a quota error ends the call at once.
# What happens: botocore 1.44 made "standard" the retry mode of a client that sets none. A throttled call is sent three
#   times, not five, and EventBridge's and KMS's quota error LimitExceededException, which used to end the call, is sent
#   three times as well: the standard mode holds that name for throttling. Identity Center's quota error is not on that list.
# Versions: boto3 1.40.1 and 1.44.8.
# Why it matters: every attempt is a record in CloudTrail. How many records one refused call leaves depends on the caller's
#   SDK (userAgent), so neither five equal records nor three quota errors mean that somebody called that often.
# Source: "Updated default retry behavior for AWS SDKs and tools", AWS Developer Tools Blog, November 2026.
set -euo pipefail
unset AWS_RETRY_MODE AWS_MAX_ATTEMPTS AWS_NEW_RETRIES_2026
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for version in 1.40.1 1.44.8; do
  python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir/$version" "boto3==$version" "botocore==$version"
  PYTHONPATH="$dir/$version" python3 - "$version" <<'PY'
import http.server, json, sys, threading, boto3, botocore.endpoint
botocore.endpoint.time.sleep = lambda seconds: None

class Refuse(http.server.BaseHTTPRequestHandler):
    code, calls = "", 0
    def do_POST(self):
        Refuse.calls += 1
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps({"__type": Refuse.code, "message": "no"}).encode()
        self.send_response(400)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments): pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refuse)
threading.Thread(target=server.serve_forever, daemon=True).start()

def attempts(service, call, code, **arguments):
    Refuse.code, Refuse.calls = code, 0
    client = boto3.client(service, "eu-west-1", endpoint_url=f"http://127.0.0.1:{server.server_port}",
                          aws_access_key_id="x", aws_secret_access_key="x")
    try:
        getattr(client, call)(**arguments)
    except client.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == code
    return Refuse.calls

instance = "arn:aws:sso:::instance/ssoins-1111111111111111"
seen = {
    "events ThrottlingException": attempts("events", "put_rule", "ThrottlingException", Name="r", EventPattern="{}"),
    "events LimitExceededException": attempts("events", "put_rule", "LimitExceededException", Name="r", EventPattern="{}"),
    "kms LimitExceededException": attempts("kms", "create_key", "LimitExceededException"),
    "sso-admin ServiceQuotaExceededException": attempts("sso-admin", "create_permission_set",
        "ServiceQuotaExceededException", InstanceArn=instance, Name="Ops"),
}
print("boto3", boto3.__version__, seen)
sys.exit(list(seen.values()) != {"1.40.1": [5, 1, 1, 1], "1.44.8": [3, 3, 3, 1]}[sys.argv[1]])
PY
done
