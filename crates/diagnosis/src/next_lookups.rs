//! What is worth reading next, given what was read.

use std::collections::BTreeSet;

use crate::approved::baseline::Baseline;
use crate::case::{Case, session_id};
use crate::cause::Cause;
use crate::cloudtrail::failure::Failure;
use crate::live::answer::{Gap, Shortage};
use crate::live::facts::Facts;
use crate::live::lookup::Lookup;
use crate::rules;
use crate::second_opinion;

/// What a record alone names that is worth reading with everything else: what its session began with.
pub fn first_lookups(failure: &Failure) -> BTreeSet<Lookup> {
    let session = failure.principal.session().and_then(session_id);
    session.map(Lookup::SignIn).into_iter().collect()
}

/// What is worth reading next, besides what `facts` hold already. Nothing where it would change nothing.
pub fn next_lookups(failure: &Failure, facts: &Facts, baseline: &Baseline) -> BTreeSet<Lookup> {
    let Ok(case) = Case::new(failure, facts, baseline) else {
        return BTreeSet::new();
    };
    // What AWS did not answer is not asked again at once.
    let is_known = |want: &Lookup| {
        let is_passing =
            matches!(facts.answers.gap(want), Some(Gap::NotAsked(Shortage::Room | Shortage::Time)));
        facts.answers.contains(want) && !is_passing
    };
    let unknown = |wants: BTreeSet<Lookup>| -> BTreeSet<Lookup> {
        wants.into_iter().filter(|want| !is_known(want)).collect()
    };
    let policies = unknown(case.policy_lookups());
    if !policies.is_empty() {
        return policies;
    }
    let resource = unknown(case.resource_lookups());
    if !resource.is_empty() {
        return resource;
    }
    match rules::by_facts(&case).rule.cause {
        Cause::MappingMissing => {
            unknown(second_opinion::lookup(&case).map(Lookup::from).into_iter().collect())
        }
        _ => BTreeSet::new(),
    }
}

/// Whether something that this case wants was not asked for, and why.
pub(crate) fn not_asked(case: &Case<'_>) -> Option<Shortage> {
    let shortage = |gap: &Gap| match gap {
        Gap::NotAsked(shortage) => Some(*shortage),
        Gap::Unseen(_) => None,
    };
    // To say what a case wants takes evaluations, and mostly everything was asked for.
    case.facts.answers.gaps().find_map(shortage)?;
    let second_opinion = second_opinion::lookup(case).map(Lookup::from);
    let mut wants = case.policy_lookups().into_iter().chain(case.resource_lookups()).chain(second_opinion);
    wants.find_map(|want| case.facts.answers.gap(&want).and_then(shortage))
}
