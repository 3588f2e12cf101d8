//! Session tags: those that a session gets now, and those that were approved.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;

use iam_policy::{Context, Value};
use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::approved::attribute_source::AttributeSource;
use crate::approved::baseline::{Baseline, Owner};
use crate::live::facts::{AttributeMapping, User};

/// What is known of one session tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tag {
    /// It is sent with this value.
    Value(TagValue),
    /// No mapping sends it.
    Unmapped,
    /// A mapping is there, but the user has no value. AWS does not say whether an empty tag is sent then;
    /// domain knowledge says none is.
    NoValue,
    /// The session's own sign-in record shows its tags, and not this one.
    NotSent,
    /// The IdP may send it, or the expression is not documented: nobody here knows.
    Unknown,
}

/// An attribute's value. Prints as `(hidden)`: values are never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct TagValue(String);

impl TagValue {
    pub(crate) fn hidden(value: &str) -> TagValue {
        TagValue(value.to_owned())
    }

    /// The value itself, for somebody who asked to see it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TagValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(hidden)")
    }
}

/// Session tags by key. Keys are not case-sensitive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(BTreeMap<String, (String, Tag)>);

/// `tagValueType` in the service model of STS.
static VALUE: LazyLock<Regex> = LazyLock::new(|| {
    #[allow(clippy::unwrap_used, reason = "the expression is a constant, and every test of tags compiles it")]
    Regex::new(r"^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$").unwrap()
});

/// The longest value of a session tag. Source: `id_session-tags` in the IAM user guide.
const MAXIMUM_VALUE: usize = 256;

impl Tags {
    /// The tags that a session gets from these live mappings, for this user.
    pub fn of_a_new_session(live: &[AttributeMapping], baseline: &Baseline, user: &User) -> Tags {
        let mut tags = Tags::default();
        for approved in baseline.mappings() {
            tags.set(
                &approved.key,
                match approved.owner {
                    Owner::Idp => Tag::Unknown,
                    Owner::IdentityStore(_) => Tag::Unmapped,
                },
            );
        }
        for mapping in live {
            let source = AttributeSource::parse(&mapping.source);
            tags.set(&mapping.key, source.map_or(Tag::Unknown, |source| resolve(source, user)));
        }
        tags
    }

    /// The tags that a session would get if every approved mapping were live, for this user.
    pub fn intended(live: &[AttributeMapping], baseline: &Baseline, user: &User) -> Tags {
        let mut tags = Tags::of_a_new_session(live, baseline, user);
        for approved in baseline.mappings() {
            if let Owner::IdentityStore(source) = approved.owner {
                tags.set(&approved.key, resolve(source, user));
            }
        }
        tags
    }

    /// The tags that a session's own sign-in record shows: all of them. `keys` are those that matter besides.
    pub fn recorded<'a>(
        record: &BTreeMap<String, String>,
        baseline: &'a Baseline,
        keys: impl IntoIterator<Item = &'a str>,
    ) -> Tags {
        let mut tags = Tags::default();
        for key in baseline.mappings().map(|approved| approved.key.as_str()).chain(keys) {
            if tags.get(key).is_none() {
                tags.set(key, Tag::NotSent);
            }
        }
        for (key, value) in record {
            tags.set(key, Tag::Value(TagValue(value.clone())));
        }
        tags
    }

    /// The tags that AWS shows of a call: perhaps not all of them.
    pub(crate) fn shown(shown: &BTreeMap<String, String>) -> Tags {
        let mut tags = Tags::default();
        for (key, value) in shown {
            tags.set(key, Tag::Value(TagValue(value.clone())));
        }
        tags
    }

    /// These tags, with all of others in place of their own.
    pub(crate) fn with_all(&self, other: &Tags) -> Tags {
        let mut tags = self.clone();
        for (key, tag) in other.iter() {
            tags.set(key, tag.clone());
        }
        tags
    }

    /// These tags, with those that only the IdP sends as its sign-in record shows them. What the store is approved to
    /// give stays as it is: a sign-in says nothing of what the store would give now.
    pub(crate) fn with_recorded_of_idp(&self, recorded: &Tags, baseline: &Baseline) -> Tags {
        let mut tags = self.clone();
        for (key, tag) in recorded.iter() {
            let approved = baseline.mapping(key);
            let is_of_store =
                approved.is_some_and(|approved| matches!(approved.owner, Owner::IdentityStore(_)));
            if !is_of_store && self.get(key).is_none_or(|own| *own == Tag::Unknown) {
                tags.set(key, tag.clone());
            }
        }
        tags
    }

    /// These tags, with those of some keys taken from other tags.
    pub fn with(&self, keys: &BTreeSet<String>, other: &Tags) -> Tags {
        let mut tags = self.clone();
        for (key, tag) in other.iter().filter(|(key, _)| keys.contains(*key)) {
            tags.set(key, tag.clone());
        }
        tags
    }

    /// These tags, with one of them changed.
    pub(crate) fn with_one(&self, key: &str, tag: Tag) -> Tags {
        let mut tags = self.clone();
        tags.set(key, tag);
        tags
    }

    /// Keys in their own spelling, with what is known of each.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tag)> {
        self.0.values().map(|(key, tag)| (key.as_str(), tag))
    }

    /// What is known of a key.
    pub fn get(&self, key: &str) -> Option<&Tag> {
        self.0.get(&key.to_lowercase()).map(|(_, tag)| tag)
    }

    /// Puts the tags into a request context. Keys that are not here stay what the context says of the unlisted.
    pub(crate) fn write_to(&self, context: &mut Context) {
        for (key, tag) in self.iter() {
            let value = match tag {
                Tag::Value(value) => Value::One(value.0.clone()),
                Tag::Unmapped | Tag::NoValue | Tag::NotSent => Value::Absent,
                Tag::Unknown => Value::Unknown,
            };
            context.set(&format!("aws:PrincipalTag/{key}"), value);
        }
    }

    fn set(&mut self, key: &str, tag: Tag) {
        self.0.insert(key.to_lowercase(), (key.to_owned(), tag));
    }
}

/// Why a value cannot be a session tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueProblem {
    /// It is longer than a session tag may be.
    TooLong,
    /// It has a character that a session tag may not have.
    WrongCharacter,
}

impl fmt::Display for ValueProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            ValueProblem::TooLong => "it has more than 256 characters",
            ValueProblem::WrongCharacter => "it has a character that tags may not have",
        })
    }
}

/// Why a value cannot be a session tag, if it cannot.
pub(crate) fn value_problem(value: &str) -> Option<ValueProblem> {
    if value.chars().count() > MAXIMUM_VALUE {
        Some(ValueProblem::TooLong)
    } else if !VALUE.is_match(value) {
        Some(ValueProblem::WrongCharacter)
    } else {
        None
    }
}

/// STS takes no longer value and no other characters; what Identity Center then sends is not documented.
fn resolve(source: AttributeSource, user: &User) -> Tag {
    match user.value_of(source) {
        None | Some("") => Tag::NoValue,
        Some(value) if value_problem(value).is_some() => Tag::Unknown,
        Some(value) => Tag::Value(TagValue(value.to_owned())),
    }
}
