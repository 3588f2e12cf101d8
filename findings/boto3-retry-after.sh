#!/usr/bin/env bash
# Guess: boto3 waits as long as the service asks: the header Retry-After, or the member RetryAfterSeconds that the model of
#   Identity Store gives its ThrottlingException.
# What happens: botocore looks at neither. It waits its own random time of under a second. Only the header
#   x-amz-retry-after counts, in milliseconds, and adds five seconds at most.
# Versions: boto3 1.44.8.
# Why it matters: a throttled reader of Identity Store knocks again in the same second, and each knock is a CloudTrail record.
#   Who wants to wait as asked has to read RetryAfterSeconds from the exception.
set -euo pipefail
unset AWS_RETRY_MODE AWS_MAX_ATTEMPTS
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" boto3==1.44.8 botocore==1.44.8
PYTHONPATH="$dir" python3 - <<'PY'
import http.server, json, sys, threading, boto3, botocore.endpoint
waits = []
botocore.endpoint.time.sleep = waits.append
headers = {}

class Throttle(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps({"__type": "ThrottlingException", "Message": "slow", "RetryAfterSeconds": 30}).encode()
        self.send_response(400)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments): pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Throttle)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = boto3.client("identitystore", "eu-west-1", endpoint_url=f"http://127.0.0.1:{server.server_port}",
                      aws_access_key_id="x", aws_secret_access_key="x")

def first_wait(**sent):
    headers.clear(); headers.update({name.replace("_", "-"): value for name, value in sent.items()}); waits.clear()
    try:
        client.list_groups(IdentityStoreId="d-1234567890")
    except client.exceptions.ThrottlingException as error:
        assert error.response["RetryAfterSeconds"] == 30
    return round(waits[0], 3)

body, standard = first_wait(), first_wait(retry_after="30")
own, capped = first_wait(x_amz_retry_after="2000"), first_wait(x_amz_retry_after="30000")
print("boto3", boto3.__version__, "first wait in seconds:")
print("  RetryAfterSeconds 30 in the body:", body)
print("  Retry-After: 30                 :", standard)
print("  x-amz-retry-after: 2000         :", own)
print("  x-amz-retry-after: 30000        :", capped)
sys.exit(not (body < 1 and standard < 1 and own == 2 and 5 <= capped < 6))
PY
