//! Where CloudTrail records are kept besides files: event history, queues, and what a query answered. AWS JSON.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::answer::{JsonAnswer, ServiceError};
use crate::deployed;
use crate::json_call::Input;
use crate::member_services::unknown;
use crate::world::World;

/// CloudTrail: target `CloudTrail_20131101`. The newest event comes first.
pub(crate) fn cloudtrail(world: &World, operation: &str, input: &Input<'_>) -> JsonAnswer {
    if operation != "LookupEvents" {
        return deployed::cloudtrail(world, operation, input);
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

/// SQS: target `AmazonSQS`. Each look shows the next messages, as though the ones before were hidden; after the last one
/// nothing, and then all of them anew.
pub(crate) fn sqs(world: &mut World, operation: &str, input: &Input<'_>) -> JsonAnswer {
    if operation == "GetQueueUrl" {
        let name = input.text("QueueName")?;
        return match world.queues.contains_key(name) {
            true => {
                Ok(json!({"QueueUrl": format!("https://sqs.eu-west-1.amazonaws.com/111122223333/{name}")}))
            }
            false => Err(no_queue()),
        };
    }
    let name = input.text("QueueUrl")?.rsplit('/').next().unwrap_or_default();
    let Some(queue) = world.queues.get_mut(name) else {
        return Err(no_queue());
    };
    match operation {
        "GetQueueAttributes" => {
            let count = queue.iter().flatten().count().to_string();
            let mut attributes =
                world.installation.as_ref().and_then(|there| there.queue_attributes.get(name).cloned());
            let attributes = attributes.get_or_insert_default();
            attributes.insert("ApproximateNumberOfMessages".to_owned(), count);
            let asked = input.get("AttributeNames").and_then(Json::as_array).cloned().unwrap_or_default();
            attributes.retain(|name, _| asked.iter().any(|asked| *asked == "All" || asked == name));
            Ok(json!({"Attributes": attributes}))
        }
        "ReceiveMessage" => {
            let most = input.get("MaxNumberOfMessages").and_then(Json::as_u64).unwrap_or(1);
            let most = usize::try_from(most).unwrap_or(1);
            let first = world.queue_positions.remove(name).unwrap_or(0);
            let left = queue
                .iter()
                .enumerate()
                .skip(first)
                .filter_map(|(index, body)| Some((index, body.as_ref()?)));
            let shown: Vec<(usize, &String)> = left.take(most).collect();
            let Some((last, _)) = shown.last() else {
                return Ok(json!({}));
            };
            world.queue_positions.insert(name.to_owned(), last + 1);
            let shown = shown.into_iter().map(|(index, body)| {
                json!({"MessageId": format!("message-{index}"), "ReceiptHandle": format!("receipt-{index}"), "Body": body})
            });
            Ok(json!({"Messages": shown.collect::<Vec<Json>>()}))
        }
        "DeleteMessage" => {
            let index =
                input.text("ReceiptHandle")?.strip_prefix("receipt-").and_then(|index| index.parse().ok());
            let message = index.and_then(|index: usize| queue.get_mut(index));
            let message = message.ok_or_else(|| {
                ServiceError::new(
                    400,
                    "com.amazonaws.sqs#ReceiptHandleIsInvalid",
                    "The receipt handle is not valid.",
                )
            })?;
            *message = None;
            Ok(json!({}))
        }
        "SendMessage" => {
            queue.push(Some(input.text("MessageBody")?.to_owned()));
            Ok(json!({"MessageId": format!("message-{}", queue.len() - 1)}))
        }
        _ => Err(unknown(operation)),
    }
}

fn no_queue() -> ServiceError {
    ServiceError::new(400, "com.amazonaws.sqs#QueueDoesNotExist", "The specified queue does not exist.")
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
