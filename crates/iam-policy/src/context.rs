//! The request context: what is known of each condition key.

use std::collections::BTreeMap;

/// What is known of one condition key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// The request does not carry the key.
    Absent,
    /// Nobody could read it: it may be absent, or hold any value; several only where `ForAllValues` and
    /// `ForAnyValue` are all that tests it, since the other operators are for keys with one value.
    Unknown,
    /// A single-valued key.
    One(String),
    /// A multivalued key.
    Many(Vec<String>),
}

/// The condition keys of one request. Names are not case-sensitive.
/// Source: `reference_policies_elements_condition`, "context key names are not case-sensitive".
#[derive(Clone, Debug)]
pub struct Context {
    entries: BTreeMap<Box<str>, Value>,
    unlisted: Value,
}

impl Context {
    /// A context in which every key that is not set is known to be absent.
    pub fn closed() -> Context {
        Context { entries: BTreeMap::new(), unlisted: Value::Absent }
    }

    /// A context in which every key that is not set is unknown.
    pub fn open() -> Context {
        Context { entries: BTreeMap::new(), unlisted: Value::Unknown }
    }

    /// Sets a key, whatever the case of its name.
    pub fn set(&mut self, key: &str, value: Value) {
        self.entries.insert(key.to_ascii_lowercase().into(), value);
    }

    /// What is known of a key, whatever the case of its name.
    pub fn value(&self, key: &str) -> &Value {
        self.get(&key.to_ascii_lowercase())
    }

    pub(crate) fn get(&self, lowercase_key: &str) -> &Value {
        self.entries.get(lowercase_key).unwrap_or(&self.unlisted)
    }
}
