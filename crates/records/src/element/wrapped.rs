//! What records are wrapped in. The forms, and where each is from, are in `docs/replay.md`.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;
use serde_json::Value as Json;

use super::documents::list_name;
use super::{Failed, columns, deliver, element, inner, list, rebuilt, text};
use crate::LONGEST_VALUE;
use crate::found::{NotARecord, Sink, Step};
use crate::members::Members;

/// What is known, for people.
pub const KNOWN: &str = "CloudTrail records and log files, EventBridge events, SQS and SNS messages, events of Lambda \
    functions and their failed invocations, lookup-events, filter-log-events, get-log-events, get-query-results of \
    CloudWatch Logs, CloudTrail Lake and Athena, subscription data, and exports of Splunk, Elastic, Datadog, Panther, \
    Sentinel and Security Lake";

pub(crate) fn nothing_known() -> String {
    format!("no CloudTrail record, and no wrapping that is known; known are {KNOWN}")
}

/// Members that hold the record, in the order in which they are looked for.
const HOLDERS: [(&str, Held); 23] = [
    ("CloudTrailEvent", Held::Text),
    ("Body", Held::Text),
    ("body", Held::Text),
    ("Message", Held::Text),
    ("eventJson", Held::Text),
    ("eventjson", Held::Text),
    ("event.original", Held::Text),
    ("_raw", Held::Text),
    ("@message", Held::Text),
    ("@message", Held::Object),
    ("_source", Held::Object),
    ("hits", Held::Object),
    ("result", Held::Object),
    ("ResultSet", Held::Object),
    ("requestPayload", Held::Object),
    ("detail", Held::Object),
    ("attributes", Held::Object),
    ("content", Held::Object),
    ("record", Held::Object),
    ("message", Held::Text),
    ("event", Held::Text),
    ("detail", Held::Text),
    ("data", Held::Object),
];

/// How a member holds a record.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Held {
    Text,
    Object,
}

/// Takes an object apart that is no record.
pub(crate) fn object(members: &Members<'_>, sink: &mut Sink<'_>, wrappings: u8) -> Result<(), Failed> {
    if let Some(what) = not_a_record(members) {
        return Ok(sink.not_a_record(what)?);
    }
    if let Some(reason) = pointer(members) {
        return Ok(sink.unreadable(reason.to_owned())?);
    }
    if let Some(data) = members.object("kinesis").or_else(|| members.object("awslogs")) {
        return packed(&data.text("data").unwrap_or_default(), sink, wrappings);
    }
    if let Some((record, from)) = columns::rebuild(members) {
        return Ok(rebuilt(record, from, sink)?);
    }
    if let Some(cells) = cells(members) {
        return result_row(cells, sink, wrappings);
    }
    if let Some(message) = members.object("Sns").and_then(|sns| sns.text("Message")) {
        return text(&message, sink, wrappings);
    }
    for name in members.names().filter_map(|name| list_name(name.as_bytes())) {
        if let Some(raw) = members.raw(name).filter(|raw| raw.starts_with('[')) {
            return step(name, sink, |sink| list(raw.as_bytes(), sink, wrappings));
        }
    }
    if let Some(original) = members.object("event").and_then(|event| event.text("original")) {
        return text(&original, sink, wrappings);
    }
    if let Some(event) = members.raw("event").filter(|_| is_of_collector(members)) {
        return step("event", sink, |sink| element(event.as_bytes(), sink, wrappings));
    }
    for (name, held) in HOLDERS {
        let begin = if held == Held::Text { '"' } else { '{' };
        let Some(raw) = members.raw(name).filter(|raw| raw.starts_with(begin)) else {
            continue;
        };
        return step(name, sink, |sink| element(raw.as_bytes(), sink, wrappings));
    }
    unknown(members, sink)
}

fn step(
    name: &'static str,
    sink: &mut Sink<'_>,
    go: impl FnOnce(&mut Sink<'_>) -> Result<(), Failed>,
) -> Result<(), Failed> {
    sink.path.push(Step::Name(name));
    go(sink)?;
    sink.path.pop();
    Ok(())
}

/// Splunk's HTTP event collector: the event is an object, and its time stands beside it.
fn is_of_collector(members: &Members<'_>) -> bool {
    let is_object = members.raw("event").is_some_and(|raw| raw.starts_with('{'));
    is_object && ["time", "host", "source", "sourcetype", "index"].into_iter().any(|name| members.has(name))
}

fn not_a_record(members: &Members<'_>) -> Option<NotARecord> {
    let is = |name: &str, value: &str| members.text(name).is_some_and(|text| text == value);
    if members.has("logFiles") && members.has("digestStartTime") {
        return Some(NotARecord::Digest);
    }
    if members.has("hashSignature") && members.has("files") {
        return Some(NotARecord::ResultSignature);
    }
    if members.has("insightDetails") || is("eventCategory", "Insight") {
        return Some(NotARecord::Insight);
    }
    if is("eventCategory", "Aggregated") || is("eventType", "AwsAggregatedEvent") {
        return Some(NotARecord::Aggregated);
    }
    if is("messageType", "CONTROL_MESSAGE") {
        return Some(NotARecord::Control);
    }
    if members.raw("preview") == Some("true") {
        return Some(NotARecord::Preview);
    }
    // The last line of Splunk's export may have no result.
    if members.raw("lastrow") == Some("true") && !members.has("result") {
        return Some(NotARecord::Empty);
    }
    let kind = members.text("detail-type")?;
    // A function's failed invocation holds what it was invoked with.
    let holds_record =
        kind.ends_with("via CloudTrail") || kind.starts_with("Lambda Function Invocation Result");
    (!holds_record).then_some(NotARecord::OtherEvent)
}

/// Why something only says where a record is.
fn pointer(members: &Members<'_>) -> Option<&'static str> {
    if members.has("s3") && members.has("eventSource") {
        return Some("a notification of S3: it names a log file and holds no record; replay the file");
    }
    if members.has("s3Bucket") && members.has("s3ObjectKey") {
        return Some(
            "a notification of CloudTrail: it names log files and holds no record; replay the files",
        );
    }
    if members.has("failedMessages") && members.has("subscriberArn") {
        return Some(
            "a dead letter of a custom event bus's subscriber: it names events and holds none; replay them from the archive",
        );
    }
    if members.has("KinesisBatchInfo") || members.has("DDBStreamBatchInfo") {
        return Some("a function's failed batch: it names the stream's records and holds none");
    }
    None
}

/// Base64, perhaps of gzip: what Kinesis and subscriptions of CloudWatch Logs bring.
fn packed(data: &str, sink: &mut Sink<'_>, wrappings: u8) -> Result<(), Failed> {
    let Ok(bytes) = STANDARD.decode(data) else {
        return Ok(sink.unreadable("the data is not base64".to_owned())?);
    };
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return inner(&mut bytes.as_slice(), bytes.len(), sink, wrappings);
    }
    let mut plain = Vec::new();
    let most = u64::try_from(LONGEST_VALUE).unwrap_or(u64::MAX);
    match MultiGzDecoder::new(bytes.as_slice()).take(most).read_to_end(&mut plain) {
        Ok(length) if length == LONGEST_VALUE => {
            Ok(sink.unreadable(format!("the data unpacks to more than {LONGEST_VALUE} bytes"))?)
        }
        Ok(length) => inner(&mut plain.as_slice(), length, sink, wrappings),
        Err(_) => Ok(sink.unreadable("the data is not whole gzip".to_owned())?),
    }
}

/// The cells of a row of Athena's API: `{"Data": [{"VarCharValue": "..."}, {}]}`.
fn cells(members: &Members<'_>) -> Option<Vec<Option<String>>> {
    let data: Vec<Json> = serde_json::from_str(members.raw("Data")?).ok()?;
    let cell = |cell: &Json| match cell.get("VarCharValue") {
        None => cell.as_object().map(|_| None),
        Some(value) => value.as_str().map(|text| Some(text.to_owned())),
    };
    data.iter().map(cell).collect()
}

fn result_row(cells: Vec<Option<String>>, sink: &mut Sink<'_>, wrappings: u8) -> Result<(), Failed> {
    let names: Vec<String> =
        cells.iter().map(|cell| columns::name(cell.as_deref().unwrap_or_default())).collect();
    if columns::is_header(&names) {
        sink.header = Some(names);
        return Ok(());
    }
    let Some(header) = sink.header.clone() else {
        return Ok(sink.unreadable("a row of results without the row of names before it".to_owned())?);
    };
    let row = header.into_iter().zip(cells).filter_map(|(name, cell)| Some((name, cell?))).collect();
    columns::row(&row, sink, wrappings)
}

/// Something that is not known; perhaps with a record in it.
fn unknown(members: &Members<'_>, sink: &mut Sink<'_>) -> Result<(), Failed> {
    let tree = members.tree();
    if ["eventName", "eventSource", "eventVersion"].iter().any(|name| members.has(name)) {
        // A record that lacks something: what it lacks is the answer.
        return Ok(deliver(&tree, None, sink)?);
    }
    if members.has("detail") {
        return Ok(deliver(&tree, None, sink)?);
    }
    let reason = if holds_record(&tree, 0) {
        format!("a CloudTrail record in a wrapping that is not known; known are {KNOWN}")
    } else {
        nothing_known()
    };
    Ok(sink.unreadable(reason)?)
}

fn holds_record(json: &Json, depth: u8) -> bool {
    match json {
        Json::Object(members) if members.contains_key("eventID") && members.contains_key("eventName") => true,
        Json::Object(members) if depth < 16 => members.values().any(|value| holds_record(value, depth + 1)),
        Json::Array(items) if depth < 16 => items.iter().any(|value| holds_record(value, depth + 1)),
        Json::String(text) => text.contains("\"eventVersion\"") || text.contains("\\\"eventVersion\\\""),
        _ => false,
    }
}
