//! One event of EventBridge or record of CloudTrail, read member by member: these kinds have little in common.

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::cloudtrail::record::read_timestamp;

/// An event with what every one has.
pub(super) struct Event<'a> {
    pub(super) id: &'a str,
    pub(super) time: Timestamp,
    pub(super) account: Option<&'a str>,
    pub(super) region: Option<&'a str>,
    /// `detail-type` and resources of what did not come through CloudTrail.
    own: Option<&'a Json>,
    /// The record, or what the event says.
    detail: &'a Json,
}

/// Longer is no name or id of AWS.
pub(super) const LONGEST: usize = 2_048;

impl<'a> Event<'a> {
    /// None where it lacks what every event has, or its members contradict each other.
    pub(super) fn read(document: &'a Json) -> Option<Event<'a>> {
        let envelope = document.get("detail").map(|detail| (document, detail));
        let detail = envelope.map_or(document, |(_, detail)| detail);
        let is_record = detail.get("eventSource").is_some();
        let own = envelope.filter(|_| !is_record).map(|(document, _)| document);
        let (id, time, region) = match own {
            Some(document) => (text(document, "/id")?, text(document, "/time")?, text(document, "/region")),
            None => (text(detail, "/eventID")?, text(detail, "/eventTime")?, text(detail, "/awsRegion")),
        };
        let said = envelope.and_then(|(document, _)| text(document, "/account"));
        let recipient = text(detail, "/recipientAccountId");
        let is_agreed = said.is_none() || recipient.is_none() || said == recipient;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if id.is_empty() || id.len() > 128 || !id.bytes().all(is_plain) || !is_agreed {
            return None;
        }
        let account = said.or(recipient).or_else(|| text(detail, "/userIdentity/accountId"));
        Some(Event { id, time: read_timestamp(time).ok()?, account, region, own, detail })
    }

    /// Whether it came through CloudTrail.
    pub(super) fn is_record(&self) -> bool {
        self.own.is_none()
    }

    /// A text of the record, without control characters.
    pub(super) fn text(&self, path: &str) -> Option<&'a str> {
        text(self.detail, path)
    }

    pub(super) fn json(&self, path: &str) -> Option<&'a Json> {
        self.detail.pointer(path)
    }

    /// Whether it is a record of this service and one of these events.
    pub(super) fn is(&self, source: &str, names: &[&str]) -> bool {
        self.text("/eventSource") == Some(source)
            && self.text("/eventName").is_some_and(|name| names.contains(&name))
    }

    /// The `detail-type`, where the event did not come through CloudTrail and is from this source.
    pub(super) fn own_kind(&self, source: &str) -> Option<&'a str> {
        let document = self.own?;
        (text(document, "/source") == Some(source)).then(|| text(document, "/detail-type")).flatten()
    }

    /// The ARNs that the envelope names.
    pub(super) fn resources(&self) -> impl Iterator<Item = &'a str> {
        let resources = self.own.and_then(|document| document.get("resources")).and_then(Json::as_array);
        resources.into_iter().flatten().filter_map(Json::as_str)
    }

    pub(super) fn name(&self) -> &'a str {
        self.text("/eventName").unwrap_or_default()
    }

    /// The error; an empty one is none.
    pub(super) fn error_code(&self) -> Option<&'a str> {
        self.text("/errorCode").filter(|code| !code.is_empty())
    }

    /// Whether the record tells of a call that went well: no error stands in it, readable or not.
    pub(super) fn went_well(&self) -> bool {
        self.json("/errorCode").is_none_or(Json::is_null)
    }

    /// The error's text. AWS lets lines stand in it, and nothing else that steers.
    pub(super) fn message(&self) -> Option<&'a str> {
        let text = self.json("/errorMessage")?.as_str()?;
        let is_wrong = |sign: char| sign.is_control() && !matches!(sign, '\n' | '\r' | '\t');
        (text.len() <= LONGEST && !text.chars().any(is_wrong)).then_some(text)
    }

    /// Who did it, where the record names an ARN.
    pub(super) fn actor(&self) -> Option<&'a str> {
        self.text("/userIdentity/arn").filter(|arn| arn.starts_with("arn:"))
    }

    /// An id of a user of the identity store.
    pub(super) fn user_id(&self, path: &str) -> Option<&'a str> {
        self.text(path).filter(|id| is_user_id(id))
    }

    /// `service:Event`, or the source and its `detail-type`.
    pub(super) fn action(&self) -> String {
        match self.own {
            Some(document) => {
                let part = |path: &str| text(document, path).unwrap_or_default();
                format!("{}: {}", part("/source"), part("/detail-type"))
            }
            None => {
                let source = self.text("/eventSource").unwrap_or_default();
                format!("{}:{}", source.split('.').next().unwrap_or_default(), self.name())
            }
        }
    }
}

fn text<'a>(json: &'a Json, path: &str) -> Option<&'a str> {
    let text = json.pointer(path)?.as_str()?;
    (text.len() <= LONGEST && !text.chars().any(char::is_control)).then_some(text)
}

/// The pattern of `UserId` in the model of the Identity Store API.
pub(super) fn is_user_id(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let is_hex = parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()));
    is_hex && matches!(lengths.as_slice(), [8, 4, 4, 4, 12] | [10, 8, 4, 4, 4, 12])
}
