//! How long to wait between attempts; nothing in tests.

use std::time::Duration;

/// How long to wait between attempts.
#[derive(Clone, Copy, Debug)]
pub struct Pacing {
    /// Between two looks at a provisioning request.
    pub poll: Duration,
    /// The first backoff after a conflict; doubles each time, with full jitter.
    pub conflict: Duration,
}

impl Pacing {
    /// For real AWS.
    pub const AWS: Pacing = Pacing { poll: Duration::from_secs(1), conflict: Duration::from_millis(250) };
    /// For the sandbox, where nothing takes time.
    pub const NONE: Pacing = Pacing { poll: Duration::ZERO, conflict: Duration::ZERO };

    /// Looks at a provisioning request before it counts as not ended.
    pub(crate) const POLLS: u32 = 30;
    /// Attempts at a write that conflicts. `ConflictException` is also thrown for conditions that never end.
    pub(crate) const CONFLICTS: u32 = 5;

    /// Looks at a list before a change counts as not to be seen.
    pub(crate) const LOOKS: u32 = 3;

    pub(crate) async fn after_conflict(&self, attempt: u32) {
        let longest = self.conflict.saturating_mul(2_u32.saturating_pow(attempt));
        wait(longest.mul_f64(fastrand::f64())).await;
    }

    pub(crate) async fn before_poll(&self) {
        wait(self.poll).await;
    }
}

/// No timer turns for no time at all, so that simulations need none.
async fn wait(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}
