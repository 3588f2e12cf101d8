//! Keeps what was found: `index.json`, `watch/seen.json`, `watch/runs/TIME.json`. It writes nothing else.

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{Coverage, Inspection, Memory, json};
use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;
use crate::journal::users_key;
use crate::journal::{Journal, Precondition, PutResult, SCHEMA, object_time};
use crate::journal::{begun, index};

/// What was seen of each thing, and when.
const SEEN: &str = "watch/seen.json";

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

    /// What runs before this one saw; none where there is none, or where what is there is no such thing.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub async fn memory(&self) -> Result<Option<Memory>, AwsError> {
        Ok(self.journal.get(SEEN).await?.and_then(|(object, _)| Memory::read(object)))
    }

    /// Whether the journal was begun, and is not lost.
    ///
    /// # Errors
    /// Where that cannot be read.
    pub async fn journal_is_begun(&self) -> Result<bool, AwsError> {
        begun::is_begun(&self.journal).await
    }

    /// Looks whether the key for users can be read: without it `heal` names no user, and says so only in its log.
    ///
    /// # Errors
    /// Where it is there and cannot be read.
    pub async fn users_key(&self) -> Result<(), AwsError> {
        users_key::check(&self.journal).await
    }

    /// Keeps what was found, and the index where every permission set was tried. Without what runs before saw
    /// (`is_remembered`), memory and index stay as they are.
    ///
    /// # Errors
    /// Where the journal cannot be written. What was found stands all the same.
    pub async fn record(&self, inspection: &Inspection, is_remembered: bool) -> Result<(), AwsError> {
        let name = format!("watch/runs/{}.json", object_time(inspection.time));
        // Two runs of one millisecond are one run.
        self.journal.put(&name, &run(inspection), Precondition::IfAbsent).await?;
        if !is_remembered {
            return Ok(());
        }
        self.replace(SEEN, &as_json(&inspection.memory)?).await?;
        match &inspection.index {
            Some(index) => self.replace(index::NAME, &as_json(index)?).await,
            None => Ok(()),
        }
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

fn as_json<T: Serialize>(object: &T) -> Result<Json, AwsError> {
    serde_json::to_value(object).map_err(|_| AwsError::incomplete("s3:PutObject"))
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
        "unread": inspection.completeness.unread(),
        "is_covering": inspection.completeness.is_covering,
        "errors": inspection.errors.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}
