"""What `tagmend review` reads besides the journal, as boto3 reads it from the sandbox."""

import datetime
import json

import pytest

from conftest import ROOT, Sandbox

WRITE = "UpdateInstanceAccessControlAttributeConfiguration"


@pytest.fixture(scope="module")
def of_history(tmp_path_factory):
    world = json.loads((ROOT / "events" / "world.json").read_text())
    names = [WRITE, "DeleteInstanceAccessControlAttributeConfiguration", WRITE]
    world["event_history"] = [
        {"eventID": f"event-{hour}", "eventName": name, "eventTime": f"2026-11-23T1{hour}:00:00Z"}
        for hour, name in enumerate(names)
    ]
    path = tmp_path_factory.mktemp("history") / "world.json"
    path.write_text(json.dumps(world))
    sandbox = Sandbox(path)
    yield sandbox
    sandbox.stop()


def test_events_are_looked_up_by_name_and_time(of_history):
    client = of_history.client("cloudtrail")
    by_name = [{"AttributeKey": "EventName", "AttributeValue": WRITE}]
    answer = client.lookup_events(LookupAttributes=by_name)
    assert [event["EventId"] for event in answer["Events"]] == ["event-2", "event-0"]
    assert json.loads(answer["Events"][0]["CloudTrailEvent"])["eventName"] == WRITE
    start = datetime.datetime(2026, 11, 23, 11, tzinfo=datetime.timezone.utc)
    answer = client.lookup_events(LookupAttributes=by_name, StartTime=start)
    assert [event["EventId"] for event in answer["Events"]] == ["event-2"]
    pages = client.get_paginator("lookup_events").paginate(PaginationConfig={"PageSize": 1})
    assert [event["EventId"] for page in pages for event in page["Events"]] == ["event-2", "event-1", "event-0"]


def test_metrics_are_added_up(of_history):
    client = of_history.client("cloudwatch")
    dimensions = [{"Name": "Function", "Value": "heal"}]
    for minute, value in [(1, 2), (2, 3), (58, 4)]:
        time = datetime.datetime(2026, 11, 23, 11, minute, tzinfo=datetime.timezone.utc)
        datum = {"MetricName": "Fixes", "Dimensions": dimensions, "Value": value, "Timestamp": time}
        client.put_metric_data(Namespace="Tagmend", MetricData=[datum])
    metric = {"Namespace": "Tagmend", "MetricName": "Fixes", "Dimensions": dimensions}
    query = {"Id": "fixes", "MetricStat": {"Metric": metric, "Period": 1800, "Stat": "Sum"}}
    day = [datetime.datetime(2026, 11, day, tzinfo=datetime.timezone.utc) for day in (23, 24)]
    answer = client.get_metric_data(MetricDataQueries=[query], StartTime=day[0], EndTime=day[1])
    [result] = answer["MetricDataResults"]
    assert (result["Values"], [time.minute for time in result["Timestamps"]]) == ([5.0, 4.0], [0, 30])
