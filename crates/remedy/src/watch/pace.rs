//! How much one run reads. How fast is the clients' own matter (`crate::rate`).

/// How much one run reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The most permission sets that one run looks at.
    permission_sets: usize,
    /// Whether those that a run before this one saw are left out.
    is_rest: bool,
}

/// Permission sets a run for each call a second: six calls each, in eleven minutes.
const A_RUN: f64 = 110.0;

impl Pace {
    /// For the sandbox, and for commands: everything.
    pub const NONE: Pace = Pace { permission_sets: usize::MAX, is_rest: false };

    /// For an hourly run at so many calls a second: those that are left wait for the next run. Two calls a second are 220
    /// permission sets a run, and 3,500 in sixteen.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share is from 0.1 to 10")]
    pub fn hourly(calls_per_second: f64) -> Pace {
        Pace { permission_sets: (calls_per_second * A_RUN).round().max(1.0) as usize, is_rest: false }
    }

    /// The same, with so many permission sets a run.
    pub fn with_permission_sets(self, permission_sets: usize) -> Pace {
        Pace { permission_sets, ..self }
    }

    /// The same for the rest of a run that was interrupted.
    pub fn of_the_rest(self) -> Pace {
        Pace { is_rest: true, ..self }
    }

    pub(crate) fn permission_sets(self) -> usize {
        self.permission_sets
    }

    pub(crate) fn is_rest(self) -> bool {
        self.is_rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_reads_as_much_as_its_share_lets_it() {
        for (calls, sets) in [(2.0, 220), (4.0, 440), (10.0, 1_100), (0.2, 22)] {
            assert_eq!(Pace::hourly(calls).permission_sets(), sets, "{calls}");
        }
    }
}
