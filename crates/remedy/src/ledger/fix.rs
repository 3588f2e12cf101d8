//! One change, as `snapshots/`, `fixes/` and `not_made/` of the journal have it. Objects are kept for 400 days, so what
//! older versions did not write is optional.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::run::UserHash;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct Fix {
    /// The version of this form.
    pub schema: u32,
    /// The journal's name of it.
    pub id: String,
    /// When it was begun.
    #[schemars(with = "String")]
    pub time: Timestamp,
    /// The number of the lease under which it was made.
    pub fencing: u64,
    /// The change.
    pub change: FixChange,
    /// Everything that was changed in the same write; of a rollback none.
    #[serde(default)]
    pub plan: Vec<FixChange>,
    /// How much a restored mapping touches, in words.
    #[serde(default)]
    pub radius: Option<String>,
    /// Why; of a rollback none.
    #[serde(default)]
    pub diagnosis: Option<Diagnosed>,
    /// The events that asked for it; of a rollback none.
    #[serde(default)]
    pub events: Option<Events>,
    /// The first denial that asked for it; of a rollback, and of older versions, none.
    #[serde(default)]
    pub denied: Option<Denied>,
    /// The state before it.
    pub before: Json,
    /// The state after it; of a snapshot none.
    #[serde(default)]
    pub after: Option<Json>,
    /// Whether the run that made it had AWS's answer and saw it in place; of a snapshot none.
    #[serde(default)]
    pub verified: Option<bool>,
    /// Whether it is in place and nobody knows who made it so: a later run found it, or AWS did not answer the write.
    #[serde(default)]
    pub recovered: bool,
    /// Why it was not made, where it was not.
    #[serde(default)]
    pub not_made: Option<NotMade>,
    /// When it was recorded, after the last look.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub ended: Option<Timestamp>,
}

/// What was changed, or was to be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FixChange {
    /// A mapping was restored.
    RestoreMapping {
        /// The session tag's key.
        key: String,
        /// The approved expression.
        source: String,
    },
    /// A permission set was provisioned.
    Provision {
        /// Its name.
        name: String,
        /// Its ARN.
        permission_set: String,
        /// The account.
        account: String,
        /// The digest of the approved policies.
        policy_digest: String,
    },
    /// An operator took a restored mapping away again.
    RollBack {
        /// The journal's name of the fix.
        fix: String,
        /// The session tag's key.
        key: String,
        /// The expression.
        source: String,
    },
}

/// Why a change was made.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct Diagnosed {
    /// The cause of the first denial.
    pub cause: String,
    /// The id of the rule that told it; of older versions none.
    #[serde(default)]
    pub rule: Option<String>,
    /// The session tag keys that it turns on.
    pub keys: Vec<String>,
    /// What shows it, as sentences.
    pub evidence: Vec<String>,
    /// The first users who were denied, 20 at most; none where the key of the installation cannot be read.
    #[serde(default)]
    pub users: Vec<UserHash>,
}

/// The events that asked for a change.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct Events {
    /// How many.
    pub count: usize,
    /// How many users they denied.
    pub users: usize,
    /// The ids of the first ones, 20 at most.
    pub first: Vec<String>,
}

/// The first denial that asked for a change.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct Denied {
    /// When it was.
    #[schemars(with = "String")]
    pub first: Timestamp,
    /// When the last one was.
    #[schemars(with = "String")]
    pub last: Timestamp,
    /// When the sessions that were denied end at the latest.
    #[schemars(with = "Option<String>")]
    pub sessions_end: Option<Timestamp>,
    /// The account in which the call was made.
    pub account: Option<String>,
    /// The name of the session's permission set.
    pub permission_set: Option<String>,
    /// The action.
    pub action: String,
}

/// Why a change was not made.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct NotMade {
    /// `refused` by AWS, or `stopped` before it was sent.
    pub why: String,
    /// In words.
    pub reason: String,
}
