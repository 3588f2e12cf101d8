//! Reading the input of AWS JSON 1.1 calls, and paging their lists.

use serde_json::{Map, Value as Json, json};

use crate::answer::{JsonAnswer, ServiceError};

/// The input of a call.
pub(crate) struct Input<'a>(pub(crate) &'a Map<String, Json>);

impl<'a> Input<'a> {
    pub(crate) fn text(&self, name: &str) -> Result<&'a str, ServiceError> {
        self.0
            .get(name)
            .and_then(Json::as_str)
            .ok_or_else(|| ServiceError::validation(format!("{name} is required and has to be a string")))
    }

    pub(crate) fn optional_text(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).and_then(Json::as_str)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a Json> {
        self.0.get(name)
    }

    /// One page of a list, under `name`, with the token of the next.
    pub(crate) fn page(&self, name: &str, items: &[Json], page_size: usize) -> JsonAnswer {
        self.page_of(name, items.len(), page_size, |index| Ok(items.get(index).cloned().unwrap_or_default()))
    }

    /// The same of so many items, of which only those of the page are made.
    pub(crate) fn page_of(
        &self,
        name: &str,
        count: usize,
        page_size: usize,
        item: impl Fn(usize) -> JsonAnswer,
    ) -> JsonAnswer {
        let asked = self.get("MaxResults").and_then(Json::as_u64).and_then(|size| usize::try_from(size).ok());
        let size = asked.map_or(page_size, |asked| asked.min(page_size)).max(1);
        let start: usize = match self.optional_text("NextToken") {
            None => 0,
            Some(token) => token.parse().map_err(|_| ServiceError::validation("NextToken is not valid"))?,
        };
        let end = start.saturating_add(size).min(count).max(start);
        let page = (start..end).map(item).collect::<Result<Vec<Json>, ServiceError>>()?;
        let mut answer = Map::from_iter([(name.to_owned(), json!(page))]);
        if end < count {
            answer.insert("NextToken".to_owned(), json!(end.to_string()));
        }
        Ok(Json::Object(answer))
    }
}
