#!/usr/bin/env bash
# Guess: what GetEventSelectors says of a trail on moto is what the trail would record.
# What happens: a new trail has no selector at all, where AWS gives every trail one that records all management events. Basic
#   selectors put after advanced ones leave both kinds standing, where the model says that the one overwrites the other.
#   A field named "nonsense" is a selector like any other.
# Versions: moto 5.2.5, boto3 1.44.8.
# Why it matters: "does a trail record read-only management events here?" decides whether denials can be seen. On moto the healthy
#   default answers no, and a write-only trail still answers yes from its old advanced selector.
# Source: the model's text on PutEventSelectors, printed below; CloudTrail User Guide on the default of a new trail.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" 'moto[s3]==5.2.5' boto3==1.44.8 botocore==1.44.8
export AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_DEFAULT_REGION=us-east-1
PYTHONPATH="$dir" python3 - <<'PY'
import re, sys, boto3, moto
with moto.mock_aws():
    boto3.client("s3").create_bucket(Bucket="trail-logs")
    trail = boto3.client("cloudtrail")
    trail.create_trail(Name="audit", S3BucketName="trail-logs")

    def kinds():
        answer = trail.get_event_selectors(TrailName="audit")
        return [kind for kind in ("EventSelectors", "AdvancedEventSelectors") if answer[kind]]

    fresh = kinds()
    trail.put_event_selectors(TrailName="audit", AdvancedEventSelectors=[
        {"Name": "all", "FieldSelectors": [{"Field": "nonsense", "Equals": ["Management"]}]}])
    advanced = kinds()
    trail.put_event_selectors(TrailName="audit", EventSelectors=[
        {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True, "DataResources": []}])
    both = kinds()
    text = re.sub("<[^>]+>", "", trail.meta.service_model.shape_for("PutEventSelectorsRequest").members["EventSelectors"].documentation)
print("model:", [sentence for sentence in text.split(". ") if "overwritten" in sentence])
print("moto", moto.__version__, "new trail", fresh, "| advanced put", advanced, "| basic put after it", both)
sys.exit(not (fresh == [] and advanced == ["AdvancedEventSelectors"] and both == ["EventSelectors", "AdvancedEventSelectors"]
              and "overwritten" in text))
PY
