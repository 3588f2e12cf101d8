//! The journal in S3. `docs/journal.md` is for people; this is the layout.
//!
//! | object | what | written by | ends |
//! |---|---|---|---|
//! | `snapshots/ID.json` | the state before a change, with its diagnosis, plan and events; never overwritten | the writer, before the change | after 400 days |
//! | `fixes/ID.json` | the same, with the state after it and whether it was verified | the writer, after the change | after 400 days |
//! | `not_made/ID/WHY.json` | the snapshot's fields, and why the change was not made ([`WhyNotMade`]) | the writer, instead of the fix | after 400 days |
//! | `lease.json` | who may write, until when, and its fencing number | the writer | never |
//! | `hold.json` | what must not be written ([`crate::hold`]) | operators | never |
//! | `keys/users.json` | the key that users are hashed with ([`crate::users_key`]) | `heal`, once | never |
//! | `index.json` | which permission sets mention which keys ([`crate::index`]) | `watch` | never |
//! | `sessions/...` | the tags that a session began with ([`crate::sessions`]) | `heal`, in every mode | after a day |
//! | `watch/part.json` | the part of the index that an unfinished run of `watch` came to | `watch` | after 90 days |
//! | `watch/runs/TIME.json` | what a run of `watch` found | `watch` | after 90 days |
//! | `approved/PERMISSION_SET_ID/DIGEST.json` | policies that were approved | `tagmend baseline approve` | never |
//!
//! Every object is JSON that needs no other to be understood, with `schema`, its format: [`SCHEMA`].
//!
//! ID is `TIME/restore_mapping/KEY`, `TIME/provision/ACCOUNT/PERMISSION_SET_ID` or `TIME/roll_back/KEY`, with TIME as
//! `20261123T120000.000Z`, so that a listing tells time and change, in order, without reading an object: `fixes/20261123T`
//! is a day, `fixes/20261123T12` an hour, one request each.
//!
//! A snapshot with neither is one whose run ended before it could say what became of it; the next run that finds the
//! change in place records it, and says that nobody knows who made it.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value as Json;
use tagmend_diagnosis::arn::last_part;
use tagmend_diagnosis::facts::{PastChange, PastFix};
use tagmend_diagnosis::plan::Change;

use crate::aws_error::{AwsError, has_code};

/// The format of every object.
pub const SCHEMA: u32 = 1;

/// The longest life of a role session. Source: `howtosessionduration` in the Identity Center user guide.
const SESSION_LIFE: SignedDuration = SignedDuration::from_hours(12);

/// The journal of one instance.
#[derive(Clone, Debug)]
pub struct Journal {
    s3: Client,
    bucket: String,
}

/// Names a change that was made, or is about to be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FixId(String);

/// What the journal's name of a change tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub id: FixId,
    /// When it was begun.
    pub time: Timestamp,
    /// What was changed.
    pub done: Done,
}

/// What was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// By `heal`.
    Healed(PastChange),
    /// By an operator, who took a restored mapping of this key away again.
    RolledBack {
        /// The session tag's key.
        key: String,
    },
}

/// Why a change was not made. Nobody has to guess: nothing was sent, or AWS answered that it did not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WhyNotMade {
    /// AWS refused it.
    Refused,
    /// The last look before it said no.
    Stopped,
}

impl WhyNotMade {
    /// Its name in object names.
    pub(crate) fn name(self) -> &'static str {
        match self {
            WhyNotMade::Refused => "refused",
            WhyNotMade::Stopped => "stopped",
        }
    }

    fn read(text: &str) -> Option<WhyNotMade> {
        [WhyNotMade::Refused, WhyNotMade::Stopped].into_iter().find(|why| why.name() == text)
    }
}

/// The two objects of a change that may have been made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Written before it.
    Snapshots,
    /// Written after it.
    Fixes,
}

impl Kind {
    /// What names of these objects begin with.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Kind::Snapshots => "snapshots/",
            Kind::Fixes => "fixes/",
        }
    }
}

/// An object's version: its ETag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version(pub(crate) String);

/// Whether a conditional write went through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    Yes(Version),
    /// The object is not what the condition says.
    Conflict,
}

/// What a conditional write demands.
#[derive(Clone, Debug)]
pub(crate) enum Only<'a> {
    IfAbsent,
    IfStill(&'a Version),
}

impl FixId {
    /// The name of a change that is made now.
    pub fn new(change: &Change, now: Timestamp) -> FixId {
        let time = object_time(now);
        FixId(match change {
            Change::RestoreMapping { key, source: _ } => format!("{time}/restore_mapping/{}", encode(key)),
            Change::Reprovision { permission_set, account, name: _, policy_digest: _ } => {
                let id = last_part(permission_set);
                format!("{time}/provision/{account}/{}", encode(id))
            }
        })
    }

    /// The name of a rollback that is made now.
    pub(crate) fn of_rollback(key: &str, now: Timestamp) -> FixId {
        FixId(format!("{}/roll_back/{}", object_time(now), encode(key)))
    }

    /// Reads a name, as it is printed, or as that of an object; none where it is none.
    pub fn parse(text: &str) -> Option<FixId> {
        let name = text.strip_prefix(Kind::Fixes.prefix()).unwrap_or(text);
        let id = FixId(name.strip_suffix(".json").unwrap_or(name).to_owned());
        id.entry().map(|entry| entry.id)
    }

    /// What the name tells.
    pub(crate) fn entry(&self) -> Option<Entry> {
        let (time, change) = self.0.split_once('/')?;
        let time = jiff::civil::DateTime::strptime(TIME, time).ok()?;
        let time = TimeZone::UTC.to_timestamp(time).ok()?;
        let decoded = |text: &str| Some(percent_decode_str(text).decode_utf8().ok()?.into_owned());
        let done = match change.split_once('/')? {
            ("restore_mapping", key) => Done::Healed(PastChange::RestoredMapping { key: decoded(key)? }),
            ("provision", target) => {
                let (account, id) = target.split_once('/')?;
                let (account, permission_set_id) = (account.to_owned(), decoded(id)?);
                Done::Healed(PastChange::Reprovisioned { account, permission_set_id })
            }
            ("roll_back", key) => Done::RolledBack { key: decoded(key)? },
            _ => return None,
        };
        Some(Entry { id: self.clone(), time, done })
    }

    /// The object of this name.
    pub(crate) fn object(&self, kind: Kind) -> String {
        format!("{}{}.json", kind.prefix(), self.0)
    }

    /// The object that says that it was not made.
    pub(crate) fn not_made(&self, why: WhyNotMade) -> String {
        format!("{NOT_MADE}{}/{}.json", self.0, why.name())
    }

    /// As it is written in object names.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const NOT_MADE: &str = "not_made/";

/// Times in object names: sortable, with milliseconds, without colons.
const TIME: &str = "%Y%m%dT%H%M%S%.3fZ";

/// A time, as names of objects have it.
pub(crate) fn object_time(time: Timestamp) -> String {
    TimeZone::UTC.to_datetime(time).strftime(TIME).to_string()
}

/// Reads a time from the name of an object.
pub(crate) fn read_object_time(text: &str) -> Option<Timestamp> {
    let time = jiff::civil::DateTime::strptime(TIME, text).ok()?;
    TimeZone::UTC.to_timestamp(time).ok()
}

const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, KEPT).to_string()
}

impl Journal {
    pub(crate) fn new(s3: Client, bucket: &str) -> Journal {
        Journal { s3, bucket: bucket.to_owned() }
    }

    pub(crate) fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Fixes that a session may be older than whose call is no older than this.
    pub(crate) async fn fixes_that_matter(
        &self,
        now: Timestamp,
        oldest: SignedDuration,
    ) -> Result<Vec<PastFix>, AwsError> {
        let entries = self.since(Kind::Fixes, now - oldest - SESSION_LIFE).await?;
        let healed = entries.into_iter().filter_map(|entry| match entry.done {
            Done::Healed(change) => Some(PastFix { time: entry.time, change }),
            Done::RolledBack { .. } => None,
        });
        Ok(healed.collect())
    }

    /// Changes that were begun, or made, since a time.
    pub(crate) async fn since(&self, kind: Kind, time: Timestamp) -> Result<Vec<Entry>, AwsError> {
        let names = self.names_since(kind.prefix(), time).await?;
        let id =
            |name: &String| Some(FixId(name.strip_prefix(kind.prefix())?.strip_suffix(".json")?.to_owned()));
        Ok(names.iter().filter_map(|name| id(name)?.entry()).collect())
    }

    /// Changes that were begun since a time and not made.
    pub(crate) async fn not_made_since(&self, time: Timestamp) -> Result<Vec<(Entry, WhyNotMade)>, AwsError> {
        let names = self.names_since(NOT_MADE, time).await?;
        let read = |name: &String| {
            let (id, why) = name.strip_prefix(NOT_MADE)?.strip_suffix(".json")?.rsplit_once('/')?;
            Some((FixId(id.to_owned()).entry()?, WhyNotMade::read(why)?))
        };
        Ok(names.iter().filter_map(read).collect())
    }

    pub(crate) async fn names_since(&self, prefix: &str, time: Timestamp) -> Result<Vec<String>, AwsError> {
        self.list(prefix, Some(format!("{prefix}{}", object_time(time)))).await
    }

    /// Names of the objects in a folder.
    pub(crate) async fn names(&self, folder: &str) -> Result<Vec<String>, AwsError> {
        self.list(folder, None).await
    }

    async fn list(&self, prefix: &str, after: Option<String>) -> Result<Vec<String>, AwsError> {
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
        }
        Ok(names)
    }

    pub(crate) async fn get(&self, name: &str) -> Result<Option<(Json, Version)>, AwsError> {
        let operation = "s3:GetObject";
        let answer = match self.s3.get_object().bucket(&self.bucket).key(name).send().await {
            Ok(answer) => answer,
            Err(error) if has_code(&error, "NoSuchKey") => return Ok(None),
            Err(error) => return Err(AwsError::new(operation, &error)),
        };
        let version = answer.e_tag().map(|tag| Version(tag.to_owned()));
        let version = version.ok_or_else(|| AwsError::incomplete(operation))?;
        let bytes = answer.body.collect().await.map_err(|_| AwsError::incomplete(operation))?;
        // An object that is no JSON is there all the same.
        Ok(Some((serde_json::from_slice(&bytes.into_bytes()).unwrap_or(Json::Null), version)))
    }

    /// Puts an object that nobody else can have put: where the condition does not hold and exactly this object lies there,
    /// an attempt of ours whose answer was lost put it, and S3 answered 412 to the SDK's next one.
    pub(crate) async fn put_own(
        &self,
        name: &str,
        object: &Json,
        only: Only<'_>,
    ) -> Result<Written, AwsError> {
        if let Written::Yes(version) = self.put(name, object, only).await? {
            return Ok(Written::Yes(version));
        }
        Ok(match self.get(name).await? {
            Some((there, version)) if there == *object => Written::Yes(version),
            _ => Written::Conflict,
        })
    }

    pub(crate) async fn put(&self, name: &str, object: &Json, only: Only<'_>) -> Result<Written, AwsError> {
        let body = ByteStream::from(object.to_string().into_bytes());
        let call =
            self.s3.put_object().bucket(&self.bucket).key(name).content_type("application/json").body(body);
        let call = match only {
            Only::IfAbsent => call.if_none_match("*"),
            Only::IfStill(version) => call.if_match(&version.0),
        };
        match call.send().await {
            Ok(answer) => {
                let version = answer.e_tag.ok_or_else(|| AwsError::incomplete("s3:PutObject"))?;
                Ok(Written::Yes(Version(version)))
            }
            // 412 where the object is another one, 409 where somebody else writes at the same time.
            Err(error)
                if matches!(
                    error.code(),
                    Some("PreconditionFailed" | "ConditionalRequestConflict" | "NoSuchKey")
                ) =>
            {
                Ok(Written::Conflict)
            }
            Err(error) => Err(AwsError::new("s3:PutObject", &error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tagmend_diagnosis::attribute_source::AttributeSource;

    #[test]
    fn a_name_tells_time_and_change() {
        let now: Timestamp = "2026-11-23T22:19:25.123Z".parse().unwrap();
        let source = AttributeSource::parse("${path:title}").unwrap();
        let id = FixId::new(&Change::RestoreMapping { key: "cost/center é".to_owned(), source }, now);
        assert_eq!(id.as_str(), "20261123T221925.123Z/restore_mapping/cost%2Fcenter%20%C3%A9");
        let done = Done::Healed(PastChange::RestoredMapping { key: "cost/center é".to_owned() });
        assert_eq!(id.entry(), Some(Entry { id: id.clone(), time: now, done }));
        let rollback = FixId::of_rollback("cost/center é", now);
        let done = Done::RolledBack { key: "cost/center é".to_owned() };
        assert_eq!(rollback.entry(), Some(Entry { id: rollback.clone(), time: now, done }));
        for text in [id.as_str().to_owned(), id.object(Kind::Fixes)] {
            assert_eq!(FixId::parse(&text), Some(id.clone()));
        }
        for why in [WhyNotMade::Refused, WhyNotMade::Stopped] {
            let name = id.not_made(why);
            let folder = format!("not_made/{}/", id.as_str());
            assert_eq!(name.strip_prefix(&folder), Some(format!("{}.json", why.name()).as_str()));
            assert_eq!(WhyNotMade::read(why.name()), Some(why));
        }
        for text in ["", "lease", "20261123T221925.123Z/other/x", "20261123T221925.123Z", "../lease"] {
            assert_eq!(FixId::parse(text), None);
        }
    }
}
