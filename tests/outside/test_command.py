"""The command as a process: standard input, exit codes, the AWS CLI against the sandbox."""

import json
import os
import pathlib
import subprocess
import sys

import pytest
from conftest import ROOT, TAGMEND

DENIAL = ROOT / "events" / "mapping-missing" / "explicit-deny.json"


def run(*arguments, text=None, **environment):
    return subprocess.run(
        [TAGMEND, *arguments], cwd=ROOT, input=text, capture_output=True, text=True, check=False,
        env={**os.environ, **environment},
    )


def test_standard_input():
    done = run("replay", "-", "--json", text=DENIAL.read_text())
    assert done.returncode == 2, done.stderr
    record = json.loads(done.stdout)
    assert (record["place"], record["diagnosis"]["cause"]) == ("standard input", "mapping_missing")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["replay", "events/intended"], 0),
        (["replay", "events"], 2),
        (["replay", "no-such-path"], 1),
        (["replay", "--live", "events"], 64),
        (["explain", "events/mapping-missing/explicit-deny.json"], 2),
        (["explain", "events/intended/unknown-text.json"], 0),
        (["explain", "events"], 1),
        (["replay", "events/intended", "--baseline", "events/world.json"], 1),
    ],
)
def test_exit_codes(arguments, code):
    done = run(*arguments)
    assert done.returncode == code, done.stdout + done.stderr


def test_errors_name_the_place():
    done = run("replay", "events/intended", "--baseline", "events/world.json")
    first, *mistakes = done.stderr.splitlines()
    assert first == "error: events/world.json: baseline: 99 mistakes"
    assert "  line 2, column 3: now: unknown field; there are " in done.stderr
    assert len([mistake for mistake in mistakes if mistake.startswith("  line ")]) == 99, done.stderr


def test_live_asks_whatever_the_environment_says(sandbox, tmp_path):
    event = json.loads(DENIAL.read_text())
    event["detail"]["eventTime"] = "2020-01-01T00:00:00Z"
    path = tmp_path / "event.json"
    path.write_text(json.dumps(event))
    live = ["--live", "--region", "eu-west-1", "--journal-bucket", "tagmend-journal"]
    live += ["--baseline", "events/baseline.json"]
    old = run("replay", path, "--json", *live, **sandbox.environment)
    assert old.returncode == 0, old.stderr
    record = json.loads(old.stdout)
    assert record["diagnosis"]["cause"] == "mapping_missing"
    assert record["plan"] == {"changes": [], "reason": "the event is too old"}, "the clock is the real one"
    assert "s3:PutObject" not in sandbox.get("calls")["by_operation"]
    other = run("replay", path, *[word.replace("eu-west-1", "us-east-1") for word in live])
    assert other.returncode == 1
    assert "the instance's primary Region in events/baseline.json is eu-west-1" in other.stderr
    fix = "20261123T120000.000Z/restore_mapping/Department"
    other = run("rollback", fix, *[word.replace("eu-west-1", "us-east-1") for word in live])
    assert (other.returncode, other.stdout) == (1, "")
    assert "the instance's primary Region in events/baseline.json is eu-west-1" in other.stderr


def test_the_aws_cli_talks_to_the_sandbox(sandbox, world):
    command = [pathlib.Path(sys.executable).with_name("aws"), "sso-admin"]
    command += ["describe-instance-access-control-attribute-configuration", "--instance-arn", world["instance_arn"]]
    done = subprocess.run(
        command, env={**os.environ, **sandbox.environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["Status"] == "ENABLED"


def test_the_aws_cli_copies_lists_and_looks_at_objects_of_the_journal(sandbox, world, tmp_path):
    bucket = f"s3://{world['journal']['bucket']}"

    def aws(*arguments):
        command = [pathlib.Path(sys.executable).with_name("aws"), *arguments]
        environment = {**os.environ, **sandbox.environment, "TZ": "UTC"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    hold = tmp_path / "hold.json"
    for text in ["stop", '{"schema": 1, "all": null, "keys": {}}']:
        hold.write_text(text)
        aws("s3", "cp", str(hold), f"{bucket}/hold.json")
        assert aws("s3", "cp", f"{bucket}/hold.json", "-") == text
    copy = tmp_path / "copy.json"
    aws("s3", "cp", f"{bucket}/hold.json", str(copy))
    assert copy.read_text() == hold.read_text()
    listed = aws("s3", "ls", f"{bucket}/")
    assert "PRE fixes/" in listed and "2026-01-01 00:00:00         38 hold.json" in listed, listed
    assert aws("s3", "ls", f"{bucket}/fixes/", "--recursive").count("fixes/") == sum(
        name.startswith("fixes/") for name in world["journal"]["objects"]
    )
    head = json.loads(aws("s3api", "head-object", "--bucket", world["journal"]["bucket"], "--key", "hold.json"))
    assert (head["ContentLength"], head["ContentType"]) == (38, "text/plain")
    part = tmp_path / "part"
    aws("s3api", "get-object", "--bucket", world["journal"]["bucket"], "--key", "hold.json", "--range", "bytes=2-7", str(part))
    assert part.read_text() == "schema"
