"""What AWS itself wrote has to be read: every AWS managed policy that moto ships."""

import json

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


def test_a_policy_that_aws_would_not_accept_is_named():
    line = json.dumps({"id": 1, "policies": [{"Statement": {"Effect": "Allow"}}], "request": {"action": "a:b"}})
    done = run("simulate", "-", "--json", text=line)
    assert done.returncode == 1
    error = {"id": 1, "line": 1, "error": "`Action` or `NotAction` is missing", "position": "$.policies[0].Statement"}
    assert json.loads(done.stdout) == error
