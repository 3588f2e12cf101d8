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
use crate::apply::{Applied, RequestedChange, Writer};
use crate::aws::clock::RunTime;
use crate::heal::diagnoses::Diagnoses;
use crate::heal::memory::{KeptIndex, RunMemory};
use crate::heal::repeats::Calls;
use crate::heal::requested_changes::requests;
use crate::heal::throttling::Throttling;
use crate::ledger::Attempt;
use crate::read::observe::Reader;
use crate::related::{related_of, stories_of};
use crate::report::{Report, Treated, TreatedChange, Treatment};

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
    let outcomes = applied.into_iter().map(Some).chain(std::iter::repeat(None));
    let changes: Vec<TreatedChange> = requests.into_iter().zip(outcomes).map(treated_change).collect();
    for step in treated.iter_mut().flat_map(Treated::steps_mut) {
        step.outcome = changes.iter().find(|it| it.change == step.change).and_then(|it| it.outcome.clone());
    }
    let stories = stories_of(&treated);
    let (overwritten, turned_off, looked_again) = (Vec::new(), Vec::new(), Vec::new());
    let followed = BTreeMap::new();
    Report { treated, changes, overwritten, turned_off, followed, stories, looked_again }
}

fn treated_change((request, applied): (RequestedChange, Option<Applied>)) -> TreatedChange {
    let attempt = Attempt::new(&request, applied.as_ref());
    TreatedChange { change: request.change, outcome: applied.map(|applied| applied.outcome), attempt }
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
    for step in treated.iter_mut().flat_map(Treated::steps_mut) {
        step.radius = radius(&step.change);
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
                Read::Treated(Treated::Failure(Box::new(failure), Treatment::planned(diagnosis, plan)))
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
        Read::Treated(Treated::Failure(failure, Treatment::Diagnosed { diagnosis, plan })) => {
            let diagnosis = Box::new(throttling.add_to(failure, diagnosis.as_ref().clone()));
            Treated::Failure(failure.clone(), Treatment::Diagnosed { diagnosis, plan: plan.clone() })
        }
        Read::Treated(treated) => treated.clone(),
        Read::Ask(failure, question) => {
            Treated::Failure(failure.clone(), diagnoses.treatment(failure, question))
        }
    }
}
