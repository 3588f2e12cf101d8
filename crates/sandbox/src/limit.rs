//! The quotas of calls a second, on whatever clock the sandbox has.
//!
//! Source: `limits` in the Identity Center user guide: 20 a second for all of Identity Center's APIs together, and 20 for
//! each API of the Identity Store. How AWS counts a second is not documented; here it is any span of one second.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::answer::ServiceError;

const CALLS: usize = 20;
const SPAN: Duration = Duration::from_secs(1);

/// How many calls a second are let through.
#[derive(Debug)]
pub(crate) struct Limit {
    clock: Box<dyn Clock>,
    recent: BTreeMap<String, VecDeque<Duration>>,
    /// The most calls in any second, by budget, those that were refused with them.
    pub(crate) busiest: BTreeMap<String, usize>,
    /// Calls that were refused.
    pub(crate) refused: usize,
}

/// Time since some beginning.
pub trait Clock: std::fmt::Debug + Send {
    /// How long it is since.
    fn elapsed(&self) -> Duration;
}

impl Clock for std::time::Instant {
    fn elapsed(&self) -> Duration {
        std::time::Instant::elapsed(self)
    }
}

impl Limit {
    pub(crate) fn new(clock: Box<dyn Clock>) -> Limit {
        Limit { clock, recent: BTreeMap::new(), busiest: BTreeMap::new(), refused: 0 }
    }

    /// Counts a call, and refuses it where there were too many.
    pub(crate) fn take(&mut self, operation: &str) -> Result<(), ServiceError> {
        let budget = match operation.split_once(':') {
            Some(("sso", _)) => "sso",
            Some(("identitystore", _)) => operation,
            _ => return Ok(()),
        };
        let now = self.clock.elapsed();
        let recent = self.recent.entry(budget.to_owned()).or_default();
        while recent.front().is_some_and(|time| now.saturating_sub(*time) >= SPAN) {
            recent.pop_front();
        }
        recent.push_back(now);
        let busiest = self.busiest.entry(budget.to_owned()).or_default();
        *busiest = recent.len().max(*busiest);
        if recent.len() > CALLS {
            self.refused += 1;
            return Err(ServiceError::new(400, "ThrottlingException", "Rate exceeded"));
        }
        Ok(())
    }
}
