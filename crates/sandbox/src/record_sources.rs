//! Where CloudTrail records are kept besides files: event history. AWS JSON.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::answer::JsonAnswer;
use crate::json_call::Input;
use crate::member_services::unknown;
use crate::world::World;

/// CloudTrail: target `CloudTrail_20131101`. The newest event comes first.
pub(crate) fn cloudtrail(world: &World, operation: &str, input: &Input<'_>) -> JsonAnswer {
    if operation != "LookupEvents" {
        return Err(unknown(operation));
    }
    let bound = |name: &str| input.get(name).and_then(Json::as_f64);
    let (from, to) = (bound("StartTime"), bound("EndTime"));
    let asked = |name: &str| input.get("LookupAttributes")?.pointer(&format!("/0/{name}"))?.as_str();
    // Of the attributes, the sandbox knows the one that Tagmend asks for.
    let name = asked("AttributeValue").filter(|_| asked("AttributeKey") == Some("EventName"));
    let mut events: Vec<(f64, Json)> = world
        .event_history
        .iter()
        .map(|record| {
            let text = |name: &str| record.get(name).and_then(Json::as_str).unwrap_or_default();
            let time = text("eventTime").parse::<Timestamp>().map_or(0.0, |time| time.as_duration().as_secs_f64());
            let event = json!({
                "EventId": text("eventID"), "EventName": text("eventName"), "EventSource": text("eventSource"),
                "EventTime": time, "ReadOnly": "true", "Resources": [], "CloudTrailEvent": record.to_string(),
            });
            (time, event)
        })
        .filter(|(_, event)| name.is_none() || event.get("EventName").and_then(Json::as_str) == name)
        .filter(|(time, _)| from.is_none_or(|from| from <= *time) && to.is_none_or(|to| *time <= to))
        .collect();
    events.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let events: Vec<Json> = events.into_iter().map(|(_, event)| event).collect();
    input.page("Events", &events, world.page_size.min(50))
}
