//! A write of the list of mappings, as CloudTrail's record tells it: who, with what tool, and what it left.

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::tool::Tool;

/// The calls that write the list, as CloudTrail names them.
pub const CALLS: [&str; 3] = [
    "CreateInstanceAccessControlAttributeConfiguration",
    "UpdateInstanceAccessControlAttributeConfiguration",
    DELETE,
];
/// It turns attributes for access control off and deletes every mapping. Source: its page in the API reference.
const DELETE: &str = "DeleteInstanceAccessControlAttributeConfiguration";

/// A write of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListWrite {
    /// When.
    pub time: Timestamp,
    /// CloudTrail's id of it.
    pub event_id: String,
    /// The call.
    pub call: String,
    /// The ARN of the caller; none where the record does not say.
    pub principal: Option<String>,
    /// What wrote.
    pub author: Author,
    /// What it left.
    pub left: Left,
}

/// What wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// Tagmend's own role.
    Tagmend,
    /// A tool that will do the same the next time.
    Tool(Tool),
    /// A person, or what looks like one.
    Person,
}

/// What a write left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// These keys.
    Keys(Vec<String>),
    /// A list that the record does not show.
    Hidden,
    /// No list: attributes for access control are off.
    Nothing,
}

impl Left {
    /// Whether a key is in it; none where nobody knows. Keys are told apart without regard to case.
    pub(crate) fn has(&self, key: &str) -> Option<bool> {
        match self {
            Left::Keys(keys) => Some(keys.iter().any(|there| there.eq_ignore_ascii_case(key))),
            Left::Hidden => None,
            Left::Nothing => Some(false),
        }
    }
}

impl ListWrite {
    /// Reads a record of CloudTrail; none where it is of another call, of another instance, or of a call that AWS refused.
    pub fn read(record: &Json, instance: &str, is_own_call: impl Fn(&Json) -> bool) -> Option<ListWrite> {
        let text = |path: &str| record.pointer(path).and_then(Json::as_str);
        let call = CALLS.into_iter().find(|call| Some(*call) == text("/eventName"))?;
        let is_elsewhere = text("/requestParameters/instanceArn").is_some_and(|other| other != instance);
        if is_elsewhere || record.get("errorCode").is_some_and(|code| !code.is_null()) {
            return None;
        }
        let author = if is_own_call(record) {
            Author::Tagmend
        } else {
            Tool::of(record).map_or(Author::Person, Author::Tool)
        };
        let left = if call == DELETE { Left::Nothing } else { keys(record).map_or(Left::Hidden, Left::Keys) };
        Some(ListWrite {
            time: text("/eventTime")?.parse().ok()?,
            event_id: text("/eventID").unwrap_or_default().to_owned(),
            call: call.to_owned(),
            principal: text("/userIdentity/arn").map(str::to_owned),
            author,
            left,
        })
    }
}

/// No page shows this record; CloudTrail begins the names of parameters with a small letter.
fn keys(record: &Json) -> Option<Vec<String>> {
    let list = record
        .pointer("/requestParameters/instanceAccessControlAttributeConfiguration/accessControlAttributes")?;
    let key = |attribute: &Json| Some(attribute.get("key")?.as_str()?.to_owned());
    list.as_array()?.iter().map(key).collect()
}
