#!/usr/bin/env bash
# Guess: an SDK retries whatever is throttling by name.
# What happens: SQS has two such errors. RequestThrottled is sent three times by boto3 and by the JavaScript SDK; KmsThrottled,
#   which SQS answers when KMS throttles the key of an encrypted queue, is sent once by both. The name is on no retry list
#   and the model has no retryable trait for it.
# Versions: boto3 1.44.8, @aws-sdk/client-sqs 3.1175.0.
# Why it matters: a dead-letter queue or a buffer with a customer managed key loses messages under the load that it is there for,
#   unless the sender retries by itself.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
unset AWS_RETRY_MODE AWS_MAX_ATTEMPTS
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" boto3==1.44.8 botocore==1.44.8
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" @aws-sdk/client-sqs@3.1175.0
PYTHONPATH="$dir" python3 - <<'PY'
import http.server, json, sys, threading, boto3, botocore.endpoint
botocore.endpoint.time.sleep = lambda seconds: None

class Refuse(http.server.BaseHTTPRequestHandler):
    code, calls = "", 0
    def do_POST(self):
        Refuse.calls += 1
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps({"__type": "com.amazonaws.sqs#" + Refuse.code, "message": "slow"}).encode()
        self.send_response(400)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments): pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refuse)
threading.Thread(target=server.serve_forever, daemon=True).start()
url, seen = f"http://127.0.0.1:{server.server_port}", {}
for Refuse.code in "RequestThrottled", "KmsThrottled":
    Refuse.calls = 0
    try:
        boto3.client("sqs", "eu-west-1", endpoint_url=url).send_message(QueueUrl=url + "/111122223333/queue", MessageBody="x")
    except Exception as error:
        assert type(error).__name__ == Refuse.code
    seen[Refuse.code] = Refuse.calls
print("boto3", boto3.__version__, seen)
sys.exit(list(seen.values()) != [3, 1])
PY
cd "$dir" && node --no-warnings - <<'JS'
const http = require("node:http");
const { SQSClient, SendMessageCommand } = require("@aws-sdk/client-sqs");
let calls = 0, code = "";
const server = http.createServer((request, response) => {
  request.resume().on("end", () => {
    calls += 1;
    response.writeHead(400, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify({ __type: `com.amazonaws.sqs#${code}` }));
  });
}).listen(0, "127.0.0.1", async () => {
  const endpoint = `http://127.0.0.1:${server.address().port}`, seen = {};
  for (code of ["RequestThrottled", "KmsThrottled"]) {
    calls = 0;
    const client = new SQSClient({ region: "eu-west-1", endpoint });
    await client.send(new SendMessageCommand({ QueueUrl: endpoint + "/111122223333/queue", MessageBody: "x" })).catch(() => {});
    seen[code] = calls;
  }
  console.log("client-sqs", require("@aws-sdk/client-sqs/package.json").version, JSON.stringify(seen));
  process.exit(Object.values(seen).join() === "3,1" ? 0 : 1);
});
JS
