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
        let asked = self.get("MaxResults").and_then(Json::as_u64).and_then(|size| usize::try_from(size).ok());
        let size = asked.map_or(page_size, |asked| asked.min(page_size)).max(1);
        let start: usize = match self.optional_text("NextToken") {
            None => 0,
            Some(token) => token.parse().map_err(|_| ServiceError::validation("NextToken is not valid"))?,
        };
        let page: Vec<&Json> = items.iter().skip(start).take(size).collect();
        let end = start + page.len();
        let mut answer = Map::from_iter([(name.to_owned(), json!(page))]);
        if end < items.len() {
            answer.insert("NextToken".to_owned(), json!(end.to_string()));
        }
        Ok(Json::Object(answer))
    }
}
