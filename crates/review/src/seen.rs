//! A history through a window.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::history::{Attempt, Denials, Fix, History, Outcome, Run, Standing, Thing};
use crate::window::Window;

/// A history, and the span of it that is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) history: &'a History,
    pub(crate) window: Window,
}

impl<'a> Seen<'a> {
    pub(crate) fn runs(self) -> impl Iterator<Item = &'a Run> {
        self.history.runs.iter().filter(move |run| self.window.contains(run.time))
    }

    pub(crate) fn denials(self) -> impl Iterator<Item = &'a Denials> {
        self.history.denials.iter().filter(move |denials| self.window.contains(denials.time))
    }

    pub(crate) fn attempts(self) -> impl Iterator<Item = &'a Attempt> {
        self.history.attempts.iter().filter(move |attempt| self.window.contains(attempt.time))
    }

    pub(crate) fn fixes(self) -> impl Iterator<Item = &'a Fix> {
        self.history.fixes.iter().filter(move |fix| self.window.contains(fix.time))
    }

    pub(crate) fn escalations(self) -> impl Iterator<Item = &'a Attempt> {
        self.attempts().filter(|attempt| attempt.outcome == Outcome::Escalated)
    }

    /// Fixes by what they changed, oldest first.
    pub(crate) fn fixes_by_thing(self) -> BTreeMap<&'a Thing, Vec<&'a Fix>> {
        let mut things: BTreeMap<&Thing, Vec<&Fix>> = BTreeMap::new();
        for fix in self.fixes() {
            things.entry(&fix.thing).or_default().push(fix);
        }
        things
    }
}

impl History {
    /// Whether an operator took a mapping back between two times.
    pub(crate) fn is_rolled_back(&self, thing: &Thing, after: Timestamp, until: Timestamp) -> bool {
        let Some(key) = thing.key() else {
            return false;
        };
        self.rollbacks.iter().any(|rollback| {
            rollback.key.eq_ignore_ascii_case(key) && after < rollback.time && rollback.time <= until
        })
    }

    /// How a fix stands now.
    pub(crate) fn standing(&self, fix: &Fix) -> Standing {
        let later = self.fixes.iter().filter(|other| other.thing == fix.thing && other.time > fix.time);
        let next = later.map(|other| other.time).min();
        // The journal's names are ahead of the clock where it stands.
        if self.is_rolled_back(&fix.thing, fix.time, next.unwrap_or(Timestamp::MAX)) {
            return Standing::RolledBack;
        }
        if next.is_some() {
            return Standing::MadeAgain;
        }
        let standing = self.live.as_ref().and_then(|live| live.standing.get(&fix.thing)).copied();
        standing.unwrap_or(Standing::Unknown)
    }

    /// A user's hash, and the name where it is known.
    pub(crate) fn user(&self, hash: &str) -> String {
        match self.names.get(hash) {
            Some(name) => format!("{name} ({hash})"),
            None => hash.to_owned(),
        }
    }
}
