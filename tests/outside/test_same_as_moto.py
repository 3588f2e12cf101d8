"""Operations that moto has too give the same answers there and in the sandbox."""

import json

import boto3
import pytest
from conftest import REGION
from moto import mock_aws

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
MANAGED = "arn:aws:iam::aws:policy/SecurityAudit"
ACCOUNT = "111122223333"
# What differs by nature: ids, times, hashes, and members that one of them leaves out.
VOLATILE = {
    "ResponseMetadata", "CreatedDate", "RequestId", "ETag", "LastModified", "UserArn", "Revision",
    "ChecksumCRC32", "ChecksumCRC64NVME", "ChecksumType", "ServerSideEncryption", "AcceptRanges", "Metadata",
    "EncodingType", "Description", "RelayState", "ChecksumAlgorithm", "Size", "ContentLength", "ContentType",
    "PolicyId", "AttachmentCount", "CreateDate", "UpdateDate", "Tags", "PermissionsBoundaryUsageCount",
    "VersionId",
}


@pytest.fixture
def moto(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "moto")
    with mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
        yield lambda service: boto3.client(service, region_name=REGION)


def stable(answer):
    if isinstance(answer, dict):
        return {name: stable(value) for name, value in answer.items() if name not in VOLATILE}
    return [stable(value) for value in answer] if isinstance(answer, list) else answer


def test_permission_sets(moto, serve, world):
    client = moto("sso-admin")
    instance = client.list_instances()["Instances"][0]["InstanceArn"]
    arn = client.create_permission_set(Name="Analyst", InstanceArn=instance, SessionDuration="PT2H")
    arn = arn["PermissionSet"]["PermissionSetArn"]
    known = dict(InstanceArn=instance, PermissionSetArn=arn)
    client.put_inline_policy_to_permission_set(**known, InlinePolicy=json.dumps(POLICY))
    client.attach_managed_policy_to_permission_set(**known, ManagedPolicyArn=MANAGED)
    reference = {"Name": "Guard", "Path": "/team/"}
    client.attach_customer_managed_policy_reference_to_permission_set(
        **known, CustomerManagedPolicyReference=reference
    )
    permission_set = {
        "name": "Analyst", "arn": arn, "session_duration": "PT2H", "inline_policy": POLICY,
        "managed_policies": [MANAGED], "customer_managed_policies": [{"name": "Guard", "path": "/team/"}],
        "accounts": {ACCOUNT: "provisioned"},
    }
    ours = serve({**world, "instance_arn": instance, "permission_sets": [permission_set]}).client("sso-admin")
    for operation in (
        "describe_permission_set",
        "list_managed_policies_in_permission_set",
        "list_customer_managed_policy_references_in_permission_set",
    ):
        theirs = getattr(client, operation)(**known)
        assert stable(getattr(ours, operation)(**known)) == stable(theirs), operation
    texts = [json.loads(each.get_inline_policy_for_permission_set(**known)["InlinePolicy"]) for each in (ours, client)]
    assert texts[0] == texts[1]

    # moto ends at once, and names its own account whatever the target is.
    target = dict(TargetType="AWS_ACCOUNT", TargetId=ACCOUNT)
    statuses = [each.provision_permission_set(**known, **target) for each in (ours, client)]
    for status in statuses:
        status = status["PermissionSetProvisioningStatus"]
        assert status["PermissionSetArn"] == arn
        assert status["Status"] in ("IN_PROGRESS", "SUCCEEDED")
    listing = dict(InstanceArn=instance, AccountId=ACCOUNT)
    assert ours.list_permission_sets_provisioned_to_account(**listing)["PermissionSets"] == [arn]
    listing["AccountId"] = "123456789012"
    assert client.list_permission_sets_provisioned_to_account(**listing)["PermissionSets"] == [arn]

    unknown = dict(InstanceArn=instance, PermissionSetArn=arn[:-1] + ("0" if arn[-1] != "0" else "1"))
    for each in (ours, client):
        with pytest.raises(each.exceptions.ResourceNotFoundException):
            each.describe_permission_set(**unknown)


def test_users(moto, serve, world):
    client = moto("identitystore")
    store = world["identity_store_id"]
    user = {key: value for key, value in world["users"][1].items() if key not in ("UserId", "Extensions", "UserStatus")}
    user_id = client.create_user(IdentityStoreId=store, **user)["UserId"]
    ours = serve({**world, "users": [{**user, "UserId": user_id}]}).client("identitystore")
    known = dict(IdentityStoreId=store, UserId=user_id)
    theirs = stable(client.describe_user(**known))
    empty = {name for name, value in theirs.items() if value in (None, [], "")}
    assert stable(ours.describe_user(**known)) == {name: theirs[name] for name in theirs if name not in empty}
    by_name = {"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": user["UserName"]}}
    found = [each.get_user_id(IdentityStoreId=store, AlternateIdentifier=by_name) for each in (ours, client)]
    assert stable(found[0]) == stable(found[1])
    for each in (ours, client):
        with pytest.raises(each.exceptions.ResourceNotFoundException):
            each.describe_user(IdentityStoreId=store, UserId="00000000-0000-0000-0000-000000000000")


def test_managed_policies(moto, serve, world):
    client = moto("iam")
    policy = client.get_policy(PolicyArn=MANAGED)["Policy"]
    version = client.get_policy_version(PolicyArn=MANAGED, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    ours = serve({**world, "managed_policies": {MANAGED: version["Document"]}}).client("iam")
    mine = ours.get_policy(PolicyArn=MANAGED)["Policy"]
    assert (mine["PolicyName"], mine["Arn"]) == (policy["PolicyName"], policy["Arn"])
    mine = ours.get_policy_version(PolicyArn=MANAGED, VersionId=mine["DefaultVersionId"])["PolicyVersion"]
    assert mine["Document"] == version["Document"]
    for each in (ours, client):
        with pytest.raises(each.exceptions.NoSuchEntityException):
            each.get_policy(PolicyArn="arn:aws:iam::aws:policy/None")


def test_journal(moto, serve, world):
    theirs, ours = moto("s3"), serve({**world, "journal": {"bucket": "journal"}}).client("s3")
    theirs.create_bucket(Bucket="journal", CreateBucketConfiguration={"LocationConstraint": REGION})
    answers = []
    for client in (ours, theirs):
        seen = []

        def tried(operation, client=client, seen=seen, **parameters):
            try:
                answer = stable(getattr(client, operation)(Bucket="journal", **parameters))
                body = answer.pop("Body", None)
                seen.append((operation, answer, json.load(body) if body else None))
            except client.exceptions.ClientError as error:
                seen.append((operation, error.response["Error"]["Code"], None))

        tried("put_object", Key="a/1.json", Body=b'{"n": 1}', IfNoneMatch="*")
        tried("put_object", Key="a/1.json", Body=b'{"n": 2}', IfNoneMatch="*")
        tried("put_object", Key="a/1.json", Body=b'{"n": 2}', IfMatch='"0123"')
        tried("put_object", Key="a/2 &.json", Body=b"{}")
        tried("get_object", Key="a/1.json")
        tried("get_object", Key="none")
        tried("list_objects_v2", Prefix="a/")
        tried("list_objects_v2", Prefix="a/", StartAfter="a/1.json")
        answers.append(seen)
    assert answers[0] == answers[1]


def test_metrics(moto, sandbox):
    datum = {"MetricName": "Fixes", "Dimensions": [{"Name": "Function", "Value": "heal"}], "Value": 2, "Unit": "Count"}
    answers = [
        stable(each("cloudwatch").put_metric_data(Namespace="Tagmend", MetricData=[datum]))
        for each in (sandbox.client, moto)
    ]
    assert answers[0] == answers[1] == {}
    listed = moto("cloudwatch").list_metrics(Namespace="Tagmend")["Metrics"]
    kept = sandbox.get("world")["metrics"]
    assert [(metric["namespace"], metric["name"]) for metric in kept] == [
        (metric["Namespace"], metric["MetricName"]) for metric in listed
    ]
