//! Takes one restored mapping away again, on an operator's word: the one place that writes a shorter list.
//!
//! Never done by `heal`. It needs the lease and a snapshot as every write does, and works under a hold, which stops plans
//! and not people.

use std::fmt;

use serde_json::{Value as Json, json};
use tagmend_diagnosis::{AccessControl, AttributeMapping, Baseline, PastChange};

use super::Writer;
use super::leased_run::{Authority, LeasedRun, Seen};
use super::list::{LENGTH, NextList, Sent, json as list_json, same_mappings};
use super::outcome::{Refusal, Stop};
use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;
use crate::aws::clock::RunTime;
use crate::journal::lease;
use crate::journal::{Done, FixId, Journal, ObjectKind, SCHEMA};
use crate::read::observe;

/// What undoing a fix would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undo {
    /// This mapping is taken away.
    Possible(Removal),
    /// It cannot be undone.
    Impossible(WhyNot),
}

/// One mapping to be taken away; only [`look_at`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    fix: FixId,
    mapping: AttributeMapping,
    before: AccessControl,
}

impl Removal {
    /// The session tag's key.
    pub fn key(&self) -> &str {
        &self.mapping.key
    }

    /// The expression.
    pub fn source(&self) -> &str {
        &self.mapping.source
    }

    /// Everything that is there but the one mapping.
    fn shorter(&self) -> Option<NextList> {
        let AccessControl::Enabled(live) = &self.before else {
            return None;
        };
        let rest: Vec<AttributeMapping> =
            live.iter().filter(|mapping| **mapping != self.mapping).cloned().collect();
        (rest.len() + 1 == live.len()).then_some(NextList(rest))
    }
}

/// Why a fix is not undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyNot {
    /// The journal has no such fix.
    NoSuchFix,
    /// AWS has no way back from provisioning.
    Provisioning {
        /// The permission set's ARN.
        permission_set: String,
        /// The account.
        account: String,
    },
    /// It is a rollback itself.
    IsARollback,
    /// The journal does not say what state the fix left.
    StateNotKnown,
    /// The run that began it did not record it, and a later one found it in place: a person may have made it.
    MakerNotKnown,
    /// The state is not the one that the fix left.
    StateChanged {
        /// Keys that are there now and were not, or have another source.
        appeared: Vec<String>,
        /// Keys that were there and are not, or have another source.
        gone: Vec<String>,
    },
    /// The writer was stopped.
    Refused(Refusal),
}

impl fmt::Display for WhyNot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WhyNot::NoSuchFix => formatter.write_str("the journal has no such fix"),
            WhyNot::Provisioning { permission_set, account } => write!(
                formatter,
                "provisioning has no way back: AWS keeps no earlier version.\n\
                 1. tagmend hold\n\
                 2. Put the earlier policies into {permission_set}, from git\n\
                 3. aws sso-admin provision-permission-set --target-type AWS_ACCOUNT --target-id {account} \
                 --permission-set-arn {permission_set} --instance-arn ...\n\
                 4. Correct the digest in the baseline, deploy it, and then: tagmend resume"
            ),
            WhyNot::IsARollback => formatter.write_str("it is a rollback; a denial or `replay` restores the mapping"),
            WhyNot::StateNotKnown => formatter
                .write_str("the fix was never seen in place, so there is no state to compare with; the snapshot has the one before"),
            WhyNot::MakerNotKnown => formatter.write_str(
                "a later run found the mapping in place and recorded it; a person may have made it. Ask, and take it away by hand",
            ),
            WhyNot::StateChanged { appeared, gone } => {
                formatter.write_str("the mappings are not those that the fix left")?;
                if !appeared.is_empty() {
                    write!(formatter, "; new or changed: {}", appeared.join(", "))?;
                }
                if !gone.is_empty() {
                    write!(formatter, "; gone or changed: {}", gone.join(", "))?;
                }
                Ok(())
            }
            WhyNot::Refused(refusal) => refusal.fmt(formatter),
        }
    }
}

/// How a rollback went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RolledBack {
    /// The mapping was taken away, and is not seen any more; the journal's name of the rollback.
    Done(FixId),
    /// It was taken away and is still to be seen, or more is gone than that.
    Unverified(FixId),
    /// Nothing was written.
    Not(WhyNot),
}

/// Says what undoing a fix would be. Only reads.
///
/// # Errors
/// Where AWS does not answer.
pub async fn look_at(
    clients: &Clients,
    journal_bucket: &str,
    baseline: &Baseline,
    fix: &FixId,
) -> Result<Undo, AwsError> {
    let journal = Journal::new(clients.s3.clone(), journal_bucket);
    let Some((object, _)) = journal.get(&fix.object(ObjectKind::Fixes)).await? else {
        return Ok(Undo::Impossible(WhyNot::NoSuchFix));
    };
    let text = |path: &str| object.pointer(path).and_then(Json::as_str).unwrap_or_default().to_owned();
    match fix.entry().map(|entry| entry.done) {
        Some(Done::Healed(PastChange::RestoredMapping { .. })) => {}
        Some(Done::Healed(PastChange::Reprovisioned { account, .. })) => {
            let permission_set = text("/change/permission_set");
            return Ok(Undo::Impossible(WhyNot::Provisioning { permission_set, account }));
        }
        Some(Done::RolledBack { .. }) => return Ok(Undo::Impossible(WhyNot::IsARollback)),
        None => return Ok(Undo::Impossible(WhyNot::NoSuchFix)),
    }
    let mapping = AttributeMapping { key: text("/change/key"), source: text("/change/source") };
    if object.get("recovered") == Some(&Json::Bool(true)) {
        return Ok(Undo::Impossible(WhyNot::MakerNotKnown));
    }
    let left = match left_by(&object) {
        Some(left) if left.contains(&mapping) => left,
        _ => return Ok(Undo::Impossible(WhyNot::StateNotKnown)),
    };
    let before = observe::access_control(clients, &baseline.instance_arn).await?;
    if same_mappings(&before, &AccessControl::Enabled(left.clone())) {
        return Ok(Undo::Possible(Removal { fix: fix.clone(), mapping, before }));
    }
    let live = match before {
        AccessControl::Enabled(live) => live,
        AccessControl::Disabled | AccessControl::Pending => Vec::new(),
    };
    let keys = |these: &[AttributeMapping], those: &[AttributeMapping]| {
        these.iter().filter(|mapping| !those.contains(mapping)).map(|mapping| mapping.key.clone()).collect()
    };
    Ok(Undo::Impossible(WhyNot::StateChanged { appeared: keys(&live, &left), gone: keys(&left, &live) }))
}

/// The mappings that a fix left, as its object says.
fn left_by(fix: &Json) -> Option<Vec<AttributeMapping>> {
    let mappings = fix.pointer("/after/attribute_mappings")?.as_array()?;
    let mapping = |mapping: &Json| {
        let text = |name: &str| Some(mapping.get(name)?.as_str()?.to_owned());
        Some(AttributeMapping { key: text("key")?, source: text("source")? })
    };
    mappings.iter().map(mapping).collect()
}

impl Writer {
    /// Undoes a fix, if the state is still what the fix left.
    ///
    /// # Errors
    /// Where AWS does not answer. An answer to the write that was lost is no error: the list is read again.
    pub async fn roll_back(
        &self,
        fix: &FixId,
        baseline: &Baseline,
        time: RunTime,
    ) -> Result<RolledBack, AwsError> {
        let found = lease::look(&self.journal).await?;
        let Some(lease) = lease::take(&self.journal, found, time.clock.now()).await? else {
            return Ok(RolledBack::Not(WhyNot::Refused(Refusal::LeaseHeld)));
        };
        let scope = LeasedRun { writer: self, baseline, lease: &lease, time };
        let rolled_back = scope.roll_back(fix).await;
        lease::give_back(&self.journal, lease, time.clock.now()).await;
        match rolled_back {
            Ok(rolled_back) => Ok(rolled_back),
            Err(Stop::Refused(refusal)) => Ok(RolledBack::Not(WhyNot::Refused(refusal))),
            Err(Stop::Aws(error)) => Err(error),
        }
    }
}

impl LeasedRun<'_> {
    async fn roll_back(&self, fix: &FixId) -> Result<RolledBack, Stop> {
        let writer = self.writer;
        let undo = look_at(&writer.clients, writer.journal.bucket(), self.baseline, fix).await?;
        let removal = match undo {
            Undo::Possible(removal) => removal,
            Undo::Impossible(why) => return Ok(RolledBack::Not(why)),
        };
        let next = removal.shorter().ok_or(Stop::Refused(Refusal::StateChanged))?;
        self.has(LENGTH)?;
        let now = self.now();
        let id = FixId::of_rollback(removal.key(), now);
        let snapshot = json!({
            "schema": SCHEMA,
            "id": id.as_str(),
            "time": now.to_string(),
            "fencing": self.lease.fencing,
            "change": {
                "kind": "roll_back", "fix": removal.fix.as_str(),
                "key": removal.key(), "source": removal.source(),
            },
            "before": list_json(&removal.before),
        });
        let begun = self.snapshot(id, snapshot).await?;
        let sent = match self.replace(Authority::Operator, &removal.before, &next).await {
            Ok(sent) => sent,
            Err(not_made) => {
                self.close(&begun, &not_made).await;
                return Err(not_made.stop);
            }
        };
        let wanted = AccessControl::Enabled(next.0.clone());
        let is_right =
            |live: &[AttributeMapping]| same_mappings(&AccessControl::Enabled(live.to_vec()), &wanted);
        let (verified, after) = self.read_back(is_right).await;
        if let (Sent::Unclear(error), false) = (sent, verified) {
            return Err(error.into());
        }
        let after = list_json(&after.unwrap_or(AccessControl::Pending));
        self.record(&begun, &after, if verified { Seen::ItsRun } else { Seen::Nobody }).await;
        Ok(if verified { RolledBack::Done(begun.id) } else { RolledBack::Unverified(begun.id) })
    }
}
