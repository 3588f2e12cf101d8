//! What `watch` keeps of one run for the next: `watch/seen.json`, each thing with the time at which it was looked at.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tagmend_diagnosis::drift::SeenPermissionSet;

use super::walk::Walk;
use crate::journal::SCHEMA;
use crate::journal::index::{FORMAT as INDEX, Index, IndexedPermissionSet};
use crate::read::listing::Listing;

/// So old is a look that an hourly round took.
const YOUNG: SignedDuration = SignedDuration::from_hours(1);

/// What was seen, by this run and those before it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    schema: u32,
    /// Since when there is one.
    pub(super) begun: Timestamp,
    /// Permission sets by ARN.
    pub(super) permission_sets: BTreeMap<String, Remembered>,
    pub(super) users: Walk,
    /// The list of permission sets, as far as it was read; none between two looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) listing: Option<BegunListing>,
}

/// The list of permission sets, as far as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BegunListing {
    /// When its first page was asked for.
    pub(super) begun: Timestamp,
    pub(super) list: Listing,
}

/// A permission set, as it was looked at last.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Remembered {
    /// When that was tried last.
    pub(super) tried: Timestamp,
    /// AWS's code, where the last try failed.
    pub(super) error: Option<String>,
    /// What was seen when it could be read last.
    pub(super) seen: Option<Look>,
}

/// What was seen of a permission set.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Look {
    pub(super) indexed: IndexedPermissionSet,
    /// Accounts that lack its newest version.
    pub(super) outdated_in: Vec<String>,
    /// Every account that has it, where that was asked.
    pub(super) accounts: Option<Vec<String>>,
}

impl Memory {
    /// Nothing was seen yet.
    pub fn begun_at(now: Timestamp) -> Memory {
        let (permission_sets, users) = (BTreeMap::new(), Walk::default());
        Memory { schema: SCHEMA, begun: now, permission_sets, users, listing: None }
    }

    /// What is kept; none where that is no memory of this format.
    pub fn read(object: serde_json::Value) -> Option<Memory> {
        let memory: Memory = serde_json::from_value(object).ok()?;
        (memory.schema == SCHEMA).then_some(memory)
    }

    /// Keeps nothing of what is gone.
    pub(super) fn keep_only(&mut self, all: &BTreeSet<String>) {
        self.permission_sets.retain(|arn, _| all.contains(arn));
    }

    /// Everything that was ever seen and is still there.
    pub(super) fn seen(&self) -> Vec<SeenPermissionSet> {
        let seen = self.permission_sets.iter().filter_map(|(arn, remembered)| {
            let look = remembered.seen.as_ref()?;
            Some(SeenPermissionSet {
                time: look.indexed.time,
                arn: arn.clone(),
                name: look.indexed.name.clone(),
                policy_digest: look.indexed.policy_digest.clone(),
                canonical_digest: look.indexed.canonical_digest.clone(),
                keys: look.indexed.keys.keys().cloned().collect(),
                outdated_in: look.outdated_in.clone(),
                accounts: look.accounts.clone(),
            })
        });
        seen.collect()
    }

    /// The last tries that failed, by name where that is known.
    pub(super) fn unread(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.permission_sets.iter().filter(|(_, remembered)| remembered.error.is_some()).map(
            |(arn, remembered)| {
                (arn.as_str(), remembered.seen.as_ref().map(|look| look.indexed.name.as_str()))
            },
        )
    }

    /// Since when there is one.
    pub fn begun(&self) -> Timestamp {
        self.begun
    }

    /// Permission sets that were seen, and users on this walk.
    pub fn extent(&self) -> (usize, usize) {
        let seen = self.permission_sets.values().filter(|remembered| remembered.seen.is_some());
        (seen.count(), self.users.looked_at())
    }

    /// How many of the permission sets were seen within an hour.
    pub(super) fn young(&self, now: Timestamp) -> usize {
        let looks = self.permission_sets.values().filter_map(|remembered| remembered.seen.as_ref());
        let is_young = |look: &&Look| now.duration_since(look.indexed.time) < YOUNG;
        looks.filter(is_young).count()
    }

    /// Whether the last try at a permission set saw it.
    pub(super) fn has_seen(&self, arn: &str) -> bool {
        self.permission_sets
            .get(arn)
            .is_some_and(|remembered| remembered.error.is_none() && remembered.seen.is_some())
    }

    /// Whether a permission set was tried within this time. One that was never tried is given as much time since the
    /// memory began.
    pub(super) fn was_tried(&self, arn: &str, within: SignedDuration, now: Timestamp) -> bool {
        let tried = self.permission_sets.get(arn).map_or(self.begun, |remembered| remembered.tried);
        now.duration_since(tried) <= within
    }

    /// The index, where every permission set was tried at least once.
    pub(super) fn index(&self, all: &BTreeSet<String>, now: Timestamp) -> Option<Index> {
        let mut index = Index {
            schema: INDEX,
            time: now,
            permission_sets: BTreeMap::new(),
            unread: BTreeSet::new(),
            gone: BTreeMap::new(),
        };
        for arn in all {
            match self.permission_sets.get(arn)? {
                Remembered { error: None, seen: Some(look), .. } => {
                    index.permission_sets.insert(arn.clone(), look.indexed.clone());
                }
                _ => {
                    index.unread.insert(arn.clone());
                }
            }
        }
        Some(index)
    }
}
