//! What Lambda hands over: an EventBridge event, or an SQS batch of them.

use aws_lambda_events::event::sqs::SqsEvent;
use serde::Deserialize;
use serde_json::Value as Json;
use tagmend_diagnosis::related::Related;
use tagmend_diagnosis::{Baseline, Delivery, DeliveryError, deliveries, syntax};
use tagmend_remedy::{ForeignWrite, foreign_write};

/// Events, and for an SQS batch the message of each.
#[derive(Debug)]
pub(crate) enum Payload {
    /// Handed over by EventBridge.
    Event(Event),
    /// Messages of a queue.
    Messages(Vec<Message>),
}

/// What an event tells.
#[derive(Debug)]
pub(crate) struct Event {
    /// Its records.
    pub(crate) deliveries: Vec<Result<Delivery, DeliveryError>>,
    /// The write of somebody else that it tells of.
    pub(crate) foreign_write: Option<ForeignWrite>,
}

impl Event {
    fn refused(place: &str, reason: &str) -> Event {
        let error = DeliveryError { place: place.to_owned(), reason: reason.to_owned() };
        Event { deliveries: vec![Err(error)], foreign_write: None }
    }
}

/// A message of a queue.
#[derive(Debug)]
pub(crate) struct Message {
    /// Its id.
    pub(crate) id: String,
    /// Whether it was never received before.
    pub(crate) is_first_look: bool,
    /// What its body tells.
    pub(crate) event: Event,
}

/// Reads a payload.
///
/// # Errors
/// Where an SQS batch lacks what Lambda always sends.
pub(crate) fn read(payload: Json, baseline: &Baseline) -> Result<Payload, anyhow::Error> {
    let source = payload.pointer("/Records/0/eventSource").and_then(Json::as_str);
    if source != Some("aws:sqs") {
        return Ok(Payload::Event(of_event(&payload, baseline)));
    }
    let batch = SqsEvent::deserialize(payload)?;
    let mut messages = Vec::new();
    for message in batch.records {
        let id = message.message_id.ok_or_else(|| anyhow::anyhow!("a message without an id"))?;
        let body = message.body.unwrap_or_default();
        let received = message.attributes.get("ApproximateReceiveCount").map(String::as_str);
        let is_first_look = received == Some("1");
        let mut event = of_body(&body, baseline);
        event.deliveries.iter_mut().flatten().for_each(|delivery| delivery.comes_again = is_first_look);
        messages.push(Message { id, is_first_look, event });
    }
    Ok(Payload::Messages(messages))
}

/// The largest event of EventBridge. Source: its quotas, `entry size`.
const LARGEST: usize = 256 << 10;

fn of_body(body: &str, baseline: &Baseline) -> Event {
    if body.len() > LARGEST {
        return Event::refused("body", "longer than any event");
    }
    match serde_json::from_str(body) {
        Ok(document) => of_event(&document, baseline),
        Err(error) => Event::refused("body", &syntax(&error)),
    }
}

/// Only what the rule lets pass. EventBridge says who an event is from, and takes `aws.` from nobody but AWS.
fn of_event(event: &Json, baseline: &Baseline) -> Event {
    let text = |name: &str| event.get(name).and_then(Json::as_str).unwrap_or_default();
    if !text("source").starts_with("aws.") {
        return Event::refused("source", "not an event of AWS");
    }
    let kinds = ["AWS API Call via CloudTrail", "AWS Network Activity Event via CloudTrail"];
    let is_call = kinds.contains(&text("detail-type"));
    if !event.get("detail").is_some_and(Json::is_object) || !(is_call || Related::read(event).is_some()) {
        return Event::refused("detail-type", "not an event of CloudTrail");
    }
    // `Records` and `Events` are how files and commands wrap records; EventBridge does not.
    if event.get("Records").is_some() || event.get("Events").is_some() {
        return Event::refused("$", "not an event of EventBridge");
    }
    Event { deliveries: deliveries(event), foreign_write: foreign_write(event, baseline) }
}
