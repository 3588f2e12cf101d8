//! IAM Access Analyzer, for policies that are about to be approved: REST with JSON.
//!
//! What AWS finds is its own affair; here are the few findings that tests need, told by what the policy says.

use axum::http::Method;
use serde_json::{Value as Json, json};

use crate::answer::{JsonAnswer, ServiceError};

/// The operation of a path.
pub(crate) fn operation(method: &Method, path: &str) -> Option<&'static str> {
    match (method.as_str(), path) {
        ("POST", "/policy/validation") => Some("ValidatePolicy"),
        ("POST", "/policy/check-no-new-access") => Some("CheckNoNewAccess"),
        _ => None,
    }
}

pub(crate) fn call(operation: &str, body: &[u8]) -> JsonAnswer {
    let input: Json =
        serde_json::from_slice(body).map_err(|_| ServiceError::validation("the body is not JSON"))?;
    if input.get("policyType").and_then(Json::as_str) != Some("IDENTITY_POLICY") {
        return Err(ServiceError::validation("the sandbox knows IDENTITY_POLICY only"));
    }
    match operation {
        "ValidatePolicy" => Ok(json!({"findings": findings(document(&input, "policyDocument")?)})),
        "CheckNoNewAccess" => check_no_new_access(
            document(&input, "existingPolicyDocument")?,
            document(&input, "newPolicyDocument")?,
        ),
        other => {
            Err(ServiceError::new(400, "UnknownOperationException", format!("{other} is not in the sandbox")))
        }
    }
}

fn document<'a>(input: &'a Json, name: &str) -> Result<&'a str, ServiceError> {
    let text = input.get(name).and_then(Json::as_str);
    text.ok_or_else(|| ServiceError::validation(format!("{name} is required")))
}

/// Source: the reference of policy checks in the IAM user guide, for codes and types.
fn findings(document: &str) -> Vec<Json> {
    if iam_policy::Policy::parse(document).is_err() {
        return vec![finding("ERROR", "INVALID_POLICY", "The policy is not valid.")];
    }
    let policy: Json = serde_json::from_str(document).unwrap_or(Json::Null);
    let mut findings = Vec::new();
    for (index, statement) in statements(&policy).into_iter().enumerate() {
        let has = |element: &str, wanted: &str| {
            let value = statement.get(element);
            value.is_some_and(|value| match value {
                Json::Array(items) => items.iter().any(|item| item == wanted),
                other => other == wanted,
            })
        };
        if has("Effect", "Allow") && has("Action", "iam:PassRole") && has("Resource", "*") {
            let text =
                "Using the iam:PassRole action with wildcards (*) in the resource can be overly permissive.";
            let mut found = finding("SECURITY_WARNING", "PASS_ROLE_WITH_STAR_IN_RESOURCE", text);
            let start = json!({"line": 1, "column": 0, "offset": 0});
            let path = json!([{"value": "Statement"}, {"index": index}, {"value": "Resource"}]);
            let locations = json!([{"path": path, "span": {"start": start, "end": start}}]);
            if let Some(fields) = found.as_object_mut() {
                fields.insert("locations".to_owned(), locations);
            }
            findings.push(found);
        }
    }
    findings
}

fn finding(kind: &str, code: &str, details: &str) -> Json {
    let page =
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html";
    json!({"findingDetails": details, "findingType": kind, "issueCode": code, "learnMoreLink": page, "locations": []})
}

fn statements(policy: &Json) -> Vec<Json> {
    match policy.get("Statement") {
        Some(Json::Array(items)) => items.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    }
}

/// AWS reasons about what policies allow. The sandbox only compares: a statement that allows and was not there, or one
/// that denies and is gone, counts as new access.
fn check_no_new_access(existing: &str, new: &str) -> JsonAnswer {
    let read = |text: &str| -> Result<Vec<Json>, ServiceError> {
        let policy: Json =
            serde_json::from_str(text).map_err(|_| ServiceError::validation("a policy is not JSON"))?;
        let without_sid = |mut statement: Json| {
            statement.as_object_mut().map(|elements| elements.remove("Sid"));
            statement
        };
        Ok(statements(&policy).into_iter().map(without_sid).collect())
    };
    let (existing, new) = (read(existing)?, read(new)?);
    let effect =
        |statement: &Json, effect: &str| statement.get("Effect").is_some_and(|found| found == effect);
    let added = new.iter().position(|statement| effect(statement, "Allow") && !existing.contains(statement));
    let dropped = existing.iter().any(|statement| effect(statement, "Deny") && !new.contains(statement));
    let mut reasons = Vec::new();
    if let Some(index) = added {
        let text = format!("New access in the statement with index: {index}.");
        reasons.push(json!({"description": text, "statementIndex": index}));
    } else if dropped {
        reasons.push(json!({"description": "New access because a statement that denies is gone."}));
    }
    let (result, message) = match reasons.is_empty() {
        true => ("PASS", "The modified permissions do not grant new access compared to the existing policy."),
        false => ("FAIL", "The modified permissions grant new access compared to your existing policy."),
    };
    Ok(json!({"result": result, "message": message, "reasons": reasons}))
}
