//! How many changes may still be made in this hour. It counts what was made, or may have been: what AWS refused for sure,
//! and what was never sent, costs nothing.

use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::{SignedDuration, Timestamp};
use tagmend_diagnosis::Limits;

use super::Past;
use super::outcome::{Reached, Refusal};
use crate::journal::{Done, Entry};

/// Of every hour's budget, so many are for mappings alone: one lost mapping denies more people than one account that has
/// an old version.
const KEPT_FOR_MAPPINGS: usize = 1;
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What is left of the hour's budget. Provisionings of one run take from it at the same time.
pub(super) struct Budget {
    left: AtomicUsize,
    reached: Reached,
}

impl Budget {
    pub(super) fn of(limits: &Limits, past: &Past, now: Timestamp) -> Budget {
        // A rollback is an operator's.
        let is_ours = |begun: &&Entry| begun.time > now - HOUR && matches!(begun.done, Done::Healed(_));
        let spent = || past.begun.iter().filter(is_ours).map(|begun| begun.time);
        // Without any before, those of this run spend it.
        let oldest = spent().min().unwrap_or(now);
        Budget::new(limits.fixes_per_hour, spent().count(), oldest + HOUR)
    }

    fn new(most: usize, spent: usize, until: Timestamp) -> Budget {
        Budget { left: AtomicUsize::new(most.saturating_sub(spent)), reached: Reached { most, until } }
    }

    /// What is said of a change for which nothing is left.
    pub(super) fn spent(&self) -> Refusal {
        Refusal::BudgetSpent(self.reached)
    }

    /// What is left for mappings.
    pub(super) fn left(&self) -> usize {
        self.left.load(Ordering::Relaxed)
    }

    /// What is left for provisionings.
    pub(super) fn left_for_provisionings(&self) -> usize {
        self.left().saturating_sub(KEPT_FOR_MAPPINGS)
    }

    /// Takes so many for mappings; whether they were there.
    pub(super) fn take(&self, count: usize) -> bool {
        self.take_down_to(0, count)
    }

    /// Takes one for a provisioning; whether it was there.
    pub(super) fn take_for_provisioning(&self) -> bool {
        self.take_down_to(KEPT_FOR_MAPPINGS, 1)
    }

    fn take_down_to(&self, rest: usize, count: usize) -> bool {
        let less = |left: usize| left.checked_sub(count).filter(|left| *left >= rest);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }

    /// Gives back what was taken for something that was not made.
    pub(super) fn give_back(&self, count: usize) {
        self.left.fetch_add(count, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_is_for_a_mapping() {
        let budget = Budget::new(3, 1, Timestamp::UNIX_EPOCH);
        assert_eq!((budget.left(), budget.left_for_provisionings()), (2, 1));
        assert!(budget.take_for_provisioning());
        assert!(!budget.take_for_provisioning());
        assert!(!budget.take(2) && budget.take(1) && !budget.take(1));
        budget.give_back(1);
        assert!(!budget.take_for_provisioning() && budget.take(1));
    }
}
