//! What became of a batch: of each record, and of each change that was asked for.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tagmend_diagnosis::related::{Related, story::Story};
use tagmend_diagnosis::{Change, DeliveryError, Diagnosis, Failure, Plan, Reason};

use crate::apply::Outcome;
use crate::apply::blast_radius::BlastRadius;
use crate::aws::aws_error::AwsError;
use crate::follow::Followed;
use crate::ledger::{Attempt, LookedAgain};
use crate::read::foreign_writes::Overwritten;

/// What became of one record.
#[derive(Clone, Debug)]
pub enum Treated {
    /// It cannot be read.
    Unreadable(DeliveryError),
    /// It is neither denied nor throttled.
    PassedOver,
    /// It tells of the same call as another record of the batch: CloudTrail delivers some late, or twice.
    Repeated {
        /// The failure.
        failure: Box<Failure>,
        /// The id of the other record.
        of: String,
    },
    /// It tells of something that is no denied call. It is never healed.
    Related(Box<Related>),
    /// It is a failure.
    Failure(Box<Failure>, Treatment),
}

/// What became of one failure.
#[derive(Clone, Debug)]
pub enum Treatment {
    /// AWS did not tell what is needed to diagnose it.
    Unanswered(AwsError),
    /// It was diagnosed.
    Diagnosed {
        /// Why the call failed.
        diagnosis: Box<Diagnosis>,
        /// What may be done, and what came of it.
        plan: Plan<Step>,
    },
}

/// A change of a plan on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The change.
    pub change: Change,
    /// How much it touches, where that is a question.
    pub radius: Option<BlastRadius>,
    /// How it went; none where nothing is to be applied.
    pub outcome: Option<Outcome>,
}

/// A change that the plans of a batch ask for, once for all of them.
#[derive(Clone, Debug)]
pub struct TreatedChange {
    /// The change.
    pub change: Change,
    /// How it went; none where nothing is applied.
    pub outcome: Option<Outcome>,
    /// The same as the ledger has it.
    pub attempt: Attempt,
}

/// What became of a batch.
#[derive(Clone, Debug)]
pub struct Report {
    /// In the order of the records.
    pub treated: Vec<Treated>,
    /// Every change that was asked for, once.
    pub changes: Vec<TreatedChange>,
    /// Writes of somebody else that one of ours may have replaced; [`crate::read::observe::Reader::overwritten`] finds them.
    pub overwritten: Vec<Overwritten>,
    /// When somebody turned attributes for access control off; [`crate::read::foreign_writes::turned_off`] finds it.
    pub turned_off: Vec<Timestamp>,
    /// Permission sets that somebody wrote, by ARN; [`crate::follow::Follower`] looks at them.
    pub followed: BTreeMap<String, Followed>,
    /// What came before failures of the batch and may explain them.
    pub stories: Vec<Story>,
    /// Second looks at denials of users whom the batch's records change; [`crate::ledger::Ledger::look_again`] takes them.
    pub looked_again: Vec<LookedAgain>,
}

impl From<Change> for Step {
    fn from(change: Change) -> Step {
        Step { change, radius: None, outcome: None }
    }
}

impl Treatment {
    /// A diagnosis with its plan, of which nothing is carried out yet.
    pub(crate) fn planned(diagnosis: Box<Diagnosis>, plan: Plan) -> Treatment {
        Treatment::Diagnosed { diagnosis, plan: plan.map(Step::from) }
    }

    /// Whether a later look may show something else.
    pub(crate) fn is_to_be_looked_at_later(&self) -> bool {
        matches!(self, Treatment::Diagnosed { diagnosis, .. } if diagnosis.look_again)
    }

    /// Whether something is to be changed.
    pub(crate) fn has_changes(&self) -> bool {
        matches!(self, Treatment::Diagnosed { plan: Plan::Changes(_), .. })
    }
}

impl Treated {
    /// The steps of its plan.
    pub fn steps(&self) -> &[Step] {
        match self {
            Treated::Failure(_, Treatment::Diagnosed { plan: Plan::Changes(steps), .. }) => steps,
            _ => &[],
        }
    }

    pub(crate) fn steps_mut(&mut self) -> &mut [Step] {
        match self {
            Treated::Failure(_, Treatment::Diagnosed { plan: Plan::Changes(steps), .. }) => steps,
            _ => &mut [],
        }
    }

    /// Whether a later look may tell more: a change of a moment before was perhaps not yet in effect.
    pub fn is_worth_a_second_look(&self) -> bool {
        matches!(self, Treated::Failure(_, treatment) if treatment.is_to_be_looked_at_later())
    }

    /// Whether the record has to come again: it could not be read, or what it needs was not to be had.
    pub fn is_unfinished(&self) -> bool {
        match self {
            Treated::PassedOver | Treated::Related(_) | Treated::Repeated { .. } => false,
            Treated::Unreadable(_) | Treated::Failure(_, Treatment::Unanswered(_)) => true,
            Treated::Failure(_, Treatment::Diagnosed { plan: Plan::Nothing(Reason::NotAsked(_)), .. }) => {
                true
            }
            Treated::Failure(_, Treatment::Diagnosed { .. }) => self
                .steps()
                .iter()
                .filter_map(|step| step.outcome.as_ref())
                .any(Outcome::is_worth_another_try),
        }
    }
}
