//! The second look: proves that fixes held, finds drift before users do, builds the index.
//!
//! [`Watcher::inspect`] only reads. [`Recorder`] writes what was found to the journal, and nothing else anywhere.

mod fixes;
mod json;
mod pace;
mod permission_sets;
mod recorder;
mod standings;
mod users;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use tagmend_diagnosis::{
    AccessControl, Baseline, PastChange, PastFix,
    drift::{self, Finding},
    standing::{self, Standing},
};

use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;
use crate::aws::clock::RunTime;
use crate::journal::Journal;
use crate::journal::index::Index;
use crate::read::{observe, permission_set};

pub use json::{change as change_json, finding as finding_json};
pub use pace::Pace;
pub use recorder::Recorder;
pub use standings::Standings;

/// For so long it is proved that a fix held.
const WATCHED: SignedDuration = SignedDuration::from_hours(48);

/// Reads what the second look needs, and never writes.
#[derive(Clone, Debug)]
pub struct Watcher {
    clients: Clients,
    journal: Journal,
    pace: Pace,
}

/// What a second look found.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// When it began.
    pub time: Timestamp,
    /// What is not as it should be.
    pub findings: Vec<Finding>,
    /// Every fix of the last 48 hours, and how it stands.
    pub fixes: Vec<(PastFix, Standing)>,
    /// Changes that were made again, with how many users were denied for the same cause both times.
    pub denied_again: Vec<(PastChange, usize)>,
    /// How many of the mappings that an instance takes are in use.
    pub mappings_in_use: usize,
    /// Permission sets that were looked at, of how many.
    pub permission_sets: Coverage,
    /// Users that were looked at; of how many is known only where all were.
    pub users: Coverage,
    /// The permission sets that this run and the unfinished one before it looked at.
    pub index: Index,
    /// Whether that is every permission set.
    pub index_is_complete: bool,
    /// Reads that failed; the rest stands.
    pub errors: Vec<AwsError>,
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// So many.
    pub looked_at: usize,
    /// Of so many; none where that is not known.
    pub all: Option<usize>,
}

impl Watcher {
    /// A watcher with these clients, and the journal in this bucket.
    pub fn new(clients: Clients, journal_bucket: &str, pace: Pace) -> Watcher {
        let journal = Journal::new(clients.s3.clone(), journal_bucket);
        Watcher { clients, journal, pace }
    }

    /// Looks at the whole instance. `begun` is what an unfinished run before this one looked at.
    ///
    /// # Errors
    /// Where the mappings or the list of permission sets cannot be read: then nothing can be said.
    pub async fn inspect(
        &self,
        baseline: &Baseline,
        begun: Option<Index>,
        time: RunTime,
    ) -> Result<Inspection, AwsError> {
        let now = time.clock.now();
        let access_control = observe::access_control(&self.clients, &baseline.instance_arn).await?;
        let all = permission_set::list(&self.clients, &baseline.instance_arn).await?;
        let mut errors = Vec::new();
        let past = fixes::since(&self.journal, now - WATCHED).await.unwrap_or_else(|error| {
            errors.push(error);
            Vec::new()
        });
        let looked =
            permission_sets::look(self, baseline, permission_sets::order(&all, begun.as_ref(), &past), time)
                .await;
        errors.extend(looked.errors);
        let index = permission_sets::index(begun, &looked.seen, &all, time.clock.now());
        let mut findings = drift::of_mappings(&access_control, baseline);
        let seen: Vec<_> = looked.seen.into_iter().map(|seen| seen.for_findings).collect();
        findings.extend(drift::of_permission_sets(&all, &seen, &access_control, baseline));
        let live = match &access_control {
            AccessControl::Enabled(live) => live.as_slice(),
            AccessControl::Disabled | AccessControl::Pending => &[],
        };
        let users = users::look(self, baseline, live, time).await;
        findings.extend(users.findings);
        errors.extend(users.error);
        let standing = |fix: &PastFix| standing::standing(fix, &access_control, &seen, baseline);
        let fixes = past.iter().map(|(fix, _)| (fix.clone(), standing(fix))).collect();
        let denied_again = fixes::denied_again(&self.journal, past).await.unwrap_or_else(|error| {
            errors.push(error);
            Vec::new()
        });
        Ok(Inspection {
            time: now,
            findings,
            fixes,
            denied_again,
            mappings_in_use: live.len(),
            permission_sets: Coverage { looked_at: seen.len(), all: Some(all.len()) },
            users: users.extent,
            index_is_complete: index.permission_sets.keys().collect::<BTreeSet<_>>() == all.iter().collect(),
            index,
            errors,
        })
    }
}

/// The order of steps of the function `watch`: put the days together that are over, what was begun, look, record, and
/// leave a run for a review. The days come first: a look takes all the time that there is. `request` is the id of Lambda's
/// request.
///
/// # Errors
/// Where nothing can be said of the instance.
pub async fn watch(
    baseline: &Baseline,
    watcher: &Watcher,
    recorder: &Recorder,
    request: &str,
    time: RunTime,
) -> Result<Inspection, AwsError> {
    let began = time.clock.now();
    let folded = recorder.fold_days(time).await;
    let begun = recorder.begun().await;
    let mut inspection = match watcher.inspect(baseline, begun.clone().unwrap_or_default(), time).await {
        Ok(inspection) => inspection,
        Err(error) => {
            if let Err(error) = recorder.keep_run(Err(&error), request, began, time).await {
                tracing::error!(%error, "the run was not kept");
            }
            return Err(error);
        }
    };
    inspection.errors.extend([folded.err(), begun.err()].into_iter().flatten());
    inspection.errors.extend(recorder.users_key().await.err());
    inspection.errors.extend(recorder.record(&inspection).await.err());
    inspection.errors.extend(recorder.announce(&inspection, request, began).await.err());
    inspection.errors.extend(recorder.keep_run(Ok(&inspection), request, began, time).await.err());
    Ok(inspection)
}

impl Watcher {
    /// Compares the baseline with the instance, and looks at nothing else. Findings are drift; reads that failed come
    /// with them.
    ///
    /// # Errors
    /// Where the mappings or the list of permission sets cannot be read.
    pub async fn compare(
        &self,
        baseline: &Baseline,
        time: RunTime,
    ) -> Result<(Vec<Finding>, Vec<AwsError>), AwsError> {
        let access_control = observe::access_control(&self.clients, &baseline.instance_arn).await?;
        let all = permission_set::list(&self.clients, &baseline.instance_arn).await?;
        let approved = baseline.permission_sets().map(|(_, approved)| approved.arn.as_str());
        let approved = approved.filter(|arn| all.contains(*arn)).collect();
        let looked = permission_sets::look(self, baseline, approved, time).await;
        let seen: Vec<_> = looked.seen.into_iter().map(|seen| seen.for_findings).collect();
        let mut findings = drift::of_mappings(&access_control, baseline);
        findings.extend(drift::of_permission_sets(&all, &seen, &access_control, baseline));
        findings.retain(Finding::is_drift);
        Ok((findings, looked.errors))
    }
}

impl Inspection {
    /// Fixes that are undone, and changes that the same user needed again.
    pub fn not_held(&self) -> usize {
        let undone = self.fixes.iter().filter(|(_, standing)| *standing == Standing::Undone).count();
        undone + self.denied_again.len()
    }
}
