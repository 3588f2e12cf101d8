//! What services tell of the account that Tagmend is deployed in.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::answer::{JsonAnswer, ServiceError};
use crate::installation::{Installation, Trail};
use crate::json_call::Input;
use crate::member_session;
use crate::world::World;

/// CloudTrail, but for its event history.
pub(crate) fn cloudtrail(world: &World, operation: &str, input: &Input<'_>) -> JsonAnswer {
    let trails = world.installation.as_ref().map(|there| there.trails.as_slice()).unwrap_or_default();
    let named = |name: &str| {
        let is_it = |trail: &&Trail| trail.trail.get("TrailARN").and_then(Json::as_str) == Some(name);
        trails
            .iter()
            .find(is_it)
            .ok_or_else(|| ServiceError::new(400, "TrailNotFoundException", "no such trail"))
    };
    match operation {
        "DescribeTrails" => {
            Ok(json!({"trailList": trails.iter().map(|trail| &trail.trail).collect::<Vec<_>>()}))
        }
        "GetTrailStatus" => Ok(named(input.text("Name")?)?.status.clone()),
        "GetEventSelectors" => Ok(named(input.text("TrailName")?)?.event_selectors.clone()),
        _ => Err(ServiceError::unknown(operation)),
    }
}

/// EventBridge, but for `PutEvents`.
pub(crate) fn events(world: &World, operation: &str, input: &Input<'_>, place: (&str, &str)) -> JsonAnswer {
    let there = world.installation.as_ref();
    let none = BTreeMap::new();
    let rules = there.and_then(|there| match member_session::is_home(place) {
        true => Some(&there.rules),
        false => there.rules_elsewhere.get(place.0)?.get(place.1),
    });
    let rules = rules.unwrap_or(&none);
    let rule = |name: &str| rules.get(name).ok_or_else(|| ServiceError::not_found(&format!("Rule {name}")));
    match operation {
        "DescribeRule" => {
            let name = input.text("Name")?;
            let rule = rule(name)?;
            let mut answer = json!({"Name": name, "State": rule.state, "EventBusName": "default"});
            if let Some(members) = answer.as_object_mut().filter(|_| !rule.description.is_empty()) {
                members.insert("Description".to_owned(), json!(rule.description));
            }
            Ok(answer)
        }
        "ListRuleNamesByTarget" => {
            let arn = input.text("TargetArn")?;
            let is_it = |target: &Json| target.get("Arn").and_then(Json::as_str) == Some(arn);
            let names = rules.iter().filter(|(_, rule)| rule.targets.iter().any(is_it));
            let names: Vec<Json> = names.map(|(name, _)| json!(name)).collect();
            input.page("RuleNames", &names, world.page_size)
        }
        "ListTargetsByRule" => Ok(json!({"Targets": rule(input.text("Rule")?)?.targets})),
        "DescribeEventBus" => {
            let mut bus = json!({"Name": "default"});
            if let (Some(policy), Some(members)) =
                (there.and_then(|there| there.bus_policy.as_ref()), bus.as_object_mut())
            {
                members.insert("Policy".to_owned(), json!(policy.to_string()));
            }
            Ok(bus)
        }
        _ => Err(ServiceError::unknown(operation)),
    }
}

/// Resource Groups Tagging API: what is tagged in this way. One filter is in the sandbox.
pub(crate) fn tagged(there: &Installation, input: &Input<'_>, page_size: usize) -> JsonAnswer {
    let filter = |name: &str| input.get("TagFilters")?.pointer(&format!("/0/{name}"))?.as_str();
    let (Some(key), Some(value)) = (filter("Key"), filter("Values/0")) else {
        return Err(ServiceError::new(400, "InvalidParameterException", "one TagFilter is in the sandbox"));
    };
    let found: Vec<Json> = there
        .tagged
        .iter()
        .filter(|(_, tags)| tags.get(key).map(String::as_str) == Some(value))
        .map(|(arn, tags)| {
            let tags: Vec<Json> =
                tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
            json!({"ResourceARN": arn, "Tags": tags})
        })
        .collect();
    let start: usize =
        input.optional_text("PaginationToken").and_then(|token| token.parse().ok()).unwrap_or(0);
    let end = start.saturating_add(page_size).min(found.len());
    let token = if end < found.len() { end.to_string() } else { String::new() };
    let page: Vec<Json> = found.into_iter().skip(start).take(end.saturating_sub(start)).collect();
    Ok(json!({"PaginationToken": token, "ResourceTagMappingList": page}))
}

/// Cloud Control, in this account.
pub(crate) fn resource(there: &Installation, input: &Input<'_>) -> JsonAnswer {
    let (kind, identifier) = (input.text("TypeName")?, input.text("Identifier")?);
    let properties = there.resources.get(kind).and_then(|of_kind| of_kind.get(identifier));
    let properties = properties.ok_or_else(|| ServiceError::not_found(&format!("{kind} {identifier}")))?;
    Ok(json!({
        "TypeName": kind,
        "ResourceDescription": {"Identifier": identifier, "Properties": properties.to_string()},
    }))
}

/// AWS Organizations: the accounts.
pub(crate) fn accounts(world: &World, input: &Input<'_>) -> JsonAnswer {
    let accounts = world.installation.as_ref().map(|there| there.accounts.as_slice()).unwrap_or_default();
    let accounts: Vec<Json> =
        accounts.iter().map(|id| json!({"Id": id, "Name": id, "Status": "ACTIVE"})).collect();
    input.page("Accounts", &accounts, world.page_size.min(20))
}
