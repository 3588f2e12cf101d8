//! What decided at AWS, compared with what decides here.

use iam_policy::{Effect, Layer, StatementTrace, Truth, explain};

use super::{Authorization, lookup, of_call};
use crate::case::{Case, Focus, ResourceTags};
use crate::cloudtrail::message::{Deny, PolicyType};
use crate::live::answer::{AuthorizationDetails, Gap};
use crate::live::authorization::{Evaluated, EvaluatedEffect, MatchedStatement};

/// What they say; none where the call has no id, or nobody is to ask.
pub(crate) fn read(case: &Case<'_>) -> Option<Authorization> {
    let want = lookup(case.failure)?;
    Some(match case.facts.answers.authorizations.get(&want)? {
        Ok(AuthorizationDetails::Kept(_)) => match of_call(case.failure, case.session, &case.facts.answers) {
            Some(evaluated) => compare(case, evaluated),
            None => Authorization::None("they are not of this caller, action and resource".to_owned()),
        },
        Ok(AuthorizationDetails::NotThere) => Authorization::NotThere,
        Ok(AuthorizationDetails::Off) => return None,
        Err(Gap::NotAsked(shortage)) => Authorization::NotAsked(*shortage),
        Err(Gap::Unseen(reason)) => Authorization::None(reason.clone()),
    })
}

fn compare(case: &Case<'_>, evaluated: &Evaluated) -> Authorization {
    let mut points: Vec<String> = effect(case, evaluated.effect).into_iter().collect();
    let request = case.request(&case.carried, ResourceTags::AsKnown);
    let traces = explain(&case.policies.layers(), &request);
    points.extend(evaluated.statements.iter().filter_map(|matched| statement(case, &traces, matched)));
    if points.is_empty() { Authorization::Agrees } else { Authorization::Disagrees(points) }
}

/// Whether a statement denied, or none allowed: by AWS, by the message, and by the policies that were read.
fn effect(case: &Case<'_>, effect: EvaluatedEffect) -> Option<String> {
    let denies = || case.evaluate_as_written(&case.carried).denies;
    let text = match (effect, case.deny()) {
        (EvaluatedEffect::Allowed, _) => "the call was allowed",
        (EvaluatedEffect::ExplicitDeny, Some(Deny::Implicit)) => {
            "a statement denied, and the message says that none allowed"
        }
        (EvaluatedEffect::ImplicitDeny, Some(Deny::Explicit)) => {
            "no statement allowed, and the message says that one denied"
        }
        (EvaluatedEffect::ImplicitDeny, _) if denies() == Truth::True => {
            "no statement denied, and here one does"
        }
        (EvaluatedEffect::ExplicitDeny, _) if case.policies.unseen.is_empty() && denies() == Truth::False => {
            "a statement denied, and of those that can be read none does"
        }
        (EvaluatedEffect::ExplicitDeny | EvaluatedEffect::ImplicitDeny, _) => return None,
    };
    Some(text.to_owned())
}

/// What contradicts a statement that matched for AWS.
fn statement(case: &Case<'_>, traces: &[StatementTrace], matched: &MatchedStatement) -> Option<String> {
    let name = match &matched.sid {
        Some(sid) => format!("statement `{sid}`"),
        None => "a statement".to_owned(),
    };
    let Some(policy_type) = matched.policy_type else {
        return matched.denies.then(|| format!("{name} of a policy of an unknown type denied"));
    };
    if matched.denies && focus(policy_type) != Some(case.focus()) {
        return Some(format!("{name} of {} denied, which is not where it is denied here", kind(policy_type)));
    }
    let effect = if matched.denies { Effect::Deny } else { Effect::Allow };
    let is_there = |trace: &&StatementTrace| {
        is_of_layer(trace.layer, policy_type)
            && trace.effect == effect
            && matched.policy_arn.as_ref().is_none_or(|arn| is_of_policy(case, trace, arn))
    };
    let there: Vec<&StatementTrace> = traces.iter().filter(is_there).collect();
    let named: Vec<&&StatementTrace> =
        there.iter().filter(|trace| trace.sid.is_some() && trace.sid == matched.sid).collect();
    let matches = |trace: &StatementTrace| trace.matches != Truth::False;
    let text = match named.as_slice() {
        // AWS makes a `Sid` up where there is none.
        [] if there.iter().any(|trace| trace.sid.is_none() && matches(trace)) => return None,
        // Of a policy that nobody here could read nothing can be said.
        [] if !case.policies.unseen.is_empty() => return None,
        [] if matched.denies => "denied, and none that was read is it",
        // What allows may stand in a policy that nobody has to read.
        [] => return None,
        named if named.iter().any(|trace| matches(trace)) => return None,
        _ => "matched, and here it does not",
    };
    Some(format!("{name} of {} {text}", kind(policy_type)))
}

/// Policies of the boundary and of the organization are known by the one that the message names.
fn is_of_policy(case: &Case<'_>, trace: &StatementTrace, arn: &str) -> bool {
    match trace.layer {
        Layer::Identity => case.policies.name(trace) == arn,
        Layer::ServiceControl(_) | Layer::ResourceControl => case.policies.name(trace) == arn,
        Layer::Boundary | Layer::Session | Layer::Endpoint => true,
    }
}

fn is_of_layer(layer: Layer, policy_type: PolicyType) -> bool {
    match layer {
        Layer::Identity => policy_type == PolicyType::Identity,
        Layer::Boundary => policy_type == PolicyType::Boundary,
        Layer::Session => policy_type == PolicyType::Session,
        Layer::Endpoint => policy_type == PolicyType::VpcEndpoint,
        Layer::ServiceControl(_) => policy_type == PolicyType::ServiceControl,
        Layer::ResourceControl => policy_type == PolicyType::ResourceControl,
    }
}

fn focus(policy_type: PolicyType) -> Option<Focus> {
    match policy_type {
        PolicyType::Identity => Some(Focus::Identity),
        PolicyType::Boundary => Some(Focus::Boundary),
        PolicyType::ServiceControl => Some(Focus::ServiceControl),
        PolicyType::ResourceControl => Some(Focus::ResourceControl),
        PolicyType::VpcEndpoint => Some(Focus::Endpoint),
        PolicyType::Resource => Some(Focus::Resource),
        PolicyType::Session | PolicyType::Trust => None,
    }
}

fn kind(policy_type: PolicyType) -> &'static str {
    match policy_type {
        PolicyType::Identity => "an identity-based policy",
        PolicyType::Boundary => "the permissions boundary",
        PolicyType::ServiceControl => "a service control policy",
        PolicyType::ResourceControl => "a resource control policy",
        PolicyType::VpcEndpoint => "the VPC endpoint's policy",
        PolicyType::Resource => "the resource's policy",
        PolicyType::Session => "a session policy",
        PolicyType::Trust => "the role's trust policy",
    }
}
