//! What is believed of AWS and no page confirms: it holds, fails, or has no sample.

use serde_json::{Value as Json, json};
use tagmend_cli::exit::Exit;
use tagmend_sandbox::World;

use super::healthy::Healthy;
use super::{doctor, not_well};

/// Records of each kind, as they are believed to be.
fn records() -> Vec<Json> {
    let session = json!({"eventID": "call", "eventName": "ListQueues", "eventTime": "2026-11-23T10:00:00Z",
        "userIdentity": {"type": "AssumedRole", "onBehalfOf": {"userId": "u"}, "sessionContext": {"sessionIssuer": {
            "userName": "AWSReservedSSO_A_0123456789abcdef",
            "arn": "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_0123456789abcdef"}}}});
    let sign_in = json!({"eventID": "sign-in", "eventName": "AssumeRoleWithSAML", "eventTime": "2026-11-23T10:00:01Z",
        "userIdentity": {"type": "SAMLUser"}, "requestParameters": {
            "roleArn": "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_0123456789abcdef",
            "principalTags": {"Department": "x"}}});
    let write = json!({"eventID": "write", "eventName": "UpdateInstanceAccessControlAttributeConfiguration",
        "eventTime": "2026-11-23T10:00:02Z",
        "requestParameters": {"instanceAccessControlAttributeConfiguration": {"accessControlAttributes": []}}});
    vec![session, sign_in, write]
}

#[tokio::test]
async fn beliefs_hold_fail_or_have_no_sample() {
    let holds = |world: &mut World| {
        world.event_history = records();
    };
    let (exit, report) = doctor(&Healthy::but(holds), &["--assumptions"]).await;
    assert_eq!((exit, not_well(&report)), (Exit::Done, vec![]), "all hold");
    assert_eq!(report["findings"].as_array().unwrap().len(), 7);
    let (exit, report) = doctor(&Healthy::but(|_| {}), &["--assumptions"]).await;
    let found = not_well(&report);
    assert_eq!((exit, found.len()), (Exit::Planned, 5), "{found:#?}");
    assert!(found.iter().all(|(_, state, what)| state == "not_seen" && what.ends_with("no record of it")));
    let fails = |world: &mut World| {
        let mut records = records();
        records[0]["userIdentity"]["onBehalfOf"] = Json::Null;
        records[0]["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] = json!("arn:aws:iam::1:role/x");
        records[1]["userIdentity"]["type"] = json!("WebIdentityUser");
        records[1]["requestParameters"]["principalTags"] = json!([{"key": "Department"}]);
        records[2]["requestParameters"] = Json::Null;
        world.event_history = records;
        world.attribute_mappings.as_mut().unwrap()[0].source = "${dir:guid}".to_owned();
        let user = world.users.iter_mut().find(|user| user.contains_key("Extensions")).unwrap();
        user["Extensions"]["aws:identitystore:enterprise"]["CostCentre"] = json!("x");
    };
    let (_, report) = doctor(&Healthy::but(fails), &["--assumptions"]).await;
    let found = not_well(&report);
    assert_eq!(found.len(), 7, "{found:#?}");
    assert!(
        found.iter().all(|(_, state, what)| state == "wrong" && what.starts_with("NOT SO: ")),
        "{found:#?}"
    );
}
