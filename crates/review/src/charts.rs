//! What is drawn, as numbers: the same in the page, in the terminal and in JSON.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::figures::minutes;
use crate::history::{Fix, Outcome, Source, Standing};
use crate::seen::Seen;
use crate::window::Window;

/// What is drawn.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Charts {
    /// Seconds of one bar of `fixes_by_time`.
    pub bar_seconds: i64,
    /// Fixes by time and cause. Every bar of the window is there.
    pub fixes_by_time: Vec<Bar>,
    /// The alarm's line, in fixes a bar; none where the alarm counts something else, or over another time.
    pub alarm_line: Option<f64>,
    /// From denied to held.
    pub funnel: Vec<FunnelStep>,
    /// Minutes from the first denial until the fix was seen, of each fix.
    pub minutes: Vec<Minutes>,
    /// Fixes by the hour of the day (UTC) and cause; 24 of them.
    pub hours: Vec<BTreeMap<String, usize>>,
}

/// Fixes of one bar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Bar {
    /// Where it begins.
    #[schemars(with = "String")]
    pub from: Timestamp,
    /// Fixes by cause.
    pub fixes: BTreeMap<String, usize>,
}

/// A step of the funnel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FunnelStep {
    /// Its name.
    pub step: String,
    /// What it counts.
    pub counts: String,
    /// How many; none where that could not be read whole.
    pub count: Option<u64>,
}

/// How long a fix took.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Minutes {
    /// The fix.
    pub fix: String,
    /// When it was begun.
    #[schemars(with = "String")]
    pub time: Timestamp,
    /// Minutes.
    pub minutes: f64,
}

/// The lengths that a bar may have, in minutes.
const BARS: [i64; 6] = [60, 180, 360, 720, 1_440, 10_080];
/// The most bars.
const MOST_BARS: i64 = 72;

impl Charts {
    pub(crate) fn of(seen: Seen<'_>, alarm_line: Option<(f64, i64)>) -> Charts {
        let bar_seconds = bar_length(seen.window, &BARS);
        let fixes: Vec<Timed> = seen.fixes().filter(|fix| fix.verified).map(timed).collect();
        Charts {
            bar_seconds,
            fixes_by_time: by_time(seen.window, bar_seconds, &fixes),
            alarm_line: alarm_line.filter(|(_, period)| *period == bar_seconds).map(|(line, _)| line),
            funnel: funnel(seen),
            minutes: seen
                .fixes()
                .filter_map(|fix| {
                    Some(Minutes { fix: fix.id.clone(), time: fix.time, minutes: minutes(fix)? })
                })
                .collect(),
            hours: hours(&fixes),
        }
    }

    /// Every cause that is drawn, in order.
    pub(crate) fn causes(&self) -> Vec<&str> {
        causes(&self.fixes_by_time)
    }
}

/// Every cause of these bars, in order.
pub(crate) fn causes(bars: &[Bar]) -> Vec<&str> {
    let mut causes: Vec<&str> = bars.iter().flat_map(|bar| bar.fixes.keys()).map(String::as_str).collect();
    causes.sort_unstable();
    causes.dedup();
    causes
}

/// Something of a cause, when it was, and how often.
pub(crate) type Timed = (Timestamp, String, usize);

fn timed(fix: &Fix) -> Timed {
    (fix.time, fix.cause.clone().unwrap_or_else(|| "unknown".to_owned()), 1)
}

/// The shortest of these lengths, in minutes, of which not too many fill the window.
pub(crate) fn bar_length(window: Window, lengths: &[i64]) -> i64 {
    let seconds = window.length().as_secs();
    let fitting = lengths.iter().map(|minutes| minutes * 60).find(|bar| seconds / bar <= MOST_BARS);
    fitting.unwrap_or(seconds / MOST_BARS + 1)
}

/// Bars begin at whole hours or days of UTC, so that two reviews of one time agree.
pub(crate) fn by_time(window: Window, bar: i64, things: &[Timed]) -> Vec<Bar> {
    let start = |time: Timestamp| time.as_second().div_euclid(bar) * bar;
    let (mut from, to) = (start(window.from), window.to.as_second());
    let mut bars: BTreeMap<i64, BTreeMap<String, usize>> = BTreeMap::new();
    while from < to {
        bars.entry(from).or_default();
        from += bar;
    }
    for (time, cause, count) in things {
        *bars.entry(start(*time)).or_default().entry(cause.clone()).or_default() += count;
    }
    let bar = |(from, fixes)| Some(Bar { from: Timestamp::from_second(from).ok()?, fixes });
    bars.into_iter().filter_map(bar).collect()
}

fn funnel(seen: Seen<'_>) -> Vec<FunnelStep> {
    let step = |step: &str, counts: &str, count: u64, sources: &[Source]| FunnelStep {
        step: step.to_owned(),
        counts: counts.to_owned(),
        count: sources.iter().all(|source| seen.history.was_read(*source)).then_some(count),
    };
    let denied = seen.denials().map(|denials| denials.count).sum();
    let planned = seen.attempts().filter(|attempt| attempt.outcome != Outcome::AlreadyInPlace);
    let mut things: Vec<_> = planned.map(|attempt| &attempt.thing).collect();
    things.sort_unstable();
    things.dedup();
    let made = seen.fixes().count() as u64;
    let seen_in_place = seen.fixes().filter(|fix| fix.verified).count() as u64;
    let held = seen.fixes().filter(|fix| seen.history.standing(fix) == Standing::Held).count() as u64;
    // Fixes of one thing are several; a plan that was made again counts again.
    let planned = (things.len() as u64).max(made);
    vec![
        step("denied", "denials that cost a read", denied, &[Source::Ledger]),
        step("planned", "changes that were planned", planned, &[Source::Ledger, Source::Fixes]),
        step("made", "changes that were made", made, &[Source::Fixes]),
        step("verified", "changes that were seen afterwards", seen_in_place, &[Source::Fixes]),
        step("held", "fixes whose change is there now", held, &[Source::Fixes, Source::LiveState]),
    ]
}

pub(crate) fn hours(things: &[Timed]) -> Vec<BTreeMap<String, usize>> {
    let mut hours = vec![BTreeMap::new(); 24];
    for (time, cause, count) in things {
        let hour = usize::try_from(TimeZone::UTC.to_datetime(*time).hour()).unwrap_or_default();
        if let Some(hour) = hours.get_mut(hour) {
            *hour.entry(cause.clone()).or_default() += count;
        }
    }
    hours
}

/// A bar's length for people.
pub(crate) fn bar_words(seconds: i64) -> String {
    match seconds {
        3_600 => "an hour".to_owned(),
        86_400 => "a day".to_owned(),
        604_800 => "a week".to_owned(),
        other => format!("per {}", crate::window::length(SignedDuration::from_secs(other))),
    }
}
