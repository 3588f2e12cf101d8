//! From JSON to a policy, with the path of whatever AWS would not accept.

use serde_json::{Map, Value as Json};

use crate::condition::Condition;
use crate::operator::Operator;
use crate::pattern;
use crate::policy::{Action, Actions, Effect, Policy, ResourcePattern, Resources, Statement};
use crate::template::Template;

/// A document that AWS would not accept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct PolicyError {
    /// Where, as a JSON path from `$`.
    pub path: String,
    /// What is wrong there.
    pub reason: String,
}

fn error(path: &str, reason: impl Into<String>) -> PolicyError {
    PolicyError { path: path.to_owned(), reason: reason.into() }
}

/// Variables exist only under 2012-10-17 (`reference_policies_elements_version`).
#[derive(Clone, Copy, PartialEq)]
enum Version {
    V2008,
    V2012,
}

pub(crate) fn policy(json: &str) -> Result<Policy, PolicyError> {
    let document: Json = serde_json::from_str(json).map_err(|reason| error("$", reason.to_string()))?;
    let document = object(&document, "$")?;
    only_fields(document, "$", &["Version", "Id", "Statement"])?;
    let version = match document.get("Version").map(|version| string(version, "$.Version")).transpose()? {
        Some("2012-10-17") => Version::V2012,
        None | Some("2008-10-17") => Version::V2008,
        Some(other) => return Err(error("$.Version", format!("unknown version `{other}`"))),
    };
    let statements = document.get("Statement").ok_or_else(|| error("$", "no `Statement`"))?;
    let statements = match statements {
        Json::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| statement(item, &format!("$.Statement[{index}]"), version))
            .collect::<Result<_, _>>()?,
        single => vec![statement(single, "$.Statement", version)?],
    };
    Ok(Policy { statements })
}

fn statement(json: &Json, path: &str, version: Version) -> Result<Statement, PolicyError> {
    let fields = object(json, path)?;
    only_fields(
        fields,
        path,
        &["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"],
    )?;
    let at = |name: &str| format!("{path}.{name}");
    let effect = match fields.get("Effect").and_then(Json::as_str) {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        _ => return Err(error(&at("Effect"), "neither `Allow` nor `Deny`")),
    };
    let actions = match (fields.get("Action"), fields.get("NotAction")) {
        (Some(json), None) => Actions::Only(each(json, &at("Action"), action)?),
        (None, Some(json)) => Actions::AllBut(each(json, &at("NotAction"), action)?),
        _ => return Err(error(path, "exactly one of `Action` and `NotAction` is needed")),
    };
    let resource = |text: &str, path: &str| resource(text, path, version);
    let resources = match (fields.get("Resource"), fields.get("NotResource")) {
        (Some(json), None) => Resources::Only(each(json, &at("Resource"), resource)?),
        (None, Some(json)) => Resources::AllBut(each(json, &at("NotResource"), resource)?),
        _ => {
            return Err(error(path, "exactly one of `Resource` and `NotResource` is needed"));
        }
    };
    let mut conditions = Vec::new();
    if let Some(block) = fields.get("Condition") {
        for (operator, keys) in object(block, &at("Condition"))? {
            let path = format!("{path}.Condition.{operator}");
            for (key, values) in object(keys, &path)? {
                conditions.push(condition(operator, key, values, &path, version)?);
            }
        }
    }
    let sid = fields.get("Sid").map(|sid| string(sid, &at("Sid"))).transpose()?.map(str::to_owned);
    Ok(Statement { sid, effect, actions, resources, conditions })
}

fn action(text: &str, path: &str) -> Result<Action, PolicyError> {
    if text != "*" && !text.contains(':') {
        return Err(error(path, format!("`{text}` has no service prefix")));
    }
    Ok(Action { tokens: pattern::tokens(&text.to_ascii_lowercase()), undocumented: text == "*:*" })
}

fn resource(text: &str, path: &str, version: Version) -> Result<ResourcePattern, PolicyError> {
    if text == "*" {
        return Ok(ResourcePattern::Every);
    }
    if !text.starts_with("arn:") && !text.starts_with("*") {
        return Err(error(path, format!("`{text}` is neither `*` nor an ARN")));
    }
    // Variables count only after the fifth colon (`reference_policies_variables`).
    let fifth_colon = text.match_indices(':').nth(4).map(|(index, _)| index);
    let variables_apply = version == Version::V2012
        && match (text.find("${"), fifth_colon) {
            (Some(variable), Some(colon)) => variable > colon,
            _ => false,
        };
    let template = if variables_apply { Template::with_variables(text) } else { Template::literal(text) };
    let service_wildcard = text.split(':').nth(2).is_some_and(|service| service.contains(['*', '?']));
    Ok(ResourcePattern::Arn { template, service_wildcard })
}

fn condition(
    operator_name: &str,
    key: &str,
    values: &Json,
    path: &str,
    version: Version,
) -> Result<Condition, PolicyError> {
    let operator = Operator::parse(operator_name)
        .ok_or_else(|| error(path, format!("unknown condition operator `{operator_name}`")))?;
    let template = |text: &str| {
        if version == Version::V2012 && operator.comparison.expands_variables() {
            Template::with_variables(text)
        } else {
            Template::literal(text)
        }
    };
    let path = format!("{path}.{key}");
    let scalar = |json: &Json| match json {
        Json::String(text) => Ok(template(text)),
        Json::Bool(value) => Ok(template(&value.to_string())),
        Json::Number(number) => Ok(template(&number.to_string())),
        _ => Err(error(&path, "neither text, number nor boolean")),
    };
    let values = match values {
        Json::Array(items) => items.iter().map(scalar).collect::<Result<_, _>>()?,
        single => vec![scalar(single)?],
    };
    Ok(Condition {
        operator_name: operator_name.to_owned(),
        operator,
        key_name: key.to_owned(),
        key: key.to_ascii_lowercase(),
        values,
    })
}

fn object<'a>(json: &'a Json, path: &str) -> Result<&'a Map<String, Json>, PolicyError> {
    json.as_object().ok_or_else(|| error(path, "not an object"))
}

fn string<'a>(json: &'a Json, path: &str) -> Result<&'a str, PolicyError> {
    json.as_str().ok_or_else(|| error(path, "not a string"))
}

fn only_fields(fields: &Map<String, Json>, path: &str, known: &[&str]) -> Result<(), PolicyError> {
    match fields.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(error(&format!("{path}.{name}"), "not an element of an identity policy")),
        None => Ok(()),
    }
}

/// A string or a list of strings.
fn each<T>(
    json: &Json,
    path: &str,
    read: impl Fn(&str, &str) -> Result<T, PolicyError>,
) -> Result<Vec<T>, PolicyError> {
    match json {
        Json::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| {
                let path = format!("{path}[{index}]");
                read(string(item, &path)?, &path)
            })
            .collect(),
        single => Ok(vec![read(string(single, path)?, path)?]),
    }
}
