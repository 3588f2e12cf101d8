//! Appends approved mappings to the live list: all of a run in one write, but those that AWS refused before.

use tagmend_diagnosis::{AccessControl, AttributeMapping, Change, MAXIMUM_MAPPINGS};

use super::budget::Budget;
use super::choose::{Limit, Write, choose};
use super::leased_run::{Authority, Begun, LeasedRun, Seen};
use super::limits::{keep_together, may_be_stale, was_refused, why_not_restore};
use super::list::{LENGTH, NextList, Sent, is_mapped, json, same_mappings};
use super::outcome::{NotMade, Outcome, Refusal, Stop};
use super::{Past, RequestedChange};
use crate::aws::aws_error::AwsError;
use crate::journal::hold::Hold;

/// What became of one write.
enum Written {
    /// AWS made it, or it was seen; with the list afterwards.
    Made(Vec<Outcome>, AccessControl),
    /// It was not made, for sure.
    Not(Stop),
    /// Nobody knows, and it may still take effect.
    Unclear(AwsError),
}

impl LeasedRun<'_> {
    /// Merge with the list, compare it with what the diagnosis saw, snapshot, look once more, write, read again. One
    /// outcome a request.
    pub(super) async fn restore_mappings(
        &self,
        requests: &[&RequestedChange],
        mut before: AccessControl,
        seen: &AccessControl,
        past: &Past,
        hold: &Hold,
        budget: &Budget,
    ) -> Vec<Outcome> {
        let mut outcomes = self.stopped(requests, &before, seen, past, hold);
        let room = MAXIMUM_MAPPINGS.saturating_sub(mappings(&before).len());
        let limit = Limit { budget: budget.left(), spent: budget.spent(), room };
        for write in choose(requests, &mut outcomes, limit, |change| was_refused(past, change)) {
            let chosen: Vec<&RequestedChange> =
                write.places.iter().filter_map(|place| requests.get(*place)).copied().collect();
            let (made, is_clear) = match self.write(&write, &chosen, &before, budget).await {
                Written::Made(made, after) => {
                    let is_fixed = made.iter().all(|outcome| matches!(outcome, Outcome::Fixed(_)));
                    before = after;
                    (made, is_fixed)
                }
                Written::Not(stop) => (vec![Outcome::from(stop); chosen.len()], true),
                Written::Unclear(error) => (vec![Outcome::Failed(error); chosen.len()], false),
            };
            for (place, outcome) in write.places.into_iter().zip(made) {
                if let Some(entry) = outcomes.get_mut(place) {
                    *entry = Some(outcome);
                }
            }
            // It may be there and not to be seen yet, or take effect later: one of the two would replace the other.
            if !is_clear {
                break;
            }
        }
        outcomes
            .into_iter()
            .map(|outcome| outcome.unwrap_or(Outcome::Refused(Refusal::StateChanged)))
            .collect()
    }

    /// One write, which costs budget unless it is sure that it was not made.
    async fn write(
        &self,
        write: &Write,
        chosen: &[&RequestedChange],
        before: &AccessControl,
        budget: &Budget,
    ) -> Written {
        let is_there = |key: &String| {
            is_mapped(mappings(before), key)
                || chosen.iter().filter_map(|request| mapping(&request.change)).any(|new| new.key == *key)
        };
        // An earlier write of this run, which was to make the rest of the plan, was not made.
        if !write.needs.iter().all(is_there) {
            return Written::Not(Stop::Refused(Refusal::OtherPart));
        }
        if !budget.take(chosen.len()) {
            return Written::Not(Stop::Refused(budget.spent()));
        }
        let written = self.write_mappings(chosen, before).await;
        if matches!(written, Written::Not(_)) {
            budget.give_back(chosen.len());
        }
        written
    }

    /// What is not to be written, and why.
    fn stopped(
        &self,
        requests: &[&RequestedChange],
        before: &AccessControl,
        seen: &AccessControl,
        past: &Past,
        hold: &Hold,
    ) -> Vec<Option<Outcome>> {
        let refused = |refusal| vec![Some(Outcome::Refused(refusal)); requests.len()];
        let AccessControl::Enabled(live) = before else {
            return refused(Refusal::StateChanged);
        };
        let now = self.now();
        let of = |request: &&RequestedChange| {
            why_not_restore(request, live, past, hold, &self.baseline.limits, now)
        };
        let mut outcomes: Vec<Option<Outcome>> = requests.iter().map(of).collect();
        keep_together(requests, &mut outcomes);
        let everywhere = if may_be_stale(live, past, now) {
            Some(Refusal::RecentChange)
        } else if same_mappings(before, seen) {
            None
        } else {
            Some(Refusal::StateChanged)
        };
        if let Some(refusal) = everywhere {
            for outcome in outcomes.iter_mut().filter(|outcome| outcome.is_none()) {
                *outcome = Some(Outcome::Refused(refusal));
            }
        }
        outcomes
    }

    async fn write_mappings(&self, requests: &[&RequestedChange], before: &AccessControl) -> Written {
        let wanted: Vec<AttributeMapping> =
            requests.iter().filter_map(|request| mapping(&request.change)).collect();
        let (AccessControl::Enabled(live), Ok(())) = (before, self.has(LENGTH)) else {
            let refusal = if matches!(before, AccessControl::Enabled(_)) {
                Refusal::OutOfTime
            } else {
                Refusal::StateChanged
            };
            return Written::Not(Stop::Refused(refusal));
        };
        let Some(next) = NextList::appending(live, &wanted) else {
            return Written::Not(Stop::Refused(Refusal::StateChanged));
        };
        let word = Authority::Plan(requests);
        self.record_made().await;
        let at = self.now();
        // The last look while the snapshots are stored: nothing is written before all of them are.
        let (begun, looked) =
            futures::join!(self.begin_all(requests, before), self.last_look(word, LENGTH, self.live()));
        let sent = match (begun.stopped, looked) {
            (None, Ok(looked)) => self.replace(word, before, &next, Some((at, looked))).await,
            (Some(stop), _) | (None, Err(stop)) => Err(NotMade::from(stop)),
        };
        let begun = begun.all;
        let sent = match sent {
            Ok(sent) => sent,
            Err(not_made) => {
                for begun in &begun {
                    self.close(begun, &not_made).await;
                }
                return Written::Not(not_made.stop);
            }
        };
        let (verified, after) =
            self.read_back(|now| next.0.iter().all(|mapping| now.contains(mapping))).await;
        let seen = match (sent, verified) {
            (Sent::Unclear(error), false) => return Written::Unclear(error),
            // Somebody may have restored it between the last look and the write, which then never took effect.
            (Sent::Unclear(_), true) => Seen::InPlace,
            (Sent::Answered, true) => Seen::ItsRun,
            (Sent::Answered, false) => Seen::Nobody,
        };
        let after = after.unwrap_or(AccessControl::Pending);
        let gone = gone(&next, &after, before);
        let mut outcomes = Vec::new();
        for begun in begun {
            self.made(&begun, json(&after), seen);
            outcomes.push(match seen {
                Seen::ItsRun => Outcome::Fixed(begun.id),
                Seen::InPlace => Outcome::FoundInPlace(begun.id),
                Seen::Nobody if gone.is_empty() => Outcome::Unverified(begun.id),
                Seen::Nobody => Outcome::Raced { fix: begun.id, gone: gone.clone() },
            });
        }
        Written::Made(outcomes, after)
    }

    /// Stores a snapshot for each.
    async fn begin_all(&self, requests: &[&RequestedChange], before: &AccessControl) -> BegunTogether {
        let before = json(before);
        let beginning = requests.iter().map(|request| self.begin(request, requests, &before));
        let mut together = BegunTogether { all: Vec::new(), stopped: None };
        for begun in futures::future::join_all(beginning).await {
            match begun {
                Ok(begun) => together.all.push(begun),
                Err(stop) => together.stopped = Some(stop),
            }
        }
        together
    }
}

/// Changes that are begun together: none is made where one could not be begun.
struct BegunTogether {
    /// Those whose snapshot is stored.
    all: Vec<Begun>,
    /// Why one is not.
    stopped: Option<Stop>,
}

fn mappings(access_control: &AccessControl) -> &[AttributeMapping] {
    match access_control {
        AccessControl::Enabled(mappings) => mappings,
        AccessControl::Disabled | AccessControl::Pending => &[],
    }
}

/// Keys that were written and that another write, not a read that is too old, took away.
fn gone(next: &NextList, after: &AccessControl, before: &AccessControl) -> Vec<String> {
    match after {
        AccessControl::Enabled(live) if !same_mappings(after, before) => next
            .0
            .iter()
            .filter(|mapping| !live.contains(mapping))
            .map(|mapping| mapping.key.clone())
            .collect(),
        _ => Vec::new(),
    }
}

fn mapping(change: &Change) -> Option<AttributeMapping> {
    match change {
        Change::RestoreMapping { key, source } => {
            Some(AttributeMapping { key: key.clone(), source: source.expression().to_owned() })
        }
        Change::Reprovision { .. } => None,
    }
}
