//! The order of steps: read records, ask AWS once, diagnose, plan, apply.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::json;
use tagmend_diagnosis::baseline::Baseline;
use tagmend_diagnosis::delivery::{Delivery, DeliveryError};
use tagmend_diagnosis::diagnose::{Diagnosis, diagnose};
use tagmend_diagnosis::facts::{AccessControl, Facts};
use tagmend_diagnosis::failure::Failure;
use tagmend_diagnosis::plan::{Change, Plan, plan};
use tagmend_diagnosis::triage::{Question, Triage, triage};

use crate::apply::{Outcome, Request, Writer};
use crate::aws_error::AwsError;
use crate::clock::RunTime;
use crate::observe::Reader;
use crate::user_hash;

/// What became of one record.
#[derive(Clone, Debug)]
pub enum Treated {
    /// It cannot be read.
    Unreadable(DeliveryError),
    /// It is neither denied nor throttled.
    PassedOver,
    /// It is a failure.
    Failure(Box<Failure>, Treatment),
}

/// What became of one failure.
#[derive(Clone, Debug)]
pub enum Treatment {
    /// AWS did not tell what is needed to diagnose it.
    Unanswered(AwsError),
    /// It was diagnosed.
    Diagnosed {
        /// Why the call failed.
        diagnosis: Box<Diagnosis>,
        /// What may be done.
        plan: Plan,
        /// How each change of the plan went; none where nothing is to be applied.
        outcomes: Vec<Outcome>,
    },
}

/// What became of a batch.
#[derive(Clone, Debug)]
pub struct Report {
    /// In the order of the records.
    pub treated: Vec<Treated>,
    /// Every change that was asked for, once, and how it went; no outcome where nothing is applied.
    pub changes: Vec<(Change, Option<Outcome>)>,
}

/// Treats a batch of records. Without a writer nothing is written.
pub async fn heal(
    deliveries: Vec<Result<Delivery, DeliveryError>>,
    baseline: &Baseline,
    reader: &Reader,
    writer: Option<&Writer>,
    time: RunTime,
) -> Report {
    let now = time.clock.now();
    let read: Vec<Read> = deliveries.into_iter().map(|delivery| Read::new(delivery, baseline)).collect();
    let questions: BTreeSet<Question> = read.iter().filter_map(Read::question).cloned().collect();
    let facts = reader.observe(&questions, baseline, now).await;
    let mut treated: Vec<Treated> = read.into_iter().map(|read| read.treat(&facts, baseline, now)).collect();
    let requests = requests(&treated);
    let outcomes = match (writer, seen(&facts)) {
        (Some(writer), Some(seen)) => writer.apply(&requests, seen, baseline, time).await,
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
    Report { treated, changes }
}

/// The mappings that every diagnosis of this batch saw.
fn seen(facts: &BTreeMap<Question, Result<Facts, AwsError>>) -> Option<&AccessControl> {
    facts.values().find_map(|facts| facts.as_ref().ok()).map(|facts| &facts.access_control)
}

/// A record on its way.
enum Read {
    Treated(Treated),
    Ask(Box<Failure>, Question),
}

impl Read {
    fn new(delivery: Result<Delivery, DeliveryError>, baseline: &Baseline) -> Read {
        let delivery = match delivery {
            Ok(delivery) => delivery,
            Err(error) => return Read::Treated(Treated::Unreadable(error)),
        };
        let Some(failure) = Failure::read(delivery) else {
            return Read::Treated(Treated::PassedOver);
        };
        match triage(&failure, baseline) {
            Triage::Ask(question) => Read::Ask(Box::new(failure), question),
            Triage::Settled(diagnosis) => {
                let plan = Plan::Nothing(tagmend_diagnosis::plan::Reason::NotHealed(diagnosis.cause));
                let treatment = Treatment::Diagnosed { diagnosis, plan, outcomes: Vec::new() };
                Read::Treated(Treated::Failure(Box::new(failure), treatment))
            }
        }
    }

    fn question(&self) -> Option<&Question> {
        match self {
            Read::Treated(_) => None,
            Read::Ask(_, question) => Some(question),
        }
    }

    fn treat(
        self,
        facts: &BTreeMap<Question, Result<Facts, AwsError>>,
        baseline: &Baseline,
        now: Timestamp,
    ) -> Treated {
        let (failure, question) = match self {
            Read::Treated(treated) => return treated,
            Read::Ask(failure, question) => (failure, question),
        };
        let treatment = match facts.get(&question) {
            Some(Ok(facts)) => {
                let diagnosis = diagnose(&failure, facts, baseline);
                let plan = plan(&failure, &diagnosis, facts, baseline, now);
                Treatment::Diagnosed { diagnosis: Box::new(diagnosis), plan, outcomes: Vec::new() }
            }
            Some(Err(error)) => Treatment::Unanswered(error.clone()),
            None => Treatment::Unanswered(AwsError::incomplete("a question that was not asked")),
        };
        Treated::Failure(failure, treatment)
    }
}

impl Treated {
    fn take_outcomes(&mut self, changes: &[(Change, Option<Outcome>)]) {
        let Treated::Failure(_, Treatment::Diagnosed { plan: Plan::Changes(planned), outcomes, .. }) = self
        else {
            return;
        };
        let made = |change: &Change| changes.iter().find(|(made, _)| made == change)?.1.clone();
        *outcomes = planned.iter().filter_map(made).collect();
    }

    /// Whether the record has to come again: it could not be read, or what it needs was not to be had.
    pub fn is_unfinished(&self) -> bool {
        match self {
            Treated::PassedOver => false,
            Treated::Unreadable(_) | Treated::Failure(_, Treatment::Unanswered(_)) => true,
            Treated::Failure(_, Treatment::Diagnosed { outcomes, .. }) => {
                outcomes.iter().any(Outcome::is_worth_another_try)
            }
        }
    }
}

/// Every change that the plans ask for, once, with everything that asks for it.
fn requests(treated: &[Treated]) -> Vec<Request> {
    let mut requests: Vec<Request> = Vec::new();
    for record in treated {
        let Treated::Failure(failure, Treatment::Diagnosed { diagnosis, plan: Plan::Changes(changes), .. }) =
            record
        else {
            continue;
        };
        for change in changes {
            match requests.iter_mut().find(|request| request.change == *change) {
                Some(request) => {
                    request.event_ids.push(failure.event_id.clone());
                    user_hash::add(&mut request.diagnosis, failure);
                }
                None => {
                    let mut about = json!({
                        "cause": diagnosis.cause.name(),
                        "keys": diagnosis.keys,
                        "evidence": diagnosis.evidence.sentences,
                    });
                    user_hash::add(&mut about, failure);
                    let (change, event_ids) = (change.clone(), vec![failure.event_id.clone()]);
                    requests.push(Request { change, event_ids, diagnosis: about });
                }
            }
        }
    }
    requests
}
