//! The digest that says whether a permission set's policies are the approved ones.

use std::fmt;

use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use crate::live::facts::{Boundary, PermissionSet, PolicyReference};

/// SHA-256 over everything that provisioning a permission set publishes: inline policy, managed policies,
/// customer managed policy names, boundary and session duration. Order and white space do not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyDigest(String);

impl PolicyDigest {
    /// Reads `sha256:` and 64 hexadecimal digits in lower case.
    pub fn parse(text: &str) -> Option<PolicyDigest> {
        let digits = text.strip_prefix("sha256:")?;
        let hexadecimal =
            digits.len() == 64 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        hexadecimal.then(|| PolicyDigest(text.to_owned()))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digest of a permission set's live policies; none where its inline policy is not JSON.
    pub fn of(permission_set: &PermissionSet) -> Option<PolicyDigest> {
        let inline: Json = match &permission_set.inline_policy {
            Some(text) => serde_json::from_str(text).ok()?,
            None => Json::Null,
        };
        let mut managed: Vec<&str> =
            permission_set.managed_policies.iter().map(|policy| policy.arn.as_str()).collect();
        managed.sort_unstable();
        let mut customer_managed: Vec<Json> =
            permission_set.customer_managed_policies.iter().map(reference).collect();
        customer_managed.sort_by_key(Json::to_string);
        let boundary = match &permission_set.boundary {
            None => Json::Null,
            Some(Boundary::Managed(policy)) => json!(policy.arn),
            Some(Boundary::CustomerManaged(policy)) => reference(policy),
        };
        // serde_json keeps object keys sorted, so equal documents give equal text.
        let canonical = json!({
            "boundary": boundary,
            "customer_managed": customer_managed,
            "inline": inline,
            "managed": managed,
            "session_duration": permission_set.session_duration,
        });
        let hash = Sha256::digest(canonical.to_string());
        let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        Some(PolicyDigest(format!("sha256:{digits}")))
    }
}

fn reference(policy: &PolicyReference) -> Json {
    json!({"name": policy.name, "path": policy.path})
}

impl fmt::Display for PolicyDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
