"""Somebody is woken by an alarm and has its text alone: its line runs as it is printed, in an empty folder, on an AWS."""

import datetime
import hashlib
import json
import re
import shlex
import subprocess

import pytest
from conftest import REGION, ROOT, TAGMEND
from test_advice import mistakes
from test_template import deployment

BUCKET = "tagmend-journal-111122223333"
REVIEWERS = ["arn:aws:iam::111122223333:role/on-call"]


def lines(**given):
    """The line of every alarm of a deployment, as it is printed."""
    resources = deployment(
        Mode="apply", AlarmTopicArn="arn:aws:sns:eu-west-1:111122223333:on-call", RelatedEvents="on", **given
    )
    filled_in = {"<AWS::Region>": REGION, "<Journal>": BUCKET}
    found = {}
    for name, resource in resources.items():
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            line = resource["Properties"]["AlarmDescription"].partition(" Look: ")[2]
            for variable, value in filled_in.items():
                line = line.replace(variable, value)
            found[name] = line
    return found


def stamp(time):
    return time.isoformat().replace("+00:00", "Z")


@pytest.fixture
def place(tmp_path, serve, world):
    """An empty folder, and an AWS in which an operator healed a denial a moment ago."""
    baseline = (ROOT / "events" / "baseline.json").read_text()
    digest = hashlib.sha256(baseline.encode()).hexdigest()
    journal = {"bucket": BUCKET, "objects": {}, "texts": {f"baselines/{digest}.json": baseline}}
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    sandbox = serve({**world, "now": stamp(now), "journal": journal})
    denial = json.loads((ROOT / "events" / "mapping-missing" / "explicit-deny.json").read_text())
    denial["time"] = denial["detail"]["eventTime"] = stamp(now - datetime.timedelta(minutes=5))
    event = tmp_path / "denial.json"
    event.write_text(json.dumps(denial))
    environment = {**sandbox.environment, "PATH": f"{TAGMEND.parent}:/usr/bin:/bin", "HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    empty = tmp_path / "empty"
    empty.mkdir()
    live = ["--live", "--region", REGION, "--journal-bucket", BUCKET, "--baseline", digest]
    subprocess.run([TAGMEND, "replay", event, "--apply", *live], cwd=empty, env=environment, check=True, capture_output=True)
    return empty, environment, digest


def test_every_line_runs_as_it_is_printed_and_what_it_advises_is_a_command(place):
    folder, environment, digest = place
    all_lines = lines(BaselineSha256=digest, ReviewerRoleArns=REVIEWERS)
    assert len(all_lines) > 20
    advised = set()
    for alarm, line in all_lines.items():
        done = subprocess.run(["bash", "-c", f"{line} --json"], cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{alarm}: {done.stderr}"
        review = json.loads(done.stdout)
        assert review["unread"] == [], alarm
        assert [fix["change"]["key"] for fix in review["fixes"]] == ["Department"], alarm
        advised |= {step["command"] for step in review["first"] if step["command"]}
    assert len(advised) > 12
    wrong = []
    for command in sorted(advised):
        # What a command asks of the stack is a command too.
        for inner in re.findall(r'"\$\((.*?)\)"', command):
            wrong += [f"{inner}: {what}" for what in mistakes(shlex.split(inner))]
        words = shlex.split(re.sub(r'"\$\(.*?\)"', "https://sqs.eu-west-1.amazonaws.com/111122223333/q", command))
        if words[0] == "aws":
            wrong += [f"{command}: {what}" for what in mistakes(words)]
        else:
            done = subprocess.run([TAGMEND, *words[1:], "--help"], capture_output=True, text=True, check=False)
            wrong += [f"{command}: {done.stderr}"] if done.returncode else []
    assert wrong == []


def test_without_a_digest_the_line_names_the_file_that_the_stack_was_built_with():
    for alarm, line in lines().items():
        assert " --baseline infra/baseline.json --last " in line, alarm
        # Where nobody may read the users' key, nobody is told to ask for names.
        assert line.endswith(f" --alarm-name {alarm}"), line


def test_the_dashboard_begins_with_the_same_line():
    [dashboard] = [each for each in deployment(ReviewerRoleArns=REVIEWERS).values() if each["Type"] == "AWS::CloudWatch::Dashboard"]
    body = json.loads(dashboard["Properties"]["DashboardBody"])
    [text] = [text for each in body["widgets"] if "Start here" in (text := each["properties"].get("markdown", ""))]
    line = re.search(r"`(tagmend review [^`]*)`", text)[1]
    expected = "tagmend review --live --region <AWS::Region> --journal-bucket <Journal> --baseline infra/baseline.json --last 24h --names"
    assert line == expected
