//! What tells a record of interest from all others, without building anything of it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use tagmend_diagnosis::may_be_read;

/// The members of an object that decide what becomes of it.
#[derive(Debug, Default)]
pub(crate) struct Outline<'a> {
    pub(crate) event_id: Word<'a>,
    pub(crate) event_source: Word<'a>,
    pub(crate) event_name: Word<'a>,
    pub(crate) error_code: Word<'a>,
    pub(crate) error_message: Word<'a>,
    /// Of an event of EventBridge.
    pub(crate) detail: Option<&'a RawValue>,
    /// Whether a member's name is a path, as in fields of CloudWatch Logs Insights.
    pub(crate) has_paths: bool,
}

/// A member that should be text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum Word<'a> {
    #[default]
    Absent,
    Text(Cow<'a, str>),
    Other,
}

impl Word<'_> {
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Word::Text(text) => Some(text),
            Word::Absent | Word::Other => None,
        }
    }
}

impl Outline<'_> {
    /// Whether it is denied, throttled or a sign-in.
    pub(crate) fn is_of_interest(&self) -> bool {
        may_be_read(
            self.event_name.text(),
            self.error_code.text(),
            self.event_source.text(),
            self.error_message.text(),
        )
    }

    /// Whether it is a CloudTrail record. Lambda's events of streams have an `eventID` too, and `aws:kinesis` as source.
    pub(crate) fn is_record(&self) -> bool {
        let is_stream = self.event_source.text().is_some_and(|source| source.starts_with("aws:"));
        self.event_id.text().is_some() && !is_stream
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Outline<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OutlineVisitor)
    }
}

struct OutlineVisitor;

impl<'de> Visitor<'de> for OutlineVisitor {
    type Value = Outline<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Outline<'de>, A::Error> {
        let mut outline = Outline::default();
        while let Some(name) = map.next_key()? {
            match name {
                Member::EventId => outline.event_id = map.next_value()?,
                Member::EventSource => outline.event_source = map.next_value()?,
                Member::EventName => outline.event_name = map.next_value()?,
                Member::ErrorCode => outline.error_code = map.next_value()?,
                Member::ErrorMessage => outline.error_message = map.next_value()?,
                Member::Detail => outline.detail = Some(map.next_value()?),
                Member::Path => {
                    outline.has_paths = true;
                    map.next_value::<IgnoredAny>()?;
                }
                Member::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(outline)
    }
}

enum Member {
    EventId,
    EventSource,
    EventName,
    ErrorCode,
    ErrorMessage,
    Detail,
    Path,
    Other,
}

impl<'de> Deserialize<'de> for Member {
    /// As bytes: whether names are UTF-8 need not be known to compare them.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(MemberVisitor)
    }
}

struct MemberVisitor;

impl Visitor<'_> for MemberVisitor {
    type Value = Member;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_bytes<E>(self, name: &[u8]) -> Result<Member, E> {
        Ok(match name {
            b"eventID" => Member::EventId,
            b"eventSource" => Member::EventSource,
            b"eventName" => Member::EventName,
            b"errorCode" => Member::ErrorCode,
            b"errorMessage" => Member::ErrorMessage,
            b"detail" => Member::Detail,
            path if path.starts_with(b"userIdentity.") => Member::Path,
            _ => Member::Other,
        })
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Word<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordVisitor)
    }
}

struct WordVisitor;

impl<'de> Visitor<'de> for WordVisitor {
    type Value = Word<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("anything")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Word<'de>, E> {
        Ok(Word::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Word<'de>, E> {
        Ok(Word::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Word<'de>, E> {
        Ok(Word::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Word<'de>, E> {
        Ok(Word::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Word<'de>, E> {
        Ok(Word::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Word<'de>, E> {
        Ok(Word::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Word<'de>, E> {
        Ok(Word::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Word<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Word::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Word<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Word::Other)
    }
}
