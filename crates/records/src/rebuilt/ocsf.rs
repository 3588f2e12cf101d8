//! OCSF, as Security Lake writes it. Source: `ocsf/examples`, `mappings/markdown/AWS/.../CloudTrail/API Activity`, versions
//! 1.0.0-rc.2 and 1.1.0.

use jiff::Timestamp;
use serde_json::{Map, Value as Json};

use super::{account, find, object, put, text};

/// A record out of an event of OCSF; none where it is not of CloudTrail.
pub(crate) fn record(event: &Json) -> Option<Json> {
    text(event, "metadata.product.name").filter(|name| *name == "CloudTrail")?;
    let get = |path: &str| text(event, path).map(Json::from);
    let unmapped = |name: &str| of_map(event.get("unmapped")?, name);
    // The first version keeps the ARN in `uuid`, where the second keeps another id.
    let is_arn = |path: &&str| text(event, path).is_some_and(|text| text.starts_with("arn:"));
    let arn =
        ["actor.user.uid", "actor.user.uuid"].into_iter().find(is_arn).and_then(|path| text(event, path));
    let principal = ["actor.user.uid_alt", "actor.user.uid"]
        .into_iter()
        .find(|path| !is_arn(path) && text(event, path).is_some());
    let identity = object([
        ("type", get("actor.user.type")),
        ("arn", arn.map(Json::from)),
        ("principalId", principal.and_then(get)),
        ("accountId", get("actor.user.account.uid").or_else(|| account(arn).map(Json::from))),
        ("invokedBy", get("actor.invoked_by")),
        (
            "sessionContext",
            object([
                ("sessionIssuer", object([("arn", get("actor.session.issuer"))])),
                ("attributes", object([("creationDate", time(event, "actor.session.created_time"))])),
            ]),
        ),
    ]);
    object([
        ("eventVersion", get("metadata.product.version")),
        ("eventID", get("metadata.uid")),
        ("eventTime", time(event, "time")),
        ("eventSource", get("api.service.name")),
        ("eventName", get("api.operation")),
        ("awsRegion", get("cloud.region").or_else(|| Some(Json::from("")))),
        ("errorCode", get("api.response.error")),
        ("errorMessage", get("api.response.message")),
        ("recipientAccountId", unmapped("recipientAccountId").or_else(|| get("cloud.account.uid"))),
        ("sourceIPAddress", get("src_endpoint.ip").or_else(|| get("src_endpoint.domain"))),
        ("vpcEndpointId", get("src_endpoint.uid")),
        ("sharedEventID", unmapped("sharedEventID").or_else(|| unmapped("sharedEventId"))),
        ("requestParameters", parameters(event)),
        ("userIdentity", identity),
    ])
}

/// Milliseconds, or text beside them.
fn time(event: &Json, path: &str) -> Option<Json> {
    if let Some(milliseconds) = find(event, path).and_then(Json::as_i64) {
        return Timestamp::from_millisecond(milliseconds).ok().map(|time| Json::from(time.to_string()));
    }
    text(event, &format!("{path}_dt")).map(Json::from)
}

fn parameters(event: &Json) -> Option<Json> {
    if let Some(data) = find(event, "api.request.data") {
        let read = match data {
            Json::String(text) => serde_json::from_str(text).ok()?,
            other => other.clone(),
        };
        return read.is_object().then_some(read);
    }
    let mut parameters = Map::new();
    for (name, value) in members(event.get("unmapped")?) {
        if let Some(path) = name.strip_prefix("requestParameters.") {
            put(&mut parameters, path, value.clone());
        }
    }
    (!parameters.is_empty()).then_some(Json::Object(parameters))
}

/// A map, also as Parquet's tools write it: a list of pairs.
fn members(map: &Json) -> Vec<(&str, &Json)> {
    match map {
        Json::Object(members) => members.iter().map(|(name, value)| (name.as_str(), value)).collect(),
        Json::Array(pairs) => pairs.iter().filter_map(pair).collect(),
        _ => Vec::new(),
    }
}

fn pair(pair: &Json) -> Option<(&str, &Json)> {
    match pair {
        Json::Array(pair) => Some((pair.first()?.as_str()?, pair.get(1)?)),
        pair => Some((pair.get("key")?.as_str()?, pair.get("value")?)),
    }
}

fn of_map(map: &Json, name: &str) -> Option<Json> {
    members(map)
        .into_iter()
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.clone())
        .filter(Json::is_string)
}
