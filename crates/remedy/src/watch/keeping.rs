//! Where a look keeps what it saw, a page at a time: whoever is interrupted goes on from there.

use super::{Memory, Recorder};

/// So many permission sets, or pages of users, are seen before they are kept.
const PAGE: usize = 10;

/// How far a look is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Permission sets were looked at.
    PermissionSets {
        /// So many.
        done: usize,
        /// Of so many.
        all: usize,
    },
    /// Pages of users were.
    Users {
        /// So many users.
        done: usize,
    },
}

/// Where it is kept.
#[derive(Clone, Copy)]
pub enum Keeping<'a> {
    /// Nowhere.
    Nowhere,
    /// In the journal.
    Journal(&'a Recorder),
    /// Somewhere that this function knows, which is called after each.
    Told(&'a (dyn Fn(&Memory, Seen) + Sync)),
}

impl Keeping<'_> {
    /// Keeps it after each page of this count.
    pub(super) async fn after(self, count: usize, memory: &Memory, seen: Seen) {
        match self {
            Keeping::Told(keep) => keep(memory, seen),
            Keeping::Journal(recorder) if count.is_multiple_of(PAGE) => {
                if let Err(error) = recorder.keep_memory(memory).await {
                    tracing::warn!(%error, "what was seen so far was not kept");
                }
            }
            Keeping::Nowhere | Keeping::Journal(_) => {}
        }
    }
}
