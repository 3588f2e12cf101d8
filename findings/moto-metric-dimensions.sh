#!/usr/bin/env bash
# Guess: a CloudWatch metric read without dimensions on moto is the metric that was written without dimensions.
# What happens: moto's GetMetricStatistics without Dimensions adds up every metric of that name, whatever its dimensions, where
#   the model says that each combination of dimensions is a metric of its own and must be named to be read.
# Versions: moto 5.2.5, boto3 1.44.8.
# Why it matters: an alarm or dashboard that forgets a dimension shows numbers on moto and stays empty on AWS. For a metric per
#   permission set, that is the mistake that a test should catch.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" moto==5.2.5 boto3==1.44.8 botocore==1.44.8
export AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_DEFAULT_REGION=eu-west-1
PYTHONPATH="$dir" python3 - <<'PY'
import datetime, sys, boto3, moto
now = datetime.datetime.now(datetime.timezone.utc)
hour = datetime.timedelta(hours=1)
with moto.mock_aws():
    cloudwatch = boto3.client("cloudwatch")
    for name in "Ops", "Finance":
        cloudwatch.put_metric_data(Namespace="Denials", MetricData=[
            {"MetricName": "Denied", "Value": 1, "Dimensions": [{"Name": "PermissionSet", "Value": name}]}])

    def total(dimensions):
        answer = cloudwatch.get_metric_statistics(Namespace="Denials", MetricName="Denied", StartTime=now - hour,
            EndTime=now + hour, Period=7200, Statistics=["Sum"], Dimensions=dimensions)
        return sum(point["Sum"] for point in answer["Datapoints"])

    none, one = total([]), total([{"Name": "PermissionSet", "Value": "Ops"}])
    rule = cloudwatch.meta.service_model.shape_for("GetMetricStatisticsInput").members["Dimensions"].documentation
print("model: '" + rule[rule.index("CloudWatch treats"):rule.index("You must specify")].strip() + "'")
print("moto", moto.__version__, "no dimension named:", none, "PermissionSet=Ops:", one)
sys.exit(not (none == 2 and one == 1))
PY
