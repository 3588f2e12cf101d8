//! How much a restored mapping touches: the permission sets that mention its key.

use std::fmt;

use jiff::Timestamp;
use tagmend_diagnosis::Limits;

use crate::aws::aws_error::AwsError;
use crate::journal::index::Index;

/// How many permission sets mention a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlastRadius {
    /// As the index says.
    Known {
        /// Permission sets that mention it.
        mentioned_by: usize,
        /// Permission sets with policies that nobody here can read: they may mention it too.
        unseen: usize,
        /// When the index was made.
        time: Timestamp,
    },
    /// Nobody has built an index yet.
    NoIndex,
    /// The index is older than the baseline allows.
    OldIndex {
        /// When it was made.
        time: Timestamp,
    },
    /// The index could not be read.
    Unreadable,
}

impl BlastRadius {
    /// What an index says of a key.
    pub fn of(
        key: &str,
        index: &Result<Option<Index>, AwsError>,
        limits: &Limits,
        now: Timestamp,
    ) -> BlastRadius {
        match index {
            Err(_) => BlastRadius::Unreadable,
            Ok(None) => BlastRadius::NoIndex,
            Ok(Some(index)) if now.duration_since(index.time) > limits.maximum_index_age => {
                BlastRadius::OldIndex { time: index.time }
            }
            Ok(Some(index)) => BlastRadius::Known {
                mentioned_by: index.mentioning(key),
                unseen: index.permission_sets.values().filter(|set| set.has_unseen_policies).count(),
                time: index.time,
            },
        }
    }
}

impl fmt::Display for BlastRadius {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BlastRadius::Known { mentioned_by, unseen, time } => {
                let s = if *mentioned_by == 1 { " mentions" } else { "s mention" };
                write!(formatter, "{mentioned_by} permission set{s} the key (index of {time}")?;
                if *unseen > 0 {
                    write!(formatter, "; {unseen} more have policies that cannot be read")?;
                }
                formatter.write_str(")")
            }
            BlastRadius::NoIndex => {
                formatter.write_str("how many permission sets mention the key is unknown: no index")
            }
            BlastRadius::OldIndex { time } => {
                write!(
                    formatter,
                    "how many permission sets mention the key is unknown: the index is of {time}"
                )
            }
            BlastRadius::Unreadable => formatter
                .write_str("how many permission sets mention the key is unknown: the index cannot be read"),
        }
    }
}
