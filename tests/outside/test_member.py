"""What member accounts get: rules that forward, and an optional role that only reads."""

import re
from pathlib import Path

import pytest
from cfnlint.decode import cfn_yaml

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "infra" / "member.yaml"
SOURCE = cfn_yaml.load(str(TEMPLATE))
MAIN = cfn_yaml.load(str(ROOT / "infra" / "template.yaml"))


@pytest.mark.parametrize("rule", ["FailureRule", "ThrottlingRule", "SignInRule", "ForeignWriteRule", "PermissionSetRule"])
def test_the_rules_forward_what_the_main_template_picks(rule):
    here, there = (source["Resources"][rule]["Properties"] for source in (SOURCE, MAIN))
    pattern = dict(there["EventPattern"])
    if rule in ("FailureRule", "ThrottlingRule"):
        # Its own role is in one account only.
        detail = dict(pattern["detail"])
        detail["userIdentity"] = {"$or": detail["userIdentity"]["$or"]}
        pattern["detail"] = detail
    if rule in ("ForeignWriteRule", "PermissionSetRule"):
        pattern["detail"] = {key: value for key, value in pattern["detail"].items() if key != "userIdentity"}
    assert here["EventPattern"] == pattern
    assert here["State"] == there["State"]
    [target], [main_target] = here["Targets"], there["Targets"]
    assert target["Arn"] == {"Ref": "TargetBusArn"}
    # What does not arrive is tried for as long as there, and is kept.
    assert target["RetryPolicy"] == main_target["RetryPolicy"]
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}}


def test_only_the_rules_send_to_the_dead_letter_queue():
    here, there = (source["Resources"]["DeadLetters"]["Properties"] for source in (SOURCE, MAIN))
    assert here == there
    policy = SOURCE["Resources"]["DeadLettersPolicy"]["Properties"]
    assert policy["Queues"] == [{"Ref": "DeadLetters"}]
    arn = "Fn::GetAtt"
    senders = ("FailureRule", "ThrottlingRule", "SignInRule", "ForeignWriteRule", "PermissionSetRule")
    rules = {"aws:SourceArn": [{arn: [rule, "Arn"]} for rule in senders]}
    sends = {"Action": "sqs:SendMessage", "Resource": {arn: ["DeadLetters", "Arn"]}}
    service = {"Service": "events.amazonaws.com"}
    assert policy["PolicyDocument"]["Statement"] == [
        {"Sid": "Rules", "Effect": "Allow", "Principal": service, **sends, "Condition": {"ArnEquals": rules}},
        {"Sid": "NobodyElse", "Effect": "Deny", "Principal": "*", **sends, "Condition": {"ArnNotEquals": rules}},
    ]


def test_both_parts_are_optional():
    assert all(SOURCE["Parameters"][name]["Default"] == "" for name in ("TargetBusArn", "ReaderRoleName", "HealRoleArn"))
    assert SOURCE["Parameters"]["OtherReaderArns"]["Default"] == ""
    assert {resource["Condition"] for resource in SOURCE["Resources"].values()} == {"Forwards", "Reads"}


def test_the_reader_role_reads_and_only_tagmend_takes_it():
    role = SOURCE["Resources"]["ReaderRole"]["Properties"]
    assert "ManagedPolicyArns" not in role
    trust, others = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"AWS": {"Ref": "HealRoleArn"}}
    organization = {"Fn::If": ["OfOrganization", {"Ref": "OrganizationId"}, {"Ref": "AWS::NoValue"}]}
    assert trust["Condition"] == {
        "StringEquals": {"sts:ExternalId": {"Ref": "ReaderExternalId"}, "aws:PrincipalOrgID": organization}
    }
    # Whom the deployer names besides, of Tagmend's own account, by the same conditions.
    condition, others, nobody = others["Fn::If"]
    assert (condition, nobody) == ("OthersRead", {"Ref": "AWS::NoValue"})
    home = {"Home": {"Fn::Select": [4, {"Fn::Split": [":", {"Ref": "HealRoleArn"}]}]}}
    assert others.pop("Principal") == {"AWS": {"Fn::Sub": ["arn:${AWS::Partition}:iam::${Home}:root", home]}}
    named = {"ArnLike": {"aws:PrincipalArn": {"Ref": "OtherReaderArns"}}}
    assert others == {"Effect": "Allow", "Action": "sts:AssumeRole", "Condition": {**trust["Condition"], **named}}
    statements = role["Policies"][0]["PolicyDocument"]["Statement"]
    actions = [action for s in statements for action in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])]
    reads = re.compile(r"[a-z0-9-]+:(Get|List|Describe|BatchGet|Simulate|Decode)[A-Za-z]+")
    assert [action for action in actions if not reads.fullmatch(action)] == []
    assert all(s["Effect"] == "Allow" for s in statements)
    # How far each reaches: only what IAM knows no resource for, or no service lists alone, is granted on everything.
    sub = "Fn::Sub"
    assert {s["Sid"]: s["Resource"] for s in statements} == {
        "Policies": {sub: "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/*"},
        "SecondOpinion": {sub: "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-reserved/sso.amazonaws.com/*"},
        "Forwarding": {sub: "arn:${AWS::Partition}:events:*:${AWS::AccountId}:rule/*"},
        "Everywhere": "*",
        "Buckets": {sub: "arn:${AWS::Partition}:s3:::*"},
        "OwnServices": "*",
    }
    # Nothing of another account, whoever shares it: for sure where the resource is named, else where IAM knows whose it is.
    own = {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}
    assert {s["Sid"]: s["Condition"] for s in statements} == {
        **dict.fromkeys(["Policies", "SecondOpinion", "Forwarding", "Buckets"], {"StringEquals": own}),
        **dict.fromkeys(["Everywhere", "OwnServices"], {"StringEqualsIfExists": own}),
    }
    everywhere = next(s["Action"] for s in statements if s["Sid"] == "Everywhere")
    assert everywhere == [
        "cloudformation:GetResource",
        "events:ListRuleNamesByTarget",
        "servicequotas:ListServiceQuotas",
        "sts:DecodeAuthorizationMessage",
        "tag:GetResources",
    ]
    shows_content = re.compile(r".*:Get(Object|Item|Records|Secret|Parameter|Function|Messages|LogEvents|Authorization).*")
    assert [action for action in actions if shows_content.fullmatch(action)] == []
