//! What the policy of a KMS key says about who decides.
//!
//! Source: `key-policy-default` and `abac` in the KMS developer guide.

use std::collections::BTreeSet;

use serde_json::Value as Json;

/// What the policy of a KMS key says about who decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyPolicy {
    /// Whether it lets IAM policies of the account decide.
    pub(crate) hands_over: bool,
    /// Keys of session tags that it tests, in lower case.
    pub(crate) session_tags: BTreeSet<String>,
    /// Whether it tests tags of the key, which a key policy cannot.
    pub(crate) tests_own_tags: bool,
}

impl KeyPolicy {
    /// Reads one; none where it is no policy.
    pub(crate) fn read(text: &str, account: &str) -> Option<KeyPolicy> {
        let json: Json = serde_json::from_str(text).ok()?;
        let statements: Vec<&Json> = match json.get("Statement")? {
            Json::Array(statements) => statements.iter().collect(),
            one => vec![one],
        };
        let keys: BTreeSet<String> =
            statements.iter().flat_map(|statement| condition_keys(statement)).collect();
        let starting = |start: &str| {
            keys.iter().filter_map(|key| key.strip_prefix(start)).map(str::to_owned).collect::<BTreeSet<_>>()
        };
        Some(KeyPolicy {
            hands_over: statements.iter().any(|statement| hands_over(statement, account)),
            session_tags: starting("aws:principaltag/"),
            tests_own_tags: !starting("aws:resourcetag/").is_empty(),
        })
    }
}

/// A statement for the whole account and every action, without a condition, lets its IAM policies decide.
fn hands_over(statement: &Json, account: &str) -> bool {
    let is_every = |text: &str| text == "*" || text.eq_ignore_ascii_case("kms:*");
    let names_account = |principal: &Json| {
        let is_account = |text: &str| text == account || text.ends_with(&format!(":iam::{account}:root"));
        texts(principal).iter().any(|text| is_account(text))
    };
    statement.get("Effect").is_some_and(|effect| effect == "Allow")
        && statement.get("Condition").is_none()
        && statement.get("Action").is_some_and(|action| texts(action).iter().any(|text| is_every(text)))
        && statement.pointer("/Principal/AWS").is_some_and(names_account)
}

fn condition_keys(statement: &Json) -> Vec<String> {
    let operators = statement.get("Condition").and_then(Json::as_object);
    let keys = operators.into_iter().flat_map(|operators| operators.values()).filter_map(Json::as_object);
    let mut found: Vec<String> = keys.flat_map(|keys| keys.keys()).map(|key| key.to_lowercase()).collect();
    // A tag can stand in a value, too.
    let text = statement.get("Condition").map(Json::to_string).unwrap_or_default().to_lowercase();
    for part in text.split("${").skip(1) {
        let variable = part.split(['}', ',']).next().unwrap_or_default();
        found.push(variable.trim().to_owned());
    }
    found
}

fn texts(json: &Json) -> Vec<&str> {
    match json {
        Json::String(text) => vec![text],
        Json::Array(items) => items.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_policy_hands_over() {
        let read = |statement: &str| {
            KeyPolicy::read(&format!(r#"{{"Statement":{statement}}}"#), "111122223333").unwrap()
        };
        let default = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}"#;
        assert!(read(default).hands_over && read(&format!("[{default}]")).hands_over);
        for other in [
            default.replace("Allow", "Deny"),
            default.replace(":root", ":role/X"),
            default.replace("kms:*", "kms:DescribeKey"),
            default.replace("111122223333", "444455556666"),
            default.replace(r#""Resource""#, r#""Condition":{"Bool":{"a":"true"}},"Resource""#),
        ] {
            assert!(!read(&other).hands_over, "{other}");
        }
    }

    #[test]
    fn tags_that_it_tests() {
        let text = r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{
            "StringNotEquals":{"aws:PrincipalTag/Team":"x","aws:ResourceTag/Team":"${aws:PrincipalTag/Unit, 'y'}"}}}]}"#;
        let policy = KeyPolicy::read(text, "1").unwrap();
        assert_eq!(policy.session_tags, BTreeSet::from(["team".to_owned(), "unit".to_owned()]));
        assert!(policy.tests_own_tags && !policy.hands_over);
        assert_eq!(KeyPolicy::read("[]", "1"), None);
        assert_eq!(KeyPolicy::read("{", "1"), None);
    }
}
