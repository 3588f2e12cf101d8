//! A change was not yet in effect everywhere.

use jiff::{SignedDuration, Timestamp};

use super::about::{About, Bucket};
use crate::case::Case;
use crate::case::verdict::Verdict;
use crate::live::facts::{PastChange, PastFix};
use crate::words::arn::last_part;

pub(crate) const ABOUT: About = About {
    name: "eventual_consistency",
    title: "change not yet in effect",
    bucket: Bucket::Service,
    actor: "nobody: it passes",
    condition: "The policies allow the call as they stand, and the call was made before a change of Tagmend's that matters to it, or within minutes after: the record is late, or AWS took a while to carry the change everywhere.",
    evidence: "the change and its time, and whether the call was made before or after it",
    would_change: "time",
    advice: "try again; Tagmend looks once more at what comes out of its queue",
    command: "tagmend explain EVENT",
    page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html#troubleshoot_general_eventual-consistency",
};

/// How long AWS may take to carry a change everywhere; no page names a number, and seconds are usual.
const LONGEST: SignedDuration = SignedDuration::from_mins(5);

/// The call was made before, or right after, a change of Tagmend's that matters to it.
pub(crate) fn after_change(case: &Case<'_>) -> Option<Verdict> {
    if !case.is_allowed() {
        return None;
    }
    let fix = case.facts.past_fixes.iter().find(|fix| matters(case, fix))?;
    let change = match &fix.change {
        PastChange::RestoredMapping { key } => format!("the session began right after `{key}` was restored"),
        PastChange::Reprovisioned { .. } => {
            let when = match era(case.failure.time, fix) {
                Era::Before => "before",
                Era::RightAfter | Era::Later => "right after",
            };
            format!("the call was made {when} the permission set was provisioned, at {}", fix.time)
        }
    };
    Some(Verdict::say(format!("allowed as the policies stand now, and {change}")))
}

/// How a call stands to a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Era {
    Before,
    /// AWS may still be carrying it everywhere.
    RightAfter,
    Later,
}

/// Nothing else of a call's time than this is looked at here: calls of one era are diagnosed alike.
pub(crate) fn era(call: Timestamp, fix: &PastFix) -> Era {
    if call < fix.time {
        Era::Before
    } else if call <= fix.time + LONGEST {
        Era::RightAfter
    } else {
        Era::Later
    }
}

/// A call from before the change is settled; one after it may tell of something else.
pub(crate) fn is_after_the_change(case: &Case<'_>) -> bool {
    let fixes = case.facts.past_fixes.iter();
    fixes.filter(|fix| matters(case, fix)).any(|fix| era(case.failure.time, fix) != Era::Before)
}

fn matters(case: &Case<'_>, fix: &PastFix) -> bool {
    match &fix.change {
        PastChange::Reprovisioned { account, permission_set_id } => {
            account == case.session.account()
                && last_part(&case.permission_set.arn) == permission_set_id
                && era(case.failure.time, fix) != Era::Later
        }
        PastChange::RestoredMapping { key } => {
            let is_new = |created| created >= fix.time && created <= fix.time + LONGEST;
            !case.is_recorded && case.session.created.is_some_and(is_new) && case.is_denied_without(key)
        }
    }
}
