//! What a review reads besides the ledger: the hold, and the names of users.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;
use crate::journal::hold::Hold;
use crate::journal::users_key;
use crate::journal::{FixId, Journal};

/// Reads, and never writes.
#[derive(Clone, Debug)]
pub struct LookBack {
    clients: Clients,
    journal: Journal,
}

impl LookBack {
    /// For the journal in this bucket.
    pub fn new(clients: &Clients, journal_bucket: &str) -> LookBack {
        LookBack { clients: clients.clone(), journal: Journal::new(clients.s3.clone(), journal_bucket) }
    }

    /// What must not be written.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub async fn hold(&self) -> Result<Hold, AwsError> {
        Hold::read(&self.journal).await
    }

    /// What the names of fixes tell, since a time, the oldest first. One listing, and no object is read.
    ///
    /// # Errors
    /// Where the journal cannot be read.
    pub async fn changes(&self, since: Timestamp) -> Result<Vec<(Timestamp, FixId)>, AwsError> {
        let entries = self.journal.made_since(since).await?;
        Ok(entries.into_iter().map(|entry| (entry.time, entry.id)).collect())
    }

    /// Names of all users of the store by their hash. Whoever calls it has to be allowed to read the installation's key.
    ///
    /// # Errors
    /// Where the key or the users cannot be read.
    pub async fn names(&self, identity_store: &str) -> Result<BTreeMap<String, String>, AwsError> {
        let key = users_key::read(&self.journal).await?;
        let Some(key) = key else {
            return Ok(BTreeMap::new());
        };
        let call = self.clients.identity_store.list_users().identity_store_id(identity_store);
        let mut users = call.into_paginator().items().send();
        let mut names = BTreeMap::new();
        while let Some(user) = users.next().await {
            let user = user.map_err(|error| AwsError::new("identitystore:ListUsers", &error))?;
            let name = user.user_name;
            names.extend(name.and_then(|name| Some((key.hash(&name)?, name))));
        }
        Ok(names)
    }
}
