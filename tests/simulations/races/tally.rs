//! What happened in schedules, counted.

use std::fmt;

use tagmend_remedy::{Outcome, Refusal, Report, TreatedChange};

/// What happened in many schedules.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(super) schedules: usize,
    pub(super) calls: usize,
    pub(super) writes: usize,
    pub(super) provisionings: usize,
    pub(super) fixed: usize,
    pub(super) in_place: usize,
    /// Changes that were found in place after a write without an answer.
    pub(super) found: usize,
    pub(super) refused: usize,
    pub(super) escalated: usize,
    pub(super) raced: usize,
    pub(super) failed: usize,
    pub(super) rollbacks: usize,
    pub(super) losses: usize,
    /// Writes that AWS refused.
    pub(super) refusals: usize,
    /// Changes that were not made for lack of budget.
    pub(super) spent: usize,
    pub(super) recovered: usize,
    /// Changes that a function of the earlier build reports as fixed, where two builds play.
    pub(super) fixed_before: usize,
}

impl Tally {
    pub(crate) fn add(&mut self, other: &Tally) {
        self.schedules += other.schedules;
        self.calls += other.calls;
        self.writes += other.writes;
        self.provisionings += other.provisionings;
        self.fixed += other.fixed;
        self.in_place += other.in_place;
        self.found += other.found;
        self.refused += other.refused;
        self.escalated += other.escalated;
        self.raced += other.raced;
        self.failed += other.failed;
        self.rollbacks += other.rollbacks;
        self.losses += other.losses;
        self.refusals += other.refusals;
        self.spent += other.spent;
        self.recovered += other.recovered;
        self.fixed_before += other.fixed_before;
    }

    /// Whether functions fixed both kinds of thing and the operator rolled back: all had the rights to.
    pub(crate) fn did_something(&self) -> bool {
        self.fixed > 0 && self.rollbacks > 0 && self.provisionings > 0
    }

    /// Whether everything that the schedules are for occurred.
    pub(crate) fn is_full(&self) -> bool {
        [
            self.fixed,
            self.in_place,
            self.refused,
            self.escalated,
            self.raced,
            self.rollbacks,
            self.losses,
            self.refusals,
            self.recovered,
        ]
        .iter()
        .all(|count| *count > 0)
    }

    pub(super) fn report(&mut self, report: &Report) {
        for TreatedChange { outcome, .. } in &report.changes {
            match outcome {
                Some(Outcome::Fixed(_)) => self.fixed += 1,
                Some(Outcome::AlreadyInPlace) => self.in_place += 1,
                Some(Outcome::FoundInPlace(_)) => self.found += 1,
                Some(Outcome::Escalated(_)) => self.escalated += 1,
                Some(Outcome::Raced { .. }) => self.raced += 1,
                Some(Outcome::Refused(refusal)) => {
                    self.refused += 1;
                    self.spent += usize::from(matches!(refusal, Refusal::BudgetSpent(_)));
                }
                Some(Outcome::Failed(_) | Outcome::Unverified(_) | Outcome::EndedInFailure(_)) => {
                    self.failed += 1;
                }
                None => panic!("nothing says what became of a change"),
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} schedules, {} calls, {} lists written, {} provisionings: {} fixed, {} already in place, {} found in place without an answer, {} refused, {} escalated, {} raced, {} \
             failed or unverified, {} rolled back, {} mappings of strangers overwritten in the window and found, {} writes \
             refused by AWS, {} changes left for lack of budget, {} recorded by a later run; the earlier build: {} fixed",
            self.schedules,
            self.calls,
            self.writes,
            self.provisionings,
            self.fixed,
            self.in_place,
            self.found,
            self.refused,
            self.escalated,
            self.raced,
            self.failed,
            self.rollbacks,
            self.losses,
            self.refusals,
            self.spent,
            self.recovered,
            self.fixed_before
        )
    }
}
