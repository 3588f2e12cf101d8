//! What the batches of one dry run read in common: each thing once for all of them. Whatever leads to a write reads
//! afresh.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tagmend_diagnosis::{Answer, Lookup, PermissionSet, Question, SignIn, User, UserReference};

use super::{Answers, Found, Observed, Shared};
use crate::read::permission_set::Provisioned;

/// The most users, and things that were read besides, that are kept.
const MOST: usize = 2_000;

/// Answers of earlier batches. An error is none, and neither is what there was no room to ask.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// With the time as of which it was read: fixes before are not in it.
    shared: Option<(Timestamp, Shared)>,
    provisioned: BTreeMap<String, Provisioned>,
    users: BTreeMap<UserReference, Option<User>>,
    /// Permission sets by account and name.
    found: BTreeMap<(String, String), Found>,
    contents: BTreeMap<String, PermissionSet>,
    known: BTreeMap<Lookup, Answer>,
}

impl Kept {
    /// What was read besides.
    pub(crate) fn known(&self) -> &BTreeMap<Lookup, Answer> {
        &self.known
    }

    /// Forgets that nobody knew these sign-ins.
    pub(crate) fn learn(&mut self, sign_ins: &[SignIn]) {
        self.known.retain(|want, _| match want {
            Lookup::SignIn { session } => !sign_ins.iter().any(|sign_in| sign_in.session.is_same(session)),
            _ => true,
        });
    }

    /// Forgets a user, and that there was none of some name: the user may have been made since.
    pub(crate) fn forget_user(&mut self, id: &str) {
        self.users.retain(|_, user| user.as_ref().is_some_and(|user| user.user_id != id));
    }

    /// Keeps what was read besides.
    pub(crate) fn keep_known(&mut self, known: &BTreeMap<Lookup, Answer>) {
        for (want, answer) in known {
            if !matches!(answer, Answer::NotAsked(_)) && !self.known.contains_key(want) {
                make_room(&mut self.known);
                self.known.insert(want.clone(), answer.clone());
            }
        }
    }
}

impl<'a> Observed<'a> {
    /// The same with what earlier batches read for these questions.
    pub(crate) fn with(mut self, kept: &Kept, questions: impl Iterator<Item = &'a Question>) -> Observed<'a> {
        self.shared = kept
            .shared
            .as_ref()
            .filter(|(as_of, _)| *as_of <= self.now)
            .map(|(_, shared)| Ok(shared.clone()));
        for question in questions {
            let (account, name) = (&question.account, &question.permission_set);
            if let Some(provisioned) = kept.provisioned.get(account) {
                self.provisioned.entry(account).or_insert_with(|| Ok(provisioned.clone()));
            }
            if let Some(user) = kept.users.get(&question.user) {
                self.users.entry(&question.user).or_insert_with(|| Ok(user.clone()));
            }
            if let Some(found) = kept.found.get(&(account.clone(), name.clone())) {
                self.found.entry((account, name)).or_insert_with(|| Ok(found.clone()));
                if let Found::Arn(arn) = found
                    && let Some(contents) = kept.contents.get(arn)
                {
                    self.contents.entry(arn.clone()).or_insert_with(|| Ok(contents.clone()));
                }
            }
        }
        self
    }

    /// Keeps what was answered.
    pub(crate) fn keep(self, kept: &mut Kept) {
        if let Some(Ok(shared)) = self.shared {
            let as_of = kept.shared.take().map(|(as_of, _)| as_of).filter(|as_of| *as_of <= self.now);
            kept.shared = Some((as_of.unwrap_or(self.now), shared));
        }
        kept.provisioned.extend(answers(self.provisioned).map(|(account, all)| (account.to_owned(), all)));
        for (reference, user) in answers(self.users) {
            make_room(&mut kept.users);
            kept.users.insert(reference.clone(), user);
        }
        let found = answers(self.found).filter(|(_, found)| !matches!(found, Found::GivenUp));
        kept.found
            .extend(found.map(|((account, name), found)| ((account.to_owned(), name.to_owned()), found)));
        kept.contents.extend(answers(self.contents));
    }
}

fn answers<K: Ord, T>(answers: Answers<K, T>) -> impl Iterator<Item = (K, T)> {
    answers.into_iter().filter_map(|(key, answer)| Some((key, answer.ok()?)))
}

fn make_room<K: Ord, T>(kept: &mut BTreeMap<K, T>) {
    if kept.len() >= MOST {
        kept.clear();
    }
}
