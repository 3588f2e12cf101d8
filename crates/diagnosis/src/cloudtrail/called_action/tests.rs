use super::*;
use serde_json::json;

fn called(source: &str, name: &str, parameters: Json) -> CalledAction {
    let record = json!({
        "eventID": "e", "eventTime": "2026-11-23T11:00:00Z", "eventSource": source, "eventName": name,
        "awsRegion": "eu-west-1", "userIdentity": {}, "requestParameters": parameters,
    });
    called_action(&serde_json::from_value(record).unwrap())
}

#[track_caller]
fn check(source: &str, name: &str, parameters: Json, action: &str, known: ActionKnown) {
    let source = format!("{source}.amazonaws.com");
    let expected = CalledAction { action: action.to_owned(), known };
    assert_eq!(called(&source, name, parameters), expected, "{source} {name}");
}

fn several(actions: &[&str]) -> ActionKnown {
    ActionKnown::Several(actions.iter().map(|action| (*action).to_owned()).collect())
}

#[test]
fn one_action_of_its_own_name_or_of_another() {
    for (source, name, action) in [
        ("secretsmanager", "GetSecretValue", "secretsmanager:GetSecretValue"),
        ("ec2", "StartInstances", "ec2:StartInstances"),
        ("lambda", "Invoke", "lambda:InvokeFunction"),
        ("sqs", "SendMessageBatch", "sqs:SendMessage"),
        ("sns", "PublishBatch", "sns:Publish"),
        ("dynamodb", "TransactGetItems", "dynamodb:GetItem"),
        ("s3", "ListObjectsV2", "s3:ListBucket"),
        ("monitoring", "GetDashboard", "cloudwatch:GetDashboard"),
        ("tagging", "GetResources", "tag:GetResources"),
        ("bedrock", "Converse", "bedrock:InvokeModel"),
        ("runtime.sagemaker", "InvokeEndpoint", "sagemaker:InvokeEndpoint"),
    ] {
        check(source, name, Json::Null, action, ActionKnown::Certain);
    }
}

#[test]
fn a_version_behind_the_name_is_none_of_it() {
    for (source, name, action) in [
        ("lambda", "ListFunctions20150331", "lambda:ListFunctions"),
        ("lambda", "UpdateFunctionConfiguration20150331v2", "lambda:UpdateFunctionConfiguration"),
        ("cloudfront", "GetDistribution2020_05_31", "cloudfront:GetDistribution"),
    ] {
        check(source, name, Json::Null, action, ActionKnown::Certain);
    }
    // Two of the digits that a date has are not there, or nothing is before it.
    for name in ["ListFunctions201503", "20150331", "ListFunctions20150331v", "ListFunctions20150331vx"] {
        check("lambda", name, Json::Null, &format!("lambda:{name}"), ActionKnown::Unknown);
    }
    // A number that belongs to the name.
    check("securityhub", "GetFindingsV2", Json::Null, "securityhub:GetFindings", ActionKnown::Certain);
}

#[test]
fn a_parameter_chooses() {
    let certain = ActionKnown::Certain;
    check("s3", "GetObject", json!({"key": "k"}), "s3:GetObject", certain.clone());
    check("s3", "GetObject", json!({"versionId": "v"}), "s3:GetObjectVersion", certain.clone());
    check("s3", "HeadObject", json!({"versionId": "v"}), "s3:GetObjectVersion", certain.clone());
    check("s3", "GetObject", json!({"versionId": null}), "s3:GetObject", certain.clone());
    check("s3", "DeleteObject", json!({"versionId": "v"}), "s3:DeleteObjectVersion", certain.clone());
    check("s3", "PutObject", json!({"key": "k"}), "s3:PutObject", certain);
    let acl = several(&["s3:PutObject", "s3:PutObjectAcl"]);
    check("s3", "PutObject", json!({"x-amz-acl": "private"}), "s3:PutObject", acl);
    let both = several(&["s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectTagging"]);
    check("s3", "PutObject", json!({"x-amz-tagging": "a=b", "X-Amz-Acl": "private"}), "s3:PutObject", both);
    // What the record hides may have been there.
    let hidden = several(&["s3:GetObject", "s3:GetObjectVersion"]);
    check("s3", "GetObject", Json::Null, "s3:GetObject", hidden);
}

#[test]
fn several_at_once() {
    let both = several(&["kms:ReEncryptFrom", "kms:ReEncryptTo"]);
    check("kms", "ReEncrypt", Json::Null, "kms:ReEncryptFrom", both);
    let CalledAction { action, known } = called("ec2.amazonaws.com", "RunInstances", Json::Null);
    let ActionKnown::Several(actions) = known else { panic!("{known:?}") };
    assert_eq!(
        (action.as_str(), actions.first().unwrap().as_str()),
        ("ec2:RunInstances", "ec2:RunInstances")
    );
    assert!(actions.contains(&"iam:PassRole".to_owned()), "{actions:?}");
}

#[test]
fn a_name_alone_is_a_guess_and_a_call_that_nobody_knows_is_none() {
    check("glue", "GetJobs", Json::Null, "glue:GetJobs", ActionKnown::Guessed);
    check("ec2", "DescribeTomorrow", Json::Null, "ec2:DescribeTomorrow", ActionKnown::Unknown);
    check("monitoring", "GetTomorrow", Json::Null, "cloudwatch:GetTomorrow", ActionKnown::Unknown);
    check("tomorrow", "GetThing", Json::Null, "tomorrow:GetThing", ActionKnown::Unknown);
    assert_eq!(called("", "", Json::Null).known, ActionKnown::Unknown);
}

#[test]
fn doubt_names_the_table_and_its_version() {
    assert_eq!(ActionKnown::Named.doubt("s3:GetObject"), None);
    assert_eq!(ActionKnown::Certain.doubt("s3:GetObject"), None);
    let doubt = ActionKnown::Unknown.doubt("ec2:DescribeTomorrow").unwrap();
    assert!(doubt.contains("calls.txt (botocore "), "{doubt}");
    assert!(doubt.ends_with("does not know the call ec2:DescribeTomorrow"), "{doubt}");
    let doubt = several(&["a:B", "c:D"]).doubt("a:B").unwrap();
    assert!(doubt.ends_with("one or more of a:B, c:D"), "{doubt}");
    assert_eq!(unknown_to_tables("s3:GetObject", &ActionKnown::Named), None);
    let newer = unknown_to_tables("s3:GetTomorrow", &ActionKnown::Named).unwrap();
    assert!(newer.starts_with("resource_tags.txt (botocore "), "{newer}");
}
