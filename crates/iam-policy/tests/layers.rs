//! Which layer can do what. Source: `reference_policies_evaluation-logic`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use iam_policy::{
    Context, Decision, Effect, Layer, Layers, Policy, Request, Resource, Value, candidates, evaluate,
    explain, pointed_at, what_if,
};

const ALLOW: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
const OTHER: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:*","Resource":"*"}}"#;
const DENY: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:Get*","Resource":"*"}}"#;

fn policies(texts: &[&str]) -> Vec<Policy> {
    texts.iter().map(|text| Policy::parse(text).unwrap()).collect()
}

fn request() -> Request {
    let resource = Resource::Named("arn:aws:s3:::bucket/x".to_owned());
    Request { action: "s3:GetObject".to_owned(), resource, context: Context::closed() }
}

/// Identity policies, boundary, session policies, levels of SCPs, and whether an RCP denies.
#[track_caller]
fn check(
    identity: &[&str],
    boundary: Option<&[&str]>,
    session: Option<&[&str]>,
    service_control: &[&[&str]],
    resource_control: Option<&str>,
    expected: &Decision,
) {
    let identity = policies(identity);
    let boundary = boundary.map(policies);
    let session = session.map(policies);
    let service_control: Vec<Vec<Policy>> = service_control.iter().map(|level| policies(level)).collect();
    let resource_control: Vec<Policy> =
        resource_control.into_iter().map(|text| Policy::parse_resource_control(text).unwrap()).collect();
    let layers = Layers {
        identity: &identity,
        boundary: boundary.as_deref(),
        session: session.as_deref(),
        service_control: &service_control,
        resource_control: &resource_control,
    };
    assert_eq!(evaluate(&layers, &request()).decision, *expected);
}

#[test]
fn every_layer_that_is_there_has_to_allow() {
    use Decision::{Allowed, ImplicitlyDenied};
    check(&[], None, None, &[], None, &ImplicitlyDenied);
    check(&[OTHER], None, None, &[], None, &ImplicitlyDenied);
    check(&[OTHER, ALLOW], None, None, &[], None, &Allowed);
    check(&[ALLOW], Some(&[]), None, &[], None, &ImplicitlyDenied);
    check(&[ALLOW], Some(&[OTHER]), None, &[], None, &ImplicitlyDenied);
    check(&[OTHER], Some(&[ALLOW]), None, &[], None, &ImplicitlyDenied);
    check(&[ALLOW], Some(&[OTHER, ALLOW]), None, &[], None, &Allowed);
    check(&[ALLOW], None, Some(&[]), &[], None, &ImplicitlyDenied);
    check(&[ALLOW], None, Some(&[OTHER]), &[], None, &ImplicitlyDenied);
    check(&[ALLOW], None, Some(&[OTHER, ALLOW]), &[], None, &Allowed);
    check(&[ALLOW], None, None, &[&[ALLOW], &[OTHER]], None, &ImplicitlyDenied);
    check(&[ALLOW], None, None, &[&[OTHER], &[ALLOW]], None, &ImplicitlyDenied);
    check(&[ALLOW], None, None, &[&[ALLOW], &[OTHER, ALLOW]], None, &Allowed);
    check(&[ALLOW], Some(&[ALLOW]), Some(&[ALLOW]), &[&[ALLOW]], None, &Allowed);
}

#[test]
fn any_layer_can_deny() {
    let denied = &Decision::ExplicitlyDenied;
    check(&[ALLOW, DENY], None, None, &[], None, denied);
    check(&[DENY], None, None, &[], None, denied);
    check(&[ALLOW], Some(&[ALLOW, DENY]), None, &[], None, denied);
    check(&[ALLOW], None, Some(&[DENY, ALLOW]), &[], None, denied);
    check(&[ALLOW], None, None, &[&[ALLOW], &[ALLOW, DENY]], None, denied);
}

/// An RCP that does not deny does nothing: the Allow that is always there is RCPFullAWSAccess.
#[test]
fn a_resource_control_policy_only_denies() {
    let statement = |effect: &str, action: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"{effect}","Principal":"*","Action":"{action}","Resource":"*"}}}}"#
        )
    };
    check(&[ALLOW], None, None, &[], Some(&statement("Deny", "s3:*")), &Decision::ExplicitlyDenied);
    check(&[ALLOW], None, None, &[], Some(&statement("Deny", "sqs:*")), &Decision::Allowed);
    check(&[ALLOW], None, None, &[], Some(&statement("Allow", "sqs:*")), &Decision::Allowed);
    check(&[], None, None, &[], Some(&statement("Allow", "*")), &Decision::ImplicitlyDenied);
}

const BY_TAG: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Sid":"List","Effect":"Allow","Action":"s3:List*","Resource":"*"},
    {"Sid":"Own","Effect":"Allow","Action":"s3:*","Resource":"*",
     "Condition":{"StringEquals":{"aws:ResourceTag/Team":"${aws:PrincipalTag/Team}"}}}]}"#;

#[test]
fn the_explanation_names_layer_statement_condition_and_values() {
    let identity = policies(&[ALLOW]);
    let boundary = policies(&[OTHER, BY_TAG]);
    let layers = Layers { identity: &identity, boundary: Some(&boundary), ..Layers::default() };
    let mut request = request();
    request.context.set("aws:ResourceTag/Team", Value::One("blue".to_owned()));
    let traces = explain(&layers, &request);
    let sentences: Vec<String> = traces.iter().map(ToString::to_string).collect();
    assert_eq!(
        sentences,
        [
            "statement 1 of identity policy 1 allows it",
            "statement 1 of permissions boundary 1 does not allow it: the action is not meant",
            "statement List of permissions boundary 2 does not allow it: the action is not meant",
            "statement Own of permissions boundary 2 does not allow it: StringEquals aws:ResourceTag/Team = \
             ${aws:PrincipalTag/Team} does not hold, the request has aws:ResourceTag/Team = blue and no \
             aws:principaltag/team",
        ]
    );
    assert_eq!(pointed_at(&layers, &Decision::ImplicitlyDenied, &traces).ok(), traces.last());
    let nothing = Layers { identity: &identity, boundary: Some(&[]), ..Layers::default() };
    assert_eq!(
        pointed_at(&nothing, &Decision::ImplicitlyDenied, &explain(&nothing, &request)),
        Err(Layer::Boundary)
    );
    assert_eq!(traces[3].layer, Layer::Boundary);

    request.context.set("aws:PrincipalTag/Team", Value::Unknown);
    assert_eq!(
        explain(&layers, &request)[3].to_string(),
        "statement Own of permissions boundary 2 may allow it: StringEquals aws:ResourceTag/Team = \
         ${aws:PrincipalTag/Team} turns on aws:principaltag/team, the request has aws:ResourceTag/Team = blue and \
         an unknown aws:principaltag/team"
    );
}

#[test]
fn a_deny_that_a_missing_tag_sets_off_is_explained() {
    let deny = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","NotResource":"arn:aws:s3:::${aws:PrincipalTag/Team}/*"}}"#;
    let identity = policies(&[ALLOW, deny]);
    let layers = Layers { identity: &identity, ..Layers::default() };
    let traces = explain(&layers, &request());
    let decided = pointed_at(&layers, &Decision::ExplicitlyDenied, &traces).unwrap();
    assert_eq!(decided.effect, Effect::Deny);
    assert_eq!(
        decided.to_string(),
        "statement 1 of identity policy 2 denies it: the request has no aws:principaltag/team to put into NotResource"
    );
}

/// The value comes from the other side of the comparison, and the smallest set is found.
#[test]
fn what_if_the_tag_were_there() {
    let identity = policies(&[BY_TAG]);
    let boundary = policies(&[
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::bucket/${aws:PrincipalTag/Home}",
            "Condition":{"StringLike":{"aws:PrincipalTag/CostCenter":["4?*","5*"]}}}}"#,
    ]);
    let layers = Layers { identity: &identity, boundary: Some(&boundary), ..Layers::default() };
    let mut request = request();
    request.context.set("aws:ResourceTag/Team", Value::One("blue".to_owned()));
    let candidates = candidates(&layers, &request);
    let listed: Vec<(&str, &Value)> =
        candidates.iter().map(|candidate| (candidate.key.as_str(), &candidate.value)).collect();
    let one = |text: &str| Value::One(text.to_owned());
    assert_eq!(
        listed,
        [
            ("aws:principaltag/costcenter", &one("4?")),
            ("aws:principaltag/costcenter", &one("5")),
            ("aws:principaltag/home", &one("x")),
            ("aws:principaltag/team", &one("blue")),
        ]
    );
    let turn = what_if(&layers, &request, &candidates).unwrap();
    let with: Vec<&str> = turn.with.iter().map(|candidate| candidate.key.as_str()).collect();
    assert_eq!(with, ["aws:principaltag/costcenter", "aws:principaltag/home", "aws:principaltag/team"]);
    let (statement, condition) = turn.turning_point().unwrap();
    assert_eq!((statement.name(), condition), ("statement Own".to_owned(), Some(0)));

    // Two of the three would not do.
    assert_eq!(what_if(&layers, &request, &candidates[..3]), None);
}
