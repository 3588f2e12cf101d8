//! Services that tell what an organization and its member accounts hold: AWS JSON.

use serde_json::{Value as Json, json};

use crate::answer::{JsonAnswer, ServiceError};
use crate::deployed;
use crate::json_call::Input;
use crate::member_session;
use crate::world::World;

pub(crate) fn unknown(operation: &str) -> ServiceError {
    ServiceError::unknown(operation)
}

/// AWS Organizations: AWS JSON 1.1, target `AWSOrganizationsV20161128`.
pub(crate) fn organizations(world: &World, operation: &str, input: &Input<'_>) -> JsonAnswer {
    match operation {
        "DescribeOrganization" => return organization(world),
        "ListAccounts" => return deployed::accounts(world, input),
        "DescribePolicy" => {}
        _ => return Err(unknown(operation)),
    }
    let id = input.text("PolicyId")?;
    let named = |arn: &&String| arn.rsplit('/').next() == Some(id);
    let Some(arn) = world.organization_policies.keys().find(named) else {
        return Err(ServiceError::new(400, "PolicyNotFoundException", "there is no such policy"));
    };
    let kind = if arn.contains("/resource_control_policy/") { "RESOURCE" } else { "SERVICE" };
    let content = world.organization_policies.get(arn).map(Json::to_string);
    Ok(json!({"Policy": {
        "PolicySummary": {
            "Id": id, "Arn": arn, "Name": id, "Type": format!("{kind}_CONTROL_POLICY"), "AwsManaged": false,
        },
        "Content": content,
    }}))
}

fn organization(world: &World) -> JsonAnswer {
    let Some(account) = &world.management_account else {
        let text = "Your account is not a member of an organization.";
        return Err(ServiceError::new(400, "AWSOrganizationsNotInUseException", text));
    };
    Ok(json!({"Organization": {
        "Id": "o-sandbox000000", "Arn": format!("arn:aws:organizations::{account}:organization/o-sandbox000000"),
        "FeatureSet": "ALL", "MasterAccountId": account, "MasterAccountEmail": "root@example.com",
        "MasterAccountArn": format!("arn:aws:organizations::{account}:account/o-sandbox000000/{account}"),
    }}))
}

/// Resource Groups Tagging API: AWS JSON 1.1, target `ResourceGroupsTaggingAPI_20170126`.
pub(crate) fn tagging(
    world: &World,
    operation: &str,
    input: &Input<'_>,
    account: Option<&str>,
) -> JsonAnswer {
    if operation != "GetResources" {
        return Err(unknown(operation));
    }
    if let (None, Some(there)) = (account, &world.installation) {
        return deployed::tagged(there, input, world.page_size);
    }
    let member = member_session::required(world, account)?;
    let asked = input.get("ResourceARNList").and_then(Json::as_array).cloned().unwrap_or_default();
    let found = asked.iter().filter_map(Json::as_str).filter_map(|arn| {
        let tags = member.resource_tags.get(arn)?;
        let tags: Vec<Json> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        Some(json!({"ResourceARN": arn, "Tags": tags}))
    });
    Ok(json!({"PaginationToken": "", "ResourceTagMappingList": found.collect::<Vec<_>>()}))
}

/// Service Quotas: AWS JSON 1.1, target `ServiceQuotasV20190624`.
pub(crate) fn quotas(world: &World, operation: &str, input: &Input<'_>) -> JsonAnswer {
    if !["ListServiceQuotas", "ListAWSDefaultServiceQuotas"].contains(&operation) {
        return Err(unknown(operation));
    }
    let service = input.text("ServiceCode")?;
    let of_service = world.quotas.iter().filter(|quota| quota.service_code == service);
    let quotas: Vec<Json> = of_service
        .map(|quota| {
            json!({
                "ServiceCode": quota.service_code, "QuotaCode": quota.quota_code, "QuotaName": quota.quota_name,
                "Value": quota.value, "Adjustable": quota.adjustable, "GlobalQuota": false,
            })
        })
        .collect();
    if quotas.is_empty() {
        return Err(ServiceError::new(400, "NoSuchResourceException", "the service is not known"));
    }
    input.page("Quotas", &quotas, world.page_size)
}
