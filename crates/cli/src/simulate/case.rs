//! One line of input.

use std::collections::BTreeSet;
use std::fmt;

use iam_policy::{Context, Layers, Policy, PolicyError, Request, Resource, Value};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value as Json;
use serde_json::value::RawValue;

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

/// Policies stay text, so that their own parser sees every key. A field that is not known is an error, as a misspelled
/// layer would be one that denies nothing; what the conformance data says of its rows is passed over.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `policies` and `request`")]
#[allow(dead_code, reason = "some fields are only known, not read")]
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
    doc: Option<IgnoredAny>,
    expect: Option<IgnoredAny>,
    missing: Option<IgnoredAny>,
    key: Option<IgnoredAny>,
    value: Option<IgnoredAny>,
    cause: Option<IgnoredAny>,
    without: Option<IgnoredAny>,
    with: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `action`")]
#[allow(dead_code, reason = "some fields are only known, not read")]
struct RequestDocument {
    principal: Option<IgnoredAny>,
    action: String,
    resource: Option<ResourceDocument>,
    #[serde(default)]
    context: Entries,
    #[serde(default)]
    unknown: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `arn`")]
#[allow(dead_code, reason = "some fields are only known, not read")]
struct ResourceDocument {
    arn: Option<String>,
    #[serde(rename = "accountId")]
    account_id: Option<IgnoredAny>,
}

/// The entries of an object, also those whose key is there twice.
#[derive(Default)]
struct Entries(Vec<(String, Json)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Entries, D::Error> {
        struct EntriesVisitor;
        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = Entries;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(EntriesVisitor)
    }
}

const DOCUMENTED: &str = "there are `id`, `policies`, `boundary`, `session`, `scps`, `rcps` and `request`; see `tagmend simulate --help`";

/// The line is known, and always the first of its own text.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((reason, _)) if error.is_data() => match reason.split_once(", expected one of ") {
            // What the conformance data says of its rows is taken, and nobody has to know of it.
            Some((unknown, fields)) if fields.contains("`policies`") => format!("{unknown}; {DOCUMENTED}"),
            _ => reason.to_owned(),
        },
        _ => format!("not JSON at column {}; every line is one object", error.column()),
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

    /// Every condition key that a policy mentions, in lower case.
    pub(super) fn keys(&self) -> impl Iterator<Item = String> {
        let optional = self.boundary.iter().chain(&self.session).flatten();
        let policies = self.identity.iter().chain(optional).chain(self.service_control.iter().flatten());
        policies.chain(&self.resource_control).flat_map(|policy| policy.keys()).map(str::to_ascii_lowercase)
    }

    pub(super) fn layers(&self) -> Layers<'_> {
        Layers {
            identity: &self.identity,
            boundary: self.boundary.as_deref(),
            session: self.session.as_deref(),
            service_control: &self.service_control,
            resource_control: &self.resource_control,
            endpoint: None,
        }
    }
}

fn read(document: Document<'_>) -> Result<Case, (String, String)> {
    let action = document.request.action;
    if !action.split_once(':').is_some_and(|(service, name)| !service.is_empty() && !name.is_empty()) {
        return Err(("$.request.action".to_owned(), format!("`{action}` is not `service:Action`")));
    }
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
            action,
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

fn context(Entries(entries): Entries, unknown: &[String]) -> Result<Context, (String, String)> {
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
