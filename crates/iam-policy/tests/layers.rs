//! Which layer can do what. Source: `reference_policies_evaluation-logic`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

use iam_policy::{Context, Decision, Layers, Policy, Request, Resource, evaluate};

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
        endpoint: None,
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
    check(&[ALLOW], None, None, &[], Some(&statement("Allow", "*")), &Decision::Allowed);
    check(&[], None, None, &[], Some(&statement("Allow", "*")), &Decision::ImplicitlyDenied);
}

#[test]
fn an_endpoint_policy_has_to_allow_and_can_deny() {
    let statement = |effect: &str, principal: &str| {
        format!(
            r#"{{"Statement":[{{"Effect":"{effect}","Principal":{principal},"Action":"s3:*","Resource":"*"}}]}}"#
        )
    };
    let decision = |text: &str| {
        let identity = policies(&[ALLOW]);
        let endpoint = [Policy::parse_endpoint(text).unwrap()];
        let layers = Layers { identity: &identity, endpoint: Some(&endpoint), ..Layers::default() };
        evaluate(&layers, &request()).decision
    };
    assert_eq!(decision(&statement("Allow", r#""*""#)), Decision::Allowed);
    assert_eq!(decision(&statement("Allow", r#"{"AWS":"*"}"#)), Decision::Allowed);
    assert_eq!(decision(&statement("Deny", r#""*""#)), Decision::ExplicitlyDenied);
    assert_eq!(decision(&statement("Allow", r#""*""#).replace("s3:*", "sqs:*")), Decision::ImplicitlyDenied);
    for (principal, error) in [
        (r#""arn:aws:iam::1:root""#, "$.Statement[0].Principal: `arn:aws:iam::1:root` is not `*`"),
        (r#"{"AWS":"1"}"#, "$.Statement[0].Principal: `{...}` is not everybody: `*`"),
        (r#"{"Service":"*"}"#, "$.Statement[0].Principal: `{...}` is not everybody: `*`"),
    ] {
        assert_eq!(Policy::parse_endpoint(&statement("Allow", principal)).unwrap_err().to_string(), error);
    }
    let policy = Policy::parse_endpoint(&statement("Allow", r#""*""#)).unwrap();
    assert_eq!(Policy::parse_endpoint(&policy.to_string()), Ok(policy));
}
