//! How much a restored mapping touches: the permission sets that mention its key.

use std::fmt;

use jiff::Timestamp;
use tagmend_diagnosis::Limits;

use crate::aws::aws_error::AwsError;
use crate::journal::index::{Index, NEWER};

/// How many permission sets mention a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlastRadius {
    /// As the index says.
    Known {
        /// Permission sets that mention it, or could not be read.
        mentioned_by: usize,
        /// Those of them that could not be read.
        unread: usize,
        /// Permission sets with policies that nobody here can read: they may mention it too.
        unseen: usize,
        /// When the oldest of them was looked at.
        time: Timestamp,
    },
    /// Nobody has built an index yet, or what is there is none.
    NoIndex,
    /// A part of the index is older than the baseline allows.
    OldIndex {
        /// When it was looked at.
        time: Timestamp,
    },
    /// The index could not be read.
    Unreadable,
    /// The index is of a format that only a later version knows: what else it changed, nobody here can tell.
    NotUnderstood,
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
            Err(error) if error.code == NEWER => BlastRadius::NotUnderstood,
            Err(_) => BlastRadius::Unreadable,
            Ok(None) => BlastRadius::NoIndex,
            Ok(Some(index)) if index.is_of_the_future(now) => BlastRadius::NoIndex,
            Ok(Some(index)) if now.duration_since(index.oldest()) > limits.maximum_index_age => {
                BlastRadius::OldIndex { time: index.oldest() }
            }
            Ok(Some(index)) => BlastRadius::Known {
                mentioned_by: index.mentioning(key),
                unread: index.unread.len(),
                unseen: index.permission_sets.values().filter(|set| set.has_unseen_policies).count(),
                time: index.oldest(),
            },
        }
    }
}

impl fmt::Display for BlastRadius {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BlastRadius::Known { mentioned_by, unread, unseen, time } => {
                let s = if *mentioned_by == 1 { " mentions" } else { "s mention" };
                write!(formatter, "{mentioned_by} permission set{s} the key (index of {time}")?;
                if *unread > 0 {
                    write!(formatter, "; {unread} of them could not be read, and may")?;
                }
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
            BlastRadius::NotUnderstood => formatter.write_str(
                "how many permission sets mention the key is unknown: a later version wrote the index",
            ),
            BlastRadius::Unreadable => formatter
                .write_str("how many permission sets mention the key is unknown: the index cannot be read"),
        }
    }
}
