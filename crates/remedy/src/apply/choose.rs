//! Which mappings are restored where not all can be: whole plans up to the limits, those that were denied first before
//! the others. A plan that is made by half is a state that nobody evaluated.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tagmend_diagnosis::Change;

use super::RequestedChange;
use super::limits::restored_key;
use super::outcome::{Outcome, Refusal};

/// Mappings that are written at once.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Write {
    /// Places of the requests.
    pub(super) places: Vec<usize>,
    /// Every key of its plans: those that are not written with it have to be there already.
    pub(super) needs: BTreeSet<String>,
}

/// How many more mappings there may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    /// What is left of the hour's budget.
    pub(super) budget: usize,
    /// What is said where that is not enough.
    pub(super) spent: Refusal,
    /// How many more the instance takes.
    pub(super) room: usize,
}

impl Limit {
    fn refuses(self, count: usize) -> Option<Refusal> {
        if count > self.budget { Some(self.spent) } else { (count > self.room).then_some(Refusal::NoRoom) }
    }
}

/// A plan of which something is still to be done.
struct Candidate<'a> {
    /// Whether AWS refused one of its keys before: then it is written alone and last, and takes nothing with it.
    was_refused: bool,
    first: Timestamp,
    keys: &'a BTreeSet<String>,
}

/// Chooses among the requests that have no outcome yet. What is not chosen gets the limit as its outcome.
pub(super) fn choose(
    requests: &[&RequestedChange],
    outcomes: &mut [Option<Outcome>],
    limit: Limit,
    was_refused: impl Fn(&Change) -> bool,
) -> Vec<Write> {
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    let mut stopped: BTreeSet<&str> = BTreeSet::new();
    for (place, (request, outcome)) in requests.iter().zip(outcomes.iter()).enumerate() {
        match (restored_key(request), outcome) {
            (Some(key), None) => drop(open.insert(key, place)),
            (_, Some(Outcome::AlreadyInPlace)) | (None, _) => {}
            (Some(key), Some(_)) => drop(stopped.insert(key)),
        }
    }
    let mut chosen: BTreeSet<&str> = BTreeSet::new();
    let mut refused: BTreeMap<&str, Refusal> = BTreeMap::new();
    let mut together = Write { places: Vec::new(), needs: BTreeSet::new() };
    let mut alone: Vec<Write> = Vec::new();
    for candidate in candidates(requests, &open, &stopped, was_refused) {
        let keys = || candidate.keys.iter().map(String::as_str);
        let new: Vec<&str> = keys().filter(|key| open.contains_key(key) && !chosen.contains(key)).collect();
        if let Some(refusal) = limit.refuses(chosen.len() + new.len()) {
            for key in new {
                refused.entry(key).or_insert(refusal);
            }
            continue;
        }
        let places = new.iter().filter_map(|key| open.get(key)).copied();
        if new.is_empty() {
            continue;
        } else if candidate.was_refused {
            alone.push(Write { places: places.collect(), needs: candidate.keys.clone() });
        } else {
            together.places.extend(places);
            together.needs.extend(candidate.keys.iter().cloned());
        }
        chosen.extend(new);
    }
    for (key, place) in &open {
        if let (false, Some(outcome)) = (chosen.contains(key), outcomes.get_mut(*place)) {
            *outcome = Some(Outcome::Refused(refused.get(key).copied().unwrap_or(Refusal::OtherPart)));
        }
    }
    together.places.sort_unstable();
    std::iter::once(together).chain(alone).filter(|write| !write.places.is_empty()).collect()
}

/// The plans that can be made whole, in the order in which they are.
fn candidates<'a>(
    requests: &[&'a RequestedChange],
    open: &BTreeMap<&str, usize>,
    stopped: &BTreeSet<&str>,
    was_refused: impl Fn(&Change) -> bool,
) -> Vec<Candidate<'a>> {
    let mut first: BTreeMap<&BTreeSet<String>, Timestamp> = BTreeMap::new();
    for (keys, time) in requests.iter().flat_map(|request| &request.plans) {
        let of_plan = first.entry(keys).or_insert(*time);
        *of_plan = (*time).min(*of_plan);
    }
    let request = |key: &String| requests.get(*open.get(key.as_str())?);
    let was_refused = |key: &String| request(key).is_some_and(|request| was_refused(&request.change));
    let mut candidates: Vec<Candidate<'a>> = first
        .into_iter()
        .filter(|(keys, _)| !keys.iter().any(|key| stopped.contains(key.as_str())))
        .map(|(keys, first)| Candidate { was_refused: keys.iter().any(was_refused), first, keys })
        .collect();
    candidates.sort_by_key(|candidate| (candidate.was_refused, candidate.first, candidate.keys));
    candidates
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "these are tests")]
mod tests {
    use super::*;
    use crate::apply::outcome::Reached;
    use crate::journal::denied_users::DeniedUsers;
    use crate::ledger::Denied;
    use serde_json::Value as Json;
    use tagmend_diagnosis::AttributeSource;

    /// Requests of these plans: keys as letters, denied in this minute.
    fn requests(plans: &[(&str, i64)]) -> Vec<RequestedChange> {
        let mut keys: BTreeMap<String, BTreeMap<BTreeSet<String>, Timestamp>> = BTreeMap::new();
        for (letters, minute) in plans {
            let set: BTreeSet<String> = letters.chars().map(String::from).collect();
            for key in &set {
                let time = Timestamp::from_second(minute * 60).unwrap();
                keys.entry(key.clone()).or_default().insert(set.clone(), time);
            }
        }
        let source = AttributeSource::parse("${path:title}").unwrap();
        keys.into_iter()
            .map(|(key, plans)| RequestedChange {
                change: Change::RestoreMapping { key, source },
                event_ids: Vec::new(),
                users: DeniedUsers::default(),
                plans,
                radius: None,
                diagnosis: Json::Null,
                denied: Denied {
                    first: Timestamp::UNIX_EPOCH,
                    last: Timestamp::UNIX_EPOCH,
                    sessions_end: None,
                    account: None,
                    permission_set: None,
                    action: String::new(),
                },
            })
            .collect()
    }

    const SPENT: Refusal = Refusal::BudgetSpent(Reached { most: 0, until: Timestamp::UNIX_EPOCH });

    #[track_caller]
    fn check(
        plans: &[(&str, i64)],
        (budget, room): (usize, usize),
        refused: &str,
        writes: &[&str],
        left: &[(&str, Refusal)],
    ) {
        let requests = requests(plans);
        let references: Vec<&RequestedChange> = requests.iter().collect();
        let key = |place: &usize| restored_key(references.get(*place).unwrap()).unwrap().to_owned();
        let mut outcomes = vec![None; requests.len()];
        let made = choose(
            &references,
            &mut outcomes,
            Limit { budget, spent: SPENT, room },
            |change| matches!(change, Change::RestoreMapping { key, .. } if refused.contains(key.as_str())),
        );
        let made: Vec<String> = made.iter().map(|write| write.places.iter().map(key).collect()).collect();
        assert_eq!(made, writes);
        let refused = outcomes.iter().enumerate().filter_map(|(place, outcome)| match outcome {
            Some(Outcome::Refused(refusal)) => Some((key(&place), *refusal)),
            _ => None,
        });
        let left: Vec<(String, Refusal)> = left.iter().map(|(key, why)| ((*key).to_owned(), *why)).collect();
        assert_eq!(refused.collect::<Vec<_>>(), left);
    }

    #[test]
    fn whole_plans_up_to_the_budget_and_the_first_denied_first() {
        let spent = SPENT;
        check(&[("a", 3), ("b", 1), ("c", 2)], (2, 50), "", &["bc"], &[("a", spent)]);
        check(&[("ab", 1), ("c", 2)], (1, 50), "", &["c"], &[("a", spent), ("b", spent)]);
        check(&[("ab", 1), ("bc", 2), ("d", 3)], (3, 50), "", &["abc"], &[("d", spent)]);
        check(&[("ab", 1), ("bcd", 2), ("b", 3)], (2, 50), "", &["ab"], &[("c", spent), ("d", spent)]);
        check(&[("a", 1)], (0, 50), "", &[], &[("a", spent)]);
    }

    #[test]
    fn whole_plans_up_to_the_room() {
        let full = Refusal::NoRoom;
        check(&[("a", 1), ("bc", 2), ("d", 3)], (5, 2), "", &["ad"], &[("b", full), ("c", full)]);
        check(&[("a", 1), ("b", 2)], (1, 0), "", &[], &[("a", full), ("b", full)]);
    }

    #[test]
    fn what_was_refused_before_is_written_last_and_alone() {
        check(&[("a", 1), ("b", 2), ("c", 3), ("d", 4)], (50, 50), "ac", &["bd", "a", "c"], &[]);
        check(&[("a", 1), ("b", 2)], (1, 50), "a", &["b"], &[("a", SPENT)]);
        check(&[("ab", 1), ("b", 2)], (50, 50), "a", &["b", "a"], &[]);
    }
}
