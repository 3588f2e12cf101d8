#!/usr/bin/env bash
# Guess: two libraries that write CloudWatch's embedded metric format write the same metric, with the dimensions that were given.
# What happens: without any, aws-embedded-metrics adds LogGroup, ServiceName and ServiceType and Powertools adds none: two metrics of
#   one name. A department "Zürich" or "" raises in aws-embedded-metrics. Powertools writes the first, though CloudWatch's model
#   allows ASCII only, and leaves the second out with a warning, so that the metric becomes the one of all departments.
# Versions: aws-embedded-metrics 3.5.0, aws-lambda-powertools 3.37.0; the model of cloudwatch in botocore 1.44.8.
# Why it matters: an alarm names every dimension of its metric or sees nothing. On the one library it waits for data for ever, on
#   the other a person without a department is counted twice or under nobody.
set -euo pipefail
unset POWERTOOLS_SERVICE_NAME POWERTOOLS_METRICS_NAMESPACE
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" \
  aws-embedded-metrics==3.5.0 aws-lambda-powertools==3.37.0 botocore==1.44.8
AWS_EMF_ENVIRONMENT=local PYTHONPATH="$dir" python3 -W ignore - <<'PY'
import contextlib, importlib.metadata, io, json, re, sys, botocore.session
from aws_embedded_metrics import metric_scope
from aws_embedded_metrics.exceptions import InvalidDimensionError
from aws_lambda_powertools import Metrics

@metric_scope
def embedded(dimensions, metrics):
    metrics.set_namespace("Denials")
    if dimensions:
        metrics.put_dimensions(dimensions)
    metrics.put_metric("Denied", 1, "Count")

def by_embedded(dimensions):
    output = io.StringIO()
    try:
        with contextlib.redirect_stdout(output):
            embedded(dimensions)
    except InvalidDimensionError as error:
        return type(error).__name__
    return [sorted(names) for names in json.loads(output.getvalue())["_aws"]["CloudWatchMetrics"][0]["Dimensions"]]

def by_powertools(dimensions):
    metrics = Metrics(namespace="Denials")
    metrics.clear_metrics()
    for name, value in dimensions.items():
        metrics.add_dimension(name, value)
    metrics.add_metric("Denied", "Count", 1)
    return metrics.serialize_metric_set()["_aws"]["CloudWatchMetrics"][0]["Dimensions"]

print(*(f"{name} {importlib.metadata.version(name)}" for name in ("aws-embedded-metrics", "aws-lambda-powertools")))
seen = []
for dimensions in {}, {"Department": "Ops"}, {"Department": "Zürich"}, {"Department": ""}:
    seen.append((by_embedded(dimensions), by_powertools(dimensions)))
    print(f"  {dimensions!s:25} embedded {seen[-1][0]} powertools {seen[-1][1]}")
model = botocore.session.get_session().get_component("data_loader").load_service_model("cloudwatch", "service-2")
text = re.sub("<[^>]+>", "", model["shapes"]["Dimension"]["members"]["Value"]["documentation"])
print("  model:", text.split(". ")[1])
sys.exit(not ("ASCII" in text and [first for first, _ in seen] == [
    [["LogGroup", "ServiceName", "ServiceType"]], [["Department", "LogGroup", "ServiceName", "ServiceType"]],
    "InvalidDimensionError", "InvalidDimensionError"] and [last for _, last in seen] == [[[]], [["Department"]], [["Department"]], [[]]]))
PY
