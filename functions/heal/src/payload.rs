//! What Lambda hands over: an EventBridge event, or an SQS batch of them.

use aws_lambda_events::event::sqs::SqsEvent;
use serde::Deserialize;
use serde_json::Value as Json;
use tagmend_diagnosis::Baseline;
use tagmend_remedy::Event;

/// Events, and for an SQS batch the message of each.
#[derive(Debug)]
pub(crate) enum Payload {
    /// Handed over by EventBridge.
    Event(Event),
    /// Messages of a queue.
    Messages(Vec<Message>),
}

/// A message of a queue.
#[derive(Debug)]
pub(crate) struct Message {
    /// Its id.
    pub(crate) id: String,
    /// Whether it was never received before; whether it was ever diagnosed is another question.
    pub(crate) is_first_receipt: bool,
    /// Whether it becomes a dead letter where it is not dealt with now.
    pub(crate) is_last_receipt: bool,
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
        return Ok(Payload::Event(Event::read(&payload, baseline)));
    }
    let batch = SqsEvent::deserialize(payload)?;
    let mut messages = Vec::new();
    for message in batch.records {
        let id = message.message_id.ok_or_else(|| anyhow::anyhow!("a message without an id"))?;
        let body = message.body.unwrap_or_default();
        let received = message.attributes.get("ApproximateReceiveCount").map(String::as_str);
        let is_first_receipt = received == Some("1");
        let is_last_receipt =
            received.and_then(|count| count.parse().ok()).is_some_and(|count: u32| count >= RECEIPTS);
        let mut event = Event::of_body(&body, baseline);
        event.deliveries.iter_mut().flatten().for_each(|delivery| delivery.comes_again = is_first_receipt);
        messages.push(Message { id, is_first_receipt, is_last_receipt, event });
    }
    Ok(Payload::Messages(messages))
}

/// So often the queue hands out a message: `maxReceiveCount` in `infra/template.yaml`.
const RECEIPTS: u32 = 5;
