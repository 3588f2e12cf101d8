//! What Tagmend would have done, had it run when the records were made.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use tagmend_diagnosis::{Change, Limits};

/// Fixes that would have been made, each at the first record that asks for it, by the state as it is today.
#[derive(Debug)]
pub(crate) struct Backtest {
    limits: Limits,
    fixes: Vec<Fix>,
    /// When each change was asked for last.
    asked: BTreeMap<String, Timestamp>,
    over_hour: u64,
    over_day: u64,
}

#[derive(Debug)]
struct Fix {
    time: Timestamp,
    change: String,
}

/// What would have been.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AsOf {
    /// Fixes by day, in UTC.
    pub(super) fixes_by_day: BTreeMap<String, u64>,
    /// All of them.
    pub(super) fixes: u64,
    /// The most in one hour.
    pub(super) most_in_an_hour: usize,
    /// The limit `fixes_per_hour`.
    pub(super) limit_per_hour: usize,
    /// Fixes that this limit would have stopped.
    pub(super) stopped_by_the_hour: u64,
    /// The limit `fixes_of_one_thing_per_day`.
    pub(super) limit_of_one_thing_per_day: usize,
    /// Fixes that this limit would have stopped.
    pub(super) stopped_by_the_day: u64,
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

impl Backtest {
    pub(crate) fn new(limits: Limits) -> Backtest {
        Backtest { limits, fixes: Vec::new(), asked: BTreeMap::new(), over_hour: 0, over_day: 0 }
    }

    /// A failure asks for a change. What was asked for within the cool-down is the same trouble: it would have been fixed.
    pub(crate) fn ask(&mut self, change: &Change, time: Timestamp) {
        let change = change.to_string();
        let before = self.asked.insert(change.clone(), time);
        if before.is_some_and(|before| is_within(before, time, self.limits.cool_down)) {
            return;
        }
        let near =
            |length: SignedDuration| self.fixes.iter().filter(move |fix| is_within(fix.time, time, length));
        if near(HOUR).count() >= self.limits.fixes_per_hour {
            self.over_hour += 1;
        } else if near(DAY).filter(|fix| fix.change == change).count()
            >= self.limits.fixes_of_one_thing_per_day
        {
            self.over_day += 1;
        } else {
            self.fixes.push(Fix { time, change });
        }
    }

    pub(crate) fn answer(&self) -> AsOf {
        let mut fixes_by_day = BTreeMap::new();
        for fix in &self.fixes {
            *fixes_by_day.entry(fix.time.strftime("%Y-%m-%d").to_string()).or_default() += 1;
        }
        let since = |from: &Fix| {
            let later = |fix: &&Fix| fix.time >= from.time && is_within(from.time, fix.time, HOUR);
            self.fixes.iter().filter(later).count()
        };
        AsOf {
            fixes: u64::try_from(self.fixes.len()).unwrap_or(u64::MAX),
            most_in_an_hour: self.fixes.iter().map(since).max().unwrap_or(0),
            limit_per_hour: self.limits.fixes_per_hour,
            stopped_by_the_hour: self.over_hour,
            limit_of_one_thing_per_day: self.limits.fixes_of_one_thing_per_day,
            stopped_by_the_day: self.over_day,
            fixes_by_day,
        }
    }
}

fn is_within(one: Timestamp, other: Timestamp, length: SignedDuration) -> bool {
    other.duration_since(one).abs() < length
}
