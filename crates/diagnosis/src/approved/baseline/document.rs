//! The baseline as it is written. Field descriptions go into the JSON Schema.

use schemars::JsonSchema;
use serde::Deserialize;

/// The approved state of one Identity Center instance. Tagmend writes nothing that is not in here.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The schema, for editors.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// The version of this format: 1.
    pub version: u32,
    /// The instance.
    pub instance: Instance,
    /// The approved attribute mappings: session tags and who sends them.
    pub attribute_mappings: Vec<Mapping>,
    /// The permission sets under which something may be healed.
    pub permission_sets: Vec<PermissionSet>,
    /// The accounts in scope; never the management account.
    pub accounts: Vec<String>,
    /// Names of Tagmend's own roles; their failures are never healed.
    pub own_roles: Vec<String>,
    /// What is too much.
    pub limits: Limits,
}

/// An Identity Center instance.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    /// `arn:aws:sso:::instance/ssoins-...`.
    pub arn: String,
    /// `d-...`.
    pub identity_store_id: String,
    /// The primary Region: permission sets can be read and written only there.
    pub region: String,
    /// The organization's management account, which is never in scope.
    pub management_account: String,
}

/// A session tag and who sends it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The session tag's key.
    pub key: String,
    /// Who sends it.
    pub owner: OwnerName,
    /// The expression, for `identity-store` only, for instance `${path:enterprise.department}`.
    pub source: Option<String>,
}

/// Who sends a session tag.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OwnerName {
    /// Identity Center, from the identity store.
    IdentityStore,
    /// The IdP, in the SAML assertion. Tagmend never maps such a key.
    Idp,
}

/// A permission set under which something may be healed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PermissionSet {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// What a denial under it may change.
    pub heal: Vec<HealKind>,
    /// The digest of its approved policies, as `tagmend explain` prints it; needed for `provision`.
    pub policy_digest: Option<String>,
}

/// A kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HealKind {
    /// Append an approved mapping whose key is absent.
    RestoreMapping,
    /// Provision the permission set to the one affected account.
    Provision,
}

/// What is too much. At a limit a change is planned, and the log says which limit.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Changes in any hour that were made, or may have been; one that AWS refused does not count. Whole plans are made up
    /// to it, those that were denied first before the others. What is left comes again: four times in the 25 minutes
    /// after, and then it waits in the dead-letter queue. The last one is never a provisioning, so that with 1 only
    /// mappings are restored.
    pub fixes_per_hour: usize,
    /// Fixes of the same mapping, or of the same permission set in the same account, in any 24 hours.
    #[serde(default = "two")]
    pub fixes_of_one_thing_per_day: usize,
    /// Minutes after a fix in which what disappears again is not restored but escalated, and minutes after a rollback
    /// in which it is left alone; 1440 at most.
    #[serde(default = "hour")]
    pub cool_down_minutes: u32,
    /// The most permission sets that may mention the key of a mapping that is restored. While it is set, nothing is
    /// restored where the journal has no index, or an old one. Without it there is no such limit.
    pub permission_sets_per_key: Option<usize>,
    /// An index of permission sets that is older counts as none.
    #[serde(default = "two_days")]
    pub maximum_index_age_hours: u32,
    /// Different users who have to be denied in one batch before something is changed for them.
    #[serde(default = "one")]
    pub users_before_a_fix: usize,
    /// Events older than this change nothing.
    pub maximum_event_age_hours: u32,
}

fn one() -> usize {
    1
}

fn two() -> usize {
    2
}

fn hour() -> u32 {
    60
}

fn two_days() -> u32 {
    48
}
