"""Every command that advice names is one that its program takes: judged by botocore's models, and by tagmend itself."""

import functools
import json
import re
import shlex
import subprocess

import botocore.exceptions
import botocore.session
import pytest
from botocore import xform_name
from conftest import ROOT

TAGMEND = ROOT / "target" / "debug" / "tagmend"
# What the AWS CLI takes beside an operation's own parameters.
GLOBAL = {"--query", "--region", "--profile", "--output"}
# Where the AWS CLI's name of a service is another one than botocore's.
RENAMED = {"s3api": "s3"}
# Commands of the AWS CLI that are no operation of a service.
OF_THE_CLI = {("sso", "login"), ("sso", "logout")}
# What a person fills in: capital letters.
PLACEHOLDER = re.compile(r"[A-Z_]+")


def advised():
    done = subprocess.run([TAGMEND, "replay", "events", "--json"], cwd=ROOT, capture_output=True, text=True, check=False)
    found = set()
    for line in done.stdout.splitlines():
        record = json.loads(line)
        for of in (record.get("diagnosis"), record.get("related")):
            command = ((of or {}).get("advice") or {}).get("command")
            if command:
                found.add(command)
    # The causes' own, also where no event has them.
    found.update(re.findall(r"^- to begin with: `((?:aws|tagmend) [^`]+)`", (ROOT / "docs" / "causes.md").read_text(), re.M))
    return found


def commands():
    """One of each form: `&&` joins two, and what was filled in makes no other form."""
    parts = {part.strip() for command in advised() for part in command.split("&&")}
    return sorted(parts)


@functools.lru_cache
def service_model(service):
    return botocore.session.get_session().get_service_model(RENAMED.get(service, service))


def operation(words):
    model = service_model(words[1])
    return model.operation_model({xform_name(name, "-"): name for name in model.operation_names}[words[2]])


def options(words):
    """Options with their values."""
    found = {}
    for word in words[3:]:
        if word.startswith("--"):
            found[word] = []
        elif word != "...":
            found[list(found)[-1]].append(word)
    return found


def test_commands_are_those_of_their_programs():
    all_commands = commands()
    assert len(all_commands) > 60
    wrong = []
    for command in all_commands:
        words = shlex.split(command)
        # What bash or zsh would expand stands in quotes.
        if re.search(r"[][{}*?$;|<>()~!#]", re.sub(r"'[^']*'", "", command)):
            wrong.append(f"{command}: not in quotes")
        if words[0] == "tagmend":
            done = subprocess.run([TAGMEND, *words[1:], "--help"], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                wrong.append(f"{command}: {done.stderr.splitlines()[0]}")
        elif words[0] == "aws" and tuple(words[1:3]) not in OF_THE_CLI:
            wrong += [f"{command}: {what}" for what in mistakes(words)]
    assert wrong == []


def mistakes(words):
    try:
        shape = operation(words).input_shape
    except (KeyError, botocore.exceptions.UnknownServiceError) as error:
        yield f"no operation: {error}"
        return
    members = {f"--{xform_name(name, '-')}": member for name, member in (shape.members if shape else {}).items()}
    given = options(words)
    for option, values in given.items():
        if option in GLOBAL:
            continue
        if option not in members:
            yield f"no parameter {option}"
            continue
        for value in values:
            member = members[option]
            if member.type_name == "list":
                member = member.member
            if member.type_name == "string" and member.enum and value not in member.enum:
                yield f"{option}: `{value}` is none of {member.enum}"
            pattern = member.metadata.get("pattern")
            if member.type_name != "string" or PLACEHOLDER.fullmatch(value) or value.startswith("file://"):
                continue
            if pattern and not re.fullmatch(pattern.replace(r"\p{L}", "a-zA-Z").replace(r"\p{M}", "").replace(r"\p{Z}", " "), value):
                yield f"{option}: `{value}` does not match {pattern}"
    if "..." not in words:
        for name in shape.required_members if shape else []:
            if f"--{xform_name(name, '-')}" not in given:
                yield f"--{xform_name(name, '-')} is required"


@pytest.mark.parametrize(
    ("command", "mistake"),
    [
        ("aws kms get-keypolicy --key-id KEY", "no operation: 'get-keypolicy'"),
        ("aws kms get-key-policy --key KEY", "no parameter --key"),
        ("aws kms get-key-policy --policy-name default", "--key-id is required"),
        ("aws iam get-role --role-name arn:aws:iam::111122223333:role/x", "--role-name: `arn:aws:iam::111122223333:role/x` does not match"),
        ("aws organizations list-policies-for-target --target-id 111122223333 --filter SCP_POLICY", "--filter: `SCP_POLICY` is none of"),
    ],
)
def test_mistakes_are_seen(command, mistake):
    assert any(found.startswith(mistake) for found in mistakes(shlex.split(command))), list(mistakes(shlex.split(command)))
