//! Writes of somebody else to the list of mappings, as CloudTrail tells them.
//!
//! The list has no version, so a write of ours that follows somebody else's within a moment replaces it, and no read can
//! tell afterwards: both lists looked right. CloudTrail has both. Its record of the other write comes as an event, and is
//! compared with the time in which we wrote and with what is there now.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use tagmend_diagnosis::{AccessControl, AttributeMapping, Baseline};

use crate::aws::aws_error::AwsError;
use crate::journal::lease;
use crate::journal::{Entry, FixId, ObjectKind};
use crate::read::observe::{self, Reader};

/// The calls that write the list, as CloudTrail names them.
const WRITES: [&str; 2] = [
    "CreateInstanceAccessControlAttributeConfiguration",
    "UpdateInstanceAccessControlAttributeConfiguration",
];
/// It turns attributes for access control off and deletes every mapping. Source: its page in the API reference.
const DELETES: &str = "DeleteInstanceAccessControlAttributeConfiguration";
/// CloudTrail tells seconds, and clocks differ.
const SLACK: SignedDuration = SignedDuration::from_secs(3);
/// The longest that a run may write after its snapshot: as long as its lease.
const LONGEST: SignedDuration = lease::LIFE;

/// A write of somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignWrite {
    /// When.
    pub time: Timestamp,
    /// What they left behind.
    pub left: Left,
}

/// What a write of somebody else left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// This list.
    List(Vec<AttributeMapping>),
    /// A list that the record does not show.
    Hidden,
    /// No list: attributes for access control are off, for everybody.
    Nothing,
}

impl Left {
    /// The list, empty where there is none; none where nobody knows.
    fn list(&self) -> Option<&[AttributeMapping]> {
        match self {
            Left::List(list) => Some(list),
            Left::Nothing => Some(&[]),
            Left::Hidden => None,
        }
    }
}

/// When somebody turned attributes for access control off.
pub fn turned_off(writes: &[ForeignWrite]) -> Vec<Timestamp> {
    writes.iter().filter(|write| write.left == Left::Nothing).map(|write| write.time).collect()
}

/// What became of a write of somebody else that ours met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overwritten {
    /// Ours may have replaced it.
    Perhaps {
        /// Ours; its snapshot has the list before.
        fix: FixId,
        /// When somebody else wrote.
        written: Timestamp,
        /// Keys that are not there, or are there again, other than they wrote; none where the record does not show what
        /// they wrote.
        keys: Vec<String>,
    },
    /// Nobody could look.
    Unchecked(AwsError),
}

/// The writes of somebody else in an EventBridge event.
pub fn foreign_write(event: &Json, baseline: &Baseline) -> Option<ForeignWrite> {
    let record = event.get("detail")?;
    let text = |path: &str| record.pointer(path).and_then(Json::as_str);
    let name = text("/eventName")?;
    let is_write = name == DELETES || WRITES.contains(&name);
    let is_elsewhere =
        text("/requestParameters/instanceArn").is_some_and(|instance| instance != baseline.instance_arn);
    if !is_write || is_elsewhere || record.get("errorCode").is_some_and(|code| !code.is_null()) {
        return None;
    }
    if baseline.is_own_call(record) {
        return None;
    }
    let time = text("/eventTime")?.parse().ok()?;
    let left = match record.get("requestParameters").and_then(mappings) {
        _ if name == DELETES => Left::Nothing,
        Some(list) => Left::List(list),
        None => Left::Hidden,
    };
    Some(ForeignWrite { time, left })
}

/// No page shows this record; CloudTrail begins the names of parameters with a small letter.
fn mappings(parameters: &Json) -> Option<Vec<AttributeMapping>> {
    let list = parameters.pointer("/instanceAccessControlAttributeConfiguration/accessControlAttributes")?;
    let mapping = |attribute: &Json| {
        Some(AttributeMapping {
            key: attribute.get("key")?.as_str()?.to_owned(),
            source: attribute.pointer("/value/source/0")?.as_str()?.to_owned(),
        })
    };
    list.as_array()?.iter().map(mapping).collect()
}

impl Reader {
    /// Which of these writes one of ours may have replaced. Nothing is read for none.
    pub async fn overwritten(&self, writes: &[ForeignWrite], baseline: &Baseline) -> Vec<Overwritten> {
        let Some(first) = writes.iter().map(|write| write.time).min() else {
            return Vec::new();
        };
        match self.try_overwritten(first, writes, baseline).await {
            Ok(overwritten) => overwritten,
            Err(error) => vec![Overwritten::Unchecked(error)],
        }
    }

    async fn try_overwritten(
        &self,
        first: Timestamp,
        writes: &[ForeignWrite],
        baseline: &Baseline,
    ) -> Result<Vec<Overwritten>, AwsError> {
        let begun = self.journal().since(ObjectKind::Snapshots, first - LONGEST - SLACK).await?;
        let not_made = self.journal().not_made_since(first - LONGEST - SLACK).await?;
        let is_made = |entry: &Entry| !not_made.iter().any(|(not_made, _)| not_made.id == entry.id);
        let mut overwritten = Vec::new();
        let mut live = None;
        for entry in begun.into_iter().filter(is_made) {
            let begins = entry.time - SLACK;
            let within =
                |write: &&ForeignWrite, end: Timestamp| begins <= write.time && write.time <= end + SLACK;
            let near: Vec<&ForeignWrite> =
                writes.iter().filter(|write| within(write, entry.time + LONGEST)).collect();
            if near.is_empty() {
                continue;
            }
            let ended = self.ended(&entry.id).await?.unwrap_or(entry.time + LONGEST);
            for write in near.into_iter().filter(|write| within(write, ended)) {
                let live = match &live {
                    Some(live) => live,
                    None => {
                        live.insert(observe::access_control(self.clients(), &baseline.instance_arn).await?)
                    }
                };
                let written = write.left.list();
                let keys = match written {
                    Some(written) => differing(written, &self.before(&entry.id).await?, live),
                    None => Vec::new(),
                };
                if written.is_none() || !keys.is_empty() {
                    overwritten.push(Overwritten::Perhaps {
                        fix: entry.id.clone(),
                        written: write.time,
                        keys,
                    });
                }
            }
        }
        Ok(overwritten)
    }

    /// The list that a change of ours was made for; empty where it changed none.
    async fn before(&self, id: &FixId) -> Result<Vec<AttributeMapping>, AwsError> {
        let snapshot = self.journal().get(&id.object(ObjectKind::Snapshots)).await?;
        let list = snapshot.as_ref().and_then(|(snapshot, _)| snapshot.pointer("/before/attribute_mappings"));
        let mapping = |mapping: &Json| {
            let text = |name: &str| mapping.get(name).and_then(Json::as_str).map(str::to_owned);
            Some(AttributeMapping { key: text("key")?, source: text("source")? })
        };
        let mappings = list.and_then(Json::as_array).into_iter().flatten();
        Ok(mappings.filter_map(mapping).collect())
    }

    /// When a change ended; none where nobody recorded it.
    async fn ended(&self, id: &FixId) -> Result<Option<Timestamp>, AwsError> {
        let fix = self.journal().get(&id.object(ObjectKind::Fixes)).await?;
        Ok(fix.and_then(|(fix, _)| fix.get("ended")?.as_str()?.parse().ok()))
    }
}

/// Keys that they wrote and that are not there, and keys that they took away and that are there again as they were.
fn differing(written: &[AttributeMapping], before: &[AttributeMapping], live: &AccessControl) -> Vec<String> {
    let is_there = |mapping: &AttributeMapping| match live {
        AccessControl::Enabled(live) => live.contains(mapping),
        AccessControl::Disabled | AccessControl::Pending => false,
    };
    let gone = written.iter().filter(|mapping| !is_there(mapping));
    let back = before.iter().filter(|mapping| is_there(mapping) && !written.contains(mapping));
    gone.chain(back).map(|mapping| mapping.key.clone()).collect()
}
