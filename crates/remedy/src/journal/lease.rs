//! One writer at a time: a lease in the journal, taken by conditional writes.
//!
//! It is given back as free. One that its holder never gave back runs out, so that a run that ended without a word stops
//! nobody for long: by the clock of whoever wants it, and that may go wrong by as much as clocks are apart ([`APART`]). A
//! run that stood still finds, right before each write, that its version of the object is no longer there.
//!
//! What is taken has a nonce: two runs that take a lease in the same millisecond would else write the same object, and
//! each would find its own there.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use tagmend_diagnosis::clocks::APART;

use crate::aws::aws_error::AwsError;
use crate::aws::random;
use crate::journal::{Journal, Precondition, PutResult, SCHEMA, Version};

const NAME: &str = "lease.json";
/// Longer than any function runs (`Timeout` in `infra/template.yaml`).
pub(crate) const LIFE: SignedDuration = SignedDuration::from_mins(5);

/// The right to write.
#[derive(Debug)]
pub(crate) struct Lease {
    /// Grows with every holder; written into each fix.
    pub(crate) fencing: u64,
    expires: Timestamp,
    version: Version,
}

/// What was found of the lease.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// As it lies in the journal; none where nobody ever took it.
    lease: Option<(Json, Version)>,
    /// What S3's clock said; none where it did not say.
    date: Option<Timestamp>,
}

/// Looks at the lease.
pub(crate) async fn look(journal: &Journal) -> Result<Found, AwsError> {
    let (lease, date) = journal.get_dated(NAME).await?;
    Ok(Found { lease, date })
}

impl Found {
    /// Whether nobody had it: whoever had it before has recorded everything and given it back.
    pub(crate) fn is_free(&self) -> bool {
        self.lease.as_ref().is_some_and(|(lease, _)| is_free(lease))
    }
}

fn is_free(lease: &Json) -> bool {
    lease.get("held") == Some(&Json::Bool(false))
}

impl Lease {
    /// Whether it holds for work of this length.
    pub(crate) fn holds(&self, now: Timestamp, length: SignedDuration) -> bool {
        now + length < self.expires
    }

    /// Whether nobody took it over.
    pub(crate) fn is(&self, found: &Found) -> bool {
        found.lease.as_ref().is_some_and(|(_, version)| *version == self.version)
    }
}

/// What became of a try to take the lease.
pub(crate) enum Taken {
    /// It is ours.
    Ours(Lease),
    /// It is somebody else's.
    Held,
    /// It cannot be read, or is of a format that nobody here knows: it may be anybody's.
    NotUnderstood,
    /// It is not there. A journal that was begun has one, so it was lost.
    Lost,
    /// Nobody asked for it: our clock and S3's are too far apart for what the journal's times decide.
    ClocksApart,
}

/// Takes the lease that was found at this time.
pub(crate) async fn take(journal: &Journal, found: Found, now: Timestamp) -> Result<Taken, AwsError> {
    if found.date.is_some_and(|date| now.duration_since(date).abs() > APART) {
        return Ok(Taken::ClocksApart);
    }
    let Some((held, version)) = found.lease else {
        return Ok(Taken::Lost);
    };
    let is_known = held.get("schema").and_then(Json::as_u64) == Some(SCHEMA.into());
    let (Some(held_until), Some(fencing), true) =
        (held_until(&held), held.get("fencing").and_then(Json::as_u64), is_known)
    else {
        return Ok(Taken::NotUnderstood);
    };
    if !is_free(&held) && now < held_until + APART {
        return Ok(Taken::Held);
    }
    let (fencing, expires) = (fencing.saturating_add(1), now + LIFE);
    Ok(match put(journal, fencing, expires, Precondition::IfStill(&version)).await? {
        PutResult::Yes(version) => Taken::Ours(Lease { fencing, expires, version }),
        PutResult::Conflict => Taken::Held,
    })
}

/// Makes a lease that nobody holds, where there is none.
pub(crate) async fn make(journal: &Journal, now: Timestamp) -> Result<(), AwsError> {
    journal.put(NAME, &object(0, now, false), Precondition::IfAbsent).await.map(|_| ())
}

async fn put(
    journal: &Journal,
    fencing: u64,
    expires: Timestamp,
    only: Precondition<'_>,
) -> Result<PutResult, AwsError> {
    let mut lease = object(fencing, expires, true);
    match (&mut lease, random::bytes::<16>()) {
        (Json::Object(fields), Some(nonce)) => {
            fields.insert("nonce".to_owned(), json!(random::hex(&nonce)));
            journal.put_own(NAME, &lease, only).await
        }
        // Without one nobody can say whose it is.
        _ => journal.put(NAME, &lease, only).await,
    }
}

fn held_until(lease: &Json) -> Option<Timestamp> {
    lease.get("expires")?.as_str()?.parse().ok()
}

/// Gives the lease back: free, not deleted, so that its fencing number goes on. One that cannot be given back runs out.
pub(crate) async fn give_back(journal: &Journal, lease: Lease, now: Timestamp) {
    let answer = journal
        .put_own(NAME, &object(lease.fencing, now, false), Precondition::IfStill(&lease.version))
        .await;
    if !matches!(answer, Ok(PutResult::Yes(_))) {
        tracing::warn!(fencing = lease.fencing, "the lease was not given back and runs out");
    }
}

fn object(fencing: u64, expires: Timestamp, held: bool) -> Json {
    json!({"schema": SCHEMA, "fencing": fencing, "expires": expires.to_string(), "held": held})
}
