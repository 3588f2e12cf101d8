//! The one thing that writes: snapshot, change, look again, journal.

mod provision;
mod restore_mappings;

use std::fmt;

use futures::stream::{self, StreamExt};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use tagmend_diagnosis::baseline::Baseline;
use tagmend_diagnosis::facts::{AccessControl, PastFix};
use tagmend_diagnosis::plan::Change;

use crate::aws_error::AwsError;
use crate::clients::Clients;
use crate::clock::RunTime;
use crate::journal::{FixId, Journal, Kind, Only, SCHEMA, Written};
use crate::lease::{self, Lease};
use crate::pacing::Pacing;

/// The most provisioning requests at once. Source: quotas in the Identity Center user guide.
const PROVISION_AT_ONCE: usize = 3;
/// Event ids that one snapshot names; a storm has thousands.
const EVENT_IDS: usize = 20;

/// Applies changes. Exists only where somebody chose to apply.
#[derive(Clone, Debug)]
pub struct Writer {
    clients: Clients,
    journal: Journal,
    pacing: Pacing,
}

/// A change, with what asked for it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The change.
    pub change: Change,
    /// The events that asked for it.
    pub event_ids: Vec<String>,
    /// The diagnosis, for the journal.
    pub diagnosis: Json,
}

/// How a change went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was made, and seen afterwards.
    Fixed(FixId),
    /// Nothing was to be done any more.
    AlreadyInPlace,
    /// It was made and is not to be seen; the snapshot has the state before.
    Unverified(FixId),
    /// It was not made.
    Refused(Refusal),
    /// It could not be made.
    Failed(AwsError),
    /// AWS began it and ended it with a failure; the journal has AWS's reason.
    EndedInFailure(FixId),
}

/// Why a change was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody stopped all writing.
    Hold,
    /// Somebody else is writing.
    LeaseHeld,
    /// There were as many fixes in the last hour as the baseline allows.
    BudgetSpent,
    /// The state is not the one that the diagnosis saw.
    StateChanged,
    /// The same was done a short while ago, and is not to be seen: somebody undoes it, or AWS is not done.
    RecentChange,
    /// The run ends too soon.
    OutOfTime,
    /// The policies are not the approved ones.
    PoliciesNotApproved,
}

impl Outcome {
    /// Whether the same record may fare better when it comes again.
    pub fn is_worth_another_try(&self) -> bool {
        match self {
            Outcome::Refused(refusal) => match refusal {
                Refusal::LeaseHeld | Refusal::StateChanged | Refusal::OutOfTime => true,
                // Fixes are never queued for later: a denial that still counts comes again by itself.
                Refusal::Hold
                | Refusal::BudgetSpent
                | Refusal::RecentChange
                | Refusal::PoliciesNotApproved => false,
            },
            Outcome::Failed(_) => true,
            Outcome::Fixed(_)
            | Outcome::AlreadyInPlace
            | Outcome::Unverified(_)
            | Outcome::EndedInFailure(_) => false,
        }
    }

    /// Its name in JSON and logs.
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Fixed(_) => "fixed",
            Outcome::AlreadyInPlace => "already_in_place",
            Outcome::Unverified(_) => "unverified",
            Outcome::Refused(_) => "refused",
            Outcome::Failed(_) => "failed",
            Outcome::EndedInFailure(_) => "ended_in_failure",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Fixed(id) => write!(formatter, "fixed and verified, journal {}", id.as_str()),
            Outcome::AlreadyInPlace => formatter.write_str("already in place"),
            Outcome::Unverified(id) => {
                write!(formatter, "made but not seen afterwards, snapshot {}", id.as_str())
            }
            Outcome::Refused(refusal) => write!(formatter, "not made: {refusal}"),
            Outcome::Failed(error) => write!(formatter, "failed: {error}"),
            Outcome::EndedInFailure(id) => {
                write!(formatter, "AWS ended it in failure, journal {}", id.as_str())
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Refusal::Hold => "writing is on hold",
            Refusal::LeaseHeld => "somebody else is writing",
            Refusal::BudgetSpent => "the baseline allows no more fixes this hour",
            Refusal::StateChanged => "the state is not the one that was diagnosed",
            Refusal::RecentChange => "the same was done a short while ago and is not to be seen",
            Refusal::OutOfTime => "too little time is left",
            Refusal::PoliciesNotApproved => "the policies are not the approved ones",
        })
    }
}

/// What stops a change before it is made.
#[derive(Clone)]
enum Stop {
    Refused(Refusal),
    Aws(AwsError),
}

impl From<AwsError> for Stop {
    fn from(error: AwsError) -> Stop {
        Stop::Aws(error)
    }
}

impl From<Stop> for Outcome {
    fn from(stop: Stop) -> Outcome {
        match stop {
            Stop::Refused(refusal) => Outcome::Refused(refusal),
            Stop::Aws(error) => Outcome::Failed(error),
        }
    }
}

impl Writer {
    /// A writer with these clients, and the journal in this bucket.
    pub fn new(clients: Clients, journal_bucket: &str, pacing: Pacing) -> Writer {
        let journal = Journal::new(clients.s3.clone(), journal_bucket);
        Writer { clients, journal, pacing }
    }

    /// Makes the changes, each at most once. `seen` is the list of mappings that the diagnoses saw.
    pub async fn apply(
        &self,
        requests: &[Request],
        seen: &AccessControl,
        baseline: &Baseline,
        time: RunTime,
    ) -> Vec<Outcome> {
        if requests.is_empty() {
            return Vec::new();
        }
        let lease = match self.permission_to_write(time.clock.now()).await {
            Ok(lease) => lease,
            Err(stop) => return vec![Outcome::from(stop); requests.len()],
        };
        let outcomes = self.apply_under_lease(requests, seen, baseline, &lease, time).await;
        lease::give_back(&self.journal, lease, time.clock.now()).await;
        outcomes.unwrap_or_else(|stop| vec![Outcome::from(stop); requests.len()])
    }

    async fn permission_to_write(&self, now: Timestamp) -> Result<Lease, Stop> {
        if self.journal.is_held().await? {
            return Err(Stop::Refused(Refusal::Hold));
        }
        lease::take(&self.journal, now).await?.ok_or(Stop::Refused(Refusal::LeaseHeld))
    }

    async fn apply_under_lease(
        &self,
        requests: &[Request],
        seen: &AccessControl,
        baseline: &Baseline,
        lease: &Lease,
        time: RunTime,
    ) -> Result<Vec<Outcome>, Stop> {
        let hour_ago = time.clock.now() - SignedDuration::from_hours(1);
        let (begun, made) = futures::try_join!(
            self.journal.since(Kind::Snapshots, hour_ago),
            self.journal.since(Kind::Fixes, hour_ago)
        )?;
        let mut budget = baseline.limits.fixes_per_hour.saturating_sub(begun.len());
        let scope = Scope { writer: self, baseline, lease, time, begun, made };
        let mut outcomes = vec![Outcome::Refused(Refusal::BudgetSpent); requests.len()];
        let is_restore = |request: &Request| matches!(request.change, Change::RestoreMapping { .. });
        let (restores, provisions): (Vec<usize>, Vec<usize>) =
            (0..requests.len()).partition(|index| requests.get(*index).is_some_and(is_restore));
        let chosen = |indices: &[usize]| -> Vec<&Request> {
            indices.iter().filter_map(|index| requests.get(*index)).collect()
        };
        // All mappings in one write, or none: a plan that is made by half is a state that nobody evaluated.
        if !restores.is_empty() && restores.len() <= budget {
            budget -= restores.len();
            let made = scope.restore_mappings(&chosen(&restores), seen).await;
            put(&mut outcomes, restores.into_iter().zip(made));
        }
        let provisions = provisions.get(..provisions.len().min(budget)).unwrap_or_default();
        let work = provisions.iter().zip(chosen(provisions)).map(|(index, request)| {
            let work = scope.provision(request);
            async move { (*index, work.await) }
        });
        let made: Vec<(usize, Outcome)> =
            stream::iter(work).buffer_unordered(PROVISION_AT_ONCE).collect().await;
        put(&mut outcomes, made);
        Ok(outcomes)
    }
}

fn put(outcomes: &mut [Outcome], made: impl IntoIterator<Item = (usize, Outcome)>) {
    for (index, outcome) in made {
        if let Some(place) = outcomes.get_mut(index) {
            *place = outcome;
        }
    }
}

/// What every change of one run shares.
struct Scope<'a> {
    writer: &'a Writer,
    baseline: &'a Baseline,
    lease: &'a Lease,
    time: RunTime,
    /// Changes that were begun in the last hour.
    begun: Vec<PastFix>,
    /// Changes that were made in the last hour.
    made: Vec<PastFix>,
}

impl Scope<'_> {
    /// Stores the state before a change. Without it, on hold, or with too little time left, nothing is changed.
    async fn snapshot(
        &self,
        request: &Request,
        before: &Json,
        length: SignedDuration,
    ) -> Result<FixId, Stop> {
        let journal = &self.writer.journal;
        if journal.is_held().await? {
            return Err(Stop::Refused(Refusal::Hold));
        }
        let now = self.time.clock.now();
        if !self.time.has(length) || !self.lease.holds(now, length) {
            return Err(Stop::Refused(Refusal::OutOfTime));
        }
        let id = FixId::new(&request.change, now);
        let object = self.entry(&id, request, before);
        match journal.put(&format!("snapshots/{}.json", id.as_str()), &object, Only::IfAbsent).await? {
            Written::Yes(_) => Ok(id),
            Written::Conflict => Err(Stop::Refused(Refusal::StateChanged)),
        }
    }

    /// Records a change that was made. The change stands, recorded or not.
    async fn record(
        &self,
        id: FixId,
        request: &Request,
        before: &Json,
        after: &Json,
        verified: bool,
    ) -> Outcome {
        let mut object = self.entry(&id, request, before);
        if let Json::Object(fields) = &mut object {
            fields.insert("after".to_owned(), after.clone());
            fields.insert("verified".to_owned(), json!(verified));
        }
        let name = format!("fixes/{}.json", id.as_str());
        if let Err(error) = self.writer.journal.put(&name, &object, Only::IfAbsent).await {
            tracing::error!(fix = id.as_str(), %error, "the fix was made and not recorded");
        }
        if verified { Outcome::Fixed(id) } else { Outcome::Unverified(id) }
    }

    fn entry(&self, id: &FixId, request: &Request, before: &Json) -> Json {
        let change = match &request.change {
            Change::RestoreMapping { key, source } => {
                json!({"kind": "restore_mapping", "key": key, "source": source.expression()})
            }
            Change::Reprovision { name, permission_set, account, policy_digest } => json!({
                "kind": "provision", "name": name, "permission_set": permission_set, "account": account,
                "policy_digest": policy_digest.to_string(),
            }),
        };
        json!({
            "schema": SCHEMA,
            "id": id.as_str(),
            "time": self.time.clock.now().to_string(),
            "fencing": self.lease.fencing,
            "change": change,
            "diagnosis": request.diagnosis,
            "events": {
                "count": request.event_ids.len(),
                "first": request.event_ids.iter().take(EVENT_IDS).collect::<Vec<_>>(),
            },
            "before": before,
        })
    }
}
