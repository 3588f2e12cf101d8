//! Records of what is no denied call, and what they explain.

use tagmend_diagnosis::related::Related;
use tagmend_diagnosis::related::story::{Denial, Story, stories};
use tagmend_diagnosis::{Baseline, Delivery};

use crate::report::{Treated, Treatment};

/// What becomes of a record that is no denied call; none where it may be one. What Tagmend's own roles were refused is a
/// failure of its own, and what they wrote is no news. Another instance is none of ours: whoever names one in a call that is
/// denied is denied.
pub(crate) fn related_of(delivery: &Delivery, baseline: &Baseline) -> Option<Treated> {
    let related = delivery.related.as_ref()?;
    let is_ours = related.is_of(baseline) && !related.is_own(baseline);
    is_ours.then(|| Treated::Related(related.clone()))
}

/// What came before the failures of a batch.
///
/// Only the records of one batch are known here. What earlier batches saw belongs into `related` too, where a ledger of
/// runs keeps it: the function takes any records, in any order.
pub(crate) fn stories_of(treated: &[Treated]) -> Vec<Story> {
    let related: Vec<&Related> = treated.iter().filter_map(related_record).collect();
    let denials: Vec<Denial<'_>> = treated.iter().filter_map(denial).collect();
    stories(&related, &denials)
}

fn related_record(treated: &Treated) -> Option<&Related> {
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
