//! What was read: every value that a review rests on. Nothing here is looked up later.

mod words;

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::list_write::ListWrite;
pub use words::{Source, Standing, Thing, Unread};

/// Everything that was read.
#[derive(Clone, Debug)]
pub struct History {
    /// The time of the review.
    pub now: Timestamp,
    /// Runs of the functions, oldest first.
    pub runs: Vec<Run>,
    /// Denials that cost a read, in groups, oldest first.
    pub denials: Vec<Denials>,
    /// What runs did about changes, oldest first.
    pub attempts: Vec<Attempt>,
    /// Changes that were made, oldest first.
    pub fixes: Vec<Fix>,
    /// Fixes that operators took back, oldest first.
    pub rollbacks: Vec<Rollback>,
    /// What must not be written.
    pub hold: Hold,
    /// Writes of the list of mappings that CloudTrail tells of, oldest first; none where it could not be read.
    pub list_writes: Option<Vec<ListWrite>>,
    /// The state now; none where it could not be read.
    pub live: Option<Live>,
    /// What the metrics count, for the window and the one before; none where they could not be read.
    pub metrics: Option<Counted>,
    /// What is no denied call, oldest first.
    pub related: Vec<RelatedRecord>,
    /// What runs connected with it.
    pub stories: Vec<Story>,
    /// Names of users by their hash, where somebody asked for them.
    pub names: BTreeMap<String, String>,
    /// What could not be read.
    pub unread: Vec<Unread>,
}

/// A record that is no denied call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelatedRecord {
    /// Its id.
    pub id: String,
    /// When.
    pub time: Timestamp,
    /// Which, as `docs/causes.md` names it.
    pub kind: String,
    /// Its class.
    pub class: String,
}

/// What a run connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// Which two things.
    pub kind: String,
    /// `shortly_before`, or `shown`.
    pub link: String,
    /// The id of the record of what came first.
    pub before: String,
    /// When that was.
    pub time: Timestamp,
    /// The ids of the records of what came after.
    pub after: Vec<String>,
    /// Both, in a sentence.
    pub text: String,
}

/// A function's run, or several of a folded day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// When it began; of a folded day, an hour.
    pub time: Timestamp,
    /// Whose.
    pub by: Function,
    /// Whether it could write.
    pub mode: Mode,
    /// How many runs.
    pub count: u64,
}

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Function {
    /// It diagnoses denials.
    Heal,
    /// It takes the second look.
    Watch,
}

/// Whether a run could write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It could not.
    Plan,
    /// It could.
    Apply,
}

/// Denials of one user under one permission set in one account, for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denials {
    /// The first of them; of a folded day, the hour.
    pub time: Timestamp,
    /// The cause's name.
    pub cause: String,
    /// The id of the rule that spoke.
    pub rule: String,
    /// The account; none where the record does not say.
    pub account: Option<String>,
    /// The permission set; none where the caller is no session of one.
    pub permission_set: Option<String>,
    /// The user's hash; none where there is no key to hash with.
    pub user: Option<String>,
    /// Session tags that decide.
    pub keys: Vec<String>,
    /// How many.
    pub count: u64,
    /// When the sessions that were denied end at the latest, where that is known.
    pub sessions_end: Option<Timestamp>,
    /// Whether only their hour is known: a folded day tells no more.
    pub is_of_hour: bool,
}

/// What one run did about one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// When.
    pub time: Timestamp,
    /// The change.
    pub thing: Thing,
    /// The cause's name.
    pub cause: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a change that a run planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The run could not write.
    OnlyPlanned,
    /// It was made and seen afterwards.
    Fixed,
    /// Nothing was to be done any more.
    AlreadyInPlace,
    /// AWS gave no answer, and it was in place: nobody knows who made it.
    FoundInPlace,
    /// It was made and not seen afterwards.
    Unverified,
    /// It raced with a write of somebody else.
    Raced,
    /// It was made a short while ago and is gone again.
    Escalated,
    /// It was not made.
    Refused(Refusal),
    /// AWS did not do it.
    Failed,
}

/// Why a change was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its name.
    pub name: String,
    /// For people.
    pub text: String,
    /// When it goes on, for people.
    pub goes_on: String,
    /// Whether something was not settled yet, and neither a limit nor a person stops it.
    pub is_passing: bool,
    /// Not before.
    pub until: Option<Timestamp>,
}

/// A change that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Its name in the journal.
    pub id: String,
    /// When it was begun.
    pub time: Timestamp,
    /// What was changed.
    pub thing: Thing,
    /// The cause's name; none where the object could not be read.
    pub cause: Option<String>,
    /// The id of the rule that told it; none of what older versions wrote.
    pub rule: Option<String>,
    /// The account of the denial.
    pub account: Option<String>,
    /// The permission set of the denial.
    pub permission_set: Option<String>,
    /// The call that was denied.
    pub action: Option<String>,
    /// The first denial.
    pub denied: Option<Timestamp>,
    /// When it was seen to be in place, or its run gave up.
    pub ended: Option<Timestamp>,
    /// Whether its run saw it in place.
    pub verified: bool,
    /// Whether it was found in place: who made it, nobody knows.
    pub recovered: bool,
    /// Users who were denied, where that is known.
    pub denied_users: Option<usize>,
    /// Hashes of the first of them.
    pub users: Vec<String>,
    /// When the sessions that were denied end at the latest.
    pub sessions_end: Option<Timestamp>,
    /// What came into the list, as `KEY = SOURCE`.
    pub added: Vec<String>,
    /// Mappings before.
    pub mappings_before: Option<usize>,
}

/// A fix that an operator took back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollback {
    /// Its name in the journal.
    pub id: String,
    /// When.
    pub time: Timestamp,
    /// The session tag.
    pub key: String,
}

/// What must not be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hold {
    /// Everything.
    pub all: Option<Held>,
    /// Mappings of these keys.
    pub keys: BTreeMap<String, Held>,
}

/// Who holds, why and since when; none where nobody wrote it down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Held {
    /// Who.
    pub by: Option<String>,
    /// Since when.
    #[schemars(with = "Option<String>")]
    pub since: Option<Timestamp>,
    /// Why.
    pub reason: Option<String>,
}

/// The state now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Live {
    /// The mappings, as key and source; none while attributes for access control are off.
    pub mappings: Option<Vec<(String, String)>>,
    /// How things stand that were looked at.
    pub standing: BTreeMap<Thing, Standing>,
}

/// What the metrics count.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counted {
    /// In the window, by the metric's name.
    pub window: BTreeMap<String, f64>,
    /// In the one before.
    pub before: BTreeMap<String, f64>,
}

impl History {
    /// A history in which nothing happened, at this time.
    pub fn empty(now: Timestamp) -> History {
        History {
            now,
            runs: Vec::new(),
            denials: Vec::new(),
            attempts: Vec::new(),
            fixes: Vec::new(),
            rollbacks: Vec::new(),
            hold: Hold::default(),
            list_writes: None,
            live: None,
            metrics: None,
            related: Vec::new(),
            stories: Vec::new(),
            names: BTreeMap::new(),
            unread: Vec::new(),
        }
    }

    /// Whether a source was read whole.
    pub(crate) fn was_read(&self, source: Source) -> bool {
        !self.unread.iter().any(|unread| unread.source == source)
    }
}
