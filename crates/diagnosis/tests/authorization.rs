//! What AWS keeps of a denied call: it fills what nobody else could tell, it is compared with what decides here, and a
//! disagreement stops a fix.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value as Json, json};
use tagmend_diagnosis::{
    AccessControl, Answer, Answered, Authorization, AuthorizationDetails, AuthorizationId, Baseline, Cause,
    Change, Diagnosis, Evaluated, EvaluatedEffect, Facts, Failure, FoundPermissionSet, Gap, Lookup,
    MatchedStatement, PermissionSet, Plan, PolicyType, Provisioning, Reason, Shortage, User, deliveries,
    diagnose, next_lookups, plan,
};

const ID: &str = "dddiidd1k88ni0xc6dxnae76n";
const ROLE: &str = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_PlatformAdmin_2b03e7d876722817";

fn baseline() -> Baseline {
    Baseline::parse(include_str!("../../../events/baseline.json")).unwrap()
}

fn event() -> Json {
    let text = include_str!("../../../events/mapping-missing/iam-user-name-and-authorization-id.json");
    serde_json::from_str(text).unwrap()
}

fn failure_of(event: &Json, comes_again: bool) -> Failure {
    let mut delivery = deliveries(event).remove(0).unwrap();
    delivery.comes_again = comes_again;
    Failure::read(delivery).unwrap()
}

fn failure() -> Failure {
    failure_of(&event(), false)
}

fn asked() -> AuthorizationId {
    AuthorizationId { region: "us-east-1".to_owned(), id: ID.to_owned() }
}

/// A policy that needs the tag, and what `condition` says besides.
fn policy(condition: &Json) -> Json {
    let mut needed = json!({"StringEquals": {"aws:PrincipalTag/Department": "Engineering"}});
    for (operator, keys) in condition.as_object().unwrap() {
        let of_operator = needed.as_object_mut().unwrap().entry(operator.clone()).or_insert(json!({}));
        of_operator.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
    }
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Needed", "Effect": "Allow", "Action": "iam:*", "Resource": "*", "Condition": needed}]})
}

fn facts(policy: &Json, answer: Option<Answer<AuthorizationDetails>>) -> Facts {
    let attributes = [("enterprise.department".to_owned(), "Engineering".to_owned())];
    Facts {
        access_control: AccessControl::Enabled(vec![]),
        permission_set: FoundPermissionSet::Found(Arc::new(PermissionSet {
            arn: "arn:aws:sso:::permissionSet/ssoins-7223a1b2c3d4e5f6/ps-1a2b3c4d5e6f7017".to_owned(),
            name: "PlatformAdmin".to_owned(),
            session_duration: "PT1H".to_owned(),
            inline_policy: Some(policy.to_string()),
            managed_policies: vec![],
            customer_managed_policies: vec![],
            boundary: None,
            tags: None,
            provisioning: Provisioning::Latest,
        })),
        user: Some(User { user_id: "u".to_owned(), attributes: attributes.into(), updated_at: None }),
        past_fixes: Arc::from([]),
        answers: Arc::new(
            answer.map(|answer| Answered::Authorization(asked(), answer)).into_iter().collect(),
        ),
    }
}

fn evaluated(
    effect: EvaluatedEffect,
    statements: Vec<MatchedStatement>,
    context: &[(&str, &str)],
) -> Evaluated {
    let caller = [("aws:PrincipalArn", ROLE)];
    let entry = |(key, value): &(&str, &str)| ((*key).to_owned(), vec![(*value).to_owned()]);
    Evaluated {
        action: "iam:ListAttachedUserPolicies".to_owned(),
        resource: "arn:aws:iam::111122223333:user/testing".to_owned(),
        context: caller.iter().chain(context).map(entry).collect(),
        effect,
        statements,
    }
}

fn implicit(context: &[(&str, &str)]) -> Option<Answer<AuthorizationDetails>> {
    Some(Ok(AuthorizationDetails::Kept(vec![evaluated(EvaluatedEffect::ImplicitDeny, vec![], context)])))
}

fn diagnosed(policy: &Json, answer: Option<Answer<AuthorizationDetails>>) -> Diagnosis {
    diagnose(&failure(), &facts(policy, answer), &baseline())
}

fn planned(failure: &Failure, policy: &Json, answer: Option<Answer<AuthorizationDetails>>) -> Plan {
    let (facts, baseline) = (facts(policy, answer), baseline());
    let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
    plan(failure, &diagnose(failure, &facts, &baseline), &facts, &baseline, now)
}

fn restores() -> Plan {
    let source = baseline().mapping("Department").unwrap().owner;
    let tagmend_diagnosis::Owner::IdentityStore(source) = source else { panic!("{source:?}") };
    Plan::Changes(vec![Change::RestoreMapping { key: "Department".to_owned(), source }])
}

#[test]
fn the_context_of_the_call_fills_what_nobody_else_could_tell() {
    let policy = policy(&json!({"StringEquals": {"aws:SourceVpc": "vpc-1"}}));
    assert_eq!(diagnosed(&policy, None).cause, Cause::Undetermined);
    let of = |vpc: &str| diagnosed(&policy, implicit(&[("aws:SourceVpc", vpc)])).cause;
    assert_eq!(of("vpc-1"), Cause::MappingMissing, "the call came from where the policy wants it");
    assert_eq!(of("vpc-2"), Cause::Intended, "with the tag it is denied just the same");
}

#[test]
fn what_the_record_states_is_not_replaced() {
    let policy = policy(&json!({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}));
    let lying = implicit(&[("aws:RequestedRegion", "eu-west-1")]);
    assert_eq!(diagnosed(&policy, lying).cause, Cause::MappingMissing);
}

#[test]
fn a_tag_that_the_session_had_is_not_missing() {
    let policy = policy(&json!({}));
    assert_eq!(planned(&failure(), &policy, None), restores());
    let had = implicit(&[("aws:PrincipalTag/Department", "Engineering")]);
    let diagnosis = diagnosed(&policy, had.clone());
    assert_ne!(diagnosis.cause, Cause::MappingMissing, "{diagnosis:?}");
    assert!(matches!(planned(&failure(), &policy, had), Plan::Nothing(Reason::NotHealed(_))));
    // A tag that is not listed may be there all the same: nothing follows from it.
    let other = implicit(&[("aws:PrincipalTag/Team", "Engineer")]);
    assert_eq!(planned(&failure(), &policy, other), restores());
}

#[test]
fn agreement_is_told_and_changes_no_plan() {
    let policy = policy(&json!({}));
    let diagnosis = diagnosed(&policy, implicit(&[]));
    assert_eq!(diagnosis.authorization, Some(Authorization::Agrees));
    assert_eq!(
        diagnosis.evidence.sentences.last().unwrap(),
        "AWS's authorization details of the call agree with what decides here"
    );
    assert_eq!(planned(&failure(), &policy, implicit(&[])), restores());
}

fn matched(policy_type: Option<PolicyType>, sid: &str, denies: bool) -> MatchedStatement {
    MatchedStatement { policy_type, policy_arn: None, sid: Some(sid.to_owned()), denies }
}

#[test]
fn each_disagreement_is_named_and_stops_the_fix() {
    let policy = policy(&json!({}));
    use EvaluatedEffect::{Allowed, ExplicitDeny, ImplicitDeny};
    let identity = Some(PolicyType::Identity);
    let managed = MatchedStatement {
        policy_arn: Some("arn:aws:iam::aws:policy/X".to_owned()),
        ..matched(identity, "Other", true)
    };
    for (effect, statements, points) in [
        (Allowed, vec![], vec!["the call was allowed"]),
        (
            ExplicitDeny,
            vec![matched(Some(PolicyType::ServiceControl), "No", true)],
            vec![
                "a statement denied, and the message says that none allowed",
                "statement `No` of a service control policy denied, which is not where it is denied here",
            ],
        ),
        (
            ImplicitDeny,
            vec![matched(identity, "Needed", false)],
            vec!["statement `Needed` of an identity-based policy matched, and here it does not"],
        ),
        (
            ImplicitDeny,
            vec![managed],
            vec!["statement `Other` of an identity-based policy denied, and none that was read is it"],
        ),
        (
            ImplicitDeny,
            vec![matched(None, "New", true)],
            vec!["statement `New` of a policy of an unknown type denied"],
        ),
    ] {
        let answer = Ok(AuthorizationDetails::Kept(vec![evaluated(effect, statements.clone(), &[])]));
        let points: Vec<String> = points.into_iter().map(str::to_owned).collect();
        let diagnosis = diagnosed(&policy, Some(answer.clone()));
        assert_eq!(diagnosis.authorization, Some(Authorization::Disagrees(points)), "{statements:?}");
        assert_eq!(diagnosis.cause, Cause::MappingMissing);
        let stopped = Plan::Nothing(Reason::AuthorizationDisagrees);
        assert_eq!(planned(&failure(), &policy, Some(answer)), stopped, "{statements:?}");
    }
    // What allows may be in a policy that nobody has to read.
    let elsewhere = vec![matched(Some(PolicyType::ServiceControl), "FullAccess", false)];
    let answer = Ok(AuthorizationDetails::Kept(vec![evaluated(ImplicitDeny, elsewhere, &[])]));
    assert_eq!(diagnosed(&policy, Some(answer)).authorization, Some(Authorization::Agrees));
}

#[test]
fn details_of_another_call_count_for_nothing() {
    let policy = policy(&json!({}));
    let denied = || evaluated(EvaluatedEffect::ExplicitDeny, vec![], &[]);
    let mut of_somebody = denied();
    of_somebody.context.insert("aws:PrincipalArn".to_owned(), vec!["arn:aws:iam::1:role/x".to_owned()]);
    let mut of_nobody = denied();
    of_nobody.context.clear();
    let mut of_session = denied();
    of_session.context.insert("aws:userid".to_owned(), vec!["AROAX:somebody".to_owned()]);
    let mut of_action = denied();
    of_action.action = "iam:GetUser".to_owned();
    for evaluations in [
        vec![of_somebody],
        vec![of_nobody],
        vec![of_session],
        vec![of_action],
        vec![],
        vec![denied(), denied()],
    ] {
        let answer = Some(Ok(AuthorizationDetails::Kept(evaluations.clone())));
        let told = diagnosed(&policy, answer.clone()).authorization;
        assert!(matches!(told, Some(Authorization::None(_))), "{evaluations:?}: {told:?}");
        assert_eq!(planned(&failure(), &policy, answer), restores(), "{evaluations:?}");
    }
}

/// Where the message names the resource by its ARN.
#[test]
fn details_of_another_resource_count_for_nothing() {
    let mut event = event();
    let message = event["detail"]["errorMessage"].as_str().unwrap();
    event["detail"]["errorMessage"] =
        json!(message.replace("user testing", "arn:aws:iam::111122223333:user/testing"));
    let (failure, policy) = (failure_of(&event, false), policy(&json!({})));
    let told = |resource: &str| {
        let mut of = evaluated(EvaluatedEffect::ImplicitDeny, vec![], &[]);
        resource.clone_into(&mut of.resource);
        let facts = facts(&policy, Some(Ok(AuthorizationDetails::Kept(vec![of]))));
        diagnose(&failure, &facts, &baseline()).authorization
    };
    for same in ["arn:aws:iam::111122223333:user/testing", ""] {
        assert_eq!(told(same), Some(Authorization::Agrees), "{same}");
    }
    let other = told("arn:aws:iam::111122223333:user/other");
    assert!(matches!(other, Some(Authorization::None(_))), "{other:?}");
}

#[test]
fn the_record_comes_again_once_where_aws_has_nothing_yet() {
    let policy = policy(&json!({}));
    let first = failure_of(&event(), true);
    assert_eq!(
        planned(&first, &policy, Some(Ok(AuthorizationDetails::NotThere))),
        Plan::Nothing(Reason::NotAsked(Shortage::Later))
    );
    assert_eq!(
        planned(&failure(), &policy, Some(Ok(AuthorizationDetails::NotThere))),
        restores(),
        "the second time it counts"
    );
    assert_eq!(planned(&first, &policy, implicit(&[])), restores(), "they are there");
    let diagnosis = diagnosed(&policy, Some(Ok(AuthorizationDetails::NotThere)));
    assert_eq!(diagnosis.authorization, Some(Authorization::NotThere));
}

#[test]
fn what_aws_refuses_is_none_and_what_it_does_not_answer_is_asked_again() {
    let policy = policy(&json!({}));
    let refused = Some(Err(Gap::Unseen("iam:GetRequestAuthorizationDetails: AccessDenied".to_owned())));
    assert_eq!(planned(&failure(), &policy, refused), restores());
    for shortage in [Shortage::Answer, Shortage::Room, Shortage::Time] {
        let plan = planned(&failure(), &policy, Some(Err(Gap::NotAsked(shortage))));
        assert_eq!(plan, Plan::Nothing(Reason::NotAsked(shortage)));
    }
    let off = diagnosed(&policy, Some(Ok(AuthorizationDetails::Off)));
    assert_eq!(off.authorization, None);
    assert_eq!(off.evidence, diagnosed(&policy, None).evidence, "as if nobody had asked");
}

/// What another one had no room or time for; what AWS did not answer is not asked again at once.
#[test]
fn what_nobody_asked_is_asked_later() {
    for (shortage, is_asked) in
        [(Shortage::Room, true), (Shortage::Time, true), (Shortage::Answer, false), (Shortage::Later, false)]
    {
        let facts = facts(&policy(&json!({})), Some(Err(Gap::NotAsked(shortage))));
        let wants = next_lookups(&failure(), &facts, &baseline());
        assert_eq!(wants.contains(&Lookup::Authorization(asked())), is_asked, "{shortage:?}");
    }
}

#[test]
fn only_an_id_of_the_documented_form_is_asked_for() {
    let wants = |id: &str| {
        let text = event().to_string().replace(ID, id);
        let failure = failure_of(&serde_json::from_str(&text).unwrap(), false);
        let wants = next_lookups(&failure, &facts(&policy(&json!({})), None), &baseline());
        wants.into_iter().filter(|want| matches!(want, Lookup::Authorization(_))).count()
    };
    assert_eq!(wants(ID), 1);
    assert_eq!(wants("1b0c8a51-0000-4000-8000-00000000a001"), 0, "the earlier form");
    assert_eq!(wants("../../x"), 0);
    assert_eq!(wants(&"a".repeat(257)), 0);
}

/// Values are nobody's business.
#[test]
fn nothing_that_is_printed_has_a_value() {
    let details = evaluated(
        EvaluatedEffect::ExplicitDeny,
        vec![matched(Some(PolicyType::ServiceControl), "No", true)],
        &[("aws:PrincipalTag/Department", "Secret-Department"), ("aws:SourceVpc", "vpc-secret")],
    );
    let answer = Ok(AuthorizationDetails::Kept(vec![details.clone()]));
    let diagnosis = diagnosed(&policy(&json!({})), Some(answer.clone()));
    let printed = format!("{details:?} {answer:?} {diagnosis:?}");
    assert!(printed.contains("aws:SourceVpc") && printed.contains("Disagrees"), "{printed}");
    for value in ["Secret-Department", "vpc-secret"] {
        assert!(!printed.contains(value), "{printed}");
    }
}
