//! The time, and how much of it is left.

use std::pin::pin;
use std::time::Duration;

use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, TokioSleep};
use futures::future::{Either, select};
use jiff::{SignedDuration, Timestamp};

use crate::aws::clients::Clients;

/// Where the time comes from.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The system's clock.
    System,
    /// A clock that stands, as that of a sandbox's world.
    Fixed(Timestamp),
    /// What a function says, for simulations in which time goes on.
    Told(fn() -> Timestamp),
}

impl Clock {
    /// What it says.
    pub fn now(self) -> Timestamp {
        match self {
            Clock::System => Timestamp::now(),
            Clock::Fixed(time) => time,
            Clock::Told(tell) => tell(),
        }
    }
}

/// What comes of it in this time, on the clock that the clients wait by.
pub(crate) async fn within<T>(clients: &Clients, left: Duration, work: impl Future<Output = T>) -> Option<T> {
    let sleep = clients.configuration.sleep_impl();
    let sleep = sleep.unwrap_or_else(|| SharedAsyncSleep::new(TokioSleep::new()));
    match select(pin!(work), pin!(sleep.sleep(left))).await {
        Either::Left((answer, _)) => Some(answer),
        Either::Right(_) => None,
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
    /// The time of an invocation that Lambda stops at this deadline, in milliseconds since 1970.
    pub fn until(clock: Clock, deadline: u64) -> RunTime {
        let deadline = i64::try_from(deadline).ok();
        let deadline = deadline.and_then(|deadline| Timestamp::from_millisecond(deadline).ok());
        // `cargo lambda watch` sends a deadline of 1970; that of AWS is never past when the work begins.
        RunTime { clock, deadline: deadline.filter(|deadline| *deadline > Timestamp::now()) }
    }

    /// How long to go on, so that this much is left at the end; none where nobody stops the run.
    pub fn left_before(&self, rest: SignedDuration) -> Option<Duration> {
        let left = self.deadline?.duration_since(self.clock.now()) - rest;
        Some(Duration::try_from(left).unwrap_or(Duration::ZERO))
    }

    /// Whether work of this length ends before the deadline.
    pub(crate) fn has(&self, length: SignedDuration) -> bool {
        self.deadline.is_none_or(|deadline| self.clock.now() + length < deadline)
    }
}
