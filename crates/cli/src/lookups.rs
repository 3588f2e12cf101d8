//! Turns for CloudTrail's event history, which takes two lookups a second of an account and a Region.
//!
//! Source: `LookupEvents` in the CloudTrail API reference.

use std::time::Duration;

use aws_config::SdkConfig;
use tokio::time::Instant;

/// Two a second, and a little less.
const BETWEEN: Duration = Duration::from_millis(501);

/// Whose turn it is. The first is at once.
pub(crate) struct Turns {
    is_paced: bool,
    next: Option<Instant>,
}

impl Turns {
    /// An endpoint that was set by hand is the sandbox, which has no such limit.
    pub(crate) fn new(configuration: &SdkConfig) -> Turns {
        Turns { is_paced: configuration.endpoint_url().is_none(), next: None }
    }

    /// Waits for the next one.
    pub(crate) async fn wait(&mut self) {
        let now = Instant::now();
        tokio::time::sleep_until(self.turn(now)).await;
    }

    /// When the next one is.
    fn turn(&mut self, now: Instant) -> Instant {
        if !self.is_paced {
            return now;
        }
        let turn = self.next.map_or(now, |next| next.max(now));
        self.next = Some(turn + BETWEEN);
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_never_more_than_two_in_a_second() {
        let begins = Instant::now();
        // Answers that come at once, late, and after a pause.
        for answer in [0, 100, 700, 2_000] {
            let mut turns = Turns { is_paced: true, next: None };
            let (mut now, mut all) = (begins, Vec::new());
            for place in 0..40 {
                let turn = turns.turn(now);
                all.push(turn);
                now = turn + Duration::from_millis(if place % 7 == 0 { 3_000 } else { answer });
            }
            assert_eq!(all[0], begins, "the first is at once");
            let three = all.windows(3).map(|some| some[2] - some[0]);
            assert!(three.clone().all(|span| span > Duration::from_secs(1)), "{:?}", three.min());
        }
        let mut unpaced = Turns { is_paced: false, next: None };
        assert_eq!([unpaced.turn(begins), unpaced.turn(begins)], [begins, begins]);
    }
}
