//! An event of EventBridge, as the function on failures takes it: what it refuses comes again, and is a dead letter in the
//! end.

use serde_json::Value as Json;
use tagmend_diagnosis::related::Related;
use tagmend_diagnosis::{Baseline, Delivery, DeliveryError, deliveries, syntax};

use crate::follow::{ChangedPermissionSet, changed_permission_set};
use crate::read::foreign_writes::{ForeignWrite, foreign_write};

/// The largest event of EventBridge. Source: its quotas, `entry size`.
const LARGEST: usize = 256 << 10;

/// What an event tells.
#[derive(Debug)]
pub struct Event {
    /// Its records.
    pub deliveries: Vec<Result<Delivery, DeliveryError>>,
    /// The write of somebody else that it tells of.
    pub foreign_write: Option<ForeignWrite>,
    /// The permission set that somebody wrote.
    pub changed: Option<ChangedPermissionSet>,
}

impl Event {
    /// The body of a message in a queue.
    pub fn of_body(body: &str, baseline: &Baseline) -> Event {
        if body.len() > LARGEST {
            return Event::refused("body", "longer than any event");
        }
        match serde_json::from_str(body) {
            Ok(document) => Event::read(&document, baseline),
            Err(error) => Event::refused("body", &syntax(&error)),
        }
    }

    /// Only what the rules let pass. EventBridge says who an event is from, and takes `aws.` from nobody but AWS.
    pub fn read(event: &Json, baseline: &Baseline) -> Event {
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
        Event {
            deliveries: deliveries(event),
            foreign_write: foreign_write(event, baseline),
            changed: changed_permission_set(event, baseline),
        }
    }

    fn refused(place: &str, reason: &str) -> Event {
        let error = DeliveryError { place: place.to_owned(), reason: reason.to_owned() };
        Event { deliveries: vec![Err(error)], foreign_write: None, changed: None }
    }
}
