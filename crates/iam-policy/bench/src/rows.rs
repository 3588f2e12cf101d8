//! The rows of the conformance data that have identity policies only, as both crates want them.

use std::io::Read;

use iam_policy::{Request, Resource, Value};
use iam_rs::{Arn, ContextValue, IAMRequest, Principal, PrincipalId};
use serde_json::Value as Json;

pub struct Row {
    pub texts: Vec<String>,
    pub our_request: Request,
    pub their_request: IAMRequest,
}

pub fn read() -> Vec<Row> {
    let path = format!("{}/../tests/conformance/iam-cases.jsonl.gz", env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text.lines().filter_map(|line| row(&serde_json::from_str(line).unwrap())).collect()
}

fn row(json: &Json) -> Option<Row> {
    if json.get("boundary").is_some() || json.get("scps").is_some() {
        return None;
    }
    let request = &json["request"];
    let arn = request["resource"]["arn"].as_str()?;
    let mut ours = iam_policy::Context::closed();
    let mut theirs = iam_rs::Context::new();
    for (key, value) in request["context"].as_object()? {
        let texts: Vec<String> = value.as_array().into_iter().flatten().map(text).collect();
        let (our_value, their_value) = match value {
            Json::Array(_) => (Value::Many(texts.clone()), ContextValue::StringList(texts)),
            Json::Bool(given) => (Value::One(text(value)), ContextValue::Boolean(*given)),
            Json::Number(given) => (Value::One(text(value)), ContextValue::Number(given.as_f64()?)),
            single => (Value::One(text(single)), ContextValue::String(text(single))),
        };
        ours.set(key, our_value);
        theirs.insert(key.clone(), their_value);
    }
    let action = request["action"].as_str()?;
    let principal = Principal::Aws(PrincipalId::String(request["principal"].as_str()?.to_owned()));
    Some(Row {
        texts: json["policies"].as_array()?.iter().map(Json::to_string).collect(),
        our_request: Request {
            action: action.to_owned(),
            resource: Resource::Named(arn.to_owned()),
            context: ours,
        },
        their_request: IAMRequest::new_with_context(principal, action, Arn::parse(arn).ok()?, theirs),
    })
}

fn text(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}
