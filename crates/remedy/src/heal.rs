//! The order of steps: read records, ask AWS, diagnose, plan, apply.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use tagmend_diagnosis::baseline::Baseline;
use tagmend_diagnosis::delivery::{Delivery, DeliveryError};
use tagmend_diagnosis::diagnose::diagnose;
use tagmend_diagnosis::facts::AccessControl;
use tagmend_diagnosis::failure::Failure;
use tagmend_diagnosis::plan::{Change, Plan, plan};
use tagmend_diagnosis::sign_in::SignIn;
use tagmend_diagnosis::triage::{Question, Triage, triage};

use crate::apply::{Outcome, Request, Writer};
use crate::aws_error::AwsError;
use crate::calls::Calls;
use crate::clock::RunTime;
use crate::examine::{Throttling, examine};
use crate::index::Index;
use crate::memory::{Answers, Memory};
use crate::observe::Reader;
use crate::radius::Radius;
use crate::report::{Report, Treated, Treatment};
use crate::requests::requests;

/// Treats a batch of records. Without a writer nothing is written.
pub async fn heal(
    deliveries: Vec<Result<Delivery, DeliveryError>>,
    baseline: &Baseline,
    reader: &Reader,
    writer: Option<&Writer>,
    time: RunTime,
) -> Report {
    heal_next(&mut Memory::default(), deliveries, baseline, reader, writer, time).await
}

/// The same for one batch of several: what was read for an earlier one is not read again. Only for dry runs: what leads
/// to a write is read afresh.
pub async fn heal_next(
    memory: &mut Memory,
    deliveries: Vec<Result<Delivery, DeliveryError>>,
    baseline: &Baseline,
    reader: &Reader,
    writer: Option<&Writer>,
    time: RunTime,
) -> Report {
    let now = time.clock.now();
    memory.make_room();
    memory.learn(deliveries.iter().flatten().filter_map(SignIn::read).collect());
    let Memory { calls, sign_ins, facts, known } = memory;
    let read: Vec<Read> =
        deliveries.into_iter().map(|delivery| Read::new(delivery, calls, baseline)).collect();
    let questions: BTreeSet<Question> = read.iter().filter_map(Read::question).cloned().collect();
    facts.retain(|_, answer| answer.is_ok());
    let unanswered = questions.into_iter().filter(|question| !facts.contains_key(question)).collect();
    let observing = Box::pin(reader.observe(&unanswered, baseline, now));
    facts.extend(match time.left_before(TO_ANSWER) {
        None => observing.await,
        Some(left) => tokio::time::timeout(left, observing).await.unwrap_or_default(),
    });
    let asked: Vec<(&Failure, &Question)> = read.iter().filter_map(Read::asked).collect();
    let examining = Box::pin(examine(&asked, sign_ins, facts, known, reader, baseline));
    match time.left_before(TO_ANSWER) {
        None => examining.await,
        // What was not learned in time is not known: a diagnosis can do without.
        Some(left) => tokio::time::timeout(left, examining).await.unwrap_or_default(),
    }
    let failures: Vec<&Failure> = read.iter().filter_map(Read::failure).collect();
    let throttling = Throttling::read(&failures, reader, baseline).await;
    let mut treat = Treat { facts: &*facts, baseline, now, throttling, treated: HashMap::new() };
    let mut treated: Vec<Treated> = read.into_iter().map(|read| treat.treat(read)).collect();
    let mut requests = requests(&treated);
    measure(&mut treated, &mut requests, reader, baseline, now).await;
    let outcomes = match (writer, seen(facts)) {
        (Some(writer), Some(seen)) => Box::pin(writer.apply(&requests, seen, baseline, time)).await,
        _ => Vec::new(),
    };
    let changes: Vec<(Change, Option<Outcome>)> = requests
        .into_iter()
        .enumerate()
        .map(|(index, request)| (request.change, outcomes.get(index).cloned()))
        .collect();
    for record in &mut treated {
        record.take_outcomes(&changes);
    }
    Report { treated, changes, overwritten: Vec::new() }
}

/// Time that is left for the answer and the metrics when a run is stopped from outside.
const TO_ANSWER: SignedDuration = SignedDuration::from_secs(5);

/// Says how much the mappings touch that would be restored; asked only where there are any.
async fn measure(
    treated: &mut [Treated],
    requests: &mut [Request],
    reader: &Reader,
    baseline: &Baseline,
    now: Timestamp,
) {
    if !requests.iter().any(|request| matches!(request.change, Change::RestoreMapping { .. })) {
        return;
    }
    let index = Index::read(reader.journal()).await;
    let radius = |change: &Change| match change {
        Change::RestoreMapping { key, source: _ } => Some(Radius::of(key, &index, &baseline.limits, now)),
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

/// The mappings that every diagnosis of this batch saw.
fn seen(facts: &Answers) -> Option<&AccessControl> {
    facts.values().find_map(|facts| facts.as_ref().ok()).map(|facts| &facts.access_control)
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
        let Some(failure) = Failure::read(delivery) else {
            return Read::Treated(Treated::PassedOver);
        };
        if let Some(of) = calls.first(&failure) {
            return Read::Treated(Treated::Repeated { failure: Box::new(failure), of });
        }
        match triage(&failure, baseline) {
            Triage::Ask(question) => Read::Ask(Box::new(failure), question),
            Triage::Settled(diagnosis) => {
                let plan = Plan::Nothing(tagmend_diagnosis::plan::Reason::NotHealed(diagnosis.cause));
                let treatment =
                    Treatment::Diagnosed { diagnosis, plan, radii: Vec::new(), outcomes: Vec::new() };
                Read::Treated(Treated::Failure(Box::new(failure), treatment))
            }
        }
    }

    fn question(&self) -> Option<&Question> {
        self.asked().map(|(_, question)| question)
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

/// Diagnoses a batch. A storm repeats itself: what is alike but for its ids is diagnosed once.
struct Treat<'a> {
    facts: &'a Answers,
    baseline: &'a Baseline,
    now: Timestamp,
    throttling: Throttling,
    treated: HashMap<Failure, Treatment>,
}

impl Treat<'_> {
    fn treat(&mut self, read: Read) -> Treated {
        match read {
            Read::Treated(Treated::Failure(
                failure,
                Treatment::Diagnosed { diagnosis, plan, radii, outcomes },
            )) => {
                let diagnosis = Box::new(self.throttling.add_to(&failure, *diagnosis));
                Treated::Failure(failure, Treatment::Diagnosed { diagnosis, plan, radii, outcomes })
            }
            Read::Treated(treated) => treated,
            Read::Ask(failure, question) => {
                let alike = failure.without_ids();
                let treatment = match self.treated.get(&alike) {
                    Some(treatment) => treatment.clone(),
                    None => {
                        let treatment = self.diagnose(&failure, &question);
                        self.treated.insert(alike, treatment.clone());
                        treatment
                    }
                };
                Treated::Failure(failure, treatment)
            }
        }
    }

    fn diagnose(&self, failure: &Failure, question: &Question) -> Treatment {
        match self.facts.get(question) {
            Some(Ok(facts)) => {
                let diagnosis = diagnose(failure, facts, self.baseline);
                let plan = plan(failure, &diagnosis, facts, self.baseline, self.now);
                Treatment::Diagnosed {
                    diagnosis: Box::new(diagnosis),
                    plan,
                    radii: Vec::new(),
                    outcomes: Vec::new(),
                }
            }
            Some(Err(error)) => Treatment::Unanswered(error.clone()),
            None => Treatment::Unanswered(AwsError::out_of_time()),
        }
    }
}
