//! The order of steps: read records, ask AWS, diagnose, plan, apply.

mod diagnoses;
mod lookup_rounds;
pub(crate) mod memory;
mod repeats;
mod requested_changes;
mod throttling;
mod turns;

use std::collections::BTreeMap;

use jiff::Timestamp;
use tagmend_diagnosis::{
    Baseline, Change, Delivery, DeliveryError, Failure, Plan, Question, SignIn, Triage, triage,
};

use crate::apply::blast_radius::BlastRadius;
use crate::apply::{Outcome, RequestedChange, Writer};
use crate::aws::clock::RunTime;
use crate::heal::diagnoses::Diagnoses;
use crate::heal::memory::{KeptIndex, RunMemory};
use crate::heal::repeats::Calls;
use crate::heal::requested_changes::requests;
use crate::heal::throttling::Throttling;
use crate::ledger::Attempt;
use crate::read::observe::Reader;
use crate::related::{related_of, stories_of};
use crate::report::{Report, Treated, Treatment};

/// Treats a batch of records. Without a writer nothing is written.
pub async fn heal(
    deliveries: Vec<Result<Delivery, DeliveryError>>,
    baseline: &Baseline,
    reader: &Reader,
    writer: Option<&Writer>,
    time: RunTime,
) -> Report {
    heal_next(&mut RunMemory::default(), deliveries, baseline, reader, writer, time).await
}

/// The same for one batch of several of a command: a call that an earlier one told of is a repetition, and an earlier
/// sign-in still tells what its session carries. Without a writer, what an earlier one read is not read again.
pub async fn heal_next(
    memory: &mut RunMemory,
    deliveries: Vec<Result<Delivery, DeliveryError>>,
    baseline: &Baseline,
    reader: &Reader,
    writer: Option<&Writer>,
    time: RunTime,
) -> Report {
    let now = time.clock.now();
    memory.make_room();
    memory.learn(deliveries.iter().flatten().filter_map(SignIn::read).collect());
    memory.forget_changed_users(&deliveries);
    let RunMemory { calls, sign_ins, kept, index } = memory;
    let read: Vec<Read> =
        deliveries.into_iter().map(|delivery| Read::new(delivery, calls, baseline)).collect();
    let asked: Vec<(&Failure, &Question)> = read.iter().filter_map(Read::asked).collect();
    let kept = writer.is_none().then_some(kept);
    let diagnosing = Diagnoses::of(&asked, sign_ins, kept, reader, baseline, time);
    let diagnoses = Box::pin(diagnosing).await;
    let failures: Vec<&Failure> = read.iter().filter_map(Read::failure).collect();
    let throttling = Throttling::read(&failures, reader, baseline).await;
    let mut treated: Vec<Treated> = read.iter().map(|read| treat(read, &diagnoses, &throttling)).collect();
    let mut requests = requests(&treated);
    measure(&mut treated, &mut requests, index, reader, baseline, now).await;
    let applied = match (writer, &diagnoses.seen) {
        (Some(writer), Some(seen)) => Box::pin(writer.apply(&requests, seen, baseline, time)).await,
        _ => Vec::new(),
    };
    let attempts = requests
        .iter()
        .enumerate()
        .map(|(place, request)| Attempt::new(request, applied.get(place)))
        .collect();
    let changes: Vec<(Change, Option<Outcome>)> = requests
        .into_iter()
        .enumerate()
        .map(|(place, request)| (request.change, applied.get(place).map(|applied| applied.outcome.clone())))
        .collect();
    for record in &mut treated {
        record.take_outcomes(&changes);
    }
    let stories = stories_of(&treated);
    let (overwritten, turned_off, looked_again) = (Vec::new(), Vec::new(), Vec::new());
    let followed = BTreeMap::new();
    Report { treated, changes, attempts, overwritten, turned_off, followed, stories, looked_again }
}

/// Says how much the mappings touch that would be restored; asked only where there are any.
async fn measure(
    treated: &mut [Treated],
    requests: &mut [RequestedChange],
    index: &mut KeptIndex,
    reader: &Reader,
    baseline: &Baseline,
    now: Timestamp,
) {
    if !requests.iter().any(|request| matches!(request.change, Change::RestoreMapping { .. })) {
        return;
    }
    let index = index.read(reader.journal()).await;
    let radius = |change: &Change| match change {
        Change::RestoreMapping { key, source: _ } => {
            Some(BlastRadius::of(key, &index, &baseline.limits, now))
        }
        Change::Reprovision { .. } => None,
    };
    for request in requests {
        request.radius = radius(&request.change);
    }
    for record in treated {
        if let Treated::Failure(_, Treatment::Diagnosed { plan: Plan::Changes(changes), radii, .. }) = record
        {
            *radii = changes.iter().map(radius).collect();
        }
    }
}

/// A record on its way.
enum Read {
    Treated(Treated),
    Ask(Box<Failure>, Question),
}

impl Read {
    fn new(delivery: Result<Delivery, DeliveryError>, calls: &mut Calls, baseline: &Baseline) -> Read {
        let delivery = match delivery {
            Ok(delivery) => delivery,
            Err(error) => return Read::Treated(Treated::Unreadable(error)),
        };
        if let Some(related) = related_of(&delivery, baseline) {
            return Read::Treated(related);
        }
        let Some(failure) = Failure::read(delivery) else {
            return Read::Treated(Treated::PassedOver);
        };
        if let Some(of) = calls.first(&failure) {
            return Read::Treated(Treated::Repeated { failure: Box::new(failure), of });
        }
        match triage(&failure, baseline) {
            Triage::Ask(question) => Read::Ask(Box::new(failure), question),
            Triage::Settled(diagnosis) => {
                let plan = Plan::Nothing(tagmend_diagnosis::Reason::NotHealed(diagnosis.cause));
                let treatment =
                    Treatment::Diagnosed { diagnosis, plan, radii: Vec::new(), outcomes: Vec::new() };
                Read::Treated(Treated::Failure(Box::new(failure), treatment))
            }
        }
    }

    fn asked(&self) -> Option<(&Failure, &Question)> {
        match self {
            Read::Treated(_) => None,
            Read::Ask(failure, question) => Some((failure, question)),
        }
    }

    fn failure(&self) -> Option<&Failure> {
        match self {
            Read::Treated(Treated::Failure(failure, _)) | Read::Ask(failure, _) => Some(failure),
            Read::Treated(_) => None,
        }
    }
}

/// What becomes of a record.
fn treat(read: &Read, diagnoses: &Diagnoses<'_>, throttling: &Throttling) -> Treated {
    match read {
        Read::Treated(Treated::Failure(
            failure,
            Treatment::Diagnosed { diagnosis, plan, radii, outcomes },
        )) => {
            let diagnosis = Box::new(throttling.add_to(failure, diagnosis.as_ref().clone()));
            let (plan, radii, outcomes) = (plan.clone(), radii.clone(), outcomes.clone());
            Treated::Failure(failure.clone(), Treatment::Diagnosed { diagnosis, plan, radii, outcomes })
        }
        Read::Treated(treated) => treated.clone(),
        Read::Ask(failure, question) => {
            Treated::Failure(failure.clone(), diagnoses.treatment(failure, question))
        }
    }
}
