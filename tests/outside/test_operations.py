"""`docs/operations.md` is followed from an empty sandbox to the first fix, an upgrade and the removal, in its order.

Commands of tagmend run as they are printed, against a sandbox that answers as AWS does. Those of aws go to a stand-in that
writes them down, and are judged by botocore's models and the AWS CLI's own tables of options.
"""

import datetime
import json
import math
import re
import shlex
import subprocess

import pytest
from awscli.customizations.cloudformation.deploy import DeployCommand
from awscli.customizations.s3.subcommands import CpCommand
from awscli.shorthand import BackCompatVisitor, ShorthandParser
from botocore import xform_name
from botocore.validate import ParamValidator
from conftest import REGION, ROOT, TAGMEND
from test_advice import GLOBAL, operation

# Commands of the AWS CLI that are no operation of a service.
OF_THE_CLI = {("cloudformation", "deploy"): DeployCommand, ("s3", "cp"): CpCommand}
STAND_IN = """#!/bin/sh
printf '%s\\0' "$@" >> "$CALLS"; printf '\\n' >> "$CALLS"
case "$*" in *describe-stacks*) echo tagmend-journal;; esac
"""
# Exit code 2 is that something is planned, or to be done.
COMMAND = """#!/bin/sh
echo "tagmend $1 $2" >> "$RUN"
"{tagmend}" "$@"; code=$?
echo "$code" >> "$RUN"
test $code -eq 2 || exit $code
"""


def blocks():
    return re.findall(r"^```sh\n(.*?)^```$", (ROOT / "docs" / "operations.md").read_text(), re.M | re.S)


def mistakes(words):
    """What is wrong with a command of aws, as `aws SERVICE OPERATION ...`."""
    custom = OF_THE_CLI.get(tuple(words[1:3]))
    if custom:
        known = {f"--{argument['name']}" for argument in custom.ARG_TABLE} | GLOBAL
        return [f"no option {word}" for word in words[3:] if word.startswith("--") and word not in known]
    try:
        shape = operation(words).input_shape
    except KeyError as missing:
        return [f"no operation {missing}"]
    members = {f"--{xform_name(name, '-')}": (name, member) for name, member in shape.members.items()}
    given, wrong, name = {}, [], None
    for word in words[3:]:
        if not word.startswith("--"):
            given[name].append(word)
            continue
        name, word = word, word.replace("--no-", "--")
        known = name in GLOBAL or name in members or (word in members and members[word][1].type_name == "boolean")
        wrong += [] if known else [f"no option {name}"]
        given[name] = []
    parameters = {}
    for option, values in given.items():
        name, member = members.get(option) or members.get(option.replace("--no-", "--")) or (None, None)
        if name and option not in GLOBAL:
            parameters[name] = value(member, values, option)
    report = ParamValidator().validate(parameters, shape)
    return wrong + ([report.generate_report()] if report.has_errors() else [])


def value(member, values, option):
    def one(shape, text):
        if shape.type_name == "structure":
            parsed = ShorthandParser().parse(text)
            BackCompatVisitor().visit(parsed, shape)
            return parsed
        return int(text) if shape.type_name in ("integer", "long") else text

    if member.type_name == "boolean":
        return not option.startswith("--no-")
    if member.type_name == "list":
        return [one(member.member, text) for text in values]
    return one(member, values[0])


@pytest.mark.parametrize(
    ("command", "mistake"),
    [
        ("aws cloudformation create-stacks --stack-name x", "no operation"),
        ("aws cloudformation delete-stack --stack-nam x", "no option --stack-nam"),
        ("aws cloudformation delete-stack-instances --stack-set-name x --regions y", "RetainStacks"),
        ("aws cloudformation create-stack-set --stack-set-name x --auto-deployment Enable=true", "Enable"),
        ("aws cloudformation deploy --stack-name x --parameters y", "no option --parameters"),
        ("aws s3 cp a b --exclud c", "no option --exclud"),
    ],
)
def test_mistakes_are_seen(command, mistake):
    assert any(mistake in found for found in mistakes(shlex.split(command))), mistakes(shlex.split(command))


@pytest.fixture
def place(tmp_path, serve, world):
    """A folder with a release and a denial, a sandbox in which nothing was begun, and the programs."""
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    world = {**world, "now": now.isoformat().replace("+00:00", "Z"), "journal": {"bucket": "tagmend-journal", "begun": False, "objects": {}}}
    sandbox = serve(world)
    denial = json.loads((ROOT / "events" / "mapping-missing" / "explicit-deny.json").read_text())
    denial["time"] = denial["detail"]["eventTime"] = (now - datetime.timedelta(minutes=5)).isoformat().replace("+00:00", "Z")
    work = tmp_path / "work"
    programs = tmp_path / "programs"
    for folder in (work, programs):
        folder.mkdir()
    (work / "denial.json").write_text(json.dumps(denial))
    for name, text in (("aws", STAND_IN), ("tagmend", COMMAND.format(tagmend=TAGMEND))):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    environment = {
        **sandbox.environment, "PATH": f"{programs}:/usr/bin:/bin", "HOME": str(tmp_path), "AWS_REGION": REGION,
        "CALLS": str(tmp_path / "calls"), "RUN": str(tmp_path / "run"), "AWS_EC2_METADATA_DISABLED": "true",
    }
    return work, sandbox, environment


def test_the_page_leads_from_nothing_to_the_first_fix_and_out_again(place, tmp_path, world):
    work, sandbox, environment = place
    script = ["set -eu"]
    for number, block in enumerate(blocks()):
        script.append(block)
        if "baseline init" in block:
            # What a person decides: the owners, what may be healed, and which accounts.
            script.append(f"cp '{ROOT / 'events' / 'baseline.json'}' baseline.json")
        if number == 0:
            # What is the reader's own.
            script.append(f"export INSTANCE={world['instance_arn']} STORE={world['identity_store_id']}")
    done = subprocess.run(["bash", "-c", "\n".join(script)], cwd=work, env=environment, capture_output=True, text=True, check=False)
    told = (tmp_path / "run").read_text().splitlines()
    assert done.returncode == 0, f"{told[-2:]}\n{done.stdout[-3000:]}\n{done.stderr}"
    assert "fixed and verified, journal " in done.stdout, done.stdout
    after = sandbox.get("world")
    assert {"key": "Department", "source": "${path:enterprise.department}"} in after["attribute_mappings"], "the first fix"
    assert len([name for name in after["journal"]["objects"] if name.startswith("fixes/")]) == 1
    assert after["journal"]["objects"]["hold.json"]["all"]["reason"] == "taken out"
    assert len(after["journal"]["texts"]) == 1, "the baseline is published"
    ended = dict(zip(told[::2], told[1::2]))
    assert set(ended) == {
        "tagmend baseline init", "tagmend baseline publish", "tagmend baseline grants", "tagmend baseline check",
        "tagmend baseline approve", "tagmend journal begin", "tagmend doctor --live", "tagmend scan --live",
        "tagmend explain denial.json", "tagmend replay denial.json", "tagmend review --live", "tagmend hold --live",
        "tagmend resume --live",
    }
    calls = [["aws", *line.rstrip("\0").split("\0")] for line in (tmp_path / "calls").read_text().splitlines()]
    assert len(calls) == len(re.findall(r"\baws [a-z]", "".join(blocks()))), "each was called once"
    wrong = [(shlex.join(words), found) for words in calls for found in mistakes(words)]
    assert wrong == []


def test_the_example_of_the_cost_adds_up():
    text = (ROOT / "docs" / "operations.md").read_text()
    rows = re.findall(r"^\w+ +(\d[\d. x]*) = (\d+\.\d\d)$", text, re.M)
    assert len(rows) == 8
    for factors, product in rows:
        assert abs(math.prod(float(factor) for factor in factors.split(" x ")) - float(product)) < 0.006, factors
    [total] = re.findall(r"^in all +(\d+\.\d\d)$", text, re.M)
    assert f"{sum(float(product) for _, product in rows):.2f}" == total


def test_what_the_doctor_advises_is_there():
    """Operations and options that its sentences name. What is filled in, only a look knows."""
    texts = "".join(path.read_text() for path in sorted((ROOT / "crates" / "doctor" / "src").rglob("*.rs")))
    advised = set(re.findall(r"aws ([a-z0-9-]+) ([a-z0-9-]+)([^;\"]*)", texts))
    assert len(advised) > 12
    wrong = []
    for service, name, rest in sorted(advised):
        try:
            shape = operation(["aws", service, name]).input_shape
        except KeyError:
            if (service, name) not in OF_THE_CLI:
                wrong.append(f"{service} {name}")
            continue
        members = {f"--{xform_name(member, '-')}" for member in shape.members} | GLOBAL
        wrong += [f"{service} {name} {option}" for option in re.findall(r"--[a-z-]+", rest) if option not in members]
    assert wrong == []
