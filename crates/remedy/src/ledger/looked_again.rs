//! What a second look at the denials of a changed user shows.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tagmend_diagnosis::Tag;

/// What a second look at a user's denials shows. Names no user and has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookedAgain {
    /// The record of the change.
    pub event_id: String,
    /// How many calls were denied.
    pub calls: usize,
    /// The first of them.
    pub first: Timestamp,
    /// The last of them.
    pub last: Timestamp,
    /// The session tags that these denials depend on, and what a session that begins now gets; none where the user is gone.
    pub now: Option<BTreeMap<String, NewTag>>,
}

/// What a session that begins now gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewTag {
    /// A value.
    Given,
    /// None.
    NotGiven,
    /// Nobody here knows: the IdP sends it, or its expression is not documented.
    Unknown,
}

impl From<Option<&Tag>> for NewTag {
    fn from(tag: Option<&Tag>) -> NewTag {
        match tag {
            Some(Tag::Value(_)) => NewTag::Given,
            Some(Tag::Unknown) => NewTag::Unknown,
            Some(Tag::Unmapped | Tag::NoValue | Tag::NotSent) | None => NewTag::NotGiven,
        }
    }
}

impl LookedAgain {
    /// As a sentence.
    pub fn sentence(&self) -> String {
        let LookedAgain { calls, first, last, .. } = self;
        let denied = match calls {
            1 => format!("one call of the changed user was denied, at {first}"),
            calls => format!("{calls} calls of the changed user were denied, {first} to {last}"),
        };
        let Some(now) = &self.now else {
            return format!("{denied}; the user is gone");
        };
        let keys = |wanted: NewTag| {
            let keys = now.iter().filter(|(_, tag)| **tag == wanted).map(|(key, _)| format!("`{key}`"));
            Some(keys.collect::<Vec<_>>().join(", ")).filter(|keys| !keys.is_empty())
        };
        let parts = [
            keys(NewTag::Given).map(|keys| format!("a session that begins now gets {keys}: sign in again")),
            keys(NewTag::NotGiven).map(|keys| format!("a session that begins now still gets no {keys}")),
            keys(NewTag::Unknown).map(|keys| format!("whether one gets {keys}, nobody here can read")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        match parts.as_slice() {
            [] => format!("{denied}; no session tag decides"),
            parts => format!("{denied}; {}", parts.join("; ")),
        }
    }
}
