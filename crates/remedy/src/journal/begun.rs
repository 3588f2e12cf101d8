//! The mark that the journal was begun: `begun.json`, put there once by an operator.
//!
//! A bucket that is new, another one, or emptied looks like a journal of nothing: no hold, no fix, no budget spent. So
//! nothing is written before somebody said that the journal begins here, and nothing after the mark or the lease was lost.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;
use crate::journal::lease;
use crate::journal::{Journal, ObjectKind, Precondition, PutResult, SCHEMA};

const NAME: &str = "begun.json";

/// Whether the journal was begun. A mark of an unknown format is none.
pub(crate) async fn is_begun(journal: &Journal) -> Result<bool, AwsError> {
    let mark = journal.get(NAME).await?;
    let schema = |(mark, _): &(Json, _)| mark.get("schema").and_then(Json::as_u64);
    Ok(mark.as_ref().and_then(schema) == Some(SCHEMA.into()))
}

/// A bucket, as it stands before somebody begins a journal in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether the mark is there.
    pub is_begun: bool,
    /// Changes that it remembers.
    pub changes: usize,
}

/// Begins a journal.
#[derive(Clone, Debug)]
pub struct Beginner {
    journal: Journal,
}

impl Beginner {
    /// In this bucket.
    pub fn new(clients: &Clients, journal_bucket: &str) -> Beginner {
        Beginner { journal: Journal::new(clients.s3.clone(), journal_bucket) }
    }

    /// What is there now.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub async fn look(&self) -> Result<Standing, AwsError> {
        let names = self.journal.names(ObjectKind::Snapshots.prefix());
        // Of two refusals the first is told, whichever comes first.
        let (is_begun, names) = futures::join!(is_begun(&self.journal), names);
        let (is_begun, names) = (is_begun?, names?);
        Ok(Standing { is_begun, changes: names.len() })
    }

    /// Puts the mark there, and a lease that nobody holds where there is none. Twice is once.
    ///
    /// # Errors
    /// Where the journal cannot be written. Nothing is begun then.
    pub async fn begin(&self, now: Timestamp) -> Result<(), AwsError> {
        lease::make(&self.journal, now).await?;
        let mark = json!({"schema": SCHEMA, "time": now.to_string()});
        match self.journal.put(NAME, &mark, Precondition::IfAbsent).await? {
            PutResult::Yes(_) => Ok(()),
            PutResult::Conflict if is_begun(&self.journal).await? => Ok(()),
            PutResult::Conflict => Err(AwsError {
                operation: "s3:PutObject",
                code: format!("{NAME} has an unknown format"),
                passes: false,
            }),
        }
    }
}
