//! The words that runs, days and fixes share.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tagmend_diagnosis::{Change, PastChange, arn::last_part};

use crate::apply::{Outcome, Refusal};

/// Who ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// The function on failures.
    Heal,
    /// The function on a schedule.
    Watch,
    /// An operator's command.
    Rollback,
}

/// What a run may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Say what it would change.
    Plan,
    /// Change it.
    Apply,
}

/// What a change is of, without what it is changed to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Thing {
    /// The mapping of a session tag's key is restored.
    RestoreMapping {
        /// The key.
        key: String,
    },
    /// A permission set is provisioned to an account.
    Provision {
        /// The account.
        account: String,
        /// The last part of the permission set's ARN.
        permission_set_id: String,
    },
}

impl From<&Change> for Thing {
    fn from(change: &Change) -> Thing {
        match change {
            Change::RestoreMapping { key, source: _ } => Thing::RestoreMapping { key: key.clone() },
            Change::Reprovision { account, permission_set, name: _, policy_digest: _ } => Thing::Provision {
                account: account.clone(),
                permission_set_id: last_part(permission_set).to_owned(),
            },
        }
    }
}

impl From<&PastChange> for Thing {
    fn from(change: &PastChange) -> Thing {
        match change {
            PastChange::RestoredMapping { key } => Thing::RestoreMapping { key: key.clone() },
            PastChange::Reprovisioned { account, permission_set_id } => {
                Thing::Provision { account: account.clone(), permission_set_id: permission_set_id.clone() }
            }
        }
    }
}

/// What became of a change that was planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeResult {
    /// Nothing: the mode is `plan`, or it was not known for sure what to compare with.
    Planned,
    /// It was made, and seen afterwards.
    Fixed,
    /// Nothing was to be done any more.
    AlreadyInPlace,
    /// AWS gave no answer, and it is in place: nobody knows who made it.
    FoundInPlace,
    /// It was made and is not to be seen.
    Unverified,
    /// Somebody else wrote at the same time, and one of the writes undid the other, or a part of it.
    Raced,
    /// It was made a short while ago and is gone again: it was not made a second time.
    Escalated,
    /// It was not made; `limit` says why.
    Refused,
    /// AWS did not do it, or did not answer.
    Failed,
    /// AWS began it and ended it with a failure.
    EndedInFailure,
}

impl ChangeResult {
    /// Its name in JSON and logs.
    pub fn name(self) -> &'static str {
        match self {
            ChangeResult::Planned => "planned",
            ChangeResult::Fixed => "fixed",
            ChangeResult::AlreadyInPlace => "already_in_place",
            ChangeResult::FoundInPlace => "found_in_place",
            ChangeResult::Unverified => "unverified",
            ChangeResult::Raced => "raced",
            ChangeResult::Escalated => "escalated",
            ChangeResult::Refused => "refused",
            ChangeResult::Failed => "failed",
            ChangeResult::EndedInFailure => "ended_in_failure",
        }
    }

    /// Whether something was changed, or may have been.
    pub fn is_made(self) -> bool {
        matches!(
            self,
            ChangeResult::Fixed
                | ChangeResult::FoundInPlace
                | ChangeResult::Unverified
                | ChangeResult::Raced
                | ChangeResult::EndedInFailure
        )
    }
}

impl From<Option<&Outcome>> for ChangeResult {
    fn from(outcome: Option<&Outcome>) -> ChangeResult {
        match outcome {
            None => ChangeResult::Planned,
            Some(Outcome::Fixed(_)) => ChangeResult::Fixed,
            Some(Outcome::AlreadyInPlace) => ChangeResult::AlreadyInPlace,
            Some(Outcome::FoundInPlace(_)) => ChangeResult::FoundInPlace,
            Some(Outcome::Unverified(_)) => ChangeResult::Unverified,
            Some(Outcome::Raced { .. }) => ChangeResult::Raced,
            Some(Outcome::Escalated(_)) => ChangeResult::Escalated,
            Some(Outcome::Refused(_)) => ChangeResult::Refused,
            Some(Outcome::Failed(_)) => ChangeResult::Failed,
            Some(Outcome::EndedInFailure(_)) => ChangeResult::EndedInFailure,
        }
    }
}

/// Defines why a change was refused: one row a limit, with its name in JSON and logs and what it says in a few words.
macro_rules! limits {
    ($($(#[$doc:meta])* $limit:ident: $name:literal, $meaning:literal;)+) => {
        /// Why a change was refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Limit {
            $($(#[$doc])* $limit,)+
        }

        impl Limit {
            /// Every one.
            pub const ALL: &[Limit] = &[$(Limit::$limit),+];

            /// Its name in JSON and logs.
            pub fn name(self) -> &'static str {
                match self {
                    $(Limit::$limit => $name,)+
                }
            }

            /// What it says, in a few words.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Limit::$limit => $meaning,)+
                }
            }
        }
    };
}

limits! {
    /// An operator holds it.
    Hold: "hold", "an operator holds it";
    /// The journal was not begun, or is lost.
    JournalNotBegun: "journal_not_begun", "the journal was not begun, or is lost";
    /// The journal has something of an unknown format.
    JournalNotUnderstood: "journal_not_understood", "the journal has something of an unknown format";
    /// Clocks are too far apart.
    ClocksApart: "clocks_apart", "the writer's clock and S3's, or those of two writers, are more than a minute apart";
    /// Somebody else is writing.
    LeaseHeld: "lease_held", "somebody else is writing";
    /// Somebody else took over writing while the run stood still.
    LeaseLost: "lease_lost", "somebody else took over writing";
    /// The baseline's fixes an hour.
    BudgetSpent: "budget_spent", "the baseline allows no more fixes this hour";
    /// The mappings that an instance takes.
    NoRoom: "no_room", "the instance takes no more mappings";
    /// AWS refused it before; it is not tried again yet.
    RefusedBefore: "refused_before", "AWS refused it before, and it is not tried again yet";
    /// The baseline's fixes of one thing a day.
    RepeatLimit: "repeat_limit", "the baseline allows no more fixes of this today";
    /// The baseline's permission sets a key.
    BlastRadius: "blast_radius", "too many permission sets mention the key, or nobody knows how many";
    /// The baseline's users before a fix.
    TooFewUsers: "too_few_users", "the baseline asks for more users who are denied";
    /// The state is not the one that was diagnosed.
    StateChanged: "state_changed", "the state is not the one that was diagnosed";
    /// The last change is not to be seen yet.
    RecentChange: "recent_change", "the last change is not to be seen yet";
    /// The same may still be under way.
    UnderWay: "under_way", "the same may still be under way";
    /// An operator rolled it back.
    RolledBack: "rolled_back", "an operator rolled it back a short while ago";
    /// It is of no use without another change, which is not made.
    OtherPart: "other_part", "it is of no use without another change, which is not made";
    /// The run ends too soon.
    OutOfTime: "out_of_time", "too little time was left";
    /// The policies are not the approved ones.
    PoliciesNotApproved: "policies_not_approved", "the policies are not the approved ones";
}

impl Limit {
    /// Whether it says that something was not settled yet, and not that a limit or a person stops the change.
    pub fn is_passing(self) -> bool {
        matches!(
            self,
            Limit::LeaseHeld
                | Limit::LeaseLost
                | Limit::StateChanged
                | Limit::UnderWay
                | Limit::RecentChange
                | Limit::OutOfTime
        )
    }
}

impl From<&Refusal> for Limit {
    fn from(refusal: &Refusal) -> Limit {
        match refusal {
            Refusal::Hold => Limit::Hold,
            Refusal::JournalNotBegun => Limit::JournalNotBegun,
            Refusal::JournalNotUnderstood => Limit::JournalNotUnderstood,
            Refusal::ClocksApart => Limit::ClocksApart,
            Refusal::LeaseHeld => Limit::LeaseHeld,
            Refusal::LeaseLost => Limit::LeaseLost,
            Refusal::BudgetSpent(_) => Limit::BudgetSpent,
            Refusal::NoRoom => Limit::NoRoom,
            Refusal::RefusedBefore { .. } => Limit::RefusedBefore,
            Refusal::RepeatLimit(_) => Limit::RepeatLimit,
            Refusal::BlastRadius { .. } => Limit::BlastRadius,
            Refusal::TooFewUsers { .. } => Limit::TooFewUsers,
            Refusal::StateChanged => Limit::StateChanged,
            Refusal::RecentChange => Limit::RecentChange,
            Refusal::UnderWay => Limit::UnderWay,
            Refusal::RolledBack { .. } => Limit::RolledBack,
            Refusal::OtherPart => Limit::OtherPart,
            Refusal::OutOfTime => Limit::OutOfTime,
            Refusal::PoliciesNotApproved => Limit::PoliciesNotApproved,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "these are tests")]
mod tests;
