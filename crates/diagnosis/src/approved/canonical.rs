//! One spelling of what provisioning publishes, whatever spelling it has.
//!
//! Only what AWS documents as meaning the same is written the same:
//!
//! - the order of statements, and of values in a list: a request is compared with each of them
//!   (`reference_policies_evaluation-logic`, `reference_policies_multi-value-conditions` in the IAM user guide);
//! - one value, or a list of one (`reference_policies_grammar` there);
//! - the case of actions (`reference_policies_elements_action` there);
//! - the same session duration in another spelling of ISO 8601.
//!
//! Everything else counts as it is written, also where it may mean the same: `Sid`, values that are there twice, the case of
//! condition keys, `true` and `"true"`, a missing `Version`.

use jiff::SignedDuration;
use serde_json::{Map, Value as Json};

/// What is published, in its one spelling.
pub(super) fn canonical(mut published: Json) -> Json {
    if let Some(inline) = published.get_mut("inline") {
        policy(inline);
    }
    if let Some(duration) = published.get_mut("session_duration") {
        let same = duration.as_str().and_then(|text| text.parse::<SignedDuration>().ok());
        if let Some(same) = same {
            *duration = Json::String(same.to_string());
        }
    }
    published
}

fn policy(document: &mut Json) {
    let Some(statements) = document.get_mut("Statement") else { return };
    if statements.is_object() {
        *statements = Json::Array(vec![statements.take()]);
    }
    if let Json::Array(list) = statements {
        list.iter_mut().filter_map(Json::as_object_mut).for_each(statement);
        sort(list);
    }
}

fn statement(statement: &mut Map<String, Json>) {
    for (name, value) in statement {
        match name.as_str() {
            "Action" | "NotAction" => {
                texts(value, str::to_ascii_lowercase);
            }
            "Resource" | "NotResource" => texts(value, str::to_owned),
            "Condition" => {
                let operators = value.as_object_mut().into_iter().flatten();
                let keys = operators.filter_map(|(_, keys)| keys.as_object_mut()).flatten();
                keys.for_each(|(_, values)| texts(values, str::to_owned));
            }
            _ => {}
        }
    }
}

/// One value, or the list of some, as a list in order.
fn texts(value: &mut Json, spelled: impl Fn(&str) -> String) {
    if !value.is_array() {
        *value = Json::Array(vec![value.take()]);
    }
    if let Json::Array(list) = value {
        for item in list.iter_mut() {
            if let Json::String(text) = item {
                *text = spelled(text);
            }
        }
        sort(list);
    }
}

fn sort(list: &mut [Json]) {
    list.sort_by_cached_key(Json::to_string);
}
