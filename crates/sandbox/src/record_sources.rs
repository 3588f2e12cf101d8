//! Where CloudTrail records are kept besides files: event history, queues, and what a query answered. AWS JSON.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::answer::{JsonAnswer, ServiceError};
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
        .filter(|(time, _)| from.is_none_or(|from| from <= *time) && to.is_none_or(|to| *time <= to))
        .collect();
    events.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let events: Vec<Json> = events.into_iter().map(|(_, event)| event).collect();
    input.page("Events", &events, world.page_size.min(50))
}

/// SQS: target `AmazonSQS`. Nothing is hidden from anybody: calls come with a visibility timeout of 0.
pub(crate) fn sqs(world: &World, operation: &str, input: &Input<'_>) -> JsonAnswer {
    let name = input.text("QueueUrl")?.rsplit('/').next().unwrap_or_default();
    let Some(messages) = world.queues.get(name) else {
        return Err(ServiceError::new(
            400,
            "com.amazonaws.sqs#QueueDoesNotExist",
            "The specified queue does not exist.",
        ));
    };
    match operation {
        "GetQueueAttributes" => {
            Ok(json!({"Attributes": {"ApproximateNumberOfMessages": messages.len().to_string()}}))
        }
        "ReceiveMessage" if input.get("VisibilityTimeout").and_then(Json::as_u64) == Some(0) => {
            let most = input.get("MaxNumberOfMessages").and_then(Json::as_u64).unwrap_or(1);
            let most = usize::try_from(most).unwrap_or(1);
            let shown: Vec<Json> = messages
                .iter()
                .enumerate()
                .take(most)
                .map(|(index, body)| {
                    json!({"MessageId": format!("message-{index}"), "ReceiptHandle": "x", "Body": body})
                })
                .collect();
            Ok(if shown.is_empty() { json!({}) } else { json!({ "Messages": shown }) })
        }
        _ => Err(unknown(operation)),
    }
}

/// Athena: target `AmazonAthena`.
pub(crate) fn athena(world: &World, operation: &str, input: &Input<'_>) -> JsonAnswer {
    if operation != "GetQueryExecution" {
        return Err(unknown(operation));
    }
    let id = input.text("QueryExecutionId")?;
    let Some(location) = world.query_results.get(id) else {
        return Err(ServiceError::new(400, "InvalidRequestException", "QueryExecution was not found"));
    };
    let (state, location) = match location {
        Some(location) => ("SUCCEEDED", location.as_str()),
        None => ("RUNNING", ""),
    };
    Ok(json!({"QueryExecution": {
        "QueryExecutionId": id,
        "Status": {"State": state},
        "ResultConfiguration": {"OutputLocation": location},
    }}))
}
