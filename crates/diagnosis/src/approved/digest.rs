//! The digest that says whether a permission set's policies are the approved ones.
//!
//! It has two forms. `sha256-canonical:` is over the canonical form of what provisioning publishes
//! (`approved/canonical.rs`): two spellings of the same policies have the same digest. `sha256:` is the first form, over the
//! policies as they are written. Both stay valid: a digest is compared with one of its own form, so that what was approved
//! by the first form needs no new approval. The next approval of a changed permission set writes the canonical form.

use std::fmt;

use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::canonical::canonical;

/// What the canonical form begins with.
const CANONICAL: &str = "sha256-canonical:";
/// What the first form begins with.
const AS_WRITTEN: &str = "sha256:";

/// SHA-256 over everything that provisioning a permission set publishes: inline policy, managed policies,
/// customer managed policy names, boundary and session duration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyDigest(String);

/// The digests of the same policies, one of each form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyDigests {
    /// That of the canonical form.
    pub canonical: PolicyDigest,
    /// That of the policies as they are written.
    pub as_written: PolicyDigest,
}

impl PolicyDigest {
    /// Reads one of either form: its prefix and 64 hexadecimal digits in lower case.
    pub fn parse(text: &str) -> Option<PolicyDigest> {
        let digits = text.strip_prefix(CANONICAL).or_else(|| text.strip_prefix(AS_WRITTEN))?;
        let hexadecimal =
            digits.len() == 64 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        hexadecimal.then(|| PolicyDigest(text.to_owned()))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its hexadecimal digits alone.
    pub fn digits(&self) -> &str {
        self.0.rsplit(':').next().unwrap_or_default()
    }

    /// Whether it is one of policies that were seen with these digests; none where they were seen without one of its form,
    /// as by a version before there was one.
    pub fn is_of(&self, as_written: Option<&str>, canonical: Option<&str>) -> Option<bool> {
        let of_its_form = if self.0.starts_with(CANONICAL) { canonical } else { as_written };
        match (of_its_form, as_written) {
            (Some(seen), _) => Some(seen == self.0),
            (None, Some(_)) => None,
            // Policies that have no digest are not the approved ones.
            (None, None) => Some(false),
        }
    }

    fn of(prefix: &str, published: &Json) -> PolicyDigest {
        // serde_json keeps object keys sorted, so equal documents give equal text.
        let hash = Sha256::digest(published.to_string());
        let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        PolicyDigest(format!("{prefix}{digits}"))
    }
}

impl PolicyDigests {
    /// Those of what provisioning would publish, in one JSON value.
    pub(crate) fn of(published: Json) -> PolicyDigests {
        let as_written = PolicyDigest::of(AS_WRITTEN, &published);
        PolicyDigests { canonical: PolicyDigest::of(CANONICAL, &canonical(published)), as_written }
    }

    /// Whether a digest is one of these policies.
    pub fn has(&self, digest: &PolicyDigest) -> bool {
        [&self.canonical, &self.as_written].contains(&digest)
    }
}

impl fmt::Display for PolicyDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
