//! Each mapping over time: there, gone, restored, by whom.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::history::Thing;
use crate::rows::by;
use crate::seen::Seen;

/// A mapping over the window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Timeline {
    /// The session tag.
    pub key: String,
    /// What is known of it, in order; nothing lies between two spans.
    pub spans: Vec<Span>,
}

/// A span in which a mapping was there, or was not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Span {
    /// From.
    #[schemars(with = "String")]
    pub from: Timestamp,
    /// Up to.
    #[schemars(with = "String")]
    pub to: Timestamp,
    /// How it was.
    pub state: State,
    /// Who made it so; none where nobody knows.
    pub by: Option<String>,
    /// The fix or the event that made it so.
    pub reference: Option<String>,
}

/// How a mapping was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It was in the list.
    There,
    /// It was not.
    Gone,
    /// Nothing tells.
    Unknown,
}

/// Something that tells how a mapping was from then on.
struct Told {
    time: Timestamp,
    state: State,
    by: Option<String>,
    reference: Option<String>,
}

/// Every key that was restored, rolled back or escalated in the window.
pub(crate) fn timelines(seen: Seen<'_>) -> Vec<Timeline> {
    let restored = seen.fixes().filter_map(|fix| fix.thing.key());
    let escalated = seen.escalations().filter_map(|attempt| attempt.thing.key());
    let rolled = seen
        .history
        .rollbacks
        .iter()
        .filter(|one| seen.window.contains(one.time))
        .map(|one| one.key.as_str());
    let keys: BTreeSet<&str> = restored.chain(escalated).chain(rolled).collect();
    keys.into_iter().map(|key| Timeline { key: key.to_owned(), spans: spans(seen, key) }).collect()
}

fn spans(seen: Seen<'_>, key: &str) -> Vec<Span> {
    let mut told = told(seen, key);
    told.sort_by_key(|told| told.time);
    let (from, to) = (seen.window.from, seen.window.to.min(seen.history.now));
    let begins = Told { time: from, state: State::Unknown, by: None, reference: None };
    let mut current = begins;
    let mut spans: Vec<Span> = Vec::new();
    for next in told {
        if next.time >= to {
            break;
        }
        let is_same = next.state == current.state;
        if next.time > current.time && next.time > from && !is_same {
            spans.push(span(&current, from, next.time));
        }
        // The first that tells of a state made it so; a later one only sees it.
        if !is_same {
            current = next;
        }
    }
    if current.time < to {
        spans.push(span(&current, from, to));
    }
    spans
}

fn span(told: &Told, from: Timestamp, to: Timestamp) -> Span {
    Span {
        from: told.time.max(from),
        to,
        state: told.state,
        by: told.by.clone(),
        reference: told.reference.clone(),
    }
}

fn told(seen: Seen<'_>, key: &str) -> Vec<Told> {
    let history = seen.history;
    let thing = Thing::RestoreMapping { key: key.to_owned() };
    let mut all = Vec::new();
    for write in history.list_writes.iter().flatten() {
        let state = match write.left.has(key) {
            Some(true) => State::There,
            Some(false) => State::Gone,
            None => State::Unknown,
        };
        all.push(Told {
            time: write.time,
            state,
            by: Some(by(write)),
            reference: Some(write.event_id.clone()),
        });
    }
    for fix in history.fixes.iter().filter(|fix| fix.thing == thing) {
        let gone = |time| Told { time, state: State::Gone, by: None, reference: None };
        all.extend(fix.denied.filter(|denied| *denied < fix.time).map(gone));
        if fix.verified || fix.recovered {
            all.push(Told {
                time: fix.ended.unwrap_or(fix.time),
                state: State::There,
                by: (!fix.recovered).then(|| "Tagmend".to_owned()),
                reference: Some(fix.id.clone()),
            });
        }
    }
    for attempt in history.attempts.iter().filter(|attempt| attempt.thing == thing) {
        if attempt.outcome == crate::history::Outcome::Escalated {
            all.push(Told { time: attempt.time, state: State::Gone, by: None, reference: None });
        }
    }
    for rollback in history.rollbacks.iter().filter(|rollback| rollback.key.eq_ignore_ascii_case(key)) {
        all.push(Told {
            time: rollback.time,
            state: State::Gone,
            by: Some("an operator, with tagmend rollback".to_owned()),
            reference: Some(rollback.id.clone()),
        });
    }
    all
}
