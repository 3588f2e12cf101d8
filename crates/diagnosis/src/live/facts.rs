//! What AWS says right now, read once.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::approved::attribute_source::AttributeSource;
use crate::approved::digest::{PolicyDigest, PolicyDigests};
use crate::live::lookup::Answers;

/// Everything a diagnosis looks at besides the record and the baseline.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The instance's attribute mappings.
    pub access_control: AccessControl,
    /// The session's permission set.
    pub permission_set: FoundPermissionSet,
    /// The session's user; none where the identity store does not know it.
    pub user: Option<User>,
    /// Fixes that the journal holds, of the last twelve hours at least: no session lives longer.
    pub past_fixes: Arc<[PastFix]>,
    /// What was read besides, because it was wanted.
    pub answers: Arc<Answers>,
}

/// The permission set of a name, among those provisioned to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FoundPermissionSet {
    /// It is there.
    Found(Arc<PermissionSet>),
    /// There is none of this name.
    NotProvisioned,
    /// There are too many to look through.
    GivenUp,
}

/// The state of attributes for access control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessControl {
    /// It is on, with these mappings in the order that AWS lists them.
    Enabled(Vec<AttributeMapping>),
    /// It is off.
    Disabled,
    /// It is being made, or could not be made.
    Pending,
}

/// A mapping as AWS says it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttributeMapping {
    /// The session tag's key.
    pub key: String,
    /// The expression.
    pub source: String,
}

/// A permission set and how it stands in one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionSet {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// ISO 8601.
    pub session_duration: String,
    /// The inline policy, where there is one.
    pub inline_policy: Option<String>,
    /// AWS managed policies.
    pub managed_policies: Vec<ManagedPolicy>,
    /// Customer managed policies: known by name only, their text is in the member account.
    pub customer_managed_policies: Vec<PolicyReference>,
    /// The permissions boundary.
    pub boundary: Option<Boundary>,
    /// Its tags; none where nobody asked for them, as nothing depends on them.
    pub tags: Option<BTreeMap<String, String>>,
    /// Whether the account has its newest version.
    pub provisioning: Provisioning,
}

impl PermissionSet {
    /// The digest of its live policies; none where its inline policy is not JSON.
    pub fn policy_digest(&self) -> Option<PolicyDigest> {
        Some(self.policy_digests()?.canonical)
    }

    /// Whether its live policies are those of a digest, of either form.
    pub fn has_policies(&self, approved: &PolicyDigest) -> bool {
        self.policy_digests().is_some_and(|digests| digests.has(approved))
    }

    /// The digests of its live policies; none where its inline policy is not JSON.
    pub fn policy_digests(&self) -> Option<PolicyDigests> {
        let inline: Json = match &self.inline_policy {
            Some(text) => serde_json::from_str(text).ok()?,
            None => Json::Null,
        };
        let mut managed: Vec<&str> = self.managed_policies.iter().map(|policy| policy.arn.as_str()).collect();
        managed.sort_unstable();
        let mut customer_managed: Vec<Json> = self.customer_managed_policies.iter().map(reference).collect();
        customer_managed.sort_by_key(Json::to_string);
        let boundary = match &self.boundary {
            None => Json::Null,
            Some(Boundary::Managed(policy)) => json!(policy.arn),
            Some(Boundary::CustomerManaged(policy)) => reference(policy),
        };
        Some(PolicyDigests::of(json!({
            "boundary": boundary,
            "customer_managed": customer_managed,
            "inline": inline,
            "managed": managed,
            "session_duration": self.session_duration,
        })))
    }
}

fn reference(policy: &PolicyReference) -> Json {
    json!({"name": policy.name, "path": policy.path})
}

/// An AWS managed policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// Its ARN.
    pub arn: String,
    /// Its default version; none where IAM does not know the policy.
    pub document: Option<String>,
}

/// A customer managed policy, named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyReference {
    /// Its name.
    pub name: String,
    /// Its path.
    pub path: String,
}

/// A permissions boundary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// An AWS managed policy.
    Managed(ManagedPolicy),
    /// A policy of the member account.
    CustomerManaged(PolicyReference),
}

/// Whether an account has the newest version of a permission set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provisioning {
    /// `LATEST_PERMISSION_SET_PROVISIONED`.
    Latest,
    /// `LATEST_PERMISSION_SET_NOT_PROVISIONED`.
    Outdated,
}

/// A user of the identity store. Prints as its id: values are never logged.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct User {
    /// The id.
    pub user_id: String,
    /// Values by the lower-case path below, for instance `name.familyname`, `enterprise.department`,
    /// `addresses[work].region`. Empty values are left out.
    pub attributes: BTreeMap<String, String>,
    /// The last change of the user.
    pub updated_at: Option<Timestamp>,
}

impl User {
    /// The value that a mapping from this source sends; none where the user has none.
    pub fn value_of(&self, source: AttributeSource) -> Option<&str> {
        self.attributes.get(source.attribute()).map(String::as_str)
    }
}

impl fmt::Debug for User {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("User").field("user_id", &self.user_id).finish_non_exhaustive()
    }
}

/// A fix in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastFix {
    /// When.
    pub time: Timestamp,
    /// What was changed.
    pub change: PastChange,
}

/// What a past fix changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PastChange {
    /// A mapping of this key was restored.
    RestoredMapping {
        /// The session tag's key.
        key: String,
    },
    /// A permission set was provisioned.
    Reprovisioned {
        /// To this account.
        account: String,
        /// The last part of its ARN.
        permission_set_id: String,
    },
}
