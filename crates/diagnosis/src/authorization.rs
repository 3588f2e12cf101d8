//! What AWS itself keeps of the denied call: its context fills what nobody else could tell, and what decided it is compared
//! with what decides here. A disagreement stops a fix.
//! Source: `troubleshoot_access-denied-authorization-id` in the IAM user guide, and the IAM Toolbox API reference.

use std::collections::BTreeMap;

use iam_policy::{Effect, Layer, StatementTrace, Truth, explain};

use crate::case::{Case, Focus, ResourceTags};
use crate::cloudtrail::failure::Failure;
use crate::cloudtrail::message::{Deny, PolicyType};
use crate::cloudtrail::principal::Session;
use crate::live::authorization::{Evaluated, EvaluatedEffect, MatchedStatement};
use crate::live::lookup::{Answer, Lookup, Shortage};
use crate::words::session_tag_key::of_condition_key;

/// What AWS's authorization details say of our diagnosis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// Nothing in them contradicts it.
    Agrees,
    /// They contradict it, in these points.
    Disagrees(Vec<String>),
    /// AWS has none of this call, or not yet.
    NotThere,
    /// They tell nothing, for this reason.
    None(String),
    /// They were not asked for.
    NotAsked(Shortage),
}

impl Authorization {
    /// As a sentence. It names statements and types of policies, and no value.
    pub fn sentence(&self) -> String {
        match self {
            Authorization::Agrees => {
                "AWS's authorization details of the call agree with what decides here".to_owned()
            }
            Authorization::Disagrees(points) => {
                format!("AWS's authorization details of the call disagree: {}", points.join("; "))
            }
            Authorization::NotThere => "AWS has no authorization details of the call".to_owned(),
            Authorization::None(reason) => format!("no authorization details of the call: {reason}"),
            Authorization::NotAsked(shortage) => {
                format!("no authorization details of the call yet: {shortage}")
            }
        }
    }
}

/// What to ask for; nothing where the message names no id of the documented form.
pub(crate) fn lookup(failure: &Failure) -> Option<Lookup> {
    let id = failure.message.authorization_id.as_ref().filter(|_| failure.message.residue.is_none())?;
    let is_id = !id.is_empty()
        && id.len() <= LONGEST_ID
        && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    is_id.then(|| Lookup::AuthorizationDetails { region: failure.region.clone(), id: id.clone() })
}

/// Source: `API_GetRequestAuthorizationPolicy`, which says so of the same id.
const LONGEST_ID: usize = 256;

/// How AWS decided this very call. The id stands in a message, which callers influence: what is of another caller or action
/// is not this call's.
pub(crate) fn of_call<'a>(
    failure: &Failure,
    session: &Session,
    answers: &'a BTreeMap<Lookup, Answer>,
) -> Option<&'a Evaluated> {
    let Answer::Authorization(evaluations) = answers.get(&lookup(failure)?)? else {
        return None;
    };
    let mut of_call = evaluations.iter().filter(|evaluated| is_of(evaluated, failure, session));
    match (of_call.next(), of_call.next()) {
        (Some(one), None) => Some(one),
        // Several resources, and nobody knows which the message is about.
        _ => None,
    }
}

fn is_of(evaluated: &Evaluated, failure: &Failure, session: &Session) -> bool {
    let says = |name: &str, own: &str| {
        let mut values = evaluated.context.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        values.next().map(|(_, values)| matches!(values.as_slice(), [value] if value == own))
    };
    let caller = [
        says("aws:PrincipalArn", &session.role_arn),
        failure.principal_id.as_ref().and_then(|id| says("aws:userid", id)),
    ];
    let is_caller = caller.contains(&Some(true)) && !caller.contains(&Some(false));
    let is_action = evaluated.action.eq_ignore_ascii_case(&failure.action);
    // Some messages name a thing in other ways than by its ARN.
    let named = failure.resource.as_ref().filter(|named| named.starts_with("arn:"));
    let is_resource = named.is_none_or(|named| evaluated.resource.is_empty() || evaluated.resource == *named);
    is_caller && is_action && is_resource
}

/// The session tags that AWS saw. A key that is not among them may be there all the same: nobody says that all are listed.
pub(crate) fn session_tags(evaluated: &Evaluated) -> BTreeMap<String, String> {
    let tag = |(key, values): (&String, &Vec<String>)| {
        let lower = key.to_ascii_lowercase();
        let length = of_condition_key(&lower)?.len();
        let name = key.get(key.len().checked_sub(length)?..)?;
        match values.as_slice() {
            [value] => Some((name.to_owned(), value.clone())),
            _ => None,
        }
    };
    evaluated.context.iter().filter_map(tag).collect()
}

/// What they say; none where the call has no id, or nobody is to ask.
pub(crate) fn read(case: &Case<'_>) -> Option<Authorization> {
    let want = lookup(case.failure)?;
    Some(match case.facts.answers.get(&want)? {
        Answer::Authorization(_) => match of_call(case.failure, case.session, &case.facts.answers) {
            Some(evaluated) => compare(case, evaluated),
            None => Authorization::None("they are not of this caller, action and resource".to_owned()),
        },
        Answer::NotThere => Authorization::NotThere,
        Answer::NotAsked(shortage) => Authorization::NotAsked(*shortage),
        Answer::Unseen(reason) => Authorization::None(reason.clone()),
        _ => return None,
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
