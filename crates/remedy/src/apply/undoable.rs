//! Which fixes an operator could undo: of each mapping the newest one that the journal has.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tagmend_diagnosis::{Baseline, PastChange};

use super::blast_radius::BlastRadius;
use super::rollback::{Undo, look_at};
use super::since_the_fix::History;
use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;
use crate::journal::index::Index;
use crate::journal::{Done, FixId, Journal};

/// Older fixes are not listed; each can still be named.
pub const LISTED: SignedDuration = SignedDuration::from_hours(90 * 24);

/// A fix, what undoing it would be, and how much its mapping touches.
#[derive(Clone, Debug)]
pub struct Undoable {
    /// Its name.
    pub fix: FixId,
    /// When it was made.
    pub time: Timestamp,
    /// What undoing it would be, as far as the journal and the instance tell.
    pub undo: Undo,
    /// How much the mapping touches; none for what is no mapping.
    pub radius: Option<BlastRadius>,
}

/// The newest fix of each thing within [`LISTED`], newest first. Only reads.
///
/// # Errors
/// Where AWS does not answer.
pub async fn undoable(
    clients: &Clients,
    journal_bucket: &str,
    baseline: &Baseline,
    now: Timestamp,
) -> Result<Vec<Undoable>, AwsError> {
    let journal = Journal::new(clients.s3.clone(), journal_bucket);
    let entries = journal.made_since(now - LISTED).await?;
    let index = Index::read(&journal).await;
    let mut newest = BTreeMap::new();
    for entry in entries {
        let Done::Healed(change) = entry.done else { continue };
        let thing = match &change {
            // Keys are one in every case.
            PastChange::RestoredMapping { key } => (key.to_lowercase(), String::new()),
            PastChange::Reprovisioned { account, permission_set_id } => {
                (account.clone(), permission_set_id.clone())
            }
        };
        // Names begin with their time.
        newest.insert(thing, (entry.time, entry.id, change));
    }
    let mut found = Vec::with_capacity(newest.len());
    for (time, fix, change) in newest.into_values() {
        let undo = look_at(clients, journal_bucket, baseline, &fix, &History::Unknown).await?;
        let radius = match &change {
            PastChange::RestoredMapping { key } => Some(BlastRadius::of(key, &index, &baseline.limits, now)),
            PastChange::Reprovisioned { .. } => None,
        };
        found.push(Undoable { fix, time, undo, radius });
    }
    found.sort_by_key(|one| std::cmp::Reverse(one.time));
    Ok(found)
}
