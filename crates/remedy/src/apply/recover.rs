//! Records what an earlier run may have changed and did not live to record. Only the journal is written.
//!
//! A snapshot without a word of what became of it tells that its run ended between the snapshot and the word. Where the
//! state is as the change would have left it, that run made it, or a person did. No read tells which: the list has no
//! version and no author. So it is recorded as found by a later run, and no rollback takes it away.

use std::sync::PoisonError;

use jiff::SignedDuration;
use serde_json::Value as Json;
use tagmend_diagnosis::{AccessControl, AttributeMapping, Baseline, PastChange, PolicyDigest};

use super::leased_run::{Begun, LeasedRun, Seen};
use super::list::json;
use super::outcome::{Refusal, Stop};
use super::provision::{LATEST, state};
use super::rollback::was_not_made;
use super::{Past, Writer};
use crate::aws::aws_error::AwsError;
use crate::aws::clock::RunTime;
use crate::journal::begun;
use crate::journal::lease;
use crate::journal::{Done, Entry, ObjectKind, is_known};

/// How often a process looks where it has nothing to change.
const SELDOM: SignedDuration = SignedDuration::from_mins(1);

/// Longest time that it takes.
const LENGTH: SignedDuration = SignedDuration::from_secs(20);

impl Writer {
    /// Where nothing is to be changed. Nothing depends on it: what fails is logged, and the next run does it.
    pub(super) async fn only_recover(&self, baseline: &Baseline, time: RunTime) {
        if let Err(stop) = self.try_recover(baseline, time).await {
            tracing::warn!(?stop, "what an earlier run may have left unrecorded was not looked at");
        }
    }

    async fn try_recover(&self, baseline: &Baseline, time: RunTime) -> Result<(), Stop> {
        let now = time.clock.now();
        let nothing_open = || self.nothing_open.lock().unwrap_or_else(PoisonError::into_inner);
        let is_soon = nothing_open().is_some_and(|at| now.duration_since(at) < SELDOM);
        if is_soon || !time.has(LENGTH) {
            return Ok(());
        }
        if open(&self.past(now).await?).is_empty() {
            *nothing_open() = Some(now);
            return Ok(());
        }
        let (is_begun, found) =
            futures::try_join!(begun::is_begun(&self.journal), lease::look(&self.journal))?;
        if !is_begun {
            return Err(Stop::Refused(Refusal::JournalNotBegun));
        }
        let lease = match self.take(found, now).await {
            Ok(lease) => lease,
            Err(Stop::Refused(Refusal::LeaseHeld)) => return Ok(()),
            Err(stop) => return Err(stop),
        };
        let scope = LeasedRun::new(self, baseline, lease, time);
        // Read again: whoever had the lease before may have recorded it.
        let recovered = match self.past(now).await {
            Ok(past) => scope.recovered(past).await.map(|_| ()),
            Err(stop) => Err(stop),
        };
        scope.end().await;
        recovered
    }
}

/// Changes that were begun, not recorded, and neither begun anew nor recorded since: nothing is begun that is in place.
fn open(past: &Past) -> Vec<Entry> {
    let is_later =
        |begun: &Entry, other: &Entry| other.time > begun.time && is_same_thing(&other.done, &begun.done);
    let is_closed = |begun: &Entry| {
        let not_made = past.not_made.iter().map(|(entry, _)| entry);
        past.begun.iter().chain(not_made).any(|other| is_later(begun, other))
            || past.made.iter().any(|made| made.time >= begun.time && is_same_thing(&made.done, &begun.done))
    };
    past.begun.iter().filter(|begun| !is_closed(begun)).cloned().collect()
}

fn is_same_thing(left: &Done, right: &Done) -> bool {
    fn key(done: &Done) -> Option<&str> {
        match done {
            Done::Healed(PastChange::RestoredMapping { key }) | Done::RolledBack { key } => Some(key),
            Done::Healed(PastChange::Reprovisioned { .. }) => None,
        }
    }
    left == right || (key(left).is_some() && key(left) == key(right))
}

impl LeasedRun<'_> {
    /// The past, with what was in place and unrecorded, recorded.
    pub(super) async fn recovered(&self, mut past: Past) -> Result<Past, Stop> {
        for entry in open(&past) {
            self.has(LENGTH)?;
            let Some((snapshot, _)) =
                self.writer.journal.get(&entry.id.object(ObjectKind::Snapshots)).await?
            else {
                continue;
            };
            if !is_known(&snapshot) {
                return Err(Stop::Refused(Refusal::JournalNotUnderstood));
            }
            let in_place = self.in_place(&entry, &snapshot).await?;
            // Its run may have said so late, when its lease had run out.
            if let Some(after) = in_place
                && !was_not_made(&self.writer.journal, &entry.id).await?
            {
                let begun = Begun { id: entry.id.clone(), snapshot };
                tracing::warn!(
                    fix = begun.id.as_str(),
                    "recorded a change that an earlier run began and that is in place"
                );
                self.record(&begun, &after, Seen::InPlace, self.now()).await;
                past.made.push(entry);
            }
        }
        past.made.sort_by_key(|entry| entry.time);
        Ok(past)
    }

    /// The state that a change would have left, if it is there.
    async fn in_place(&self, entry: &Entry, snapshot: &Json) -> Result<Option<Json>, AwsError> {
        let field = |name: &str| snapshot.pointer(&format!("/change/{name}")).and_then(Json::as_str);
        match &entry.done {
            Done::Healed(PastChange::Reprovisioned { .. }) => {
                let digest = field("policy_digest").and_then(PolicyDigest::parse);
                let (Some(arn), Some(account), Some(digest)) =
                    (field("permission_set"), field("account"), digest)
                else {
                    return Ok(None);
                };
                let is_there = self.is_as_approved(arn, account, &digest).await;
                Ok(is_there.then(|| state(arn, account, LATEST)))
            }
            Done::Healed(PastChange::RestoredMapping { .. }) | Done::RolledBack { .. } => {
                let (Some(key), Some(source)) = (field("key"), field("source")) else {
                    return Ok(None);
                };
                let mapping = AttributeMapping { key: key.to_owned(), source: source.to_owned() };
                let live = self.live().await?;
                let AccessControl::Enabled(mappings) = &live else {
                    return Ok(None);
                };
                let is_rollback = matches!(entry.done, Done::RolledBack { .. });
                Ok((mappings.contains(&mapping) != is_rollback).then(|| json(&live)))
            }
        }
    }
}
