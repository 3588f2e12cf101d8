//! Member accounts: the reader role there, and what its sessions may read.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::answer::ServiceError;
use crate::world::World;

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

/// What the access keys of sessions in member accounts begin with; the account follows.
pub(crate) const ACCESS_KEY: &str = "ASIAMEMBER";

/// The access key that signed a request.
pub(crate) fn access_key(headers: &HeaderMap) -> Option<&str> {
    let authorization = headers.get("authorization")?.to_str().ok()?;
    authorization.split_once("Credential=")?.1.split('/').next()
}

/// The member account that a request is made in; none where it is made at home.
pub(crate) fn account(headers: &HeaderMap) -> Option<&str> {
    access_key(headers)?.strip_prefix(ACCESS_KEY)
}

/// The member account that a request has to be made in.
pub(crate) fn required<'a>(
    world: &'a World,
    account: Option<&str>,
) -> Result<&'a MemberAccount, ServiceError> {
    let found = account.and_then(|account| world.member_accounts.get(account));
    found.ok_or_else(|| ServiceError::new(403, "AccessDenied", "this takes a session in a member account"))
}
