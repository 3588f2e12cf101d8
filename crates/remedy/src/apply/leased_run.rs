//! What every change of one run shares: permission, looked at as late as possible, and the journal.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use tagmend_diagnosis::{Baseline, Change};

use super::outcome::{NotMade, Refusal, Stop};
use super::{Past, RequestedChange, Writer};
use crate::aws::aws_error::AwsError;
use crate::aws::clock::RunTime;
use crate::journal::hold::Hold;
use crate::journal::lease::{self, Lease};
use crate::journal::{FixId, ObjectKind, Precondition, PutResult, SCHEMA};

/// Event ids that one snapshot names; a storm has thousands.
const EVENT_IDS: usize = 20;

/// How old a last look may be when the write is sent.
const FRESH: SignedDuration = SignedDuration::from_secs(2);

/// What every change of one run shares.
#[derive(Debug)]
pub(super) struct LeasedRun<'a> {
    pub(super) writer: &'a Writer,
    pub(super) baseline: &'a Baseline,
    pub(super) lease: Lease,
    pub(super) time: RunTime,
    /// The time of the latest change that has a name, in milliseconds.
    latest: AtomicI64,
    /// What was made and is not recorded yet.
    unrecorded: Mutex<Vec<Made>>,
}

/// A change that was made.
#[derive(Debug)]
struct Made {
    begun: Begun,
    after: Json,
    seen: Seen,
    /// When that was clear.
    ended: Timestamp,
}

/// On whose word something is written.
#[derive(Clone, Copy)]
pub(super) enum Authority<'a> {
    /// A plan's: a hold stops it.
    Plan(&'a [&'a RequestedChange]),
    /// An operator's, who may act under a hold.
    Operator,
}

impl Authority<'_> {
    fn is_held(self, hold: &Hold) -> bool {
        match self {
            Authority::Plan(requests) => requests.iter().any(|request| hold.stops(&request.change)),
            Authority::Operator => false,
        }
    }
}

/// Who saw a change in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// The run that made it.
    ItsRun,
    /// Nobody yet.
    Nobody,
    /// Somebody who knows no more than that it is there: a later run, or the one to whose write AWS did not answer. A
    /// person may have made it as well.
    InPlace,
}

/// A change whose snapshot is stored.
#[derive(Clone, Debug)]
pub(super) struct Begun {
    pub(super) id: FixId,
    pub(super) snapshot: Json,
}

impl<'a> LeasedRun<'a> {
    pub(super) fn new(
        writer: &'a Writer,
        baseline: &'a Baseline,
        lease: Lease,
        time: RunTime,
    ) -> LeasedRun<'a> {
        let (latest, unrecorded) = (AtomicI64::new(i64::MIN), Mutex::default());
        LeasedRun { writer, baseline, lease, time, latest, unrecorded }
    }
}

impl LeasedRun<'_> {
    /// Whoever has the lease names its changes after those of whoever had it before, whatever the clocks say: names are
    /// in the order of the fencing numbers.
    pub(super) fn goes_on_after(&self, past: &Past) {
        let latest = past.latest.map_or(i64::MIN, Timestamp::as_millisecond);
        self.latest.fetch_max(latest, Ordering::Relaxed);
    }

    /// The time that names the next change. Changes of one run may have the same.
    pub(super) fn naming_time(&self) -> Timestamp {
        let (now, latest) = (self.now(), self.latest.load(Ordering::Relaxed));
        if now.as_millisecond() > latest {
            return now;
        }
        Timestamp::from_millisecond(latest.saturating_add(1)).unwrap_or(now)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.time.clock.now()
    }

    /// Whether work of this length ends before the run and the lease do.
    pub(super) fn has(&self, length: SignedDuration) -> Result<(), Stop> {
        if self.time.has(length) && self.lease.holds(self.now(), length) {
            Ok(())
        } else {
            Err(Stop::Refused(Refusal::OutOfTime))
        }
    }

    /// Right before a write: no hold, the lease still ours, `look` as it has to be, and time enough. The three are asked
    /// at once, so that none of the answers is older than one round trip when the write is sent.
    pub(super) async fn last_look<T>(
        &self,
        word: Authority<'_>,
        length: SignedDuration,
        look: impl Future<Output = Result<T, AwsError>>,
    ) -> Result<T, Stop> {
        let journal = &self.writer.journal;
        let (hold, lease, seen) = futures::try_join!(
            Box::pin(Hold::read(journal)),
            Box::pin(lease::look(journal)),
            Box::pin(look)
        )?;
        if word.is_held(&hold) {
            return Err(Stop::Refused(Refusal::Hold));
        }
        if !self.lease.is(&lease) {
            return Err(Stop::Refused(Refusal::LeaseLost));
        }
        self.has(length)?;
        Ok(seen)
    }

    /// Whether a look that began at this time is as good as one that begins now.
    pub(super) fn is_fresh(&self, at: Timestamp) -> bool {
        self.now().duration_since(at).abs() <= FRESH
    }

    /// Stores the state before a change. Without it nothing is changed.
    pub(super) async fn snapshot(&self, id: FixId, snapshot: Json) -> Result<Begun, Stop> {
        let name = id.object(ObjectKind::Snapshots);
        // No other run has its fencing number.
        match self.writer.journal.put_own(&name, &snapshot, Precondition::IfAbsent).await {
            Ok(PutResult::Yes(_)) => Ok(Begun { id, snapshot }),
            Ok(PutResult::Conflict) => Err(Stop::Refused(Refusal::StateChanged)),
            Err(error) => {
                // It may be there all the same.
                self.close(&Begun { id, snapshot }, &error.clone().into()).await;
                Err(error.into())
            }
        }
    }

    /// Says of a change that was begun that it was not made. Where that cannot be stored it counts as begun, and a later
    /// run that finds the state in place cannot tell who made it so.
    pub(super) async fn close(&self, begun: &Begun, not_made: &NotMade) {
        let mut object = begun.snapshot.clone();
        if let Json::Object(fields) = &mut object {
            let why = json!({"why": not_made.why.name(), "reason": not_made.stop.to_string()});
            fields.insert("not_made".to_owned(), why);
            fields.insert("ended".to_owned(), json!(self.now().to_string()));
        }
        let name = begun.id.not_made(not_made.why);
        if let Err(error) = self.writer.journal.put(&name, &object, Precondition::IfAbsent).await {
            tracing::error!(fix = begun.id.as_str(), %error, "a change was not made, and the journal does not say so");
        }
    }

    /// Stores the state before a change that a plan asks for. `plan` is everything that is changed with it.
    pub(super) async fn begin(
        &self,
        request: &RequestedChange,
        plan: &[&RequestedChange],
        before: &Json,
    ) -> Result<Begun, Stop> {
        let now = self.naming_time();
        let id = FixId::new(&request.change, now);
        let mut diagnosis = request.diagnosis.clone();
        if let (Json::Object(fields), Some(key)) =
            (&mut diagnosis, self.writer.clients.users_key.get(&self.writer.journal).await)
        {
            fields.insert("users".to_owned(), json!(request.users.hashes(key)));
        }
        let snapshot = json!({
            "schema": SCHEMA,
            "id": id.as_str(),
            "time": now.to_string(),
            "fencing": self.lease.fencing,
            "change": change(&request.change),
            "plan": plan.iter().map(|request| change(&request.change)).collect::<Vec<_>>(),
            "radius": request.radius.map(|radius| radius.to_string()),
            "diagnosis": diagnosis,
            "events": {
                "count": request.event_ids.len(),
                "users": request.users.count(),
                "first": request.event_ids.iter().take(EVENT_IDS).collect::<Vec<_>>(),
            },
            "denied": request.denied,
            "before": before,
        });
        self.snapshot(id, snapshot).await
    }

    /// Takes note of a change that was made. It is recorded before the next one begins, and at the end.
    pub(super) fn made(&self, begun: &Begun, after: Json, seen: Seen) {
        let made = Made { begun: begun.clone(), after, seen, ended: self.now() };
        self.unrecorded.lock().unwrap_or_else(PoisonError::into_inner).push(made);
    }

    /// Records what was made before.
    pub(super) async fn record_made(&self) {
        let made = std::mem::take(&mut *self.unrecorded.lock().unwrap_or_else(PoisonError::into_inner));
        let records =
            made.iter().map(|Made { begun, after, seen, ended }| self.record(begun, after, *seen, *ended));
        join_all(records).await;
    }

    /// Records what was made, and then gives the lease back: whoever has it next finds everything recorded.
    pub(super) async fn end(self) {
        self.record_made().await;
        let now = self.now();
        lease::give_back(&self.writer.journal, self.lease, now).await;
    }

    /// Records a change that was made. It stands, recorded or not; a later run records what is missing.
    pub(super) async fn record(&self, begun: &Begun, after: &Json, seen: Seen, ended: Timestamp) {
        let mut object = begun.snapshot.clone();
        if let Json::Object(fields) = &mut object {
            fields.insert("after".to_owned(), after.clone());
            fields.insert("verified".to_owned(), json!(seen == Seen::ItsRun));
            if seen == Seen::InPlace {
                fields.insert("recovered".to_owned(), json!(true));
            }
            fields.insert("ended".to_owned(), json!(ended.to_string()));
        }
        let name = begun.id.object(ObjectKind::Fixes);
        if let Err(error) = self.writer.journal.put(&name, &object, Precondition::IfAbsent).await {
            tracing::error!(fix = begun.id.as_str(), %error, "a change was made and not recorded; the next run does it");
        }
    }
}

fn change(change: &Change) -> Json {
    match change {
        Change::RestoreMapping { key, source } => {
            json!({"kind": "restore_mapping", "key": key, "source": source.expression()})
        }
        Change::Reprovision { name, permission_set, account, policy_digest } => json!({
            "kind": "provision", "name": name, "permission_set": permission_set, "account": account,
            "policy_digest": policy_digest.to_string(),
        }),
    }
}
