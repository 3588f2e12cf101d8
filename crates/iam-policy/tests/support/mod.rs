//! Rows of the conformance data, read.

#![allow(dead_code, unreachable_pub, reason = "not every test uses all of it")]

use std::io::Read;

use iam_policy::{Context, Layers, Policy, Request, Resource, Value};
use serde_json::Value as Json;

/// A row, parsed.
pub struct Row {
    pub json: Json,
    pub identity: Vec<Policy>,
    pub boundary: Option<Vec<Policy>>,
    pub service_control: Vec<Vec<Policy>>,
    pub request: Request,
}

impl Row {
    pub fn read(json: Json) -> Row {
        let mut context = Context::closed();
        for (key, json) in json["request"]["context"].as_object().unwrap() {
            context.set(key, value(json));
        }
        let request = Request {
            action: json["request"]["action"].as_str().unwrap().to_owned(),
            resource: Resource::Named(json["request"]["resource"]["arn"].as_str().unwrap().to_owned()),
            context,
        };
        Row {
            identity: policies(&json["policies"]),
            boundary: json.get("boundary").filter(|boundary| !boundary.is_null()).map(policies),
            service_control: json
                .get("scps")
                .and_then(Json::as_array)
                .into_iter()
                .flatten()
                .map(policies)
                .collect(),
            request,
            json,
        }
    }

    pub fn id(&self) -> String {
        self.json["id"].as_str().map_or_else(|| self.json["id"].to_string(), str::to_owned)
    }

    pub fn layers(&self) -> Layers<'_> {
        Layers {
            identity: &self.identity,
            boundary: self.boundary.as_deref(),
            service_control: &self.service_control,
            ..Layers::default()
        }
    }
}

pub fn rows(name: &str) -> Vec<Row> {
    let path = format!("{}/tests/conformance/{name}", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).unwrap();
    let mut text = String::new();
    if name.ends_with(".gz") {
        flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
    } else {
        text = String::from_utf8(bytes).unwrap();
    }
    text.lines().map(|line| Row::read(serde_json::from_str(line).unwrap())).collect()
}

fn policies(json: &Json) -> Vec<Policy> {
    json.as_array().unwrap().iter().map(|policy| Policy::parse(&policy.to_string()).unwrap()).collect()
}

fn scalar(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}

pub fn value(json: &Json) -> Value {
    match json {
        Json::Array(items) => Value::Many(items.iter().map(scalar).collect()),
        single => Value::One(scalar(single)),
    }
}
