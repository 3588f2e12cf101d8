#!/usr/bin/env bash
# Guess: moto delivers no event to the target of a rule that is DISABLED.
# What happens: it does, whatever the state: ENABLED, DISABLED, or ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS.
#   DescribeRule reports the state faithfully. TestEventPattern answers without its Result.
# Versions: moto 5.2.5, boto3 1.44.8.
# Why it matters: the third state is the one that lets a rule see read-only calls in CloudTrail, where most denials are. A test
#   on moto cannot tell a rule in the wrong state from one in the right state, nor that switching one off stopped anything.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m pip install -qq --no-warn-conflicts --no-compile --target "$dir" moto==5.2.5 boto3==1.44.8 botocore==1.44.8
export AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_DEFAULT_REGION=eu-west-1
PYTHONPATH="$dir" python3 - <<'PY'
import json, sys, boto3, moto
pattern = json.dumps({"source": ["example.app"]})
delivered, described = {}, {}
with moto.mock_aws():
    events, sqs = boto3.client("events"), boto3.client("sqs")
    for state in "ENABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", "DISABLED":
        url = sqs.create_queue(QueueName=state)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.put_rule(Name="rule", EventPattern=pattern, State=state)
        events.put_targets(Rule="rule", Targets=[{"Id": "1", "Arn": arn}])
        events.put_events(Entries=[{"Source": "example.app", "DetailType": "x", "Detail": "{}"}])
        delivered[state] = len(sqs.receive_message(QueueUrl=url).get("Messages", []))
        described[state] = events.describe_rule(Name="rule")["State"]
        events.remove_targets(Rule="rule", Ids=["1"])
        events.delete_rule(Name="rule")
    tested = events.test_event_pattern(EventPattern=pattern, Event='{"source": "example.app"}')
print("moto", moto.__version__, "delivered", delivered)
print("DescribeRule", described, "TestEventPattern has Result:", "Result" in tested)
sys.exit(not (set(delivered.values()) == {1} and all(k == v for k, v in described.items()) and "Result" not in tested))
PY
