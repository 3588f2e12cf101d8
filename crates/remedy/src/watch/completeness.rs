//! Whether a second look may say that it looked: the heartbeat, and the count of what was not seen.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use tagmend_diagnosis::Baseline;

use super::memory::Memory;
use super::permission_sets::Tried;

/// Within so long each permission set that the baseline approves is tried. At the pace of AWS that is enough for 3,600 of
/// them, and an instance takes 3,500.
const APPROVED: SignedDuration = SignedDuration::from_hours(12);
/// For so long no user may be looked at.
const USERS: SignedDuration = SignedDuration::from_hours(3);
/// Of so many permission sets that a run tries, one may fail.
const ONE_IN: usize = 10;

/// How much a second look saw, and those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Completeness {
    /// Approved permission sets that were not tried within their time, and any that could not be read at the last try.
    pub permission_sets_unread: usize,
    /// Permission sets that were never tried.
    pub permission_sets_never_tried: usize,
    /// Fixes whose object could not be read, or that could not be listed.
    pub fixes_unread: bool,
    /// Whether users were looked at of late.
    pub users_unread: bool,
    /// Whether every user was looked at once.
    pub users_whole: bool,
    /// Whether the run saw something, within its time, and most of what it tried.
    pub is_covering: bool,
}

impl Completeness {
    pub(super) fn of(
        memory: &Memory,
        tried: &Tried,
        all: &BTreeSet<String>,
        baseline: &Baseline,
        fixes_are_whole: bool,
        now: Timestamp,
    ) -> Completeness {
        let approved = baseline.permission_sets().map(|(_, set)| set.arn.as_str());
        let overdue: BTreeSet<&str> =
            approved.filter(|arn| all.contains(*arn) && !memory.was_tried(arn, APPROVED, now)).collect();
        let unread: BTreeSet<&str> = memory.unread().map(|(arn, _)| arn).collect();
        let last_page = memory.users.time.unwrap_or(memory.begun);
        let users_unread = now.duration_since(last_page) > USERS;
        let failed = tried.errors.len();
        let saw_something = tried.read > 0 || all.is_empty();
        let saw_most = failed <= 1 || failed * ONE_IN <= tried.read + failed;
        Completeness {
            permission_sets_unread: overdue.union(&unread).count(),
            permission_sets_never_tried: all
                .iter()
                .filter(|arn| !memory.permission_sets.contains_key(*arn))
                .count(),
            fixes_unread: !fixes_are_whole,
            users_unread,
            users_whole: memory.users.is_whole(),
            is_covering: saw_something && saw_most && overdue.is_empty() && !users_unread && fixes_are_whole,
        }
    }

    /// Whether findings about permission sets may say that there are none.
    pub(crate) fn saw_permission_sets(&self) -> bool {
        self.permission_sets_unread + self.permission_sets_never_tried == 0
    }

    /// How many things nobody saw.
    pub fn unread(&self) -> usize {
        self.permission_sets_unread + usize::from(self.fixes_unread) + usize::from(self.users_unread)
    }
}
