//! The wrappings in which CloudTrail records arrive, and the records in them.

use std::fmt;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::cloudtrail::error_code;
use crate::cloudtrail::record::{Record, SIGN_IN_EVENT};
use crate::related::{Glimpse, Related, is_related};

/// One record, with the envelope it came in.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The account that EventBridge says the event is from; none outside EventBridge.
    pub envelope_account: Option<String>,
    /// The record; none where it is neither denied nor throttled nor a sign-in to a role. CloudTrail has many kinds of
    /// those, and nothing in them is of interest.
    pub record: Option<Record>,
    /// What it tells that is no denied call; it counts before the record.
    pub related: Option<Box<Related>>,
    /// Whether whoever brings it brings it once more where it waits for something.
    pub comes_again: bool,
}

/// A record that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct DeliveryError {
    /// Where in the document: `$`, `Records[3]`, `detail.eventTime`.
    pub place: String,
    /// What is wrong there. Never holds the document's values.
    pub reason: String,
}

impl fmt::Display for DeliveryError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.reason)
    }
}

/// The records in a document: an EventBridge event, a single record, a log file (`{"Records": [...]}`), or the
/// output of `aws cloudtrail lookup-events` (`{"Events": [{"CloudTrailEvent": "..."}]}`).
pub fn deliveries(document: &Json) -> Vec<Result<Delivery, DeliveryError>> {
    if let Some(records) = document.get("Records").and_then(Json::as_array) {
        return each(records, "Records", delivery);
    }
    if let Some(events) = document.get("Events").and_then(Json::as_array) {
        return each(events, "Events", |place, event| {
            let place = format!("{place}.CloudTrailEvent");
            let text = event.get("CloudTrailEvent").and_then(Json::as_str);
            let text =
                text.ok_or_else(|| DeliveryError { place: place.clone(), reason: "not there".to_owned() })?;
            let json: Json = serde_json::from_str(text)
                .map_err(|error| DeliveryError { place: place.clone(), reason: syntax(&error) })?;
            delivery(&place, &json)
        });
    }
    if let Json::Array(items) = document {
        return each(items, "$", delivery);
    }
    vec![delivery("", document)]
}

fn each(
    items: &[Json],
    list: &str,
    read: impl Fn(&str, &Json) -> Result<Delivery, DeliveryError>,
) -> Vec<Result<Delivery, DeliveryError>> {
    items.iter().enumerate().map(|(index, item)| read(&format!("{list}[{index}]"), item)).collect()
}

/// Whether a record is read: one that is denied or throttled, or a sign-in to a role.
pub fn is_of_interest(
    event_name: Option<&str>,
    error_code: Option<&str>,
    event_source: Option<&str>,
    error_message: Option<&str>,
) -> bool {
    let (source, message) = (event_source.unwrap_or_default(), error_message.unwrap_or_default());
    let is_failure = |code: &str| error_code::classify(code, source, message).is_some();
    event_name == Some(SIGN_IN_EVENT) || error_code.is_some_and(is_failure)
}

/// Whether a record is read, or is perhaps one that is related to Identity Center. False is sure.
pub fn may_be_read(record: &dyn Glimpse, error_code: Option<&str>, error_message: Option<&str>) -> bool {
    is_of_interest(record.name(), error_code, record.source(), error_message) || is_related(record)
}

#[derive(Deserialize)]
struct Envelope {
    account: String,
}

fn delivery(place: &str, json: &Json) -> Result<Delivery, DeliveryError> {
    let related = Related::read(json).map(Box::new);
    if Related::is_no_call(json) {
        let envelope_account = json.get("account").and_then(Json::as_str).map(str::to_owned);
        return Ok(Delivery { envelope_account, record: None, related, comes_again: false });
    }
    let at = |path: String| match (place, path.as_str()) {
        ("", _) => path,
        (place, ".") => place.to_owned(),
        (place, path) => format!("{place}.{path}"),
    };
    let (envelope_account, record, prefix) = match json.get("detail") {
        Some(detail) => {
            let envelope: Envelope = read(json, at)?;
            (Some(envelope.account), detail, "detail")
        }
        None => (None, json, ""),
    };
    let text = |name: &str| record.get(name).and_then(Json::as_str);
    let is_of_interest =
        is_of_interest(text("eventName"), text("errorCode"), text("eventSource"), text("errorMessage"));
    if !is_of_interest && record.get("eventID").is_some_and(Json::is_string) {
        return Ok(Delivery { envelope_account, record: None, related, comes_again: false });
    }
    let at_record = |path: String| match prefix {
        "" => at(path),
        prefix if path == "." => at(prefix.to_owned()),
        prefix => at(format!("{prefix}.{path}")),
    };
    let record: Record = match read(record, at_record) {
        Ok(record) => record,
        // It is read for what it is known to be.
        Err(_) if related.is_some() => {
            return Ok(Delivery { envelope_account, record: None, related, comes_again: false });
        }
        Err(error) => return Err(error),
    };
    if !record.has_plain_id() {
        return Err(DeliveryError { place: at_record("eventID".to_owned()), reason: "not an id".to_owned() });
    }
    if let Some(field) = record.control_character() {
        let reason = "holds a control character".to_owned();
        return Err(DeliveryError { place: at_record(field.to_owned()), reason });
    }
    Ok(Delivery { envelope_account, record: Some(record), related, comes_again: false })
}

fn read<'a, T: Deserialize<'a>>(json: &'a Json, at: impl Fn(String) -> String) -> Result<T, DeliveryError> {
    // To know where something is wrong costs, and mostly nothing is.
    T::deserialize(json).or_else(|_| serde_path_to_error::deserialize(json)).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner().to_string();
        DeliveryError { place: at(path), reason: without_values(&inner) }
    })
}

/// What serde says, without the value it quotes: records hold names that are not ours to print.
fn without_values(reason: &str) -> String {
    match reason.strip_prefix("invalid type: ").and_then(|rest| rest.rsplit_once(", expected ")) {
        Some((found, expected)) => {
            let kind = found.split([' ', '`', '"']).next().unwrap_or_default();
            format!("{kind} where {expected} is expected")
        }
        None => reason.to_owned(),
    }
}

/// What is wrong with text that is not JSON.
pub fn syntax(error: &serde_json::Error) -> String {
    format!("not JSON at line {} column {}", error.line(), error.column())
}
