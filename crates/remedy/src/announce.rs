//! A word for every change: an event on the account's default bus, so that chat, tickets and pagers attach by a rule.
//!
//! Nothing is claimed that was not seen: `Change Made` is sent for what was read back, and for nothing else. No event has
//! an attribute's value or a session's name; users are hashes, as in the ledger.

mod text;

use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_smithy_types::DateTime;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::aws_error::AwsError;
use crate::journal::{Done, FixId};
use crate::ledger::{Attempt, ChangeResult, FixSeen, Limit, Rollback, RollbackResult, Run, Thing, UserHash};

/// The source of every event.
pub const SOURCE: &str = "Tagmend";

/// The version of [`ChangeEvent`].
pub const VERSION: u32 = 1;

/// Users that one event names.
const NAMED: usize = 20;

/// Entries of one call. Source: `PutEvents` in the EventBridge API reference.
const AT_ONCE: usize = 10;

/// What an event tells of: its `detail-type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A change was made, and seen in place.
    Made,
    /// A change was sent, or begun, and nobody saw it in place.
    NotVerified,
    /// A change was planned, and a limit, a hold or an approval stopped it.
    Refused,
    /// A change that was made is not in place any more: somebody undid it, or an operator took it back.
    Undone,
}

impl Kind {
    /// Every one.
    pub const ALL: [Kind; 4] = [Kind::Made, Kind::NotVerified, Kind::Refused, Kind::Undone];

    /// As `detail-type` says it.
    pub fn detail_type(self) -> &'static str {
        match self {
            Kind::Made => "Change Made",
            Kind::NotVerified => "Change Not Verified",
            Kind::Refused => "Change Refused",
            Kind::Undone => "Change Undone",
        }
    }

    /// When it is sent.
    pub fn meaning(self) -> &'static str {
        match self {
            Kind::Made => "a change was made, and read back",
            Kind::NotVerified => {
                "a change was sent, or may have been, and was not read back, or nobody knows who made what is there: AWS \
                 failed, or did not answer"
            }
            Kind::Refused => "a change was planned, and a limit, a hold or an approval stopped it",
            Kind::Undone => {
                "a change that was made is not in place any more: `heal` or `watch` saw it, or an operator took it back"
            }
        }
    }

    /// What is said of a change with this result; nothing of what comes again by itself, and of what was in place.
    fn of(attempt: &Attempt) -> Option<Kind> {
        match attempt.result {
            ChangeResult::Fixed => Some(Kind::Made),
            ChangeResult::FoundInPlace
            | ChangeResult::Unverified
            | ChangeResult::Failed
            | ChangeResult::EndedInFailure => Some(Kind::NotVerified),
            ChangeResult::Refused => (!attempt.limit.is_some_and(Limit::is_passing)).then_some(Kind::Refused),
            ChangeResult::Raced | ChangeResult::Escalated => Some(Kind::Undone),
            ChangeResult::Planned | ChangeResult::AlreadyInPlace => None,
        }
    }
}

/// The `detail` of an event.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct ChangeEvent {
    /// The version of this form: 1. A later version only adds fields.
    pub version: u32,
    /// What happened, in one sentence.
    pub text: String,
    /// What the change is of.
    pub change: Thing,
    /// What became of it; of a change that `watch` found undone none.
    pub result: Option<ChangeResult>,
    /// Whether it was read back and seen in place.
    pub verified: bool,
    /// What stopped it, where something did.
    pub limit: Option<Limit>,
    /// Until when it is not tried again, where that is known.
    #[schemars(with = "Option<String>")]
    pub until: Option<Timestamp>,
    /// AWS's error code, where AWS refused it or did not answer.
    pub error: Option<String>,
    /// The journal's name of the change, where it was begun: `fixes/` or `snapshots/` has it.
    pub fix: Option<String>,
    /// The journal's name of the same change within a day before.
    pub repeats: Option<String>,
    /// The cause.
    pub cause: Option<String>,
    /// The rule that told it.
    pub rule: Option<String>,
    /// The account of the first denial.
    pub account: Option<String>,
    /// The permission set of the first denial.
    pub permission_set: Option<String>,
    /// Who was denied.
    pub denied: Option<DeniedSince>,
    /// When it was begun.
    #[schemars(with = "Option<String>")]
    pub made: Option<Timestamp>,
    /// When it was seen in place.
    #[schemars(with = "Option<String>")]
    pub seen: Option<Timestamp>,
    /// Seconds from the first denial until it was seen in place.
    pub seconds: Option<i64>,
    /// The id of Lambda's request.
    pub request: String,
}

/// Who was denied, since when, and until when they have to sign in again.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct DeniedSince {
    /// When the first was denied.
    #[schemars(with = "String")]
    pub first: Timestamp,
    /// How many users.
    pub users: usize,
    /// The first of them, 20 at most, as hashes: `tagmend review --names` tells whose they are.
    pub hashes: Vec<UserHash>,
    /// Sessions that began before the change go on without it until they end, at the latest at this time. Whoever signs in
    /// again does not have to wait.
    #[schemars(with = "Option<String>")]
    pub sessions_end: Option<Timestamp>,
}

/// What is said of the changes of a run, or of what an operator took back.
pub fn events(run: &Run) -> Vec<(Kind, ChangeEvent)> {
    let said =
        |(place, attempt): (usize, &Attempt)| Some((Kind::of(attempt)?, of_attempt(run, place, attempt)));
    let rollback = run.rollback.as_ref().and_then(|rollback| of_rollback(rollback, &run.request));
    run.changes.iter().enumerate().filter_map(said).chain(rollback).collect()
}

/// What is said of fixes that `watch` found undone.
pub(crate) fn undone(fixes: &[FixSeen], request: &str) -> Vec<(Kind, ChangeEvent)> {
    let said = |fix: &FixSeen| {
        let what = "is not in place any more: somebody undid it";
        (Kind::Undone, of_past_fix(&fix.change, fix.time, what, request))
    };
    fixes.iter().map(said).collect()
}

/// What is said of a rollback; nothing where nothing was written.
fn of_rollback(rollback: &Rollback, request: &str) -> Option<(Kind, ChangeEvent)> {
    let (kind, what) = match rollback.result {
        RollbackResult::Done => (Kind::Undone, "was taken back by an operator"),
        RollbackResult::Unverified | RollbackResult::Failed => {
            (Kind::NotVerified, "was to be taken back by an operator, and nobody has seen it gone")
        }
        RollbackResult::NotDone => return None,
    };
    let (change, made) = fix_of(&rollback.fix)?;
    let event = of_past_fix(&change, made, what, request);
    let error = rollback.error.clone();
    Some((kind, ChangeEvent { error, fix: Some(rollback.fix.clone()), ..event }))
}

/// What is said of a fix that was made at this time.
fn of_past_fix(change: &Thing, made: Timestamp, what: &str, request: &str) -> ChangeEvent {
    ChangeEvent {
        version: VERSION,
        text: format!("{}, made at {made}, {what}", text::name(change)),
        change: change.clone(),
        result: None,
        verified: false,
        limit: None,
        until: None,
        error: None,
        fix: None,
        repeats: None,
        cause: None,
        rule: None,
        account: None,
        permission_set: None,
        denied: None,
        made: Some(made),
        seen: None,
        seconds: None,
        request: request.to_owned(),
    }
}

/// What the journal's name of a fix tells.
fn fix_of(name: &str) -> Option<(Thing, Timestamp)> {
    let entry = FixId::parse(name)?.entry()?;
    match &entry.done {
        Done::Healed(change) => Some((Thing::from(change), entry.time)),
        Done::RolledBack { .. } => None,
    }
}

fn of_attempt(run: &Run, place: usize, attempt: &Attempt) -> ChangeEvent {
    let asking = || run.denials.iter().filter(|row| row.changes.contains(&place));
    let mut hashes: Vec<UserHash> = Vec::new();
    for user in asking().filter_map(|row| row.user.as_ref()) {
        if hashes.len() < NAMED && !hashes.contains(user) {
            hashes.push(user.clone());
        }
    }
    let sessions_end = asking().filter_map(|row| row.sessions_end).max();
    ChangeEvent {
        version: VERSION,
        text: text::text(attempt),
        change: attempt.change.clone(),
        result: Some(attempt.result),
        verified: attempt.result == ChangeResult::Fixed,
        limit: attempt.limit,
        until: attempt.until,
        error: attempt.error.clone(),
        fix: attempt.fix.clone(),
        repeats: attempt.repeats.clone(),
        cause: Some(attempt.cause.clone()),
        rule: Some(attempt.rule.clone()),
        account: attempt.account.clone(),
        permission_set: attempt.permission_set.clone(),
        denied: Some(DeniedSince { first: attempt.denied, users: attempt.users, hashes, sessions_end }),
        made: attempt.made,
        seen: attempt.seen,
        seconds: attempt.seconds(),
        request: run.request.clone(),
    }
}

/// Sends events.
#[derive(Clone, Debug)]
pub struct Announcer {
    client: Client,
}

impl Announcer {
    /// To the default bus.
    pub fn new(configuration: &SdkConfig) -> Announcer {
        Announcer { client: Client::new(configuration) }
    }

    /// Sends events, in one call for ten; none where there are none.
    ///
    /// # Errors
    /// Where one could not be sent. Nothing depends on it: log it and go on.
    pub async fn send(&self, events: &[(Kind, ChangeEvent)], time: Timestamp) -> Result<(), AwsError> {
        const OPERATION: &str = "events:PutEvents";
        for some in events.chunks(AT_ONCE) {
            let entries: Result<Vec<PutEventsRequestEntry>, AwsError> = some
                .iter()
                .map(|(kind, event)| {
                    let detail = serde_json::to_string(event).map_err(|_| AwsError::incomplete(OPERATION))?;
                    Ok(PutEventsRequestEntry::builder()
                        .source(SOURCE)
                        .detail_type(kind.detail_type())
                        .detail(detail)
                        .time(DateTime::from_secs(time.as_second()))
                        .build())
                })
                .collect();
            let sent = self.client.put_events().set_entries(Some(entries?)).send().await;
            let answer = sent.map_err(|error| AwsError::new(OPERATION, &error))?;
            let failed = answer.entries().iter().find_map(|entry| entry.error_code());
            if let Some(code) = failed {
                return Err(AwsError::lasting(OPERATION, code));
            }
            if answer.failed_entry_count() > 0 || answer.entries().len() != some.len() {
                return Err(AwsError::incomplete(OPERATION));
            }
        }
        Ok(())
    }
}
