//! What one run leaves: `runs/TIME-REQUEST.json`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rollback::Rollback;
use super::words::{ChangeResult, Function, Limit, Mode, Thing};

/// A user, as 16 hexadecimal digits of the HMAC-SHA-256 of the user's name with the installation's key.
pub type UserHash = String;

/// A call, as 16 hexadecimal digits of the SHA-256 of its account and id: the same for every record of it, so that
/// records that come again are not counted again.
pub type CallHash = String;

/// What one run left.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct Run {
    /// The version of this form.
    pub schema: u32,
    /// The id of Lambda's request. A request that Lambda sends again keeps it: two objects with one id are one request. An
    /// operator's command makes one of its own.
    pub request: String,
    /// Who ran.
    pub function: Function,
    /// What it may do; none for `watch`, which changes nothing, and for a rollback.
    pub mode: Option<Mode>,
    /// Whether an operator ran it, with a command.
    #[serde(default)]
    pub by_operator: bool,
    /// When it began: the time in its name.
    #[schemars(with = "String")]
    pub began: Timestamp,
    /// When it wrote this object.
    #[schemars(with = "String")]
    pub ended: Timestamp,
    /// Denials that cost a read, alike ones together.
    pub denials: Vec<Denials>,
    /// Denials that AWS's answers did not suffice for, and that come again.
    pub unanswered: Vec<Unanswered>,
    /// What was planned, each change once, and what became of it.
    pub changes: Vec<Attempt>,
    /// What `watch` saw.
    pub look: Option<Look>,
    /// What an operator took back, or tried to.
    #[serde(default)]
    pub rollback: Option<Rollback>,
}

/// Denials of one user that are alike.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct Denials {
    /// The cause, as `docs/causes.md` names it.
    pub cause: String,
    /// The id of the rule that told it.
    pub rule: String,
    /// The session tag keys that it turns on.
    pub keys: Vec<String>,
    /// The account in which the call was made.
    pub account: Option<String>,
    /// The name of the session's permission set.
    pub permission_set: Option<String>,
    /// The user; none where the key of the installation cannot be read.
    pub user: Option<UserHash>,
    /// The user's id, in the same way; none where the record has no id.
    #[serde(default)]
    pub user_id: Option<UserHash>,
    /// The action of the first.
    pub action: String,
    /// When the first was denied.
    #[schemars(with = "String")]
    pub first: Timestamp,
    /// When the last was denied.
    #[schemars(with = "String")]
    pub last: Timestamp,
    /// When the sessions that were denied end at the latest: with the longest duration that the permission set allows.
    #[schemars(with = "Option<String>")]
    pub sessions_end: Option<Timestamp>,
    /// The calls that were denied.
    pub calls: Vec<CallHash>,
    /// Which of the run's `changes` they ask for, by place; empty where nothing was planned.
    pub changes: Vec<usize>,
}

/// Denials that were not diagnosed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct Unanswered {
    /// AWS's code, or what else kept them from it.
    pub error: String,
    /// The calls that were denied.
    pub calls: Vec<CallHash>,
}

/// A change that was planned, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct Attempt {
    /// What it is of.
    pub change: Thing,
    /// The cause of the first denial that asks for it.
    pub cause: String,
    /// The rule of that denial.
    pub rule: String,
    /// The account of that denial.
    pub account: Option<String>,
    /// The permission set of that denial.
    pub permission_set: Option<String>,
    /// How many users were denied.
    pub users: usize,
    /// What became of it.
    pub result: ChangeResult,
    /// Why it was refused, where it was.
    pub limit: Option<Limit>,
    /// Until when it is not tried again, where that is known.
    #[schemars(with = "Option<String>")]
    pub until: Option<Timestamp>,
    /// AWS's code, where AWS refused it or did not answer.
    pub error: Option<String>,
    /// The journal's name of the change: its own where it was made, that of the earlier one where it was escalated.
    pub fix: Option<String>,
    /// The journal's name of the same change, made within a day before: then this one repeats it.
    pub repeats: Option<String>,
    /// When the first of these denials was denied.
    #[schemars(with = "String")]
    pub denied: Timestamp,
    /// When it was begun: the time in the journal's name; none where it was not.
    #[schemars(with = "Option<String>")]
    pub made: Option<Timestamp>,
    /// When it was seen in place; none where it was not.
    #[schemars(with = "Option<String>")]
    pub seen: Option<Timestamp>,
}

impl Attempt {
    /// Seconds from the first denial until the change was seen in place.
    pub fn seconds(&self) -> Option<i64> {
        Some(self.seen?.duration_since(self.denied).as_secs())
    }
}

/// What a run of `watch` saw.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct Look {
    /// Findings, with the fields that `tagmend scan --json` has.
    pub findings: Vec<serde_json::Value>,
    /// Findings by kind.
    pub kinds: BTreeMap<String, usize>,
    /// How many of them say that the instance is not what the baseline says.
    pub drift: usize,
    /// Every fix of the last 48 hours, and how it stands.
    pub fixes: Vec<FixSeen>,
    /// Changes that were made again for a user who was denied for the same cause before, with how many such users.
    pub denied_again: Vec<(Thing, usize)>,
    /// Mappings that the instance has; none where they could not be read.
    pub mappings_in_use: Option<usize>,
    /// Permission sets that were looked at.
    pub permission_sets: usize,
    /// Users that were looked at.
    pub users: usize,
    /// Whether everything could be read.
    pub is_whole: bool,
    /// What could not be read.
    pub errors: Vec<String>,
}

/// A fix, and how it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
pub struct FixSeen {
    /// When it was made.
    #[schemars(with = "String")]
    pub time: Timestamp,
    /// What it changed.
    pub change: Thing,
    /// `held`, `undone`, `superseded` or `unknown`.
    pub standing: String,
}
