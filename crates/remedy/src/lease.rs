//! One writer at a time: a lease in the journal, taken by conditional writes.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};

use crate::aws_error::AwsError;
use crate::journal::{Journal, Only, SCHEMA, Version, Written};

const NAME: &str = "lease.json";
/// Longer than any function runs (`Timeout` in `infra/template.yaml`).
const LIFE: SignedDuration = SignedDuration::from_mins(5);

/// The right to write.
#[derive(Debug)]
pub(crate) struct Lease {
    /// Grows with every holder; written into each fix.
    pub(crate) fencing: u64,
    expires: Timestamp,
    version: Version,
}

impl Lease {
    /// Whether it holds for work of this length.
    pub(crate) fn holds(&self, now: Timestamp, length: SignedDuration) -> bool {
        now + length < self.expires
    }
}

/// Takes the lease; none where somebody else holds it.
pub(crate) async fn take(journal: &Journal, now: Timestamp) -> Result<Option<Lease>, AwsError> {
    let lasts_until = now + LIFE;
    let first = journal.put(NAME, &object(1, lasts_until), Only::IfAbsent).await?;
    if let Written::Yes(version) = first {
        return Ok(Some(Lease { fencing: 1, expires: lasts_until, version }));
    }
    let Some((held, version)) = journal.get(NAME).await? else {
        return Ok(None);
    };
    let expires: Option<Timestamp> =
        held.get("expires").and_then(Json::as_str).and_then(|text| text.parse().ok());
    let fencing = held.get("fencing").and_then(Json::as_u64);
    // A lease that cannot be read is somebody's.
    let (Some(expires), Some(fencing)) = (expires, fencing) else {
        return Ok(None);
    };
    if now < expires {
        return Ok(None);
    }
    let fencing = fencing.saturating_add(1);
    match journal.put(NAME, &object(fencing, lasts_until), Only::IfStill(&version)).await? {
        Written::Yes(version) => Ok(Some(Lease { fencing, expires: lasts_until, version })),
        Written::Conflict => Ok(None),
    }
}

/// Gives the lease back. A lease that cannot be given back runs out.
pub(crate) async fn give_back(journal: &Journal, lease: Lease, now: Timestamp) {
    let answer = journal.put(NAME, &object(lease.fencing, now), Only::IfStill(&lease.version)).await;
    if !matches!(answer, Ok(Written::Yes(_))) {
        tracing::warn!(fencing = lease.fencing, "the lease was not given back and runs out");
    }
}

fn object(fencing: u64, expires: Timestamp) -> Json {
    json!({"schema": SCHEMA, "fencing": fencing, "expires": expires.to_string()})
}
