//! IAM's policy simulator, for the roles of permission sets.

use std::collections::BTreeSet;

use iam_policy::{Context, Decision, Layers, Policy, Request, Resource, Value, consulted, evaluate};
use quick_xml::escape::escape;
use serde_json::{Value as Json, json};

use crate::answer::ServiceError;
use crate::installation::Installation;
use crate::member::{MemberAccount, Simulator};
use crate::member_session;
use crate::query_call::parameter;
use crate::world::{Boundary, PermissionSet, PolicyReference, World};

/// Answers one action on one resource.
pub(crate) fn simulate(
    world: &World,
    parameters: &[(String, String)],
    account: Option<&str>,
) -> Result<String, ServiceError> {
    if let (None, Some(there)) = (account, &world.installation) {
        return own_role(there, parameters);
    }
    let member = member_session::required(world, account)?;
    if member.simulator == Simulator::Unavailable {
        return Err(ServiceError::new(500, "PolicyEvaluation", "the simulator is not available"));
    }
    let required = |name: &str| {
        parameter(parameters, name)
            .ok_or_else(|| ServiceError::new(400, "ValidationError", format!("{name} is required")))
    };
    let role = required("PolicySourceArn")?;
    let action = required("ActionNames.member.1")?;
    let resource = parameter(parameters, "ResourceArns.member.1").unwrap_or("*");
    let no_such_role = || ServiceError::new(404, "NoSuchEntity", "the role was not found");
    let set = permission_set(world, role).ok_or_else(no_such_role)?;
    let account = role.split(':').nth(4).unwrap_or_default();
    let policies = policies(world, member, set, account)?;
    let service_control = service_control(world)?;
    let layers = Layers {
        identity: &policies.0,
        boundary: policies.1.as_deref(),
        service_control: &service_control,
        ..Layers::default()
    };
    let request = Request {
        action: action.to_owned(),
        resource: Resource::Named(resource.to_owned()),
        context: context(parameters),
    };
    let is_allowed = match (evaluate(&layers, &request).decision, member.simulator) {
        (Decision::Depends(_), _) => {
            return Err(ServiceError::new(500, "PolicyEvaluation", "the sandbox cannot tell"));
        }
        (decision, Simulator::Disagrees) => decision != Decision::Allowed,
        (decision, Simulator::Agrees | Simulator::Unavailable) => decision == Decision::Allowed,
    };
    let is_explicit = evaluate(&layers, &request).decision == Decision::ExplicitlyDenied;
    let decision = match (is_allowed, is_explicit) {
        (true, _) => "allowed",
        (false, true) => "explicitDeny",
        (false, false) => "implicitDeny",
    };
    let missing: BTreeSet<String> = consulted(&layers, &request).missing;
    let missing: String =
        missing.iter().map(|key| format!("<member>{}</member>", escape(key.as_str()))).collect();
    let missing = format!("<MissingContextValues>{missing}</MissingContextValues>");
    // Of a resource that is named, they stand in its own result.
    let (missing, of_resource) = match parameter(parameters, "ResourceArns.member.1") {
        None => (missing, String::new()),
        Some(_) => {
            let result = format!(
                "<member><EvalResourceName>{}</EvalResourceName><EvalResourceDecision>{decision}</EvalResourceDecision>\
                 {missing}</member>",
                escape(resource)
            );
            (
                "<MissingContextValues/>".to_owned(),
                format!("<ResourceSpecificResults>{result}</ResourceSpecificResults>"),
            )
        }
    };
    Ok(format!(
        "<EvaluationResults><member><EvalActionName>{}</EvalActionName><EvalResourceName>{}</EvalResourceName>\
         <EvalDecision>{decision}</EvalDecision><MatchedStatements/>{missing}{of_resource}</member></EvaluationResults>\
         <IsTruncated>false</IsTruncated>",
        escape(action),
        escape(resource),
    ))
}

/// The policies of a role of this account: several actions on one resource.
fn own_role(there: &Installation, parameters: &[(String, String)]) -> Result<String, ServiceError> {
    let arn = parameter(parameters, "PolicySourceArn").unwrap_or_default();
    let policies = arn.rsplit('/').next().and_then(|name| there.roles.get(name));
    let policies = policies
        .ok_or_else(|| ServiceError::new(404, "NoSuchEntity", format!("Entity {arn} does not exist.")))?;
    let policies = policies.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    let layers = Layers { identity: &policies, ..Layers::default() };
    let resource = parameter(parameters, "ResourceArns.member.1").unwrap_or("*");
    let actions = (1..).map_while(|index| parameter(parameters, &format!("ActionNames.member.{index}")));
    let results: Result<Vec<String>, ServiceError> = actions
        .map(|action| {
            let request = Request {
                action: action.to_owned(),
                resource: Resource::Named(resource.to_owned()),
                context: context(parameters),
            };
            let decision = match evaluate(&layers, &request).decision {
                Decision::Allowed => "allowed",
                Decision::ExplicitlyDenied => "explicitDeny",
                Decision::ImplicitlyDenied => "implicitDeny",
                Decision::Depends(_) => {
                    return Err(ServiceError::new(500, "PolicyEvaluation", "the sandbox cannot tell"));
                }
            };
            Ok(format!(
                "<member><EvalActionName>{}</EvalActionName><EvalResourceName>{}</EvalResourceName>\
                 <EvalDecision>{decision}</EvalDecision><MatchedStatements/><MissingContextValues/></member>",
                escape(action),
                escape(resource)
            ))
        })
        .collect();
    Ok(format!(
        "<EvaluationResults>{}</EvaluationResults><IsTruncated>false</IsTruncated>",
        results?.concat()
    ))
}

/// `AWSReservedSSO_NAME_SUFFIX`.
fn permission_set<'a>(world: &'a World, role_arn: &str) -> Option<&'a PermissionSet> {
    let name = role_arn.rsplit('/').next()?.strip_prefix("AWSReservedSSO_")?;
    let (name, _) = name.rsplit_once('_')?;
    world.permission_sets.iter().find(|set| set.name == name)
}

/// Every SCP of the world, at one level beside the one that allows everything.
fn service_control(world: &World) -> Result<Vec<Vec<Policy>>, ServiceError> {
    let is_scp = |(arn, _): &(&String, &Json)| arn.contains("/service_control_policy/");
    let mut level = world
        .organization_policies
        .iter()
        .filter(is_scp)
        .map(|(_, json)| parse(json))
        .collect::<Result<Vec<_>, _>>()?;
    let full_access =
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
    level.push(parse(&full_access)?);
    Ok(vec![level])
}

fn parse(json: &Json) -> Result<Policy, ServiceError> {
    Policy::parse(&json.to_string())
        .map_err(|error| ServiceError::new(500, "PolicyEvaluation", error.to_string()))
}

type Both = (Vec<Policy>, Option<Vec<Policy>>);

fn policies(
    world: &World,
    member: &MemberAccount,
    set: &PermissionSet,
    account: &str,
) -> Result<Both, ServiceError> {
    let managed = |arn: &str| world.managed_policies.get(arn).cloned().unwrap_or(Json::Null);
    let own = |reference: &PolicyReference| {
        let arn = format!(":iam::{account}:policy{}{}", reference.path, reference.name);
        let found = member.policies.iter().find(|(known, _)| known.ends_with(&arn));
        found.map_or(Json::Null, |(_, json)| json.clone())
    };
    let texts = set
        .inline_policy
        .iter()
        .cloned()
        .chain(set.managed_policies.iter().map(|arn| managed(arn)))
        .chain(set.customer_managed_policies.iter().map(own));
    let identity = texts.map(|json| parse(&json)).collect::<Result<_, _>>()?;
    let boundary = match &set.boundary {
        None => None,
        Some(Boundary::Managed(arn)) => Some(vec![parse(&managed(arn))?]),
        Some(Boundary::CustomerManaged(reference)) => Some(vec![parse(&own(reference))?]),
    };
    Ok((identity, boundary))
}

/// `ContextEntries.member.N.ContextKeyName` and `...ContextKeyValues.member.M`.
fn context(parameters: &[(String, String)]) -> Context {
    let mut context = Context::closed();
    for index in 1.. {
        let start = format!("ContextEntries.member.{index}.");
        let Some(name) = parameter(parameters, &format!("{start}ContextKeyName")) else {
            break;
        };
        let values: Vec<String> = (1..)
            .map_while(|value| parameter(parameters, &format!("{start}ContextKeyValues.member.{value}")))
            .map(str::to_owned)
            .collect();
        let value = match <[String; 1]>::try_from(values) {
            Ok([value]) => Value::One(value),
            Err(values) => Value::Many(values),
        };
        context.set(name, value);
    }
    context
}
