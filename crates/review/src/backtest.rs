//! What would have been done, had Tagmend run when records were made: as much of a review as records alone can tell.
//! Whether a fix would have held, nobody knows.

use jiff::Timestamp;

use crate::charts::{Bar, FunnelStep, Timed, bar_length, by_time, hours};
use crate::window::Window;

/// What would have been done.
#[derive(Clone, Debug, Default)]
pub struct Backtest {
    /// It in a sentence, with the limits.
    pub sentence: String,
    /// Denied and throttled calls by day and cause.
    pub denials: Vec<Denials>,
    /// Calls that ask for a change.
    pub asking: u64,
    /// Fixes that would have been made.
    pub fixes: Vec<WouldFix>,
}

/// Calls of one cause on one day.
#[derive(Clone, Debug)]
pub struct Denials {
    /// Some time of the day.
    pub day: Timestamp,
    /// Their cause.
    pub cause: String,
    /// How many.
    pub calls: usize,
}

/// A fix that would have been made.
#[derive(Clone, Debug)]
pub struct WouldFix {
    /// At the first call that asks for it.
    pub time: Timestamp,
    /// The cause of that call.
    pub cause: String,
    /// What it would have changed.
    pub change: String,
}

/// The lengths that a bar may have, in minutes: denials are counted by day.
const BARS: [i64; 3] = [1_440, 10_080, 43_200];

/// What is drawn of it.
pub(crate) struct Pictures {
    pub(crate) bar_seconds: i64,
    pub(crate) denials: Vec<Bar>,
    pub(crate) fixes: Vec<Bar>,
    pub(crate) funnel: Vec<FunnelStep>,
    pub(crate) hours: Vec<std::collections::BTreeMap<String, usize>>,
}

impl Backtest {
    /// None where nothing was denied.
    pub(crate) fn pictures(&self) -> Option<Pictures> {
        let times =
            || self.denials.iter().map(|denials| denials.day).chain(self.fixes.iter().map(|fix| fix.time));
        let end = times().max()?.checked_add(jiff::SignedDuration::from_secs(1)).ok()?;
        let window = Window::new(times().min()?, end).ok()?;
        let bar_seconds = bar_length(window, &BARS);
        let denials: Vec<Timed> =
            self.denials.iter().map(|denials| (denials.day, denials.cause.clone(), denials.calls)).collect();
        let fixes: Vec<Timed> = self.fixes.iter().map(|fix| (fix.time, fix.cause.clone(), 1)).collect();
        let denied = denials.iter().map(|(_, _, calls)| *calls as u64).sum();
        let step = |step: &str, counts: &str, count: u64| FunnelStep {
            step: step.to_owned(),
            counts: counts.to_owned(),
            count: Some(count),
        };
        Some(Pictures {
            bar_seconds,
            denials: by_time(window, bar_seconds, &denials),
            fixes: by_time(window, bar_seconds, &fixes),
            funnel: vec![
                step("denied", "denied and throttled calls", denied),
                step("asking", "calls that ask for a change", self.asking),
                step("fixes", "fixes that would have been made", self.fixes.len() as u64),
            ],
            hours: hours(&fixes),
        })
    }
}
