//! What Tagmend would have done, had it run when the records were made.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use tagmend_diagnosis::{Cause, Change, Limits};
use tagmend_review::backtest::{Denials, WouldFix};

/// Fixes that would have been made, each at the first record that asks for it, by the state as it is today.
#[derive(Debug)]
pub(crate) struct Backtest {
    limits: Limits,
    fixes: Vec<Fix>,
    /// When each change was asked for last.
    asked: BTreeMap<String, Timestamp>,
    /// Calls that ask for a change.
    asking: u64,
    /// Denied and throttled calls by day and cause.
    days: BTreeMap<Date, BTreeMap<Cause, u64>>,
    over_hour: u64,
    over_day: u64,
}

#[derive(Debug)]
struct Fix {
    time: Timestamp,
    change: String,
    cause: Cause,
}

/// What would have been.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AsOf {
    /// Denied and throttled calls by day, in UTC, and cause.
    pub(super) causes_by_day: BTreeMap<String, BTreeMap<&'static str, u64>>,
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

/// The most days that are counted one by one.
const MOST_DAYS: usize = 10_000;
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

impl Backtest {
    pub(crate) fn new(limits: Limits) -> Backtest {
        Backtest {
            limits,
            fixes: Vec::new(),
            asked: BTreeMap::new(),
            asking: 0,
            days: BTreeMap::new(),
            over_hour: 0,
            over_day: 0,
        }
    }

    /// Counts a call of this cause. Days beyond what fits are counted with the last one that does.
    pub(crate) fn count(&mut self, cause: Cause, time: Timestamp) {
        let day = TimeZone::UTC.to_datetime(time).date();
        let is_room = self.days.len() < MOST_DAYS || self.days.contains_key(&day);
        let day = if is_room { day } else { self.days.last_key_value().map_or(day, |(day, _)| *day) };
        *self.days.entry(day).or_default().entry(cause).or_default() += 1;
    }

    /// A failure asks for a change. What was asked for within the cool-down is the same trouble: it would have been fixed.
    pub(crate) fn ask(&mut self, change: &Change, cause: Cause, time: Timestamp) {
        self.asking += 1;
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
            self.fixes.push(Fix { time, change, cause });
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
            causes_by_day: self.days.iter().map(by_name).collect(),
            fixes_by_day,
        }
    }

    /// What a review draws.
    pub(crate) fn pictures(&self) -> tagmend_review::backtest::Backtest {
        let of_day = |(day, causes): (&Date, &BTreeMap<Cause, u64>)| {
            let noon = TimeZone::UTC.to_timestamp(day.at(12, 0, 0, 0)).ok()?;
            let denials = |(cause, calls): (&Cause, &u64)| Denials {
                day: noon,
                cause: cause.name().to_owned(),
                calls: usize::try_from(*calls).unwrap_or(usize::MAX),
            };
            Some(causes.iter().map(denials).collect::<Vec<_>>())
        };
        let fix = |fix: &Fix| WouldFix {
            time: fix.time,
            cause: fix.cause.name().to_owned(),
            change: fix.change.clone(),
        };
        tagmend_review::backtest::Backtest {
            sentence: self.answer().to_string(),
            denials: self.days.iter().filter_map(of_day).flatten().collect(),
            asking: self.asking,
            fixes: self.fixes.iter().map(fix).collect(),
        }
    }
}

fn by_name((day, causes): (&Date, &BTreeMap<Cause, u64>)) -> (String, BTreeMap<&'static str, u64>) {
    (day.to_string(), causes.iter().map(|(cause, calls)| (cause.name(), *calls)).collect())
}

impl fmt::Display for AsOf {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "had Tagmend run at the time, with what is approved and live today: {} fixes on {} days, at most {} in an hour \
             (limit {}); the hour's limit would have stopped {}, the limit of {} a day for one thing {}",
            self.fixes,
            self.fixes_by_day.len(),
            self.most_in_an_hour,
            self.limit_per_hour,
            self.stopped_by_the_hour,
            self.limit_of_one_thing_per_day,
            self.stopped_by_the_day,
        )
    }
}

fn is_within(one: Timestamp, other: Timestamp, length: SignedDuration) -> bool {
    other.duration_since(one).abs() < length
}
