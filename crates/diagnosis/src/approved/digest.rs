//! The digest that says whether a permission set's policies are the approved ones.

use std::fmt;

use serde_json::Value as Json;
use sha2::{Digest, Sha256};

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

    /// The digest of what provisioning would publish, in one JSON value.
    pub(crate) fn of(published: &Json) -> PolicyDigest {
        // serde_json keeps object keys sorted, so equal documents give equal text.
        let hash = Sha256::digest(published.to_string());
        let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        PolicyDigest(format!("sha256:{digits}"))
    }
}

impl fmt::Display for PolicyDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
