//! What a batch shows of throttled calls.

use std::sync::Arc;

use tagmend_diagnosis::{
    Answers, Baseline, Class, Diagnosis, Failure, Lookup,
    api_quota::{self, Spending},
};

use crate::read::observe::Reader;

/// What a batch shows of a throttled call, besides its record.
pub(crate) struct Throttling {
    spending: Spending,
    known: Arc<Answers>,
}

impl Throttling {
    /// Service Quotas is asked only where somebody wants to know in depth.
    pub(crate) async fn read(failures: &[&Failure], reader: &Reader, baseline: &Baseline) -> Throttling {
        let mut known = Arc::default();
        if reader.is_in_depth() {
            let wanted = failures.iter().filter_map(|failure| api_quota::lookup(failure));
            reader.look_up(wanted.map(Lookup::from).collect(), &mut known, baseline, None).await;
        }
        Throttling { spending: Spending::of(failures.iter().copied()), known }
    }

    pub(crate) fn add_to(&self, failure: &Failure, mut diagnosis: Diagnosis) -> Diagnosis {
        if failure.class != Class::Throttled {
            return diagnosis;
        }
        if let Some(sentence) = self.spending.sentence(failure) {
            diagnosis = diagnosis.with_sentence(sentence);
        }
        match api_quota::lookup(failure).and_then(|want| self.known.quotas.get(&want)) {
            Some(known) => diagnosis.with_sentence(api_quota::listed(failure, known)),
            None => diagnosis,
        }
    }
}
