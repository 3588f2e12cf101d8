//! What a hold, the baseline's limits and the last day keep from being made. Nothing is queued for later.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use tagmend_diagnosis::{
    AttributeMapping, Change, Limits, PastChange, arn::last_part, clocks::SETTLES, is_same_key,
};

use super::list::is_mapped;
use super::outcome::{Outcome, Reached, Refusal};
use super::{DAY, Past, RequestedChange};
use crate::apply::blast_radius::BlastRadius;
use crate::journal::hold::Hold;
use crate::journal::{Done, Entry, FixId, WhyNotMade};

/// How long after AWS refused a change it is not tried again: after once, twice, three times, and more often.
const PAUSES: [SignedDuration; 4] = [
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(25),
    SignedDuration::from_mins(60),
];

/// Why a mapping is not restored, if it is not.
pub(super) fn why_not_restore(
    request: &RequestedChange,
    live: &[AttributeMapping],
    past: &Past,
    hold: &Hold,
    limits: &Limits,
    now: Timestamp,
) -> Option<Outcome> {
    let Change::RestoreMapping { key, source: _ } = &request.change else {
        return Some(Outcome::Refused(Refusal::StateChanged));
    };
    if is_mapped(live, key) {
        return Some(Outcome::AlreadyInPlace);
    }
    if hold.stops(&request.change) {
        return Some(Outcome::Refused(Refusal::Hold));
    }
    let within = |length: SignedDuration| move |entry: &&Entry| now.duration_since(entry.time) < length;
    let all = past.begun.iter().chain(&past.made).filter(within(limits.cool_down));
    if let Some(rolled_back) = all.filter(|entry| is_rollback(entry, key)).map(|entry| entry.time).max() {
        return Some(Outcome::Refused(Refusal::RolledBack { until: rolled_back + limits.cool_down }));
    }
    let fixes = || past.made.iter().filter(|entry| is_restore(entry, key));
    if fixes().any(|fix| now.duration_since(fix.time) < SETTLES) {
        return Some(Outcome::Refused(Refusal::RecentChange));
    }
    if let Some(fix) = fixes().rfind(within(limits.cool_down)) {
        return Some(Outcome::Escalated(fix.id.clone()));
    }
    if let Some(refusal) = repeated(fixes(), limits) {
        return Some(Outcome::Refused(refusal));
    }
    if let Some(refusal) = pause(past, |entry| is_restore(entry, key), now) {
        return Some(Outcome::Refused(refusal));
    }
    let radius = request.radius.unwrap_or(BlastRadius::NoIndex);
    match (limits.permission_sets_per_key, radius) {
        (_, BlastRadius::NotUnderstood) => return Some(Outcome::Refused(Refusal::JournalNotUnderstood)),
        (None, _) => {}
        (Some(most), BlastRadius::Known { mentioned_by, .. }) if mentioned_by <= most => {}
        (Some(most), radius) => return Some(Outcome::Refused(Refusal::BlastRadius { most, radius })),
    }
    too_few_users(request, limits).map(Outcome::Refused)
}

/// Why a thing that was fixed before is not fixed once more today. `fixes` are those of the last day.
fn repeated<'a>(fixes: impl Iterator<Item = &'a Entry>, limits: &Limits) -> Option<Refusal> {
    let times: Vec<Timestamp> = fixes.map(|fix| fix.time).collect();
    let most = limits.fixes_of_one_thing_per_day;
    let oldest = times.iter().min().filter(|_| times.len() >= most)?;
    Some(Refusal::RepeatLimit(Reached { most, until: *oldest + DAY }))
}

fn too_few_users(request: &RequestedChange, limits: &Limits) -> Option<Refusal> {
    let least = limits.users_before_a_fix;
    (request.users.count() < least).then_some(Refusal::TooFewUsers { least })
}

/// When AWS refused a change since it was made last.
fn refused(past: &Past, is_same: impl Fn(&Entry) -> bool) -> Vec<Timestamp> {
    let made = past.made.iter().filter(|made| is_same(made)).map(|made| made.time).max();
    let is_later = |entry: &Entry| made.is_none_or(|made| made < entry.time);
    let refused = past.not_made.iter().filter(|(_, why)| *why == WhyNotMade::Refused);
    let same = refused.filter(|(entry, _)| is_same(entry) && is_later(entry));
    same.map(|(entry, _)| entry.time).collect()
}

/// Why a change that AWS refused is not tried again yet. A refusal costs nothing of the budget, so that it stops nobody
/// else; this is what limits it.
fn pause(past: &Past, is_same: impl Fn(&Entry) -> bool, now: Timestamp) -> Option<Refusal> {
    let refused = refused(past, is_same);
    let last = refused.iter().max()?;
    let [.., longest] = PAUSES;
    let until = *last + PAUSES.get(refused.len() - 1).copied().unwrap_or(longest);
    (now < until).then_some(Refusal::RefusedBefore { times: refused.len(), until })
}

/// Whether AWS refused a change since it was made last.
pub(super) fn was_refused(past: &Past, change: &Change) -> bool {
    !refused(past, |entry| is_same(entry, change)).is_empty()
}

/// The last time within a day that a change was made.
pub(super) fn made_before(past: &Past, change: &Change) -> Option<FixId> {
    past.made.iter().rfind(|entry| is_same(entry, change)).map(|entry| entry.id.clone())
}

fn is_same(entry: &Entry, change: &Change) -> bool {
    match change {
        Change::RestoreMapping { key, source: _ } => is_restore(entry, key),
        Change::Reprovision { .. } => is_provision(entry, change),
    }
}

/// Whether the live list may be older than our last writes: writing it back would undo them.
pub(super) fn may_be_stale(live: &[AttributeMapping], past: &Past, now: Timestamp) -> bool {
    let is_hidden = |entry: &Entry| match &entry.done {
        Done::Healed(PastChange::RestoredMapping { key }) => {
            !is_mapped(live, key) && !past.made.iter().any(|later| is_rollback(later, key))
        }
        Done::RolledBack { key } => is_mapped(live, key),
        Done::Healed(PastChange::Reprovisioned { .. }) => false,
    };
    past.made.iter().any(|entry| now.duration_since(entry.time) < SETTLES && is_hidden(entry))
}

/// Takes out what is of no use to any plan without a change that is not made.
pub(super) fn keep_together(requests: &[&RequestedChange], outcomes: &mut [Option<Outcome>]) {
    let is_stopped = |outcome: &Option<Outcome>| !matches!(outcome, None | Some(Outcome::AlreadyInPlace));
    loop {
        let stopped: BTreeSet<&str> = requests
            .iter()
            .zip(outcomes.iter())
            .filter(|(_, outcome)| is_stopped(outcome))
            .filter_map(|(request, _)| restored_key(request))
            .collect();
        let is_of_no_use = |plan: &BTreeSet<String>| plan.iter().any(|key| stopped.contains(key.as_str()));
        let mut changed = false;
        for (request, outcome) in requests.iter().zip(outcomes.iter_mut()) {
            if outcome.is_none() && request.plans.keys().all(is_of_no_use) {
                *outcome = Some(Outcome::Refused(Refusal::OtherPart));
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}

/// Why a permission set is not provisioned, if it is not.
pub(super) fn why_not_provision(
    request: &RequestedChange,
    past: &Past,
    limits: &Limits,
    now: Timestamp,
) -> Option<Refusal> {
    let is_same = |entry: &Entry| is_provision(entry, &request.change);
    if let Some(refusal) = repeated(past.made.iter().filter(|entry| is_same(entry)), limits) {
        return Some(refusal);
    }
    if let Some(refusal) = pause(past, is_same, now) {
        return Some(refusal);
    }
    too_few_users(request, limits)
}

/// Whether an entry is of this provisioning.
pub(super) fn is_provision(entry: &Entry, change: &Change) -> bool {
    match (&entry.done, change) {
        (
            Done::Healed(PastChange::Reprovisioned { account: past, permission_set_id }),
            Change::Reprovision { permission_set, account, .. },
        ) => past == account && last_part(permission_set) == permission_set_id,
        _ => false,
    }
}

pub(super) fn restored_key<'a>(request: &&'a RequestedChange) -> Option<&'a str> {
    match &request.change {
        Change::RestoreMapping { key, .. } => Some(key),
        Change::Reprovision { .. } => None,
    }
}

fn is_restore(entry: &Entry, key: &str) -> bool {
    matches!(&entry.done, Done::Healed(PastChange::RestoredMapping { key: past })
        if is_same_key(past, key))
}

fn is_rollback(entry: &Entry, key: &str) -> bool {
    matches!(&entry.done, Done::RolledBack { key: past } if is_same_key(past, key))
}
