#!/usr/bin/env bash
# Guess: the API that boto3 calls sso-admin is called so on the wire, as identitystore is.
# What happens: a call of sso-admin goes to the host sso.REGION, is signed for the service sso and asks for the target
#   SWBExternalService.ListInstances. The name "sso" in boto3 is another API: host portal.sso.REGION, signed for awsssoportal.
#   Host names for FIPS are made up for every Region, China too, except GovCloud, where the FIPS host is the plain one.
# Versions: boto3 1.44.8.
# Why it matters: eventSource sso.amazonaws.com, the VPC endpoint, the proxy's allow list and the Region's service list go by these
#   names, and tlsDetails.clientProvidedHostHeader tells FIPS from plain outside GovCloud only.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" boto3==1.44.8 botocore==1.44.8
PYTHONPATH="$dir" python3 - <<'PY'
import re, sys, boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config
seen = {}

def look(service, call, **arguments):
    client = boto3.client(service, "eu-west-1")
    def answer(request, **_):
        seen[service] = (request.url.split("/")[2], (request.headers.get("X-Amz-Target") or b"").decode(),
                         re.search(r"eu-west-1/([^/]+)/aws4", str(request.headers.get("Authorization"))))
        return AWSResponse(request.url, 200, {}, type("Body", (), {"stream": lambda self: iter([b"{}"]), "read": lambda self: b"{}"})())
    client.meta.events.register("before-send", answer)
    getattr(client, call)(**arguments)
    host, target, signed = seen[service]
    seen[service] = host, target, signed.group(1) if signed else client.meta.service_model.signing_name
    print("boto3", boto3.__version__, service, seen[service])

look("sso-admin", "list_instances")
look("identitystore", "list_groups", IdentityStoreId="d-1234567890")
look("sso", "list_accounts", accessToken="x")
fips = {region: boto3.client("sso-admin", region, config=Config(use_fips_endpoint=True)).meta.endpoint_url
        for region in ("eu-west-1", "cn-north-1", "us-gov-west-1")}
print("FIPS", fips)
sys.exit(not (seen["sso-admin"] == ("sso.eu-west-1.amazonaws.com", "SWBExternalService.ListInstances", "sso")
              and seen["identitystore"] == ("identitystore.eu-west-1.amazonaws.com", "AWSIdentityStore.ListGroups", "identitystore")
              and seen["sso"][0] == "portal.sso.eu-west-1.amazonaws.com" and seen["sso"][2] == "awsssoportal"
              and ["fips" in url for url in fips.values()] == [True, True, False]))
PY
