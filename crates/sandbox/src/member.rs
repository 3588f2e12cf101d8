//! What member accounts hold.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// What a member account holds. An account that a world lists has the reader role.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct MemberAccount {
    /// Customer managed policies by ARN.
    pub policies: BTreeMap<String, Json>,
    /// Tags by ARN, of resources that are or were tagged: what the Resource Groups Tagging API lists.
    pub resource_tags: BTreeMap<String, BTreeMap<String, String>>,
    /// Tags by ARN, of resources that only their own service tells.
    pub own_tags: BTreeMap<String, BTreeMap<String, String>>,
    /// Whether buckets take part in ABAC: `Enabled` or `Disabled`.
    pub buckets: BTreeMap<String, String>,
    /// Policies of KMS keys by ARN.
    pub key_policies: BTreeMap<String, Json>,
    /// Policies of VPC endpoints by id.
    pub endpoints: BTreeMap<String, Json>,
    /// Encoded authorization messages, and what they decode to.
    pub decoded_messages: BTreeMap<String, Json>,
    /// What the policy simulator does.
    pub simulator: Simulator,
}

/// What the policy simulator does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Simulator {
    /// It evaluates the policies of the role.
    #[default]
    Agrees,
    /// It answers the contrary.
    Disagrees,
    /// It answers nothing.
    Unavailable,
}

/// A quota that Service Quotas lists.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// The service's code there.
    pub service_code: String,
    /// Its code.
    pub quota_code: String,
    /// Its name.
    pub quota_name: String,
    /// Its value.
    pub value: f64,
    /// Whether it can be raised there.
    pub adjustable: bool,
}
