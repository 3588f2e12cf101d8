//! What a request names, by which doubtful text of its denial is believed.

use serde_json::Value as Json;

/// Whether a parameter is this resource, or the name at its end. The part before the name has to be plain.
pub(crate) fn name(parameters: Option<&Json>, resource: &str) -> bool {
    let is_plain =
        |text: &str| !text.contains(|character: char| character.is_whitespace() || character == '"');
    parameters.map(texts).unwrap_or_default().into_iter().any(|value| {
        !value.is_empty()
            && resource
                .strip_suffix(value)
                .is_some_and(|before| before.is_empty() || (before.ends_with(['/', ':']) && is_plain(before)))
    })
}

/// The bucket of a call of S3.
pub(crate) fn bucket(parameters: Option<&Json>) -> Option<String> {
    Some(parameters?.get("bucketName")?.as_str()?.to_owned())
}

/// Every text in it.
pub(crate) fn texts(json: &Json) -> Vec<&str> {
    match json {
        Json::String(text) => vec![text],
        Json::Array(items) => items.iter().flat_map(texts).collect(),
        Json::Object(fields) => fields.values().flat_map(texts).collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_resource_is_named_by_a_parameter_as_it_is_or_by_its_name() {
        let named = |resource: &str| {
            name(
                Some(&json!({"bucketName": "b", "list": [{"key": "a \"key\" of x"}], "empty": ""})),
                resource,
            )
        };
        for resource in ["a \"key\" of x", "arn:aws:s3:::b/a \"key\" of x"] {
            assert!(named(resource), "{resource}");
        }
        for resource in
            ["arn:aws:s3:::b/x", "arn:aws:s3:::b a \"key\" of x", "my arn:aws:s3:::b/a \"key\" of x", ""]
        {
            assert!(!named(resource), "{resource}");
        }
        assert!(!name(None, "x"));
    }
}
