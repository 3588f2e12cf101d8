//! Who called, as tables write it.

use serde_json::{Map, Value as Json};

use super::put;

/// Names in lower case, as Hive has them, and the record's own.
const NAMES: [(&str, &str); 19] = [
    ("type", "type"),
    ("arn", "arn"),
    ("principalid", "principalId"),
    ("accountid", "accountId"),
    ("invokedby", "invokedBy"),
    ("accesskeyid", "accessKeyId"),
    ("username", "userName"),
    ("identityprovider", "identityProvider"),
    ("credentialid", "credentialId"),
    ("onbehalfof", "onBehalfOf"),
    ("userid", "userId"),
    ("identitystorearn", "identityStoreArn"),
    ("sessioncontext", "sessionContext"),
    ("attributes", "attributes"),
    ("mfaauthenticated", "mfaAuthenticated"),
    ("creationdate", "creationDate"),
    ("sessionissuer", "sessionIssuer"),
    ("ec2roledelivery", "ec2RoleDelivery"),
    ("webidfederationdata", "webIdFederationData"),
];

fn known(name: &str) -> Option<&'static str> {
    NAMES.into_iter().find(|(lower, _)| name.eq_ignore_ascii_case(lower)).map(|(_, name)| name)
}

/// Reads the column `userIdentity`: JSON, or `{type=AssumedRole, arn=..., sessioncontext={...}}`.
pub(crate) fn read(text: &str) -> Option<Json> {
    match serde_json::from_str(text) {
        Ok(Json::Object(members)) => Some(named(members)),
        Ok(_) => None,
        Err(_) => structure(text.trim()),
    }
}

/// The same from columns of their own: `userIdentity.arn`.
pub(crate) fn of_paths<'a>(get: &dyn Fn(&str) -> Option<&'a str>) -> Option<Json> {
    let mut identity = Map::new();
    for path in [
        "type",
        "arn",
        "principalId",
        "accountId",
        "invokedBy",
        "onBehalfOf.userId",
        "sessionContext.attributes.creationDate",
        "sessionContext.sessionIssuer.arn",
    ] {
        if let Some(value) = get(&format!("useridentity.{}", path.to_ascii_lowercase())) {
            put(&mut identity, path, Json::from(value));
        }
    }
    (!identity.is_empty()).then_some(Json::Object(identity))
}

fn named(members: Map<String, Json>) -> Json {
    let member = |(name, value): (String, Json)| {
        let name = known(&name).map_or(name, str::to_owned);
        match value {
            Json::Object(inner) => (name, named(inner)),
            value => (name, value),
        }
    };
    Json::Object(members.into_iter().filter(|(_, value)| !value.is_null()).map(member).collect())
}

/// `{name=value, name={...}}`. Values hold `=` and `,`, but no space behind a comma: names of users and sessions may not
/// (`[\w+=,.@-]`).
fn structure(text: &str) -> Option<Json> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let mut members = Map::new();
    for part in parts(inner) {
        let (name, value) = part.split_once('=')?;
        let name = known(name.trim())?;
        let value = match value {
            "" | "null" => continue,
            nested if nested.starts_with('{') => structure(nested)?,
            text => Json::from(text),
        };
        members.insert(name.to_owned(), value);
    }
    Some(Json::Object(members))
}

/// Splits at the commas between members of this structure.
fn parts(inner: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0_u32, 0);
    for (at, character) in inner.char_indices() {
        match character {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 && begins_member(inner.get(at + 1..).unwrap_or_default()) => {
                parts.extend(inner.get(from..at));
                from = at + 2;
            }
            _ => {}
        }
    }
    parts.extend(inner.get(from..).filter(|last| !last.is_empty()));
    parts
}

fn begins_member(rest: &str) -> bool {
    let name = rest.strip_prefix(' ').and_then(|rest| rest.split_once('=')).map(|(name, _)| name);
    name.is_some_and(|name| known(name).is_some())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn structures_are_read() {
        let text = "{type=AssumedRole, principalid=AROA:a=b,c@x, arn=arn:aws:sts::1:assumed-role/R/a=b,c@x, accountid=1, \
                    username=null, sessioncontext={attributes={mfaauthenticated=false, creationdate=2026-11-23T09:30:00Z}, \
                    sessionissuer={type=Role, arn=arn:aws:iam::1:role/R}, webidfederationdata=null}}";
        let expected = json!({
            "type": "AssumedRole", "principalId": "AROA:a=b,c@x", "arn": "arn:aws:sts::1:assumed-role/R/a=b,c@x",
            "accountId": "1",
            "sessionContext": {
                "attributes": {"mfaAuthenticated": "false", "creationDate": "2026-11-23T09:30:00Z"},
                "sessionIssuer": {"type": "Role", "arn": "arn:aws:iam::1:role/R"},
            },
        });
        assert_eq!(read(text), Some(expected));
        let json = r#"{"type":"AssumedRole","principalid":"P","username":null,"sessioncontext":{"sessionissuer":{"arn":"A"}}}"#;
        let expected = json!({
            "type": "AssumedRole", "principalId": "P", "sessionContext": {"sessionIssuer": {"arn": "A"}},
        });
        assert_eq!(read(json), Some(expected));
        // As DuckDB and pandas write it.
        assert_eq!(read("{'type': AssumedRole, 'arn': NULL}"), None);
    }
}
