"""The deployment, judged by programs that are not ours."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import botocore.loaders
import botocore.session
import pytest
from cfnlint.decode import cfn_yaml
from moto.events.models import EventPattern
from samtranslator.translator.transform import transform

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "infra" / "template.yaml"

INSTANCE = "arn:aws:sso:::instance/ssoins-1111222233334444"
ACCOUNT = "arn:aws:sso:::account/111122223333"
PERMISSION_SET = "arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-5555666677778888"
# A role name has at most 64 characters, so this is as long as the pattern gets.
OWN_ROLE = "arn:aws-us-gov:iam::444455556666:role/" + "tagmend-heal".rjust(64, "A")
OTHER_OWN_ROLE = "arn:aws-us-gov:iam::444455556666:role/" + "tagmend-watch".rjust(64, "A")

# Code, class, event sources, how the text begins; see the head of the file.
CODES = [
    line.split(" | ")[:4]
    for line in (ROOT / "crates/diagnosis/data/error_codes.txt").read_text().splitlines()
    if not line.startswith("#")
]

# Everything the function may do, and where. A wildcard in here needs its reason beside it.
READS = {
    "sso:DescribeInstanceAccessControlAttributeConfiguration": {INSTANCE},
    # A denial can come from any account.
    "sso:ListPermissionSetsProvisionedToAccount": {INSTANCE, "arn:aws:sso:::account/*"},
    # A denial can name any permission set of this one instance.
    **dict.fromkeys(
        [
            "sso:DescribePermissionSet",
            "sso:GetInlinePolicyForPermissionSet",
            "sso:GetPermissionsBoundaryForPermissionSet",
            "sso:ListCustomerManagedPolicyReferencesInPermissionSet",
            "sso:ListManagedPoliciesInPermissionSet",
            "sso:ListTagsForResource",
        ],
        {INSTANCE, "arn:aws:sso:::permissionSet/ssoins-1111222233334444/*"},
    ),
    # The account that owns the store is not known; users cannot be told apart beforehand.
    **dict.fromkeys(
        ["identitystore:DescribeUser", "identitystore:GetUserId"],
        {"arn:aws:identitystore::*:identitystore/d-1111111111", "arn:aws:identitystore:::user/*"},
    ),
    # Policies that AWS manages and everybody may read.
    **dict.fromkeys(["iam:GetPolicy", "iam:GetPolicyVersion"], {"arn:aws:iam::aws:policy/*"}),
    # Any SCP or RCP that a denial names.
    "organizations:DescribePolicy": {
        "arn:aws:organizations::*:policy/o-*/service_control_policy/p-*",
        "arn:aws:organizations::*:policy/o-*/resource_control_policy/p-*",
    },
    # What a mapping touches, and what sessions began with, which is kept in mode plan too.
    "s3:GetObject": {
        "<Journal.Arn>/fixes/*", "<Journal.Arn>/index.json", "<Journal.Arn>/keys/users.json", "<Journal.Arn>/sessions/*",
        # What came before, and who was denied within the hour.
        "<Journal.Arn>/related/*", "<Journal.Arn>/runs/*",
    },
    # And what each run did, with users as hashes.
    "s3:PutObject": {
        "<Journal.Arn>/index.json", "<Journal.Arn>/keys/users.json", "<Journal.Arn>/related/*", "<Journal.Arn>/runs/*",
        "<Journal.Arn>/sessions/*",
    },
    # A metric has no ARN. The condition on the namespace is tested below.
    "cloudwatch:PutMetricData": {"*"},
    "s3:ListBucket": {"<Journal.Arn>"},
    **dict.fromkeys(["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"], {"<Failures.Arn>"}),
    **dict.fromkeys(["logs:CreateLogStream", "logs:PutLogEvents"], {"<HealLogs.Arn>"}),
}
DEFAULT_BUS = "arn:aws:events:<AWS::Region>:<AWS::AccountId>:event-bus/default"
WRITES = {
    "events:PutEvents": {DEFAULT_BUS},
    "sso:UpdateInstanceAccessControlAttributeConfiguration": {INSTANCE},
    "s3:PutObject": {
        "<Journal.Arn>/sessions/*", "<Journal.Arn>/fixes/*", "<Journal.Arn>/lease.json", "<Journal.Arn>/snapshots/*",
        "<Journal.Arn>/not_made/*", "<Journal.Arn>/keys/users.json", "<Journal.Arn>/related/*", "<Journal.Arn>/runs/*",
        "<Journal.Arn>/index.json",
    },
    "s3:GetObject": {
        "<Journal.Arn>/index.json", "<Journal.Arn>/sessions/*", "<Journal.Arn>/fixes/*", "<Journal.Arn>/hold.json",
        "<Journal.Arn>/begun.json",
        "<Journal.Arn>/lease.json", "<Journal.Arn>/snapshots/*", "<Journal.Arn>/keys/users.json",
        "<Journal.Arn>/related/*", "<Journal.Arn>/runs/*",
    },
}
# The reader role in any member account, where one is named.
MEMBERS = {"sts:AssumeRole": {"arn:aws:iam::*:role/tagmend-reader"}}
REPROVISIONS = {
    "sso:ProvisionPermissionSet": {INSTANCE, ACCOUNT, PERMISSION_SET},
    "sso:DescribePermissionSetProvisioningStatus": {INSTANCE},
    "sso:ListPermissionSetProvisioningStatus": {INSTANCE},
}
# Where the instance has a key of its own.
KEY = "arn:aws:kms:eu-west-1:999988887777:key/mrk-0123456789abcdef0123456789abcdef"
DECRYPTS = {"kms:Decrypt": {KEY}}
# Everything that the second look may do, in every mode: no write at Identity Center.
WATCHES = {
    **dict.fromkeys(["sso:DescribeInstanceAccessControlAttributeConfiguration", "sso:ListPermissionSets"], {INSTANCE}),
    # Every permission set of this one instance.
    **dict.fromkeys(
        [
            "sso:DescribePermissionSet",
            "sso:GetInlinePolicyForPermissionSet",
            "sso:GetPermissionsBoundaryForPermissionSet",
            "sso:ListAccountsForProvisionedPermissionSet",
            "sso:ListCustomerManagedPolicyReferencesInPermissionSet",
            "sso:ListManagedPoliciesInPermissionSet",
        ],
        {INSTANCE, "arn:aws:sso:::permissionSet/ssoins-1111222233334444/*"},
    ),
    # The account that owns the store is not known; every user is looked at.
    "identitystore:ListUsers": {
        "arn:aws:identitystore::*:identitystore/d-1111111111",
        "arn:aws:identitystore:::user/*",
    },
    **dict.fromkeys(["iam:GetPolicy", "iam:GetPolicyVersion"], {"arn:aws:iam::aws:policy/*"}),
    "cloudwatch:PutMetricData": {"*"},
    "s3:GetObject": {
        "<Journal.Arn>/fixes/*", "<Journal.Arn>/index.json", "<Journal.Arn>/watch/*", "<Journal.Arn>/keys/users.json",
        "<Journal.Arn>/begun.json", "<Journal.Arn>/snapshots/*/roll_back/*",
        "<Journal.Arn>/runs/*",
    },
    "s3:ListBucket": {"<Journal.Arn>"},
    # Its own objects only: never a snapshot, a fix, the lease or the hold.
    "s3:PutObject": {
        "<Journal.Arn>/days/*", "<Journal.Arn>/index.json", "<Journal.Arn>/runs/*", "<Journal.Arn>/watch/*",
    },
    "events:PutEvents": {DEFAULT_BUS},
    **dict.fromkeys(["logs:CreateLogStream", "logs:PutLogEvents"], {"<WatchLogs.Arn>"}),
}


# ---- the template, resolved for one deployment ----

TEMPLATE_SOURCE = cfn_yaml.load(str(TEMPLATE))
NO_VALUE = object()


def deployment(**given):
    """The resources that CloudFormation would create: parameters and conditions resolved, `<X.Arn>` for attributes."""
    parameters = {}
    for name, parameter in TEMPLATE_SOURCE["Parameters"].items():
        default = parameter.get("Default")
        parameters[name] = default.split(",") if parameter["Type"] == "CommaDelimitedList" else default
    parameters |= {"InstanceArn": INSTANCE, "IdentityStoreId": "d-1111111111"} | given
    parameters |= {"AWS::Partition": "aws", "AWS::NoValue": NO_VALUE}

    def condition(name):
        return resolve(TEMPLATE_SOURCE["Conditions"][name])

    def substitute(text, variables):
        variables = {name: resolve(value) for name, value in variables.items()}
        return re.sub(r"\$\{([^}]+)}", lambda found: str((variables | parameters).get(found[1], f"<{found[1]}>")), text)

    def resolve(node):
        match node:
            case {"Ref": name}:
                return parameters.get(name, f"<{name}>")
            case {"Condition": str(name)} if len(node) == 1:
                return condition(name)
            case {"Fn::GetAtt": [*path]}:
                return f"<{'.'.join(path)}>"
            case {"Fn::Sub": [text, variables]}:
                return substitute(text, variables)
            case {"Fn::Sub": text}:
                return substitute(text, {})
            case {"Fn::If": [name, then, otherwise]}:
                return resolve(then if condition(name) else otherwise)
            case {"Fn::Equals": [left, right]}:
                return resolve(left) == resolve(right)
            case {"Fn::Not": [inner]}:
                return not resolve(inner)
            case {"Fn::Or": inner}:
                return any(resolve(inner))
            case {"Fn::And": inner}:
                return all(resolve(inner))
            case {"Fn::Join": [separator, parts]}:
                return separator.join(resolve(parts))
            case {"Fn::Split": [separator, text]}:
                return resolve(text).split(separator)
            case {"Fn::Select": [index, items]}:
                return resolve(items)[int(index)]
            case dict():
                unknown = [key for key in node if key.startswith("Fn::")]
                assert not unknown, f"teach this resolver {unknown}"
                resolved = {key: resolve(value) for key, value in node.items()}
                return {key: value for key, value in resolved.items() if value is not NO_VALUE}
            case list():
                return [item for item in map(resolve, node) if item is not NO_VALUE]
            case _:
                return node

    return {
        name: resolve(resource | {"Condition": None})
        for name, resource in TEMPLATE_SOURCE["Resources"].items()
        if "Condition" not in resource or condition(resource["Condition"])
    }


def as_list(value):
    return value if isinstance(value, list) else [value]


def statements(node):
    """Every policy statement below `node`."""
    if isinstance(node, dict):
        if "Effect" in node:
            yield node
        for value in node.values():
            yield from statements(value)
    elif isinstance(node, list):
        for value in node:
            yield from statements(value)


ROLES = {"HealRole", "WatchRole"}


def role_statements(resources, name="HealRole"):
    role = resources[name]["Properties"]
    assert set(role) == {"RoleName", "AssumeRolePolicyDocument", "Policies"}, "no managed policies"
    yield from statements(role["Policies"])
    for other, resource in resources.items():
        if resource["Type"].startswith("AWS::IAM::") and other not in ROLES:
            assert (resource["Type"], resource["Properties"]["RoleName"]) == ("AWS::IAM::RolePolicy", "<HealRole>")
            if name == "HealRole":
                yield from statements(resource)


def grants(role="HealRole", **parameters):
    """Action -> resources that a function's role allows."""
    allowed = {}
    for statement in role_statements(deployment(**parameters), role):
        assert statement["Effect"] == "Allow"
        assert set(statement) <= {"Sid", "Effect", "Action", "Resource", "Condition"}
        for action in as_list(statement["Action"]):
            allowed.setdefault(action, set()).update(as_list(statement["Resource"]))
    return allowed


# ---- lint ----


def test_deploying_with_the_stored_settings_stays_in_plan_mode():
    settings = tomllib.loads((ROOT / "infra" / "samconfig.toml").read_text())
    assert settings["version"] == 0.1
    assert "parameter_overrides" not in settings["default"]["deploy"]["parameters"]
    assert TEMPLATE_SOURCE["Parameters"]["Mode"]["Default"] == "plan"


# ---- the rule ----


PICKING = ("FailureRule", "ThrottlingRule")


def pattern(rule):
    rule = deployment()[rule]["Properties"]
    filled = json.dumps(rule["EventPattern"]).replace("<HealRole.Arn>", OWN_ROLE)
    return filled.replace("<WatchRole.Arn>", OTHER_OWN_ROLE)


def event(error_code="AccessDenied", identity=None, service="s3", text=None, **envelope):
    detail = {
        "eventVersion": "1.11",
        "eventSource": f"{service}.amazonaws.com",
        "eventName": "GetObject",
        "readOnly": True,
        "userIdentity": identity or session(),
    }
    if error_code:
        detail["errorCode"] = error_code
    if text:
        detail["errorMessage"] = text
    return {"source": f"aws.{service}", "detail-type": "AWS API Call via CloudTrail", "detail": detail} | envelope


def session(role="aws-reserved/sso.amazonaws.com/AWSReservedSSO_Audit_0123456789abcdef", on_behalf_of=False, arn=None):
    name = role.rsplit("/")[-1]
    arn = arn or f"arn:aws:iam::111122223333:role/{role}"
    identity = {
        "type": "AssumedRole",
        "arn": f"arn:aws:sts::111122223333:assumed-role/{name}/jane",
        "accountId": "111122223333",
        "sessionContext": {"sessionIssuer": {"type": "Role", "arn": arn, "userName": name}},
    }
    return identity | (ON_BEHALF_OF if on_behalf_of else {})


ON_BEHALF_OF = {
    "onBehalfOf": {
        "userId": "c46824b8-f071-7009-c812-ad564a62b220",
        "identityStoreArn": "arn:aws:identitystore::444455556666:identitystore/d-1111111111",
    }
}


def picked_by(record):
    return [rule for rule in PICKING if EventPattern.load(pattern(rule)).matches_event(record)]


def passes(record):
    return bool(picked_by(record))


def ends(*classes):
    """What the rule has to match: the codes of these classes, without those that end with another one."""
    codes = {code for code, kind, sources, text in CODES if kind in classes and sources == text == "*"}
    return {code for code in codes if not any(code != other and code.endswith(other) for other in codes)}


@pytest.mark.parametrize(
    "rule, classes", [("FailureRule", ("denied", "not-enabled")), ("ThrottlingRule", ("throttled",))]
)
def test_the_rules_match_the_ends_of_the_codes_of_the_table(rule, classes):
    [first, *_] = json.loads(pattern(rule))["detail"]["$or"]
    assert {item["suffix"] for item in first["errorCode"]} == ends(*classes)


@pytest.mark.parametrize("code, kind, sources, text", CODES)
def test_a_code_passes_as_the_table_says(code, kind, sources, text):
    names = sources.split(" ")
    inside = "s3" if sources == "*" or sources.startswith("!") else names[0]
    text = None if text == "*" else f"{text} for this and that"
    whole = {"denied": ["FailureRule"], "not-enabled": ["FailureRule"], "throttled": ["ThrottlingRule"], "neither": []}
    # A code that is about some services only is compared as a whole.
    before = ("", "Client.", "Server.", "New") if sources == "*" and not text else ("",)
    for prefix in before:
        # Rows of one code are tried in their order: what is neither at last may be throttled before, in a service.
        assert picked_by(event(prefix + code, service=inside, text=text)) == whole[kind], prefix + code


@pytest.mark.parametrize(
    "record, passing",
    [
        (event("LimitExceededException", service="kinesis", text="Rate exceeded for stream ledger"), True),
        (event("LimitExceededException", service="kinesis", text="Shard limit of the account"), False),
        (event("LimitExceededException", service="apigateway"), True),
        (event("ResourceLimitExceededException", service="ssm", text="Rate exceeded"), False),
        (event("NotAuthorizedException", service="pi"), True),
        (event("NotAuthorizedException", service="cognito-idp", text="Incorrect username or password."), False),
        (event("TransactionInProgressException", service="dynamodb"), True),
        (event("TransactionInProgressException", service="globalaccelerator"), False),
    ],
)
def test_what_a_code_says_in_another_service_or_text(record, passing):
    assert passes(record) is passing


@pytest.mark.parametrize(
    "error_code", ["Client.InvalidClientTokenId", "ConflictException", "ExpiredToken", "NoSuchBucket", "ValidationException", None]
)
def test_other_codes_and_successes_stay_out(error_code):
    assert not passes(event(error_code))


def test_what_passes_is_read_and_what_is_denied_or_throttled_passes(tmp_path):
    """Every code that a model of botocore knows, in each of its services: the rules and the classifier agree."""
    records = []
    loader = botocore.loaders.Loader()
    for service in loader.list_available_services("service-2"):
        model = loader.load_service_model(service, "service-2")
        codes = {
            shape.get("error", {}).get("code", name)
            for name, shape in model["shapes"].items()
            if shape.get("exception") or "error" in shape
        }
        endpoint = model["metadata"]["endpointPrefix"]
        records += [(code, endpoint, text) for code in sorted(codes) for text in ("", "Rate exceeded")]
    lines = tmp_path / "records.jsonl"
    nobody = {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/jane", "accountId": "111122223333"}
    lines.write_text("".join(json.dumps(record(index, *fields, nobody)) + "\n" for index, fields in enumerate(records)))
    command = [ROOT / "target/debug/tagmend", "replay", "--json", lines]
    out = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.splitlines()
    classes = [json.loads(line)["failure"]["class"] for line in out]
    assert len(classes) == len(records) > 5_000
    judges = {rule: EventPattern.load(pattern(rule)) for rule in PICKING}
    expected = {("FailureRule",): "denied", ("ThrottlingRule",): "throttled", (): "neither"}
    differ = [
        (fields, kind)
        for fields, kind in zip(records, classes)
        if expected[tuple(rule for rule in PICKING if judges[rule].matches_event(event(fields[0], None, *fields[1:])))] != kind
    ]
    assert differ == []


def record(index, code, service, text, identity):
    return event(code, identity, service, text)["detail"] | {
        "eventID": f"7b1f2e00-0000-4000-8000-{index:012}",
        "eventTime": "2026-11-23T11:45:12Z",
        "awsRegion": "eu-west-1",
        "recipientAccountId": "111122223333",
    }


@pytest.mark.parametrize(
    "record",
    [
        event(identity=session(on_behalf_of=True)),
        event(identity=session(role="Admin", on_behalf_of=True)),
        event(identity={"type": "IdentityCenterUser", "accountId": "111122223333"} | ON_BEHALF_OF),
        event("VpceAccessDenied", **{"detail-type": "AWS Network Activity Event via CloudTrail"}),
    ],
    ids=["permission set", "account access manager", "without a role", "VPC endpoint"],
)
def test_identity_center_sessions_pass(record):
    assert passes(record)


@pytest.mark.parametrize(
    "record",
    [
        event(identity=session(role="Admin")),
        event(identity={"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/jane", "userName": "jane"}),
        event(identity={"type": "AWSService", "invokedBy": "config.amazonaws.com"}),
        event(identity=session(role=OWN_ROLE.rsplit("/")[-1], arn=OWN_ROLE)),
        event(identity=session(role=OWN_ROLE.rsplit("/")[-1], arn=OWN_ROLE, on_behalf_of=True)),
        event(identity=session(role=OTHER_OWN_ROLE.rsplit("/")[-1], arn=OTHER_OWN_ROLE, on_behalf_of=True)),
        event(source="com.example.forged"),
        event(**{"detail-type": "AWS Console Sign In via CloudTrail"}),
    ],
    ids=["role", "IAM user", "AWS service", "own role", "own role for a user", "other own role", "forged", "other detail-type"],
)
def test_everybody_else_stays_out(record):
    assert not passes(record)


@pytest.mark.parametrize("rule", PICKING)
def test_the_pattern_fits_and_uses_only_operators_the_judge_knows(rule):
    # moto lets an operator pass that it does not know, and EventBridge limits rules with wildcards to 30 a bus.
    assert len(pattern(rule)) <= 2048
    operators = set(re.findall(r'\{"([a-z-]+)": (?:"|true|false|\[")', pattern(rule)))
    assert operators == {"prefix", "suffix", "exists", "anything-but"}


@pytest.mark.parametrize("rule", PICKING)
def test_the_rules_see_failed_reads(rule):
    assert deployment()[rule]["Properties"]["State"] == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


# ---- the rules for what is no denied call ----

RELATED = (
    "SignInFailureRule",
    "ProvisioningRule",
    "PortalRule",
    "LifecycleRule",
    "UserEventRule",
    "TokenRule",
    "InstanceKeyRule",
)
EVERY_RULE = (*PICKING, "SignInRule", "ForeignWriteRule", "PermissionSetRule", *RELATED)
CLASSES = {"sign_in", "provisioning", "portal", "lifecycle", "notice"}
# By cause; the directory, the API, the store itself and SCIM tell of the same things.
RULES_OF = {
    "external_sign_in_failed": {"SignInFailureRule"},
    "sign_in_failed": {"SignInFailureRule"},
    "scim_refused": {"ProvisioningRule"},
    "scim_token_expires": {"TokenRule"},
    # As an API call it passes the rule for denials.
    "no_assignment": {"PortalRule", "FailureRule"},
    "access_ended": {"LifecycleRule", "UserEventRule", "ProvisioningRule"},
    "user_changed": {"LifecycleRule", "UserEventRule", "ProvisioningRule"},
    "identity_source_changed": {"LifecycleRule"},
    "access_control_turned_off": {"ForeignWriteRule"},
    "mapping_keys_numbered": {"ForeignWriteRule"},
    "mappings_changed": {"ForeignWriteRule"},
    "mappings_refused": {"LifecycleRule"},
    "instance_key_refused": {"InstanceKeyRule"},
    # Every role that a session takes would come; only files show it.
    "role_chained": set(),
}
# Told by what a pattern does not know: another identity store, and Tagmend's own role, whose refusal is its own failure.
PASS_AND_ARE_NOT = {
    "access-ended/near-miss-another-store.json": "LifecycleRule",
    "instance-key-refused/near-miss-own-role.json": "InstanceKeyRule",
    "instance-key-refused/near-miss-another-instance.json": "InstanceKeyRule",
}


def judges():
    resources = deployment(RelatedEvents="on")
    filled = lambda rule: json.dumps(resources[rule]["Properties"]["EventPattern"]).replace("<HealRole.Arn>", OWN_ROLE)
    return {rule: EventPattern.load(filled(rule).replace("<WatchRole.Arn>", OTHER_OWN_ROLE)) for rule in EVERY_RULE}


def test_every_event_of_the_corpus_passes_exactly_its_rule():
    expected = json.loads((ROOT / "events/expected.json").read_text())["events"]
    found = judges()
    wrong = {}
    seen = set()
    for entry in expected:
        event = json.loads((ROOT / "events" / entry["event"]).read_text())
        passed = [rule for rule, judge in found.items() if judge.matches_event(event)]
        if entry["class"] in CLASSES:
            allowed = RULES_OF[entry["cause"]]
            is_right = passed == [] if not allowed else len(passed) == 1 and passed[0] in allowed
        else:
            # What was picked before is picked as before; what is like an event of these rules is not.
            own = PASS_AND_ARE_NOT.get(entry["event"])
            is_right = [rule for rule in passed if rule in RELATED] == ([own] if own else [])
        seen.update(rule for rule in passed if rule in RELATED and entry["class"] in CLASSES)
        if not is_right:
            wrong[entry["event"]] = passed
    assert wrong == {}
    assert seen == set(RELATED), "a rule that no event passes"


@pytest.mark.parametrize("rule", RELATED)
def test_related_events_are_off_unless_somebody_turns_them_on(rule):
    assert rule not in deployment()
    found = deployment(RelatedEvents="on")[rule]["Properties"]
    pattern = json.dumps(found["EventPattern"])
    assert len(pattern) <= 2048 and '"wildcard"' not in pattern
    assert found["Targets"] == deployment()["FailureRule"]["Properties"]["Targets"]
    assert found["EventPattern"]["source"], "PutEvents refuses aws. as a source, so nobody can forge one that passes"
    assert all(str(source).startswith("aws.") or source == {"prefix": "aws."} for source in found["EventPattern"]["source"])


def test_the_queues_take_what_the_related_rules_send_only_when_they_are_on():
    for queue in ("Failures", "DeadLetters"):
        def senders(**parameters):
            [rules, *_] = statements(deployment(**parameters)[f"{queue}Policy"])
            return rules["Condition"]["ArnEquals"]["aws:SourceArn"]

        assert set(senders(RelatedEvents="on")) - set(senders()) == {f"<{rule}.Arn>" for rule in RELATED}


def sign_in(**changes):
    detail = {
        "eventSource": "sts.amazonaws.com",
        "eventName": "AssumeRoleWithSAML",
        "readOnly": True,
        "userIdentity": {"type": "SAMLUser", "userName": "jane"},
    }
    return {"source": "aws.sts", "detail-type": "AWS API Call via CloudTrail", "detail": detail | changes}


def test_the_second_rule_picks_sign_ins_that_went_well():
    rule = deployment()["SignInRule"]["Properties"]
    judge = EventPattern.load(json.dumps(rule["EventPattern"]))
    assert rule["State"] == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", "a sign-in counts as a read"
    assert judge.matches_event(sign_in())
    for other in [
        sign_in(errorCode="AccessDenied"),
        sign_in(eventName="AssumeRole"),
        sign_in(userIdentity={"type": "WebIdentityUser"}),
        sign_in() | {"source": "com.example.forged"},
        event(),
    ]:
        assert not judge.matches_event(other)


# ---- the way to the function ----


def test_the_queues_allow_the_rules_and_deny_everybody_else():
    # What that means for who is decided in tests/end_to_end/deployment.rs.
    resources = deployment()
    queues = [name for name, resource in resources.items() if resource["Type"] == "AWS::SQS::Queue"]
    policies = {
        queue: list(statements(resource))
        for resource in resources.values()
        if resource["Type"] == "AWS::SQS::QueuePolicy"
        for queue in resource["Properties"]["Queues"]
    }
    rules = {
        "aws:SourceArn": [
            "<FailureRule.Arn>",
            "<ThrottlingRule.Arn>",
            "<SignInRule.Arn>",
            "<ForeignWriteRule.Arn>",
            "<PermissionSetRule.Arn>",
        ]
    }
    denied = {
        "Failures": {"ArnNotEquals": rules},
        "DeadLetters": {"Bool": {"aws:PrincipalIsAWSService": "false"}},
    }
    assert policies == {
        f"<{queue}>": [
            {
                "Sid": "Rules",
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": f"<{queue}.Arn>",
                "Condition": {"ArnEquals": rules},
            },
            {
                "Sid": "NobodyElse",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sqs:SendMessage",
                "Resource": f"<{queue}.Arn>",
                "Condition": denied[queue],
            },
        ]
        for queue in queues
    }
    operator = "arn:aws:iam::111122223333:role/operator"
    [_, deny] = statements(deployment(RedriveRoleArn=operator)["FailuresPolicy"])
    assert deny["Condition"] == {"ArnNotEquals": {"aws:PrincipalArn": operator} | rules}


def test_a_failure_is_retried_five_times_and_then_kept():
    resources = deployment()
    queue, function = resources["Failures"]["Properties"], resources["Heal"]["Properties"]
    source = function["Events"]["Failures"]["Properties"]
    assert queue["RedrivePolicy"] == {"deadLetterTargetArn": "<DeadLetters.Arn>", "maxReceiveCount": 5}
    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"] + source["MaximumBatchingWindowInSeconds"]
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["ScalingConfig"]["MaximumConcurrency"] == function["ReservedConcurrentExecutions"] == 2


def test_members_may_forward_only_when_an_organization_is_named():
    assert "MemberEvents" not in deployment()
    statement = deployment(OrganizationId="o-a1b2c3d4e5")["MemberEvents"]["Properties"]["Statement"]
    assert statement["Action"] == "events:PutEvents"
    assert statement["Condition"] == {
        "StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
        "Bool": {"events:eventBusInvocation": "true"},
    }


# ---- the role ----

HEALED = {"HealedAccountArns": [ACCOUNT], "HealedPermissionSetArns": [PERMISSION_SET]}


@pytest.mark.parametrize(
    ("parameters", "allowed"),
    [
        ({}, READS),
        ({"Mode": "plan"} | HEALED, READS),
        ({"Mode": "apply"}, READS | WRITES),
        ({"Mode": "apply"} | HEALED, READS | WRITES | REPROVISIONS),
        ({"ReaderRoleName": "tagmend-reader"}, READS | MEMBERS),
        ({"IdentityCenterKeyArn": KEY}, READS | DECRYPTS),
        ({"Mode": "apply", "IdentityCenterKeyArn": KEY}, READS | WRITES | DECRYPTS),
        ({"Mode": "apply", "HealedAccountArns": [ACCOUNT]}, READS | WRITES),
        ({"Mode": "apply", "HealedPermissionSetArns": [PERMISSION_SET]}, READS | WRITES),
    ],
    ids=[
        "default", "plan", "apply", "apply and provision", "reader", "key", "key and apply", "accounts alone",
        "permission sets alone",
    ],
)
def test_the_role_may_do_exactly_this(parameters, allowed):
    assert grants(**parameters) == allowed


@pytest.mark.parametrize("mode", ["plan", "apply"])
def test_the_role_of_watch_may_do_exactly_this(mode):
    assert grants("WatchRole", Mode=mode, **HEALED) == WATCHES
    assert grants("WatchRole", Mode=mode, IdentityCenterKeyArn=KEY) == WATCHES | DECRYPTS


@pytest.mark.parametrize("role", sorted(ROLES))
def test_the_key_is_used_only_through_identity_center_for_this_instance(role):
    found = [s for s in role_statements(deployment(IdentityCenterKeyArn=KEY), role) if s["Action"] == "kms:Decrypt"]
    store = "arn:aws:identitystore::999988887777:identitystore/d-1111111111"
    assert [statement["Condition"] for statement in found] == [
        {
            "StringEquals": {"kms:EncryptionContext:aws:sso:instance-arn": INSTANCE},
            "StringLike": {"kms:ViaService": "sso.*.amazonaws.com"},
        },
        {
            "StringEquals": {"kms:EncryptionContext:aws:identitystore:identitystore-arn": store},
            "StringLike": {"kms:ViaService": "identitystore.*.amazonaws.com"},
        },
    ]


def test_heal_takes_the_reader_role_of_its_own_organization_only():
    resources = deployment(ReaderRoleName="tagmend-reader")
    [assumes] = [s for s in role_statements(resources) if s["Action"] == "sts:AssumeRole"]
    assert assumes["Condition"] == {"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}


def test_nothing_in_the_template_allows_more_than_the_two_kinds_of_change():
    everything = deployment(Mode="apply", OrganizationId="o-a1b2c3d4e5", **HEALED)
    allowed = {
        action
        for statement in statements(everything)
        if statement["Effect"] == "Allow"
        for action in as_list(statement["Action"])
    }
    assert not [action for action in allowed if "*" in action]
    changes = re.compile(r"(sso|sso-directory|identitystore|iam|organizations):(?!Describe|Get|List)")
    assert {action for action in allowed if changes.match(action)} == {
        "sso:ProvisionPermissionSet",
        "sso:UpdateInstanceAccessControlAttributeConfiguration",
    }


@pytest.mark.parametrize("function", ["Heal", "Watch"])
def test_each_function_runs_with_its_role_and_only_lambda_takes_it(function):
    resources = deployment()
    role = f"{function}Role"
    assert resources[function]["Properties"]["Role"] == f"<{role}.Arn>"
    assert "Policies" not in resources[function]["Properties"]
    assert list(statements(resources[role]["Properties"]["AssumeRolePolicyDocument"])) == [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]


def test_the_baseline_knows_the_functions_roles():
    baseline = json.loads((ROOT / "infra" / "baseline.json").read_text())
    names = {deployment()[role]["Properties"]["RoleName"] for role in ROLES}
    stack = tomllib.loads((ROOT / "infra" / "samconfig.toml").read_text())["default"]["deploy"]["parameters"]["stack_name"]
    own = {arn.rpartition("/")[2] for arn in baseline["own_roles"]}
    assert {name.replace("<AWS::StackName>", stack) for name in names} == own
    assert all(arn.startswith("arn:aws:iam::") for arn in baseline["own_roles"]), "a name alone is of any account"


@pytest.mark.parametrize("role", sorted(ROLES))
def test_metrics_go_to_one_namespace(role):
    [metrics] = [s for s in role_statements(deployment(), role) if s["Action"] == "cloudwatch:PutMetricData"]
    assert metrics["Condition"] == {"StringEquals": {"cloudwatch:namespace": "Tagmend"}}


def test_two_stacks_fit_one_account(monkeypatch):
    # A name of our own has the stack's name in it, and SAM adds none.
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    source = json.loads(json.dumps(TEMPLATE_SOURCE))
    for function in ("Heal", "Watch"):
        source["Resources"][function]["Properties"]["CodeUri"] = "s3://bucket/package"

    class NoManagedPolicies:
        def load(self):
            return {}

    resources = transform(source, {}, NoManagedPolicies())["Resources"]
    named = re.compile("(Alarm|Bucket|Dashboard|Function|LogGroup|Queue|Role|Rule)?Name|StatementId")
    names = {
        (name, key): value
        for name, resource in resources.items()
        for key, value in resource["Properties"].items()
        if named.fullmatch(key) and not (isinstance(value, dict) and "Ref" in value)
    }
    assert {place: value["Fn::Sub"] for place, value in names.items()} == {
        ("ChangesQuery", "Name"): "${AWS::StackName}/what did Tagmend change",
        ("DeniedQuery", "Name"): "${AWS::StackName}/who was denied because of what",
        ("FoundQuery", "Name"): "${AWS::StackName}/what does watch find",
        ("LeftAloneQuery", "Name"): "${AWS::StackName}/what was left alone and why",
        ("TrailQuery", "Name"): "${AWS::StackName}-failures",
        ("Review", "DashboardName"): "${AWS::StackName}-review",
        ("HealLogs", "LogGroupName"): "/aws/lambda/${AWS::StackName}-heal",
        ("HealRole", "RoleName"): "${AWS::StackName}-heal",
        ("MemberEvents", "StatementId"): "${AWS::StackName}-member-events",
        ("WatchLogs", "LogGroupName"): "/aws/lambda/${AWS::StackName}-watch",
        ("WatchRole", "RoleName"): "${AWS::StackName}-watch",
    }


# ---- the second look ----


def test_watch_runs_hourly_alone_and_has_time():
    watch = deployment()["Watch"]["Properties"]
    assert watch["Events"]["Hourly"]["Properties"]["ScheduleExpression"] == "rate(1 hour)"
    assert (watch["ReservedConcurrentExecutions"], watch["Timeout"]) == (1, 900)
    assert "MODE" not in watch["Environment"]["Variables"], "it has no mode: it never writes at Identity Center"


def sent_metrics():
    """Names of the metrics in the one list."""
    return set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "metrics.md").read_text(), re.MULTILINE))


def alarms():
    resources = deployment(
        Mode="apply", AlarmTopicArn="arn:aws:sns:eu-west-1:111122223333:on-call", RelatedEvents="on"
    )
    return {
        name: resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }


def test_every_alarm_has_a_row_in_the_runbook_and_no_row_is_about_none():
    runbook = (ROOT / "docs" / "runbook.md").read_text()
    assert set(re.findall(r"^\| `(\w+Alarm)` \| \S", runbook, re.MULTILINE)) == set(alarms())


def of_one_metric(alarm):
    """The alarm's metrics, in the form that a simple one has."""
    if "MetricName" in alarm:
        return [alarm]
    return [query["MetricStat"] | query["MetricStat"]["Metric"] for query in alarm["Metrics"] if "MetricStat" in query]


def told(alarms):
    return {
        name: (
            "+".join(metric["MetricName"] for metric in of_one_metric(alarm)),
            " ".join(dimension["Value"] for dimension in of_one_metric(alarm)[0]["Dimensions"]),
            alarm["ComparisonOperator"],
            alarm.get("Threshold"),
        )
        for name, alarm in alarms.items()
    }


def test_every_alarm_ends_with_the_command_to_begin_with():
    for name, alarm in alarms().items():
        text = alarm["AlarmDescription"]
        # A fix is looked at for 48 hours, and an alarm about it may ring late.
        last = "72h" if name == "FixNotHeldAlarm" else "24h"
        place = f" --region <AWS::Region> --journal-bucket <Journal> --baseline infra/baseline.json --last {last}"
        command = re.escape(f"tagmend review --live{place} --alarm-name {name}")
        assert re.fullmatch(rf"[^\n]+\. Look: {command}", text), f"{name}: {text}"
        assert len(text) <= 1024, "the longest text of an alarm"
        assert alarm["OKActions"] == alarm["AlarmActions"], name


def test_nothing_planned_is_no_news_in_mode_plan():
    assert "NotMadeAlarm" in alarms() and "NotMadeAlarm" not in deployment()
    # CloudWatch learns the band by itself; its width is a parameter.
    [_, band] = deployment(FixesAnomalyDeviations=3)["UnusualFixesAlarm"]["Properties"]["Metrics"]
    assert band["Expression"] == "ANOMALY_DETECTION_BAND(fixes, 3)"
    assert TEMPLATE_SOURCE["Parameters"]["FixesAnomalyDeviations"]["Default"] == 2


def test_changes_go_to_a_topic_only_where_one_is_named():
    topic = "arn:aws:sns:eu-west-1:111122223333:changes"
    assert "ChangeRule" not in deployment()
    rule = deployment(ChangeTopicArn=topic)["ChangeRule"]["Properties"]
    assert [target["Arn"] for target in rule["Targets"]] == [topic]
    judge = EventPattern.load(json.dumps(rule["EventPattern"]))
    documented = re.findall(r"^\| `(Change [\w ]+)` \|", (ROOT / "docs" / "changes.md").read_text(), re.MULTILINE)
    assert rule["EventPattern"]["detail-type"] == documented
    event = {"source": "Tagmend", "detail-type": "Change Made", "account": "<AWS::AccountId>", "detail": {}}
    assert judge.matches_event(event)
    # What a member account forwards is not a word of ours.
    assert not judge.matches_event(event | {"account": "444455556666"})
    assert not any(EventPattern.load(json.dumps(other["EventPattern"])).matches_event(event) for other in (
        deployment()[name]["Properties"] for name in ("FailureRule", "ThrottlingRule", "SignInRule", "ForeignWriteRule",
                                     "PermissionSetRule")
    ))


def test_the_template_fits():
    # Over 51,200 bytes a template has to lie in S3, as `resolve_s3` of samconfig.toml makes it; over 1 MB there is no way.
    # Source: quotas in the CloudFormation user guide.
    assert len((ROOT / "infra" / "template.yaml").read_bytes()) < 1_000_000
    stored = tomllib.loads((ROOT / "infra" / "samconfig.toml").read_text())
    assert stored["default"]["deploy"]["parameters"]["resolve_s3"] is True
    assert len(TEMPLATE_SOURCE["Parameters"]) <= 200 and len(TEMPLATE_SOURCE["Resources"]) <= 500


def test_alarms_are_about_metrics_that_are_sent():
    all_of_them = alarms()
    assert all(alarm["AlarmActions"] == ["arn:aws:sns:eu-west-1:111122223333:on-call"] for alarm in all_of_them.values())
    assert all(alarm["OKActions"] == alarm["AlarmActions"] for alarm in all_of_them.values())
    own = {name: alarm for name, alarm in all_of_them.items() if of_one_metric(alarm)[0]["Namespace"] == "Tagmend"}
    assert {metric["MetricName"] for alarm in own.values() for metric in of_one_metric(alarm)} <= sent_metrics()
    for alarm in own.values():
        assert all(metric["Period"] * alarm["EvaluationPeriods"] <= 86400 for metric in of_one_metric(alarm))
    at_least, below = "GreaterThanOrEqualToThreshold", "LessThanThreshold"
    assert told(own) == {
        "NotUnderstoodAlarm": ("NotUnderstood", "<AWS::StackName>-heal", at_least, 1),
        "FailuresAlarm": ("Failures", "<AWS::StackName>-heal", at_least, 1),
        "RefusedAlarm": ("Refused", "<AWS::StackName>-heal", at_least, 1),
        "ManyFixesAlarm": ("Fixes", "<AWS::StackName>-heal", "GreaterThanThreshold", 3),
        "UnusualFixesAlarm": ("Fixes", "<AWS::StackName>-heal", "GreaterThanUpperThreshold", None),
        "RepeatedAlarm": ("Repeated", "<AWS::StackName>-heal", at_least, 1),
        "NotMadeAlarm": ("NotMade+Fixes", "<AWS::StackName>-heal", at_least, 1),
        "NoEventsAlarm": ("Invocations", "<AWS::StackName>-heal", below, 1),
        "TurnedOffAlarm": ("TurnedOff", "<AWS::StackName>-heal", at_least, 1),
        "OwnFailuresAlarm": ("OwnFailures", "<AWS::StackName>-heal", at_least, 1),
        "EscalationsAlarm": ("Escalations", "<AWS::StackName>-heal", at_least, 1),
        "HealBaselineAlarm": ("BaselineRefused", "<AWS::StackName>-heal", at_least, 1),
        "WatchBaselineAlarm": ("BaselineRefused", "<AWS::StackName>-watch", at_least, 1),
        "RacesAlarm": ("Races", "<AWS::StackName>-heal", at_least, 1),
        "WatchSilentAlarm": ("Heartbeat", "<AWS::StackName>-watch", below, 1),
        "JournalNotBegunAlarm": ("JournalNotBegun", "<AWS::StackName>-watch", at_least, 1),
        "DriftAlarm": ("Drift", "<AWS::StackName>-watch", at_least, 1),
        "FixNotHeldAlarm": ("FixesNotHeld", "<AWS::StackName>-watch", at_least, 1),
        "MappingsAlarm": ("MappingsInUse", "<AWS::StackName>-watch", at_least, 80),
        "SignInsFailAlarm": ("Related", "<AWS::StackName>-heal external_sign_in_failed", "GreaterThanUpperThreshold", None),
        "ProvisioningRefusedAlarm": ("Related", "<AWS::StackName>-heal scim_refused", at_least, 10),
        "TokenExpiresAlarm": ("Related", "<AWS::StackName>-heal scim_token_expires", at_least, 1),
        "InstanceKeyAlarm": ("Related", "<AWS::StackName>-heal instance_key_refused", at_least, 1),
    }
    assert own["WatchSilentAlarm"]["TreatMissingData"] == "breaching", "silence is what it is about"
    others = {name: alarm for name, alarm in all_of_them.items() if name not in own}
    assert told(others) == {
        "DeadLettersAlarm": ("ApproximateNumberOfMessagesVisible", "<DeadLetters.QueueName>", at_least, 1),
        "QueueAgeAlarm": ("ApproximateAgeOfOldestMessage", "<Failures.QueueName>", at_least, 1800),
        "HealErrorsAlarm": ("Errors", "<Heal>", at_least, 1),
        "HealThrottlesAlarm": ("Throttles", "<Heal>", at_least, 1),
    }


@pytest.mark.parametrize(
    ("parameter", "accepted", "refused"),
    [
        ("InstanceArn", [INSTANCE], ["*", "arn:aws:sso:::instance/*"]),
        ("IdentityStoreId", ["d-1111111111", "c46824b8-f071-7009-c812-ad564a62b220"], ["*", "d-*", ""]),
        ("HealedAccountArns", ["", ACCOUNT], ["*", "arn:aws:sso:::account/*", f"{ACCOUNT}*"]),
        ("ExcludedAccountArns", ["", ACCOUNT], ["*", "arn:aws:sso:::account/*", f"{ACCOUNT}*"]),
        ("ManagementAccountId", ["", "999999999999"], ["*", "99999999999"]),
        ("BaselineSha256", ["", "0" * 64], ["*", "0" * 63, "A" * 64]),
        ("HealedPermissionSetArns", ["", PERMISSION_SET], ["*", f"{PERMISSION_SET[:-1]}*", PERMISSION_SET[:-20] + "*"]),
        ("OrganizationId", ["", "o-a1b2c3d4e5"], ["*", "o-*"]),
        ("ReaderRoleName", ["", "tagmend-reader"], ["*", "tagmend-*", "path/role"]),
        ("ReaderExternalId", ["", "a-long-secret"], ["*", "x"]),
        (
            "RedriveRoleArn",
            ["", "arn:aws:iam::111122223333:role/path/operator"],
            ["*", "arn:aws:iam::111122223333:role/*", "arn:aws:iam::111122223333:root"],
        ),
        (
            "IdentityCenterKeyArn",
            ["", KEY, "arn:aws:kms:us-gov-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"],
            ["*", "arn:aws:kms:eu-west-1:111122223333:key/*", "arn:aws:kms:eu-west-1:111122223333:alias/identity"],
        ),
        ("ReviewerRoleArns", ["", "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Audit_0"],
         ["*", "arn:aws:iam::111122223333:role/*", "arn:aws:iam::111122223333:root"]),
        ("AlarmTopicArn", ["", "arn:aws-cn:sns:cn-north-1:111122223333:on-call"], ["*", "on-call"]),
        ("ChangeTopicArn", ["", "arn:aws-cn:sns:cn-north-1:111122223333:changes"], ["*", "changes"]),
    ],
)
def test_parameters_take_no_wildcards(parameter, accepted, refused):
    allowed = TEMPLATE_SOURCE["Parameters"][parameter]["AllowedPattern"]
    assert all(re.fullmatch(allowed, value) for value in accepted)
    assert not any(re.fullmatch(allowed, value) for value in refused)


# ---- a year of records ----


def test_the_saved_query_selects_what_the_reader_takes():
    """The columns are those of CloudTrail's own table, and no record that Tagmend treats is left out."""
    assert "TrailQuery" not in deployment()
    query = deployment(TrailDatabase="logs", TrailTable="trail")["TrailQuery"]["Properties"]
    assert query["Database"] == "logs"
    text = query["QueryString"]
    columns = text.split("FROM trail\n")[0].removeprefix("SELECT ")
    names = [column.split()[-1] for column in columns.split(",") if "CAST" not in column]
    assert names + ["useridentity"] == [*names, "useridentity"] and "json_format(CAST(useridentity AS JSON)) AS useridentity" in columns
    source = (ROOT / "crates/records/src/element/columns.rs").read_text()
    known = set(re.findall(r'"([a-z]+)"', source.lower()))
    assert set(names) - {"useridentity"} <= known, set(names) - known
    for needed in ["eventid", "eventtime", "eventsource", "eventname", "awsregion", "errorcode", "errormessage",
                   "requestparameters", "recipientaccountid", "sourceipaddress", "vpcendpointid", "sharedeventid"]:
        assert needed in names


# ---- the journal ----


def test_the_journal_outlives_the_stack_and_stays_private():
    journal = deployment()["Journal"]
    assert journal["DeletionPolicy"] == journal["UpdateReplacePolicy"] == "Retain"
    assert journal["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    assert all(journal["Properties"]["PublicAccessBlockConfiguration"].values())
    assert len(journal["Properties"]["PublicAccessBlockConfiguration"]) == 4
    [statement, *of_the_key] = statements(deployment()["JournalPolicy"])
    assert (statement["Effect"], statement["Action"]) == ("Deny", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert all(statement["Effect"] == "Deny" for statement in of_the_key)


@pytest.mark.parametrize("reviewers", [[], ["arn:aws:iam::111122223333:role/audit"], ["arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b"]])
def test_the_key_for_users_is_for_heal_watch_and_reviewers(reviewers):
    given = {"ReviewerRoleArns": reviewers} if reviewers else {}
    [_, _, _, readers, writer] = statements(deployment(**given)["JournalPolicy"])
    key = "<Journal.Arn>/keys/*"
    assert (readers["Principal"], readers["Action"], readers["Resource"]) == ("*", "s3:GetObject*", key)
    allowed = ["<HealRole.Arn>", "<WatchRole.Arn>", *reviewers]
    assert readers["Condition"] == {"ArnNotEquals": {"aws:PrincipalArn": allowed}}
    assert (writer["Principal"], writer["Resource"]) == ("*", key)
    assert set(writer["Action"]) == {"s3:DeleteObject*", "s3:PutObject*", "s3:Replicate*"}
    assert writer["Condition"] == {"ArnNotEquals": {"aws:PrincipalArn": "<HealRole.Arn>"}}


def test_the_journal_is_kept_for_as_long_as_it_says():
    rules = deployment()["Journal"]["Properties"]["LifecycleConfiguration"]["Rules"]
    kept = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "Prefix" in rule}
    assert kept == {"snapshots/": 400, "fixes/": 400, "not_made/": 400, "sessions/": 1, "watch/": 90,
                    "runs/": 90, "related/": 90, "days/": 400}


@pytest.mark.parametrize("call", ["Create", "Update", "Delete"])
def test_writes_of_somebody_else_arrive_and_our_own_do_not(call):
    found = deployment()["ForeignWriteRule"]["Properties"]
    judge = EventPattern.load(json.dumps(found["EventPattern"]).replace("<HealRole.Arn>", OWN_ROLE))
    write = {
        "source": "aws.sso",
        "detail-type": "AWS API Call via CloudTrail",
        "detail": {
            "eventSource": "sso.amazonaws.com",
            "eventName": f"{call}InstanceAccessControlAttributeConfiguration",
            "userIdentity": {"sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::999999999999:role/terraform"}}},
        },
    }
    assert judge.matches_event(write)
    own = json.loads(json.dumps(write))
    own["detail"]["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] = OWN_ROLE
    failed = json.loads(json.dumps(write))
    failed["detail"]["errorCode"] = "AccessDenied"
    read = json.loads(json.dumps(write))
    read["detail"]["eventName"] = "DescribeInstanceAccessControlAttributeConfiguration"
    assert not any(judge.matches_event(other) for other in (own, failed, read))
    assert found["Targets"][0]["Arn"] == "<Failures.Arn>"


WRITES_OF_PERMISSION_SETS = [
    "AttachCustomerManagedPolicyReferenceToPermissionSet", "AttachManagedPolicyToPermissionSet", "CreatePermissionSet",
    "DeleteInlinePolicyFromPermissionSet", "DeletePermissionSet", "DeletePermissionsBoundaryFromPermissionSet",
    "DetachCustomerManagedPolicyReferenceFromPermissionSet", "DetachManagedPolicyFromPermissionSet",
    "ProvisionPermissionSet", "PutInlinePolicyToPermissionSet", "PutPermissionsBoundaryToPermissionSet",
    "UpdatePermissionSet",
]


def test_the_writes_of_permission_sets_are_all_that_aws_has():
    # Every call of the API whose name says that it writes a permission set, by botocore's model of it.
    model = botocore.session.get_session().get_service_model("sso-admin")
    named = [name for name in model.operation_names if "PermissionSet" in name or "PermissionsBoundary" in name]
    reads = ("Describe", "Get", "List")
    assert sorted(name for name in named if not name.startswith(reads)) == WRITES_OF_PERMISSION_SETS
    pattern = deployment()["PermissionSetRule"]["Properties"]["EventPattern"]
    assert pattern["detail"]["eventName"] == WRITES_OF_PERMISSION_SETS
    told = (ROOT / "crates" / "remedy" / "src" / "follow.rs").read_text()
    assert re.findall(r'^    "(\w+)",$', told, re.MULTILINE) == WRITES_OF_PERMISSION_SETS


@pytest.mark.parametrize("call", WRITES_OF_PERMISSION_SETS)
def test_writes_of_permission_sets_arrive_by_one_rule_and_our_own_do_not(call):
    resources = deployment()
    rules = {
        name: EventPattern.load(
            json.dumps(resource["Properties"]["EventPattern"]).replace("<HealRole.Arn>", OWN_ROLE)
        )
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Events::Rule"
    }
    write = {
        "source": "aws.sso",
        "detail-type": "AWS API Call via CloudTrail",
        "detail": {
            "eventSource": "sso.amazonaws.com",
            "eventName": call,
            "userIdentity": {"sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::999999999999:role/terraform"}}},
        },
    }
    bent = {"ours": write, "by root": write, "failed": write, "a read": write, "of another service": write}
    bent = {name: json.loads(json.dumps(event)) for name, event in bent.items()}
    bent["ours"]["detail"]["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] = OWN_ROLE
    bent["by root"]["detail"]["userIdentity"] = {"type": "Root", "sessionContext": {"sessionIssuer": {}}}
    bent["failed"]["detail"]["errorCode"] = "ConflictException"
    bent["a read"]["detail"]["eventName"] = "DescribePermissionSet"
    bent["of another service"]["detail"]["eventSource"] = "iam.amazonaws.com"
    passes = {name: [rule for rule, judge in rules.items() if judge.matches_event(event)] for name, event in bent.items()}
    assert [rule for rule, judge in rules.items() if judge.matches_event(write)] == ["PermissionSetRule"]
    assert passes == {
        "ours": [], "by root": ["PermissionSetRule"], "failed": [], "a read": [], "of another service": [],
    }
    assert resources["PermissionSetRule"]["Properties"]["Targets"][0]["Arn"] == "<Failures.Arn>"


def test_authorization_details_are_read_where_somebody_turns_them_on():
    asks = "iam:GetRequestAuthorizationDetails"
    for value, read in [({}, False), ({"AuthorizationDetails": "off"}, False), ({"AuthorizationDetails": "on"}, True)]:
        resources = deployment(Mode="apply", **value)
        role = resources["HealRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        granted = [one for one in role if isinstance(one, dict) and asks in json.dumps(one.get("Action"))]
        assert [one["Resource"] for one in granted] == (["*"] if read else [])
        variables = resources["Heal"]["Properties"]["Environment"]["Variables"]
        assert variables["AUTHORIZATION_DETAILS"] == ("on" if read else "off")
