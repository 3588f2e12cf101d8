//! What a batch's diagnoses want to know besides, read in rounds: what is learned may show what else matters.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use tagmend_diagnosis::api_quota::{self, Spending};
use tagmend_diagnosis::baseline::Baseline;
use tagmend_diagnosis::diagnose::Diagnosis;
use tagmend_diagnosis::error_code::Class;
use tagmend_diagnosis::failure::Failure;
use tagmend_diagnosis::sign_in::{SessionId, SignIn};
use tagmend_diagnosis::triage::Question;
use tagmend_diagnosis::want::{Known, Want, wants};

use crate::memory::Answers;
use crate::observe::Reader;

/// Policies and sign-ins, then resources, then the second opinion.
const ROUNDS: usize = 4;

/// Adds to the facts what the failures' diagnoses want to know besides. Sign-ins that came in the same batch need not
/// be read. What is known from earlier batches is not asked again.
pub(crate) async fn examine(
    asked: &[(&Failure, &Question)],
    sign_ins: &[SignIn],
    facts: &mut Answers,
    known: &mut Arc<BTreeMap<Want, Known>>,
    reader: &Reader,
    baseline: &Baseline,
) {
    let distinct: HashSet<(Failure, &Question)> =
        asked.iter().map(|(failure, question)| (failure.without_ids(), *question)).collect();
    for facts in facts.values_mut().flatten() {
        facts.known = Arc::clone(known);
    }
    for _ in 0..ROUNDS {
        let mut wanted: BTreeSet<Want> = distinct
            .iter()
            .filter_map(|(failure, question)| Some((failure, facts.get(question)?.as_ref().ok()?)))
            .flat_map(|(failure, facts)| wants(failure, facts, baseline))
            .collect();
        let at_hand: BTreeMap<Want, Known> =
            wanted.iter().filter_map(|want| Some((want.clone(), carried(want, sign_ins)?))).collect();
        wanted.retain(|want| !at_hand.contains_key(want));
        if wanted.is_empty() && at_hand.is_empty() {
            return;
        }
        Arc::make_mut(known).extend(at_hand);
        reader.learn(wanted, known, baseline).await;
        for facts in facts.values_mut().flatten() {
            facts.known = Arc::clone(known);
        }
    }
}

/// The tags of a session whose sign-in came in the same batch.
fn carried(want: &Want, sign_ins: &[SignIn]) -> Option<Known> {
    let is_same = |sign_in: &&SignIn, session: &SessionId| sign_in.session.is_same(session);
    match want {
        Want::SignIn { session } => {
            let sign_in = sign_ins.iter().find(|sign_in| is_same(sign_in, session))?;
            sign_in.tags.clone().map(Known::SessionTags)
        }
        _ => None,
    }
}

/// What a batch shows of a throttled call, besides its record.
pub(crate) struct Throttling {
    spending: Spending,
    quotas: Arc<BTreeMap<Want, Known>>,
}

impl Throttling {
    /// Service Quotas is asked only where somebody wants to know in depth.
    pub(crate) async fn read(failures: &[&Failure], reader: &Reader, baseline: &Baseline) -> Throttling {
        let mut quotas = Arc::default();
        if reader.is_in_depth() {
            let wanted = failures.iter().filter_map(|failure| api_quota::want(failure)).collect();
            reader.learn(wanted, &mut quotas, baseline).await;
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
        match api_quota::want(failure).and_then(|want| self.quotas.get(&want)) {
            Some(known) => diagnosis.with_sentence(api_quota::listed(failure, known)),
            None => diagnosis,
        }
    }
}
