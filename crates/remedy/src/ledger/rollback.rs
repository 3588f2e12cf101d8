//! What a run of `rollback` did.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::words::Limit;

/// A fix that an operator took back, or tried to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct Rollback {
    /// When the operator asked for it.
    #[schemars(with = "String")]
    pub time: Timestamp,
    /// The fix.
    pub fix: String,
    /// What became of it.
    pub result: RollbackResult,
    /// The journal's name of the rollback, where something was written.
    pub rollback: Option<String>,
    /// Why nothing was written, where it was a limit.
    pub limit: Option<Limit>,
    /// AWS's code, where AWS refused it or did not answer.
    pub error: Option<String>,
}

/// What became of a rollback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RollbackResult {
    /// The mapping was taken away, and is not seen any more.
    Done,
    /// It was taken away, and the list is not as it should be.
    Unverified,
    /// Nothing was written.
    NotDone,
    /// AWS did not do it, or did not answer: a snapshot says whether it was begun.
    Failed,
}
