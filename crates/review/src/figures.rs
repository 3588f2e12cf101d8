//! Figures of a window.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::history::{Fix, Outcome, Standing, Thing};
use crate::seen::Seen;
use crate::verdict::stopped;

/// What happened in a window.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Figures {
    /// Denials that cost a read; what Tagmend refuses at sight is only in the metrics.
    pub denials: u64,
    /// Users who were denied, as far as they are known.
    pub denied_users: usize,
    /// Accounts in which calls were denied.
    pub accounts: usize,
    /// Permission sets under which calls were denied.
    pub permission_sets: usize,
    /// Denials by cause.
    pub denials_by_cause: BTreeMap<String, u64>,
    /// Different changes that were planned.
    pub planned: usize,
    /// Changes that were made and seen afterwards.
    pub fixes: usize,
    /// The same by cause.
    pub fixes_by_cause: BTreeMap<String, usize>,
    /// Fixes that repeat one of the day before them.
    pub repeated: usize,
    /// Changes that were planned and not made, by the reason of the last run.
    pub not_made: BTreeMap<String, usize>,
    /// Changes that were made and not seen afterwards.
    pub unverified: usize,
    /// Changes that raced with a write of somebody else.
    pub races: usize,
    /// Fixes that were gone again within the cool-down.
    pub escalations: usize,
    /// Fixes that hold now.
    pub held: usize,
    /// Fixes that were gone again, whether or not a later one made the same.
    pub undone: usize,
    /// Fixes of which nobody can tell how they stand.
    pub standing_unknown: usize,
    /// Fixes that operators took back.
    pub rolled_back: usize,
    /// Minutes from the first denial until the fix was seen, half of the fixes at most.
    pub minutes_p50: Option<f64>,
    /// The same for 95 percent of them.
    pub minutes_p95: Option<f64>,
}

/// Minutes from the first denial until the fix was seen in place.
pub(crate) fn minutes(fix: &Fix) -> Option<f64> {
    if !fix.verified {
        return None;
    }
    let seconds = fix.ended?.duration_since(fix.denied?).as_secs_f64();
    // A clock that is behind makes no fix that comes before its denial.
    Some((seconds.max(0.0) / 6.0).round() / 10.0)
}

/// The value that so many percent do not exceed, by nearest rank.
fn percentile(sorted: &[f64], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

impl Figures {
    pub(crate) fn of(seen: Seen<'_>) -> Figures {
        let mut figures = Figures::default();
        let mut users = BTreeSet::new();
        let mut accounts = BTreeSet::new();
        let mut permission_sets = BTreeSet::new();
        for denials in seen.denials() {
            figures.denials += denials.count;
            *figures.denials_by_cause.entry(denials.cause.clone()).or_default() += denials.count;
            users.extend(&denials.user);
            accounts.extend(&denials.account);
            permission_sets.extend(&denials.permission_set);
        }
        figures.denied_users = users.len();
        figures.accounts = accounts.len();
        figures.permission_sets = permission_sets.len();
        let planned: BTreeSet<_> = seen.attempts().map(|attempt| &attempt.thing).collect();
        figures.planned = planned.len();
        for stopped in stopped(seen).iter().filter(|stopped| !stopped.is_over) {
            *figures.not_made.entry(stopped.refusal.name.clone()).or_default() += 1;
        }
        let mut spoiled: BTreeSet<(&Thing, &str)> = BTreeSet::new();
        for attempt in seen.attempts() {
            match attempt.outcome {
                Outcome::OnlyPlanned => {
                    spoiled.insert((&attempt.thing, "mode_plan"));
                }
                Outcome::Failed => {
                    spoiled.insert((&attempt.thing, "failed"));
                }
                Outcome::Unverified => figures.unverified += 1,
                Outcome::Raced => figures.races += 1,
                _ => {}
            }
        }
        let is_fixed = |thing: &Thing| seen.fixes().any(|fix| &fix.thing == thing);
        for (_, why) in spoiled.into_iter().filter(|(thing, _)| !is_fixed(thing)) {
            *figures.not_made.entry(why.to_owned()).or_default() += 1;
        }
        let escalated: BTreeSet<_> = seen.escalations().map(|attempt| &attempt.thing).collect();
        figures.escalations = escalated.len();
        figures.count_fixes(seen);
        let rollbacks = seen.history.rollbacks.iter();
        figures.rolled_back = rollbacks.filter(|rollback| seen.window.contains(rollback.time)).count();
        figures
    }

    fn count_fixes(&mut self, seen: Seen<'_>) {
        let mut minutes_of_all: Vec<f64> = Vec::new();
        for fix in seen.fixes() {
            if fix.verified {
                self.fixes += 1;
                let cause = fix.cause.clone().unwrap_or_else(|| "unknown".to_owned());
                *self.fixes_by_cause.entry(cause).or_default() += 1;
            }
            minutes_of_all.extend(minutes(fix));
            let repeats = seen.history.fixes.iter().any(|other| {
                other.thing == fix.thing
                    && other.time < fix.time
                    && fix.time.duration_since(other.time) <= jiff::SignedDuration::from_hours(24)
            });
            self.repeated += usize::from(repeats);
            match seen.history.standing(fix) {
                Standing::Held => self.held += 1,
                Standing::Undone | Standing::MadeAgain => self.undone += 1,
                Standing::Unknown => self.standing_unknown += 1,
                Standing::Superseded | Standing::RolledBack => {}
            }
        }
        minutes_of_all.sort_by(f64::total_cmp);
        self.minutes_p50 = percentile(&minutes_of_all, 50);
        self.minutes_p95 = percentile(&minutes_of_all, 95);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_there_are() {
        let values: Vec<f64> = (1..=20).map(f64::from).collect();
        assert_eq!((percentile(&values, 50), percentile(&values, 95)), (Some(10.0), Some(19.0)));
        assert_eq!(
            (percentile(&[3.0], 50), percentile(&[3.0], 95), percentile(&[], 95)),
            (Some(3.0), Some(3.0), None)
        );
    }
}
