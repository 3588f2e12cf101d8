//! Invariant 6: What is not understood is left alone.

use super::*;

async fn cause_with_policy(policy: Json) -> Cause {
    let mut world = world();
    world.permission_sets[1].inline_policy = Some(policy);
    let stage = Stage::new(world).await;
    let report = stage.heal(&[event(DENIAL)], Mode::Apply).await;
    assert!(report.changes.is_empty() && stage.writes().is_empty());
    only_cause(&report)
}

#[tokio::test]
async fn policies_that_cannot_be_read_or_decided() {
    let deny = |condition: Json| {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": condition},
        ]})
    };
    for condition in [
        json!({"StringAlmostEquals": {"aws:PrincipalTag/Department": "Finance"}}),
        json!({"ForAnyValue:StringEqualsIfExists": {"aws:PrincipalTag/Department": "Finance"}}),
        json!({"NumericEquals": {"aws:PrincipalTag/Department": "Finance"}, "Null": {"aws:PrincipalTag/Department": "true"}}),
    ] {
        assert_eq!(cause_with_policy(deny(condition.clone())).await, Cause::Undetermined, "{condition}");
    }
    assert_eq!(cause_with_policy(json!({"Statement": "none"})).await, Cause::Undetermined);
}

#[tokio::test]
async fn an_allow_that_turns_on_an_open_rule_or_cannot_be_read() {
    let allow = |condition: Json| {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*", "Condition": condition},
        ]})
    };
    let department = json!({"aws:PrincipalTag/Department": "Finance"});
    for policy in [
        allow(json!({"StringEquals": department, "NumericEquals": {"aws:PrincipalTag/CostCenter": "many"}})),
        allow(
            json!({"StringEquals": department, "StringAlmostEquals": {"aws:PrincipalTag/CostCenter": "47"}}),
        ),
        json!({"Statement": []  , "Unknown": 1}),
    ] {
        let mut world = world();
        world.permission_sets[0].inline_policy = Some(policy.clone());
        let stage = Stage::new(world).await;
        let report = stage.heal(&[event("mapping-missing/resource-tag-condition")], Mode::Apply).await;
        assert_eq!((only_cause(&report), stage.writes()), (Cause::Undetermined, vec![]), "{policy}");
    }
}

#[tokio::test]
async fn every_reason_is_given() {
    let stage = Stage::new(world()).await;
    for treated in stage.heal(&events_of_the_main_world(), Mode::Plan).await.treated {
        if let Treated::Failure(failure, Treatment::Diagnosed { diagnosis, plan, .. }) = treated {
            assert!(!diagnosis.evidence.sentences.is_empty(), "{}", failure.event_id);
            if let Plan::Nothing(reason) = plan {
                assert!(!reason.to_string().is_empty(), "{}", failure.event_id);
            }
        }
    }
}
