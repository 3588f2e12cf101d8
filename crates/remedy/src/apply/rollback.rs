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
pub use super::since_the_fix::History;
use super::since_the_fix::{Since, mappings_of, since};
use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;
use crate::aws::clock::RunTime;
use crate::journal::begun;
use crate::journal::lease;
use crate::journal::{Done, FixId, Journal, ObjectKind, SCHEMA, is_known};
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
    /// Whether it is known that nobody else took the mapping away and put it back since the fix, or somebody says so.
    is_ours: bool,
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

    /// Whether it may be taken away. If not, nobody knows whether somebody else took it away and put it back since.
    pub fn is_ours(&self) -> bool {
        self.is_ours
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
    /// A run found it in place and does not know that its write made it: a person may have.
    MakerNotKnown,
    /// The mapping is not there, or has another source.
    NotThere,
    /// Tagmend restored it again since, as this fix.
    RestoredAgain(FixId),
    /// Somebody else took it away and put it back since: it is theirs.
    PutBackByOthers,
    /// Nobody knows whether somebody else took it away and put it back since.
    HistoryNotKnown,
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
                "a run found the mapping in place, and AWS did not say that its write made it: a person may have. Ask, and take it \
                 away by hand",
            ),
            WhyNot::NotThere => formatter.write_str("the mapping is not there, or has another source"),
            WhyNot::RestoredAgain(later) => {
                write!(formatter, "Tagmend restored it again since; undo {} instead", later.as_str())
            }
            WhyNot::PutBackByOthers => formatter.write_str(
                "somebody else took the mapping away and put it back since the fix: it is theirs. Ask, and take it away by hand",
            ),
            WhyNot::HistoryNotKnown => formatter.write_str(
                "the journal does not tell whether somebody else took the mapping away and put it back since the fix. \
                 CloudTrail does: --writes with its records of UpdateInstanceAccessControlAttributeConfiguration since then; \
                 or --nobody-else, if you know it",
            ),
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
    history: &History,
) -> Result<Undo, AwsError> {
    let journal = Journal::new(clients.s3.clone(), journal_bucket);
    let Some((object, _)) = journal.get(&fix.object(ObjectKind::Fixes)).await? else {
        return Ok(Undo::Impossible(WhyNot::NoSuchFix));
    };
    if !is_known(&object) {
        return Ok(Undo::Impossible(WhyNot::Refused(Refusal::JournalNotUnderstood)));
    }
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
    if object.get("recovered") == Some(&Json::Bool(true)) || was_not_made(&journal, fix).await? {
        return Ok(Undo::Impossible(WhyNot::MakerNotKnown));
    }
    if !mappings_of(&object, "after").is_some_and(|left| left.contains(&mapping)) {
        return Ok(Undo::Impossible(WhyNot::StateNotKnown));
    }
    let before = observe::access_control(clients, &baseline.instance_arn).await?;
    if !matches!(&before, AccessControl::Enabled(live) if live.contains(&mapping)) {
        return Ok(Undo::Impossible(WhyNot::NotThere));
    }
    let is_ours = match since(&journal, fix, object.get("fencing"), &mapping, history).await? {
        Since::Ours => true,
        Since::NotKnown => false,
        Since::RestoredAgain(later) => return Ok(Undo::Impossible(WhyNot::RestoredAgain(later))),
        Since::PutBackByOthers => return Ok(Undo::Impossible(WhyNot::PutBackByOthers)),
    };
    Ok(Undo::Possible(Removal { is_ours, fix: fix.clone(), mapping, before }))
}

/// Whether a run closed it as not made. Versions before 26 November 2026 do not know that, and record it as theirs where
/// they find the mapping in place.
pub(super) async fn was_not_made(journal: &Journal, fix: &FixId) -> Result<bool, AwsError> {
    let Some(entry) = fix.entry() else { return Ok(false) };
    Ok(journal.not_made_since(entry.time).await?.iter().any(|(not_made, _)| not_made.id == *fix))
}

impl Writer {
    /// Undoes a fix, if what it made is there and nobody else's.
    ///
    /// # Errors
    /// Where AWS does not answer. An answer to the write that was lost is no error: the list is read again.
    pub async fn roll_back(
        &self,
        fix: &FixId,
        history: &History,
        baseline: &Baseline,
        time: RunTime,
    ) -> Result<RolledBack, AwsError> {
        match self.try_roll_back(fix, history, baseline, time).await {
            Ok(rolled_back) => Ok(rolled_back),
            Err(Stop::Refused(refusal)) => Ok(RolledBack::Not(WhyNot::Refused(refusal))),
            Err(Stop::Aws(error)) => Err(error),
        }
    }

    async fn try_roll_back(
        &self,
        fix: &FixId,
        history: &History,
        baseline: &Baseline,
        time: RunTime,
    ) -> Result<RolledBack, Stop> {
        let (is_begun, found) =
            futures::try_join!(begun::is_begun(&self.journal), lease::look(&self.journal))?;
        if !is_begun {
            return Err(Stop::Refused(Refusal::JournalNotBegun));
        }
        let lease = self.take(found, time.clock.now()).await?;
        let scope = LeasedRun::new(self, baseline, lease, time);
        let rolled_back = scope.roll_back(fix, history).await;
        scope.end().await;
        rolled_back
    }
}

impl LeasedRun<'_> {
    async fn roll_back(&self, fix: &FixId, history: &History) -> Result<RolledBack, Stop> {
        let writer = self.writer;
        self.goes_on_after(&writer.past(self.now()).await?);
        let undo = look_at(&writer.clients, writer.journal.bucket(), self.baseline, fix, history).await?;
        let removal = match undo {
            Undo::Possible(removal) if !removal.is_ours => {
                return Ok(RolledBack::Not(WhyNot::HistoryNotKnown));
            }
            Undo::Possible(removal) => removal,
            Undo::Impossible(why) => return Ok(RolledBack::Not(why)),
        };
        let next = removal.shorter().ok_or(Stop::Refused(Refusal::StateChanged))?;
        self.has(LENGTH)?;
        let now = self.naming_time();
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
        let sent = match self.replace(Authority::Operator, &removal.before, &next, None).await {
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
        let seen = match (sent, verified) {
            (Sent::Unclear(error), false) => return Err(error.into()),
            (Sent::Unclear(_), true) => Seen::InPlace,
            (Sent::Answered, true) => Seen::ItsRun,
            (Sent::Answered, false) => Seen::Nobody,
        };
        let after = list_json(&after.unwrap_or(AccessControl::Pending));
        self.made(&begun, after, seen);
        Ok(if verified { RolledBack::Done(begun.id) } else { RolledBack::Unverified(begun.id) })
    }
}
