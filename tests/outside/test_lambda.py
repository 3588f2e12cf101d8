"""The heal function behind the real Runtime API, as cargo-lambda serves it, against the sandbox."""

import copy
import datetime
import json
import os
import pathlib
import socket
import subprocess
import sys
import time

import pytest
from conftest import ROOT, TAGMEND

CARGO_LAMBDA = pathlib.Path(sys.executable).with_name("cargo-lambda")
WRITES = {
    "sso:UpdateInstanceAccessControlAttributeConfiguration",
    "sso:ProvisionPermissionSet",
}
# Attribute values of the sample users, and their names.
VALUES = ["4711", "Payments", "Senior Analyst", "jane.doe", "Jane Doe"]


def event(name):
    """An event of `events/`, as if it had happened just now."""
    event = json.loads((ROOT / "events" / f"{name}.json").read_text())
    now = datetime.datetime.now(datetime.UTC)
    event["detail"]["eventTime"] = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    session = event["detail"]["userIdentity"]["sessionContext"]["attributes"]
    session["creationDate"] = f"{now - datetime.timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    return event


def batch(bodies, received="1"):
    """An SQS batch, as Lambda hands it over."""
    records = []
    for index, body in enumerate(bodies):
        records.append(
            {
                "messageId": f"message-{index}",
                "receiptHandle": "handle",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {"ApproximateReceiveCount": received, "SentTimestamp": "1763900000000"},
                "messageAttributes": {},
                "md5OfBody": "0" * 32,
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:111122223333:failures",
                "awsRegion": "eu-west-1",
            }
        )
    return {"Records": records}


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Function:
    """`cargo lambda watch` with the heal function."""

    def __init__(self, sandbox, log, **environment):
        self.log, self.port = log, free_port()
        # Not `--package`: cargo would choose other features for the dependencies, and build them all again.
        command = [CARGO_LAMBDA, "lambda", "watch", "--ignore-changes"]
        command += ["--invoke-address", "127.0.0.1", "--invoke-port", str(self.port)]
        environment = {
            **os.environ,
            **sandbox.environment,
            "BASELINE": str(ROOT / "events" / "baseline.json"),
            **environment,
        }
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log.open("w"), stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        while True:
            assert self.process.poll() is None, log.read_text()
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)

    def invoke(self, payload, tmp_path, name="heal"):
        file = tmp_path / "payload.json"
        file.write_text(json.dumps(payload))
        command = [CARGO_LAMBDA, "lambda", "invoke", name, "--invoke-address", "127.0.0.1"]
        command += ["--invoke-port", str(self.port), "--data-file", file]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr + done.stdout)
        return json.loads(done.stdout)

    def lines(self):
        """What the function logged."""
        found = []
        for line in self.log.read_text().splitlines():
            if line.startswith("{"):
                found.append(json.loads(line))
        return found

    def stop(self):
        os.killpg(self.process.pid, 15)
        self.process.wait()


@pytest.fixture
def function(tmp_path):
    running = []

    def start(sandbox, **environment):
        running.append(Function(sandbox, tmp_path / f"log-{len(running)}", **environment))
        return running[-1]

    yield start
    for each in running:
        each.stop()


def writes(sandbox):
    calls = sandbox.get("calls")["by_operation"]
    return {name: count for name, count in calls.items() if name in WRITES}


def test_an_event_is_only_planned_unless_somebody_chose_to_apply(sandbox, function, tmp_path):
    heal = function(sandbox)
    assert sandbox.get("calls")["total"] == 0, "nothing before the first event"
    assert heal.invoke(event("mapping-missing/explicit-deny"), tmp_path) is None
    assert writes(sandbox) == {}
    (line,) = [line for line in heal.lines() if line["message"] == "failure"]
    line = {name: line[name] for name in ("event_id", "cause", "keys", "decision")}
    assert line == {
        "event_id": "7b1f2e00-0000-4000-8000-000000000003",
        "cause": "mapping_missing",
        "keys": "Department",
        "decision": "planned",
    }
    log = heal.log.read_text()
    assert [value for value in VALUES if value in log] == []


def test_a_batch_is_healed_once_and_only_the_bad_record_comes_back(sandbox, function, tmp_path):
    heal = function(sandbox, MODE="apply")
    denial, start_build = event("mapping-missing/explicit-deny"), event("not-provisioned/start-build")
    without_time = copy.deepcopy(denial)
    del without_time["detail"]["eventTime"]
    bodies = [
        denial,
        "{not json",
        event("out-of-scope/account-not-in-baseline"),
        without_time,
        denial,
        start_build,
        event("throttled/near-miss-quota"),
    ]
    answer = heal.invoke(batch(bodies), tmp_path)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-1"}, {"itemIdentifier": "message-3"}]}
    assert writes(sandbox) == {name: 1 for name in WRITES}
    world = sandbox.get("world")
    assert world["attribute_mappings"][-1] == {"key": "Department", "source": "${path:enterprise.department}"}
    assert world["permission_sets"][6]["accounts"]["444455556666"] == "provisioned"
    metrics = {
        (metric["name"], metric["dimensions"].get("Cause")): metric["value"] for metric in world["metrics"]
    }
    assert {name: value for name, value in metrics.items() if value} == {
        ("Invocations", None): 1,
        ("Denials", None): 3,
        ("Planned", None): 2,
        ("Fixes", None): 2,
        ("LeftAlone", None): 1,
        ("SecondsToFix", None): metrics["SecondsToFix", None],
        ("Planned", "mapping_missing"): 1,
        ("Fixes", "mapping_missing"): 1,
        ("Planned", "not_provisioned"): 1,
        ("Fixes", "not_provisioned"): 1,
        ("LeftAlone", "out_of_scope"): 1,
        ("Failures", None): 2,
    }
    assert {metric["dimensions"]["Function"] for metric in world["metrics"]} == {"heal"}
    calls = sandbox.get("calls")["by_operation"]
    assert calls["identitystore:DescribeUser"] == 2, "two users"
    assert calls["cloudwatch:PutMetricData"] == 1

    again = heal.invoke(batch([denial, start_build]), tmp_path)
    assert again == {"batchItemFailures": []}
    assert writes(sandbox) == {name: 1 for name in WRITES}, "a second run finds nothing to do"


def test_a_metric_that_cannot_be_sent_neither_undoes_nor_repeats_a_fix(sandbox, function, tmp_path):
    sandbox.fault(operation="cloudwatch:PutMetricData", code="AccessDenied", status=403, times=None)
    heal = function(sandbox, MODE="apply")
    answer = heal.invoke(batch([event("mapping-missing/explicit-deny")]), tmp_path)
    assert answer == {"batchItemFailures": []}
    assert writes(sandbox) == {"sso:UpdateInstanceAccessControlAttributeConfiguration": 1}
    errors = [line["error"] for line in heal.lines() if line["message"] == "the metrics were not sent"]
    assert errors == ["cloudwatch:PutMetricData: AccessDenied"]


def test_what_could_not_be_read_from_aws_comes_again(sandbox, function, tmp_path):
    sandbox.fault(operation="sso:DescribePermissionSet", code="AccessDeniedException", times=None)
    heal = function(sandbox, MODE="apply")
    bodies = [event("mapping-missing/explicit-deny"), event("throttled/ssm")]
    assert heal.invoke(batch(bodies), tmp_path) == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}
    with pytest.raises(RuntimeError, match="has to come again"):
        heal.invoke(event("mapping-missing/explicit-deny"), tmp_path)


def test_a_denial_right_after_a_change_is_looked_at_once_more_and_no_oftener(serve, world, function, tmp_path):
    now = datetime.datetime.now(datetime.UTC)
    denial = event("eventual-consistency/after-provisioning")
    # The provisioning in the journal happened a minute before the call.
    objects = {name: value for name, value in world["journal"]["objects"].items() if not name.startswith("fixes/")}
    [old] = [name for name in world["journal"]["objects"] if "/provision/" in name]
    time_of_fix = now - datetime.timedelta(minutes=1)
    name = f"fixes/{time_of_fix:%Y%m%dT%H%M%S}.000Z/{old.split('/', 2)[2]}"
    objects[name] = {"schema": 1}
    sandbox = serve({**world, "journal": {**world["journal"], "objects": objects}})
    heal = function(sandbox, MODE="apply")
    bodies = [denial, event("throttled/ssm")]
    assert heal.invoke(batch(bodies), tmp_path) == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}
    assert heal.invoke(batch(bodies, received="2"), tmp_path) == {"batchItemFailures": []}
    assert writes(sandbox) == {}
    causes = [line["cause"] for line in heal.lines() if line["message"] == "failure"]
    assert causes == ["eventual_consistency", "throttled"] * 2


def test_what_a_session_began_with_is_kept_in_mode_plan_and_never_logged(serve, world, function, tmp_path):
    sandbox = serve({**world, "journal": {**world["journal"], "objects": {}}})
    begun = sandbox.get("world")["journal"]["objects"]
    heal = function(sandbox)
    sign_in = json.loads((ROOT / "events" / "idp-stopped-sending" / "near-miss-sign-in.json").read_text())
    parameters = sign_in["detail"]["requestParameters"]
    assert heal.invoke(batch([sign_in, sign_in]), tmp_path) == {"batchItemFailures": []}
    name = "sessions/111122223333/AWSReservedSSO_ProjectMember_2b03e7d876722805/jane.doe%40example.com/20261123T100500.000Z.json"
    kept = {"schema": 1, "event_id": sign_in["detail"]["eventID"], "tags": parameters["principalTags"]}
    assert sandbox.get("world")["journal"]["objects"] == {**begun, name: kept}
    assert writes(sandbox) == {}
    log = heal.log.read_text()
    assert [value for value in VALUES if value in log] == []


def test_the_second_look_writes_its_own_objects_and_metrics_and_logs_no_value(sandbox, function, tmp_path):
    begun = sandbox.get("world")["journal"]["objects"]
    both = function(sandbox)
    assert both.invoke({"scheduled": "by EventBridge Scheduler"}, tmp_path, "watch") is None
    assert writes(sandbox) == {}
    world = sandbox.get("world")
    objects = world["journal"]["objects"]
    assert {name: objects[name] for name in begun} == begun
    written = sorted(name for name in objects if name not in begun)
    assert [written[0], written[1].split("/")[0], *written[2:]] == ["index.json", "runs", "watch/seen.json"]
    metrics = {metric["name"]: metric["value"] for metric in world["metrics"]}
    assert (metrics["Heartbeat"], metrics["Drift"], metrics["MappingsInUse"]) == (1, 4, 8)
    assert {metric["dimensions"]["Function"] for metric in world["metrics"]} == {"watch"}
    found = [line["finding"] for line in both.lines() if line["message"] == "finding"]
    assert found[:3] == ["mapping_missing", "mapping_source_differs", "mapping_not_approved"]
    log = both.log.read_text()
    assert [value for value in VALUES if value in log] == []


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"MODE": "aply"}, "MODE is `aply`, neither `plan` nor `apply`"),
        ({"JOURNAL_BUCKET": ""}, "JOURNAL_BUCKET is not set"),
        ({"BASELINE": "events/expected.json"}, "Caused by:\n    baseline: 8 mistakes\n      line 1, column 1: version: not there"),
    ],
)
def test_a_setting_that_is_not_understood_stops_the_start(environment, reason):
    # Where no Runtime API answers, a function that starts would wait or complain about that instead.
    known = {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1", "JOURNAL_BUCKET": "b", "AWS_LAMBDA_FUNCTION_NAME": "heal"}
    done = subprocess.run(
        [TAGMEND.resolve().with_name("heal")], cwd=ROOT, env={**os.environ, **known, **environment},
        capture_output=True, text=True, check=False, timeout=60,
    )
    assert done.returncode != 0
    assert reason in done.stdout + done.stderr
