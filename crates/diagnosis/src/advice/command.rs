//! The command to begin with, with what is known of the call in place of words in capitals.

use crate::cause::Cause;
use crate::cloudtrail::failure::Failure;
use crate::cloudtrail::message::Remark;
use crate::cloudtrail::principal::Principal;
use crate::diagnose::Diagnosis;
use crate::live::api_quota;
use crate::words::arn::{Arn, last_part};
use crate::words::shell::{filled, is_plain};

/// Options that may be left out: without them the call answers for all there are.
const OPTIONAL: [&str; 2] = [" --resource-arns RESOURCE", " --vpc-endpoint-ids ENDPOINT"];

/// The command of a cause, where the record tells of a better one than that of all its denials.
pub(super) fn of_cause(cause: Cause, failure: &Failure, diagnosis: &Diagnosis) -> String {
    let usual = cause.about().command;
    let is_unnamed = failure.message.policy_arn.is_none();
    match cause {
        Cause::ServiceControlPolicy if is_unnamed => of_target("SERVICE_CONTROL_POLICY"),
        Cause::ResourceControlPolicy if is_unnamed => of_target("RESOURCE_CONTROL_POLICY"),
        Cause::S3Setting if failure.message.remark == Some(Remark::ObjectLock) => {
            "aws s3api get-object-lock-configuration --region REGION --bucket BUCKET".to_owned()
        }
        Cause::RequestTag => creating(failure, diagnosis).unwrap_or_else(|| super::RECORD.to_owned()),
        _ => usual.to_owned(),
    }
}

fn of_target(filter: &str) -> String {
    format!("aws organizations list-policies-for-target --filter {filter} --target-id ACCOUNT")
}

/// How a call of EC2 passes tags; other services have ways of their own.
fn creating(failure: &Failure, diagnosis: &Diagnosis) -> Option<String> {
    let (service, action) = failure.action.split_once(':')?;
    if !service.eq_ignore_ascii_case("ec2") || action.is_empty() || !action.chars().all(char::is_alphanumeric)
    {
        return None;
    }
    let arn = failure.resource.as_deref().and_then(Arn::parse);
    let kind = arn.and_then(|arn| arn.resource.split_once('/')).map(|(kind, _)| kind);
    let is_kind = |kind: &&str| kind.chars().all(|sign| sign.is_ascii_lowercase() || sign == '-');
    let kind = kind.filter(is_kind).unwrap_or("RESOURCE_TYPE");
    let compared = diagnosis.evidence.statement.iter().flat_map(|statement| &statement.compared);
    let mut keys = compared.filter_map(|one| {
        let (prefix, tag) = one.key.split_once('/')?;
        (prefix.eq_ignore_ascii_case("aws:RequestTag") && is_plain(tag)).then_some(tag)
    });
    let key = keys.next().unwrap_or("KEY");
    let dashed = dashed(action);
    Some(format!(
        "aws ec2 {dashed} --region REGION --tag-specifications 'ResourceType={kind},Tags=[{{Key={key},Value=VALUE}}]' ..."
    ))
}

/// `RunInstances` as the AWS CLI has it.
fn dashed(action: &str) -> String {
    let mut dashed = String::new();
    for (place, letter) in action.chars().enumerate() {
        if letter.is_ascii_uppercase() && place > 0 {
            dashed.push('-');
        }
        dashed.push(letter.to_ascii_lowercase());
    }
    dashed
}

/// The command with what is known. What could mean something to a shell is not filled in.
pub(super) fn fill(command: &str, failure: &Failure, diagnosis: &Diagnosis) -> String {
    let session = failure.principal.session();
    let resource = || {
        let named = failure.resource.clone().or_else(|| diagnosis.decoded_resource.clone());
        named.filter(|resource| resource.starts_with("arn:"))
    };
    let known = |word: &str| -> Option<String> {
        match word {
            "ACCOUNT" => failure.account.clone(),
            "REGION" => Some(failure.region.clone()),
            "ACTION" => Some(failure.action.clone()),
            "AUTHORIZATION_ID" => failure.message.authorization_id.clone(),
            "RESOURCE" => resource(),
            "KEY" => resource().filter(|arn| arn.contains(":kms:")),
            "BUCKET" => resource().as_deref().and_then(bucket).map(str::to_owned).or(failure.bucket.clone()),
            "POLICY" => failure.message.policy_arn.as_deref().map(|arn| last_part(arn).to_owned()),
            "ENDPOINT" => failure.vpc_endpoint_id.clone(),
            "SERVICE" => api_quota::lookup(failure).map(|quotas| quotas.service),
            "ASSUMED_ROLE" => failure.resource.as_deref().and_then(role_name).map(str::to_owned),
            "ROLE" => session.map(|session| session.role_arn.clone()),
            "ROLE_NAME" => session.map(|session| session.role_name().to_owned()),
            "USER" => session.and_then(|session| session.user_id.clone()),
            "PERMISSION_SET" => diagnosis.permission_set_arn.clone(),
            "PERMISSION_SET_NAME" => match &failure.principal {
                Principal::PermissionSet(session) => Some(session.name.clone()),
                Principal::AccountAccess(_) | Principal::Other { .. } => None,
            },
            _ => match word.rsplit_once('=') {
                Some((before, "EVENT_ID")) => Some(format!("{before}={}", failure.event_id)),
                _ => None,
            },
        }
    };
    OPTIONAL.iter().fold(filled(command, known), |command, option| command.replace(option, ""))
}

fn bucket(arn: &str) -> Option<&str> {
    arn.split_once(":s3:::")?.1.split('/').next()
}

/// The role that was to be assumed; IAM knows it by its name alone, without a path.
fn role_name(arn: &str) -> Option<&str> {
    arn.split_once(":role/")?.1.rsplit('/').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_written_as_the_command_line_has_them() {
        assert_eq!(dashed("RunInstances"), "run-instances");
        assert_eq!(dashed("CreateVolume"), "create-volume");
    }
}
