//! The proof, on facts written by hand.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

mod properties;

use std::collections::BTreeMap;
use std::sync::Arc;

use iam_policy::{Context, Layers, Request, Resource, Truth, Value, evaluate};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value as Json, json};
use tagmend_diagnosis::{
    AccessControl, AccountRegion, Answered, Answers, AttributeMapping, Baseline, BucketAt, Cause, Change,
    Decoded, Diagnosis, EncodedMessage, Facts, Failure, FoundPermissionSet, PastChange, PastFix,
    PermissionSet, Plan, PolicyAt, PolicyReference, Provisioning, ResourceAt, SessionId, User, deliveries,
    diagnose, plan,
};

const SET: &str = "arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-1111222233334444";
/// Keys with their sources and the place of their value.
const KEYS: [(&str, &str, &str); 4] = [
    ("Department", "${path:enterprise.department}", "enterprise.department"),
    ("CostCenter", "${path:enterprise.costCenter}", "enterprise.costcenter"),
    ("Division", "${path:enterprise.division}", "enterprise.division"),
    ("Title", "${path:title}", "title"),
];

fn answers(answered: Answered) -> Arc<Answers> {
    Arc::new(Answers::from_iter([answered]))
}

fn baseline() -> Baseline {
    owned(&[Owner::Store; 4])
}

/// Who sends a key, as a baseline says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Store,
    Idp,
    Nobody,
}

fn owned(owners: &[Owner]) -> Baseline {
    let mappings: Vec<Json> = KEYS
        .iter()
        .zip(owners)
        .filter_map(|((key, source, _), owner)| match owner {
            Owner::Store => Some(json!({"key": key, "owner": "identity-store", "source": source})),
            Owner::Idp => Some(json!({"key": key, "owner": "idp"})),
            Owner::Nobody => None,
        })
        .collect();
    let text = json!({
        "version": 1,
        "instance": {
            "arn": "arn:aws:sso:::instance/ssoins-1111222233334444", "identity_store_id": "d-1111222233",
            "region": "us-east-1", "management_account": "999999999999"
        },
        "attribute_mappings": mappings,
        "permission_sets": [{"name": "Analyst", "arn": SET, "heal": ["restore-mapping"]}],
        "accounts": ["111122223333"], "own_roles": [],
        "limits": {"fixes_per_hour": 5, "maximum_event_age_hours": 24}
    });
    Baseline::parse(&text.to_string()).unwrap()
}

fn failure() -> Failure {
    denial("because no identity-based policy allows the s3:GetObject action")
}

const SCP: &str = "arn:aws:organizations::999999999999:policy/o-x/service_control_policy/p-1";

/// What a message can say of who denied.
const CLAUSES: [&str; 4] = [
    "because no identity-based policy allows the s3:GetObject action",
    "with an explicit deny in an identity-based policy",
    "",
    "with an explicit deny in a service control policy: arn:aws:organizations::999999999999:policy/o-x/service_control_policy/p-1",
];

fn denial(clause: &str) -> Failure {
    read(&record(clause))
}

fn read(record: &Json) -> Failure {
    Failure::read(deliveries(record).remove(0).unwrap()).unwrap()
}

fn record(clause: &str) -> Json {
    let session = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Analyst_2b03e7d876722882/jane";
    let role = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Analyst_2b03e7d876722882";
    json!({
        "eventID": "e-1", "eventTime": "2026-11-23T11:00:00Z", "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject", "awsRegion": "us-east-1", "recipientAccountId": "111122223333",
        "errorCode": "AccessDenied",
        "errorMessage": format!("User: {session} is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::b/k\" {clause}").trim_end(),
        "userIdentity": {
            "type": "AssumedRole", "arn": session, "accountId": "111122223333",
            "sessionContext": {"sessionIssuer": {"arn": role}, "attributes": {"creationDate": "2026-11-23T10:00:00Z"}},
            "onBehalfOf": {"userId": "u-1"}
        }
    })
}

fn facts(policy: &Json, mapped: &[bool], values: &[&str]) -> Facts {
    let live = KEYS.iter().zip(mapped).filter(|(_, mapped)| **mapped);
    let live =
        live.map(|((key, source, _), _)| AttributeMapping { key: (*key).into(), source: (*source).into() });
    let attributes: BTreeMap<String, String> = KEYS
        .iter()
        .zip(values)
        .filter(|(_, value)| !value.is_empty())
        .map(|((_, _, path), value)| ((*path).to_owned(), (*value).to_owned()))
        .collect();
    Facts {
        access_control: AccessControl::Enabled(live.collect()),
        permission_set: FoundPermissionSet::Found(Arc::new(PermissionSet {
            arn: SET.to_owned(),
            name: "Analyst".to_owned(),
            session_duration: "PT1H".to_owned(),
            inline_policy: Some(policy.to_string()),
            managed_policies: vec![],
            customer_managed_policies: vec![],
            boundary: None,
            tags: None,
            provisioning: Provisioning::Latest,
        })),
        user: Some(User { user_id: "u-1".to_owned(), attributes, updated_at: None }),
        past_fixes: Arc::from([]),
        answers: Arc::default(),
    }
}

fn allow(condition: &Json) -> Json {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": condition}
    ]})
}

fn diagnosed(policy: &Json, mapped: &[bool]) -> Diagnosis {
    diagnose(&failure(), &facts(policy, mapped, &["Finance", "47", "Payments", "Analyst"]), &baseline())
}

#[test]
fn the_smallest_set_of_missing_keys_is_named() {
    let one = allow(&json!({"StringEquals": {"aws:PrincipalTag/Department": "Finance"}}));
    let diagnosis = diagnosed(&one, &[false, false, false, false]);
    assert_eq!((diagnosis.cause, diagnosis.keys), (Cause::MappingMissing, vec!["Department".to_owned()]));

    let two = allow(&json!({"StringEquals": {
        "aws:PrincipalTag/Department": "Finance", "aws:PrincipalTag/CostCenter": "47"}}));
    let diagnosis = diagnosed(&two, &[false, false, false, false]);
    let keys = vec!["CostCenter".to_owned(), "Department".to_owned()];
    assert_eq!((diagnosis.cause, diagnosis.keys), (Cause::MappingMissing, keys));

    let three = allow(&json!({"StringLike": {
        "aws:PrincipalTag/Department": "F*", "aws:PrincipalTag/CostCenter": "*", "aws:PrincipalTag/Title": "?*"}}));
    let diagnosis = diagnosed(&three, &[false, false, false, false]);
    let keys = vec!["CostCenter".to_owned(), "Department".to_owned(), "Title".to_owned()];
    assert_eq!((diagnosis.cause, diagnosis.keys), (Cause::MappingMissing, keys));
}

#[test]
fn the_statement_and_condition_that_turn_are_shown() {
    let policy = allow(&json!({"StringEquals": {
        "aws:ResourceTag/Department": "${aws:PrincipalTag/Department}", "aws:PrincipalTag/Title": "Analyst"}}));
    let statement = diagnosed(&policy, &[false, true, true, true]).evidence.statement.unwrap();
    assert_eq!(
        statement.part,
        "StringEquals aws:ResourceTag/Department = ${aws:PrincipalTag/Department}, \
         and the request has no aws:principaltag/department"
    );
    assert_eq!((statement.policy.as_str(), statement.statement.as_str()), ("inline policy", "statement 1"));
}

/// A permission set that allows with the tag only, and a customer managed policy of it that nobody could read.
fn with_an_unseen_policy(provisioning: Provisioning, policy: &Json) -> Facts {
    let mut facts = facts(policy, &[false; 4], &["Finance", "47", "Payments", "Analyst"]);
    let FoundPermissionSet::Found(permission_set) = &mut facts.permission_set else { panic!() };
    let permission_set = Arc::make_mut(permission_set);
    permission_set.provisioning = provisioning;
    permission_set.customer_managed_policies =
        vec![PolicyReference { name: "Extra".to_owned(), path: "/".to_owned() }];
    facts
}

#[test]
fn a_denial_of_the_endpoint_is_not_proved_by_the_permission_set() {
    let mut record = record("");
    record["errorCode"] = json!("VpceAccessDenied");
    record["errorMessage"] = json!("The request was denied due to a VPC endpoint policy");
    record["eventType"] = json!("AwsVpceEvent");
    record["vpcEndpointId"] = json!("vpce-0a1b2c3d4e5f60002");
    record["vpcEndpointAccountId"] = json!("111122223333");
    // Without them nobody knows whether a version was asked for, which is another action.
    record["requestParameters"] = json!({"bucketName": "reports", "key": "2026/11.csv"});
    let failure = read(&record);
    let needs_the_tag = allow(&json!({"StringEquals": {"aws:PrincipalTag/Department": "Finance"}}));
    let endpoint = |condition: &Json| {
        let mut policy = allow(condition);
        policy["Statement"][0]["Principal"] = json!("*");
        let mut facts = facts(&needs_the_tag, &[false; 4], &["Finance", "47", "Payments", "Analyst"]);
        let place = AccountRegion { account: "111122223333".to_owned(), region: "us-east-1".to_owned() };
        let want = PolicyAt::Endpoint { place, endpoint: "vpce-0a1b2c3d4e5f60002".to_owned() };
        facts.answers = answers(Answered::Policy(want, Ok(policy.to_string())));
        diagnose(&failure, &facts, &baseline()).cause
    };
    assert_eq!(endpoint(&json!({})), Cause::VpcEndpointPolicy);
    let denies_without = json!({"StringEquals": {"aws:PrincipalTag/Department": "Finance"}});
    assert_eq!(endpoint(&denies_without), Cause::MappingMissing);
}

/// What no message names is proved only where a table says for sure what the call asks for.
#[test]
fn an_action_that_is_not_certain_proves_nothing() {
    let needs_the_tag = json!({"StringEquals": {"aws:PrincipalTag/Department": "Finance"}});
    let mut policy = allow(&needs_the_tag);
    policy["Statement"][0]["Action"] = json!("*");
    let facts = facts(&policy, &[false; 4], &["Finance", "47", "Payments", "Analyst"]);
    let cause = |source: &str, name: &str, parameters: Json| {
        let mut record = record("");
        record["errorMessage"] = json!("Access Denied");
        record["eventSource"] = json!(source);
        record["eventName"] = json!(name);
        record["requestParameters"] = parameters;
        diagnose(&read(&record), &facts, &baseline()).cause
    };
    let of_s3 = |name: &str, parameters: Json| cause("s3.amazonaws.com", name, parameters);
    for certain in ["ListBuckets", "GetBucketEncryption", "UploadPart"] {
        assert_eq!(of_s3(certain, Json::Null), Cause::MappingMissing, "{certain}");
    }
    assert_eq!(of_s3("GetObject", json!({"key": "k"})), Cause::MappingMissing);
    assert_eq!(of_s3("GetObject", Json::Null), Cause::Undetermined, "one of two");
    assert_eq!(of_s3("CopyObject", json!({"key": "k"})), Cause::Undetermined, "several");
    assert_eq!(of_s3("GetTomorrow", Json::Null), Cause::Undetermined, "newer than the tables");
    assert_eq!(cause("glue.amazonaws.com", "GetJobs", Json::Null), Cause::Undetermined, "a guess");
}

#[test]
fn a_decoded_message_does_not_say_which_policies_it_looked_through() {
    let message = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";
    let mut record = record("");
    record["eventSource"] = json!("ec2.amazonaws.com");
    record["eventName"] = json!("StopInstances");
    record["errorCode"] = json!("Client.UnauthorizedOperation");
    let text = format!(
        "You are not authorized to perform this operation. Encoded authorization failure message: {message}"
    );
    record["errorMessage"] = json!(text);
    let failure = read(&record);
    let mut policy = allow(&json!({"StringEquals": {"aws:PrincipalTag/Department": "Finance"}}));
    policy["Statement"][0]["Action"] = json!("ec2:*");
    let mut facts = with_an_unseen_policy(Provisioning::Latest, &policy);
    let place = AccountRegion { account: "111122223333".to_owned(), region: "us-east-1".to_owned() };
    let decoded = Decoded {
        explicit_deny: false,
        principal_arn: failure.principal_arn.clone().unwrap(),
        action: "ec2:StopInstances".to_owned(),
        resource: "arn:aws:ec2:us-east-1:111122223333:instance/i-1".to_owned(),
        conditions: BTreeMap::new(),
    };
    let want = EncodedMessage { place, message: message.to_owned() };
    facts.answers = answers(Answered::DecodedMessage(want, Ok(decoded)));
    assert_eq!(diagnose(&failure, &facts, &baseline()).cause, Cause::Undetermined);
    let FoundPermissionSet::Found(permission_set) = &mut facts.permission_set else { panic!() };
    Arc::make_mut(permission_set).customer_managed_policies.clear();
    assert_eq!(diagnose(&failure, &facts, &baseline()).cause, Cause::MappingMissing);
}

#[test]
fn a_sign_in_does_not_tell_what_the_store_would_give_now() {
    let policy = allow(&json!({"StringLike": {"aws:PrincipalTag/Department": "?*"}}));
    let too_long = "x".repeat(257);
    let mut facts = facts(&policy, &[true; 4], &[&too_long, "47", "Payments", "Analyst"]);
    let session = SessionId {
        account: "111122223333".to_owned(),
        role_name: "AWSReservedSSO_Analyst_2b03e7d876722882".to_owned(),
        session_name: "jane".to_owned(),
        created: "2026-11-23T10:00:00Z".parse().unwrap(),
    };
    facts.answers = answers(Answered::SignIn(session, Ok(BTreeMap::new())));
    let diagnosis = diagnose(&failure(), &facts, &baseline());
    assert_eq!(diagnosis.cause, Cause::Undetermined, "{:?}", diagnosis.evidence);
}

#[test]
fn a_mapping_that_went_missing_after_the_session_took_its_value_did_not_deny_it() {
    let policy = allow(&json!({"StringEquals": {"aws:PrincipalTag/Department": "Finance"}}));
    let cause = |carried: &[(&str, &str)]| {
        let mut facts = facts(&policy, &[false, true, true, true], &["Finance", "47", "Payments", "Analyst"]);
        let session = SessionId {
            account: "111122223333".to_owned(),
            role_name: "AWSReservedSSO_Analyst_2b03e7d876722882".to_owned(),
            session_name: "jane".to_owned(),
            created: "2026-11-23T10:00:00Z".parse().unwrap(),
        };
        let tags = carried.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        facts.answers = answers(Answered::SignIn(session, Ok(tags)));
        diagnose(&failure(), &facts, &baseline()).cause
    };
    assert_eq!(cause(&[]), Cause::MappingMissing);
    assert_eq!(cause(&[("Department", "Legal")]), Cause::StaleSession, "the old value denied it");
}

#[test]
fn what_a_named_policy_does_is_told_of_it_alone() {
    let told = |scp: &Json| {
        let needs = json!({"StringEquals": {"aws:PrincipalTag/Title": "Nobody"}});
        let mut facts = facts(&allow(&needs), &[true; 4], &["Finance", "47", "Payments", "Analyst"]);
        facts.answers = Arc::new(properties::known(Some(scp), None));
        let diagnosis = diagnose(&denial(CLAUSES[3]), &facts, &baseline());
        assert_eq!(diagnosis.cause, Cause::ServiceControlPolicy);
        diagnosis.evidence.sentences.last().unwrap().clone()
    };
    let unless = |key: &str, value: &str| json!({"StringNotEquals": {key: value}});
    assert_eq!(
        told(&unless("aws:PrincipalTag/Department", "Legal")),
        "the policy denies with the tags that the session carries, and with the approved ones just the same"
    );
    let open = "whether the policy denies depends on what nobody here could read";
    assert_eq!(told(&unless("aws:PrincipalOrgID", "o-1")), open, "whatever the permission set says");
}

/// What is said of the tags of the bucket, where the inline policy has this condition.
fn told_of_the_bucket(condition: &Json) -> Vec<String> {
    let mut facts = facts(&allow(condition), &[true; 4], &["Finance", "47", "Payments", "Analyst"]);
    facts.answers = Arc::new(properties::known(None, Some(&["Finance", "47"])));
    let diagnosis = diagnose(&failure(), &facts, &baseline());
    assert_eq!(diagnosis.cause, Cause::ResourceTag, "{:?}", diagnosis.evidence);
    diagnosis.evidence.sentences.into_iter().filter(|sentence| sentence.starts_with("the resource")).collect()
}

#[test]
fn a_tag_of_the_resource_is_called_wrong_only_where_it_alone_can_be() {
    let one = json!({"StringEquals": {"aws:ResourceTag/Department": "Legal"}});
    assert_eq!(
        told_of_the_bucket(&one),
        ["the resource has a tag `Department`, with another value than the policies ask for"]
    );
    let two =
        json!({"StringEquals": {"aws:ResourceTag/Department": "Legal", "aws:ResourceTag/CostCenter": "x"}});
    assert_eq!(
        told_of_the_bucket(&two),
        ["the resource has a tag `CostCenter`", "the resource has a tag `Department`"]
    );
}

/// Somebody of an account that runs an older version of the permission set.
fn outdated(condition: &Json) -> Facts {
    let mut facts = facts(&allow(condition), &[true; 4], &["Finance", "47", "Payments", "Analyst"]);
    let FoundPermissionSet::Found(permission_set) = &mut facts.permission_set else { panic!() };
    Arc::make_mut(permission_set).provisioning = Provisioning::Outdated;
    facts
}

#[test]
fn an_older_version_is_at_fault_only_where_nothing_else_can_be() {
    let cause = |clause: &str, facts: &Facts| diagnose(&denial(clause), facts, &baseline()).cause;
    let of_the_set = CLAUSES[0];
    let plain = outdated(&json!({}));
    assert_eq!(cause(of_the_set, &plain), Cause::NotProvisioned);
    assert_eq!(cause("", &plain), Cause::Undetermined, "the message does not say who denied");

    let by_tag = json!({"StringEquals": {"aws:PrincipalTag/Department": "Finance"}});
    assert_eq!(cause(of_the_set, &outdated(&by_tag)), Cause::NotProvisioned);
    let mut restored = outdated(&by_tag);
    let fix = |time: &str| PastFix {
        time: time.parse().unwrap(),
        change: PastChange::RestoredMapping { key: "department".to_owned() },
    };
    restored.past_fixes = Arc::from([fix("2026-11-23T10:30:00Z")]);
    assert_eq!(
        cause(of_the_set, &restored),
        Cause::Undetermined,
        "the session began at ten, without the tag"
    );
    restored.past_fixes = Arc::from([fix("2026-11-23T09:30:00Z")]);
    assert_eq!(cause(of_the_set, &restored), Cause::NotProvisioned);
    let mut changed = outdated(&by_tag);
    changed.user.as_mut().unwrap().updated_at = Some("2026-11-23T10:30:00Z".parse().unwrap());
    assert_eq!(cause(of_the_set, &changed), Cause::Undetermined, "the session may carry an older value");

    let of_the_resource = json!({"StringEquals": {"aws:ResourceTag/Department": "Finance"}});
    assert_eq!(cause(of_the_set, &outdated(&of_the_resource)), Cause::Undetermined, "it may be meant");
}

#[test]
fn provisioning_is_not_proved_beside_a_policy_that_nobody_could_read() {
    let facts = with_an_unseen_policy(Provisioning::Outdated, &allow(&json!({})));
    let cause = |clause: &str| diagnose(&denial(clause), &facts, &baseline()).cause;
    for clause in [
        "with an explicit deny in an identity-based policy",
        "because no identity-based policy allows the s3:GetObject action",
    ] {
        assert_eq!(cause(clause), Cause::Undetermined, "{clause}");
    }
}
