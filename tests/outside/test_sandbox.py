"""boto3 drives every operation of the sandbox, and botocore checks each answer against the service model."""

import json

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator
from conftest import ROOT

FINANCE = "arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/ps-1a2b3c4d5e6f7000"
DEPLOYER = "arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/ps-1a2b3c4d5e6f7006"
AUDITOR = "arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/ps-1a2b3c4d5e6f700a"
PARTNER = "arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/ps-1a2b3c4d5e6f700c"
AUDIT_POLICY = "arn:aws:iam::aws:policy/SecurityAudit"
ENTERPRISE = "aws:identitystore:enterprise"

# Every operation that the sandbox offers; `test_no_operation_is_missing` holds the list to the calls.
OPERATIONS = {
    "sso:DescribeInstanceAccessControlAttributeConfiguration",
    "sso:UpdateInstanceAccessControlAttributeConfiguration",
    "sso:ListPermissionSets",
    "sso:ListAccountsForProvisionedPermissionSet",
    "sso:ListInstances",
    "sso:ListPermissionSetsProvisionedToAccount",
    "sso:DescribePermissionSet",
    "sso:ListTagsForResource",
    "sso:GetInlinePolicyForPermissionSet",
    "sso:ListManagedPoliciesInPermissionSet",
    "sso:ListCustomerManagedPolicyReferencesInPermissionSet",
    "sso:GetPermissionsBoundaryForPermissionSet",
    "sso:ProvisionPermissionSet",
    "sso:DescribePermissionSetProvisioningStatus",
    "sso:ListPermissionSetProvisioningStatus",
    "identitystore:DescribeUser",
    "identitystore:GetUserId",
    "identitystore:ListUsers",
    "access-analyzer:ValidatePolicy",
    "access-analyzer:CheckNoNewAccess",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:GetRequestAuthorizationDetails",
    "cloudwatch:PutMetricData",
    "events:PutEvents",
    "s3:PutObject",
    "s3:GetObject",
    "s3:ListBucket",
    # In `test_sandbox_members.py`, with what else an organization and its members tell.
    "iam:SimulatePrincipalPolicy",
    "s3:GetBucketAbac",
    "s3:GetBucketTagging",
}


# Operations that `test_sandbox_members.py` drives, in files of their own.
MEMBER_OPERATIONS = {
    "cloudformation:GetResource",
    "organizations:DescribeOrganization",
    "organizations:DescribePolicy",
    "servicequotas:ListAWSDefaultServiceQuotas",
    "servicequotas:ListServiceQuotas",
    "sts:AssumeRole",
    "sts:DecodeAuthorizationMessage",
    "sts:GetCallerIdentity",
    "tag:GetResources",
}

# Operations that a review reads, which `test_event_history.py` drives.
HISTORY_OPERATIONS = {"cloudtrail:LookupEvents", "cloudwatch:GetMetricData"}


# Operations that `tagmend doctor` reads, which `test_sandbox_installation.py` drives.
INSTALLATION_OPERATIONS = {
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetEventSelectors",
    "cloudtrail:GetTrailStatus",
    "cloudwatch:DescribeAlarms",
    "events:DescribeEventBus",
    "events:DescribeRule",
    "events:ListRuleNamesByTarget",
    "events:ListTargetsByRule",
    "organizations:ListAccounts",
    "sqs:GetQueueUrl",
}


# Operations that `test_replay.py` drives.
RECORD_OPERATIONS = {
    "athena:GetQueryExecution",
    "cloudtrail:LookupEvents",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
}


def call(client, operation, **parameters):
    """Calls, checks the answer against the model's output shape, and returns it without metadata."""
    answer = getattr(client, operation)(**parameters)
    answer.pop("ResponseMetadata")
    model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
    if model.output_shape is None:
        assert answer == {}
    else:
        # botocore decodes policy documents, which are strings in the model.
        shown = answer
        if "PolicyVersion" in answer:
            document = json.dumps(answer["PolicyVersion"]["Document"])
            shown = {"PolicyVersion": {**answer["PolicyVersion"], "Document": document}}
        report = ParamValidator().validate(shown, model.output_shape)
        assert not report.has_errors(), report.generate_report()
    return answer


def error(client, operation, **parameters):
    with pytest.raises(ClientError) as raised:
        getattr(client, operation)(**parameters)
    return raised.value.response["Error"]["Code"]


@pytest.fixture
def sso(sandbox, world):
    client = sandbox.client("sso-admin")
    return lambda operation, **more: call(client, operation, InstanceArn=world["instance_arn"], **more)


@pytest.fixture
def sso_error(sandbox, world):
    client = sandbox.client("sso-admin")
    return lambda operation, **more: error(client, operation, InstanceArn=world["instance_arn"], **more)


def attributes(mappings):
    values = [{"Key": key, "Value": {"Source": [source]}} for key, source in mappings]
    return {"InstanceAccessControlAttributeConfiguration": {"AccessControlAttributes": values}}


def test_the_mapping_list_is_replaced_whole(sso):
    update, describe = (
        "update_instance_access_control_attribute_configuration",
        "describe_instance_access_control_attribute_configuration",
    )
    assert sso(update, **attributes([("Team", "${path:title}")])) == {}
    assert sso(describe) == {"Status": "ENABLED", **attributes([("Team", "${path:title}")])}


def test_the_mapping_list_has_limits(sso_error):
    update = "update_instance_access_control_attribute_configuration"
    for mappings in (
        [(f"k{index}", "${path:title}") for index in range(51)],
        [("Team", "${path:title}"), ("TEAM", "${path:title}")],
        [("a!b", "${path:title}")],
        [("Team", "<script>")],
    ):
        assert sso_error(update, **attributes(mappings)) == "ValidationException"


def test_access_control_that_is_off_is_not_found(serve, world):
    client = serve({**world, "attribute_mappings": None}).client("sso-admin")
    describe = "describe_instance_access_control_attribute_configuration"
    assert error(client, describe, InstanceArn=world["instance_arn"]) == "ResourceNotFoundException"


def test_other_instances_are_not_found(sandbox):
    client = sandbox.client("sso-admin")
    for arn, code in (
        ("arn:aws:sso:::instance/ssoins-0000000000000000", "ResourceNotFoundException"),
        ("nothing-like-an-arn", "ValidationException"),
    ):
        assert error(client, "describe_permission_set", InstanceArn=arn, PermissionSetArn=FINANCE) == code


def test_permission_sets_are_read(sandbox, sso, sso_error, world):
    described = sso("describe_permission_set", PermissionSetArn=FINANCE)["PermissionSet"]
    described.pop("CreatedDate")
    assert described == {"Name": "FinanceAnalyst", "PermissionSetArn": FINANCE, "SessionDuration": "PT1H"}
    inline = sso("get_inline_policy_for_permission_set", PermissionSetArn=FINANCE)["InlinePolicy"]
    assert json.loads(inline) == world["permission_sets"][0]["inline_policy"]
    # As AWS answers where there is none; the model asks for at least one character.
    none = sandbox.client("sso-admin").get_inline_policy_for_permission_set(
        InstanceArn=world["instance_arn"], PermissionSetArn=AUDITOR
    )
    assert none["InlinePolicy"] == ""
    assert sso("list_managed_policies_in_permission_set", PermissionSetArn=AUDITOR) == {
        "AttachedManagedPolicies": [{"Name": "SecurityAudit", "Arn": AUDIT_POLICY}]
    }
    references = "list_customer_managed_policy_references_in_permission_set"
    assert sso(references, PermissionSetArn=PARTNER) == {
        "CustomerManagedPolicyReferences": [{"Name": "PartnerGuard", "Path": "/"}]
    }
    boundary = "get_permissions_boundary_for_permission_set"
    assert sso(boundary, PermissionSetArn=AUDITOR) == {
        "PermissionsBoundary": {"ManagedPolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    }
    assert sso_error(boundary, PermissionSetArn=FINANCE) == "ResourceNotFoundException"
    assert sso_error("describe_permission_set", PermissionSetArn=FINANCE[:-4] + "ffff") == "ResourceNotFoundException"


def test_provisioning_ends_while_somebody_looks(sso, sso_error, sandbox):
    outdated = dict(AccountId="444455556666", ProvisioningStatus="LATEST_PERMISSION_SET_NOT_PROVISIONED")
    listing = "list_permission_sets_provisioned_to_account"
    assert DEPLOYER in sso(listing, **outdated)["PermissionSets"]
    target = dict(PermissionSetArn=DEPLOYER, TargetType="AWS_ACCOUNT", TargetId="444455556666")
    status = sso("provision_permission_set", **target)["PermissionSetProvisioningStatus"]
    assert status["Status"] == "IN_PROGRESS"
    under_way = dict(Filter={"Status": "IN_PROGRESS"})
    [listed] = sso("list_permission_set_provisioning_status", **under_way)["PermissionSetsProvisioningStatus"]
    assert listed["RequestId"] == status["RequestId"]
    look = dict(ProvisionPermissionSetRequestId=status["RequestId"])
    seen = [
        sso("describe_permission_set_provisioning_status", **look)["PermissionSetProvisioningStatus"]["Status"]
        for _ in range(4)
    ]
    assert seen == ["IN_PROGRESS", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED"], "a list is a look, too"
    assert sso("list_permission_set_provisioning_status", **under_way)["PermissionSetsProvisioningStatus"] == []
    assert DEPLOYER not in sso(listing, **outdated)["PermissionSets"]
    assert sandbox.get("world")["permission_sets"][6]["accounts"]["444455556666"] == "provisioned"
    for _ in range(3):
        sso("provision_permission_set", **target)
    assert sso_error("provision_permission_set", **target) == "ConflictException", "three at once"


def test_lists_have_pages(serve, world):
    client = serve({**world, "page_size": 3}).client("sso-admin")
    pages = client.get_paginator("list_permission_sets_provisioned_to_account").paginate(
        InstanceArn=world["instance_arn"], AccountId="111122223333"
    )
    pages = [page["PermissionSets"] for page in pages]
    wanted = [entry["arn"] for entry in world["permission_sets"] if "111122223333" in entry["accounts"]]
    assert [arn for page in pages for arn in page] == wanted
    assert [len(page) for page in pages[:-1]] == [3] * (len(pages) - 1)


def test_enterprise_attributes_come_only_when_asked_for(sandbox, world):
    client = sandbox.client("identitystore")
    user = world["users"][0]
    known = dict(IdentityStoreId=world["identity_store_id"], UserId=user["UserId"])
    plain = call(client, "describe_user", **known)
    assert "Extensions" not in plain and plain["UserName"] == user["UserName"]
    full = call(client, "describe_user", **known, Extensions=[ENTERPRISE])
    assert full["Extensions"] == user["Extensions"]
    found = call(
        client,
        "get_user_id",
        IdentityStoreId=world["identity_store_id"],
        AlternateIdentifier={"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": user["UserName"]}},
    )
    assert found["UserId"] == user["UserId"]
    unknown = dict(IdentityStoreId=world["identity_store_id"], UserId="00000000-0000-0000-0000-000000000000")
    assert error(client, "describe_user", **unknown) == "ResourceNotFoundException"


def test_the_instance_and_its_permission_sets_are_listed(sandbox, sso, world):
    client = sandbox.client("sso-admin")
    instance = {"InstanceArn": world["instance_arn"], "IdentityStoreId": world["identity_store_id"]}
    assert call(client, "list_instances") == {"Instances": [instance]}
    assert sso("list_permission_sets") == {"PermissionSets": [entry["arn"] for entry in world["permission_sets"]]}
    accounts = "list_accounts_for_provisioned_permission_set"
    assert sso(accounts, PermissionSetArn=DEPLOYER) == {"AccountIds": ["111122223333", "444455556666"]}
    outdated = dict(ProvisioningStatus="LATEST_PERMISSION_SET_NOT_PROVISIONED")
    assert sso(accounts, PermissionSetArn=DEPLOYER, **outdated) == {"AccountIds": ["444455556666"]}


def test_users_are_listed(serve, world):
    client = serve({**world, "page_size": 1}).client("identitystore")
    known = dict(IdentityStoreId=world["identity_store_id"])
    first = call(client, "list_users", **known)
    assert [user["UserId"] for user in first["Users"]] == [world["users"][0]["UserId"]]
    assert "Extensions" not in first["Users"][0]
    pages = client.get_paginator("list_users").paginate(**known, Extensions=[ENTERPRISE])
    users = [user for page in pages for user in page["Users"]]
    assert [user["UserId"] for user in users] == [user["UserId"] for user in world["users"]]
    assert [user.get("Extensions") for user in users] == [user.get("Extensions") for user in world["users"]]


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


READ = {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
WRITE = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}
GUARD = {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::secret/*"}
PASS = {"Effect": "Allow", "Action": ["iam:PassRole"], "Resource": "*"}


@pytest.mark.parametrize(
    ("document", "kinds"),
    [(policy(READ), []), (policy(PASS), ["SECURITY_WARNING"]), (policy({**READ, "Effect": "Maybe"}), ["ERROR"])],
)
def test_policies_are_validated(sandbox, document, kinds):
    client = sandbox.client("accessanalyzer")
    answer = call(client, "validate_policy", policyDocument=document, policyType="IDENTITY_POLICY")
    assert [finding["findingType"] for finding in answer["findings"]] == kinds


@pytest.mark.parametrize(
    ("existing", "new", "result"),
    [
        (policy(READ), policy({**READ, "Sid": "Other"}), "PASS"),
        (policy(READ, WRITE), policy(READ), "PASS"),
        (policy(READ), policy(READ, WRITE), "FAIL"),
        (policy(READ, GUARD), policy(READ), "FAIL"),
    ],
)
def test_new_access_is_found(sandbox, existing, new, result):
    client = sandbox.client("accessanalyzer")
    documents = dict(existingPolicyDocument=existing, newPolicyDocument=new, policyType="IDENTITY_POLICY")
    answer = call(client, "check_no_new_access", **documents)
    assert (answer["result"], bool(answer["reasons"])) == (result, result == "FAIL")
    none = dict(documents, policyType="RESOURCE_POLICY")
    assert error(client, "check_no_new_access", **none) == "ValidationException"


def test_authorization_details_are_kept_where_the_call_was_made(serve, world):
    id = "e5n8r2v0y4b7d1g9k3p6s0u8x"
    kept = world["authorization_details"][id]
    extra = {"action": "iam:GetUser", "resource": "*", "evaluatedEffect": "ALLOW", "matchedPolicies": []}
    two = {**kept, "evaluations": [*kept["evaluations"], extra]}
    server = serve({**world, "page_size": 1, "authorization_details": {id: two}})
    client = server.client("iam-toolbox", region=kept["region"])
    first = call(client, "get_request_authorization_details", authorizationId=id)
    assert first["evaluations"] == kept["evaluations"]
    assert first["requestContext"] == kept["request_context"] and first["policies"] == kept["policies"]
    pages = client.get_paginator("get_request_authorization_details").paginate(authorizationId=id)
    assert [one["action"] for page in pages for one in page["evaluations"]] == [
        "iam:ListAttachedUserPolicies", "iam:GetUser",
    ]
    assert error(client, "get_request_authorization_details", authorizationId="0none0") == "ResourceNotFoundException"
    elsewhere = server.client("iam-toolbox")
    assert error(elsewhere, "get_request_authorization_details", authorizationId=id) == "ResourceNotFoundException"
    assert error(client, "get_request_authorization_details", authorizationId="UPPER") == "ValidationException"


def test_managed_policies_are_read(sandbox, world):
    client = sandbox.client("iam")
    policy = call(client, "get_policy", PolicyArn=AUDIT_POLICY)["Policy"]
    version = call(client, "get_policy_version", PolicyArn=AUDIT_POLICY, VersionId=policy["DefaultVersionId"])
    assert version["PolicyVersion"]["Document"] == world["managed_policies"][AUDIT_POLICY]
    assert error(client, "get_policy", PolicyArn="arn:aws:iam::aws:policy/None") == "NoSuchEntity"


@pytest.mark.parametrize("protocol", ["json", "smithy-rpc-v2-cbor"])
def test_metrics_are_kept(sandbox, world, protocol, monkeypatch):
    monkeypatch.setattr("botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS", (protocol,))
    dimensions = [{"Name": "Function", "Value": "heal"}, {"Name": "Cause", "Value": "throttled"}]
    datum = {"MetricName": "LeftAlone", "Dimensions": dimensions, "Value": 3, "Unit": "Count"}
    client = sandbox.client("cloudwatch")
    assert client.meta.service_model.resolved_protocol == protocol
    call(client, "put_metric_data", Namespace="Tagmend", MetricData=[datum] * 100)
    kept = sandbox.get("world")["metrics"]
    assert len(kept) == 100
    assert kept[0].pop("time") == world["now"]
    assert kept[0] == {
        "namespace": "Tagmend",
        "name": "LeftAlone",
        "dimensions": {"Function": "heal", "Cause": "throttled"},
        "value": 3.0,
        "unit": "Count",
    }


def test_tags_of_a_permission_set_are_listed(sandbox, world):
    answer = call(sandbox.client("sso-admin"), "list_tags_for_resource", InstanceArn=world["instance_arn"], ResourceArn=FINANCE)
    assert answer["Tags"] == []


def test_events_are_taken_one_by_one(sandbox, world):
    client = sandbox.client("events")
    event = {"Source": "Tagmend", "DetailType": "Change Made", "Detail": json.dumps({"version": 1})}
    forged = event | {"Source": "aws.sso"}
    broken = event | {"Detail": "{"}
    answer = call(client, "put_events", Entries=[event, forged, broken])
    assert answer["FailedEntryCount"] == 2
    assert [entry.get("ErrorCode") for entry in answer["Entries"]] == [
        None, "NotAuthorizedForSourceException", "MalformedDetail",
    ]
    assert sandbox.get("world")["events"] == [
        {"source": "Tagmend", "detail_type": "Change Made", "detail": {"version": 1}},
    ]
    assert error(client, "put_events", Entries=[event] * 11) == "ValidationException"


def test_the_journal_takes_conditional_writes(sandbox, world):
    client = sandbox.client("s3")
    bucket = world["journal"]["bucket"]
    name = dict(Bucket=bucket, Key="fixes/a b+c%2F.json")
    first = call(client, "put_object", **name, Body=b'{"n": 1}', IfNoneMatch="*")
    assert error(client, "put_object", **name, Body=b'{"n": 2}', IfNoneMatch="*") == "PreconditionFailed"
    assert error(client, "put_object", **name, Body=b'{"n": 2}', IfMatch='"other"') == "PreconditionFailed"
    second = call(client, "put_object", **name, Body=b'{"n": 2}', IfMatch=first["ETag"])
    got = call(client, "get_object", **name)
    assert (json.load(got["Body"]), got["ETag"]) == ({"n": 2}, second["ETag"])
    absent = dict(Bucket=bucket, Key="none.json")
    assert error(client, "get_object", **absent) == "NoSuchKey"
    assert error(client, "put_object", **absent, Body=b"{}", IfMatch='"x"') == "NoSuchKey"
    assert error(client, "list_objects_v2", Bucket="another") == "NoSuchBucket"


def test_the_journal_is_listed_in_pages(serve, world):
    client = serve({**world, "page_size": 2}).client("s3")
    bucket = world["journal"]["bucket"]
    for index in range(5):
        client.put_object(Bucket=bucket, Key=f"x/{index} &<>.json", Body=b"{}")
    call(client, "list_objects_v2", Bucket=bucket)
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="x/", StartAfter="x/0 &<>.json")
    names = [entry["Key"] for page in pages for entry in page["Contents"]]
    assert names == [f"x/{index} &<>.json" for index in range(1, 5)]


def test_faults_come_when_they_are_asked_for(sandbox, sso, sso_error):
    describe = "describe_permission_set"
    sandbox.fault(operation="sso:DescribePermissionSet", code="ThrottlingException")
    assert sso_error(describe, PermissionSetArn=FINANCE) == "ThrottlingException"
    assert sso(describe, PermissionSetArn=FINANCE)["PermissionSet"]["Name"] == "FinanceAnalyst"
    for service, operation, code, arguments in (
        ("s3", "s3:PutObject", "SlowDown", ("put_object", dict(Bucket="tagmend-journal", Key="k", Body=b"{}"))),
        ("cloudwatch", "cloudwatch:PutMetricData", "InternalServiceFault",
         ("put_metric_data", dict(Namespace="N", MetricData=[{"MetricName": "m", "Value": 1}]))),
        ("iam", "iam:GetPolicy", "Throttling", ("get_policy", dict(PolicyArn=AUDIT_POLICY))),
        ("identitystore", "identitystore:DescribeUser", "AccessDeniedException",
         ("describe_user", dict(IdentityStoreId="d-9067f3a1b2", UserId="c46824b8-f071-7009-c812-ad564a62b220"))),
    ):
        sandbox.fault(operation=operation, code=code, status=503)
        assert error(sandbox.client(service), arguments[0], **arguments[1]) == code


def test_what_the_sandbox_lacks_is_said(sandbox, world):
    client = sandbox.client("sso-admin")
    assert error(client, "list_applications", InstanceArn=world["instance_arn"]) == "UnknownOperationException"
    assert error(sandbox.client("s3"), "list_buckets") == "NotImplemented"


def test_no_operation_is_missing():
    """Operations of the sandbox, as its sources name them."""
    import re

    sources = ROOT / "crates" / "sandbox" / "src"
    named = set()
    for file, prefix in (("sso_admin.rs", "sso"), ("identity_store.rs", "identitystore"), ("iam.rs", "iam")):
        arms = re.findall(r'^\s+("[A-Z]\w+"(?: \| "[A-Z]\w+")*) => ', (sources / file).read_text(), re.MULTILINE)
        named |= {f"{prefix}:{arm}" for arm in re.findall(r'"(\w+)"', " ".join(arms))}
    named |= set(re.findall(r'"(s3:\w+)"', (sources / "s3.rs").read_text()))
    named.add("cloudwatch:PutMetricData")
    named |= {f"events:{name}" for name in re.findall(r'operation != "(\w+)"', (sources / "events.rs").read_text())}
    # An operation that answers without looking at its instance, and those that are told by their path.
    named |= {"sso:ListInstances"} if '"ListInstances"' in (sources / "sso_admin.rs").read_text() else set()
    paths = re.findall(r'=> Some\("([A-Z]\w+)"\)', (sources / "access_analyzer.rs").read_text())
    named |= {f"access-analyzer:{name}" for name in paths}
    named |= set(re.findall(r'OPERATION: &str = "(\w+:\w+)"', (sources / "iam_toolbox.rs").read_text()))
    assert named == OPERATIONS


@pytest.mark.parametrize(
    ("operations", "file"),
    [
        (MEMBER_OPERATIONS, "test_sandbox_members.py"),
        (HISTORY_OPERATIONS, "test_event_history.py"),
        (INSTALLATION_OPERATIONS, "test_sandbox_installation.py"),
        (RECORD_OPERATIONS, "test_replay.py"),
    ],
)
def test_each_operation_is_called_in_the_file_that_is_said(operations, file):
    """A list alone shows nothing: the call has to stand there under boto3's name."""
    text = (ROOT / "tests" / "outside" / file).read_text()
    assert [operation for operation in sorted(operations) if xform_name(operation.split(":")[1]) not in text] == []


def test_every_operation_has_a_row_in_the_access_table():
    import re

    table = (ROOT / "crates" / "sandbox" / "src" / "access" / "table.rs").read_text()
    assert set(re.findall(r'"([a-z0-9-]+:[A-Z]\w+)"', table)) == (
        OPERATIONS | MEMBER_OPERATIONS | HISTORY_OPERATIONS | INSTALLATION_OPERATIONS | RECORD_OPERATIONS
    )
