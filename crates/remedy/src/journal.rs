//! The journal in S3: snapshots, fixes, the writer's lease, the hold.
//!
//! | object | what |
//! |---|---|
//! | `snapshots/ID.json` | the state before a change; written first, never overwritten |
//! | `fixes/ID.json` | a change that was made, with the state after it |
//! | `lease.json` | the one writer |
//! | `hold.json` | while it exists, nothing is written |
//! | `index.json` | which permission sets mention which session tags, by `watch` |
//! | `watch/part.json` | the part of the index that an unfinished run of `watch` came to |
//! | `watch/runs/TIME.json` | what a run of `watch` found |
//! | `approved/PERMISSION_SET_ID/DIGEST.json` | policies that were approved, by `tagmend baseline approve` |
//!
//! ID is `TIME/restore_mapping/KEY` or `TIME/provision/ACCOUNT/PERMISSION_SET_ID`, so that a listing tells time
//! and change, in order, without reading an object.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value as Json;
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

/// The two objects of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Written before it.
    Snapshots,
    /// Written after it.
    Fixes,
}

impl Kind {
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
        let time = now.to_zoned_string();
        FixId(match change {
            Change::RestoreMapping { key, source: _ } => format!("{time}/restore_mapping/{}", encode(key)),
            Change::Reprovision { permission_set, account, name: _, policy_digest: _ } => {
                let id = permission_set.rsplit('/').next().unwrap_or_default();
                format!("{time}/provision/{account}/{}", encode(id))
            }
        })
    }

    /// As it is written in object names.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Times in object names: sortable, with milliseconds, without colons.
trait ObjectTime {
    fn to_zoned_string(&self) -> String;
}

const TIME: &str = "%Y%m%dT%H%M%S%.3fZ";

impl ObjectTime for Timestamp {
    fn to_zoned_string(&self) -> String {
        TimeZone::UTC.to_datetime(*self).strftime(TIME).to_string()
    }
}

/// A time, as it stands in object names.
pub(crate) fn object_time(time: Timestamp) -> String {
    time.to_zoned_string()
}

const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

fn encode(text: &str) -> String {
    utf8_percent_encode(text, KEPT).to_string()
}

impl Journal {
    pub(crate) fn new(s3: Client, bucket: &str) -> Journal {
        Journal { s3, bucket: bucket.to_owned() }
    }

    /// Fixes that any session alive now may be older than.
    pub(crate) async fn fixes_of_session_life(&self, now: Timestamp) -> Result<Vec<PastFix>, AwsError> {
        self.since(Kind::Fixes, now - SESSION_LIFE).await
    }

    /// Changes that were begun, or made, since a time.
    pub(crate) async fn since(&self, kind: Kind, time: Timestamp) -> Result<Vec<PastFix>, AwsError> {
        let names = self.names_since(kind.prefix(), time).await?;
        Ok(names.iter().filter_map(|name| past_fix(name)).collect())
    }

    pub(crate) async fn names_since(&self, prefix: &str, time: Timestamp) -> Result<Vec<String>, AwsError> {
        let start = format!("{prefix}{}", time.to_zoned_string());
        let call = self.s3.list_objects_v2().bucket(&self.bucket).prefix(prefix).start_after(start);
        let mut pages = call.into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| AwsError::new("s3:ListBucket", &error))?;
            names.extend(page.contents.unwrap_or_default().into_iter().filter_map(|object| object.key));
        }
        Ok(names)
    }

    /// Whether somebody stopped all writing.
    pub(crate) async fn is_held(&self) -> Result<bool, AwsError> {
        Ok(self.get("hold.json").await?.is_some())
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

/// Reads `fixes/TIME/restore_mapping/KEY.json`.
pub(crate) fn past_fix(name: &str) -> Option<PastFix> {
    let (_, name) = name.strip_suffix(".json")?.split_once('/')?;
    let (time, change) = name.split_once('/')?;
    let time = jiff::civil::DateTime::strptime(TIME, time).ok()?;
    let change = match change.split_once('/')? {
        ("restore_mapping", key) => {
            PastChange::RestoredMapping { key: percent_decode_str(key).decode_utf8().ok()?.into_owned() }
        }
        ("provision", target) => {
            let (account, id) = target.split_once('/')?;
            PastChange::Reprovisioned {
                account: account.to_owned(),
                permission_set_id: percent_decode_str(id).decode_utf8().ok()?.into_owned(),
            }
        }
        _ => return None,
    };
    Some(PastFix { time: TimeZone::UTC.to_timestamp(time).ok()?, change })
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
        let expected =
            PastFix { time: now, change: PastChange::RestoredMapping { key: "cost/center é".to_owned() } };
        assert_eq!(past_fix(&format!("fixes/{}.json", id.as_str())), Some(expected));
    }
}
