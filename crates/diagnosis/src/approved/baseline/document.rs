//! The baseline as it is written, for its JSON Schema: descriptions, forms and conditions, so that an editor finds what
//! `check.rs` finds. What one value says of another (an account in scope that is the management account) no schema tells.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::form;
use crate::approved::attribute_source::AttributeSource;

/// The approved state of one Identity Center instance. Tagmend writes nothing that is not in here.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The schema, for editors.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// The version of this format: 1.
    #[schemars(range(min = 1, max = 1))]
    pub version: u32,
    /// The instance.
    pub instance: Instance,
    /// The approved attribute mappings: session tags and who sends them.
    #[schemars(length(max = 50))]
    pub attribute_mappings: Vec<Mapping>,
    /// The permission sets under which something may be healed.
    pub permission_sets: Vec<PermissionSet>,
    /// The accounts in scope: a list, or all in which AWS says that the permission set is provisioned but for some. Never
    /// the management account.
    pub accounts: Accounts,
    /// A tag that a permission set has to have, or nothing is healed under it. It only narrows what `permission_sets`
    /// approves: a tag alone approves nothing.
    pub only_tagged: Option<TagRule>,
    /// ARNs of Tagmend's own roles, STACK-heal and STACK-watch; their failures are never healed. A name without account means
    /// the role of that name in any account.
    #[schemars(extend("uniqueItems" = true), inner(regex(pattern = form::OWN_ROLE)))]
    pub own_roles: Vec<String>,
    /// What is too much.
    pub limits: Limits,
}

/// The accounts in scope.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Accounts {
    /// These.
    Listed(#[schemars(extend("uniqueItems" = true), inner(regex(pattern = form::ACCOUNT)))] Vec<String>),
    /// All in which AWS says that the permission set is provisioned, but for some.
    Rule(AccountRule),
}

/// All accounts in which AWS says that the permission set is provisioned, but for these.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountRule {
    /// Accounts that are not in scope; the management account never is, here or not.
    #[schemars(extend("uniqueItems" = true), inner(regex(pattern = form::ACCOUNT)))]
    pub all_provisioned_except: Vec<String>,
}

/// A tag with its value.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TagRule {
    /// The tag's key.
    #[schemars(regex(pattern = form::TAG), length(min = 1, max = form::LONGEST_TAG_KEY))]
    pub key: String,
    /// The tag's value.
    #[schemars(regex(pattern = form::TAG), length(max = form::LONGEST_TAG_VALUE))]
    pub value: String,
}

/// An Identity Center instance.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    /// `arn:aws:sso:::instance/ssoins-...`.
    #[schemars(regex(pattern = form::INSTANCE))]
    pub arn: String,
    /// `d-...`.
    #[schemars(regex(pattern = form::IDENTITY_STORE))]
    pub identity_store_id: String,
    /// The primary Region: permission sets can be read and written only there.
    #[schemars(regex(pattern = form::REGION))]
    pub region: String,
    /// The organization's management account, which is never in scope.
    #[schemars(regex(pattern = form::ACCOUNT))]
    pub management_account: String,
}

/// A session tag and who sends it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("allOf" = source_goes_with_owner()))]
pub struct Mapping {
    /// The session tag's key.
    #[schemars(regex(pattern = form::TAG), length(min = 1, max = form::LONGEST_TAG_KEY))]
    pub key: String,
    /// Who sends it.
    pub owner: OwnerName,
    /// The expression, for `identity-store` only, for instance `${path:enterprise.department}`.
    #[schemars(extend("enum" = documented_sources()))]
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
#[schemars(extend("allOf" = digest_goes_with_approval()))]
pub struct PermissionSet {
    /// Its name.
    #[schemars(regex(pattern = form::PERMISSION_SET_NAME))]
    pub name: String,
    /// Its ARN.
    #[schemars(regex(pattern = form::PERMISSION_SET))]
    pub arn: String,
    /// What a denial under it may change.
    pub heal: Vec<HealKind>,
    /// The digest of its approved policies, as `tagmend explain` prints it; needed for `provision`. `tagmend baseline
    /// approve` writes it.
    #[schemars(regex(pattern = form::DIGEST))]
    pub policy_digest: Option<String>,
    /// The digest of policies that `tagmend baseline init` saw and that nobody approved: it allows nothing, and what differs
    /// from it is a finding. Not beside `policy_digest`.
    #[schemars(regex(pattern = form::DIGEST))]
    pub seen_digest: Option<String>,
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
    #[schemars(range(min = 0, max = 1_000))]
    pub fixes_per_hour: usize,
    /// Fixes of the same mapping, or of the same permission set in the same account, in any 24 hours.
    #[serde(default = "two")]
    #[schemars(range(min = 0, max = 1_000))]
    pub fixes_of_one_thing_per_day: usize,
    /// Minutes after a fix in which what disappears again is not restored but escalated, and minutes after a rollback
    /// in which it is left alone; 1440 at most.
    #[serde(default = "hour")]
    #[schemars(range(min = 0, max = 1_440))]
    pub cool_down_minutes: u32,
    /// The most permission sets that may mention the key of a mapping that is restored. While it is set, nothing is
    /// restored where the journal has no index, or an old one. Without it there is no such limit.
    #[schemars(range(min = 0, max = 100_000))]
    pub permission_sets_per_key: Option<usize>,
    /// An index of permission sets that is older counts as none.
    #[serde(default = "two_days")]
    #[schemars(range(min = 0, max = 8_760))]
    pub maximum_index_age_hours: u32,
    /// Different users who have to be denied in one batch before something is changed for them.
    #[serde(default = "one")]
    #[schemars(range(min = 0, max = 1_000))]
    pub users_before_a_fix: usize,
    /// Events older than this change nothing.
    #[schemars(range(min = 0, max = 8_760))]
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

/// `idp` has no source, and `identity-store` needs one.
fn source_goes_with_owner() -> Json {
    let owner = |name: &str| json!({"properties": {"owner": {"const": name}}, "required": ["owner"]});
    json!([
        {"if": owner("idp"), "then": {"properties": {"source": {"type": "null"}}}},
        {
            "if": owner("identity-store"),
            "then": {"properties": {"source": {"type": "string"}}, "required": ["source"]},
        },
    ])
}

/// `provision` needs a digest, and policies that are approved were not only seen.
fn digest_goes_with_approval() -> Json {
    json!([{
        "if": {"properties": {"heal": {"contains": {"const": "provision"}}}, "required": ["heal"]},
        "then": {"properties": {"policy_digest": {"type": "string"}}, "required": ["policy_digest"]},
    }, {
        "if": {"properties": {"policy_digest": {"type": "string"}}, "required": ["policy_digest"]},
        "then": {"properties": {"seen_digest": {"type": "null"}}},
    }])
}

fn documented_sources() -> Vec<Json> {
    let documented = AttributeSource::all().map(|source| json!(source.expression()));
    documented.chain([Json::Null]).collect()
}
