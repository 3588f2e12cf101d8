//! One line of input.

use std::collections::BTreeSet;

use iam_policy::{Context, Layers, Policy, PolicyError, Request, Resource, Value};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

/// Policies and a request.
pub(super) struct Case {
    /// As given; null where there is none.
    pub(super) id: Json,
    identity: Vec<Policy>,
    boundary: Option<Vec<Policy>>,
    session: Option<Vec<Policy>>,
    service_control: Vec<Vec<Policy>>,
    resource_control: Vec<Policy>,
    pub(super) request: Request,
}

/// What is wrong with a line.
#[derive(Debug)]
pub(super) struct CaseError {
    /// As given; null where it cannot be read.
    pub(super) id: Json,
    /// A JSON path.
    pub(super) position: String,
    pub(super) reason: String,
}

/// Policies stay text, so that their own parser sees every key.
#[derive(Deserialize)]
#[serde(expecting = "an object with `policies` and `request`")]
struct Document<'a> {
    #[serde(default)]
    id: Json,
    #[serde(borrow)]
    policies: Vec<&'a RawValue>,
    boundary: Option<Vec<&'a RawValue>>,
    session: Option<Vec<&'a RawValue>>,
    scps: Option<Vec<Vec<&'a RawValue>>>,
    rcps: Option<Vec<&'a RawValue>>,
    request: RequestDocument,
}

#[derive(Deserialize)]
#[serde(expecting = "an object with `action`")]
struct RequestDocument {
    action: String,
    resource: Option<ResourceDocument>,
    #[serde(default)]
    context: Map<String, Json>,
    #[serde(default)]
    unknown: Vec<String>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object with `arn`")]
struct ResourceDocument {
    arn: Option<String>,
}

/// The line is known, and always the first of its own text.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((reason, _)) if error.is_data() => reason.to_owned(),
        _ => format!("not JSON at column {}", error.column()),
    }
}

type Parse = fn(&str) -> Result<Policy, PolicyError>;

impl Case {
    pub(super) fn read(line: &str) -> Result<Case, CaseError> {
        let mut deserializer = serde_json::Deserializer::from_str(line);
        let failed = |path: &str, error: &serde_json::Error| {
            let position = if matches!(path, "." | "?") { "$".to_owned() } else { format!("$.{path}") };
            CaseError { id: Json::Null, position, reason: reason(error) }
        };
        let document: Document<'_> = serde_path_to_error::deserialize(&mut deserializer)
            .map_err(|error| failed(&error.path().to_string(), error.inner()))?;
        deserializer.end().map_err(|error| failed(".", &error))?;
        let id = document.id.clone();
        read(document).map_err(|(position, reason)| CaseError { id, position, reason })
    }

    pub(super) fn layers(&self) -> Layers<'_> {
        Layers {
            identity: &self.identity,
            boundary: self.boundary.as_deref(),
            session: self.session.as_deref(),
            service_control: &self.service_control,
            resource_control: &self.resource_control,
        }
    }
}

fn read(document: Document<'_>) -> Result<Case, (String, String)> {
    let identity = |texts: &[&RawValue], place: &str| policies(texts, place, Policy::parse);
    let optional = |texts: &Option<Vec<&RawValue>>, place: &str| {
        texts.as_ref().map(|texts| identity(texts, place)).transpose()
    };
    let scps = document.scps.unwrap_or_default();
    let levels = scps.iter().enumerate().map(|(level, texts)| identity(texts, &format!("$.scps[{level}]")));
    let rcps = document.rcps.unwrap_or_default();
    let arn = document.request.resource.and_then(|resource| resource.arn);
    Ok(Case {
        id: document.id,
        identity: identity(&document.policies, "$.policies")?,
        boundary: optional(&document.boundary, "$.boundary")?,
        session: optional(&document.session, "$.session")?,
        service_control: levels.collect::<Result<_, _>>()?,
        resource_control: policies(&rcps, "$.rcps", Policy::parse_resource_control)?,
        request: Request {
            action: document.request.action,
            resource: arn.map_or(Resource::Unknown, Resource::Named),
            context: context(document.request.context, &document.request.unknown)?,
        },
    })
}

fn policies(texts: &[&RawValue], place: &str, parse: Parse) -> Result<Vec<Policy>, (String, String)> {
    let one = |(index, text): (usize, &&RawValue)| {
        // A policy as AWS answers it is a string that holds JSON.
        let quoted: Option<String> = serde_json::from_str(text.get()).ok();
        parse(quoted.as_deref().unwrap_or(text.get())).map_err(|error| {
            let below = error.path.strip_prefix('$').unwrap_or(&error.path);
            (format!("{place}[{index}]{below}"), error.problem.to_string())
        })
    };
    texts.iter().enumerate().map(one).collect()
}

fn context(entries: Map<String, Json>, unknown: &[String]) -> Result<Context, (String, String)> {
    let mut context = Context::closed();
    let mut seen = BTreeSet::new();
    for (key, json) in entries {
        let place = format!("$.request.context['{key}']");
        if !seen.insert(key.to_ascii_lowercase()) {
            return Err((place, "the key is there twice; its case plays no part".to_owned()));
        }
        let value = match &json {
            Json::Array(items) => items.iter().map(scalar).collect::<Option<_>>().map(Value::Many),
            single => scalar(single).map(Value::One),
        };
        let reason =
            "neither a string, number or boolean nor a list of them; list what is unknown in `unknown`";
        context.set(&key, value.ok_or((place, reason.to_owned()))?);
    }
    for (index, key) in unknown.iter().enumerate() {
        if !seen.insert(key.to_ascii_lowercase()) {
            return Err((format!("$.request.unknown[{index}]"), format!("`{key}` is there twice")));
        }
        context.set(key, Value::Unknown);
    }
    Ok(context)
}

fn scalar(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(value) => Some(value.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}
