"""boto3 drives what the sandbox tells of the account that Tagmend is deployed in; botocore checks each answer."""

import json

import pytest
from test_sandbox import call, error

TRAIL = "arn:aws:cloudtrail:us-east-1:999999999999:trail/organization"
ARN = "arn:aws:{}:eu-west-1:111122223333:{}".format
BUS = ARN("events", "event-bus/default")
STACK = {"aws:cloudformation:stack-name": "tagmend"}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*"}]}

INSTALLATION = {
    "trails": [{
        "trail": {"Name": "organization", "TrailARN": TRAIL, "HomeRegion": "us-east-1", "IsMultiRegionTrail": True},
        "status": {"IsLogging": True},
        "event_selectors": {"TrailARN": TRAIL, "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]},
    }],
    "tagged": {
        ARN("lambda", "function:heal"): {**STACK, "aws:cloudformation:logical-id": "Heal"},
        ARN("lambda", "function:watch"): {**STACK, "aws:cloudformation:logical-id": "Watch"},
        ARN("lambda", "function:other"): {"aws:cloudformation:stack-name": "other"},
    },
    "resources": {"AWS::Lambda::Function": {"heal": {"FunctionName": "heal", "Role": "r"}}},
    "rules": {"failures": {"state": "ENABLED", "targets": [{"Id": "Failures", "Arn": ARN("sqs", "failures")}]}},
    "rules_elsewhere": {"111122223333": {"us-east-1": {
        name: {"description": f"Rule {name}", "state": "ENABLED", "targets": [{"Id": "Bus", "Arn": BUS}]} for name in ("one", "two")
    }}},
    "bus_policy": POLICY,
    "queue_attributes": {"failures": {"Policy": json.dumps(POLICY)}},
    "alarms": [{"AlarmName": f"tagmend-{number}", "StateValue": "OK", "AlarmActions": [], "ActionsEnabled": True} for number in range(3)],
    "roles": {"tagmend-heal": [POLICY]},
    "accounts": ["111122223333", "444455556666"],
}


@pytest.fixture
def there(serve, world):
    return serve({**world, "queues": {"failures": [None, "one"]}, "page_size": 1, "installation": INSTALLATION})


def test_trails(there):
    client = there.client("cloudtrail")
    assert call(client, "describe_trails")["trailList"] == [INSTALLATION["trails"][0]["trail"]]
    assert call(client, "get_trail_status", Name=TRAIL) == {"IsLogging": True}
    assert call(client, "get_event_selectors", TrailName=TRAIL) == INSTALLATION["trails"][0]["event_selectors"]
    assert error(client, "get_trail_status", Name=TRAIL + "x") == "TrailNotFoundException"


def test_rules_and_the_bus(there):
    client = there.client("events")
    assert call(client, "describe_rule", Name="failures") == {"Name": "failures", "State": "ENABLED", "EventBusName": "default"}
    assert call(client, "list_targets_by_rule", Rule="failures")["Targets"] == INSTALLATION["rules"]["failures"]["targets"]
    assert json.loads(call(client, "describe_event_bus", Name="default")["Policy"]) == POLICY
    assert error(client, "describe_rule", Name="other") == "ResourceNotFoundException"


def test_rules_elsewhere_that_send_to_the_bus(there):
    client = there.client("events", "us-east-1")
    first = call(client, "list_rule_names_by_target", TargetArn=BUS)
    assert first["RuleNames"] == ["one"]
    assert call(client, "list_rule_names_by_target", TargetArn=BUS, NextToken=first["NextToken"]) == {"RuleNames": ["two"]}
    assert call(client, "list_rule_names_by_target", TargetArn=BUS + "-of-another") == {"RuleNames": []}
    described = {"Name": "two", "Description": "Rule two", "State": "ENABLED", "EventBusName": "default"}
    assert call(client, "describe_rule", Name="two") == described
    # A Region, and an account, has rules of its own.
    assert error(there.client("events"), "describe_rule", Name="two") == "ResourceNotFoundException"
    assert error(client, "describe_rule", Name="failures") == "ResourceNotFoundException"
    assert call(there.client("events", "ap-south-1"), "list_rule_names_by_target", TargetArn=BUS) == {"RuleNames": []}


def test_what_a_stack_made_is_found_by_its_tags(there):
    client = there.client("resourcegroupstaggingapi")
    pages = client.get_paginator("get_resources").paginate(TagFilters=[{"Key": "aws:cloudformation:stack-name", "Values": ["tagmend"]}])
    pages = [page["ResourceTagMappingList"] for page in pages]
    assert [entry["ResourceARN"] for page in pages for entry in page] == [ARN("lambda", "function:heal"), ARN("lambda", "function:watch")]
    assert [len(page) for page in pages] == [1, 1]
    assert error(client, "get_resources") == "InvalidParameterException"


def test_functions(there):
    client = there.client("cloudcontrol")
    found = call(client, "get_resource", TypeName="AWS::Lambda::Function", Identifier="heal")["ResourceDescription"]
    assert json.loads(found["Properties"]) == {"FunctionName": "heal", "Role": "r"}
    other = dict(TypeName="AWS::Lambda::Function", Identifier="other")
    assert error(client, "get_resource", **other) == "ResourceNotFoundException"


def test_queues(there):
    client = there.client("sqs")
    url = call(client, "get_queue_url", QueueName="failures")["QueueUrl"]
    all_of_it = call(client, "get_queue_attributes", QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert all_of_it == {"Policy": json.dumps(POLICY), "ApproximateNumberOfMessages": "1"}
    one = call(client, "get_queue_attributes", QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    assert one == {"Attributes": {"ApproximateNumberOfMessages": "1"}}
    assert error(client, "get_queue_url", QueueName="other").endswith("QueueDoesNotExist")


def test_alarms(there):
    client = there.client("cloudwatch")
    first = call(client, "describe_alarms", AlarmNamePrefix="tagmend-")
    assert [alarm["AlarmName"] for alarm in first["MetricAlarms"]] == ["tagmend-0"]
    pages = client.get_paginator("describe_alarms").paginate(AlarmNamePrefix="tagmend-")
    assert [alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"]] == ["tagmend-0", "tagmend-1", "tagmend-2"]
    assert call(client, "describe_alarms", AlarmNamePrefix="other-")["MetricAlarms"] == []


def test_the_simulator_knows_the_roles_of_the_account(there):
    client = there.client("iam")
    known = dict(PolicySourceArn="arn:aws:iam::111122223333:role/tagmend-heal", ResourceArns=["arn:aws:s3:::b/k"])
    answer = call(client, "simulate_principal_policy", ActionNames=["s3:PutObject", "s3:GetObject"], **known)
    decided = {result["EvalActionName"]: result["EvalDecision"] for result in answer["EvaluationResults"]}
    assert decided == {"s3:PutObject": "allowed", "s3:GetObject": "implicitDeny"}
    nobody = dict(known, PolicySourceArn="arn:aws:iam::111122223333:role/nobody")
    assert error(client, "simulate_principal_policy", ActionNames=["s3:PutObject"], **nobody) == "NoSuchEntity"


def test_accounts(there):
    client = there.client("organizations")
    pages = client.get_paginator("list_accounts").paginate()
    assert [account["Id"] for page in pages for account in page["Accounts"]] == INSTALLATION["accounts"]
    assert call(client, "list_accounts")["Accounts"][0]["Status"] == "ACTIVE"
