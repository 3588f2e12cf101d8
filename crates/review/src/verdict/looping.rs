//! A loop: the same change is needed again and again.

use jiff::{SignedDuration, Timestamp};

use super::{Evidence, Kind, Reason, Verdict};
use crate::history::{Fix, Source, Thing};
use crate::seen::Seen;
use crate::window::{many, shown};

/// How often it has to be found gone.
const TIMES: usize = 3;
/// Within so long.
const WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A time at which something was found gone: it was made again, or not, because it was made a short while before.
#[derive(Clone, Debug)]
pub(crate) struct Gone {
    pub(crate) time: Timestamp,
    /// The fix; none where it was escalated.
    pub(crate) fix: Option<String>,
}

/// Every time that a thing was found gone and no operator had taken it back, oldest first.
pub(crate) fn times_gone(seen: Seen<'_>, thing: &Thing) -> Vec<Gone> {
    let fixes: Vec<&Fix> = seen.fixes().filter(|fix| &fix.thing == thing && !fix.recovered).collect();
    let mut gone: Vec<Gone> = Vec::new();
    let mut before: Option<Timestamp> = None;
    for fix in &fixes {
        let is_operators = before.is_some_and(|before| seen.history.is_rolled_back(thing, before, fix.time));
        if !is_operators {
            gone.push(Gone { time: fix.time, fix: Some(fix.id.clone()) });
        }
        before = Some(fix.time);
    }
    // Each denial after a fix that did not last is escalated; all of them are one time.
    let mut last = None;
    for escalated in seen.escalations().filter(|attempt| &attempt.thing == thing) {
        let of = fixes.iter().rfind(|fix| fix.time <= escalated.time).map(|fix| &fix.id);
        if last != Some(of) {
            gone.push(Gone { time: escalated.time, fix: None });
            last = Some(of);
        }
    }
    gone.sort_by_key(|gone| gone.time);
    gone
}

pub(super) fn find(seen: Seen<'_>) -> Vec<Verdict> {
    let wide = Seen { window: seen.window.at_least(WITHIN), ..seen };
    let mut verdicts: Vec<(usize, Verdict)> = Vec::new();
    let things: Vec<&Thing> = wide.fixes_by_thing().into_keys().collect();
    for thing in things {
        let gone = times_gone(wide, thing);
        // The most that fall into the length, with the last of them in the window.
        let ending = |last: &Gone| {
            gone.iter()
                .filter(|one| one.time <= last.time && last.time.duration_since(one.time) <= WITHIN)
                .count()
        };
        let most = gone
            .iter()
            .filter(|last| seen.window.contains(last.time))
            .map(|last| (ending(last), last))
            .max_by_key(|(count, last)| (*count, last.time));
        let Some((count, last)) = most.filter(|(count, _)| *count >= TIMES) else {
            continue;
        };
        let evidence = gone.iter().filter(|one| one.time <= last.time).map(|one| Evidence {
            time: Some(one.time),
            source: if one.fix.is_some() { Source::Fixes } else { Source::Ledger },
            text: match one.fix {
                Some(_) => format!("{thing}: gone, and made again"),
                None => format!("{thing}: gone again within the cool-down, not made a second time"),
            },
            reference: one.fix.clone(),
        });
        let sentence = format!(
            "{thing} was found gone {} within 7 days, last at {}",
            many(count, "time"),
            shown(last.time)
        );
        let verdict = Verdict {
            verdict: Kind::Loop,
            sentence,
            threshold: format!(
                "the same change is needed {TIMES} times within 7 days, the last time in the window; what an operator rolled back does not count"
            ),
            evidence: evidence.collect(),
            reason: Reason::Thing(thing.clone()),
        };
        verdicts.push((count, verdict));
    }
    verdicts.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    verdicts.into_iter().map(|(_, verdict)| verdict).collect()
}
