//! The one thing that writes to Identity Center: snapshot, change, look again, journal.

pub(crate) mod blast_radius;
mod budget;
mod choose;
mod leased_run;
mod limits;
mod list;
mod outcome;
mod provision;
mod recover;
mod restore_mappings;
mod rollback;
mod since_the_fix;
mod undoable;

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use tagmend_diagnosis::{AccessControl, Baseline, Change, clocks::APART};

use crate::apply::blast_radius::BlastRadius;
use crate::aws::clients::Clients;
use crate::aws::clock::{Clock, RunTime};
use crate::aws::pacing::Pacing;
use crate::journal::begun;
use crate::journal::denied_users::DeniedUsers;
use crate::journal::hold::Hold;
use crate::journal::lease::{self, Lease, Taken};
use crate::journal::{Entry, FixId, Journal, ObjectKind, WhyNotMade};
use crate::ledger::{ChangeResult, Denied};
use budget::Budget;
use leased_run::LeasedRun;
use limits::{made_before, was_refused};
use outcome::Stop;
pub use outcome::{Outcome, Reached, Refusal};
pub use rollback::{History, Removal, RolledBack, Undo, WhyNot, look_at};
pub use undoable::{LISTED, Undoable, undoable};

/// The most provisioning requests at once. Source: quotas in the Identity Center user guide.
const PROVISION_AT_ONCE: usize = 3;
/// How far back limits look.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Applies changes. Exists only where somebody chose to apply.
#[derive(Clone, Debug)]
pub struct Writer {
    clients: Clients,
    journal: Journal,
    pacing: Pacing,
}

/// A change, with what asked for it.
#[derive(Clone, Debug)]
pub struct RequestedChange {
    /// The change.
    pub change: Change,
    /// The events that asked for it.
    pub event_ids: Vec<String>,
    /// The users whom they denied.
    pub users: DeniedUsers,
    /// The keys that each plan restores, this one's among them, and when it was first denied: one key without the others
    /// is of no use to that plan.
    pub plans: BTreeMap<BTreeSet<String>, Timestamp>,
    /// How much a restored mapping touches.
    pub radius: Option<BlastRadius>,
    /// The diagnosis, for the journal.
    pub diagnosis: Json,
    /// The first denial that asked for it.
    pub denied: Denied,
}

/// How a change went, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// How it went.
    pub outcome: Outcome,
    /// The same change, where it was made within a day before as well.
    pub repeats: Option<FixId>,
    /// When that was clear: of a change that was made, when it was seen in place.
    pub at: Timestamp,
}

/// What was begun in the last day: what was made, or may have been, what is known to have been made, and what was not.
struct Past {
    begun: Vec<Entry>,
    made: Vec<Entry>,
    not_made: Vec<(Entry, WhyNotMade)>,
    /// The time of the latest of them, by the clock of whoever wrote it.
    latest: Option<Timestamp>,
}

impl Writer {
    /// A writer with these clients, and the journal in this bucket.
    pub fn new(clients: Clients, journal_bucket: &str, pacing: Pacing) -> Writer {
        let journal = Journal::new(clients.s3.clone(), journal_bucket);
        Writer { clients, journal, pacing }
    }

    /// Makes the changes, each at most once, and records what an earlier run made and could not record. `seen` is the
    /// list of mappings that the diagnoses saw.
    pub async fn apply(
        &self,
        requests: &[RequestedChange],
        seen: &AccessControl,
        baseline: &Baseline,
        time: RunTime,
    ) -> Vec<Applied> {
        if requests.is_empty() {
            self.only_recover(baseline, time).await;
            return Vec::new();
        }
        let none = |stop: Stop| {
            let applied = Applied { outcome: stop.into(), repeats: None, at: time.clock.now() };
            vec![applied; requests.len()]
        };
        if !time.has(list::LENGTH) {
            return none(Stop::Refused(Refusal::OutOfTime));
        }
        let (lease, hold) = match self.permission_to_write(requests, time.clock).await {
            Ok(permission) => permission,
            Err(stop) => return none(stop),
        };
        let scope = LeasedRun::new(self, baseline, &lease, time);
        let applied = scope.apply(requests, seen, &hold).await;
        lease::give_back(&self.journal, lease, time.clock.now()).await;
        applied.unwrap_or_else(none)
    }

    /// The lease, and what is held all the same.
    async fn permission_to_write(
        &self,
        requests: &[RequestedChange],
        clock: Clock,
    ) -> Result<(Lease, Hold), Stop> {
        let (hold, is_begun, found) = futures::try_join!(
            Hold::read(&self.journal),
            begun::is_begun(&self.journal),
            lease::look(&self.journal)
        )?;
        if !is_begun {
            return Err(Stop::Refused(Refusal::JournalNotBegun));
        }
        if requests.iter().all(|request| hold.stops(&request.change)) {
            return Err(Stop::Refused(Refusal::Hold));
        }
        Ok((self.take(found, clock.now()).await?, hold))
    }

    /// Takes the lease that was found.
    async fn take(&self, found: lease::Found, now: Timestamp) -> Result<Lease, Stop> {
        match lease::take(&self.journal, found, now).await? {
            Taken::Ours(lease) => Ok(lease),
            Taken::Held => Err(Stop::Refused(Refusal::LeaseHeld)),
            Taken::NotUnderstood => Err(Stop::Refused(Refusal::JournalNotUnderstood)),
            Taken::Lost => Err(Stop::Refused(Refusal::JournalNotBegun)),
            Taken::ClocksApart => Err(Stop::Refused(Refusal::ClocksApart)),
        }
    }

    async fn past(&self, now: Timestamp) -> Result<Past, Stop> {
        let (begun, made, not_made) = futures::try_join!(
            self.journal.understood_since(ObjectKind::Snapshots, now - DAY),
            self.journal.understood_since(ObjectKind::Fixes, now - DAY),
            self.journal.not_made_since(now - DAY)
        )?;
        let (Some(mut begun), Some(made)) = (begun, made) else {
            return Err(Stop::Refused(Refusal::JournalNotUnderstood));
        };
        let latest = begun.iter().chain(&made).map(|entry| entry.time).max();
        if latest.is_some_and(|latest| latest > now + APART) {
            return Err(Stop::Refused(Refusal::ClocksApart));
        }
        begun.retain(|begun| !not_made.iter().any(|(entry, _)| entry.id == begun.id));
        Ok(Past { begun, made, not_made, latest })
    }
}

impl LeasedRun<'_> {
    async fn apply(
        &self,
        requests: &[RequestedChange],
        seen: &AccessControl,
        hold: &Hold,
    ) -> Result<Vec<Applied>, Stop> {
        let now = self.now();
        let past = self.writer.past(now).await?;
        self.goes_on_after(&past);
        let past = self.recovered(past).await?;
        let budget = Budget::of(&self.baseline.limits, &past, now);
        let mut outcomes = vec![(Outcome::Refused(budget.spent()), now); requests.len()];
        let is_restore = |request: &RequestedChange| matches!(request.change, Change::RestoreMapping { .. });
        let (restores, mut provisions): (Vec<usize>, Vec<usize>) =
            (0..requests.len()).partition(|index| requests.get(*index).is_some_and(is_restore));
        let chosen = |indices: &[usize]| -> Vec<&RequestedChange> {
            indices.iter().filter_map(|index| requests.get(*index)).collect()
        };
        if !restores.is_empty() {
            let made = self.restore_mappings(&chosen(&restores), seen, &past, hold, &budget).await;
            let now = self.now();
            put(&mut outcomes, restores.into_iter().zip(made.into_iter().map(|outcome| (outcome, now))));
        }
        // What AWS refused before holds up nothing else; then those that were denied first.
        provisions.sort_by_key(|index| {
            let request = requests.get(*index);
            request.map(|request| (was_refused(&past, &request.change), request.plans.values().min()))
        });
        // Not more at once than may be made: what is refused gives its place to the next.
        let at_once = budget.left_for_provisionings().clamp(1, PROVISION_AT_ONCE);
        let work = provisions.iter().zip(chosen(&provisions)).map(|(index, request)| {
            let work = Box::pin(self.provision(request, &past, &budget));
            async move { (*index, (work.await, self.now())) }
        });
        let made: Vec<(usize, (Outcome, Timestamp))> =
            stream::iter(work).buffer_unordered(at_once).collect().await;
        put(&mut outcomes, made);
        let applied = requests.iter().zip(outcomes).map(|(request, (outcome, at))| {
            let repeats = made_before(&past, &request.change).filter(|_| may_be_made(&outcome));
            Applied { outcome, repeats, at }
        });
        Ok(applied.collect())
    }
}

type Ended = (Outcome, Timestamp);

fn put(outcomes: &mut [Ended], made: impl IntoIterator<Item = (usize, Ended)>) {
    for (index, ended) in made {
        if let Some(place) = outcomes.get_mut(index) {
            *place = ended;
        }
    }
}

fn may_be_made(outcome: &Outcome) -> bool {
    ChangeResult::from(Some(outcome)).is_made()
}
