//! IAM, for the texts of managed policies and the simulator.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use quick_xml::escape::escape;

use crate::answer::ServiceError;
use crate::query_call::{parameter, respond};
use crate::simulator;
use crate::world::World;

const VERSION: &str = "v1";

pub(crate) fn call(
    world: &World,
    action: &str,
    parameters: &[(String, String)],
    account: Option<&str>,
) -> Result<String, ServiceError> {
    let body = match action {
        "GetPolicy" | "GetPolicyVersion" => policy(world, action, parameters, account)?,
        "SimulatePrincipalPolicy" => simulator::simulate(world, parameters, account)?,
        other => {
            return Err(ServiceError::new(400, "InvalidAction", format!("{other} is not in the sandbox")));
        }
    };
    Ok(respond("https://iam.amazonaws.com/doc/2010-05-08/", action, &body))
}

/// AWS managed policies are the same everywhere; others are those of the account that is asked in.
fn policy(
    world: &World,
    action: &str,
    parameters: &[(String, String)],
    account: Option<&str>,
) -> Result<String, ServiceError> {
    let arn = parameter(parameters, "PolicyArn")
        .ok_or_else(|| ServiceError::new(400, "ValidationError", "PolicyArn is required"))?;
    let no_such_policy = || ServiceError::new(404, "NoSuchEntity", format!("Policy {arn} was not found."));
    let own = account.and_then(|account| world.member_accounts.get(account)?.policies.get(arn));
    let document = world.managed_policies.get(arn).or(own).ok_or_else(no_such_policy)?;
    if action == "GetPolicy" {
        let name = arn.rsplit('/').next().unwrap_or_default();
        return Ok(format!(
            "<Policy><PolicyName>{}</PolicyName><Arn>{}</Arn><DefaultVersionId>{VERSION}</DefaultVersionId>\
             <IsAttachable>true</IsAttachable></Policy>",
            escape(name),
            escape(arn)
        ));
    }
    if parameter(parameters, "VersionId") != Some(VERSION) {
        return Err(no_such_policy());
    }
    let document = utf8_percent_encode(&document.to_string(), NON_ALPHANUMERIC).to_string();
    Ok(format!(
        "<PolicyVersion><Document>{document}</Document><VersionId>{VERSION}</VersionId>\
         <IsDefaultVersion>true</IsDefaultVersion></PolicyVersion>"
    ))
}
