//! The rows of the conformance data that have identity policies only, as all contenders want them.

use std::io::Read;

use iam_rs::{Arn, ContextValue, IAMRequest, Principal, PrincipalId};
use serde_json::Value as Json;

pub struct Row {
    pub texts: Vec<String>,
    pub question: Question,
    pub their_request: IAMRequest,
}

/// A request, of whatever build.
pub struct Question {
    pub action: String,
    pub resource: String,
    pub context: Vec<(String, Given)>,
}

impl Question {
    /// The same with ten keys unknown, those first that the policies mention; none where there are fewer keys.
    pub fn without_ten(&self, texts: &[String]) -> Option<Question> {
        let texts = texts.concat().to_ascii_lowercase();
        let mut context = self.context.clone();
        context.sort_by_key(|(key, _)| !texts.contains(&format!("{}\"", key.to_ascii_lowercase())));
        context.get_mut(..10)?.iter_mut().for_each(|(_, value)| *value = Given::Unknown);
        Some(Question { action: self.action.clone(), resource: self.resource.clone(), context })
    }
}

#[derive(Clone)]
pub enum Given {
    One(String),
    Many(Vec<String>),
    Unknown,
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
    let resource = request["resource"]["arn"].as_str()?;
    let mut context = Vec::new();
    let mut theirs = iam_rs::Context::new();
    for (key, value) in request["context"].as_object()? {
        let texts: Vec<String> = value.as_array().into_iter().flatten().map(text).collect();
        let (our_value, their_value) = match value {
            Json::Array(_) => (Given::Many(texts.clone()), ContextValue::StringList(texts)),
            Json::Bool(given) => (Given::One(text(value)), ContextValue::Boolean(*given)),
            Json::Number(given) => (Given::One(text(value)), ContextValue::Number(given.as_f64()?)),
            single => (Given::One(text(single)), ContextValue::String(text(single))),
        };
        context.push((key.clone(), our_value));
        theirs.insert(key.clone(), their_value);
    }
    let action = request["action"].as_str()?;
    let principal = Principal::Aws(PrincipalId::String(request["principal"].as_str()?.to_owned()));
    Some(Row {
        texts: json["policies"].as_array()?.iter().map(Json::to_string).collect(),
        question: Question { action: action.to_owned(), resource: resource.to_owned(), context },
        their_request: IAMRequest::new_with_context(principal, action, Arn::parse(resource).ok()?, theirs),
    })
}

fn text(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}
