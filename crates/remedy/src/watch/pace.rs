//! How fast it reads: the instance's 20 calls a second are everybody's.

use std::time::Duration;

/// How fast it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The time that one call is given.
    a_call: Duration,
    /// The most permission sets that one run looks at.
    permission_sets: usize,
}

impl Pace {
    /// For real AWS: five calls a second on average, a quarter of the instance's quota. So many permission sets take
    /// eight minutes; those that are left wait for the next run.
    pub const AWS: Pace = Pace { a_call: Duration::from_millis(200), permission_sets: 400 };
    /// For the sandbox, which has no quota.
    pub const NONE: Pace = Pace { a_call: Duration::ZERO, permission_sets: usize::MAX };

    /// The same, with so many permission sets a run.
    pub fn with_permission_sets(self, permission_sets: usize) -> Pace {
        Pace { permission_sets, ..self }
    }

    pub(crate) fn permission_sets(self) -> usize {
        self.permission_sets
    }

    /// The pause after so many calls.
    pub fn after(self, calls: u32) -> Duration {
        self.a_call.saturating_mul(calls)
    }

    pub(crate) async fn pause_after(self, calls: u32) {
        let pause = self.after(calls);
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }
}
