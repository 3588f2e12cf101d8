//! Which permission sets mention which session tags: what a change of a mapping touches.
//!
//! The function `watch` builds it; one object, `index.json`, of the journal. Each entry has its own time, and an index is
//! as old as its oldest.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
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
        let index = object.and_then(|(json, _)| serde_json::from_value::<Index>(json).ok());
        Ok(index.filter(|index| index.schema == FORMAT))
    }
}
