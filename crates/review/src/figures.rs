//! Figures of a window.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::history::{Fix, Outcome, Source, Standing, Thing};
use crate::seen::Seen;
use crate::verdict::stopped;

/// What happened in a window. A figure is none where what it counts could not be read whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Figures {
    /// Denials that cost a read; what Tagmend refuses at sight is only in the metrics.
    pub denials: Option<u64>,
    /// Users who were denied, as far as they are known.
    pub denied_users: Option<usize>,
    /// Accounts in which calls were denied.
    pub accounts: Option<usize>,
    /// Permission sets under which calls were denied.
    pub permission_sets: Option<usize>,
    /// Denials by cause.
    pub denials_by_cause: Option<BTreeMap<String, u64>>,
    /// Denials by rule.
    pub denials_by_rule: Option<BTreeMap<String, u64>>,
    /// Different changes that were planned.
    pub planned: Option<usize>,
    /// Changes that were made and seen afterwards.
    pub fixes: Option<usize>,
    /// The same by cause.
    pub fixes_by_cause: Option<BTreeMap<String, usize>>,
    /// Fixes that repeat one of the day before them.
    pub repeated: Option<usize>,
    /// Changes that were planned and not made, by the reason of the last run.
    pub not_made: Option<BTreeMap<String, usize>>,
    /// Changes that were made and not seen afterwards.
    pub unverified: Option<usize>,
    /// Changes that raced with a write of somebody else.
    pub races: Option<usize>,
    /// Fixes that were gone again within the cool-down.
    pub escalations: Option<usize>,
    /// Fixes that hold now.
    pub held: Option<usize>,
    /// Fixes that were gone again, whether or not a later one made the same.
    pub undone: Option<usize>,
    /// Fixes of which nobody can tell how they stand.
    pub standing_unknown: Option<usize>,
    /// Fixes that operators took back.
    pub rolled_back: Option<usize>,
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
        let (is_ledger_read, are_fixes_read) =
            (seen.history.was_read(Source::Ledger), seen.history.was_read(Source::Fixes));
        if is_ledger_read {
            figures.count_denials(seen);
            figures.count_attempts(seen);
        }
        if are_fixes_read {
            figures.count_fixes(seen);
        }
        if is_ledger_read && are_fixes_read {
            figures.not_made = Some(not_made(seen));
        }
        figures
    }

    fn count_denials(&mut self, seen: Seen<'_>) {
        let mut all = 0;
        let (mut causes, mut rules) = (BTreeMap::new(), BTreeMap::new());
        let (mut users, mut accounts, mut sets) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for denials in seen.denials() {
            all += denials.count;
            *causes.entry(denials.cause.clone()).or_default() += denials.count;
            *rules.entry(denials.rule.clone()).or_default() += denials.count;
            users.extend(&denials.user);
            accounts.extend(&denials.account);
            sets.extend(&denials.permission_set);
        }
        self.denials = Some(all);
        (self.denials_by_cause, self.denials_by_rule) = (Some(causes), Some(rules));
        self.denied_users = Some(users.len());
        self.accounts = Some(accounts.len());
        self.permission_sets = Some(sets.len());
    }

    fn count_attempts(&mut self, seen: Seen<'_>) {
        let planned: BTreeSet<_> = seen.attempts().map(|attempt| &attempt.thing).collect();
        let escalated: BTreeSet<_> = seen.escalations().map(|attempt| &attempt.thing).collect();
        let ended = |outcome: Outcome| seen.attempts().filter(|attempt| attempt.outcome == outcome).count();
        self.planned = Some(planned.len());
        self.escalations = Some(escalated.len());
        self.unverified = Some(ended(Outcome::Unverified));
        self.races = Some(ended(Outcome::Raced));
    }

    fn count_fixes(&mut self, seen: Seen<'_>) {
        let mut by_cause: BTreeMap<String, usize> = BTreeMap::new();
        let mut minutes_of_all: Vec<f64> = Vec::new();
        for fix in seen.fixes() {
            if fix.verified {
                let cause = fix.cause.clone().unwrap_or_else(|| "unknown".to_owned());
                *by_cause.entry(cause).or_default() += 1;
            }
            minutes_of_all.extend(minutes(fix));
        }
        minutes_of_all.sort_by(f64::total_cmp);
        let repeats = |fix: &&Fix| {
            seen.history.fixes.iter().any(|other| {
                other.thing == fix.thing
                    && other.time < fix.time
                    && fix.time.duration_since(other.time) <= jiff::SignedDuration::from_hours(24)
            })
        };
        let standing = |wanted: &[Standing]| {
            Some(seen.fixes().filter(|fix| wanted.contains(&seen.history.standing(fix))).count())
        };
        self.fixes = Some(by_cause.values().sum());
        self.fixes_by_cause = Some(by_cause);
        self.repeated = Some(seen.fixes().filter(repeats).count());
        self.standing_unknown = standing(&[Standing::Unknown]);
        if seen.history.was_read(Source::LiveState) {
            self.held = standing(&[Standing::Held]);
            self.undone = standing(&[Standing::Undone, Standing::MadeAgain]);
        }
        let rollbacks = seen.history.rollbacks.iter();
        self.rolled_back = Some(rollbacks.filter(|rollback| seen.window.contains(rollback.time)).count());
        self.minutes_p50 = percentile(&minutes_of_all, 50);
        self.minutes_p95 = percentile(&minutes_of_all, 95);
    }
}

/// Changes that were planned and not made, by why.
fn not_made(seen: Seen<'_>) -> BTreeMap<String, usize> {
    let mut not_made: BTreeMap<String, usize> = BTreeMap::new();
    for stopped in stopped(seen).iter().filter(|stopped| !stopped.is_over) {
        *not_made.entry(stopped.refusal.name.clone()).or_default() += 1;
    }
    let mut spoiled: BTreeSet<(&Thing, &str)> = BTreeSet::new();
    for attempt in seen.attempts() {
        let why = match attempt.outcome {
            Outcome::OnlyPlanned => Some("mode_plan"),
            Outcome::Failed => Some("failed"),
            _ => None,
        };
        spoiled.extend(why.map(|why| (&attempt.thing, why)));
    }
    let is_fixed = |thing: &Thing| seen.fixes().any(|fix| &fix.thing == thing);
    for (_, why) in spoiled.into_iter().filter(|(thing, _)| !is_fixed(thing)) {
        *not_made.entry(why.to_owned()).or_default() += 1;
    }
    not_made
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
