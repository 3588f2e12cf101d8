//! A permission set with many statements about other services and Denies on keys that no record tells, and denials of
//! many resources.

use serde_json::{Value as Json, json};

use crate::rows::{Given, Question};

const RESOURCES: usize = 100;
const STATEMENTS: usize = 60;
const STATEMENTS_OF_A_POLICY: usize = 15;
const ACTIONS: usize = 60;
const UNKNOWN: [&str; 10] = [
    "aws:SourceVpc",
    "aws:PrincipalOrgID",
    "aws:SourceAccount",
    "aws:PrincipalTag/Foreign",
    "aws:FederatedProvider",
    "aws:SourceOrgID",
    "aws:SourceVpce",
    "aws:CalledViaFirst",
    "aws:PrincipalTag/Cell",
    "aws:ResourceAccount",
];
const USER: &str = "c46824b8-f071-7009-c812-ad564a62b220";

pub struct World {
    pub baseline: String,
    pub inline_policy: String,
    pub managed_policies: Vec<String>,
    pub user: &'static str,
    pub events: Vec<Json>,
}

/// Denials of one action, with Denies on the first six keys. A message with a reason says that none of them applied.
pub fn world(action: &str, with_reason: bool) -> World {
    let approved = [("Department", "department"), ("CostCenter", "costCenter")];
    let mappings = approved.map(|(key, attribute)| {
        json!({"key": key, "owner": "identity-store", "source": format!("${{path:enterprise.{attribute}}}")})
    });
    let baseline = json!({
        "version": 1,
        "instance": {
            "arn": "arn:aws:sso:::instance/ssoins-7223a1b2c3d4e5f6", "identity_store_id": "d-9067f3a1b2",
            "region": "eu-west-1", "management_account": "999999999999",
        },
        "attribute_mappings": mappings,
        "permission_sets": [{
            "name": "Fin", "arn": "arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/ps-0000000000000001",
            "heal": ["restore-mapping"],
        }],
        "accounts": ["111122223333"],
        "own_roles": ["tagmend-heal", "tagmend-watch"],
        "limits": {"fixes_per_hour": 5, "maximum_event_age_hours": 24},
    });
    World {
        baseline: baseline.to_string(),
        inline_policy: inline_policy(&UNKNOWN[..6]),
        managed_policies: managed_policies(),
        user: USER,
        events: (0..RESOURCES).map(|index| event(action, with_reason, index)).collect(),
    }
}

fn deny_unless(key: &str) -> Json {
    json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringNotEqualsIfExists": {key: "x-1"}}})
}

fn inline_policy(unknown: &[&str]) -> String {
    let mut statements = vec![json!({
        "Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*",
        "Condition": {"StringEquals": {
            "aws:ResourceTag/Department": "${aws:PrincipalTag/Department}",
            "aws:ResourceTag/CostCenter": "${aws:PrincipalTag/CostCenter}",
        }},
    })];
    statements.extend(unknown.iter().map(|key| deny_unless(key)));
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn managed_policies() -> Vec<String> {
    let statement = |index: usize| {
        let service = index / STATEMENTS_OF_A_POLICY;
        let mut actions: Vec<String> = (0..ACTIONS).map(|action| format!("svc{service}:A{action}")).collect();
        actions.push(format!("s*:Get*Value{}", index % STATEMENTS_OF_A_POLICY));
        let resources: Vec<String> =
            (0..4).map(|resource| format!("arn:aws:secretsmanager:*:*:secret:{resource}/*")).collect();
        json!({
            "Effect": "Allow", "Action": actions, "Resource": resources,
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
        })
    };
    let statements: Vec<Json> = (0..STATEMENTS).map(statement).collect();
    let policies = statements.chunks(STATEMENTS_OF_A_POLICY);
    policies.map(|statements| json!({"Version": "2012-10-17", "Statement": statements}).to_string()).collect()
}

fn event(action: &str, with_reason: bool, index: usize) -> Json {
    let (service, name) = action.split_once(':').unwrap();
    let session =
        "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Fin_2b03e7d876722801/jane.doe@example.com";
    let role =
        "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Fin_2b03e7d876722801";
    let resource = format!("arn:aws:{service}:eu-west-1:111122223333:secret:s{index:02}-abcdef");
    let time = "2026-11-23T11:00:00Z";
    let reason = if with_reason {
        format!(" because no identity-based policy allows the {action} action")
    } else {
        String::new()
    };
    json!({
        "version": "0", "id": format!("0d4f9c11-0000-4000-8000-{index:012}"),
        "detail-type": "AWS API Call via CloudTrail", "source": format!("aws.{service}"), "account": "111122223333",
        "time": time, "region": "eu-west-1", "resources": [],
        "detail": {
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "AssumedRole", "principalId": "AROAXOKZSY7W74015ZRM:jane.doe@example.com", "arn": session,
                "accountId": "111122223333", "accessKeyId": "ASIAXOKZSY7W7EXAMPLE",
                "sessionContext": {
                    "sessionIssuer": {
                        "type": "Role", "principalId": "AROAXOKZSY7W74015ZRM", "arn": role,
                        "accountId": "111122223333", "userName": "AWSReservedSSO_Fin_2b03e7d876722801",
                    },
                    "attributes": {"creationDate": "2026-11-23T09:30:00Z", "mfaAuthenticated": "false"},
                },
                "onBehalfOf": {
                    "userId": USER,
                    "identityStoreArn": "arn:aws:identitystore::999999999999:identitystore/d-9067f3a1b2",
                },
            },
            "eventTime": time, "eventSource": format!("{service}.amazonaws.com"), "eventName": name,
            "awsRegion": "eu-west-1", "sourceIPAddress": "203.0.113.24", "userAgent": "aws-cli",
            "errorCode": "AccessDeniedException",
            "errorMessage": format!(
                "User: {session} is not authorized to perform: {action} on resource: {resource}{reason}"
            ),
            "requestParameters": null, "responseElements": null, "requestID": "r",
            "eventID": format!("7b1f2e00-0000-4000-8000-{index:012}"), "readOnly": true, "eventType": "AwsApiCall",
            "managementEvent": true, "recipientAccountId": "111122223333", "eventCategory": "Management",
        },
    })
}

/// One request under Denies on ten keys: the policies, the request with all of them known, and with none.
pub fn ten_keys(with_other_statements: bool) -> (Vec<String>, Question, Question) {
    let mut texts = vec![inline_policy(&UNKNOWN)];
    if with_other_statements {
        texts.extend(managed_policies());
    }
    let question = |unknown: Given| {
        let tags = ["Principal", "Resource"].map(|kind| {
            [("Department", "Finance"), ("CostCenter", "4711")]
                .map(|(tag, value)| (format!("aws:{kind}Tag/{tag}"), Given::One(value.to_owned())))
        });
        let unknown = UNKNOWN.map(|key| (key.to_owned(), unknown.clone()));
        Question {
            action: "secretsmanager:GetSecretValue".to_owned(),
            resource: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:s00-abcdef".to_owned(),
            context: tags.into_iter().flatten().chain(unknown).collect(),
        }
    };
    (texts, question(Given::One("x-1".to_owned())), question(Given::Unknown))
}
