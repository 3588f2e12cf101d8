//! Keeps what was found: `index.json`, `watch/part.json`, `watch/runs/TIME.json`. It writes nothing else.

use serde_json::{Value as Json, json};

use super::{Coverage, Inspection, json};
use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;
use crate::journal::index::{self, Index};
use crate::journal::users_key;
use crate::journal::{Journal, Precondition, PutResult, SCHEMA, object_time};

/// What a run that ran out of time looked at.
const PART: &str = "watch/part.json";

/// Writes to the journal what was found.
#[derive(Clone, Debug)]
pub struct Recorder {
    journal: Journal,
}

impl Recorder {
    /// For the journal in this bucket.
    pub fn new(clients: &Clients, journal_bucket: &str) -> Recorder {
        Recorder { journal: Journal::new(clients.s3.clone(), journal_bucket) }
    }

    /// What an unfinished run looked at; none where there is none.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub async fn begun(&self) -> Result<Option<Index>, AwsError> {
        let object = self.journal.get(PART).await?;
        let part: Option<Index> = object.and_then(|(json, _)| serde_json::from_value(json).ok());
        Ok(part.filter(|part| !part.permission_sets.is_empty()))
    }

    /// Looks whether the key for users can be read: without it `heal` names no user, and says so only in its log.
    ///
    /// # Errors
    /// Where it is there and cannot be read.
    pub async fn users_key(&self) -> Result<(), AwsError> {
        users_key::check(&self.journal).await
    }

    /// Keeps what was found: the index where it is complete, else as much of it as there is.
    ///
    /// # Errors
    /// Where the journal cannot be written. What was found stands all the same.
    pub async fn record(&self, inspection: &Inspection) -> Result<(), AwsError> {
        let name = format!("watch/runs/{}.json", object_time(inspection.time));
        // Two runs of one millisecond are one run.
        self.journal.put(&name, &run(inspection), Precondition::IfAbsent).await?;
        let index = as_json(&inspection.index)?;
        if inspection.index_is_complete {
            self.replace(index::NAME, &index).await?;
            // The next run begins afresh.
            if self.begun().await?.is_some() {
                let none = Index { permission_sets: [].into(), ..inspection.index.clone() };
                self.replace(PART, &as_json(&none)?).await?;
            }
            return Ok(());
        }
        self.replace(PART, &index).await
    }

    /// Only one `watch` runs at a time; where the object changes meanwhile all the same, the other one stays.
    async fn replace(&self, name: &str, object: &Json) -> Result<(), AwsError> {
        let written = match self.journal.get(name).await? {
            None => self.journal.put(name, object, Precondition::IfAbsent).await?,
            Some((_, version)) => self.journal.put(name, object, Precondition::IfStill(&version)).await?,
        };
        if written == PutResult::Conflict {
            tracing::warn!(name, "somebody else wrote it meanwhile");
        }
        Ok(())
    }
}

fn as_json(index: &Index) -> Result<Json, AwsError> {
    serde_json::to_value(index).map_err(|_| AwsError::incomplete("s3:PutObject"))
}

fn run(inspection: &Inspection) -> Json {
    let extent = |extent: Coverage| json!({"looked_at": extent.looked_at, "all": extent.all});
    let fixes = inspection.fixes.iter().map(|(fix, standing)| {
        json!({"time": fix.time.to_string(), "change": json::change(&fix.change), "standing": standing.name()})
    });
    let again = inspection.denied_again.iter();
    let again = again.map(|(change, users)| json!({"change": json::change(change), "users": users}));
    json!({
        "schema": SCHEMA,
        "time": inspection.time.to_string(),
        "findings": inspection.findings.iter().map(json::finding).collect::<Vec<_>>(),
        "fixes": fixes.collect::<Vec<_>>(),
        "denied_again": again.collect::<Vec<_>>(),
        "mappings_in_use": inspection.mappings_in_use,
        "permission_sets": extent(inspection.permission_sets),
        "users": extent(inspection.users),
        "errors": inspection.errors.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}
