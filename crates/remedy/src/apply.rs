//! The one thing that writes: snapshot, change, look again, journal.

mod provision;
mod restore_mapping;

use std::fmt;

use futures::stream::{self, StreamExt};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use tagmend_diagnosis::baseline::Baseline;
use tagmend_diagnosis::facts::AccessControl;
use tagmend_diagnosis::plan::Change;

use crate::aws_error::AwsError;
use crate::clients::Clients;
use crate::journal::{FixId, Journal, Only, SCHEMA, Written};
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
    Failed(String),
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
    /// The policies are not the approved ones.
    PoliciesNotApproved,
}

impl Outcome {
    /// Whether the same record may fare better when it comes again.
    pub fn is_worth_another_try(&self) -> bool {
        match self {
            Outcome::Refused(Refusal::LeaseHeld | Refusal::StateChanged) | Outcome::Failed(_) => true,
            Outcome::Fixed(_) | Outcome::AlreadyInPlace | Outcome::Unverified(_) => false,
            Outcome::Refused(Refusal::Hold | Refusal::BudgetSpent | Refusal::PoliciesNotApproved) => false,
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
            Outcome::Failed(reason) => write!(formatter, "failed: {reason}"),
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
            Refusal::PoliciesNotApproved => "the policies are not the approved ones",
        })
    }
}

/// What stops a change before it is made.
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
            Stop::Aws(error) => Outcome::Failed(error.to_string()),
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
        now: Timestamp,
    ) -> Vec<Outcome> {
        if requests.is_empty() {
            return Vec::new();
        }
        let lease = match self.permission_to_write(now).await {
            Ok(lease) => lease,
            Err(stop) => return vec![Outcome::from(stop); requests.len()],
        };
        let outcomes = self.apply_under_lease(requests, seen, baseline, &lease, now).await;
        lease::give_back(&self.journal, lease, now).await;
        outcomes
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
        now: Timestamp,
    ) -> Vec<Outcome> {
        let spent = match self.journal.changes_since(now - SignedDuration::from_hours(1)).await {
            Ok(spent) => spent,
            Err(error) => return vec![Outcome::from(Stop::Aws(error)); requests.len()],
        };
        let budget = baseline.limits.fixes_per_hour.saturating_sub(spent);
        let scope = Scope { writer: self, baseline, lease, now };
        let mut outcomes = vec![Outcome::Refused(Refusal::BudgetSpent); requests.len()];
        let mut seen = seen.clone();
        let mut provisions = Vec::new();
        for (index, (request, outcome)) in requests.iter().zip(&mut outcomes).take(budget).enumerate() {
            match &request.change {
                Change::RestoreMapping { key, source } => {
                    *outcome = scope.restore_mapping(request, key, source.expression(), &mut seen).await;
                }
                Change::Reprovision { permission_set, account, policy_digest, name: _ } => {
                    provisions
                        .push((index, scope.provision(request, permission_set, account, policy_digest)));
                }
            }
        }
        let provisions = provisions.into_iter().map(|(index, work)| async move { (index, work.await) });
        let done: Vec<(usize, Outcome)> =
            stream::iter(provisions).buffer_unordered(PROVISION_AT_ONCE).collect().await;
        for (index, outcome) in done {
            if let Some(place) = outcomes.get_mut(index) {
                *place = outcome;
            }
        }
        outcomes
    }
}

/// What every change of one run shares.
struct Scope<'a> {
    writer: &'a Writer,
    baseline: &'a Baseline,
    lease: &'a Lease,
    now: Timestamp,
}

impl Scope<'_> {
    /// Stores the state before a change. Without it nothing is changed.
    async fn snapshot(&self, request: &Request, before: &Json) -> Result<FixId, Stop> {
        let id = FixId::new(&request.change, self.now);
        let object = self.entry(&id, request, before);
        match self
            .writer
            .journal
            .put(&format!("snapshots/{}.json", id.as_str()), &object, Only::IfAbsent)
            .await?
        {
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
            "time": self.now.to_string(),
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
