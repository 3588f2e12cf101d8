//! Provisioning: started by one call, ended while others look at it.

use serde_json::{Map, Value as Json, json};

use super::{account, named};
use crate::answer::{JsonAnswer, ServiceError};
use crate::json_call::Input;
use crate::state::{ProvisioningRequest, State};
use crate::world::AccountStatus;

/// Source: quotas in the Identity Center user guide. Which error AWS answers then is not documented.
const AT_ONCE: usize = 3;

pub(super) fn start(state: &mut State, input: &Input<'_>) -> JsonAnswer {
    let set = named(&state.world.permission_sets, input)?;
    match input.text("TargetType")? {
        "AWS_ACCOUNT" => {}
        "ALL_PROVISIONED_ACCOUNTS" => {
            return Err(ServiceError::validation("the sandbox provisions one account at a time"));
        }
        _ => return Err(ServiceError::validation("TargetType is not valid")),
    }
    let account = account(input, "TargetId")?;
    if !set.accounts.contains_key(account) {
        return Err(ServiceError::not_found("Account assignment"));
    }
    let under_way = state.provisioning.iter().filter(|request| request.ended.is_none()).count();
    if under_way >= AT_ONCE {
        return Err(ServiceError::conflict("too many provisioning requests are under way"));
    }
    let request = ProvisioningRequest {
        id: format!("00000000-0000-4000-8000-{:012}", state.provisioning.len() + 1),
        permission_set_arn: set.arn.clone(),
        account: account.to_owned(),
        looks_left: state.world.provisioning_looks,
        ended: None,
    };
    let answer = status(&request);
    state.provisioning.push(request);
    state.most_provisioning = state.most_provisioning.max(under_way + 1);
    Ok(answer)
}

pub(super) fn look(state: &mut State, input: &Input<'_>) -> JsonAnswer {
    let id = input.text("ProvisionPermissionSetRequestId")?;
    let request = state
        .provisioning
        .iter_mut()
        .find(|request| request.id == id)
        .ok_or_else(|| ServiceError::not_found("Provisioning request"))?;
    if request.ended.is_none() {
        match request.looks_left.checked_sub(1) {
            Some(left) => request.looks_left = left,
            None => {
                let set =
                    state.world.permission_sets.iter_mut().find(|set| set.arn == request.permission_set_arn);
                request.ended = Some(match set {
                    None => Err("the permission set is gone".to_owned()),
                    Some(set) => match &set.provisioning_fails {
                        Some(reason) => Err(reason.clone()),
                        None => {
                            set.accounts.insert(request.account.clone(), AccountStatus::Provisioned);
                            Ok(())
                        }
                    },
                });
            }
        }
    }
    Ok(status(request))
}

fn status(request: &ProvisioningRequest) -> Json {
    let (status, reason) = match &request.ended {
        None => ("IN_PROGRESS", None),
        Some(Ok(())) => ("SUCCEEDED", None),
        Some(Err(reason)) => ("FAILED", Some(reason)),
    };
    let mut members = Map::from_iter([
        ("RequestId".to_owned(), json!(request.id)),
        ("AccountId".to_owned(), json!(request.account)),
        ("PermissionSetArn".to_owned(), json!(request.permission_set_arn)),
        ("CreatedDate".to_owned(), json!(1_767_225_600.0)),
        ("Status".to_owned(), json!(status)),
    ]);
    if let Some(reason) = reason {
        members.insert("FailureReason".to_owned(), json!(reason));
    }
    json!({"PermissionSetProvisioningStatus": members})
}
