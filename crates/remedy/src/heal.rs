//! The order of steps: read records, ask AWS, diagnose, plan, apply.

mod diagnoses;
mod foresight;
mod lookup_rounds;
pub(crate) mod memory;
mod repeats;
mod requested_changes;
mod throttling;
mod turns;

use std::collections::BTreeMap;

use tagmend_diagnosis::{
    AccessControl, Baseline, Change, Delivery, DeliveryError, Failure, Plan, Question, SignIn, Triage, triage,
};

use crate::apply::blast_radius::BlastRadius;
use crate::apply::{Applied, Closing, RequestedChange, Writer};
use crate::aws::clock::{Clock, RunTime};
use crate::heal::diagnoses::Diagnoses;
use crate::heal::foresight::Foresight;
use crate::heal::memory::{KeptIndex, RunMemory, WarmFacts};
use crate::heal::repeats::Calls;
use crate::heal::requested_changes::requests;
use crate::heal::throttling::Throttling;
use crate::ledger::Attempt;
use crate::read::observe::Reader;
use crate::read::observed::kept::Trust;
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
    let mut facts = WarmFacts::default();
    let healing = heal_warm(&mut facts, deliveries, baseline, reader, writer, time);
    let (report, closing) = Box::pin(healing).await;
    Box::pin(closing.close()).await;
    report
}

/// The same where earlier batches of this process read something: what they read after a call was denied, minutes ago at
/// most, is not read again, unless it leads to a change. What was made is recorded by the closing, so that other things can
/// be done at the same time.
pub async fn heal_warm<'a>(
    facts: &mut WarmFacts,
    deliveries: Vec<Result<Delivery, DeliveryError>>,
    baseline: &'a Baseline,
    reader: &Reader,
    writer: Option<&'a Writer>,
    time: RunTime,
) -> (Report, Closing<'a>) {
    let mut calls = Calls::default();
    let sign_ins: Vec<SignIn> = deliveries.iter().flatten().filter_map(SignIn::read).collect();
    facts.kept.learn(&sign_ins);
    let batch = Batch { calls: &mut calls, sign_ins: &sign_ins, facts, trust: Trust::SinceTheCall };
    Box::pin(batch.treat(deliveries, baseline, reader, writer, time)).await
}

/// One batch of several of a dry run: a call that an earlier one told of is a repetition, an earlier sign-in still tells what
/// its session carries, and what an earlier one read is not read again.
pub async fn plan_next(
    memory: &mut RunMemory,
    deliveries: Vec<Result<Delivery, DeliveryError>>,
    baseline: &Baseline,
    reader: &Reader,
    time: RunTime,
) -> Report {
    memory.make_room();
    memory.learn(deliveries.iter().flatten().filter_map(SignIn::read).collect());
    let RunMemory { calls, sign_ins, facts } = memory;
    let batch = Batch { calls, sign_ins, facts, trust: Trust::Always };
    let (report, closing) = Box::pin(batch.treat(deliveries, baseline, reader, None, time)).await;
    Box::pin(closing.close()).await;
    report
}

/// What a batch has from those before.
struct Batch<'m> {
    calls: &'m mut Calls,
    sign_ins: &'m [SignIn],
    facts: &'m mut WarmFacts,
    trust: Trust,
}

impl Batch<'_> {
    async fn treat<'a>(
        self,
        deliveries: Vec<Result<Delivery, DeliveryError>>,
        baseline: &'a Baseline,
        reader: &Reader,
        writer: Option<&'a Writer>,
        time: RunTime,
    ) -> (Report, Closing<'a>) {
        let Batch { calls, sign_ins, facts, trust } = self;
        facts.forget_changed_users(&deliveries);
        let now = facts.kept.begin_batch(time.clock.now());
        // How much a change touches decides whether it is made.
        if writer.is_some() {
            facts.index = KeptIndex::default();
        }
        let read: Vec<Read> =
            deliveries.into_iter().map(|delivery| Read::new(delivery, calls, baseline)).collect();
        let asked: Vec<(&Failure, &Question)> = read.iter().filter_map(Read::asked).collect();
        let foresight = Foresight::new(reader, &facts.index, writer, time.clock);
        let kept = &mut facts.kept;
        let first = Diagnoses::of(&asked, sign_ins, (kept, trust), reader, baseline, &foresight, (now, time));
        let first = Box::pin(first).await;
        // Whatever would be changed is asked again, of AWS as it is now; and so is what came again to be looked at later.
        let is_to_be_asked_again = |(failure, question): &&(&Failure, &Question)| {
            let treatment = first.treatment(failure, question);
            let is_second_look = !failure.comes_again && treatment.is_to_be_looked_at_later();
            treatment.has_changes() || is_second_look
        };
        let again: Vec<(&Failure, &Question)> = match writer.is_some() && first.rests_on_earlier_batches {
            true => asked.iter().filter(is_to_be_asked_again).copied().collect(),
            false => Vec::new(),
        };
        let afresh = match again.is_empty() {
            true => None,
            false => {
                let kept = (&mut *kept, Trust::ThisBatch);
                let afresh = Diagnoses::of(&again, sign_ins, kept, reader, baseline, &foresight, (now, time));
                Some(Box::pin(afresh).await)
            }
        };
        let diagnoses = InTurn { first, afresh };
        let failures: Vec<&Failure> = read.iter().filter_map(Read::failure).collect();
        let throttling = Box::pin(Throttling::read(&failures, reader, baseline)).await;
        let mut treated: Vec<Treated> =
            read.iter().map(|read| treat(read, &diagnoses, &throttling)).collect();
        let mut requests = requests(&treated);
        Box::pin(foresight.look_for(&requests)).await;
        Box::pin(measure(&mut treated, &mut requests, &facts.index, reader, baseline, time.clock)).await;
        let seen = diagnoses.seen().cloned();
        drop(diagnoses);
        let (applied, closing) = match (writer, &seen) {
            (Some(writer), Some(seen)) => {
                let permission = foresight.permission();
                Box::pin(writer.apply(&requests, seen, baseline, time, permission)).await
            }
            _ => (Vec::new(), Closing::of_nothing()),
        };
        if !applied.is_empty() {
            facts.kept.forget_what_was_written();
        }
        (report(treated, requests, applied), closing)
    }
}

/// What was found of each failure, at first, and afresh where that would lead to a change.
struct InTurn<'a> {
    first: Diagnoses<'a>,
    afresh: Option<Diagnoses<'a>>,
}

impl InTurn<'_> {
    fn treatment(&self, failure: &Failure, question: &Question) -> Treatment {
        let afresh = self.afresh.as_ref().filter(|afresh| afresh.has(failure));
        afresh.unwrap_or(&self.first).treatment(failure, question)
    }

    /// The mappings that every plan saw.
    fn seen(&self) -> Option<&AccessControl> {
        self.afresh.as_ref().unwrap_or(&self.first).seen.as_ref()
    }
}

fn report(mut treated: Vec<Treated>, requests: Vec<RequestedChange>, applied: Vec<Applied>) -> Report {
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
    index: &KeptIndex,
    reader: &Reader,
    baseline: &Baseline,
    clock: Clock,
) {
    if !requests.iter().any(RequestedChange::is_restore) {
        return;
    }
    let index = index.read(reader.journal(), clock).await;
    let now = clock.now();
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
fn treat(read: &Read, diagnoses: &InTurn<'_>, throttling: &Throttling) -> Treated {
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
