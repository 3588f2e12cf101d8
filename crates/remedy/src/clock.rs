//! The time, and how much of it is left.

use jiff::{SignedDuration, Timestamp};

/// Where the time comes from.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The system's clock.
    System,
    /// A clock that stands, as that of a sandbox's world.
    Fixed(Timestamp),
}

impl Clock {
    /// What it says.
    pub fn now(self) -> Timestamp {
        match self {
            Clock::System => Timestamp::now(),
            Clock::Fixed(time) => time,
        }
    }
}

/// The time of one run.
#[derive(Clone, Copy, Debug)]
pub struct RunTime {
    /// The clock.
    pub clock: Clock,
    /// When the run is stopped from outside, if it is.
    pub deadline: Option<Timestamp>,
}

impl RunTime {
    /// Whether work of this length ends before the deadline.
    pub(crate) fn has(&self, length: SignedDuration) -> bool {
        self.deadline.is_none_or(|deadline| self.clock.now() + length < deadline)
    }
}
