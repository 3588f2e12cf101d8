//! Provisioning: started by one call, ended while others look at it.

use serde_json::{Map, Value as Json, json};

use super::{account, named};
use crate::answer::{JsonAnswer, ServiceError};
use crate::json_call::Input;
use crate::state::{ProvisioningRequest, State};
use crate::world::{AccountStatus, World};

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
    // Source: `delegated-admin` in the Identity Center user guide. Which error AWS answers is not documented.
    let management = state.world.management_account.as_ref();
    if management.is_some_and(|management| set.accounts.contains_key(management)) {
        let message = "a delegated administrator cannot provision what the management account has";
        return Err(ServiceError::new(400, "AccessDeniedException", message));
    }
    let under_way = state.provisioning.iter().filter(|request| request.ended.is_none()).count();
    if under_way >= AT_ONCE {
        return Err(ServiceError::conflict("too many provisioning requests are under way"));
    }
    let request = ProvisioningRequest {
        id: format!("00000000-0000-4000-8000-{:012}", state.provisioning.len() + 1),
        permission_set_arn: set.arn.clone(),
        account: account.to_owned(),
        version: set.version(),
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
    go_on(&mut state.world, request);
    Ok(status(request))
}

/// Time goes on for requests that are under way when somebody lists them, too.
pub(super) fn list(state: &mut State, input: &Input<'_>) -> JsonAnswer {
    let wanted =
        input.get("Filter").and_then(|filter| filter.get("Status")).and_then(Json::as_str).map(str::to_owned);
    let name = |request: &ProvisioningRequest| match &request.ended {
        None => "IN_PROGRESS",
        Some(Ok(())) => "SUCCEEDED",
        Some(Err(_)) => "FAILED",
    };
    let listed: Vec<Json> = state
        .provisioning
        .iter()
        .filter(|request| wanted.as_deref().is_none_or(|wanted| wanted == name(request)))
        .map(|request| {
            json!({"RequestId": request.id, "Status": name(request), "CreatedDate": 1_767_225_600.0})
        })
        .collect();
    for request in &mut state.provisioning {
        go_on(&mut state.world, request);
    }
    input.page("PermissionSetsProvisioningStatus", &listed, state.world.page_size)
}

fn go_on(world: &mut World, request: &mut ProvisioningRequest) {
    if request.ended.is_some() {
        return;
    }
    match request.looks_left.checked_sub(1) {
        Some(left) => request.looks_left = left,
        None => {
            let set = world.permission_sets.iter_mut().find(|set| set.arn == request.permission_set_arn);
            request.ended = Some(match set {
                None => Err("the permission set is gone".to_owned()),
                Some(set) => match &set.provisioning_fails {
                    Some(reason) => Err(reason.clone()),
                    None => {
                        // What was edited meanwhile is not in the account.
                        if set.version() == request.version {
                            set.accounts.insert(request.account.clone(), AccountStatus::Provisioned);
                        }
                        Ok(())
                    }
                },
            });
        }
    }
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
