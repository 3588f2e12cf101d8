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
use std::sync::{Arc, Mutex};

use futures::stream::{self, StreamExt};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use tagmend_diagnosis::{AccessControl, Baseline, Change, clocks::APART};

use crate::apply::blast_radius::BlastRadius;
use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;
use crate::aws::clock::{Clock, RunTime};
use crate::aws::pacing::Pacing;
use crate::journal::begun;
use crate::journal::denied_users::DeniedUsers;
use crate::journal::hold::Hold;
use crate::journal::lease::{self, Lease, Taken};
use crate::journal::{Entry, FixId, Journal, ObjectKind, WhyNotMade};
use crate::ledger::{ChangeResult, Denied};
use crate::read::observe::access_control;
use budget::Budget;
use leased_run::LeasedRun;
use limits::{made_before, was_refused};
use outcome::Stop;
pub use outcome::{Outcome, Reached, Refusal};
pub use rollback::{History, Removal, RolledBack, Undo, WhyNot, look_at};
pub use undoable::{LISTED, Undoable, undoable};

/// The most provisioning requests at once. Source: quotas in the Identity Center user guide.
const PROVISION_AT_ONCE: usize = 3;
/// How long what was found of the lease is worth a try to take it: another one's turn makes it worthless.
const FORESEEN: SignedDuration = SignedDuration::from_secs(2);
/// How far back limits look.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Applies changes. Exists only where somebody chose to apply.
#[derive(Clone, Debug)]
pub struct Writer {
    clients: Clients,
    journal: Journal,
    pacing: Pacing,
    /// When nothing was found that an earlier run left unrecorded.
    nothing_open: Arc<Mutex<Option<Timestamp>>>,
}

/// A change, with what asked for it.
#[derive(Clone, Debug)]
pub(crate) struct RequestedChange {
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

/// What was found before anything may be written.
#[derive(Debug)]
pub(crate) struct Permission {
    hold: Hold,
    is_begun: bool,
    lease: lease::Found,
    /// When it was asked for.
    at: Timestamp,
}

/// What is there when the lease is taken.
struct Begins {
    hold: Hold,
    past: Past,
    /// The list of mappings; none where none is to be restored.
    live: Result<Option<AccessControl>, AwsError>,
}

impl RequestedChange {
    /// Whether a mapping is to be restored.
    pub(crate) fn is_restore(&self) -> bool {
        matches!(self.change, Change::RestoreMapping { .. })
    }
}

/// How a change went, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Applied {
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
        Writer { clients, journal, pacing, nothing_open: Arc::default() }
    }

    /// Makes the changes, each at most once, and records what an earlier run made and could not record. `seen` is the
    /// list of mappings that the diagnoses saw. What was made is recorded, and the lease given back, by [`Closing::close`].
    pub(crate) async fn apply<'a>(
        &'a self,
        requests: &[RequestedChange],
        seen: &AccessControl,
        baseline: &'a Baseline,
        time: RunTime,
        foreseen: Option<Permission>,
    ) -> (Vec<Applied>, Closing<'a>) {
        if requests.is_empty() {
            Box::pin(self.only_recover(baseline, time)).await;
            return (Vec::new(), Closing(None));
        }
        let none = |stop: Stop| {
            let applied = Applied { outcome: stop.into(), repeats: None, at: time.clock.now() };
            vec![applied; requests.len()]
        };
        if !time.has(list::LENGTH) {
            return (none(Stop::Refused(Refusal::OutOfTime)), Closing(None));
        }
        let (run, begins) = match Box::pin(self.begin(requests, baseline, time, foreseen)).await {
            Ok(begun) => begun,
            Err(stop) => return (none(stop), Closing(None)),
        };
        let applied = Box::pin(run.apply(requests, seen, begins)).await;
        (applied.unwrap_or_else(none), Closing(Some(run)))
    }

    /// Looks whether anything may be written.
    pub(crate) async fn look(&self, clock: Clock) -> Result<Permission, AwsError> {
        let at = clock.now();
        let (hold, is_begun, lease) = futures::try_join!(
            Hold::read(&self.journal),
            begun::is_begun(&self.journal),
            lease::look(&self.journal)
        )?;
        Ok(Permission { hold, is_begun, lease, at })
    }

    /// Takes the lease, and reads what is there before anything is written. A lease that somebody had and gave back since it
    /// was found is looked at once more.
    async fn begin<'a>(
        &'a self,
        requests: &[RequestedChange],
        baseline: &'a Baseline,
        time: RunTime,
        foreseen: Option<Permission>,
    ) -> Result<(LeasedRun<'a>, Begins), Stop> {
        let is_foreseen = foreseen.is_some();
        match self.begin_with(requests, baseline, time, foreseen).await {
            Err(Stop::Refused(Refusal::LeaseHeld)) if is_foreseen => {
                self.begin_with(requests, baseline, time, None).await
            }
            begun => begun,
        }
    }

    async fn begin_with<'a>(
        &'a self,
        requests: &[RequestedChange],
        baseline: &'a Baseline,
        time: RunTime,
        foreseen: Option<Permission>,
    ) -> Result<(LeasedRun<'a>, Begins), Stop> {
        let is_young = |foreseen: &Permission| time.clock.now().duration_since(foreseen.at).abs() <= FORESEEN;
        let permission = match foreseen.filter(is_young) {
            Some(foreseen) => foreseen,
            None => self.look(time.clock).await?,
        };
        let now = time.clock.now();
        let Permission { hold, is_begun, lease, at: _ } = permission;
        if !is_begun {
            return Err(Stop::Refused(Refusal::JournalNotBegun));
        }
        if requests.iter().all(|request| hold.stops(&request.change)) {
            return Err(Stop::Refused(Refusal::Hold));
        }
        let live = async {
            match requests.iter().any(RequestedChange::is_restore) {
                true => access_control(&self.clients, &baseline.instance_arn).await.map(Some),
                false => Ok(None),
            }
        };
        let reading =
            async { futures::join!(self.past(now), live, self.clients.users_key.get(&self.journal)) };
        // Where the lease was free and is ours now, nobody had it in between: what was read meanwhile is all there is.
        let (lease, (past, live, _)) = if lease.is_free() {
            futures::join!(self.take(lease, now), reading)
        } else {
            (Ok(self.take(lease, now).await?), reading.await)
        };
        let run = LeasedRun::new(self, baseline, lease?, time);
        match past {
            Ok(past) => Ok((run, Begins { hold, past, live })),
            Err(stop) => {
                run.end().await;
                Err(stop)
            }
        }
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
        let (Some(mut begun), Some(mut made)) = (begun, made) else {
            return Err(Stop::Refused(Refusal::JournalNotUnderstood));
        };
        let latest = begun.iter().chain(&made).map(|entry| entry.time).max();
        if latest.is_some_and(|latest| latest > now + APART) {
            return Err(Stop::Refused(Refusal::ClocksApart));
        }
        // What a run closed late may have been found in place by another meanwhile.
        let was_made = |made: &Entry| !not_made.iter().any(|(entry, _)| entry.id == made.id);
        begun.retain(was_made);
        made.retain(was_made);
        Ok(Past { begun, made, not_made, latest })
    }
}

/// What has to be done when a run has made its changes: it records them, and gives the lease back.
#[must_use = "nobody else can write before the lease runs out"]
#[derive(Debug)]
pub struct Closing<'a>(Option<LeasedRun<'a>>);

impl Closing<'_> {
    /// Nothing was made.
    pub(crate) fn of_nothing() -> Self {
        Closing(None)
    }

    /// Records what was made, and gives the lease back.
    pub async fn close(self) {
        if let Some(run) = self.0 {
            run.end().await;
        }
    }
}

impl LeasedRun<'_> {
    async fn apply(
        &self,
        requests: &[RequestedChange],
        seen: &AccessControl,
        begins: Begins,
    ) -> Result<Vec<Applied>, Stop> {
        let Begins { hold, past, live } = begins;
        let now = self.now();
        self.goes_on_after(&past);
        let past = self.recovered(past).await?;
        let budget = Budget::of(&self.baseline.limits, &past, now);
        let mut outcomes = vec![(Outcome::Refused(budget.spent()), now); requests.len()];
        let (restores, mut provisions): (Vec<usize>, Vec<usize>) = (0..requests.len())
            .partition(|index| requests.get(*index).is_some_and(RequestedChange::is_restore));
        let chosen = |indices: &[usize]| -> Vec<&RequestedChange> {
            indices.iter().filter_map(|index| requests.get(*index)).collect()
        };
        if !restores.is_empty() {
            let places = restores.clone();
            let restores = chosen(&restores);
            let made = match live {
                Ok(Some(live)) => self.restore_mappings(&restores, live, seen, &past, &hold, &budget).await,
                Ok(None) => vec![Outcome::Refused(Refusal::StateChanged); restores.len()],
                Err(error) => vec![Outcome::Failed(error); restores.len()],
            };
            let now = self.now();
            put(&mut outcomes, places.into_iter().zip(made.into_iter().map(|outcome| (outcome, now))));
        }
        if !provisions.is_empty() {
            self.record_made().await;
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
