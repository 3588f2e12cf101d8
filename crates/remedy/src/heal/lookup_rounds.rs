//! What diagnoses want to know besides, read in rounds: what is learned may show what else matters.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::SignedDuration;
use tagmend_diagnosis::{
    Answered, Answers, Baseline, Facts, Failure, Gap, Lookup, Question, Shortage, SignIn,
    alike::{Alike, Kind, Trait},
    first_lookups, next_lookups,
};

use crate::aws::aws_error::AwsError;
use crate::aws::clock::RunTime;
use crate::heal::foresight::Foresight;
use crate::heal::turns::{Asker, Rooms};
use crate::read::observe::Reader;

/// Policies, sign-ins, resources, then the second opinion.
const ROUNDS: usize = 4;

/// Time that is left when reading stops: enough to diagnose what was read, and to answer.
pub(crate) const TO_READ: SignedDuration = SignedDuration::from_secs(10);

/// Time that is left when what records name is not waited for any more: nothing else is to be lost for it.
const TO_BEGIN: SignedDuration = SignedDuration::from_secs(12);

/// Time that is left when nobody says any more what is wanted.
const TO_EXAMINE: SignedDuration = SignedDuration::from_secs(7);

/// The most things that one batch of the queue reads besides, unless its callers are so many that each has the least.
const MOST: usize = 200;

/// What a command may read for each denial, which has no deadline and as many records as it is given: more than the rounds
/// of one ask for.
const OF_A_DENIAL: usize = 8;

/// What each caller may have read however many there are: several times what one denial can ask for, which is little more
/// than the 20 policies of a permission set. A batch of the queue has at most 100 records, so time is short before room is.
/// Source: `limits` in the Identity Center user guide.
const LEAST: usize = 100;

/// A denial, or several that differ in their ids alone.
pub(crate) struct Unit<'a> {
    pub(crate) failure: &'a Failure,
    pub(crate) question: &'a Question,
    pub(crate) kind: Kind,
    pub(crate) asker: Asker,
}

/// Facts of each question that was asked.
pub(crate) type FactsOf<'a> = BTreeMap<&'a Question, Result<Facts, AwsError>>;

/// Reads what diagnoses want to know besides.
pub(crate) struct LookupRounds<'a> {
    reader: &'a Reader,
    baseline: &'a Baseline,
    /// Sign-ins that came in the same batch need not be read.
    sign_ins: &'a [SignIn],
    time: RunTime,
    rooms: Rooms,
    known: Arc<Answers>,
    foresight: &'a Foresight<'a>,
}

impl<'a> LookupRounds<'a> {
    pub(crate) fn new(
        askers: &[Asker],
        sign_ins: &'a [SignIn],
        reader: &'a Reader,
        baseline: &'a Baseline,
        foresight: &'a Foresight<'a>,
        time: RunTime,
    ) -> LookupRounds<'a> {
        let room = match time.left_before(TO_READ) {
            Some(_) => MOST,
            None => MOST.max(askers.len() * OF_A_DENIAL),
        };
        let rooms = Rooms::new(&askers.iter().cloned().collect(), room, LEAST);
        LookupRounds { reader, baseline, sign_ins, time, rooms, known: Arc::default(), foresight }
    }

    /// The same with what is known already.
    pub(crate) fn with(self, known: Answers) -> LookupRounds<'a> {
        LookupRounds { known: Arc::new(known), ..self }
    }

    /// What is known.
    pub(crate) fn known(&self) -> &Answers {
        &self.known
    }

    /// Reads what the records of these units name, before anything else is known of them: of permission sets that are
    /// approved, as the tags of others decide nothing that could be made.
    pub(crate) async fn begin(&mut self, units: &[&Unit<'a>]) {
        let is_approved =
            |unit: &&&Unit| self.baseline.permission_set(&unit.question.permission_set).is_some();
        let wanted: Vec<(&Unit, BTreeSet<Lookup>)> = units
            .iter()
            .filter(is_approved)
            .map(|unit| {
                let mut wants = first_lookups(unit.failure);
                wants.retain(|want| !self.known.contains(want));
                (*unit, wants)
            })
            .collect();
        let chosen = self.choose(&wanted, 0);
        self.read(chosen, TO_BEGIN).await;
    }

    /// Adds to the facts what these units want to know besides. What is there no room or time for is marked as not asked.
    pub(crate) async fn examine(&mut self, units: &[&Unit<'a>], facts: &mut FactsOf<'a>) {
        let mut pending: Vec<&Unit> = units.to_vec();
        self.tell(&pending, facts);
        for round in 0..=ROUNDS {
            let Some(wanted) = self.wanted(&pending, facts) else {
                return;
            };
            let chosen = self.choose(&wanted, round);
            let is_last = chosen.is_empty();
            self.read(chosen, TO_READ).await;
            pending = wanted.into_iter().map(|(unit, _)| unit).collect();
            self.tell(&pending, facts);
            if is_last {
                return;
            }
        }
    }

    /// Adds what is known to the facts of these.
    fn tell(&self, units: &[&Unit<'a>], facts: &mut FactsOf<'a>) {
        for unit in units {
            if let Some(Ok(facts)) = facts.get_mut(unit.question) {
                facts.answers = Arc::clone(&self.known);
            }
        }
    }

    /// The units that want something, and what; none where the time is up.
    fn wanted<'u>(
        &self,
        units: &[&'u Unit<'a>],
        facts: &FactsOf<'a>,
    ) -> Option<Vec<(&'u Unit<'a>, BTreeSet<Lookup>)>> {
        let mut same: HashMap<(&Kind, Trait), BTreeSet<Lookup>> = HashMap::new();
        let mut alike: HashMap<&Kind, Alike> = HashMap::new();
        let mut wanted = Vec::new();
        for unit in units {
            if !self.time.has(TO_EXAMINE) {
                return None;
            }
            let Some(Ok(facts)) = facts.get(unit.question) else {
                continue;
            };
            let alike = alike.entry(&unit.kind).or_insert_with(|| unit.kind.alike(facts, self.baseline));
            let wants = same
                .entry((&unit.kind, alike.of(unit.failure)))
                .or_insert_with(|| next_lookups(unit.failure, facts, self.baseline));
            if !wants.is_empty() {
                wanted.push((*unit, wants.clone()));
            }
        }
        Some(wanted)
    }

    /// Of what is wanted, what is read now, or came with the batch; the rest is marked as not asked.
    fn choose(&mut self, wanted: &[(&Unit, BTreeSet<Lookup>)], round: usize) -> BTreeSet<Lookup> {
        let shortage = if self.time.has(TO_READ) { Shortage::Room } else { Shortage::Time };
        let (mut chosen, mut refused) = (BTreeSet::new(), Vec::new());
        for (unit, wants) in wanted {
            // What another one had no room for may be here, marked as not asked.
            let wants: Vec<Lookup> = wants.iter().filter(|want| !chosen.contains(*want)).cloned().collect();
            let (taken, rest) = if shortage == Shortage::Room && round < ROUNDS {
                self.rooms.take(&unit.asker, wants)
            } else {
                (Vec::new(), wants)
            };
            chosen.extend(taken);
            refused.extend(rest);
        }
        refused.retain(|want| !chosen.contains(want));
        // Everybody's facts share it: it is copied where it changes, and only there.
        if !refused.is_empty() {
            let not_asked = |want: Lookup| want.without_answer(Gap::NotAsked(shortage));
            Arc::make_mut(&mut self.known).extend(refused.into_iter().map(not_asked));
        }
        chosen
    }

    /// Reads until so much time is left.
    async fn read(&mut self, mut wants: BTreeSet<Lookup>, rest: SignedDuration) {
        let carried: Answers = wants.iter().filter_map(|want| carried(want, self.sign_ins)).collect();
        wants.retain(|want| !carried.contains(want));
        if !carried.is_empty() {
            Arc::make_mut(&mut self.known).extend(carried.each());
        }
        // The second opinion is asked last, and only where something would be changed.
        let is_last_question = wants.iter().any(|want| matches!(want, Lookup::Simulation(_)));
        if !wants.is_empty() {
            let left = self.time.left_before(rest);
            let reading = Box::pin(self.reader.look_up(wants, &mut self.known, self.baseline, left));
            match is_last_question {
                true => drop(futures::join!(reading, Box::pin(self.foresight.look_within(left)))),
                false => reading.await,
            }
        }
    }
}

/// The tags of a session whose sign-in came in the same batch.
fn carried(want: &Lookup, sign_ins: &[SignIn]) -> Option<Answered> {
    let Lookup::SignIn(session) = want else {
        return None;
    };
    let sign_in = sign_ins.iter().find(|sign_in| sign_in.session.is_same(session))?;
    Some(Answered::SignIn(session.clone(), Ok(sign_in.tags.clone()?)))
}
