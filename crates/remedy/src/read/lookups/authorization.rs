//! What AWS keeps of a denied call.
//! Source: `API_GetRequestAuthorizationDetails` in the IAM Toolbox API reference (preview).

use std::collections::{BTreeMap, HashMap};

use aws_config::{Region, SdkConfig};
use aws_sdk_iamtoolbox::Client;
use aws_sdk_iamtoolbox::types::{
    EvaluatedEffect as Effect, Evaluation, MatchedPolicy, PolicyInfo, PolicyType as Kind, StatementEffect,
};
use aws_smithy_types::Document;
use tagmend_diagnosis::{AuthorizationDetails, Evaluated, EvaluatedEffect, MatchedStatement, PolicyType};

use super::NotRead;
use crate::aws::aws_error::{AwsError, has_code};

const OPERATION: &str = "iam:GetRequestAuthorizationDetails";

/// More pages than this are of a call that nobody wants to know so much of.
const MOST_PAGES: usize = 10;

/// Asks where the call was made; in another Region AWS does not know it.
pub(super) async fn details(
    configuration: &SdkConfig,
    region: &str,
    id: &str,
) -> Result<AuthorizationDetails, NotRead> {
    let there = configuration.to_builder().region(Region::new(region.to_owned())).build();
    let client = Client::new(&there);
    let mut pages = client.get_request_authorization_details().authorization_id(id).into_paginator().send();
    let mut evaluated = Vec::new();
    for _ in 0..MOST_PAGES {
        let page = match pages.next().await {
            None => return Ok(AuthorizationDetails::Kept(evaluated)),
            Some(Ok(page)) => page,
            Some(Err(error)) if has_code(&error, "ResourceNotFoundException") => {
                return Ok(AuthorizationDetails::NotThere);
            }
            Some(Err(error)) => return Err(AwsError::new(OPERATION, &error).into()),
        };
        let of_request = texts(page.request_context());
        for evaluation in page.evaluations() {
            let read = one(evaluation, &of_request, page.policies());
            evaluated.push(read.ok_or_else(|| AwsError::incomplete(OPERATION))?);
        }
    }
    Err(NotRead::Unseen("the call has too many evaluations".to_owned()))
}

/// None where something is of a form that is not known: then nobody knows what decided.
fn one(
    evaluation: &Evaluation,
    of_request: &BTreeMap<String, Vec<String>>,
    policies: &[PolicyInfo],
) -> Option<Evaluated> {
    let mut context = of_request.clone();
    context.extend(evaluation.context().map(texts).unwrap_or_default());
    let effect = match evaluation.evaluated_effect()? {
        Effect::Allow => EvaluatedEffect::Allowed,
        Effect::ExplicitDeny => EvaluatedEffect::ExplicitDeny,
        Effect::ImplicitDeny => EvaluatedEffect::ImplicitDeny,
        _ => return None,
    };
    let mut statements = Vec::new();
    for matched in evaluation.matched_policies() {
        statements.extend(matched_statements(matched, policies)?);
    }
    Some(Evaluated {
        action: evaluation.action().to_owned(),
        resource: evaluation.resource().to_owned(),
        context,
        effect,
        statements,
    })
}

fn matched_statements(matched: &MatchedPolicy, policies: &[PolicyInfo]) -> Option<Vec<MatchedStatement>> {
    let policy = policies.iter().find(|policy| policy.uri() == Some(matched.uri()));
    let policy_type = policy.and_then(PolicyInfo::r#type).and_then(policy_type);
    let is_managed = policy.is_some_and(|policy| policy.inline() == Some(false));
    let read = matched.matched_statements().iter().map(|statement| {
        Some(MatchedStatement {
            policy_type,
            policy_arn: is_managed.then(|| matched.uri().to_owned()),
            sid: statement.sid().map(str::to_owned),
            denies: match statement.evaluated_effect()? {
                StatementEffect::Deny => true,
                StatementEffect::Allow => false,
                _ => return None,
            },
        })
    });
    read.collect()
}

fn policy_type(kind: &Kind) -> Option<PolicyType> {
    Some(match kind {
        Kind::IdentityBasedPolicy => PolicyType::Identity,
        Kind::PermissionsBoundary => PolicyType::Boundary,
        Kind::ResourceBasedPolicy => PolicyType::Resource,
        Kind::ResourceControlPolicy => PolicyType::ResourceControl,
        Kind::ServiceControlPolicy => PolicyType::ServiceControl,
        Kind::SessionPolicy => PolicyType::Session,
        Kind::VpcEndpointPolicy => PolicyType::VpcEndpoint,
        _ => return None,
    })
}

/// Values as policies compare them. What has another form than a value or a list of them stays unknown.
fn texts(context: &HashMap<String, Document>) -> BTreeMap<String, Vec<String>> {
    let value = |document: &Document| match document {
        Document::Array(items) => items.iter().map(text).collect::<Option<Vec<_>>>(),
        one => Some(vec![text(one)?]),
    };
    context.iter().filter_map(|(key, document)| Some((key.clone(), value(document)?))).collect()
}

fn text(document: &Document) -> Option<String> {
    match document {
        Document::String(text) => Some(text.clone()),
        Document::Bool(is_true) => Some(is_true.to_string()),
        Document::Number(aws_smithy_types::Number::PosInt(number)) => Some(number.to_string()),
        Document::Number(aws_smithy_types::Number::NegInt(number)) => Some(number.to_string()),
        Document::Number(aws_smithy_types::Number::Float(number)) => Some(number.to_string()),
        Document::Null | Document::Array(_) | Document::Object(_) => None,
    }
}
