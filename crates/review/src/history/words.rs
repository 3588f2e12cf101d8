//! Words that a history and its review share.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// What can be changed: there are two kinds, and no third.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Thing {
    /// The mapping of a session tag.
    RestoreMapping {
        /// The session tag.
        key: String,
    },
    /// A permission set in an account.
    Provision {
        /// The permission set's id, or its name where that is known.
        permission_set: String,
        /// The account.
        account: String,
    },
}

impl Thing {
    /// The key of a mapping.
    pub fn key(&self) -> Option<&str> {
        match self {
            Thing::RestoreMapping { key } => Some(key),
            Thing::Provision { .. } => None,
        }
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Thing::RestoreMapping { key } => write!(formatter, "mapping {key}"),
            Thing::Provision { permission_set, account } => {
                write!(formatter, "provisioning of {permission_set} to {account}")
            }
        }
    }
}

/// How a fix stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// What it made is there.
    Held,
    /// What it made is not there any more, and is still what was approved.
    Undone,
    /// What it made was gone again, and a later fix made it again.
    MadeAgain,
    /// The approved state is another one now.
    Superseded,
    /// An operator took it back.
    RolledBack,
    /// What would tell was not looked at.
    Unknown,
}

impl Standing {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Standing::Held => "holds",
            Standing::Undone => "gone again",
            Standing::MadeAgain => "gone again, and made again later",
            Standing::Superseded => "no longer approved",
            Standing::RolledBack => "rolled back",
            Standing::Unknown => "not looked at",
        }
    }
}

/// Where something is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Runs and folded days in the journal.
    Ledger,
    /// Fixes and rollbacks in the journal.
    Fixes,
    /// The hold.
    Hold,
    /// CloudWatch.
    Metrics,
    /// Identity Center.
    LiveState,
    /// CloudTrail's event history.
    CloudTrail,
    /// The key for users, or the identity store.
    Names,
}

impl Source {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Source::Ledger => "runs and days of the journal",
            Source::Fixes => "fixes of the journal",
            Source::Hold => "the hold",
            Source::Metrics => "metrics",
            Source::LiveState => "the live state",
            Source::CloudTrail => "CloudTrail's event history",
            Source::Names => "names of users",
        }
    }
}

/// What could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Unread {
    /// Where.
    pub source: Source,
    /// Why.
    pub why: String,
}
