//! The runs of a day put together: `days/DATE.json`. Everything is counted once, however often it came.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rollback::Rollback;
use super::run::{Attempt, FixSeen, UserHash};
use super::words::{ChangeResult, Limit, Thing};

/// Hours of a day.
pub const HOURS: usize = 24;

/// Users that one row of a day names: the ones with the most calls.
pub const NAMED_USERS: usize = 50;

/// Rows of denials that a day has: those with the most calls. The others are put together by cause and rule.
pub const ROWS: usize = 200;

/// Counts by hour of UTC, the first from midnight to one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct ByHour(pub [u64; HOURS]);

impl ByHour {
    /// All of them.
    pub fn sum(&self) -> u64 {
        self.0.iter().sum()
    }
}

/// Calls of one user by hour of UTC. An hour without one is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct UserHours(pub BTreeMap<u8, u64>);

impl UserHours {
    /// All of them.
    pub fn sum(&self) -> u64 {
        self.0.values().sum()
    }
}

/// A day of UTC.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct Day {
    /// The version of this form.
    pub schema: u32,
    /// The date.
    #[schemars(with = "String")]
    pub date: Date,
    /// Runs.
    pub runs: DayRuns,
    /// Denials that cost a read, alike ones together, by the time of the run that first met them.
    pub denials: Vec<DayDenials>,
    /// Denials that nobody could diagnose, to the end.
    pub unanswered: u64,
    /// Changes that were made, or may have been, each as its run left it.
    pub made: Vec<Attempt>,
    /// Changes that were planned and not made, alike ones together. A change that a later run of the day made is not here.
    pub not_made: Vec<DayChange>,
    /// What operators took back, or tried to.
    #[serde(default)]
    pub rollbacks: Vec<Rollback>,
    /// What `watch` saw.
    pub looks: DayLooks,
}

/// The runs of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct DayRuns {
    /// Of `heal` in mode `apply`.
    pub apply: u64,
    /// Of `heal` in mode `plan`.
    pub plan: u64,
    /// Of `watch`.
    pub watch: u64,
    /// Of `replay --apply`; they are among those of `heal` too.
    #[serde(default)]
    pub by_operators: u64,
    /// Whose objects could not be understood: what they say is not in this day.
    #[serde(default)]
    pub unread: u64,
}

impl DayRuns {
    /// Whether nobody ran.
    pub fn is_empty(&self) -> bool {
        *self == DayRuns::default()
    }
}

/// Denials of one cause, rule, account, permission set and keys.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct DayDenials {
    /// The cause.
    pub cause: String,
    /// The rule.
    pub rule: String,
    /// The account.
    pub account: Option<String>,
    /// The permission set.
    pub permission_set: Option<String>,
    /// The session tag keys that they turn on.
    #[serde(default)]
    pub keys: Vec<String>,
    /// How many rows it was put together from, where there were more than 200: then it says nothing of account,
    /// permission set and keys. Of a row of its own, none.
    #[serde(default)]
    pub put_together: usize,
    /// How many calls, by the hour of the run that first met them.
    pub hours: ByHour,
    /// How many users, as far as they are known.
    pub users: u64,
    /// The users with the most calls, at most 50, each with the hours of those calls.
    pub by_user: BTreeMap<UserHash, UserHours>,
}

/// A change that was planned and not made.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct DayChange {
    /// What it is of.
    pub change: Thing,
    /// What became of it.
    pub result: ChangeResult,
    /// Why it was refused, where it was.
    pub limit: Option<Limit>,
    /// The cause.
    pub cause: String,
    /// The rule.
    pub rule: String,
    /// The account of the first denial that asked for it.
    pub account: Option<String>,
    /// The permission set of that denial.
    pub permission_set: Option<String>,
    /// How many runs planned it, by hour. A run that only met denials that an earlier one met is not counted.
    pub hours: ByHour,
    /// When it was planned last.
    #[schemars(with = "String")]
    pub last: Timestamp,
    /// Until when it is not tried again, as the last run said, where it did.
    #[schemars(with = "Option<String>")]
    pub until: Option<Timestamp>,
}

/// What the runs of `watch` of a day saw.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct DayLooks {
    /// How many could read everything.
    pub whole: u64,
    /// Findings by kind: the most that one of them had.
    pub kinds: BTreeMap<String, usize>,
    /// Fixes that were undone, as the last look that saw them so says.
    pub undone: Vec<FixSeen>,
    /// Changes that were made again for the same user.
    pub denied_again: Vec<(Thing, usize)>,
    /// Mappings that the instance had at the last look.
    pub mappings_in_use: Option<usize>,
}
