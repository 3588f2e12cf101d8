//! Which failures are diagnosed alike: in a storm one diagnosis serves many records.

use jiff::Timestamp;

use crate::approved::baseline::Baseline;
use crate::case::Case;
use crate::cause::eventual_consistency::{Era, era};
use crate::cloudtrail::failure::Failure;
use crate::live::facts::Facts;

/// What two failures have in common that differ in ids, times and clients at most.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Kind(Failure);

impl Kind {
    /// The kind of a failure.
    pub fn of(failure: &Failure) -> Kind {
        let mut failure = failure.without_ids();
        failure.time = Timestamp::UNIX_EPOCH;
        failure.client.user_agent = None;
        Kind(failure)
    }

    /// Which failures of this kind are diagnosed alike, by what is known now.
    pub fn alike<'a>(&self, facts: &'a Facts, baseline: &Baseline) -> Alike<'a> {
        let case = Case::new(&self.0, facts, baseline).ok();
        let tests = |key: &str| case.as_ref().is_some_and(|case| case.policies.keys().contains(key));
        Alike {
            by_time: tests("aws:currenttime") || tests("aws:epochtime"),
            by_user_agent: tests("aws:useragent"),
            facts,
        }
    }
}

/// What tells failures of one kind apart.
#[derive(Clone, Copy, Debug)]
pub struct Alike<'a> {
    by_time: bool,
    by_user_agent: bool,
    facts: &'a Facts,
}

/// What a diagnosis depends on, of a failure of a known kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Trait {
    time: Option<Timestamp>,
    user_agent: Option<String>,
    /// How the call stands to each past fix.
    eras: Vec<Era>,
}

impl Alike<'_> {
    /// What a diagnosis of this failure depends on: the same for all that are diagnosed alike. A plan depends on its age
    /// too.
    pub fn of(&self, failure: &Failure) -> Trait {
        Trait {
            time: self.by_time.then_some(failure.time),
            user_agent: failure.client.user_agent.clone().filter(|_| self.by_user_agent),
            eras: self.facts.past_fixes.iter().map(|fix| era(failure.time, fix)).collect(),
        }
    }
}
