//! The review's lists: each change, what is needed again and again, what is stopped, who wrote the list.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::figures::minutes;
use crate::history::{Denials, Fix, Standing, Thing};
use crate::list_write::{Author, Left, ListWrite};
use crate::seen::Seen;
use crate::verdict::{stopped, taker, times_gone, undoer};
use crate::window::Window;

/// A change that was made.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FixRow {
    /// Its name in the journal, as `tagmend rollback` takes it.
    pub id: String,
    /// When it was begun.
    #[schemars(with = "String")]
    pub time: Timestamp,
    /// What was changed.
    pub change: Thing,
    /// The cause; none where its object could not be read.
    pub cause: Option<String>,
    /// The id of the rule that told it, as `explain --rules` shows it; none of what older versions wrote.
    pub rule: Option<String>,
    /// The account of the first denial.
    pub account: Option<String>,
    /// The permission set of the first denial.
    pub permission_set: Option<String>,
    /// The call that was denied.
    pub action: Option<String>,
    /// How it was before.
    pub before: String,
    /// How it was after.
    pub after: String,
    /// When the first denial was.
    #[schemars(with = "Option<String>")]
    pub denied: Option<Timestamp>,
    /// Minutes from it until the fix was seen in place.
    pub minutes: Option<f64>,
    /// Whether its run saw it in place.
    pub verified: bool,
    /// Whether it was found in place: who made it, nobody knows.
    pub recovered: bool,
    /// How it stands now.
    pub standing: Standing,
    /// Who took it away before, where CloudTrail tells.
    pub taken_by: Option<String>,
    /// CloudTrail's event of that.
    pub taken_by_event: Option<String>,
    /// Who took it away afterwards, where it is gone again and CloudTrail tells.
    pub undone_by: Option<String>,
    /// CloudTrail's event of that.
    pub undone_by_event: Option<String>,
    /// When that was.
    #[schemars(with = "Option<String>")]
    pub undone_at: Option<Timestamp>,
    /// Users who were denied, where that is known.
    pub denied_users: Option<usize>,
    /// The first of them, hashed, and by name where that was asked for.
    pub users: Vec<String>,
    /// Users who were denied after it, because their sessions are older.
    pub denied_since: Vec<String>,
    /// When the sessions that were denied end at the latest: who does not sign in again is denied until then.
    #[schemars(with = "Option<String>")]
    pub sessions_end: Option<Timestamp>,
}

/// A change that was needed more than once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Repeat {
    /// What.
    pub change: Thing,
    /// How often it was found gone in the window.
    pub times: usize,
    /// First.
    #[schemars(with = "String")]
    pub first: Timestamp,
    /// Last.
    #[schemars(with = "String")]
    pub last: Timestamp,
}

/// A change that was planned and not made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RefusedRow {
    /// What.
    pub change: Thing,
    /// The reason of the last run, by name.
    pub limit: String,
    /// The same for people.
    pub text: String,
    /// When it was stopped first.
    #[schemars(with = "String")]
    pub first: Timestamp,
    /// When it was stopped last.
    #[schemars(with = "String")]
    pub last: Timestamp,
    /// How many runs it stopped.
    pub runs: usize,
    /// When it may go on; none where that is up to somebody, or to what comes.
    #[schemars(with = "Option<String>")]
    pub until: Option<Timestamp>,
    /// What has to happen so that it goes on.
    pub goes_on: String,
    /// Whether it was made, or found in place, since.
    pub is_over: bool,
}

/// A write of the list of mappings, as CloudTrail tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WriteRow {
    /// When.
    #[schemars(with = "String")]
    pub time: Timestamp,
    /// CloudTrail's id of it.
    pub event_id: String,
    /// The call.
    pub call: String,
    /// Who: the ARN of the caller.
    pub principal: Option<String>,
    /// What wrote: `tagmend`, `person`, or a tool.
    pub author: String,
    /// The keys that it left; none where the record does not show them.
    pub keys: Option<Vec<String>>,
}

pub(crate) fn fixes(seen: Seen<'_>) -> Vec<FixRow> {
    seen.fixes().map(|fix| fix_row(seen, fix)).collect()
}

fn fix_row(seen: Seen<'_>, fix: &Fix) -> FixRow {
    let taker = taker(seen.history, fix);
    let standing = seen.history.standing(fix);
    let undoer = if standing == Standing::Undone { undoer(seen.history, fix) } else { None };
    let stale = denied_since(seen, fix);
    let mut denied_since: Vec<String> =
        stale.iter().filter_map(|denials| Some(seen.history.user(denials.user.as_deref()?))).collect();
    denied_since.sort_unstable();
    denied_since.dedup();
    let (before, after) = match (&fix.thing, fix.added.first()) {
        (Thing::RestoreMapping { key }, added) => {
            let of = fix.mappings_before.map(|count| format!(" (the list had {count})")).unwrap_or_default();
            (format!("no mapping {key}{of}"), added.cloned().unwrap_or_else(|| format!("mapping {key}")))
        }
        (Thing::Provision { .. }, _) => {
            ("an older version of the permission set".to_owned(), "the newest version".to_owned())
        }
    };
    FixRow {
        id: fix.id.clone(),
        time: fix.time,
        change: fix.thing.clone(),
        cause: fix.cause.clone(),
        rule: fix.rule.clone(),
        account: fix.account.clone(),
        permission_set: fix.permission_set.clone(),
        action: fix.action.clone(),
        before,
        after,
        denied: fix.denied,
        minutes: minutes(fix),
        verified: fix.verified,
        recovered: fix.recovered,
        standing,
        taken_by: taker.map(by),
        taken_by_event: taker.map(|write| write.event_id.clone()),
        undone_by: undoer.map(by),
        undone_by_event: undoer.map(|write| write.event_id.clone()),
        undone_at: undoer.map(|write| write.time),
        denied_users: fix.denied_users,
        users: fix.users.iter().map(|user| seen.history.user(user)).collect(),
        sessions_end: fix.sessions_end.max(stale.iter().filter_map(|denials| denials.sessions_end).max()),
        denied_since,
    }
}

/// The cause of a denial for a session that is older than the fix.
const STALE: &str = "stale_session";

/// Denials after a fix, until the same is made again, of sessions that are older.
fn denied_since<'a>(seen: Seen<'a>, fix: &Fix) -> Vec<&'a Denials> {
    let later = seen.history.fixes.iter().filter(|other| other.thing == fix.thing && other.time > fix.time);
    let until = later.map(|other| other.time).min();
    let is_of_key = |denials: &&Denials| {
        fix.thing.key().is_some_and(|key| denials.keys.iter().any(|other| other.eq_ignore_ascii_case(key)))
    };
    let denials = seen.history.denials.iter().filter(|denials| denials.cause == STALE);
    let after =
        denials.filter(|denials| fix.time <= denials.time && until.is_none_or(|until| denials.time < until));
    after.filter(is_of_key).collect()
}

/// Who wrote, in a few words.
pub(crate) fn by(write: &ListWrite) -> String {
    let principal = write.principal.as_deref().unwrap_or("a caller whom the record does not name");
    match write.author {
        Author::Tagmend => "Tagmend".to_owned(),
        Author::Tool(tool) => format!("{} as {principal}", tool.name()),
        Author::Person => principal.to_owned(),
    }
}

pub(crate) fn repeats(seen: Seen<'_>) -> Vec<Repeat> {
    let things: Vec<&Thing> = seen.fixes_by_thing().into_keys().collect();
    let repeat = |thing: &Thing| {
        let gone = times_gone(seen, thing);
        let (first, last) = (gone.first()?.time, gone.last()?.time);
        (gone.len() > 1).then(|| Repeat { change: thing.clone(), times: gone.len(), first, last })
    };
    let mut repeats: Vec<Repeat> = things.into_iter().filter_map(repeat).collect();
    repeats.sort_by_key(|repeat| std::cmp::Reverse(repeat.times));
    repeats
}

pub(crate) fn refused(seen: Seen<'_>) -> Vec<RefusedRow> {
    let row = |stopped: crate::verdict::Stopped<'_>| RefusedRow {
        change: stopped.thing.clone(),
        limit: stopped.refusal.name.clone(),
        text: stopped.refusal.text.clone(),
        first: stopped.first,
        last: stopped.last,
        runs: stopped.runs,
        until: stopped.refusal.until,
        goes_on: stopped.refusal.goes_on.clone(),
        is_over: stopped.is_over,
    };
    stopped(seen).into_iter().map(row).collect()
}

pub(crate) fn writes(seen: Seen<'_>, window: Window) -> Vec<WriteRow> {
    let writes = seen.history.list_writes.iter().flatten().filter(|write| window.contains(write.time));
    let row = |write: &ListWrite| WriteRow {
        time: write.time,
        event_id: write.event_id.clone(),
        call: write.call.clone(),
        principal: write.principal.clone(),
        author: match write.author {
            Author::Tagmend => "Tagmend",
            Author::Tool(tool) => tool.name(),
            Author::Person => "a person, or what looks like one",
        }
        .to_owned(),
        keys: match &write.left {
            Left::Keys(keys) => Some(keys.clone()),
            Left::Nothing => Some(Vec::new()),
            Left::Hidden => None,
        },
    };
    writes.map(row).collect()
}
