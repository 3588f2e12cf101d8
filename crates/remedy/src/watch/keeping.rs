//! Where a look keeps what it saw, a page at a time: whoever is interrupted goes on from there.

use super::{Memory, Recorder};

/// So many permission sets, or pages of users, are seen before they are kept.
const PAGE: usize = 10;

/// How far a look is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A page of the list of permission sets was read.
    List {
        /// So many are listed so far.
        done: usize,
    },
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
    /// Whether this look may go on with the list of one that was interrupted. A run of `watch` begins an hour later, and lists
    /// anew.
    pub(super) fn goes_on(self) -> bool {
        matches!(self, Keeping::Told(_))
    }

    /// Keeps a page of the list.
    pub(super) fn listed(self, memory: &Memory, done: usize) {
        if let Keeping::Told(keep) = self {
            keep(memory, Seen::List { done });
        }
    }

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
