//! The request context: what is known of each condition key.

use std::sync::Arc;

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
    /// Sorted; one for each entry.
    tags: Vec<u64>,
    entries: Vec<Entry>,
    unlisted: Value,
}

#[derive(Clone, Debug)]
struct Entry {
    /// In lower case. Contexts are copied to ask for more, and their keys stay.
    key: Arc<str>,
    value: Value,
}

/// The end of a name and its length, so that names are mostly told apart without being read: they share long
/// beginnings, and seldom both of these.
fn tag(key: &str) -> u64 {
    let end = match key.as_bytes().last_chunk() {
        Some(end) => u64::from_le_bytes(*end),
        None => key.bytes().fold(0, |end, byte| end << 8 | u64::from(byte)),
    };
    end.wrapping_add(key.len() as u64)
}

/// The keys of a context, some with another value for now.
#[derive(Clone, Copy)]
pub(crate) struct Keys<'a> {
    context: &'a Context,
    instead: &'a [(&'a str, &'a Value)],
}

impl<'a> Keys<'a> {
    pub(crate) fn of(context: &'a Context) -> Keys<'a> {
        Keys { context, instead: &[] }
    }

    pub(crate) fn with(self, instead: &'a [(&'a str, &'a Value)]) -> Keys<'a> {
        Keys { instead, ..self }
    }

    pub(crate) fn get(self, lowercase_key: &str) -> &'a Value {
        let instead = self.instead.iter().find(|(key, _)| *key == lowercase_key);
        instead.map_or_else(|| self.context.get(lowercase_key), |(_, value)| value)
    }
}

impl Context {
    /// A context in which every key that is not set is known to be absent.
    pub fn closed() -> Context {
        Context { tags: Vec::new(), entries: Vec::new(), unlisted: Value::Absent }
    }

    /// A context in which every key that is not set is unknown.
    pub fn open() -> Context {
        Context { tags: Vec::new(), entries: Vec::new(), unlisted: Value::Unknown }
    }

    /// Sets a key, whatever the case of its name.
    pub fn set(&mut self, key: &str, value: Value) {
        let key = key.to_ascii_lowercase();
        match self.position(&key) {
            Ok(position) => {
                if let Some(entry) = self.entries.get_mut(position) {
                    entry.value = value;
                }
            }
            Err(position) => {
                self.tags.insert(position, tag(&key));
                self.entries.insert(position, Entry { key: key.into(), value });
            }
        }
    }

    /// What is known of a key, whatever the case of its name.
    pub fn value(&self, key: &str) -> &Value {
        self.get(&key.to_ascii_lowercase())
    }

    pub(crate) fn get(&self, lowercase_key: &str) -> &Value {
        let found = self.position(lowercase_key).ok().and_then(|position| self.entries.get(position));
        found.map_or(&self.unlisted, |entry| &entry.value)
    }

    /// Where the key is, else where it belongs.
    fn position(&self, key: &str) -> Result<usize, usize> {
        let tag = tag(key);
        let first = self.tags.partition_point(|other| *other < tag);
        let same = self.tags.iter().skip(first).take_while(|other| **other == tag);
        let names = self.entries.iter().skip(first).map(|entry| &*entry.key);
        match same.zip(names).position(|(_, name)| name == key) {
            Some(place) => Ok(first + place),
            None => Err(first),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_one_tag_are_told_apart() {
        let mut context = Context::closed();
        let keys = [
            "aws:ResourceTag/CostCenter",
            "aws:PrincipalT/CostCenter1",
            "aws:ABCDEFGHIJKCostCenter1",
            "a:b",
            "a:bc",
        ];
        assert_eq!(tag(&keys[1].to_ascii_lowercase()), tag(&keys[2].to_ascii_lowercase()));
        for (place, key) in keys.iter().enumerate() {
            context.set(key, Value::Absent);
            context.set(&key.to_ascii_uppercase(), Value::One(place.to_string()));
        }
        let found = keys.map(|key| context.value(key).clone());
        assert_eq!(found, [0, 1, 2, 3, 4].map(|place| Value::One(place.to_string())));
        assert_eq!(*context.value("aws:XBCDEFGHIJKCostCenter1"), Value::Absent);
        assert_eq!((context.tags.len(), context.entries.len()), (5, 5));
        assert!(context.tags.is_sorted());
    }
}
