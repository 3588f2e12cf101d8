#!/usr/bin/env bash
# Guess: an emulator that honours If-None-Match: * on PutObject and CompleteMultipartUpload honours it on CopyObject.
# What happens: moto refuses the first two with PreconditionFailed when the key exists, and lets the copy overwrite it.
# Versions: moto 5.2.5, boto3 1.44.8.
# Why it matters: "write once, never replace" is how a journal, a lease or a snapshot is kept in S3. A restore that copies an
#   old version into place is tested on moto without the guard that it will have on AWS.
# Source: the model's text on CopyObject's IfNoneMatch, printed below.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" 'moto[s3]==5.2.5' boto3==1.44.8 botocore==1.44.8
export AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_DEFAULT_REGION=us-east-1
PYTHONPATH="$dir" python3 - <<'PY'
import re, sys, boto3, moto
def outcome(call, **arguments):
    try:
        call(**arguments)
        return "written"
    except s3.exceptions.ClientError as error:
        return error.response["Error"]["Code"]

with moto.mock_aws():
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="journal")
    for key, body in ("old", b"old"), ("now", b"now"):
        s3.put_object(Bucket="journal", Key=key, Body=body)
    target = {"Bucket": "journal", "Key": "now"}
    put = outcome(s3.put_object, **target, Body=b"again", IfNoneMatch="*")
    upload = {**target, "UploadId": s3.create_multipart_upload(**target)["UploadId"]}
    part = {"PartNumber": 1, "ETag": s3.upload_part(**upload, PartNumber=1, Body=b"part")["ETag"]}
    multipart = outcome(s3.complete_multipart_upload, **upload, MultipartUpload={"Parts": [part]}, IfNoneMatch="*")
    copy = outcome(s3.copy_object, **target, CopySource="journal/old", IfNoneMatch="*")
    body = s3.get_object(**target)["Body"].read()
    text = s3.meta.service_model.shape_for("CopyObjectRequest").members["IfNoneMatch"].documentation
print("model:", re.sub("<[^>]+>", "", text).split(". ")[0])
print("moto", moto.__version__, "put:", put, "| multipart:", multipart, "| copy:", copy, "->", body)
sys.exit(not (put == multipart == "PreconditionFailed" and copy == "written" and body == b"old"))
PY
