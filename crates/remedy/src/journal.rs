//! The journal in S3. `docs/journal.md` is for people; this is the layout.
//!
//! | object | what | written by | ends |
//! |---|---|---|---|
//! | `snapshots/ID.json` | the state before a change, with its diagnosis, plan and events; never overwritten | the writer, before the change | after 400 days |
//! | `fixes/ID.json` | the same, with the state after it and whether it was verified | the writer, after the change | after 400 days |
//! | `not_made/ID/WHY.json` | the snapshot's fields, and why the change was not made ([`WhyNotMade`]) | the writer, instead of the fix | after 400 days |
//! | `begun.json` | that the journal was begun ([`crate::begun`]) | `tagmend journal begin`, once | never |
//! | `lease.json` | who may write, until when, and its fencing number | `tagmend journal begin`, then the writer | never |
//! | `hold.json` | what must not be written ([`crate::journal::hold`]) | operators | never |
//! | `keys/users.json` | the key that users are hashed with ([`crate::journal::users_key`]) | `heal`, once, in every mode | never |
//! | `index.json` | which permission sets mention which keys ([`crate::journal::index`]) | `watch`; one entry, `heal` | never |
//! | `sessions/...` | the tags that a session began with ([`crate::journal::sessions`]) | `heal`, in every mode | after a day |
//! | `watch/seen.json` | what runs of `watch` saw of each thing, and when | `watch` | after 90 days |
//! | `watch/undone.json` | fixes that were found undone, and said to be | `watch` | after 90 days |
//! | `runs/TIME-REQUEST.json` | what a run left for a review ([`crate::ledger::Run`]) | `heal`, in every mode; `watch` | after 90 days |
//! | `related/TIME-REQUEST.json` | what a run was told that is no denied call ([`crate::ledger::RelatedRun`]) | `heal`, in every mode | after 90 days |
//! | `days/DATE.json` | the runs of a day put together ([`crate::ledger::Day`]) | `watch` | after 400 days |
//! | `baselines/SHA256.json` | a baseline as it was written, named by its digest ([`crate::pinned`]) | `tagmend baseline publish` | never |
//! | `approved/PERMISSION_SET_ID/DIGEST.json` | policies that were approved | `tagmend baseline approve` | never |
//!
//! Every object is JSON that needs no other to be understood, with `schema`, its format: [`SCHEMA`].
//!
//! ID is `TIME/restore_mapping/KEY`, `TIME/provision/ACCOUNT/PERMISSION_SET_ID` or `TIME/roll_back/KEY`, with TIME as
//! `20261123T120000.000Z`, so that a listing tells time and change, in order, without reading an object: `fixes/20261123T`
//! is a day, `fixes/20261123T12` an hour, one request each.
//!
//! A snapshot with neither is one whose run ended before it could say what became of it, or had no answer of AWS; whichever
//! run finds the change in place records it, and says that nobody knows who made it.

pub mod begun;
mod date;
pub(crate) mod denied_users;
pub mod hold;
pub(crate) mod index;
pub(crate) mod lease;
pub(crate) mod looks;
mod name;
pub mod pinned;
pub(crate) mod sessions;
pub(crate) mod users_key;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use tagmend_diagnosis::PastFix;

use crate::aws::aws_error::{AwsError, has_code};
use date::Date;
pub use name::FixId;
use name::NOT_MADE;
pub(crate) use name::{Done, Entry};
pub(crate) use name::{ObjectKind, WhyNotMade, encode, object_time, read_object_time};

/// The format of every object.
pub(crate) const SCHEMA: u32 = 1;

/// The longest life of a role session. Source: `howtosessionduration` in the Identity Center user guide.
const SESSION_LIFE: SignedDuration = SignedDuration::from_hours(12);

/// The journal of one instance.
#[derive(Clone, Debug)]
pub struct Journal {
    s3: Client,
    bucket: String,
}

/// An object's version: its ETag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version(pub(crate) String);

/// Whether a conditional write went through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PutResult {
    Yes(Version),
    /// The object is not what the condition says.
    Conflict,
}

/// What a conditional write demands.
#[derive(Clone, Debug)]
pub(crate) enum Precondition<'a> {
    IfAbsent,
    IfStill(&'a Version),
}

impl Journal {
    pub(crate) fn new(s3: Client, bucket: &str) -> Journal {
        Journal { s3, bucket: bucket.to_owned() }
    }

    pub(crate) fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Fixes that a session may be older than whose call is no older than this. What a run found in place, and did not make,
    /// changed at that time all the same.
    pub(crate) async fn fixes_that_matter(
        &self,
        now: Timestamp,
        oldest: SignedDuration,
    ) -> Result<Vec<PastFix>, AwsError> {
        let entries = self.since(ObjectKind::Fixes, now - oldest - SESSION_LIFE).await?;
        let healed = entries.into_iter().filter_map(|entry| match entry.done {
            Done::Healed(change) => Some(PastFix { time: entry.time, change }),
            Done::RolledBack { .. } => None,
        });
        Ok(healed.collect())
    }

    /// Changes that were begun, or made, since a time.
    pub(crate) async fn since(&self, kind: ObjectKind, time: Timestamp) -> Result<Vec<Entry>, AwsError> {
        let names = self.names_since(kind.prefix(), time).await?;
        Ok(names.iter().filter_map(|name| FixId::of_object(name, kind)?.entry()).collect())
    }

    /// The same, or none where a name is of no known form: then nobody here knows what was done.
    pub(crate) async fn understood_since(
        &self,
        kind: ObjectKind,
        time: Timestamp,
    ) -> Result<Option<Vec<Entry>>, AwsError> {
        let names = self.names_since(kind.prefix(), time).await?;
        Ok(names.iter().map(|name| FixId::of_object(name, kind)?.entry()).collect())
    }

    /// Changes that were begun since a time and not made.
    pub(crate) async fn not_made_since(&self, time: Timestamp) -> Result<Vec<(Entry, WhyNotMade)>, AwsError> {
        let names = self.names_since(NOT_MADE, time).await?;
        Ok(names.iter().filter_map(|name| WhyNotMade::of_object(name)).collect())
    }

    /// Changes that were made since a time, or found in place, but for those of which a run said late that it had not made
    /// them.
    pub(crate) async fn made_since(&self, time: Timestamp) -> Result<Vec<Entry>, AwsError> {
        let (mut made, not_made) =
            futures::try_join!(self.since(ObjectKind::Fixes, time), self.not_made_since(time))?;
        made.retain(|entry| not_made.iter().all(|(not_made, _)| not_made.id != entry.id));
        Ok(made)
    }

    /// The names of those that were begun from one time to before another, and of what is of no known form.
    pub(crate) async fn made_between(&self, from: Timestamp, to: Timestamp) -> Result<Vec<String>, AwsError> {
        let (mut made, not_made) = futures::try_join!(
            self.names_between(ObjectKind::Fixes.prefix(), from, to),
            self.names_between(NOT_MADE, from, to)
        )?;
        let not_made: Vec<FixId> =
            not_made.iter().filter_map(|name| Some(WhyNotMade::of_object(name)?.0.id)).collect();
        made.retain(|name| {
            FixId::of_object(name, ObjectKind::Fixes).is_none_or(|id| !not_made.contains(&id))
        });
        Ok(made)
    }

    pub(crate) async fn names_since(&self, prefix: &str, time: Timestamp) -> Result<Vec<String>, AwsError> {
        self.list(prefix, Some(format!("{prefix}{}", object_time(time))), None).await
    }

    /// Names of the objects in a folder that come after this one.
    pub(crate) async fn names_after(&self, folder: &str, name: String) -> Result<Vec<String>, AwsError> {
        self.list(folder, Some(name), None).await
    }

    /// Names of the objects whose name behind this begins with a time from one to before another.
    pub(crate) async fn names_between(
        &self,
        prefix: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<String>, AwsError> {
        let (from, to) = (format!("{prefix}{}", object_time(from)), format!("{prefix}{}", object_time(to)));
        self.list(prefix, Some(from), Some(to)).await
    }

    /// Names of the objects in a folder.
    pub(crate) async fn names(&self, folder: &str) -> Result<Vec<String>, AwsError> {
        self.list(folder, None, None).await
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<String>,
        before: Option<String>,
    ) -> Result<Vec<String>, AwsError> {
        let call = self.s3.list_objects_v2().bucket(&self.bucket).prefix(prefix).set_start_after(after);
        let mut pages = call.into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| AwsError::new("s3:ListBucket", &error))?;
            // An answer that was cut off would read as a list that is shorter, or empty.
            let count = i32::try_from(page.contents().len()).ok();
            if page.is_truncated.is_none() || page.key_count != count {
                return Err(AwsError::incomplete("s3:ListBucket"));
            }
            names.extend(page.contents.unwrap_or_default().into_iter().filter_map(|object| object.key));
            if before.as_ref().is_some_and(|end| names.last().is_some_and(|last| last >= end)) {
                break;
            }
        }
        names.retain(|name| before.as_ref().is_none_or(|end| name < end));
        Ok(names)
    }

    pub(crate) async fn get(&self, name: &str) -> Result<Option<(Json, Version)>, AwsError> {
        let found = self.get_bytes(name).await?;
        Ok(found.map(|(bytes, version)| (object(&bytes), version)))
    }

    /// The same, with what S3's clock said; none where it did not say.
    pub(crate) async fn get_dated(
        &self,
        name: &str,
    ) -> Result<(Option<(Json, Version)>, Option<Timestamp>), AwsError> {
        let date = Date::default();
        let found = self.read(name, date.clone()).await?;
        Ok((found.map(|(bytes, version)| (object(&bytes), version)), date.said()))
    }

    pub(crate) async fn get_bytes(&self, name: &str) -> Result<Option<(Vec<u8>, Version)>, AwsError> {
        self.read(name, Date::default()).await
    }

    async fn read(&self, name: &str, date: Date) -> Result<Option<(Vec<u8>, Version)>, AwsError> {
        let operation = "s3:GetObject";
        let call = self.s3.get_object().bucket(&self.bucket).key(name);
        let answer = match call.customize().interceptor(date).send().await {
            Ok(answer) => answer,
            Err(error) if has_code(&error, "NoSuchKey") => return Ok(None),
            Err(error) => return Err(AwsError::new(operation, &error)),
        };
        let version = answer.e_tag().map(|tag| Version(tag.to_owned()));
        let version = version.ok_or_else(|| AwsError::incomplete(operation))?;
        let bytes = answer.body.collect().await.map_err(|_| AwsError::incomplete(operation))?;
        Ok(Some((bytes.to_vec(), version)))
    }

    /// Puts an object that nobody else can have put: where the condition does not hold and exactly this object lies there,
    /// an attempt of ours whose answer was lost put it, and S3 answered 412 to the SDK's next one.
    pub(crate) async fn put_own(
        &self,
        name: &str,
        object: &Json,
        only: Precondition<'_>,
    ) -> Result<PutResult, AwsError> {
        if let PutResult::Yes(version) = self.put(name, object, only).await? {
            return Ok(PutResult::Yes(version));
        }
        Ok(match self.get(name).await? {
            Some((there, version)) if there == *object => PutResult::Yes(version),
            _ => PutResult::Conflict,
        })
    }

    pub(crate) async fn put(
        &self,
        name: &str,
        object: &Json,
        only: Precondition<'_>,
    ) -> Result<PutResult, AwsError> {
        self.put_bytes(name, object.to_string().into_bytes(), only).await
    }

    pub(crate) async fn put_bytes(
        &self,
        name: &str,
        bytes: Vec<u8>,
        only: Precondition<'_>,
    ) -> Result<PutResult, AwsError> {
        let body = ByteStream::from(bytes);
        let call =
            self.s3.put_object().bucket(&self.bucket).key(name).content_type("application/json").body(body);
        let call = match only {
            Precondition::IfAbsent => call.if_none_match("*"),
            Precondition::IfStill(version) => call.if_match(&version.0),
        };
        match call.send().await {
            Ok(answer) => {
                let version = answer.e_tag.ok_or_else(|| AwsError::incomplete("s3:PutObject"))?;
                Ok(PutResult::Yes(Version(version)))
            }
            // 412 where the object is another one, 409 where somebody else writes at the same time.
            Err(error)
                if matches!(
                    error.code(),
                    Some("PreconditionFailed" | "ConditionalRequestConflict" | "NoSuchKey")
                ) =>
            {
                Ok(PutResult::Conflict)
            }
            Err(error) => Err(AwsError::new("s3:PutObject", &error)),
        }
    }
}

/// Whether an object is of the format that this version writes.
pub(crate) fn is_known(object: &Json) -> bool {
    object.get("schema").and_then(Json::as_u64) == Some(SCHEMA.into())
}

/// An object that is no JSON is there all the same: its text, which no reader takes for an object.
fn object(bytes: &[u8]) -> Json {
    let text = || Json::String(String::from_utf8_lossy(bytes).into_owned());
    serde_json::from_slice(bytes).unwrap_or_else(|_| text())
}
