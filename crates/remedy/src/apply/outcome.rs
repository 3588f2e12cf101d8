//! How a change went, and why it was not made.

use std::fmt;

use jiff::Timestamp;
use tagmend_diagnosis::MAXIMUM_MAPPINGS;

use crate::apply::blast_radius::BlastRadius;
use crate::aws::aws_error::AwsError;
use crate::journal::{FixId, WhyNotMade};

/// How a change went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was made, and seen afterwards.
    Fixed(FixId),
    /// Nothing was to be done any more.
    AlreadyInPlace,
    /// AWS gave no answer, and it is in place: whether this made it or a person did, nobody knows.
    FoundInPlace(FixId),
    /// It was made and is not to be seen; the snapshot has the state before.
    Unverified(FixId),
    /// Somebody else wrote at the same time, and one of the writes undid the other, or a part of it.
    Raced {
        /// Its snapshot has the state before.
        fix: FixId,
        /// Mapped keys that were written and are not there afterwards.
        gone: Vec<String>,
    },
    /// It was made a short while ago and is gone again: somebody undoes it, and has to be asked why.
    Escalated(FixId),
    /// It was not made.
    Refused(Refusal),
    /// It could not be made.
    Failed(AwsError),
    /// AWS began it and ended it with a failure; the journal has AWS's reason.
    EndedInFailure(FixId),
}

/// A limit that the baseline sets, and that is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Its value.
    pub most: usize,
    /// When the oldest of what counts ends to count.
    pub until: Timestamp,
}

/// Why a change was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody stopped all writing, or this change.
    Hold,
    /// The journal was not begun, or is lost: the mark or the lease is not there.
    JournalNotBegun,
    /// The journal has something of a format that nobody here knows.
    JournalNotUnderstood,
    /// This clock and S3's, or those of two who wrote the journal, are further apart than is reckoned with.
    ClocksApart,
    /// Somebody else is writing.
    LeaseHeld,
    /// Somebody else took the lease over while this run stood still.
    LeaseLost,
    /// There were as many fixes in the last hour as the baseline allows, or would be with it.
    BudgetSpent(Reached),
    /// The instance takes no more mappings.
    NoRoom,
    /// AWS refused the same a short while ago.
    RefusedBefore {
        /// So many times since it was made last.
        times: usize,
        /// It is not tried again before.
        until: Timestamp,
    },
    /// There were as many fixes of this thing in the last day as the baseline allows.
    RepeatLimit(Reached),
    /// More permission sets mention the key than the baseline allows, or nobody knows how many.
    BlastRadius {
        /// So many may mention it.
        most: usize,
        /// So many do.
        radius: BlastRadius,
    },
    /// Fewer users were denied in this batch than the baseline asks for.
    TooFewUsers {
        /// So many have to be.
        least: usize,
    },
    /// The state is not the one that the diagnosis saw.
    StateChanged,
    /// The last change is not to be seen yet.
    RecentChange,
    /// The same may still be under way.
    UnderWay,
    /// An operator took it back a short while ago.
    RolledBack {
        /// It is not made again before.
        until: Timestamp,
    },
    /// It is of use only together with another change, which is not made.
    OtherPart,
    /// The run ends too soon.
    OutOfTime,
    /// The policies are not the approved ones.
    PoliciesNotApproved,
}

impl Outcome {
    /// Whether the same record may fare better when it comes again.
    pub fn is_worth_another_try(&self) -> bool {
        match self {
            Outcome::Refused(refusal) => match refusal {
                Refusal::LeaseHeld
                | Refusal::LeaseLost
                | Refusal::StateChanged
                | Refusal::UnderWay
                | Refusal::OutOfTime
                // What was left for lack of budget or room, or because AWS refused it, is still broken, and perhaps
                // nobody is denied again. Its message comes four more times, six minutes apart, and then waits in the
                // dead-letter queue until an operator sends it back.
                | Refusal::BudgetSpent(_)
                | Refusal::NoRoom
                | Refusal::RefusedBefore { .. } => true,
                // Nothing else is queued for later: a denial that still counts comes again by itself.
                Refusal::Hold
                | Refusal::JournalNotBegun
                | Refusal::JournalNotUnderstood
                | Refusal::ClocksApart
                | Refusal::RepeatLimit(_)
                | Refusal::BlastRadius { .. }
                | Refusal::TooFewUsers { .. }
                | Refusal::RecentChange
                | Refusal::RolledBack { .. }
                | Refusal::OtherPart
                | Refusal::PoliciesNotApproved => false,
            },
            Outcome::Failed(_) => true,
            Outcome::Fixed(_)
            | Outcome::AlreadyInPlace
            | Outcome::FoundInPlace(_)
            | Outcome::Unverified(_)
            | Outcome::Raced { .. }
            | Outcome::Escalated(_)
            | Outcome::EndedInFailure(_) => false,
        }
    }

    /// Whether it is to be counted as a failure.
    pub fn is_failure(&self) -> bool {
        match self {
            Outcome::Failed(_)
            | Outcome::Unverified(_)
            | Outcome::Raced { .. }
            | Outcome::EndedInFailure(_) => true,
            Outcome::Fixed(_)
            | Outcome::AlreadyInPlace
            | Outcome::FoundInPlace(_)
            | Outcome::Escalated(_)
            | Outcome::Refused(_) => false,
        }
    }

    /// The journal's name of the change: its own where it was made, or may have been, that of the earlier one where it
    /// was escalated.
    pub(crate) fn fix(&self) -> Option<&FixId> {
        match self {
            Outcome::Fixed(fix)
            | Outcome::FoundInPlace(fix)
            | Outcome::Unverified(fix)
            | Outcome::Raced { fix, gone: _ }
            | Outcome::Escalated(fix)
            | Outcome::EndedInFailure(fix) => Some(fix),
            Outcome::AlreadyInPlace | Outcome::Refused(_) | Outcome::Failed(_) => None,
        }
    }

    /// Its name in JSON and logs.
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Fixed(_) => "fixed",
            Outcome::AlreadyInPlace => "already_in_place",
            Outcome::FoundInPlace(_) => "found_in_place",
            Outcome::Unverified(_) => "unverified",
            Outcome::Raced { .. } => "raced",
            Outcome::Escalated(_) => "escalated",
            Outcome::Refused(_) => "refused",
            Outcome::Failed(_) => "failed",
            Outcome::EndedInFailure(_) => "ended_in_failure",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Fixed(id) => write!(formatter, "fixed and verified, journal {}", id.as_str()),
            Outcome::AlreadyInPlace => formatter.write_str("already in place"),
            Outcome::FoundInPlace(id) => write!(
                formatter,
                "in place, and nobody knows who made it: AWS gave no answer, journal {}",
                id.as_str()
            ),
            Outcome::Unverified(id) => {
                write!(formatter, "made but not seen afterwards, snapshot {}", id.as_str())
            }
            Outcome::Raced { fix, gone } => write!(
                formatter,
                "somebody else wrote at the same time, and {} is gone, snapshot {}",
                gone.join(", "),
                fix.as_str()
            ),
            Outcome::Escalated(id) => write!(
                formatter,
                "not made a second time: it was made as {} and is not in place; somebody undid it, or it did not hold. \
                 Ask them, then `tagmend hold --key` or change the baseline",
                id.as_str()
            ),
            Outcome::Refused(refusal) => write!(formatter, "not made: {refusal}"),
            Outcome::Failed(error) => write!(formatter, "failed: {error}"),
            Outcome::EndedInFailure(id) => {
                write!(formatter, "AWS ended it in failure, journal {}", id.as_str())
            }
        }
    }
}

impl Reached {
    fn write(self, limit: &str, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "limit `{limit}` ({}) is reached until {}", self.most, self.until)
    }
}

impl Refusal {
    /// When the limit that refused it is no longer reached, where a time says that.
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            Refusal::BudgetSpent(Reached { until, .. })
            | Refusal::RepeatLimit(Reached { until, .. })
            | Refusal::RefusedBefore { until, .. }
            | Refusal::RolledBack { until } => Some(*until),
            Refusal::Hold
            | Refusal::JournalNotBegun
            | Refusal::JournalNotUnderstood
            | Refusal::ClocksApart
            | Refusal::LeaseHeld
            | Refusal::LeaseLost
            | Refusal::NoRoom
            | Refusal::BlastRadius { .. }
            | Refusal::TooFewUsers { .. }
            | Refusal::StateChanged
            | Refusal::RecentChange
            | Refusal::UnderWay
            | Refusal::OtherPart
            | Refusal::OutOfTime
            | Refusal::PoliciesNotApproved => None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Refusal::Hold => "writing is on hold",
            Refusal::JournalNotBegun => {
                "the journal was not begun, or is lost: look into the bucket, then `tagmend journal begin`"
            }
            Refusal::JournalNotUnderstood => {
                "the journal has something of a format that this version does not know"
            }
            Refusal::ClocksApart => {
                "this clock and S3's, or those of two who write the journal, are more than a minute apart"
            }
            Refusal::LeaseHeld => "somebody else is writing",
            Refusal::LeaseLost => "somebody else took over writing while this run stood still",
            Refusal::BudgetSpent(reached) => return reached.write("fixes_per_hour", formatter),
            Refusal::NoRoom => {
                return write!(formatter, "the instance takes {MAXIMUM_MAPPINGS} mappings and no more");
            }
            Refusal::RefusedBefore { times, until } => {
                let s = if *times == 1 { "" } else { "s" };
                return write!(
                    formatter,
                    "AWS refused it {times} time{s} in a row; it is not tried again before {until}"
                );
            }
            Refusal::RepeatLimit(reached) => return reached.write("fixes_of_one_thing_per_day", formatter),
            Refusal::BlastRadius { most, radius } => {
                return write!(formatter, "limit `permission_sets_per_key` is {most}, and {radius}");
            }
            Refusal::TooFewUsers { least } => {
                return write!(
                    formatter,
                    "limit `users_before_a_fix` ({least}) is more than the users denied in this batch"
                );
            }
            Refusal::StateChanged => "the state is not the one that was diagnosed",
            Refusal::RecentChange => "the last change, a short while ago, is not to be seen",
            Refusal::UnderWay => "the same was begun a short while ago and may still be under way",
            Refusal::RolledBack { until } => {
                return write!(
                    formatter,
                    "an operator rolled it back; limit `cool_down_minutes` keeps it so until {until}"
                );
            }
            Refusal::OtherPart => "it is of no use without another change, which is not made",
            Refusal::OutOfTime => "too little time is left",
            Refusal::PoliciesNotApproved => "the policies are not the approved ones",
        })
    }
}

/// What stops a change before it is made.
#[derive(Clone, Debug)]
pub(crate) enum Stop {
    Refused(Refusal),
    Aws(AwsError),
}

impl fmt::Display for Stop {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Refused(refusal) => refusal.fmt(formatter),
            Stop::Aws(error) => error.fmt(formatter),
        }
    }
}

/// A change that was begun, and of which it is sure that it was not made.
#[derive(Clone, Debug)]
pub(crate) struct NotMade {
    pub(crate) why: WhyNotMade,
    pub(crate) stop: Stop,
}

impl NotMade {
    /// AWS answered that it did not do it.
    pub(crate) fn refused(error: AwsError) -> NotMade {
        NotMade { why: WhyNotMade::Refused, stop: Stop::Aws(error) }
    }
}

impl<T: Into<Stop>> From<T> for NotMade {
    fn from(stop: T) -> NotMade {
        NotMade { why: WhyNotMade::Stopped, stop: stop.into() }
    }
}

impl From<AwsError> for Stop {
    fn from(error: AwsError) -> Stop {
        Stop::Aws(error)
    }
}

impl From<Stop> for Outcome {
    fn from(stop: Stop) -> Outcome {
        match stop {
            Stop::Refused(refusal) => Outcome::Refused(refusal),
            Stop::Aws(error) => Outcome::Failed(error),
        }
    }
}
