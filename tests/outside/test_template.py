"""The deployment, judged by programs that are not ours."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from cfnlint.decode import cfn_yaml
from moto.events.models import EventPattern

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "infra" / "template.yaml"

INSTANCE = "arn:aws:sso:::instance/ssoins-1111222233334444"
ACCOUNT = "arn:aws:sso:::account/111122223333"
PERMISSION_SET = "arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-5555666677778888"
# A role name has at most 64 characters, so this is as long as the pattern gets.
OWN_ROLE = "arn:aws-us-gov:iam::444455556666:role/" + "tagmend-heal".rjust(64, "A")
OTHER_OWN_ROLE = "arn:aws-us-gov:iam::444455556666:role/" + "tagmend-watch".rjust(64, "A")

DENIED = [
    "AccessDenied",
    "AccessDeniedException",
    "AccessDeniedFault",
    "AccessDeniedForDependencyException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "Client.UnauthorizedAccess",
    "Client.UnauthorizedOperation",
    "CloudHsmAccessDeniedException",
    "DependencyAccessDeniedException",
    "EncryptionKeyAccessDeniedException",
    "ForbiddenError",
    "ForbiddenException",
    "InsufficientPrivilegesException",
    "InvalidAccessException",
    "KMSAccessDenied",
    "KMSAccessDeniedException",
    "KMSAccessDeniedFault",
    "KmsAccessDenied",
    "KmsAccessDeniedException",
    "NotAuthorizedException",
    "OperationNotPermittedException",
    "OpsItemAccessDeniedException",
    "OptInRequired",
    "OrganizationAccessDeniedException",
    "RegionDisabledException",
    "SubscriptionRequiredException",
    "UnauthorizedClientException",
    "UnauthorizedError",
    "UnauthorizedException",
    "UnauthorizedOperation",
    "UnauthorizedOperationException",
    "VpceAccessDenied",
]

THROTTLED = [
    "BandwidthLimitExceeded",
    "Client.RequestLimitExceeded",
    "EC2ThrottledException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledClientException",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
]

NEITHER = [
    "Client.DryRunOperation",
    "Client.InvalidClientTokenId",
    "ConflictException",
    "ExpiredToken",
    "ExpiredTokenException",
    "LimitExceededException",
    "NoSuchBucket",
    "ResourceNotFoundException",
    "ServiceQuotaExceededException",
    "SignatureDoesNotMatch",
    "ValidationException",
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
    "s3:GetObject": {"<Journal.Arn>/fixes/*", "<Journal.Arn>/index.json", "<Journal.Arn>/sessions/*"},
    "s3:PutObject": {"<Journal.Arn>/sessions/*"},
    # A metric has no ARN. The condition on the namespace is tested below.
    "cloudwatch:PutMetricData": {"*"},
    "s3:ListBucket": {"<Journal.Arn>"},
    **dict.fromkeys(["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"], {"<Failures.Arn>"}),
    **dict.fromkeys(["logs:CreateLogStream", "logs:PutLogEvents"], {"<HealLogs.Arn>"}),
}
WRITES = {
    "sso:UpdateInstanceAccessControlAttributeConfiguration": {INSTANCE},
    "s3:PutObject": {
        "<Journal.Arn>/sessions/*", "<Journal.Arn>/fixes/*", "<Journal.Arn>/lease.json", "<Journal.Arn>/snapshots/*",
        "<Journal.Arn>/not_made/*", "<Journal.Arn>/keys/users.json",
    },
    "s3:GetObject": {
        "<Journal.Arn>/index.json", "<Journal.Arn>/sessions/*", "<Journal.Arn>/fixes/*", "<Journal.Arn>/hold.json",
        "<Journal.Arn>/lease.json", "<Journal.Arn>/snapshots/*", "<Journal.Arn>/keys/users.json",
    },
}
# The reader role in any member account, where one is named.
MEMBERS = {"sts:AssumeRole": {"arn:aws:iam::*:role/tagmend-reader"}}
REPROVISIONS = {
    "sso:ProvisionPermissionSet": {INSTANCE, ACCOUNT, PERMISSION_SET},
    "sso:DescribePermissionSetProvisioningStatus": {INSTANCE},
    "sso:ListPermissionSetProvisioningStatus": {INSTANCE},
}
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
    },
    "s3:ListBucket": {"<Journal.Arn>"},
    # Its own objects only: never a snapshot, a fix, the lease or the hold.
    "s3:PutObject": {"<Journal.Arn>/index.json", "<Journal.Arn>/watch/*"},
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
        return re.sub(r"\$\{([^}]+)}", lambda found: (variables | parameters).get(found[1], f"<{found[1]}>"), text)

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


def pattern():
    rule = deployment()["FailureRule"]["Properties"]
    filled = json.dumps(rule["EventPattern"]).replace("<HealRole.Arn>", OWN_ROLE)
    return filled.replace("<WatchRole.Arn>", OTHER_OWN_ROLE)


def event(error_code="AccessDenied", identity=None, **envelope):
    detail = {
        "eventVersion": "1.11",
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "readOnly": True,
        "userIdentity": identity or session(),
    }
    if error_code:
        detail["errorCode"] = error_code
    return {"source": "aws.s3", "detail-type": "AWS API Call via CloudTrail", "detail": detail} | envelope


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


def passes(record):
    return EventPattern.load(pattern()).matches_event(record)


@pytest.mark.parametrize("error_code", DENIED + THROTTLED)
def test_every_denied_and_throttled_code_passes(error_code):
    assert passes(event(error_code))


def test_every_code_that_the_diagnosis_knows_passes():
    known = re.findall(r'^    "(\w+)",$', (ROOT / "crates/diagnosis/src/error_code.rs").read_text(), re.MULTILINE)
    assert len(known) > 40
    codes = [prefix + code for code in known for prefix in ("", "Client.", "Server.")]
    assert [code for code in codes if not passes(event(code))] == []


@pytest.mark.parametrize("error_code", [*NEITHER, None])
def test_other_codes_and_successes_stay_out(error_code):
    assert not passes(event(error_code))


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


def test_the_pattern_fits_and_uses_only_operators_the_judge_knows():
    # moto lets an operator pass that it does not know, and EventBridge limits rules with wildcards to 30 a bus.
    assert len(pattern()) <= 2048
    operators = set(re.findall(r'\{"([a-z-]+)": (?:"|true|false|\[")', pattern()))
    assert operators == {"prefix", "suffix", "exists", "anything-but"}


def test_the_rule_sees_failed_reads():
    assert deployment()["FailureRule"]["Properties"]["State"] == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


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


def test_only_the_rules_send_to_the_queues():
    resources = deployment()
    queues = [name for name, resource in resources.items() if resource["Type"] == "AWS::SQS::Queue"]
    policies = {
        queue: list(statements(resource))
        for resource in resources.values()
        if resource["Type"] == "AWS::SQS::QueuePolicy"
        for queue in resource["Properties"]["Queues"]
    }
    assert policies == {
        f"<{queue}>": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": f"<{queue}.Arn>",
                "Condition": {
                    "ArnEquals": {
                        "aws:SourceArn": ["<FailureRule.Arn>", "<SignInRule.Arn>", "<ForeignWriteRule.Arn>"]
                    }
                },
            }
        ]
        for queue in queues
    }


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
        ({"Mode": "apply", "HealedAccountArns": [ACCOUNT]}, READS | WRITES),
        ({"Mode": "apply", "HealedPermissionSetArns": [PERMISSION_SET]}, READS | WRITES),
    ],
    ids=["default", "plan", "apply", "apply and provision", "reader", "accounts alone", "permission sets alone"],
)
def test_the_role_may_do_exactly_this(parameters, allowed):
    assert grants(**parameters) == allowed


@pytest.mark.parametrize("mode", ["plan", "apply"])
def test_the_role_of_watch_may_do_exactly_this(mode):
    assert grants("WatchRole", Mode=mode, **HEALED) == WATCHES


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
    assert {name.replace("<AWS::StackName>", stack) for name in names} == set(baseline["own_roles"])


@pytest.mark.parametrize("role", sorted(ROLES))
def test_metrics_go_to_one_namespace(role):
    [metrics] = [s for s in role_statements(deployment(), role) if s["Action"] == "cloudwatch:PutMetricData"]
    assert metrics["Condition"] == {"StringEquals": {"cloudwatch:namespace": "Tagmend"}}


# ---- the second look ----


def test_watch_runs_hourly_alone_and_has_time():
    watch = deployment()["Watch"]["Properties"]
    assert watch["Events"]["Hourly"]["Properties"]["ScheduleExpression"] == "rate(1 hour)"
    assert (watch["ReservedConcurrentExecutions"], watch["Timeout"]) == (1, 900)
    assert "MODE" not in watch["Environment"]["Variables"], "it has no mode: it never writes at Identity Center"


def sent_metrics():
    """Names of the metrics in the one list."""
    return set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "metrics.md").read_text(), re.MULTILINE))


def test_alarms_are_about_metrics_that_are_sent():
    alarms = {
        name: resource["Properties"]
        for name, resource in deployment(AlarmTopicArn="arn:aws:sns:eu-west-1:111122223333:on-call").items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }
    assert all(alarm["AlarmActions"] == ["arn:aws:sns:eu-west-1:111122223333:on-call"] for alarm in alarms.values())
    own = {name: alarm for name, alarm in alarms.items() if alarm["Namespace"] == "Tagmend"}
    assert {alarm["MetricName"] for alarm in own.values()} <= sent_metrics()
    assert all(alarm["Period"] * alarm["EvaluationPeriods"] <= 86400 for alarm in own.values())
    told = {
        name: (alarm["MetricName"], alarm["Dimensions"][0]["Value"], alarm["ComparisonOperator"], alarm["Threshold"])
        for name, alarm in own.items()
    }
    at_least, below = "GreaterThanOrEqualToThreshold", "LessThanThreshold"
    assert told == {
        "OwnFailuresAlarm": ("OwnFailures", "heal", at_least, 1),
        "EscalationsAlarm": ("Escalations", "heal", at_least, 1),
        "RacesAlarm": ("Races", "heal", at_least, 1),
        "WatchSilentAlarm": ("Heartbeat", "watch", below, 1),
        "DriftAlarm": ("Drift", "watch", at_least, 1),
        "FixNotHeldAlarm": ("FixesNotHeld", "watch", at_least, 1),
        "MappingsAlarm": ("MappingsInUse", "watch", at_least, 80),
    }
    assert own["WatchSilentAlarm"]["TreatMissingData"] == "breaching", "silence is what it is about"


@pytest.mark.parametrize(
    ("parameter", "accepted", "refused"),
    [
        ("InstanceArn", [INSTANCE], ["*", "arn:aws:sso:::instance/*"]),
        ("IdentityStoreId", ["d-1111111111", "c46824b8-f071-7009-c812-ad564a62b220"], ["*", "d-*", ""]),
        ("HealedAccountArns", ["", ACCOUNT], ["*", "arn:aws:sso:::account/*", f"{ACCOUNT}*"]),
        ("HealedPermissionSetArns", ["", PERMISSION_SET], ["*", f"{PERMISSION_SET[:-1]}*", PERMISSION_SET[:-20] + "*"]),
        ("OrganizationId", ["", "o-a1b2c3d4e5"], ["*", "o-*"]),
        ("ReaderRoleName", ["", "tagmend-reader"], ["*", "tagmend-*", "path/role"]),
        ("ReaderExternalId", ["", "a-long-secret"], ["*", "x"]),
        ("ReviewerRoleArns", ["", "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Audit_0"],
         ["*", "arn:aws:iam::111122223333:role/*", "arn:aws:iam::111122223333:root"]),
        ("AlarmTopicArn", ["", "arn:aws-cn:sns:cn-north-1:111122223333:on-call"], ["*", "on-call"]),
    ],
)
def test_parameters_take_no_wildcards(parameter, accepted, refused):
    allowed = TEMPLATE_SOURCE["Parameters"][parameter]["AllowedPattern"]
    assert all(re.fullmatch(allowed, value) for value in accepted)
    assert not any(re.fullmatch(allowed, value) for value in refused)


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
    [_, readers, writer] = statements(deployment(**given)["JournalPolicy"])
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
    assert kept == {"snapshots/": 400, "fixes/": 400, "not_made/": 400, "sessions/": 1, "watch/": 90}


def test_writes_of_somebody_else_arrive_and_our_own_do_not():
    found = deployment()["ForeignWriteRule"]["Properties"]
    judge = EventPattern.load(json.dumps(found["EventPattern"]).replace("<HealRole.Arn>", OWN_ROLE))
    write = {
        "source": "aws.sso",
        "detail-type": "AWS API Call via CloudTrail",
        "detail": {
            "eventSource": "sso.amazonaws.com",
            "eventName": "UpdateInstanceAccessControlAttributeConfiguration",
            "userIdentity": {"sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::999999999999:role/terraform"}}},
        },
    }
    assert judge.matches_event(write)
    own = json.loads(json.dumps(write))
    own["detail"]["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] = OWN_ROLE
    failed = json.loads(json.dumps(write))
    failed["detail"]["errorCode"] = "AccessDenied"
    assert not judge.matches_event(own) and not judge.matches_event(failed)
    assert found["Targets"][0]["Arn"] == "<Failures.Arn>"
