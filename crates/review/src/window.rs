//! Spans of time.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

/// A span of time: its beginning belongs to it, its end does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Window {
    /// From.
    #[schemars(with = "String")]
    pub from: Timestamp,
    /// Up to.
    #[schemars(with = "String")]
    pub to: Timestamp,
}

/// A window that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the window ends before it begins")]
pub struct NoWindow;

impl Window {
    /// From one time to a later one.
    ///
    /// # Errors
    /// Where the end is not later.
    pub fn new(from: Timestamp, to: Timestamp) -> Result<Window, NoWindow> {
        if from < to { Ok(Window { from, to }) } else { Err(NoWindow) }
    }

    /// Whether a time belongs to it.
    pub fn contains(&self, time: Timestamp) -> bool {
        self.from <= time && time < self.to
    }

    /// How long it is.
    pub fn length(&self) -> SignedDuration {
        self.to.duration_since(self.from)
    }

    /// The same length right before it.
    pub fn before(&self) -> Window {
        Window { from: self.from.checked_sub(self.length()).unwrap_or(Timestamp::MIN), to: self.from }
    }

    /// The same where it ends before now; else what happens at this very moment belongs to it.
    pub fn until_now(&self, now: Timestamp) -> Window {
        let moment = now.checked_add(SignedDuration::from_secs(1)).unwrap_or(now);
        Window { from: self.from, to: if self.to < now { self.to } else { moment } }
    }

    /// It, begun earlier so that it is at least so long.
    pub(crate) fn at_least(&self, length: SignedDuration) -> Window {
        let from = self.to.checked_sub(length).unwrap_or(Timestamp::MIN);
        Window { from: from.min(self.from), to: self.to }
    }
}

/// A length of time for people: its two largest parts.
pub(crate) fn length(duration: SignedDuration) -> String {
    let minutes = duration.as_secs().max(0) / 60;
    let (days, hours, rest) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    match (days, hours, rest) {
        (0, 0, 0) => format!("{} s", duration.as_secs().max(0)),
        (0, 0, rest) => format!("{rest} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, rest) => format!("{hours} h {rest} min"),
        (days, 0, _) => plural(days, "day"),
        (days, hours, _) => format!("{} {hours} h", plural(days, "day")),
    }
}

/// A number and its noun.
pub(crate) fn plural(count: impl Into<i128>, noun: &str) -> String {
    let count: i128 = count.into();
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}

/// The same for lengths of lists.
pub(crate) fn many(count: usize, noun: &str) -> String {
    plural(i128::try_from(count).unwrap_or(i128::MAX), noun)
}

/// A time for people, to the minute.
pub(crate) fn shown(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_two_parts() {
        let told = |seconds| length(SignedDuration::from_secs(seconds));
        assert_eq!(
            [told(40), told(61), told(3_600), told(3_700), told(86_400), told(90_000), told(180_000)],
            ["40 s", "1 min", "1 h", "1 h 1 min", "1 day", "1 day 1 h", "2 days 2 h"]
        );
    }

    #[test]
    fn a_window_meets_the_one_before_and_shares_no_moment_with_it() {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let window = Window::new(time("2026-11-23T00:00:00Z"), time("2026-11-24T00:00:00Z")).unwrap();
        let before = window.before();
        assert_eq!(before.from, time("2026-11-22T00:00:00Z"));
        assert!(window.contains(window.from) && !before.contains(window.from) && !window.contains(window.to));
        assert_eq!(Window::new(window.to, window.to), Err(NoWindow));
    }
}
