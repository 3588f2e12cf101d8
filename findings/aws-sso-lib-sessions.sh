#!/usr/bin/env bash
# Guess: aws-sso-lib and aws-sso-util find the Identity Center instance of a profile that the AWS CLI made and boto3 signs in with.
# What happens: they know sso_start_url inside a profile only. The profiles that "aws configure sso" has made since 2022 name
#   an sso-session, and there they find no instance: not for the profile, not in the whole file. botocore takes the token
#   that the CLI left in the cache under the session's name. For the old kind of profile both agree.
# Versions: aws-sso-lib 1.14.0, aws-sso-util 4.33.0, their newest; boto3 1.44.8.
# Why it matters: a script over all accounts that is built on them works for the colleague with the old file and asks everybody else
#   to sign in again, or says that there is no Identity Center.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" aws-sso-lib==1.14.0 aws-sso-util==4.33.0 boto3==1.44.8 botocore==1.44.8
mkdir -p "$dir/home/.aws/sso/cache"
cat >"$dir/home/.aws/config" <<'INI'
[sso-session corp]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-west-1
sso_registration_scopes = sso:account:access

[profile new]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Ops
INI
unset AWS_PROFILE AWS_CONFIG_FILE AWS_DEFAULT_SSO_START_URL AWS_DEFAULT_SSO_REGION
HOME="$dir/home" PYTHONPATH="$dir" python3 -W ignore - <<'PY'
import datetime, hashlib, importlib.metadata, json, os, pathlib, sys, botocore.session
from aws_sso_lib.config import find_all_instances, find_instances
from botocore.tokens import SSOTokenProvider
config = pathlib.Path(os.environ["HOME"]) / ".aws/config"
later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=8)
cached = config.parent / "sso/cache" / (hashlib.sha1(b"corp").hexdigest() + ".json")
cached.write_text(json.dumps({"startUrl": "https://example.awsapps.com/start", "region": "eu-west-1", "accessToken": "signed-in",
                              "expiresAt": later.strftime("%Y-%m-%dT%H:%M:%SZ")}))
token = SSOTokenProvider(botocore.session.Session(profile="new")).load_token().get_frozen_token().token
urls = lambda instances: [instance.start_url for instance in instances]
new, everywhere = urls(find_instances(profile_name="new")[0]), urls(find_all_instances()[0])
with config.open("a") as file:
    file.write("\n[profile old]\nsso_start_url = https://example.awsapps.com/start\nsso_region = eu-west-1\n")
old = urls(find_instances(profile_name="old")[0])
print(*(f"{name} {importlib.metadata.version(name)}" for name in ("aws-sso-lib", "aws-sso-util", "boto3")))
print("  botocore's token for the new profile:", token, "| aws-sso-lib: new", new, "whole file", everywhere, "old", old)
sys.exit(not (token == "signed-in" and new == everywhere == [] and old == ["https://example.awsapps.com/start"]))
PY
