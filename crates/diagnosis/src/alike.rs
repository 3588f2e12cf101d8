//! Which failures are diagnosed alike: in a storm one diagnosis serves many records.

use jiff::Timestamp;

use crate::approved::baseline::Baseline;
use crate::case::Case;
use crate::case::stated::any_address_like;
use crate::cause::eventual_consistency::{Era, era};
use crate::cloudtrail::failure::Failure;
use crate::live::facts::Facts;
use crate::second_opinion;

/// What two failures have in common that differ in ids, times, clients and addresses at most.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Kind(Failure);

impl Kind {
    /// The kind of a failure.
    pub fn of(failure: &Failure) -> Kind {
        let mut failure = failure.without_ids();
        failure.time = Timestamp::UNIX_EPOCH;
        failure.client.user_agent = None;
        if let Some(address) = failure.source_ip.as_deref().and_then(any_address_like) {
            failure.source_ip = Some(address);
        }
        Kind(failure)
    }

    /// Which failures of this kind are diagnosed alike, by what is known now.
    pub fn alike<'a>(&self, facts: &'a Facts, baseline: &Baseline) -> Alike<'a> {
        let case = Case::new(&self.0, facts, baseline).ok();
        let tests = |key: &str| case.as_ref().is_some_and(|case| case.policies.keys().contains(key));
        // AWS's simulator knows policies of the organization that nobody read here, and is told the address.
        let is_told = || case.as_ref().is_some_and(|case| second_opinion::lookup(case).is_some());
        Alike {
            by_address: tests("aws:sourceip") || tests("aws:vpcsourceip") || is_told(),
            by_time: tests("aws:currenttime") || tests("aws:epochtime"),
            by_user_agent: tests("aws:useragent"),
            facts,
        }
    }
}

/// What tells failures of one kind apart.
#[derive(Clone, Copy, Debug)]
pub struct Alike<'a> {
    by_address: bool,
    by_time: bool,
    by_user_agent: bool,
    facts: &'a Facts,
}

/// What a diagnosis depends on, of a failure of a known kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Trait {
    address: Option<String>,
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
            address: failure.source_ip.clone().filter(|_| self.by_address),
            time: self.by_time.then_some(failure.time),
            user_agent: failure.client.user_agent.clone().filter(|_| self.by_user_agent),
            eras: self.facts.past_fixes.iter().map(|fix| era(failure.time, fix)).collect(),
        }
    }
}
