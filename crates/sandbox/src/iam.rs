//! IAM, for the texts of managed policies and the simulator: the query protocol.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use quick_xml::escape::escape;

use crate::answer::ServiceError;
use crate::simulator;
use crate::world::World;

/// The parameters of a form body.
pub(crate) fn parameters(body: &[u8]) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    String::from_utf8_lossy(body)
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

pub(crate) fn parameter<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
}

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

/// An answer of the query protocol.
pub(crate) fn respond(namespace: &str, action: &str, body: &str) -> String {
    format!(
        "<{action}Response xmlns=\"{namespace}\"><{action}Result>{body}</{action}Result>\
         <ResponseMetadata><RequestId>sandbox</RequestId></ResponseMetadata></{action}Response>"
    )
}

pub(crate) fn error(error: &ServiceError) -> String {
    format!(
        "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type><Code>{}</Code>\
         <Message>{}</Message></Error><RequestId>sandbox</RequestId></ErrorResponse>",
        escape(&error.code),
        escape(&error.message)
    )
}
