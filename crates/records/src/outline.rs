//! What tells a record of interest from all others, without building anything of it.

use std::borrow::Cow;
use std::fmt;

use memchr::{memchr, memmem};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use tagmend_diagnosis::may_be_read;
use tagmend_diagnosis::related::{Glimpse, Member as Seen, Test};

use crate::pick;

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

/// A member that should be text. `null` is as good as none.
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
    /// Whether it is denied, throttled, a sign-in to a role, or something else that is told of. These are its bytes.
    pub(crate) fn is_of_interest(&self, bytes: &[u8]) -> bool {
        let record = Glance { outline: self, bytes };
        may_be_read(&record, self.error_code.text(), self.error_message.text())
    }

    /// Whether it is a CloudTrail record. Lambda's events of streams have an `eventID` too, and `aws:kinesis` as source.
    pub(crate) fn is_record(&self) -> bool {
        let is_stream = self.event_source.text().is_some_and(|source| source.starts_with("aws:"));
        self.event_id.text().is_some() && !is_stream
    }
}

/// A record as far as it is looked at: its outline, and where a rule asks for more, its bytes once more.
struct Glance<'a> {
    outline: &'a Outline<'a>,
    bytes: &'a [u8],
}

impl Glimpse for Glance<'_> {
    fn source(&self) -> Option<&str> {
        self.outline.event_source.text()
    }

    fn name(&self) -> Option<&str> {
        self.outline.event_name.text()
    }

    fn error_code(&self) -> Seen<'_> {
        match &self.outline.error_code {
            Word::Absent => Seen::Absent,
            Word::Text(code) => Seen::of_text(code),
            Word::Other => Seen::Other,
        }
    }

    fn may_hold(&self, words: &'static str) -> bool {
        // Where signs are escaped, words may be written otherwise.
        memmem::find(self.bytes, words.as_bytes()).is_some() || memchr(b'\\', self.bytes).is_some()
    }

    fn passes(&self, path: &'static str, test: Test) -> bool {
        pick::member(self.bytes, path, test)
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
        Ok(Word::Absent)
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

#[cfg(test)]
mod tests;
