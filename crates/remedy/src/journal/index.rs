//! Which permission sets mention which session tags: what a change of a mapping touches.
//!
//! The function `watch` builds it; one object, `index.json`, of the journal. Each entry has its own time, and an index is
//! as old as its oldest. Between its runs `heal` replaces the entries of permission sets that somebody wrote
//! ([`crate::follow`]). Of two looks at one permission set, the later one stays, whoever writes last.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tagmend_diagnosis::PolicyDigest;
use tagmend_diagnosis::clocks::APART;

use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;
use crate::journal::Journal;

/// Its name in the journal.
pub(crate) const NAME: &str = "index.json";
/// Its format. The first one had one time for everything.
pub(crate) const FORMAT: u32 = 2;

/// What is said of a format that only a later version knows.
pub(crate) const NEWER: &str = "index.json is of a format that this version does not know";

/// Every permission set of the instance, as it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// The format: [`FORMAT`].
    pub schema: u32,
    /// When it was put together.
    pub time: Timestamp,
    /// Permission sets by ARN.
    pub permission_sets: BTreeMap<String, IndexedPermissionSet>,
    /// ARNs of those that could not be read when they were looked at last: they may mention every key.
    pub unread: BTreeSet<String>,
    /// ARNs of those that were found deleted since it was put together, and when: a look from before does not bring
    /// them back.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gone: BTreeMap<String, Timestamp>,
}

/// A permission set, as it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct IndexedPermissionSet {
    /// When it was looked at.
    pub time: Timestamp,
    /// Its name.
    pub name: String,
    /// The digest of its policies as they are written; none where they have none.
    pub policy_digest: Option<String>,
    /// That of their canonical form; none where they have none, or were looked at before there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical_digest: Option<String>,
    /// Keys of session tags that its policies mention, in lower case, with the layers that do: `inline`, `managed`,
    /// `boundary`.
    pub keys: BTreeMap<String, BTreeSet<String>>,
    /// Whether there are policies that nobody here can read.
    pub has_unseen_policies: bool,
}

impl IndexedPermissionSet {
    /// Whether its policies have this digest; none where that was not seen.
    pub fn has(&self, digest: &PolicyDigest) -> Option<bool> {
        digest.is_of(self.policy_digest.as_deref(), self.canonical_digest.as_deref())
    }
}

impl Index {
    /// Permission sets that mention the key, whatever its case: those whose readable policies do, and those that could
    /// not be read.
    pub fn mentioning(&self, key: &str) -> usize {
        let key = key.to_lowercase();
        let seen = self.permission_sets.values().filter(|set| set.keys.contains_key(&key)).count();
        seen + self.unread.len()
    }

    /// When the entry was looked at that is the oldest.
    pub fn oldest(&self) -> Timestamp {
        self.times().min().unwrap_or(self.time)
    }

    /// Whether any time in it has not come yet, by more than clocks differ.
    pub(crate) fn is_of_the_future(&self, now: Timestamp) -> bool {
        self.times().any(|time| time > now + APART)
    }

    fn times(&self) -> impl Iterator<Item = Timestamp> {
        self.permission_sets.values().map(|set| set.time).chain([self.time])
    }

    /// Takes a later look at one permission set.
    pub(crate) fn learn(&mut self, arn: &str, set: IndexedPermissionSet) {
        if self.permission_sets.get(arn).is_none_or(|known| known.time <= set.time) {
            self.unread.remove(arn);
            self.permission_sets.insert(arn.to_owned(), set);
        }
    }

    /// Drops a permission set that was found deleted.
    pub(crate) fn forget(&mut self, arn: &str, now: Timestamp) {
        self.unread.remove(arn);
        self.permission_sets.remove(arn);
        self.gone.insert(arn.to_owned(), now);
    }

    /// This index, put together from what was listed at a time, with what the one in the journal saw since.
    pub(crate) fn with_later_looks(mut self, stored: &Index, listed: Timestamp) -> Index {
        for (arn, set) in &stored.permission_sets {
            let is_listed = self.permission_sets.contains_key(arn) || self.unread.contains(arn);
            if is_listed || set.time > listed {
                self.learn_seen(arn, set);
            }
        }
        for (arn, time) in &stored.gone {
            if self.permission_sets.get(arn).is_some_and(|set| set.time > *time) {
                continue;
            }
            self.permission_sets.remove(arn);
            self.unread.remove(arn);
            // A list of later does not have it any more.
            if *time > listed {
                self.gone.insert(arn.clone(), *time);
            }
        }
        self
    }

    /// Takes a look of another index. One that could not be read here is tried later, and stays unread.
    fn learn_seen(&mut self, arn: &str, set: &IndexedPermissionSet) {
        if !self.unread.contains(arn) {
            self.learn(arn, set.clone());
        }
    }

    /// Reads that of the journal in this bucket; none where there is none.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub async fn fetch(clients: &Clients, journal_bucket: &str) -> Result<Option<Index>, AwsError> {
        Index::read(&Journal::new(clients.s3.clone(), journal_bucket)).await
    }

    /// ARNs of the permission sets that had this name.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let is_named = move |(_, set): &(&String, &IndexedPermissionSet)| set.name == name;
        self.permission_sets.iter().filter(is_named).map(|(arn, _)| arn.as_str())
    }

    /// Reads it; none where nobody has built it yet, or where what is there is no index of this format. One of a later
    /// format is an error.
    pub async fn read(journal: &Journal) -> Result<Option<Index>, AwsError> {
        let object = journal.get(NAME).await?;
        let format = object.as_ref().and_then(|(json, _)| json.get("schema")?.as_u64());
        if format.is_some_and(|format| format > FORMAT.into()) {
            return Err(AwsError::lasting("s3:GetObject", NEWER));
        }
        Ok(object.and_then(|(json, _)| Index::of(json)))
    }

    /// What an object of the journal holds; none where that is no index of this format.
    pub(crate) fn of(object: Json) -> Option<Index> {
        serde_json::from_value::<Index>(object).ok().filter(|index| index.schema == FORMAT)
    }
}

#[cfg(test)]
mod tests;
