//! Diagnoses a batch in turns: each turn is observed, examined and diagnosed whole, so that what there is no time for is
//! left to come again, and never half looked at.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tagmend_diagnosis::{
    AccessControl, Baseline, Diagnosis, Facts, Failure, Plan, Question, SignIn,
    alike::{Alike, Kind, Trait},
    diagnose, next_lookups, plan,
};

use crate::aws::aws_error::AwsError;
use crate::aws::clock::{RunTime, within};
use crate::heal::foresight::Foresight;
use crate::heal::lookup_rounds::{FactsOf, LookupRounds, TO_READ, Unit};
use crate::heal::turns::{Asker, turns};
use crate::read::observe::Reader;
use crate::read::observed::kept::{Denied, Kept, Trust};
use crate::read::observed::{Observed, Reading};
use crate::report::Treatment;

/// Time that is left for the answer and the metrics when a run is stopped from outside.
pub(crate) const TO_ANSWER: SignedDuration = SignedDuration::from_secs(5);

/// Time that is left for the writer when another turn begins: what earlier ones showed is made first.
const TO_WRITE: SignedDuration = SignedDuration::from_secs(35);

/// The most failures of one turn.
const AT_A_TURN: usize = 25;

/// What was found of each failure.
pub(crate) struct Diagnoses<'a> {
    baseline: &'a Baseline,
    now: Timestamp,
    facts: FactsOf<'a>,
    /// The mappings that every diagnosis saw.
    pub(crate) seen: Option<AccessControl>,
    /// Whether anything was read before this batch.
    pub(crate) rests_on_earlier_batches: bool,
    /// By the failure without its ids.
    found: HashMap<Failure, Found>,
}

type Found = Arc<Result<Diagnosis, AwsError>>;

impl<'a> Diagnoses<'a> {
    /// Diagnoses all of these for which there is time. `kept` is what earlier batches read.
    pub(crate) async fn of(
        asked: &[(&'a Failure, &'a Question)],
        sign_ins: &'a [SignIn],
        (kept, trust): (&mut Kept, Trust),
        reader: &'a Reader,
        baseline: &'a Baseline,
        foresight: &'a Foresight<'a>,
        (now, time): (Reading, RunTime),
    ) -> Diagnoses<'a> {
        reader.begin_batch();
        let units = units(asked);
        let askers: Vec<Asker> = units.iter().map(|unit| unit.asker.clone()).collect();
        let waiting: Vec<(Asker, Timestamp)> =
            units.iter().map(|unit| (unit.asker.clone(), unit.failure.time)).collect();
        let order: Vec<&Unit> = turns(&waiting).into_iter().filter_map(|index| units.get(index)).collect();
        let questions = || units.iter().map(|unit| unit.question);
        let denied = denied(asked);
        let latest = denied.values().copied().max().unwrap_or(now.at);
        let mut observed = Observed::new(questions(), reader, baseline, now).with(kept, trust, &denied);
        let known = kept.known(trust, latest, now);
        let rests_on_earlier_batches = observed.rests_on_earlier_batches() || !known.is_empty();
        let mut examiner =
            LookupRounds::new(&askers, sign_ins, reader, baseline, foresight, time).with(known);
        let mut facts = FactsOf::new();
        let mut to_begin = TO_READ;
        for turn in growing(&order) {
            let is_in_time = time.has(to_begin)
                && observe(&mut observed, &mut examiner, turn, &mut facts, reader, time).await;
            if !is_in_time {
                break;
            }
            Box::pin(examiner.examine(turn, &mut facts)).await;
            // Where nothing is to be made yet, nobody needs the writer's time. What a later turn shows may have to come again.
            if foresight.has_writer() && asks_for_a_change(turn, &facts, baseline, now.at) {
                to_begin = TO_READ + TO_WRITE;
            }
        }
        let seen = observed.access_control().cloned();
        observed.keep(kept);
        kept.keep_known(examiner.known(), now);
        let found = {
            let (alike, same) = (HashMap::new(), HashMap::new());
            let mut study = Study { facts: &facts, baseline, time, alike, same };
            order.into_iter().map(|unit| (unit.failure.without_ids(), study.find(unit))).collect()
        };
        Diagnoses { baseline, now: now.at, facts, seen, rests_on_earlier_batches, found }
    }

    /// Whether this failure is among them.
    pub(crate) fn has(&self, failure: &Failure) -> bool {
        self.found.contains_key(&failure.without_ids())
    }

    /// What becomes of a failure. A plan depends on its age, so it is its own.
    pub(crate) fn treatment(&self, failure: &Failure, question: &Question) -> Treatment {
        let found = self.found.get(&failure.without_ids()).map(AsRef::as_ref);
        match (found, self.facts.get(question)) {
            (Some(Ok(diagnosis)), Some(Ok(facts))) => {
                let plan = plan(failure, diagnosis, facts, self.baseline, self.now);
                Treatment::planned(Box::new(diagnosis.clone()), plan)
            }
            (Some(Err(error)), _) => Treatment::Unanswered(error.clone()),
            (Some(Ok(_)) | None, _) => Treatment::Unanswered(AwsError::out_of_time()),
        }
    }
}

/// Whether one of a turn has a plan, as far as one of each kind tells.
fn asks_for_a_change(turn: &[&Unit<'_>], facts: &FactsOf<'_>, baseline: &Baseline, now: Timestamp) -> bool {
    let mut kinds = HashSet::new();
    turn.iter().filter(|unit| kinds.insert(&unit.kind)).any(|unit| {
        facts.get(unit.question).and_then(|facts| facts.as_ref().ok()).is_some_and(|facts| {
            let diagnosis = diagnose(unit.failure, facts, baseline);
            matches!(plan(unit.failure, &diagnosis, facts, baseline, now), Plan::Changes(_))
        })
    })
}

/// Turns of one, two, four, and so on. A turn that the time cuts short is lost whole: where everybody together may make a
/// few calls a second, a batch of users of many permission sets would never end its first one if that were long.
fn growing<T>(order: &[T]) -> impl Iterator<Item = &[T]> {
    let (mut rest, mut size) = (order, 1);
    std::iter::from_fn(move || {
        let (turn, later) = rest.split_at(size.min(rest.len()));
        (rest, size) = (later, (size * 2).min(AT_A_TURN));
        (!turn.is_empty()).then_some(turn)
    })
}

/// Failures that differ in their ids alone are one.
fn units<'a>(asked: &[(&'a Failure, &'a Question)]) -> Vec<Unit<'a>> {
    let mut distinct = HashSet::new();
    let unit = |&(failure, question): &(&'a Failure, &'a Question)| {
        let is_new = distinct.insert(failure.without_ids());
        is_new.then(|| Unit { failure, question, kind: Kind::of(failure), asker: Asker::of(question) })
    };
    asked.iter().filter_map(unit).collect()
}

/// Each question with the time of the latest call that was denied.
fn denied<'a>(asked: &[(&'a Failure, &'a Question)]) -> Denied<'a> {
    let mut denied = Denied::new();
    for (failure, question) in asked {
        let latest = denied.entry(*question).or_insert(failure.time);
        *latest = failure.time.max(*latest);
    }
    denied
}

/// Adds the facts of a turn; not where the time is up.
async fn observe<'a>(
    observed: &mut Observed<'a>,
    examiner: &mut LookupRounds<'a>,
    turn: &[&Unit<'a>],
    facts: &mut FactsOf<'a>,
    reader: &Reader,
    time: RunTime,
) -> bool {
    let questions: BTreeSet<&Question> = turn.iter().map(|unit| unit.question).collect();
    let observing = Box::pin(async { futures::join!(observed.answer(&questions), examiner.begin(turn)).0 });
    let answers = match time.left_before(TO_READ) {
        None => Some(observing.await),
        Some(left) => within(reader.clients(), left, observing).await,
    };
    let is_in_time = answers.is_some();
    facts.extend(answers.into_iter().flatten());
    is_in_time
}

/// Diagnoses one after the other, each kind of failure as seldom as it can be.
struct Study<'u, 'a> {
    facts: &'u FactsOf<'a>,
    baseline: &'a Baseline,
    time: RunTime,
    alike: HashMap<&'u Kind, Alike<'u>>,
    same: HashMap<(&'u Kind, Trait), Found>,
}

impl<'u, 'a> Study<'u, 'a> {
    fn find(&mut self, unit: &'u Unit<'a>) -> Found {
        let facts = match self.facts.get(unit.question) {
            Some(Ok(facts)) => facts,
            Some(Err(error)) => return Arc::new(Err(error.clone())),
            None => return Arc::new(Err(AwsError::out_of_time())),
        };
        let alike = self.alike.entry(&unit.kind).or_insert_with(|| unit.kind.alike(facts, self.baseline));
        match self.same.entry((&unit.kind, alike.of(unit.failure))) {
            Entry::Occupied(found) => Arc::clone(found.get()),
            Entry::Vacant(place) => {
                let found = diagnosed(unit.failure, facts, self.baseline, self.time);
                Arc::clone(place.insert(Arc::new(found)))
            }
        }
    }
}

/// A diagnosis, unless the time is up, or nobody had the time to say what it wants to know.
fn diagnosed(
    failure: &Failure,
    facts: &Facts,
    baseline: &Baseline,
    time: RunTime,
) -> Result<Diagnosis, AwsError> {
    let is_examined =
        || next_lookups(failure, facts, baseline).iter().all(|want| facts.answers.contains(want));
    if time.has(TO_ANSWER) && is_examined() {
        Ok(diagnose(failure, facts, baseline))
    } else {
        Err(AwsError::out_of_time())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_grow_to_their_most_and_leave_nobody_out() {
        for length in [0, 1, 3, 31, 32, 100] {
            let order: Vec<usize> = (0..length).collect();
            let turns: Vec<&[usize]> = growing(&order).collect();
            assert_eq!(turns.concat(), order);
            let sizes: Vec<usize> = turns.iter().map(|turn| turn.len()).collect();
            let most = [1, 2, 4, 8, 16, 25, 25, 25];
            assert!(sizes.iter().zip(most).all(|(size, most)| *size <= most && *size > 0), "{sizes:?}");
            let full = sizes.len().saturating_sub(1);
            assert_eq!(sizes.get(..full), most.get(..full), "{length}");
        }
    }
}
