//! Quiet: Tagmend ran, and nothing was changed nor to be changed.

use super::{Evidence, Kind, Reason, Verdict};
use crate::history::{Function, Outcome, Source};
use crate::related::Related;
use crate::seen::Seen;
use crate::window::plural;

pub(super) fn find(seen: Seen<'_>) -> Vec<Verdict> {
    let looks: u64 = seen.runs().filter(|run| run.by == Function::Watch).map(|run| run.count).sum();
    let is_still = seen.fixes().next().is_none()
        && seen.attempts().all(|attempt| attempt.outcome == Outcome::AlreadyInPlace)
        && !seen.history.rollbacks.iter().any(|rollback| seen.window.contains(rollback.time));
    if looks == 0 || !is_still {
        return Vec::new();
    }
    let denials: u64 = seen.denials().map(|denials| denials.count).sum();
    let heals: u64 = seen.runs().filter(|run| run.by == Function::Heal).map(|run| run.count).sum();
    let related: Vec<_> = Related::of(seen).kinds;
    let kinds: Vec<String> = related.iter().map(|row| format!("{} {}", row.count, row.kind)).collect();
    let besides = match kinds.as_slice() {
        [] => String::new(),
        kinds => format!("; no denied calls, but to be looked at: {}", kinds.join(", ")),
    };
    vec![Verdict {
        verdict: Kind::Quiet,
        sentence: format!(
            "nothing was changed, nor to be changed: {} ran, and {} left alone{besides}",
            plural(looks, "second look"),
            if denials == 1 { "1 denial was".to_owned() } else { format!("{denials} denials were") }
        ),
        threshold: "at least one second look ran, journal and fixes were read whole, and no change was planned, made or \
                    taken back"
            .to_owned(),
        evidence: vec![Evidence {
            time: None,
            source: Source::Ledger,
            text: format!("{} of heal with a denial, {} of watch", plural(heals, "run"), plural(looks, "run")),
            reference: None,
        }],
        reason: Reason::Nothing,
    }]
}
