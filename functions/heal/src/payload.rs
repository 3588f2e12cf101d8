//! What Lambda hands over: an EventBridge event, or an SQS batch of them.

use aws_lambda_events::event::sqs::SqsEvent;
use serde::Deserialize;
use serde_json::Value as Json;
use tagmend_diagnosis::baseline::Baseline;
use tagmend_diagnosis::delivery::{Delivery, DeliveryError, deliveries, syntax};
use tagmend_remedy::foreign::{self, ForeignWrite, foreign_write};

/// Records, and for an SQS batch the message of each.
#[derive(Debug)]
pub(crate) enum Payload {
    /// One event, handed over by EventBridge.
    Event(Vec<Result<Delivery, DeliveryError>>),
    /// Messages of a queue.
    Messages(Vec<Message>),
}

/// A message of a queue.
#[derive(Debug)]
pub(crate) struct Message {
    /// Its id.
    pub(crate) id: String,
    /// Whether it was never received before.
    pub(crate) is_first_look: bool,
    /// Its records.
    pub(crate) deliveries: Vec<Result<Delivery, DeliveryError>>,
}

/// Writes of somebody else that a payload tells of.
pub(crate) fn foreign_writes(payload: &Json, baseline: &Baseline) -> Vec<ForeignWrite> {
    let Some(messages) = payload.get("Records").and_then(Json::as_array) else {
        return foreign_write(payload, baseline).into_iter().collect();
    };
    let bodies = messages.iter().filter_map(|message| message.get("body")?.as_str());
    let events = bodies
        .filter(|body| body.contains(foreign::EVENT))
        .filter_map(|body| serde_json::from_str::<Json>(body).ok());
    events.filter_map(|event| foreign_write(&event, baseline)).collect()
}

/// Reads a payload.
///
/// # Errors
/// Where an SQS batch lacks what Lambda always sends.
pub(crate) fn read(payload: Json) -> Result<Payload, anyhow::Error> {
    let source = payload.pointer("/Records/0/eventSource").and_then(Json::as_str);
    if source != Some("aws:sqs") {
        return Ok(Payload::Event(of_event(&payload)));
    }
    let batch = SqsEvent::deserialize(payload)?;
    let mut messages = Vec::new();
    for message in batch.records {
        let id = message.message_id.ok_or_else(|| anyhow::anyhow!("a message without an id"))?;
        let body = message.body.unwrap_or_default();
        let received = message.attributes.get("ApproximateReceiveCount").map(String::as_str);
        messages.push(Message { id, is_first_look: received == Some("1"), deliveries: of_body(&body) });
    }
    Ok(Payload::Messages(messages))
}

/// The largest event of EventBridge. Source: its quotas, `entry size`.
const LARGEST: usize = 256 << 10;

fn of_body(body: &str) -> Vec<Result<Delivery, DeliveryError>> {
    let refused = |reason: String| vec![Err(DeliveryError { place: "body".to_owned(), reason })];
    if body.len() > LARGEST {
        return refused("longer than any event".to_owned());
    }
    match serde_json::from_str(body) {
        Ok(document) => of_event(&document),
        Err(error) => refused(syntax(&error)),
    }
}

/// Only what the rule lets pass. EventBridge says who an event is from, and takes `aws.` from nobody but AWS.
fn of_event(event: &Json) -> Vec<Result<Delivery, DeliveryError>> {
    let refused = |place: &str, reason: &str| {
        vec![Err(DeliveryError { place: place.to_owned(), reason: reason.to_owned() })]
    };
    let text = |name: &str| event.get(name).and_then(Json::as_str).unwrap_or_default();
    if !text("source").starts_with("aws.") {
        return refused("source", "not an event of AWS");
    }
    let kinds = ["AWS API Call via CloudTrail", "AWS Network Activity Event via CloudTrail"];
    if !kinds.contains(&text("detail-type")) || !event.get("detail").is_some_and(Json::is_object) {
        return refused("detail-type", "not an event of CloudTrail");
    }
    // `Records` and `Events` are how files and commands wrap records; EventBridge does not.
    if event.get("Records").is_some() || event.get("Events").is_some() {
        return refused("$", "not an event of EventBridge");
    }
    deliveries(event)
}
