//! The members of an object, not read yet.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use serde_json::value::RawValue;

/// The members of an object by their names.
pub(crate) struct Members<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Members<'a> {
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Members<'a>, serde_json::Error> {
        serde_json::from_slice(bytes).map(Members)
    }

    /// A row of a query's results: a list of `{"field": NAME, "value": VALUE}`, as CloudWatch Logs Insights answers, or of
    /// `{NAME: VALUE}`, as CloudTrail Lake does. None where the list is no row.
    pub(crate) fn of_row(items: &[&'a RawValue]) -> Option<Members<'a>> {
        let mut row = BTreeMap::new();
        for item in items {
            let mut members: BTreeMap<String, &RawValue> = serde_json::from_str(item.get()).ok()?;
            let (name, value) = match (members.remove("field"), members.remove("value")) {
                (Some(name), value) => (serde_json::from_str(name.get()).ok()?, value?),
                (None, None) => members.pop_first()?,
                (None, Some(_)) => return None,
            };
            let is_nested = value.get().starts_with(['{', '[']);
            if is_nested || !members.is_empty() || row.insert(name, value).is_some() {
                return None;
            }
        }
        (!row.is_empty()).then_some(Members(row))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A member, whatever it is.
    pub(crate) fn raw(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).map(|raw| raw.get())
    }

    /// A member that is text.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.read_as(name, '"')
    }

    /// A member that is an object.
    pub(crate) fn object(&self, name: &str) -> Option<Members<'a>> {
        let raw = self.raw(name).filter(|raw| raw.starts_with('{'))?;
        Members::read(raw.as_bytes()).ok()
    }

    fn read_as<T: DeserializeOwned>(&self, name: &str, begin: char) -> Option<T> {
        let raw = self.raw(name).filter(|raw| raw.starts_with(begin))?;
        serde_json::from_str(raw).ok()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// All of it, as a tree.
    pub(crate) fn tree(&self) -> Json {
        let member = |(name, raw): (&String, &&RawValue)| {
            (name.clone(), serde_json::from_str(raw.get()).unwrap_or(Json::Null))
        };
        Json::Object(self.0.iter().map(member).collect())
    }
}
