//! Records of what is no denied call, and what they explain.

use std::collections::BTreeSet;

use tagmend_diagnosis::related::Related;
use tagmend_diagnosis::related::story::{Denial, Story, may_follow, stories};
use tagmend_diagnosis::{Baseline, Delivery, Triage, triage};

use crate::report::{Treated, Treatment};

/// What becomes of a record that is no denied call; none where it may be one. What Tagmend's own roles were refused is a
/// failure of its own, and what they wrote is no news. Another instance is none of ours: whoever names one in a call that is
/// denied is denied.
pub(crate) fn related_of(delivery: &Delivery, baseline: &Baseline) -> Option<Treated> {
    let related = delivery.related.as_ref()?;
    let is_ours = related.is_of(baseline) && !related.is_own(baseline);
    is_ours.then(|| Treated::Related(related.clone()))
}

/// What came before the failures of a batch, of what the batch itself shows.
pub(crate) fn stories_of(treated: &[Treated]) -> Vec<Story> {
    let related: Vec<&Related> = treated.iter().filter_map(related_record).collect();
    let denials: Vec<Denial<'_>> = treated.iter().filter_map(denial).collect();
    stories(&related, &denials)
}

/// The same with what earlier runs were told, of which users and sessions are known as `hash` writes them.
pub(crate) fn connected(
    treated: &[Treated],
    mut earlier: Vec<Related>,
    hash: impl Fn(&str) -> Option<String>,
) -> Vec<Story> {
    let own: Vec<Related> =
        treated.iter().filter_map(related_record).map(|related| related.kept(&hash).into()).collect();
    // A record that comes again is one record.
    let mut ids: BTreeSet<String> = own.iter().map(|related| related.event_id.clone()).collect();
    earlier.retain(|related| ids.insert(related.event_id.clone()));
    let denials: Vec<Denial<'_>> = treated.iter().filter_map(denial).collect();
    let hashed = |text: Option<&str>| text.and_then(&hash);
    let names: Vec<(Option<String>, Option<String>)> =
        denials.iter().map(|denial| (hashed(denial.user_id), hashed(denial.principal_arn))).collect();
    let denials: Vec<Denial<'_>> = denials
        .into_iter()
        .zip(&names)
        .map(|(denial, (user, principal))| Denial {
            user_id: user.as_deref(),
            principal_arn: principal.as_deref(),
            ..denial
        })
        .collect();
    let all: Vec<&Related> = own.iter().chain(&earlier).collect();
    stories(&all, &denials)
}

/// Whether something earlier may explain it. What costs no read to refuse costs none to explain.
pub(crate) fn is_worth_connecting(treated: &Treated, baseline: &Baseline) -> bool {
    match treated {
        Treated::Failure(failure, Treatment::Diagnosed { .. }) => {
            matches!(triage(failure, baseline), Triage::Ask(_))
        }
        Treated::Related(related) => may_follow(related.cause),
        _ => false,
    }
}

pub(crate) fn related_record(treated: &Treated) -> Option<&Related> {
    match treated {
        Treated::Related(related) => Some(related),
        _ => None,
    }
}

fn denial(treated: &Treated) -> Option<Denial<'_>> {
    let Treated::Failure(failure, Treatment::Diagnosed { diagnosis, .. }) = treated else {
        return None;
    };
    Some(Denial {
        event_id: &failure.event_id,
        time: failure.time,
        user_id: failure.principal.session().and_then(|session| session.user_id.as_deref()),
        principal_arn: failure.principal_arn.as_deref(),
        cause: diagnosis.cause,
        has_keys: !diagnosis.keys.is_empty(),
    })
}
