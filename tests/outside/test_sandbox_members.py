"""boto3 drives what the sandbox tells of an organization and its member accounts; botocore checks each answer."""

import json

import boto3
import pytest
from botocore.config import Config
from conftest import REGION
from test_sandbox import call, error

MEMBER = "444455556666"
ROLE = f"arn:aws:iam::{MEMBER}:role/tagmend-reader"


@pytest.fixture
def member(sandbox):
    """Clients in the member account, through the reader role."""
    sts = sandbox.client("sts")
    credentials = call(sts, "assume_role", RoleArn=ROLE, RoleSessionName="test", ExternalId="tagmend")["Credentials"]

    def client(service):
        return boto3.client(
            service,
            endpoint_url=sandbox.endpoint,
            region_name=REGION,
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
            config=Config(retries={"total_max_attempts": 1}),
        )

    return client


def first(items):
    return next(iter(items.items()))


def test_only_the_reader_role_is_taken_and_only_with_its_external_id(sandbox):
    sts = sandbox.client("sts")
    for arn, external_id in (
        (ROLE, "wrong"),
        (ROLE.replace("tagmend-reader", "Admin"), "tagmend"),
        (ROLE.replace(MEMBER, "111122223333"), "tagmend"),
    ):
        known = dict(RoleArn=arn, RoleSessionName="test", ExternalId=external_id)
        assert error(sts, "assume_role", **known) == "AccessDenied"


def test_policies_of_the_organization(sandbox, world):
    client = sandbox.client("organizations")
    for arn, document in world["organization_policies"].items():
        policy = call(client, "describe_policy", PolicyId=arn.rsplit("/")[-1])["Policy"]
        assert (policy["PolicySummary"]["Arn"], json.loads(policy["Content"])) == (arn, document)
        kind = "RESOURCE" if "/resource_control_policy/" in arn else "SERVICE"
        assert policy["PolicySummary"]["Type"] == f"{kind}_CONTROL_POLICY"
    assert error(client, "describe_policy", PolicyId="p-nothere01") == "PolicyNotFoundException"
    assert error(client, "describe_organization") == "AWSOrganizationsNotInUseException"


def test_the_caller_has_an_account(sandbox):
    assert call(sandbox.client("sts"), "get_caller_identity")["Account"] == "111122223333"


def test_customer_managed_policies(member, sandbox, world):
    arn, document = first(world["member_accounts"][MEMBER]["policies"])
    iam = member("iam")
    version = call(iam, "get_policy", PolicyArn=arn)["Policy"]["DefaultVersionId"]
    shown = call(iam, "get_policy_version", PolicyArn=arn, VersionId=version)["PolicyVersion"]
    assert shown["Document"] == document
    assert error(sandbox.client("iam"), "get_policy", PolicyArn=arn) == "NoSuchEntity", "not from elsewhere"


def test_the_simulator_evaluates_the_policies_of_a_role(member, world):
    guarded = f"arn:aws:iam::{MEMBER}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_FinanceGuarded_2b03e7d876722801"

    def decision(**context):
        entries = [
            {"ContextKeyName": f"aws:PrincipalTag/{key}", "ContextKeyValues": [value], "ContextKeyType": "string"}
            for key, value in context.items()
        ]
        known = dict(PolicySourceArn=guarded, ActionNames=["s3:ListAllMyBuckets"], ContextEntries=entries)
        [result] = call(member("iam"), "simulate_principal_policy", **known)["EvaluationResults"]
        return result["EvalDecision"], result["MissingContextValues"]

    assert decision(Department="Finance") == ("allowed", [])
    assert decision(Department="Sales") == ("explicitDeny", [])
    assert decision() == ("explicitDeny", ["aws:principaltag/department"])


def test_tags_as_the_tagging_api_lists_them_and_as_the_service_does(member, world):
    account = world["member_accounts"][MEMBER]
    tagging = member("resourcegroupstaggingapi")
    arn, tags = first(account["resource_tags"])
    listed = call(tagging, "get_resources", ResourceARNList=[arn])["ResourceTagMappingList"]
    assert listed == [{"ResourceARN": arn, "Tags": [{"Key": k, "Value": v} for k, v in sorted(tags.items())]}]
    own, tags = next((arn, tags) for arn, tags in account["own_tags"].items() if ":rds:" in arn)
    assert call(tagging, "get_resources", ResourceARNList=[own])["ResourceTagMappingList"] == []
    found = call(member("cloudcontrol"), "get_resource", TypeName="AWS::RDS::DBInstance", Identifier=own.rsplit(":")[-1])
    shown = json.loads(found["ResourceDescription"]["Properties"])["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in shown} == tags
    other = dict(TypeName="AWS::SNS::Topic", Identifier=own)
    assert error(member("cloudcontrol"), "get_resource", **other) == "ResourceNotFoundException", "of another type"


def test_policies_of_keys_and_endpoints(member, world):
    account, client = world["member_accounts"][MEMBER], member("cloudcontrol")
    arn, policy = first(account["key_policies"])
    found = call(client, "get_resource", TypeName="AWS::KMS::Key", Identifier=arn.rsplit("/")[-1])
    assert json.loads(found["ResourceDescription"]["Properties"]) == {"KeyPolicy": policy}
    endpoint, policy = first(account["endpoints"])
    found = call(client, "get_resource", TypeName="AWS::EC2::VPCEndpoint", Identifier=endpoint)
    assert json.loads(json.loads(found["ResourceDescription"]["Properties"])["PolicyDocument"]) == policy
    unknown = dict(TypeName="AWS::EC2::VPCEndpoint", Identifier="vpce-0")
    assert error(client, "get_resource", **unknown) == "ResourceNotFoundException"


def test_buckets(member, world):
    s3 = member("s3")
    for bucket, status in world["member_accounts"][MEMBER]["buckets"].items():
        assert call(s3, "get_bucket_abac", Bucket=bucket) == {"AbacStatus": {"Status": status}}
    assert error(s3, "get_bucket_abac", Bucket="nothere") == "NoSuchBucket"
    assert error(s3, "get_bucket_tagging", Bucket="nothere") == "NoSuchBucket"


def test_encoded_messages_are_decoded_in_their_account_only(member, sandbox, world):
    encoded, decoded = first(world["member_accounts"][MEMBER]["decoded_messages"])
    shown = call(member("sts"), "decode_authorization_message", EncodedMessage=encoded)
    assert json.loads(shown["DecodedMessage"]) == decoded
    refused = "InvalidAuthorizationMessageException"
    assert error(member("sts"), "decode_authorization_message", EncodedMessage="x") == refused
    assert error(sandbox.client("sts"), "decode_authorization_message", EncodedMessage=encoded) == "AccessDenied"


def test_quotas(member, sandbox, world):
    quota = world["quotas"][0]
    expected = {
        "ServiceCode": quota["service_code"], "QuotaCode": quota["quota_code"], "QuotaName": quota["quota_name"],
        "Value": quota["value"], "Adjustable": quota["adjustable"], "GlobalQuota": False,
    }
    for client, operation in (
        (member("service-quotas"), "list_service_quotas"),
        (sandbox.client("service-quotas"), "list_aws_default_service_quotas"),
    ):
        assert expected in call(client, operation, ServiceCode=quota["service_code"])["Quotas"]
        assert error(client, operation, ServiceCode="nothere") == "NoSuchResourceException"


def test_what_is_of_a_member_account_takes_a_session_there(sandbox):
    for service, operation, parameters in (
        ("resourcegroupstaggingapi", "get_resources", {}),
        ("cloudcontrol", "get_resource", {"TypeName": "AWS::KMS::Key", "Identifier": "k"}),
        ("s3", "get_bucket_abac", {"Bucket": "b"}),
        ("s3", "get_bucket_tagging", {"Bucket": "b"}),
    ):
        assert error(sandbox.client(service), operation, **parameters) == "AccessDenied"
