"""What AWS itself wrote has to be read: every AWS managed policy that moto ships."""

import json
import re

from moto.iam.aws_managed_policies import aws_managed_policies_data
from test_command import run


def test_every_aws_managed_policy_is_read():
    policies = json.loads(aws_managed_policies_data)
    assert len(policies) > 1_000
    request = {"action": "s3:GetObject", "resource": {"arn": "arn:aws:s3:::bucket/key"}}
    lines = [
        json.dumps({"id": name, "policies": [policy["Document"]], "request": request})
        for name, policy in policies.items()
    ]
    done = run("simulate", "-", "--json", text="\n".join(lines))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    errors = [answer for answer in answers if "error" in answer]
    assert (errors, done.returncode, len(answers)) == ([], 0, len(policies)), done.stderr
    decisions = {answer["id"]: answer["decision"] for answer in answers}
    assert decisions["AdministratorAccess"] == decisions["AmazonS3ReadOnlyAccess"] == "Allowed"
    assert decisions["AWSDenyAll"] == "ExplicitlyDenied"
    assert decisions["AmazonSQSReadOnlyAccess"] == "ImplicitlyDenied"


def listed(value):
    return value if isinstance(value, list) else [value]


def example(pattern):
    """A text that a pattern matches. Of a `*` no part of an ARN is left empty."""
    return pattern.replace("*", "x").replace("?", "x")


def alone(statement):
    """Each pattern of a statement in a policy of its own, without conditions, with a request that it matches."""
    for element, other in (("Action", "Resource"), ("Resource", "Action"), ("NotAction", "Resource"), ("NotResource", "Action")):
        for pattern in listed(statement.get(element, [])):
            # A variable's value is no matter of syntax.
            pattern = re.sub(r"\$\{[^}]*\}", "x", pattern)
            policy = {"Effect": statement["Effect"], element: pattern, other: "*"}
            request = {"Action": "zz:Nothing", "Resource": "arn:zz:zz:::zz"}
            if not element.startswith("Not") and pattern != "*":
                request[element] = example(pattern)
            yield element, pattern, policy, request


def test_no_statement_of_aws_is_open_for_its_syntax_alone():
    found = []
    for name, policy in json.loads(aws_managed_policies_data).items():
        for statement in listed(policy["Document"]["Statement"]):
            found += [(name, statement["Effect"], *one) for one in alone(statement)]
    lines = [
        json.dumps(
            {
                "id": index,
                "policies": [{"Version": "2012-10-17", "Statement": policy}],
                "request": {"action": request["Action"], "resource": {"arn": request["Resource"]}},
            }
        )
        for index, (_, _, _, _, policy, request) in enumerate(found)
    ]
    done = run("simulate", "-", "--json", text="\n".join(lines))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(found) > 20_000
    matched = {"Allow": "Allowed", "Deny": "ExplicitlyDenied"}
    differ = [
        (name, element, pattern, answer)
        for (name, effect, element, pattern, _, _), answer in zip(found, answers)
        if answer.get("undocumented") != [] or answer["decision"] != matched[effect]
    ]
    assert differ == []
    in_partition = {name for name, _, element, pattern, _, _ in found if re.match(r"arn:[^:]*[*?]", pattern)}
    print(f"{len(answers)} patterns; {len(in_partition)} policies have a wildcard in the partition of a resource")
    assert len(in_partition) >= 50


def test_a_policy_that_aws_would_not_accept_is_named():
    line = json.dumps({"id": 1, "policies": [{"Statement": {"Effect": "Allow"}}], "request": {"action": "a:b"}})
    done = run("simulate", "-", "--json", text=line)
    assert done.returncode == 1
    error = {"schema": 1, "id": 1, "line": 1, "error": "`Action` or `NotAction` is missing", "position": "$.policies[0].Statement"}
    assert json.loads(done.stdout) == error
