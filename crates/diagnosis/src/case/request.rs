//! The request as far as the record, and what was read besides, tell it.

use std::collections::BTreeMap;

use iam_policy::{Context, Request, Resource, Value};

use super::{Case, stated};
use crate::authorization;
use crate::cloudtrail::request_tags::RequestTags;
use crate::words::tag_condition_keys::{is_request_tag_key, is_resource_tag_key};

/// What to take for the tags of the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResourceTags {
    /// What was read; unknown where nothing was, and none where AWS tells policies none.
    AsKnown,
    /// That nobody knows them.
    Unknown,
}

/// The request but for the session's tags. Everything that the record does not tell is unknown.
/// Source: `reference_policies_condition-keys` in the IAM user guide.
pub(super) fn without_session_tags(case: &Case<'_>, resource_tags: ResourceTags) -> Request {
    let (failure, session) = (case.failure, case.session);
    let mut context = Context::open();
    let one = |text: &str| Value::One(text.to_owned());
    if let Some(decoded) = case.decoded() {
        for (key, values) in &decoded.conditions {
            context.set(key, value(values));
        }
    }
    if let Some(evaluated) = authorization::of_call(failure, session, &case.facts.answers) {
        for (key, values) in &evaluated.context {
            context.set(key, value(values));
        }
    }
    context.set("aws:PrincipalArn", one(&session.role_arn));
    context.set("aws:PrincipalAccount", one(session.account()));
    context.set("aws:PrincipalType", one("AssumedRole"));
    context.set("aws:PrincipalIsAWSService", one("false"));
    context.set("aws:username", Value::Absent);
    context.set("aws:RequestedRegion", one(&failure.region));
    context.set("aws:CurrentTime", one(&failure.time.to_string()));
    context.set("aws:EpochTime", one(&failure.time.as_second().to_string()));
    if let Some(id) = &failure.principal_id {
        context.set("aws:userid", one(id));
    }
    if let Some(created) = session.created {
        context.set("aws:TokenIssueTime", one(&created.to_string()));
    }
    stated::set(&mut context, failure, session);
    set_request_tags(&mut context, case);
    set_resource_tags(&mut context, case, resource_tags);
    let named = failure.resource.clone().filter(|resource| resource == "*" || resource.starts_with("arn:"));
    let named = named.or_else(|| case.decoded().map(|decoded| decoded.resource.clone()));
    let resource = named.map_or(Resource::Unknown, Resource::Named);
    Request { action: failure.action.clone(), resource, context }
}

fn value(values: &[String]) -> Value {
    match values {
        [] => Value::Unknown,
        [value] => Value::One(value.clone()),
        values => Value::Many(values.to_vec()),
    }
}

fn set_request_tags(context: &mut Context, case: &Case<'_>) {
    let RequestTags::Known(tags) = &case.failure.request_tags else {
        return;
    };
    for key in case.policies.keys().iter().filter(|key| is_request_tag_key(key)) {
        context.set(key, Value::Absent);
    }
    for (key, value) in tags {
        context.set(&format!("aws:RequestTag/{key}"), Value::One(value.clone()));
    }
    if !tags.is_empty() {
        context.set("aws:TagKeys", Value::Many(tags.iter().map(|(key, _)| key.clone()).collect()));
    }
}

fn set_resource_tags(context: &mut Context, case: &Case<'_>, resource_tags: ResourceTags) {
    let known = case.resource_tags();
    // No policy is ever told a tag of such a resource.
    let none =
        resource_tags == ResourceTags::AsKnown && (case.ignores_resource_tags() || case.is_bucket_abac_off());
    for key in case.policies.keys().iter().filter(|key| is_resource_tag_key(key)) {
        // Tags of an object are none of its bucket's.
        let is_of_object = key.starts_with("s3:existingobjecttag/");
        match (resource_tags, known) {
            (ResourceTags::AsKnown, _) if none && !is_of_object => context.set(key, Value::Absent),
            (ResourceTags::AsKnown, Some(tags)) if !is_of_object => context.set(key, tag_value(tags, key)),
            (ResourceTags::AsKnown, _) => {}
            (ResourceTags::Unknown, _) => context.set(key, Value::Unknown),
        }
    }
}

/// Names of condition keys are not case-sensitive, tags of resources are: two that differ in case alone say nothing.
fn tag_value(tags: &BTreeMap<String, String>, condition_key: &str) -> Value {
    let wanted = condition_key.split_once('/').map_or("", |(_, tag)| tag);
    let mut values = tags.iter().filter(|(key, _)| key.to_lowercase() == wanted).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (None, _) => Value::Absent,
        (Some(value), None) => Value::One(value.clone()),
        (Some(_), Some(_)) => Value::Unknown,
    }
}
