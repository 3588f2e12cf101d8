//! Policies as they are kept, and what can be compared of them.

use serde_json::{Value as Json, json};

pub(super) fn text(document: &str) -> Json {
    serde_json::from_str(document).unwrap_or_else(|_| json!(document))
}

/// ARNs of managed policies that IAM did not know.
pub(super) fn unread(kept: &Json) -> impl Iterator<Item = &str> {
    let managed = kept.get("managed_policies").and_then(Json::as_array).into_iter().flatten();
    managed
        .filter(|policy| policy.get("document").is_none_or(Json::is_null))
        .filter_map(|policy| policy.get("arn").and_then(Json::as_str))
}

/// Every statement of the readable policies, without names, which have to be unique in one document.
pub(super) fn statements(kept: &Json) -> Vec<Json> {
    let managed = kept.get("managed_policies").and_then(Json::as_array).into_iter().flatten();
    let documents =
        kept.get("inline_policy").into_iter().chain(managed.filter_map(|policy| policy.get("document")));
    documents
        .flat_map(|document| match document.get("Statement") {
            Some(Json::Array(statements)) => statements.clone(),
            Some(one) => vec![one.clone()],
            None => Vec::new(),
        })
        .map(|mut statement| {
            if let Some(elements) = statement.as_object_mut() {
                elements.remove("Sid");
            }
            statement
        })
        .collect()
}

pub(super) fn document(statements: Vec<Json>) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}
