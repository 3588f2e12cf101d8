//! Records that were taken apart into columns: what Athena, CloudTrail Lake and others answer.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::{Failed, rebuilt, text};
use crate::found::{Content, Rebuilt, Sink};
use crate::members::Members;
use crate::rebuilt::{elastic, identity, ocsf, sentinel};

/// A row by the names of its columns, in lower case.
pub(crate) type Row = BTreeMap<String, String>;

/// Columns that hold the record as text, the one that keeps most of it first.
const TEXTS: [&str; 7] =
    ["cloudtrailevent", "eventjson", "@message", "event.original", "_raw", "message", "body"];

/// Columns by the names that Athena writes, and the record's own.
const COLUMNS: [(&str, &str); 14] = [
    ("eventid", "eventID"),
    ("eventtime", "eventTime"),
    ("eventsource", "eventSource"),
    ("eventname", "eventName"),
    ("eventtype", "eventType"),
    ("awsregion", "awsRegion"),
    ("errorcode", "errorCode"),
    ("errormessage", "errorMessage"),
    ("recipientaccountid", "recipientAccountId"),
    ("sourceipaddress", "sourceIPAddress"),
    ("vpcendpointid", "vpcEndpointId"),
    ("sharedeventid", "sharedEventID"),
    ("eventversion", "eventVersion"),
    ("useragent", "userAgent"),
];

/// Columns that hold an object as text.
const OBJECTS: [(&str, &str); 4] = [
    ("requestparameters", "requestParameters"),
    ("responseelements", "responseElements"),
    ("additionaleventdata", "additionalEventData"),
    ("serviceeventdetails", "serviceEventDetails"),
];

/// A column's name as it is looked up.
pub(crate) fn name(column: &str) -> String {
    column.trim().trim_start_matches('\u{feff}').replace(' ', "").to_ascii_lowercase()
}

/// Whether these names are columns that hold records.
pub(crate) fn is_header(names: &[String]) -> bool {
    names.iter().any(|name| TEXTS.contains(&name.as_str()) || name == "eventname")
}

/// A row of CSV, or of Athena's API.
pub(crate) fn row(row: &Row, sink: &mut Sink<'_>, wrappings: u8) -> Result<(), Failed> {
    for column in TEXTS {
        if let Some(held) = row.get(column).filter(|held| !held.is_empty()) {
            return text(held, sink, wrappings + 1);
        }
    }
    let get = |column: &str| row.get(column).map(String::as_str).filter(|text| !text.is_empty());
    if get("eventid").is_some() && (get("useridentity").is_some() || get("useridentity.arn").is_some()) {
        return Ok(rebuilt(record(&get), Rebuilt::Columns, sink)?);
    }
    match get("eventname") {
        Some(event) if is_of_interest(event, &get) => {
            let reason = "the row does not say who called (useridentity) or which record it is (eventid): select those, or \
                download the event history as JSON";
            Ok(sink.unreadable(reason.to_owned())?)
        }
        Some(_) => Ok(sink.take(Content::PassedOver)?),
        None => Ok(sink.unreadable("the row holds no record".to_owned())?),
    }
}

fn is_of_interest<'a>(event_name: &str, get: &dyn Fn(&str) -> Option<&'a str>) -> bool {
    tagmend_diagnosis::is_of_interest(
        Some(event_name),
        get("errorcode"),
        get("eventsource"),
        get("errormessage"),
    )
}

/// A record out of an object that has columns as members.
pub(crate) fn rebuild(members: &Members<'_>) -> Option<(Json, Rebuilt)> {
    if members.has("class_uid") && members.has("metadata") {
        return ocsf::record(&members.tree()).map(|record| (record, Rebuilt::Ocsf));
    }
    if members.has("AwsEventId") && members.has("EventName") {
        return Some((sentinel::record(members), Rebuilt::Sentinel));
    }
    if members.has("aws") || members.has("aws.cloudtrail.event_version") || members.has("aws.cloudtrail") {
        return elastic::record(&members.tree()).map(|record| (record, Rebuilt::Elastic));
    }
    let row: Row = members
        .names()
        .filter_map(|name| {
            let raw = members.raw(name).filter(|raw| *raw != "null")?;
            Some((self::name(name), members.text(name).unwrap_or_else(|| raw.to_owned())))
        })
        .collect();
    let is_flat = row.contains_key("eventid") && row.contains_key("eventname");
    let is_held_as_text = TEXTS.iter().any(|column| row.contains_key(*column));
    if !is_flat || is_held_as_text {
        return None;
    }
    let from = if row.contains_key("useridentity") { Rebuilt::Columns } else { Rebuilt::LogFields };
    Some((record(&|column| row.get(column).map(String::as_str).filter(|text| !text.is_empty())), from))
}

/// A record out of columns.
fn record<'a>(get: &dyn Fn(&str) -> Option<&'a str>) -> Json {
    let mut record = Map::new();
    for (column, name) in COLUMNS {
        if let Some(text) = get(column) {
            record.insert(name.to_owned(), Json::from(text));
        }
    }
    // Nobody has to select it, and what is not known of it is not asked.
    record.entry("awsRegion").or_insert_with(|| Json::from(""));
    let identity = match get("useridentity") {
        Some(text) => identity::read(text),
        None => identity::of_paths(get),
    };
    record.extend(identity.map(|identity| ("userIdentity".to_owned(), identity)));
    for (column, name) in OBJECTS {
        let object = get(column).and_then(|text| serde_json::from_str::<Json>(text).ok());
        record.extend(object.filter(Json::is_object).map(|object| (name.to_owned(), object)));
    }
    Json::Object(record)
}
