//! The tags that sessions began with, in the journal for the life of a session.
//!
//! `sessions/ACCOUNT/ROLE/SESSION/CREATED.json` holds `schema`, `event_id` and `tags`: all of them, or null where the
//! sign-in record showed none. They hold attribute values, and expire after a day.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use tagmend_diagnosis::{Delivery, SessionId, SignIn};

use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;
use crate::journal::{Journal, Precondition, SCHEMA, encode, object_time, read_object_time};

/// Objects written at once.
const PUT_AT_ONCE: usize = 8;

/// Keeps what sign-in records show.
#[derive(Clone, Debug)]
pub struct Sessions {
    journal: Journal,
}

impl Sessions {
    /// Those in this bucket.
    pub fn new(clients: &Clients, journal_bucket: &str) -> Sessions {
        Sessions { journal: Journal::new(clients.s3.clone(), journal_bucket) }
    }

    /// Keeps the sign-ins among these. What is there is not written again; what cannot be kept keeps no other from it.
    ///
    /// # Errors
    /// Where the journal cannot be written.
    pub async fn remember(&self, deliveries: impl Iterator<Item = &Delivery>) -> Result<(), AwsError> {
        let sign_ins = deliveries.filter_map(SignIn::read);
        let kept = stream::iter(sign_ins).map(|sign_in| self.keep(sign_in)).buffer_unordered(PUT_AT_ONCE);
        kept.fold(Ok(()), async |all, one| all.and(one)).await
    }

    async fn keep(&self, sign_in: SignIn) -> Result<(), AwsError> {
        let name = format!("{}{}.json", folder(&sign_in.session), object_time(sign_in.session.created));
        let object = json!({"schema": SCHEMA, "event_id": sign_in.event_id, "tags": sign_in.tags});
        self.journal.put(&name, &object, Precondition::IfAbsent).await.map(|_| ())
    }
}

/// The tags that a session began with; none where nobody saw, or where the record showed none.
pub(crate) async fn find(
    journal: &Journal,
    session: &SessionId,
) -> Result<Option<BTreeMap<String, String>>, AwsError> {
    let folder = folder(session);
    for name in journal.names(&folder).await? {
        let created = name.strip_prefix(&folder).and_then(|name| name.strip_suffix(".json"));
        let created: Option<Timestamp> = created.and_then(read_object_time);
        let is_it = created.is_some_and(|created| session.is_same(&SessionId { created, ..session.clone() }));
        if is_it {
            let object = journal.get(&name).await?;
            return Ok(object.and_then(|(object, _)| tags(&object)));
        }
    }
    Ok(None)
}

fn tags(object: &Json) -> Option<BTreeMap<String, String>> {
    let tags = object.get("tags")?.as_object()?;
    tags.iter().map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

fn folder(session: &SessionId) -> String {
    format!("sessions/{}/{}/{}/", session.account, encode(&session.role_name), encode(&session.session_name))
}
