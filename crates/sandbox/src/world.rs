//! What is there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use crate::fault::Fault;
use crate::installation::Installation;
use crate::member::{MemberAccount, Quota};

/// Everything the sandbox holds.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct World {
    /// What its clock says, ISO 8601.
    pub now: String,
    /// ARN of the Identity Center instance.
    pub instance_arn: String,
    /// Its identity store.
    pub identity_store_id: String,
    /// The customer managed KMS key that encrypts the instance; none where AWS owns it. Where roles are enforced,
    /// a caller has to be allowed to decrypt with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
    /// What whoever calls without a role of its own may do, as texts of identity policies; everything where they are not
    /// here. `tagmend review --world` then reads what such a person could.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller_policies: Option<Vec<Json>>,
    /// The mappings; null while attributes for access control are off.
    pub attribute_mappings: Option<Vec<AttributeMapping>>,
    /// The permission sets.
    pub permission_sets: Vec<PermissionSet>,
    /// Users as the Identity Store API shows them, enterprise extension included.
    pub users: Vec<Map<String, Json>>,
    /// Texts of AWS managed policies, by ARN.
    #[serde(default)]
    pub managed_policies: BTreeMap<String, Json>,
    /// SCPs and RCPs by ARN; those that are not here cannot be read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub organization_policies: BTreeMap<String, Json>,
    /// Member accounts that have the reader role.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub member_accounts: BTreeMap<String, MemberAccount>,
    /// The name of the reader role.
    #[serde(default = "reader_role")]
    pub reader_role: String,
    /// The external id that it asks for.
    #[serde(default = "reader_external_id")]
    pub reader_external_id: String,
    /// What AWS keeps of denied calls, by their authorization ids. Where there are some, they are read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub authorization_details: BTreeMap<String, AuthorizationDetails>,
    /// What Service Quotas lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotas: Vec<Quota>,
    /// The journal.
    pub journal: Journal,
    /// What was sent to CloudWatch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Recorded>,
    /// What was sent to EventBridge.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Sent>,
    /// Faults to come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// The status of attributes for access control, where it is another than `ENABLED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_control_status: Option<String>,
    /// The management account, where the calls come from a delegated administrator's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub management_account: Option<String>,
    /// Whether updates of the mappings are answered and change nothing, as if somebody else undid them at once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forgets_updates: bool,
    /// What somebody else writes while nobody looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign_write: Option<ForeignWrite>,
    /// Looks at a provisioning request before it ends.
    #[serde(default)]
    pub provisioning_looks: u32,
    /// CloudTrail's records of the last 90 days.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub event_history: Vec<Json>,
    /// The bodies of messages by the name of their queue; null where one was deleted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub queues: BTreeMap<String, Vec<Option<String>>>,
    /// How far each queue was looked at.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub queue_positions: BTreeMap<String, usize>,
    /// Where Athena put the results of queries, by their ids; null while they run.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub query_results: BTreeMap<String, Option<String>>,
    /// What is deployed in the account of the functions; none where nobody looks at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installation: Option<Installation>,
    /// Items on a page where the caller asks for no fewer.
    #[serde(default = "hundred")]
    pub page_size: usize,
}

fn reader_role() -> String {
    "tagmend-reader".to_owned()
}

fn reader_external_id() -> String {
    "tagmend".to_owned()
}

fn hundred() -> usize {
    100
}

/// What AWS keeps of a denied call, as `GetRequestAuthorizationDetails` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorizationDetails {
    /// The Region of the call; elsewhere it is not known.
    pub region: String,
    /// Condition keys of the request.
    pub request_context: Map<String, Json>,
    /// One for each action and resource.
    pub evaluations: Vec<Json>,
    /// The policies that were evaluated.
    pub policies: Vec<Json>,
}

/// A mapping of the instance.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AttributeMapping {
    /// The session tag's key.
    pub key: String,
    /// The expression.
    pub source: String,
}

/// What somebody else writes, who holds no lease.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignWrite {
    /// Right after the first call of this operation, as `service:Operation`.
    pub after: String,
    /// What.
    pub write: Foreign,
}

/// A write of somebody else.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Foreign {
    /// A mapping, appended.
    Mapping(AttributeMapping),
    /// The whole list of mappings.
    List(Vec<AttributeMapping>),
    /// An object of the journal.
    Object {
        /// Its name.
        name: String,
        /// Its text.
        json: Json,
    },
    /// The inline policy of a permission set.
    InlinePolicy {
        /// The permission set's name.
        permission_set: String,
        /// The policy.
        json: Json,
    },
}

/// A permission set.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionSet {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// ISO 8601.
    #[serde(default = "one_hour")]
    pub session_duration: String,
    /// The inline policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inline_policy: Option<Json>,
    /// ARNs of AWS managed policies.
    #[serde(default)]
    pub managed_policies: Vec<String>,
    /// Customer managed policies.
    #[serde(default)]
    pub customer_managed_policies: Vec<PolicyReference>,
    /// The permissions boundary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<Boundary>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// The accounts it is provisioned to.
    pub accounts: BTreeMap<String, AccountStatus>,
    /// Why provisioning it fails, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provisioning_fails: Option<String>,
}

fn one_hour() -> String {
    "PT1H".to_owned()
}

/// A customer managed policy.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyReference {
    /// Its name.
    pub name: String,
    /// Its path.
    pub path: String,
}

/// A permissions boundary.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Boundary {
    /// ARN of an AWS managed policy.
    Managed(String),
    /// A policy of the member account.
    CustomerManaged(PolicyReference),
}

/// Whether an account has the newest version of a permission set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// It has.
    Provisioned,
    /// It has an older one.
    Outdated,
}

fn yes() -> bool {
    true
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference over")]
fn is_true(value: &bool) -> bool {
    *value
}

/// The journal's bucket.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Journal {
    /// Its name.
    pub bucket: String,
    /// Whether an operator began it: the mark, and a lease that nobody holds, are there without being written down.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub begun: bool,
    /// Objects by name, where they are JSON.
    #[serde(default)]
    pub objects: BTreeMap<String, Json>,
    /// Objects by name that are read as these texts: what is no JSON, which is in no list, and JSON that was written
    /// otherwise than `objects` prints it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, String>,
}

/// A metric that was sent.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Recorded {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its dimensions.
    pub dimensions: BTreeMap<String, String>,
    /// Its value.
    pub value: f64,
    /// Its unit; none where it was sent without one.
    #[serde(default)]
    pub unit: Option<String>,
    /// When it was, ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
}

/// An event that was sent.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// Its source.
    pub source: String,
    /// Its `detail-type`.
    pub detail_type: String,
    /// Its `detail`.
    pub detail: Json,
}

/// A world that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("world: {path}: {reason}")]
pub struct WorldError {
    /// Where.
    pub path: String,
    /// What is wrong there.
    pub reason: String,
}

impl PermissionSet {
    /// Itself, whatever account has it.
    pub(crate) fn version(&self) -> PermissionSet {
        PermissionSet { accounts: BTreeMap::new(), ..self.clone() }
    }
}

impl World {
    /// Does what somebody else does.
    pub(crate) fn write(&mut self, write: Foreign) {
        match write {
            Foreign::Mapping(mapping) => self.attribute_mappings.get_or_insert_default().push(mapping),
            Foreign::List(list) => self.attribute_mappings = Some(list),
            Foreign::Object { name, json } => {
                self.journal.objects.insert(name, json);
            }
            Foreign::InlinePolicy { permission_set, json } => {
                for set in self.permission_sets.iter_mut().filter(|set| set.name == permission_set) {
                    set.inline_policy = Some(json.clone());
                    set.accounts.values_mut().for_each(|status| *status = AccountStatus::Outdated);
                }
            }
        }
    }

    /// Reads a world.
    ///
    /// # Errors
    /// With the path of the first wrong value.
    pub fn parse(json: &str) -> Result<World, WorldError> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let mut world: World = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
            WorldError { path: error.path().to_string(), reason: error.inner().to_string() }
        })?;
        if world.journal.begun {
            world.begin_journal();
        }
        Ok(world)
    }

    /// Does what `tagmend journal begin` does.
    pub fn begin_journal(&mut self) {
        let (objects, now) = (&mut self.journal.objects, &self.now);
        let mark = || json!({"schema": 1, "time": now});
        let lease = || json!({"schema": 1, "fencing": 0, "expires": now, "held": false});
        objects.entry("begun.json".to_owned()).or_insert_with(mark);
        objects.entry("lease.json".to_owned()).or_insert_with(lease);
    }
}
