//! What batches read in common: each thing once for all of them, as far as it is to be trusted. What leads to a write is
//! read afresh.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tagmend_diagnosis::clocks::APART;
use tagmend_diagnosis::{
    Answered, Answers, AuthorizationDetails, Gap, Lookup, PermissionSet, Question, SignIn, User,
    UserReference,
};

use super::{Aged, Found, Observations, Observed, Reading, Shared};
use crate::read::permission_set::Provisioned;

/// The most users, and names of permission sets, that are kept.
const MOST: usize = 4_000;

/// The most things that were read besides that are kept: each batch gets a copy.
const MOST_KNOWN: usize = 500;

/// The most permission sets, and accounts, that are kept: each has its policies, or its list.
const MOST_SETS: usize = 500;

/// How long what was read is used at most: a record comes again after six minutes, and then again.
const LIFE: SignedDuration = SignedDuration::from_mins(15);

/// How long the mappings and the fixes are used at most: they are what is lost and made, and cost two calls.
const LIFE_OF_MAPPINGS: SignedDuration = SignedDuration::from_mins(1);

/// How old an answer may be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trust {
    /// A dry run looks at records of any age: what was read once is good for all of them.
    Always,
    /// A cause comes before its effect: what was read after a call was denied shows what denied it, as long as its life is.
    SinceTheCall,
    /// Nothing that an earlier batch read.
    ThisBatch,
}

impl Trust {
    /// Whether an answer may be used at this time for calls of which the latest was denied at that one.
    fn allows(self, read: Reading, denied: Timestamp, now: Reading, life: SignedDuration) -> bool {
        match self {
            Trust::Always => true,
            Trust::SinceTheCall => {
                let oldest = (denied + APART).max(now.at - life);
                (oldest..=now.at).contains(&read.at)
            }
            Trust::ThisBatch => read.batch == now.batch,
        }
    }
}

/// Answers of earlier batches. An error is none, and neither is what there was no room to ask.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// How many batches there were.
    batches: u64,
    shared: Option<Aged<Shared>>,
    provisioned: BTreeMap<String, Aged<Provisioned>>,
    users: BTreeMap<UserReference, Aged<Option<User>>>,
    /// Permission sets by account and name.
    found: BTreeMap<(String, String), Aged<Found>>,
    contents: BTreeMap<String, Aged<PermissionSet>>,
    known: BTreeMap<Lookup, Aged<Answered>>,
}

impl Kept {
    /// Begins a batch at this time.
    pub(crate) fn begin_batch(&mut self, now: Timestamp) -> Reading {
        self.batches += 1;
        Reading { at: now, batch: self.batches }
    }

    /// What was read besides and may be used for calls of which the latest was denied at this time. The rest is forgotten.
    pub(crate) fn known(&mut self, trust: Trust, denied: Timestamp, now: Reading) -> Answers {
        self.known.retain(|_, it| match trust {
            Trust::SinceTheCall if may_appear(&it.value) => false,
            _ => trust.allows(it.read, denied, now, LIFE),
        });
        self.known.values().map(|it| it.value.clone()).collect()
    }

    /// Forgets that nobody knew these sign-ins.
    pub(crate) fn learn(&mut self, sign_ins: &[SignIn]) {
        self.known.retain(|want, _| match want {
            Lookup::SignIn(session) => !sign_ins.iter().any(|sign_in| sign_in.session.is_same(session)),
            _ => true,
        });
    }

    /// Forgets a user, and that there was none of some name: the user may have been made since.
    pub(crate) fn forget_user(&mut self, id: &str) {
        self.users.retain(|_, user| user.value.as_ref().is_some_and(|user| user.user_id != id));
    }

    /// Forgets the mappings, and which fixes there were.
    pub(crate) fn forget_mappings(&mut self) {
        self.shared = None;
    }

    /// Forgets a permission set, and what may have been concluded from it.
    pub(crate) fn forget_permission_set(&mut self, arn: &str) {
        self.contents.remove(arn);
        self.provisioned.clear();
        self.found.clear();
        self.known.clear();
    }

    /// Forgets everything that a change of ours may have changed.
    pub(crate) fn forget_what_was_written(&mut self) {
        self.forget_mappings();
        self.provisioned.clear();
        self.known.clear();
    }

    /// Keeps what was read besides.
    pub(crate) fn keep_known(&mut self, known: &Answers, read: Reading) {
        let was_asked = |answered: &Answered| !matches!(answered.gap(), Some(Gap::NotAsked(_)));
        // What an earlier batch read keeps its time.
        let is_new =
            |answered: &Answered| was_asked(answered) && !self.known.contains_key(&answered.lookup());
        let new: Vec<Answered> = known.each().filter(is_new).collect();
        for answered in new {
            insert(&mut self.known, MOST_KNOWN, answered.lookup(), Aged { read, value: answered });
        }
    }
}

/// Whether it could not be seen, or was not there, and may be there a moment later.
fn may_appear(answered: &Answered) -> bool {
    let is_missing = matches!(answered, Answered::Authorization(_, Ok(AuthorizationDetails::NotThere)));
    is_missing || matches!(answered.gap(), Some(Gap::Unseen(_)))
}

/// Questions, each with the time of the latest denied call that it is about.
pub(crate) type Denied<'a> = BTreeMap<&'a Question, Timestamp>;

impl<'a> Observed<'a> {
    /// The same with what earlier batches read for these questions, as far as it is to be trusted.
    pub(crate) fn with(mut self, kept: &Kept, trust: Trust, denied: &Denied<'a>) -> Observed<'a> {
        let now = self.now;
        let allows = |read: Reading, denied: Timestamp| trust.allows(read, denied, now, LIFE);
        // Fixes before what was read are not in it.
        let is_of = |it: &&Aged<Shared>| {
            let is_allowed = |latest: &Timestamp| trust.allows(it.read, *latest, now, LIFE_OF_MAPPINGS);
            it.read.at <= now.at && denied.values().max().is_some_and(is_allowed)
        };
        self.shared = kept.shared.as_ref().filter(is_of).cloned().map(Ok);
        for (account, latest) in latest_of(denied, |question| question.account.as_str()) {
            reuse(&mut self.provisioned, account, kept.provisioned.get(account), |it| allows(it, latest));
        }
        for (user, latest) in latest_of(denied, |question| &question.user) {
            reuse(&mut self.users, user, kept.users.get(user), |it| allows(it, latest));
        }
        let mut arns: BTreeMap<&str, Timestamp> = BTreeMap::new();
        let set = |question: &'a Question| (question.account.as_str(), question.permission_set.as_str());
        for ((account, name), latest) in latest_of(denied, set) {
            let found = kept.found.get(&(account.to_owned(), name.to_owned()));
            reuse(&mut self.found, (account, name), found, |it| allows(it, latest));
            if let Some(Found::Arn(arn)) = found.map(|found| &found.value) {
                let of_arn = arns.entry(arn).or_insert(latest);
                *of_arn = latest.max(*of_arn);
            }
        }
        for (arn, latest) in arns {
            reuse(&mut self.contents, arn.to_owned(), kept.contents.get(arn), |it| allows(it, latest));
        }
        self
    }

    /// Whether anything was read before this batch.
    pub(crate) fn rests_on_earlier_batches(&self) -> bool {
        fn is_older<K, T>(answers: &Observations<K, T>, now: Reading) -> bool {
            answers.values().flatten().any(|it| it.read.batch != now.batch)
        }
        self.shared.iter().flatten().any(|it| it.read.batch != self.now.batch)
            || is_older(&self.provisioned, self.now)
            || is_older(&self.users, self.now)
            || is_older(&self.found, self.now)
            || is_older(&self.contents, self.now)
    }

    /// Keeps what was answered.
    pub(crate) fn keep(self, kept: &mut Kept) {
        if let Some(Ok(shared)) = self.shared {
            kept.shared = Some(shared);
        }
        for (account, all) in answers(self.provisioned) {
            insert(&mut kept.provisioned, MOST_SETS, account.to_owned(), all);
        }
        for (reference, user) in answers(self.users) {
            insert(&mut kept.users, MOST, reference.clone(), user);
        }
        for ((account, name), found) in answers(self.found) {
            if !matches!(found.value, Found::GivenUp) {
                insert(&mut kept.found, MOST, (account.to_owned(), name.to_owned()), found);
            }
        }
        for (arn, set) in answers(self.contents) {
            insert(&mut kept.contents, MOST_SETS, arn, set);
        }
    }
}

/// For each thing that questions need, the latest call that they are about.
fn latest_of<'a, K: Ord>(denied: &Denied<'a>, thing: impl Fn(&'a Question) -> K) -> BTreeMap<K, Timestamp> {
    let mut latest = BTreeMap::new();
    for (question, time) in denied {
        let of_thing = latest.entry(thing(question)).or_insert(*time);
        *of_thing = (*time).max(*of_thing);
    }
    latest
}

fn reuse<K: Ord, T: Clone>(
    answers: &mut Observations<K, T>,
    key: K,
    kept: Option<&Aged<T>>,
    is_allowed: impl Fn(Reading) -> bool,
) {
    if let Some(kept) = kept.filter(|kept| is_allowed(kept.read)) {
        answers.entry(key).or_insert_with(|| Ok(kept.clone()));
    }
}

fn answers<K: Ord, T>(answers: Observations<K, T>) -> impl Iterator<Item = (K, Aged<T>)> {
    answers.into_iter().filter_map(|(key, answer)| Some((key, answer.ok()?)))
}

/// Keeps an answer. Where there are too many, all others are forgotten.
fn insert<K: Ord, T>(kept: &mut BTreeMap<K, T>, most: usize, key: K, answer: T) {
    if kept.len() >= most && !kept.contains_key(&key) {
        kept.clear();
    }
    kept.insert(key, answer);
}
