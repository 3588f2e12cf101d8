//! Plan only: changes are planned, and no run may make them.

use std::collections::BTreeMap;

use super::{Evidence, Kind, Reason, Verdict};
use crate::history::{Function, Mode, Outcome, Source, Thing};
use crate::seen::Seen;
use crate::window::many;

pub(super) fn find(seen: Seen<'_>) -> Vec<Verdict> {
    let mut heals = seen.runs().filter(|run| run.by == Function::Heal).peekable();
    if heals.peek().is_none() || heals.any(|run| run.mode == Mode::Apply) || seen.fixes().next().is_some() {
        return Vec::new();
    }
    let mut planned: BTreeMap<&Thing, Vec<_>> = BTreeMap::new();
    for attempt in seen.attempts().filter(|attempt| attempt.outcome == Outcome::OnlyPlanned) {
        planned.entry(&attempt.thing).or_default().push(attempt.time);
    }
    if planned.is_empty() {
        return Vec::new();
    }
    let names: Vec<String> = planned.keys().take(3).map(ToString::to_string).collect();
    let more = if planned.len() > names.len() { " and more" } else { "" };
    vec![Verdict {
        verdict: Kind::PlanOnly,
        sentence: format!(
            "{} planned and none is made, because the mode is plan: {}{more}",
            if planned.len() == 1 {
                "1 change is".to_owned()
            } else {
                format!("{} changes are", planned.len())
            },
            names.join(", ")
        ),
        threshold: "a change is planned, none is made, and every run of the window is in mode plan"
            .to_owned(),
        evidence: planned
            .into_iter()
            .map(|(thing, times)| Evidence {
                time: times.first().copied(),
                source: Source::Ledger,
                text: format!("{thing}: planned by {}", many(times.len(), "run")),
                reference: None,
            })
            .collect(),
        reason: Reason::Nothing,
    }]
}
