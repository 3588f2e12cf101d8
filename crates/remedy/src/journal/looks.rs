//! Which messages of the queue were diagnosed, for the one that deserves a second look: it comes again once.
//!
//! How often a message was received does not say it: AWS may not have answered the first time. An object for each,
//! `sessions/looks/MESSAGE.json`, beside what else is kept for a day.

use serde_json::json;

use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;
use crate::journal::{Journal, Precondition, PutResult, SCHEMA, encode};

/// Keeps which messages were diagnosed.
#[derive(Clone, Debug)]
pub struct Looks {
    journal: Journal,
}

impl Looks {
    /// Those in this bucket.
    pub fn new(clients: &Clients, journal_bucket: &str) -> Looks {
        Looks { journal: Journal::new(clients.s3.clone(), journal_bucket) }
    }

    /// Whether a message that was diagnosed now never was before.
    ///
    /// # Errors
    /// Where the journal cannot be written.
    pub async fn is_first(&self, message: &str) -> Result<bool, AwsError> {
        let name = format!("sessions/looks/{}.json", encode(message));
        let put = self.journal.put(&name, &json!({"schema": SCHEMA}), Precondition::IfAbsent).await?;
        Ok(matches!(put, PutResult::Yes(_)))
    }
}
