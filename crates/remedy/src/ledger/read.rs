//! Reads what runs left.

use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::day::Day;
use super::fix::Fix;
use super::keep::Ledger;
use super::name::{DayName, RunName};
use super::run::Run;
use crate::aws::aws_error::AwsError;
use crate::journal::SCHEMA;

/// Objects that are read at once.
const READ_AT_ONCE: usize = 8;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<T> {
    /// In the order of their names.
    pub all: Vec<T>,
    /// Names of objects that are of no known form: a newer version wrote them, or somebody else.
    pub not_understood: Vec<String>,
}

impl Ledger {
    /// The runs that began from one time to before another.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub async fn runs(&self, from: Timestamp, to: Timestamp) -> Result<Found<Run>, AwsError> {
        self.read(self.journal.names_between(RunName::PREFIX, from, to).await?).await
    }

    /// The changes that were begun from one time to before another, and made, or found in place.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub async fn fixes(&self, from: Timestamp, to: Timestamp) -> Result<Found<Fix>, AwsError> {
        self.read(self.journal.made_between(from, to).await?).await
    }

    /// The folded days that begin from one time to before another.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub async fn days(&self, from: Timestamp, to: Timestamp) -> Result<Found<Day>, AwsError> {
        let begins = |name: &String| DayName::parse(name).and_then(DayName::begins);
        let is_meant = |name: &String| begins(name).is_some_and(|begins| from <= begins && begins < to);
        let mut names = self.journal.names(DayName::PREFIX).await?;
        names.retain(is_meant);
        self.read(names).await
    }

    pub(super) async fn read<T: DeserializeOwned>(&self, names: Vec<String>) -> Result<Found<T>, AwsError> {
        self.read_count.found(names.len());
        let objects = stream::iter(names).map(|name| async {
            let object = self.journal.get(&name).await?;
            self.read_count.read_one();
            Ok::<_, AwsError>((name, object.map(|(object, _)| object)))
        });
        let objects: Vec<(String, Option<Json>)> = objects.buffered(READ_AT_ONCE).try_collect().await?;
        let mut found = Found { all: Vec::new(), not_understood: Vec::new() };
        for (name, object) in objects {
            // What expired since it was listed is no object of unknown form.
            let Some(object) = object else {
                continue;
            };
            let is_known = object.get("schema").and_then(Json::as_u64) == Some(SCHEMA.into());
            match serde_json::from_value(object) {
                Ok(read) if is_known => found.all.push(read),
                _ => found.not_understood.push(name),
            }
        }
        Ok(found)
    }
}
