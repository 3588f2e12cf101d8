//! A deployment: a tool wrote the list without what was restored afterwards.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::{Evidence, Kind, Reason, Verdict};
use crate::history::{Fix, History, Source};
use crate::list_write::{Author, ListWrite};
use crate::seen::Seen;
use crate::tool::Tool;
use crate::window::{many, shown};

/// CloudTrail tells seconds: the fix's own write may seem to be before it.
const SLACK: SignedDuration = SignedDuration::from_secs(3);

/// The write that a restored mapping was gone since, as CloudTrail tells: the first of those without the key that follow
/// one another right before the fix. None where that cannot be told.
pub(crate) fn taker<'a>(history: &'a History, fix: &Fix) -> Option<&'a ListWrite> {
    let key = fix.thing.key()?;
    let writes = history.list_writes.as_ref()?;
    let is_own =
        |write: &ListWrite| write.author == Author::Tagmend && fix.time.duration_since(write.time) < SLACK;
    let before = writes.iter().rev().filter(|write| write.time <= fix.time && !is_own(write));
    let taker = before.take_while(|write| write.left.has(key) == Some(false)).last()?;
    // It was there again since, by a fix whose own write CloudTrail does not tell.
    let is_restored_since =
        |other: &Fix| other.thing == fix.thing && taker.time < other.time && other.time < fix.time;
    if history.fixes.iter().any(is_restored_since) { None } else { Some(taker) }
}

/// The write that took a restored mapping away again, where it is gone until now: the first of those without the key that
/// follow one another up to the last. None where CloudTrail does not show the list before it.
pub(crate) fn undoer<'a>(history: &'a History, fix: &Fix) -> Option<&'a ListWrite> {
    let key = fix.thing.key()?;
    let writes = history.list_writes.as_ref()?;
    let is_own = |write: &ListWrite| {
        write.author == Author::Tagmend && write.time.duration_since(fix.time).abs() < SLACK
    };
    let mut after = writes.iter().rev().filter(|write| write.time >= fix.time && !is_own(write)).peekable();
    let mut undoer = None;
    while let Some(write) = after.next_if(|write| write.left.has(key) == Some(false)) {
        undoer = Some(write);
    }
    // Before it the fix itself, or a list that had the key.
    after.peek().is_none_or(|write| write.left.has(key) == Some(true)).then_some(undoer).flatten()
}

/// A tool, and the principal it came as.
type Writer<'a> = (Tool, Option<&'a str>);
/// A fix, and the write that had taken what it restored.
type Taken<'a> = (&'a Fix, &'a ListWrite);

pub(super) fn find(seen: Seen<'_>) -> Vec<Verdict> {
    let mut tools: BTreeMap<Writer<'_>, Vec<Taken<'_>>> = BTreeMap::new();
    for fix in seen.fixes() {
        let Some(write) = taker(seen.history, fix) else {
            continue;
        };
        if let Author::Tool(tool) = write.author {
            tools.entry((tool, write.principal.as_deref())).or_default().push((fix, write));
        }
    }
    let verdict = |((tool, principal), taken): (Writer<'_>, Vec<Taken<'_>>)| {
        let (fix, write) = taken.last()?;
        let sentence = format!(
            "{} as {} wrote the list without what was restored afterwards, {}, last at {} without {}",
            tool.name(),
            principal.unwrap_or("a caller whom the record does not name"),
            many(taken.len(), "time"),
            shown(write.time),
            fix.thing.key().unwrap_or_default(),
        );
        Some(Verdict {
            verdict: Kind::Deployment,
            sentence,
            threshold: format!(
                "the first of CloudTrail's records that show the list without a key, up to its fix, is of a tool, known by {}",
                tool.known_by()
            ),
            evidence: taken
                .iter()
                .map(|(fix, write)| Evidence {
                    time: Some(write.time),
                    source: Source::CloudTrail,
                    text: format!(
                        "{}: the list without {}; restored by {}",
                        write.call,
                        fix.thing.key().unwrap_or_default(),
                        fix.id
                    ),
                    reference: Some(write.event_id.clone()),
                })
                .collect(),
            reason: Reason::Tool(tool, principal.map(str::to_owned)),
        })
    };
    let mut verdicts: Vec<Verdict> = tools.into_iter().filter_map(verdict).collect();
    verdicts.sort_by_key(|verdict| std::cmp::Reverse(verdict.evidence.len()));
    verdicts
}
