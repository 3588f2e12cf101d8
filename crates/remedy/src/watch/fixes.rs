//! Fixes of the past, with what their objects tell, and what was rolled back of them.

use std::collections::BTreeSet;

use futures::stream::{self, StreamExt};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use tagmend_diagnosis::{
    AccessControl, PastChange, PastFix,
    clocks::APART,
    is_same_key,
    standing::{FixFor, Made, Told},
};

use crate::aws::aws_error::AwsError;
use crate::aws::clock::RunTime;
use crate::journal::{Done, Entry, Journal, ObjectKind, is_known};

/// Objects that are read at once.
const AT_ONCE: usize = 16;
/// What has to be left for everything else.
const RESERVE: SignedDuration = SignedDuration::from_secs(60);

/// What the journal tells of a span of time.
#[derive(Debug, Default)]
pub(super) struct Past {
    fixes: Vec<(PastFix, Object)>,
    rollbacks: Vec<Rollback>,
    /// Keys and times of rollbacks whose object could not be read: nobody knows which fix they undid.
    unread_rollbacks: Vec<(String, Timestamp)>,
    /// Whether everything could be read that there was to read.
    pub(super) is_whole: bool,
}

/// What an object tells; none where it could not be read, or is of a format that this version does not know.
type Object = Option<Json>;

/// A rollback, made or begun.
#[derive(Debug)]
struct Rollback {
    /// The fix that it undoes.
    fix: String,
    key: String,
    /// Whether its run saw that the mapping was gone; none where nobody knows whether it took it away: there is only its
    /// snapshot, or AWS did not answer.
    verified: Option<bool>,
}

/// Fixes and rollbacks since a time. It comes before the state is read: what is made meanwhile waits for the next look.
pub(super) async fn since(
    journal: &Journal,
    time: Timestamp,
    run: RunTime,
    errors: &mut Vec<AwsError>,
) -> Past {
    let since = time - APART;
    let listed = futures::try_join!(
        journal.since(ObjectKind::Fixes, since),
        journal.since(ObjectKind::Snapshots, since),
        journal.not_made_since(since)
    );
    let (made, begun, not_made) = match listed {
        Ok(listed) => listed,
        Err(error) => {
            errors.push(error);
            return Past::default();
        }
    };
    let is_not_made = |entry: &Entry| not_made.iter().any(|(not_made, _)| not_made.id == entry.id);
    // An earlier version records a refused write as its fix where it finds the mapping in place.
    let made: Vec<Entry> = made.into_iter().filter(|entry| !is_not_made(entry)).collect();
    let is_recorded = |entry: &Entry| made.iter().any(|made| made.id == entry.id) || is_not_made(entry);
    // A rollback whose record was lost is told by its snapshot.
    let lost = begun.iter().filter(|entry| is_rollback(entry) && !is_recorded(entry));
    let names = made.iter().map(|entry| (entry.clone(), ObjectKind::Fixes));
    let names = names.chain(lost.map(|entry| (entry.clone(), ObjectKind::Snapshots)));
    let names: Vec<(Entry, ObjectKind)> =
        names.filter(|(entry, _)| is_rollback(entry) || entry.time >= time).collect();
    let read = stream::iter(names).map(|(entry, kind)| async move {
        if !run.has(RESERVE) {
            return (entry, kind, Err(AwsError::out_of_time()));
        }
        let object = journal.get(&entry.id.object(kind)).await;
        (entry, kind, object)
    });
    let mut past = Past { is_whole: true, ..Past::default() };
    let mut objects: Vec<_> = read.buffer_unordered(AT_ONCE).collect().await;
    objects.sort_by(|(left, ..), (right, ..)| left.id.cmp(&right.id));
    for (entry, kind, object) in objects {
        let object = match object {
            Ok(Some((object, _))) if is_known(&object) => Some(object),
            Ok(_) => {
                past.is_whole = false;
                None
            }
            Err(error) => {
                past.is_whole = false;
                // One is enough to tell: all come from the same bucket.
                if !errors.contains(&error) {
                    errors.push(error);
                }
                None
            }
        };
        past.add(entry, kind, object);
    }
    past
}

fn is_rollback(entry: &Entry) -> bool {
    matches!(entry.done, Done::RolledBack { .. })
}

impl Past {
    fn add(&mut self, entry: Entry, kind: ObjectKind, object: Object) {
        match entry.done {
            Done::Healed(change) => self.fixes.push((PastFix { time: entry.time, change }, object)),
            Done::RolledBack { key } => {
                let fix = object.as_ref().and_then(|object| object.pointer("/change/fix")?.as_str());
                let says = |word: &str| {
                    object.as_ref().and_then(|object| object.get(word)) == Some(&Json::Bool(true))
                };
                let verified = match kind {
                    ObjectKind::Fixes if !says("recovered") => Some(says("verified")),
                    ObjectKind::Fixes | ObjectKind::Snapshots => None,
                };
                match fix {
                    Some(fix) => self.rollbacks.push(Rollback { fix: fix.to_owned(), key, verified }),
                    None => self.unread_rollbacks.push((key, entry.time)),
                }
            }
        }
    }

    /// What was provisioned: the last part of each permission set's ARN.
    pub(super) fn provisioned(&self) -> BTreeSet<&str> {
        self.fixes.iter().filter_map(|(fix, _)| id_of(&fix.change)).collect()
    }

    /// The fixes, and whether each was rolled back. That nobody recorded the rollback, the state makes up for: a mapping
    /// that is gone and was about to be taken away was taken away.
    pub(super) fn made(&self, access_control: &AccessControl) -> Vec<Made> {
        let is_mapped = |key: &str| match access_control {
            AccessControl::Enabled(live) => live.iter().any(|mapping| is_same_key(&mapping.key, key)),
            AccessControl::Disabled => false,
            AccessControl::Pending => true,
        };
        let is_rolled_back = |object: &Object| {
            let id = object.as_ref().and_then(|object| object.get("id")?.as_str());
            self.rollbacks.iter().any(|rollback| {
                Some(rollback.fix.as_str()) == id
                    && rollback.verified.unwrap_or_else(|| !is_mapped(&rollback.key))
            })
        };
        let may_be_rolled_back = |fix: &PastFix| match &fix.change {
            PastChange::RestoredMapping { key } => self
                .unread_rollbacks
                .iter()
                .any(|(other, time)| is_same_key(other, key) && *time > fix.time - APART),
            PastChange::Reprovisioned { .. } => false,
        };
        let made = self.fixes.iter().map(|(fix, object)| Made {
            fix: fix.clone(),
            told: object.as_ref().and_then(told).filter(|_| !may_be_rolled_back(fix)),
            is_rolled_back: is_rolled_back(object),
        });
        made.collect()
    }

    /// The fixes, with those for whom they were made.
    pub(super) fn for_whom(&self) -> Vec<FixFor> {
        let fixes = self.fixes.iter().map(|(fix, object)| {
            let people = object.as_ref().map(people).unwrap_or_default();
            FixFor { fix: fix.clone(), people }
        });
        fixes.collect()
    }
}

fn id_of(change: &PastChange) -> Option<&str> {
    match change {
        PastChange::Reprovisioned { permission_set_id, .. } => Some(permission_set_id),
        PastChange::RestoredMapping { .. } => None,
    }
}

/// What the object of a fix tells; none where it does not say what it restored or published.
fn told(object: &Json) -> Option<Told> {
    let change = object.get("change")?;
    let approved = change.get("source").or_else(|| change.get("policy_digest"))?.as_str()?.to_owned();
    let ended = object.pointer("/after/provisioning").and_then(Json::as_str);
    Some(Told {
        approved,
        verified: object.get("verified") == Some(&Json::Bool(true)),
        ended_in_failure: ended == Some("FAILED"),
    })
}

/// Each person by the hashes of what records call them.
fn people(object: &Json) -> Vec<BTreeSet<String>> {
    let list = |name: &str| {
        let list = object.pointer(&format!("/diagnosis/{name}")).and_then(Json::as_array);
        list.into_iter().flatten().map(|hash| hash.as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let (users, sessions) = (list("users"), list("session_names"));
    let of = |(place, user): (usize, Option<String>)| {
        user.into_iter().chain(sessions.get(place).cloned().flatten()).collect()
    };
    users.into_iter().enumerate().map(of).collect()
}
