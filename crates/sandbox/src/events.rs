//! EventBridge, for the events of Tagmend: AWS JSON 1.1, target `AWSEvents`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use crate::answer::{JsonAnswer, ServiceError};
use crate::deployed;
use crate::json_call::Input;
use crate::world::{Sent, World};

/// Entries of one call. Source: `PutEvents` in the EventBridge API reference.
const AT_ONCE: usize = 10;

pub(crate) fn call(world: &mut World, operation: &str, input: &Input<'_>, place: (&str, &str)) -> JsonAnswer {
    if operation != "PutEvents" {
        return deployed::events(world, operation, input, place);
    }
    let entries = input.get("Entries").and_then(Json::as_array);
    let entries = entries.filter(|entries| (1..=AT_ONCE).contains(&entries.len()));
    let entries = entries.ok_or_else(|| ServiceError::validation("Entries has to hold 1 to 10 entries"))?;
    let answers: Vec<Json> = entries.iter().map(|entry| put(world, entry)).collect();
    let failed = answers.iter().filter(|answer| answer.get("ErrorCode").is_some()).count();
    Ok(json!({"FailedEntryCount": failed, "Entries": answers}))
}

/// Every entry has an answer of its own.
fn put(world: &mut World, entry: &Json) -> Json {
    let text = |name: &str| entry.get(name).and_then(Json::as_str);
    let refused = |code: &str, message: &str| json!({"ErrorCode": code, "ErrorMessage": message});
    let (Some(source), Some(detail_type), Some(detail)) =
        (text("Source"), text("DetailType"), text("Detail"))
    else {
        return refused("InvalidArgument", "Source, DetailType and Detail are required");
    };
    if source.starts_with("aws.") {
        return refused("NotAuthorizedForSourceException", "Not authorized for the source.");
    }
    let detail: Option<Map<String, Json>> = serde_json::from_str(detail).ok();
    let Some(detail) = detail else {
        return refused("MalformedDetail", "Detail is malformed.");
    };
    world.events.push(Sent {
        source: source.to_owned(),
        detail_type: detail_type.to_owned(),
        detail: Json::Object(detail),
    });
    json!({"EventId": format!("00000000-0000-0000-0000-{:012}", world.events.len())})
}

/// What IAM looks at: sources and types of the entries. Where they differ, no single value is any of them.
pub(crate) fn members(body: &[u8]) -> BTreeMap<String, String> {
    let input: Json = serde_json::from_slice(body).unwrap_or_default();
    let entries = input.get("Entries").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    let values = |name: &str| {
        let values: BTreeSet<&str> = entries.iter().filter_map(|entry| entry.get(name)?.as_str()).collect();
        values.into_iter().collect::<Vec<_>>().join(", ")
    };
    ["Source", "DetailType"].map(|name| (name.to_owned(), values(name))).into()
}
