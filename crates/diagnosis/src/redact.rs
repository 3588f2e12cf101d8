//! A record without what tells of people and their organization, for whoever wants to send it.
//!
//! Words of ids, names and addresses become other words of the same length and form, the same word everywhere the same
//! one; signs stay. So what is read from the record stays, too, and [`redact`] makes sure of it.

mod arn;
mod same;
mod words;

use serde_json::{Map, Value as Json};

use crate::cloudtrail::message::{Encoded, Message};
use words::Words;

/// Why a record cannot be redacted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedactError {
    /// It would be read in another way: what was replaced decides.
    #[error(
        "what is to be replaced decides how the record is read; replace names by hand, and leave signs as they are"
    )]
    ReadOtherwise,
}

/// Members that AWS fills from lists of its own. What is in none of them is somebody's.
const AWS_WORDS: [&str; 37] = [
    "addendum",
    "authenticationMethod",
    "apiVersion",
    "awsRegion",
    "cipherSuite",
    "clientProvidedHostHeader",
    "creationDate",
    "detail-type",
    "errorCode",
    "event-version",
    "eventCategory",
    "eventName",
    "eventRegion",
    "eventSource",
    "eventTime",
    "eventType",
    "eventTypeCategory",
    "eventTypeCode",
    "eventVersion",
    "identityProvider",
    "invokedBy",
    "language",
    "mfaAuthenticated",
    "reason",
    "region",
    "service",
    "sessionCredentialFromConsole",
    "source",
    "startTime",
    "statusCode",
    "time",
    "tlsVersion",
    "type",
    "updatedFields",
    "userAgent",
    "version",
    "webIdFederationData",
];
/// Those of parameters and answers, which are full of what callers chose.
const AWS_WORDS_INSIDE: [&str; 10] = [
    "CredentialChallenge",
    "CredentialType",
    "CredentialVerification",
    "ExternalIdPDirectoryLogin",
    "SSEApplied",
    "UserAuthentication",
    "encryptionAlgorithm",
    "op",
    "principalType",
    "targetType",
];
const INSIDE: [&str; 4] =
    ["additionalEventData", "requestParameters", "responseElements", "serviceEventDetails"];

/// What CloudTrail writes in place of a value.
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// Replaces what tells of somebody.
///
/// # Errors
/// Where the record would be read in another way.
pub fn redact(document: &Json) -> Result<Json, RedactError> {
    let mut redactor = Redactor::default();
    // Names stand in the message as well: those of the members come first, longer ones before shorter.
    let mut known = Vec::new();
    collect(document, "", false, &mut known);
    known.extend(named_by_message(document));
    known.retain(|name| name.len() > 2 && name != HIDDEN);
    known.sort_by_key(|name| std::cmp::Reverse(name.len()));
    known.dedup();
    let redacted = redactor.walk(document, "", false, &known);
    match same::is_read_alike(document, &redacted, &mut redactor) {
        true => Ok(redacted),
        false => Err(RedactError::ReadOtherwise),
    }
}

/// What was replaced by what.
#[derive(Debug, Default)]
struct Redactor {
    words: Words,
}

impl Redactor {
    fn walk(&mut self, json: &Json, member: &str, is_inside: bool, known: &[String]) -> Json {
        match json {
            Json::String(text) if !is_inside && is_free_text(member) => {
                Json::String(self.free_text(text, known))
            }
            // A record as a text: the output of `aws cloudtrail lookup-events`.
            Json::String(text) if member == "CloudTrailEvent" => match serde_json::from_str(text) {
                Ok(record) => Json::String(self.walk(&record, "", false, known).to_string()),
                Err(_) => Json::String(self.name(text)),
            },
            Json::String(text) if is_aws_word(member, is_inside) || text == HIDDEN => {
                Json::String(text.clone())
            }
            Json::String(text) => Json::String(self.value(text, member)),
            Json::Array(items) => {
                items.iter().map(|item| self.walk(item, member, is_inside, known)).collect()
            }
            Json::Object(members) => {
                let walked = members.iter().map(|(name, value)| {
                    let is_inside = is_inside || INSIDE.contains(&name.as_str());
                    (name.clone(), self.walk(value, name, is_inside, known))
                });
                Json::Object(walked.collect::<Map<String, Json>>())
            }
            other => other.clone(),
        }
    }

    /// A value of a member that is somebody's.
    fn value(&mut self, text: &str, member: &str) -> String {
        // The name of a service, where a service called.
        let is_service = member == "sourceIPAddress" && text.ends_with(".amazonaws.com");
        if is_service || matches!(text, "AWS Internal" | "true" | "false" | "True" | "False" | "active" | "")
        {
            return text.to_owned();
        }
        self.name(text)
    }

    /// A name, an id, an address or an ARN.
    pub(crate) fn name(&mut self, text: &str) -> String {
        if let Ok(address) = text.parse() {
            return self.words.address(address);
        }
        match arn::split(text) {
            Some(parts) => parts.into_iter().map(|part| self.part(&part)).collect(),
            None => self.words.replace(text),
        }
    }

    fn part(&mut self, part: &arn::Part<'_>) -> String {
        match part {
            arn::Part::Stays(text) => (*text).to_owned(),
            arn::Part::Somebodys(text) => self.words.replace(text),
        }
    }

    /// A sentence: the names that are known, ARNs, and what has the form of an id or an address.
    fn free_text(&mut self, text: &str, known: &[String]) -> String {
        let mut redacted = String::with_capacity(text.len());
        let mut rest = text;
        let mut is_open = false;
        while !rest.is_empty() {
            let before = redacted.chars().last();
            let is_quote =
                rest.starts_with(['\'', '"']) && (is_open || !before.is_some_and(char::is_alphanumeric));
            let token = if is_quote {
                words::Token::Other(rest.get(..1).unwrap_or_default())
            } else {
                words::token(rest, known, before, is_open)
            };
            is_open ^= is_quote;
            match token {
                words::Token::Somebodys(name) => redacted.push_str(&self.name(name)),
                words::Token::Other(sign) => redacted.push_str(sign),
            }
            rest = rest.get(token.len()..).unwrap_or_default();
        }
        redacted
    }
}

fn is_aws_word(member: &str, is_inside: bool) -> bool {
    if is_inside { AWS_WORDS_INSIDE.contains(&member) } else { AWS_WORDS.contains(&member) }
}

fn is_free_text(member: &str) -> bool {
    ["errorMessage", "latestDescription"].contains(&member)
}

/// Every name of a member that is somebody's.
fn collect(json: &Json, member: &str, is_inside: bool, known: &mut Vec<String>) {
    match json {
        Json::String(text) if member == "CloudTrailEvent" => {
            if let Ok(record) = serde_json::from_str(text) {
                collect(&record, "", false, known);
            }
        }
        Json::String(text) if !is_aws_word(member, is_inside) && (is_inside || !is_free_text(member)) => {
            let last = text.rsplit(['/', ':']).next().unwrap_or_default();
            known.extend([text.clone(), last.to_owned()]);
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, member, is_inside, known)),
        Json::Object(members) => members.iter().for_each(|(name, value)| {
            collect(value, name, is_inside || INSIDE.contains(&name.as_str()), known);
        }),
        _ => {}
    }
}

/// The name in what a message says of a resource: `instance profile web` is `web`, and nothing stands in an ARN.
fn name_of_resource(resource: &str) -> &str {
    match resource.starts_with("arn:") {
        true => resource.split_whitespace().next().unwrap_or(resource),
        false => resource.rsplit(' ').next().unwrap_or(resource),
    }
}

/// What the message names: a resource without an ARN, an encoded message, an id of details.
fn named_by_message(document: &Json) -> Vec<String> {
    let record = document.get("detail").unwrap_or(document);
    let text = record.get("errorMessage").and_then(Json::as_str).unwrap_or_default();
    let message = Message::parse(text, |_| true);
    let encoded = match message.encoded {
        Some(Encoded::Whole(blob)) => Some(blob),
        _ => None,
    };
    let resource = message.resource.map(|resource| name_of_resource(&resource).to_owned());
    [message.principal, resource, encoded, message.authorization_id].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests;
