//! What a batch shows of throttled calls.

use std::collections::BTreeMap;
use std::sync::Arc;

use tagmend_diagnosis::{
    Answer, Baseline, Class, Diagnosis, Failure, Lookup,
    api_quota::{self, Spending},
};

use crate::read::observe::Reader;

/// What a batch shows of a throttled call, besides its record.
pub(crate) struct Throttling {
    spending: Spending,
    quotas: Arc<BTreeMap<Lookup, Answer>>,
}

impl Throttling {
    /// Service Quotas is asked only where somebody wants to know in depth.
    pub(crate) async fn read(failures: &[&Failure], reader: &Reader, baseline: &Baseline) -> Throttling {
        let mut quotas = Arc::default();
        if reader.is_in_depth() {
            let wanted = failures.iter().filter_map(|failure| api_quota::lookup(failure)).collect();
            reader.look_up(wanted, &mut quotas, baseline, None).await;
        }
        Throttling { spending: Spending::of(failures.iter().copied()), quotas }
    }

    pub(crate) fn add_to(&self, failure: &Failure, mut diagnosis: Diagnosis) -> Diagnosis {
        if failure.class != Class::Throttled {
            return diagnosis;
        }
        if let Some(sentence) = self.spending.sentence(failure) {
            diagnosis = diagnosis.with_sentence(sentence);
        }
        match api_quota::lookup(failure).and_then(|want| self.quotas.get(&want)) {
            Some(known) => diagnosis.with_sentence(api_quota::listed(failure, known)),
            None => diagnosis,
        }
    }
}
