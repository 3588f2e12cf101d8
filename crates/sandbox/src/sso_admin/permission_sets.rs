//! Permission sets, read.

use serde_json::{Value as Json, json};

use super::{account, named};
use crate::answer::{JsonAnswer, ServiceError};
use crate::json_call::Input;
use crate::world::{AccountStatus, Boundary, PolicyReference, World};

pub(super) fn list(world: &World, input: &Input<'_>) -> JsonAnswer {
    let arns: Vec<Json> = world.permission_sets.iter().map(|set| json!(set.arn)).collect();
    input.page("PermissionSets", &arns, world.page_size)
}

pub(super) fn list_accounts(world: &World, input: &Input<'_>) -> JsonAnswer {
    let wanted = wanted_status(input)?;
    let set = named(&world.permission_sets, input)?;
    let accounts: Vec<Json> = set
        .accounts
        .iter()
        .filter(|(_, status)| wanted.is_none_or(|wanted| **status == wanted))
        .map(|(account, _)| json!(account))
        .collect();
    input.page("AccountIds", &accounts, world.page_size)
}

fn wanted_status(input: &Input<'_>) -> Result<Option<AccountStatus>, ServiceError> {
    match input.optional_text("ProvisioningStatus") {
        None => Ok(None),
        Some("LATEST_PERMISSION_SET_PROVISIONED") => Ok(Some(AccountStatus::Provisioned)),
        Some("LATEST_PERMISSION_SET_NOT_PROVISIONED") => Ok(Some(AccountStatus::Outdated)),
        Some(_) => Err(ServiceError::validation("ProvisioningStatus is not valid")),
    }
}

pub(super) fn list_provisioned(world: &World, input: &Input<'_>) -> JsonAnswer {
    let account = account(input, "AccountId")?;
    let wanted = wanted_status(input)?;
    let arns: Vec<Json> = world
        .permission_sets
        .iter()
        .filter(|set| match (set.accounts.get(account), wanted) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(status), Some(wanted)) => *status == wanted,
        })
        .map(|set| json!(set.arn))
        .collect();
    input.page("PermissionSets", &arns, world.page_size)
}

pub(super) fn describe(world: &World, input: &Input<'_>) -> JsonAnswer {
    let set = named(&world.permission_sets, input)?;
    Ok(json!({"PermissionSet": {
        "Name": set.name,
        "PermissionSetArn": set.arn,
        "CreatedDate": 1_767_225_600.0,
        "SessionDuration": set.session_duration,
    }}))
}

/// The sandbox knows tags of permission sets only.
pub(super) fn tags(world: &World, input: &Input<'_>) -> JsonAnswer {
    let arn = input.text("ResourceArn")?;
    let set = world.permission_sets.iter().find(|set| set.arn == arn);
    let set = set.ok_or_else(|| ServiceError::not_found("PermissionSet"))?;
    let tags: Vec<Json> = set.tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    input.page("Tags", &tags, world.page_size)
}

pub(super) fn inline_policy(world: &World, input: &Input<'_>) -> JsonAnswer {
    let set = named(&world.permission_sets, input)?;
    let text = set.inline_policy.as_ref().map_or_else(String::new, Json::to_string);
    Ok(json!({"InlinePolicy": text}))
}

pub(super) fn managed_policies(world: &World, input: &Input<'_>) -> JsonAnswer {
    let set = named(&world.permission_sets, input)?;
    let policies: Vec<Json> = set
        .managed_policies
        .iter()
        .map(|arn| json!({"Name": arn.rsplit('/').next().unwrap_or_default(), "Arn": arn}))
        .collect();
    input.page("AttachedManagedPolicies", &policies, world.page_size)
}

pub(super) fn customer_managed_policies(world: &World, input: &Input<'_>) -> JsonAnswer {
    let set = named(&world.permission_sets, input)?;
    let references: Vec<Json> = set.customer_managed_policies.iter().map(reference).collect();
    input.page("CustomerManagedPolicyReferences", &references, world.page_size)
}

pub(super) fn boundary(world: &World, input: &Input<'_>) -> JsonAnswer {
    let set = named(&world.permission_sets, input)?;
    let boundary = match &set.boundary {
        None => return Err(ServiceError::not_found("Permissions boundary")),
        Some(Boundary::Managed(arn)) => json!({"ManagedPolicyArn": arn}),
        Some(Boundary::CustomerManaged(policy)) => {
            json!({"CustomerManagedPolicyReference": reference(policy)})
        }
    };
    Ok(json!({"PermissionsBoundary": boundary}))
}

fn reference(policy: &PolicyReference) -> Json {
    json!({"Name": policy.name, "Path": policy.path})
}
