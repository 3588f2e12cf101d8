//! IAM Identity Center: AWS JSON 1.1, target `SWBExternalService`.

mod access_control;
mod permission_sets;
mod provisioning;

use serde_json::json;

use crate::answer::{JsonAnswer, ServiceError};
use crate::json_call::Input;
use crate::state::State;
use crate::world::{PermissionSet, World};

pub(crate) fn call(state: &mut State, operation: &str, input: &Input<'_>) -> JsonAnswer {
    // The one operation that tells which instance there is.
    if operation == "ListInstances" {
        let World { instance_arn, identity_store_id, page_size, .. } = &state.world;
        let instance = json!({"InstanceArn": instance_arn, "IdentityStoreId": identity_store_id});
        return input.page("Instances", &[instance], *page_size);
    }
    let instance = input.text("InstanceArn")?;
    if !instance.contains(":sso:::instance/") {
        return Err(ServiceError::validation("InstanceArn is not valid"));
    }
    if instance != state.world.instance_arn {
        return Err(ServiceError::not_found("Instance"));
    }
    match operation {
        "DescribeInstanceAccessControlAttributeConfiguration" => access_control::describe(&state.world),
        "UpdateInstanceAccessControlAttributeConfiguration" => {
            access_control::update(&mut state.world, input)
        }
        "ListPermissionSets" => permission_sets::list(&state.world, input),
        "ListAccountsForProvisionedPermissionSet" => permission_sets::list_accounts(&state.world, input),
        "ListPermissionSetsProvisionedToAccount" => permission_sets::list_provisioned(&state.world, input),
        "DescribePermissionSet" => permission_sets::describe(&state.world, input),
        "GetInlinePolicyForPermissionSet" => permission_sets::inline_policy(&state.world, input),
        "ListManagedPoliciesInPermissionSet" => permission_sets::managed_policies(&state.world, input),
        "ListCustomerManagedPolicyReferencesInPermissionSet" => {
            permission_sets::customer_managed_policies(&state.world, input)
        }
        "GetPermissionsBoundaryForPermissionSet" => permission_sets::boundary(&state.world, input),
        "ListTagsForResource" => permission_sets::tags(&state.world, input),
        "ProvisionPermissionSet" => provisioning::start(state, input),
        "ListPermissionSetProvisioningStatus" => provisioning::list(state, input),
        "DescribePermissionSetProvisioningStatus" => provisioning::look(state, input),
        other => {
            Err(ServiceError::new(400, "UnknownOperationException", format!("{other} is not in the sandbox")))
        }
    }
}

/// The permission set that the input names.
fn named<'a>(sets: &'a [PermissionSet], input: &Input<'_>) -> Result<&'a PermissionSet, ServiceError> {
    let arn = input.text("PermissionSetArn")?;
    sets.iter().find(|set| set.arn == arn).ok_or_else(|| ServiceError::not_found("PermissionSet"))
}

fn account<'a>(input: &Input<'a>, name: &str) -> Result<&'a str, ServiceError> {
    let account = input.text(name)?;
    if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(account)
    } else {
        Err(ServiceError::validation(format!("{name} is not an account id")))
    }
}
