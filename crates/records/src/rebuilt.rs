//! Records put together from forms that take them apart.

pub(crate) mod elastic;
pub(crate) mod identity;
pub(crate) mod ocsf;
pub(crate) mod sentinel;

use serde_json::{Map, Value as Json};

/// Members that are paths (`userIdentity.arn`), as fields of CloudWatch Logs Insights are, put where they belong.
pub(crate) fn unfold(json: Json) -> Json {
    let Json::Object(flat) = json else {
        return json;
    };
    let mut record = Map::new();
    for (path, value) in flat {
        put(&mut record, &path, value);
    }
    Json::Object(record)
}

fn put(object: &mut Map<String, Json>, path: &str, value: Json) {
    match path.split_once('.') {
        None => {
            object.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = object.entry(first).or_insert_with(|| Json::Object(Map::new()));
            if let Json::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

/// A member by its path, where some steps may be joined by dots in one name.
pub(crate) fn find<'a>(json: &'a Json, path: &str) -> Option<&'a Json> {
    if let Some(value) = json.get(path) {
        return Some(value);
    }
    let ends = path.match_indices('.').map(|(at, _)| at);
    ends.rev().find_map(|at| {
        let (first, rest) = path.split_at_checked(at)?;
        find(json.get(first)?, rest.get(1..)?)
    })
}

/// Text at a path.
pub(crate) fn text<'a>(json: &'a Json, path: &str) -> Option<&'a str> {
    find(json, path)?.as_str().filter(|text| !text.is_empty())
}

/// Puts what is there into an object.
pub(crate) fn object<const N: usize>(members: [(&str, Option<Json>); N]) -> Option<Json> {
    let members: Map<String, Json> =
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    (!members.is_empty()).then_some(Json::Object(members))
}

/// The account of an ARN.
pub(crate) fn account(arn: Option<&str>) -> Option<&str> {
    arn?.split(':').nth(4).filter(|account| !account.is_empty())
}
