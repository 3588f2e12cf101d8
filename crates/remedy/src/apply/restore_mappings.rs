//! Appends approved mappings to the live list: all of a run in one write.

use tagmend_diagnosis::facts::{AccessControl, AttributeMapping};
use tagmend_diagnosis::plan::Change;

use super::limits::{keep_together, may_be_stale, of_restore};
use super::list::{LENGTH, NextList, Sent, json, same_mappings};
use super::outcome::{Outcome, Refusal, Stop};
use super::scope::{Scope, Word};
use super::{Past, Request};
use crate::hold::Hold;

impl Scope<'_> {
    /// Read, merge, compare with what the diagnosis saw, snapshot, look once more, write, read again. One outcome a
    /// request.
    pub(super) async fn restore_mappings(
        &self,
        requests: &[&Request],
        seen: &AccessControl,
        past: &Past,
        hold: &Hold,
        budget: &mut usize,
    ) -> Vec<Outcome> {
        let before = match self.live().await {
            Ok(before) => before,
            Err(error) => return vec![Outcome::Failed(error); requests.len()],
        };
        let mut outcomes = self.stopped(requests, &before, seen, past, hold);
        let (places, chosen): (Vec<usize>, Vec<&Request>) = requests
            .iter()
            .zip(&outcomes)
            .enumerate()
            .filter(|(_, (_, outcome))| outcome.is_none())
            .map(|(place, (request, _))| (place, *request))
            .unzip();
        let made = if chosen.is_empty() {
            Vec::new()
        } else if chosen.len() > *budget {
            vec![Outcome::Refused(Refusal::BudgetSpent); chosen.len()]
        } else {
            *budget -= chosen.len();
            let made = self.write_mappings(&chosen, &before).await;
            made.unwrap_or_else(|stop| vec![Outcome::from(stop); chosen.len()])
        };
        for (place, outcome) in places.into_iter().zip(made) {
            if let Some(entry) = outcomes.get_mut(place) {
                *entry = Some(outcome);
            }
        }
        outcomes
            .into_iter()
            .map(|outcome| outcome.unwrap_or(Outcome::Refused(Refusal::StateChanged)))
            .collect()
    }

    /// What is not to be written, and why.
    fn stopped(
        &self,
        requests: &[&Request],
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
        let of = |request: &&Request| of_restore(request, live, past, hold, &self.baseline.limits, now);
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

    async fn write_mappings(
        &self,
        requests: &[&Request],
        before: &AccessControl,
    ) -> Result<Vec<Outcome>, Stop> {
        let AccessControl::Enabled(live) = before else {
            return Err(Stop::Refused(Refusal::StateChanged));
        };
        let wanted: Vec<AttributeMapping> =
            requests.iter().filter_map(|request| mapping(&request.change)).collect();
        let next = NextList::appending(live, &wanted).ok_or(Stop::Refused(Refusal::StateChanged))?;
        self.has(LENGTH)?;
        let mut begun = Vec::new();
        for request in requests {
            begun.push(self.begin(request, requests, &json(before)).await?);
        }
        let sent = self.replace(Word::Plan(requests), before, &next).await?;
        let (verified, after) =
            self.read_back(|now| next.0.iter().all(|mapping| now.contains(mapping))).await;
        if let (Sent::Unclear(error), false) = (sent, verified) {
            return Err(error.into());
        }
        let gone = gone(&next, &after.clone().unwrap_or(AccessControl::Pending), before);
        let after = json(&after.unwrap_or(AccessControl::Pending));
        let mut outcomes = Vec::new();
        for begun in begun {
            self.record(&begun, &after, verified).await;
            outcomes.push(match (verified, gone.is_empty()) {
                (true, _) => Outcome::Fixed(begun.id),
                (false, true) => Outcome::Unverified(begun.id),
                (false, false) => Outcome::Raced { fix: begun.id, gone: gone.clone() },
            });
        }
        Ok(outcomes)
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
