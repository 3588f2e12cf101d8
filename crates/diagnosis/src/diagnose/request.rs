//! The request as far as the record tells it.

use iam_policy::{Context, Request, Resource, Value};

use crate::failure::Failure;
use crate::principal::Session;
use crate::tags::Tags;

/// Everything that the record does not tell is unknown.
/// Source: `reference_policies_condition-keys` in the IAM user guide.
pub(super) fn request(failure: &Failure, session: &Session, tags: &Tags) -> Request {
    let mut context = Context::open();
    let one = |text: &str| Value::One(text.to_owned());
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
    // What a service forwards carries its own address and chain.
    if failure.invoked_by.is_none() {
        context.set("aws:ViaAWSService", one("false"));
        context.set("aws:CalledVia", Value::Absent);
        network(&mut context, failure);
    }
    tags.write_to(&mut context);
    let named = failure.resource.clone().filter(|resource| resource == "*" || resource.starts_with("arn:"));
    let resource = named.map_or(Resource::Unknown, Resource::Named);
    Request { action: failure.action.clone(), resource, context }
}

/// `aws:SourceIp` is left out of requests through a VPC endpoint, which have `aws:VpcSourceIp` instead.
fn network(context: &mut Context, failure: &Failure) {
    let address = failure.source_ip.clone().map_or(Value::Unknown, Value::One);
    match &failure.vpc_endpoint_id {
        Some(endpoint) => {
            context.set("aws:SourceVpce", Value::One(endpoint.clone()));
            context.set("aws:VpcSourceIp", address);
            context.set("aws:SourceIp", Value::Absent);
        }
        None => context.set("aws:SourceIp", address),
    }
}
