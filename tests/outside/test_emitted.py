"""Alarms, dashboard and saved queries ask for what the functions really write and send, and docs/log.md says what that is."""

import datetime
import json
import re

import pytest
from conftest import ROOT
from test_lambda import VALUES, batch, event, function  # noqa: F401, a fixture
from test_template import alarms, deployment, of_one_metric

# Of every line.
COMMON = {"level", "message", "target", "spans"}


def documented():
    """Fields by function and message, as docs/log.md has them."""
    found, before = {}, set()
    for line in (ROOT / "docs" / "log.md").read_text().splitlines():
        row = re.fullmatch(r"\| (?:`(heal|watch)`|both) \| (.+) \| (.+) \|", line)
        if row is None:
            continue
        names = set(re.findall(r"`(\w+)`", row[3])) or before
        for message in re.findall(r"`([^`]+)`", row[2]):
            for of in [row[1]] if row[1] else ["heal", "watch"]:
                found[of, message] = names
        before = names
    return found


@pytest.fixture
def emitted(serve, world, function, tmp_path):
    """What both functions wrote and sent: lines by function, and metrics with their dimensions."""
    yesterday = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=20)
    fix = f"fixes/{yesterday:%Y%m%dT%H%M%S}.000Z/restore_mapping/Department.json"
    objects = world["journal"]["objects"] | {fix: {"schema": 1}}
    sandbox = serve({**world, "journal": {**world["journal"], "objects": objects}})
    heal = function(sandbox, MODE="apply", STACK_NAME="tagmend")
    unknown = event("intended/managed-policy-does-not-allow")
    unknown["detail"]["errorMessage"] += " while the moon is full"
    denial = event("mapping-missing/explicit-deny")
    heal.invoke(batch([denial, denial, "{not json", unknown, event("out-of-scope/account-not-in-baseline")]), tmp_path)
    # Again: what was just made is in place, and the other change is held.
    sandbox.client("s3").put_object(Bucket=world["journal"]["bucket"], Key="hold.json", Body=json.dumps(
        {"schema": 1, "all": {"since": None, "reason": "a test"}, "keys": {}}
    ))
    heal.invoke(batch([event("not-provisioned/start-build")]), tmp_path)
    ours = lambda line: line["target"].startswith(("tagmend", "watch"))  # noqa: E731
    lines = {"heal": list(filter(ours, heal.lines()))}
    heal.invoke({}, tmp_path, "watch")
    lines["watch"] = list(filter(ours, heal.lines()))[len(lines["heal"]):]
    log = heal.log.read_text()
    assert [value for value in VALUES if value in log] == []
    metrics = {
        (metric["namespace"], metric["name"], *sorted(metric["dimensions"].items()))
        for metric in sandbox.get("world")["metrics"]
    }
    return lines, metrics


def fields_of(query):
    """The fields that a query names, without those of CloudWatch and those that it makes itself."""
    made = set(re.findall(r" as (\w+)", query))
    text = re.sub(r'"[^"]*"|/\^?[^/]*/', " ", query)
    words = set(re.findall(r"(?<![@\w.])[a-z]\w*(?!\w*\()", text))
    language = {"fields", "filter", "stats", "sort", "limit", "by", "as", "in", "and", "or", "not", "like", "desc", "asc"}
    return {word for word in words if word not in made | language and not re.search(rf"\b{word}\(", text)}


def test_fields_are_read_from_a_query():
    query = 'fields @timestamp, a, b_c\n| filter message = "no field" and d like /^no field/\n| stats sum(e) as f by a\n| sort f desc'
    assert fields_of(query) == {"message", "a", "b_c", "d", "e"}


def test_queries_dashboard_and_alarms_ask_for_what_is_emitted(emitted):
    lines, metrics = emitted
    known = documented()
    seen = {}
    for of, written in lines.items():
        for line in written:
            names = set(line) - COMMON
            assert (of, line["message"]) in known, f"docs/log.md has no row of {of} for {line}"
            assert names <= known[of, line["message"]], f"{of}: {line}"
            seen.setdefault((of, line["message"]), set()).update(names)
    rules = {(line["cause"], line["rule"]) for line in lines["heal"] if line["message"] == "failure"}
    assert ("mapping_missing", "mapping_missing.by_tags") in rules
    assert all(rule.startswith(f"{cause}.") for cause, rule in rules)
    # Every query finds every field that it names, in the lines that it filters.
    resources = deployment()
    queries = {name: it["Properties"] for name, it in resources.items() if it["Type"] == "AWS::Logs::QueryDefinition"}
    assert len(queries) == 4
    for name, query in queries.items():
        [group] = query["LogGroupNames"]
        of = {"<HealLogs>": "heal", "<WatchLogs>": "watch"}[group]
        [filtered] = re.findall(r"filter message (?:= |in \[)((?:\"[^\"]+\"(?:, )?)+)", query["QueryString"])
        messages = re.findall(r'"([^"]+)"', filtered)
        assert all((of, message) in known for message in messages), name
        there = set().union(*(seen.get((of, message), set()) for message in messages))
        missing = fields_of(query["QueryString"]) - there - {"message"}
        # A whole look has no errors.
        assert missing - ({"error"} if of == "watch" else set()) == set(), f"{name}: nobody wrote {missing}"
    # Every figure and every alarm is of a metric that was sent, with these dimensions.
    body = json.loads(resources["Review"]["Properties"]["DashboardBody"])
    asked = set()
    for widget in body["widgets"]:
        for metric in widget["properties"].get("metrics", []):
            namespace, *rest = [part for part in metric if not isinstance(part, dict)] or [None]
            if namespace == "Tagmend":
                name, *dimensions = rest
                asked.add((namespace, name, *sorted(zip(dimensions[::2], dimensions[1::2], strict=True))))
    for alarm in alarms().values():
        for metric in of_one_metric(alarm):
            if metric["Namespace"] == "Tagmend":
                dimensions = sorted((each["Name"], each["Value"]) for each in metric["Dimensions"])
                asked.add((metric["Namespace"], metric["MetricName"], *dimensions))
    of_stack = lambda name, value: (name, value.replace("<AWS::StackName>", "tagmend"))  # noqa: E731
    asked = {(*metric[:2], *(of_stack(*dimension) for dimension in metric[2:])) for metric in asked}
    assert len(asked) > 25
    assert asked - metrics == set()
    # And each figure has a text beside it.
    kinds = [widget["type"] for widget in body["widgets"]]
    assert kinds == ["metric", "text"] * (len(kinds) // 2)
    places = [(widget["y"], widget["height"]) for widget in body["widgets"]]
    assert places[::2] == places[1::2]
    # The line in the picture is the alarm's.
    [drawn] = [widget["properties"]["annotations"]["horizontal"][0]["value"]
               for widget in body["widgets"] if "annotations" in widget["properties"]]
    assert drawn == int(deployment()["ManyFixesAlarm"]["Properties"]["Threshold"])
