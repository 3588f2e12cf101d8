//! STS: the reader role of member accounts, and encoded messages. The query protocol.

use quick_xml::escape::escape;

use crate::answer::ServiceError;
use crate::member_session::{self, ACCESS_KEY, HOME};
use crate::query_call::{parameter, respond};
use crate::world::World;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// Operations of STS, which share their path with those of IAM.
pub(crate) const OPERATIONS: [&str; 3] = ["AssumeRole", "DecodeAuthorizationMessage", "GetCallerIdentity"];

pub(crate) fn call(
    world: &World,
    action: &str,
    parameters: &[(String, String)],
    account: Option<&str>,
) -> Result<String, ServiceError> {
    let body = match action {
        "AssumeRole" => assume_role(world, parameters)?,
        "GetCallerIdentity" => identity(account.unwrap_or(HOME)),
        _ => decode(world, parameters, account)?,
    };
    Ok(respond(NAMESPACE, action, &body))
}

fn required<'a>(parameters: &'a [(String, String)], name: &str) -> Result<&'a str, ServiceError> {
    parameter(parameters, name)
        .ok_or_else(|| ServiceError::new(400, "ValidationError", format!("{name} is required")))
}

/// Only the reader role, only where it is, and only for whoever knows the external id.
fn assume_role(world: &World, parameters: &[(String, String)]) -> Result<String, ServiceError> {
    let arn = required(parameters, "RoleArn")?;
    let session = required(parameters, "RoleSessionName")?;
    let denied = || {
        let message = format!("not authorized to perform: sts:AssumeRole on resource: {arn}");
        ServiceError::new(403, "AccessDenied", message)
    };
    let account = arn.split(':').nth(4).unwrap_or_default();
    let role = arn.split_once(":role/").map(|(_, role)| role).unwrap_or_default();
    let knows_id = parameter(parameters, "ExternalId") == Some(&world.reader_external_id);
    if role != world.reader_role || !knows_id || !world.member_accounts.contains_key(account) {
        return Err(denied());
    }
    Ok(format!(
        "<AssumedRoleUser><AssumedRoleId>AROASANDBOX:{session}</AssumedRoleId>\
         <Arn>arn:aws:sts::{account}:assumed-role/{}/{session}</Arn></AssumedRoleUser>\
         <Credentials><AccessKeyId>{ACCESS_KEY}{account}</AccessKeyId><SecretAccessKey>sandbox</SecretAccessKey>\
         <SessionToken>sandbox</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>",
        escape(role),
        session = escape(session),
    ))
}

fn identity(account: &str) -> String {
    format!(
        "<UserId>AROASANDBOX:operator</UserId><Account>{account}</Account>\
         <Arn>arn:aws:sts::{account}:assumed-role/operator/operator</Arn>"
    )
}

fn decode(
    world: &World,
    parameters: &[(String, String)],
    account: Option<&str>,
) -> Result<String, ServiceError> {
    let encoded = required(parameters, "EncodedMessage")?;
    let member = member_session::required(world, account)?;
    let decoded = member.decoded_messages.get(encoded).ok_or_else(|| {
        let message = "Message is not valid";
        ServiceError::new(400, "InvalidAuthorizationMessageException", message)
    })?;
    Ok(format!("<DecodedMessage>{}</DecodedMessage>", escape(decoded.to_string())))
}
