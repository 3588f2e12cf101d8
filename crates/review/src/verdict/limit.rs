//! A limit or a hold stops healing.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Evidence, Kind, Reason, Verdict};
use crate::history::{Attempt, Outcome, Refusal, Source, Thing};
use crate::seen::Seen;
use crate::window::{many, shown};

/// What a limit or a person keeps from being made.
pub(crate) struct Stopped<'a> {
    pub(crate) thing: &'a Thing,
    pub(crate) refusal: &'a Refusal,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    /// Runs that it stopped.
    pub(crate) runs: usize,
    /// It was made, or was found to be in place, afterwards in the window.
    pub(crate) is_over: bool,
}

/// Every change that was refused in the window, the last reason of each.
pub(crate) fn stopped(seen: Seen<'_>) -> Vec<Stopped<'_>> {
    let mut things: BTreeMap<&Thing, Stopped<'_>> = BTreeMap::new();
    let refused = seen.attempts().filter_map(|attempt| match &attempt.outcome {
        Outcome::Refused(refusal) => Some((attempt, refusal)),
        _ => None,
    });
    for (attempt, refusal) in refused {
        let stopped = things.entry(&attempt.thing).or_insert(Stopped {
            thing: &attempt.thing,
            refusal,
            first: attempt.time,
            last: attempt.time,
            runs: 0,
            is_over: false,
        });
        stopped.refusal = refusal;
        stopped.last = attempt.time;
        stopped.runs += 1;
    }
    let is_done = |attempt: &Attempt| {
        matches!(attempt.outcome, Outcome::Fixed | Outcome::AlreadyInPlace | Outcome::FoundInPlace)
    };
    let mut all: Vec<Stopped<'_>> = things.into_values().collect();
    for stopped in &mut all {
        // As it stood at the end of the window.
        let is_later = |time: Timestamp| time > stopped.last && time < seen.window.to;
        stopped.is_over =
            seen.history.fixes.iter().any(|fix| &fix.thing == stopped.thing && is_later(fix.time))
                || seen.history.attempts.iter().any(|attempt| {
                    &attempt.thing == stopped.thing && is_later(attempt.time) && is_done(attempt)
                });
    }
    all.sort_by_key(|stopped| stopped.first);
    all
}

pub(super) fn find(seen: Seen<'_>) -> Vec<Verdict> {
    let standing: Vec<Stopped<'_>> =
        stopped(seen).into_iter().filter(|stopped| !stopped.refusal.is_passing && !stopped.is_over).collect();
    let mut limits: BTreeMap<&str, Vec<&Stopped<'_>>> = BTreeMap::new();
    for stopped in &standing {
        limits.entry(&stopped.refusal.name).or_default().push(stopped);
    }
    let verdict = |(name, stopped): (&str, Vec<&Stopped<'_>>)| {
        let last = stopped.iter().max_by_key(|stopped| stopped.last)?;
        let until = stopped.iter().filter_map(|stopped| stopped.refusal.until).max();
        let until = until.map(|until| format!(", until {}", shown(until))).unwrap_or_default();
        Some(Verdict {
            verdict: Kind::Limit,
            sentence: format!(
                "{} not made, because {}{until}; last stopped at {}",
                if stopped.len() == 1 {
                    format!("{} is", last.thing)
                } else {
                    format!("{} are", many(stopped.len(), "change"))
                },
                last.refusal.text,
                shown(last.last)
            ),
            threshold: "a change is refused by a limit, a hold or an approval, and was not made since"
                .to_owned(),
            evidence: stopped
                .iter()
                .map(|stopped| Evidence {
                    time: Some(stopped.last),
                    source: Source::Ledger,
                    text: format!(
                        "{}: {}, in {}",
                        stopped.thing,
                        stopped.refusal.text,
                        many(stopped.runs, "run")
                    ),
                    reference: None,
                })
                .collect(),
            reason: Reason::Refusal(name.to_owned(), (stopped.len() == 1).then(|| last.thing.clone())),
        })
    };
    let mut verdicts: Vec<Verdict> = limits.into_iter().filter_map(verdict).collect();
    // What only waits for another change is not the reason.
    verdicts
        .sort_by_key(|verdict| matches!(&verdict.reason, Reason::Refusal(name, _) if name == "other_part"));
    verdicts
}
