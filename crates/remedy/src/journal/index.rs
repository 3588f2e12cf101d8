//! Which permission sets mention which session tags: what a change of a mapping touches.
//!
//! The function `watch` builds it; one object, `index.json`, of the journal.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;
use crate::journal::Journal;

/// Its name in the journal.
pub(crate) const NAME: &str = "index.json";

/// Every permission set of the instance, as it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// The format: [`crate::journal::SCHEMA`].
    pub schema: u32,
    /// When the last permission set was looked at.
    pub time: Timestamp,
    /// Permission sets by ARN.
    pub permission_sets: BTreeMap<String, IndexedPermissionSet>,
}

/// A permission set, as it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct IndexedPermissionSet {
    /// Its name.
    pub name: String,
    /// The digest of its policies; none where they have none.
    pub policy_digest: Option<String>,
    /// Keys of session tags that its policies mention, in lower case, with the layers that do: `inline`, `managed`,
    /// `boundary`.
    pub keys: BTreeMap<String, BTreeSet<String>>,
    /// Whether there are policies that nobody here can read.
    pub has_unseen_policies: bool,
}

impl Index {
    /// Permission sets whose readable policies mention the key, whatever its case.
    pub fn mentioning(&self, key: &str) -> usize {
        let key = key.to_lowercase();
        self.permission_sets.values().filter(|set| set.keys.contains_key(&key)).count()
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

    /// Reads it; none where nobody has built it yet, or where what is there is no index.
    pub async fn read(journal: &Journal) -> Result<Option<Index>, AwsError> {
        let object = journal.get(NAME).await?;
        Ok(object.and_then(|(json, _)| serde_json::from_value(json).ok()))
    }
}
