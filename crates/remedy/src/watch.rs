//! The second look: proves that fixes held, finds drift before users do, builds the index.
//!
//! [`Watcher::inspect`] only reads. [`Recorder`] writes what was found to the journal, and nothing else anywhere.

mod completeness;
mod fixes;
mod json;
mod keeping;
mod listing;
mod memory;
mod pace;
mod permission_sets;
mod recorder;
mod standings;
mod users;
mod walk;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use tagmend_diagnosis::{
    AccessControl, Baseline, PastChange, PastFix,
    arn::last_part,
    drift::{self, Finding},
    standing::{self, Standing, View},
};

use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;
use crate::aws::clock::RunTime;
use crate::journal::Journal;
use crate::journal::index::Index;
use crate::read::{observe, permission_set};

pub use completeness::Completeness;
pub use json::{FoundRecord, change as change_json, finding as finding_json};
pub use keeping::{Keeping, Seen};
pub use memory::Memory;
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
    /// What is not as it should be, by this look, and by the last one at what this one did not come to.
    pub findings: Vec<Finding>,
    /// Every fix of the last 48 hours, and how it stands.
    pub fixes: Vec<(PastFix, Standing)>,
    /// Changes that were made again, with how many people were denied for the same cause both times.
    pub denied_again: Vec<(PastChange, usize)>,
    /// How many of the mappings that an instance takes are in use; none while AWS does not say.
    pub mappings_in_use: Option<usize>,
    /// Permission sets that were looked at, of how many.
    pub permission_sets: Coverage,
    /// Permission sets that were seen within an hour, by this look and those before it.
    pub young: usize,
    /// Users that were looked at; how many there are is known where they were all looked at once.
    pub users: Coverage,
    /// The index; none before every permission set was tried once.
    pub index: Option<Index>,
    /// Whether the journal was begun; none where that could not be read.
    pub journal_is_begun: Option<bool>,
    /// How much was seen.
    pub completeness: Completeness,
    /// What the next run has to know.
    pub memory: Memory,
    /// Reads that failed; the rest stands.
    pub errors: Vec<AwsError>,
    /// Whether what was found could be kept.
    pub is_kept: bool,
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

    /// Looks at the instance, as far as pace and time allow. `memory` is what runs before this one saw; without one
    /// nothing was seen before. `keeping` says where what it sees is kept meanwhile.
    ///
    /// # Errors
    /// Where the mappings or the list of permission sets cannot be read: then nothing can be said.
    pub async fn inspect(
        &self,
        baseline: &Baseline,
        memory: Option<Memory>,
        keeping: Keeping<'_>,
        time: RunTime,
    ) -> Result<Inspection, AwsError> {
        let now = time.clock.now();
        let mut memory = memory.unwrap_or_else(|| Memory::begun_at(now));
        let mut errors = Vec::new();
        // What is made from here on is not judged by a state that is older.
        let past = fixes::since(&self.journal, now - WATCHED, time, &mut errors).await;
        let access_control = observe::access_control(&self.clients, &baseline.instance_arn).await?;
        let read_at = time.clock.now();
        let all = listing::list(self, baseline, &mut memory, keeping, time).await?;
        memory.keep_only(&all);
        let provisioned = past.provisioned();
        let order = permission_sets::order(&all, &memory, &provisioned, baseline);
        let tried =
            permission_sets::look(self, baseline, order, &provisioned, &mut memory, keeping, time).await;
        let live = match &access_control {
            AccessControl::Enabled(live) => live.as_slice(),
            AccessControl::Disabled | AccessControl::Pending => &[],
        };
        let users = users::look(self, baseline, live, &mut memory, keeping, time).await;
        let seen = memory.seen();
        let mut findings = drift::of_mappings(&access_control, baseline);
        findings.extend(drift::of_permission_sets(&all, &seen, &access_control, baseline));
        findings.extend(memory.unread().map(|(arn, name)| Finding::PermissionSetUnread {
            permission_set: name.unwrap_or_else(|| last_part(arn)).to_owned(),
        }));
        findings.extend(memory.users.findings(live));
        let view = View { access_control: &access_control, time: read_at, all: &all, seen: &seen };
        let fixes = past.made(&access_control);
        let fixes = fixes.into_iter().map(|made| {
            let standing = standing::standing(&made, &view, baseline);
            (made.fix, standing)
        });
        memory.listing = None;
        let completeness = Completeness::of(&memory, &tried, &all, baseline, past.is_whole, time.clock.now());
        errors.extend(tried.errors);
        errors.extend(users.error);
        Ok(Inspection {
            time: now,
            findings,
            fixes: fixes.collect(),
            denied_again: standing::denied_again(&past.for_whom()),
            mappings_in_use: match &access_control {
                AccessControl::Enabled(live) => Some(live.len()),
                AccessControl::Disabled => Some(0),
                AccessControl::Pending => None,
            },
            permission_sets: Coverage { looked_at: tried.read, all: Some(all.len()) },
            young: memory.young(time.clock.now()),
            users: users.extent,
            index: memory.index(&all, time.clock.now()),
            journal_is_begun: None,
            completeness,
            memory,
            errors,
            is_kept: true,
        })
    }
}

/// The order of steps of the function `watch`: put the days together that are over, what was seen before, look, record, and
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
    let memory = recorder.memory().await;
    let is_remembered = memory.is_ok();
    // What could not be read is not replaced.
    let keeping = if is_remembered { Keeping::Journal(recorder) } else { Keeping::Nowhere };
    let remembered = memory.as_ref().ok().cloned().flatten();
    let mut inspection = match watcher.inspect(baseline, remembered, keeping, time).await {
        Ok(inspection) => inspection,
        Err(error) => {
            if let Err(error) = recorder.keep_run(Err(&error), request, began, time).await {
                tracing::error!(%error, "the run was not kept");
            }
            return Err(error);
        }
    };
    inspection.errors.extend([folded.err(), memory.err()].into_iter().flatten());
    match recorder.journal_is_begun().await {
        Ok(is_begun) => inspection.journal_is_begun = Some(is_begun),
        Err(error) => inspection.errors.push(error),
    }
    inspection.errors.extend(recorder.users_key().await.err());
    // What could not be read is not replaced.
    let kept = recorder.record(&inspection, is_remembered).await;
    inspection.is_kept = kept.is_ok() && is_remembered;
    inspection.errors.extend(kept.err());
    inspection.errors.extend(recorder.announce(&inspection, request, began).await.err());
    inspection.errors.extend(recorder.keep_run(Ok(&inspection), request, began, time).await.err());
    Ok(inspection)
}

impl Watcher {
    /// Compares the baseline with the instance, and looks at nothing else. Findings are drift; reads that failed come
    /// with them. `keeping` is told how far it is.
    ///
    /// # Errors
    /// Where the mappings or the list of permission sets cannot be read.
    pub async fn compare(
        &self,
        baseline: &Baseline,
        keeping: Keeping<'_>,
        time: RunTime,
    ) -> Result<(Vec<Finding>, Vec<AwsError>), AwsError> {
        let access_control = observe::access_control(&self.clients, &baseline.instance_arn).await?;
        let all = permission_set::list(&self.clients, &baseline.instance_arn).await?;
        let approved = baseline.permission_sets().map(|(_, approved)| approved.arn.as_str());
        let approved = approved.filter(|arn| all.contains(*arn)).collect();
        let mut memory = Memory::begun_at(time.clock.now());
        let nothing = BTreeSet::new();
        let tried =
            permission_sets::look(self, baseline, approved, &nothing, &mut memory, keeping, time).await;
        let mut findings = drift::of_mappings(&access_control, baseline);
        findings.extend(drift::of_permission_sets(&all, &memory.seen(), &access_control, baseline));
        findings.retain(Finding::is_drift);
        Ok((findings, tried.errors))
    }
}

impl Inspection {
    /// Fixes that are undone, and changes that the same person needed again.
    pub fn not_held(&self) -> usize {
        let undone = self.fixes.iter().filter(|(_, standing)| *standing == Standing::Undone).count();
        undone + self.denied_again.len()
    }

    /// Whether everything was seen that findings of this kind come from, so that none means that there is none.
    pub(crate) fn has_seen(&self, kind: &str) -> bool {
        match kind {
            "access_control_off"
            | "mapping_missing"
            | "mapping_source_differs"
            | "mapping_not_approved"
            | "idp_key_mapped"
            | "source_not_documented" => self.mappings_in_use.is_some(),
            "key_not_mapped" => self.mappings_in_use.is_some() && self.completeness.saw_permission_sets(),
            "value_not_a_tag" => {
                self.mappings_in_use.is_some()
                    && self.completeness.users_whole
                    && !self.completeness.users_unread
            }
            // Where one could not be read, that is what it says.
            "permission_set_unread" => self.completeness.permission_sets_never_tried == 0,
            "permission_set_gone" => true,
            _ => self.completeness.saw_permission_sets(),
        }
    }

    /// The share of the permission sets that were seen within an hour, in percent, rounded down; all of none.
    pub fn coverage(&self) -> Option<u64> {
        let all = self.permission_sets.all?;
        Some((self.young * 100).checked_div(all).unwrap_or(100) as u64)
    }

    /// Whether it saw what a second look has to see, and kept it.
    pub fn is_covering(&self) -> bool {
        self.completeness.is_covering && self.is_kept
    }
}
