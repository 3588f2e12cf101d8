//! The index follows events: whoever writes a permission set changes what one entry of the index says.
//!
//! A record of CloudTrail chooses which permission set is looked at, and nothing more: the entry is what AWS says now. It is
//! done after healing, in the time that is left. A look that fails leaves the entry as it is, with its time, and the record
//! comes again. `watch` looks at everything in its turn, whatever events tell.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use tagmend_diagnosis::{Baseline, clocks::APART};

use crate::aws::aws_error::AwsError;
use crate::aws::clients::Clients;
use crate::aws::clock::RunTime;
use crate::journal::index::{Index, IndexedPermissionSet, NAME};
use crate::journal::{Journal, Precondition, PutResult};
use crate::read::indexed::indexed;

/// The calls that write a permission set, as CloudTrail names them. Source: the actions of the Identity Center API reference.
const WRITES: [&str; 12] = [
    "AttachCustomerManagedPolicyReferenceToPermissionSet",
    "AttachManagedPolicyToPermissionSet",
    "CreatePermissionSet",
    "DeleteInlinePolicyFromPermissionSet",
    "DeletePermissionSet",
    "DeletePermissionsBoundaryFromPermissionSet",
    "DetachCustomerManagedPolicyReferenceFromPermissionSet",
    "DetachManagedPolicyFromPermissionSet",
    "ProvisionPermissionSet",
    "PutInlinePolicyToPermissionSet",
    "PutPermissionsBoundaryToPermissionSet",
    "UpdatePermissionSet",
];
/// What has to be left for the ledger and the metrics when a look begins: it may take fifteen seconds.
const RESERVE: SignedDuration = SignedDuration::from_secs(20);
/// So often the entries are put into an index that somebody else wrote meanwhile.
const TRIES: usize = 5;

/// A permission set that somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedPermissionSet {
    /// Its ARN.
    pub arn: String,
    /// When that was.
    pub time: Timestamp,
}

/// What became of its entry in the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Followed {
    /// It was looked at after the write already.
    UpToDate,
    /// It is as AWS says now.
    Refreshed,
    /// The permission set is deleted, and so is the entry.
    Gone,
    /// There is no index yet: `watch` builds it.
    NoIndex,
    /// No time was left to look.
    NotAsked,
    /// AWS or the journal did not answer; the entry is as old as it was.
    Unanswered(AwsError),
}

impl Followed {
    /// Whether the record has to come again.
    pub fn is_unfinished(&self) -> bool {
        matches!(self, Followed::NotAsked | Followed::Unanswered(_))
    }

    /// Its name in the log.
    pub fn name(&self) -> &'static str {
        match self {
            Followed::UpToDate => "up to date",
            Followed::Refreshed => "refreshed",
            Followed::Gone => "gone",
            Followed::NoIndex => "no index",
            Followed::NotAsked => "not asked",
            Followed::Unanswered(_) => "unanswered",
        }
    }
}

/// The permission set of this instance that an EventBridge event says was written.
pub fn changed_permission_set(event: &Json, baseline: &Baseline) -> Option<ChangedPermissionSet> {
    let record = event.get("detail")?;
    let text = |path: &str| record.pointer(path).and_then(Json::as_str);
    let is_write = text("/eventSource")? == "sso.amazonaws.com" && WRITES.contains(&text("/eventName")?);
    if !is_write || record.get("errorCode").is_some_and(|code| !code.is_null()) {
        return None;
    }
    // One that is made has its ARN in the answer, as public records show; no page shows the others.
    let arn = text("/requestParameters/permissionSetArn")
        .or_else(|| text("/responseElements/permissionSet/permissionSetArn"))?;
    let prefix = baseline.instance_arn.replacen(":instance/", ":permissionSet/", 1) + "/";
    if !arn.starts_with(&prefix) {
        return None;
    }
    Some(ChangedPermissionSet { arn: arn.to_owned(), time: text("/eventTime")?.parse().ok()? })
}

/// Keeps the index up with events.
#[derive(Clone, Debug)]
pub struct Follower {
    clients: Clients,
    journal: Journal,
}

/// What a look showed.
enum Look {
    Seen(IndexedPermissionSet),
    Gone(Timestamp),
}

impl Follower {
    /// For the journal in this bucket.
    pub fn new(clients: Clients, journal_bucket: &str) -> Follower {
        let journal = Journal::new(clients.s3.clone(), journal_bucket);
        Follower { clients, journal }
    }

    /// Looks at permission sets that were written, each once, and replaces their entries. Nothing is read for none.
    pub async fn follow(
        &self,
        changed: &[ChangedPermissionSet],
        baseline: &Baseline,
        time: RunTime,
    ) -> BTreeMap<String, Followed> {
        let mut latest: BTreeMap<&str, Timestamp> = BTreeMap::new();
        for set in changed {
            let known = latest.entry(&set.arn).or_insert(set.time);
            *known = set.time.max(*known);
        }
        if latest.is_empty() {
            return BTreeMap::new();
        }
        let all = |followed: &Followed| {
            latest.keys().map(|arn| ((*arn).to_owned(), followed.clone())).collect::<BTreeMap<_, _>>()
        };
        let index = match Index::read(&self.journal).await {
            Ok(Some(index)) => index,
            Ok(None) => return all(&Followed::NoIndex),
            Err(error) => return all(&Followed::Unanswered(error)),
        };
        let mut looks = BTreeMap::new();
        let mut followed = BTreeMap::new();
        for (arn, written) in &latest {
            let arn = (*arn).to_owned();
            let seen = index.permission_sets.get(&arn).map(|set| set.time);
            let seen = seen.or_else(|| index.gone.get(&arn).copied());
            if seen.is_some_and(|seen| seen > *written + APART) {
                followed.insert(arn, Followed::UpToDate);
                continue;
            }
            if !time.has(RESERVE) {
                followed.insert(arn, Followed::NotAsked);
                continue;
            }
            let now = time.clock.now();
            match indexed(&self.clients, &baseline.instance_arn, &arn, now).await {
                Ok(set) => {
                    looks.insert(arn, Look::Seen(set));
                }
                Err(error) if error.code == "ResourceNotFoundException" => {
                    looks.insert(arn, Look::Gone(now));
                }
                Err(error) => {
                    followed.insert(arn, Followed::Unanswered(error));
                }
            }
        }
        let kept = if looks.is_empty() { Ok(()) } else { self.keep(&looks).await };
        followed.extend(looks.into_iter().map(|(arn, look)| {
            let followed = match (&kept, look) {
                (Err(error), _) => Followed::Unanswered(error.clone()),
                (Ok(()), Look::Seen(_)) => Followed::Refreshed,
                (Ok(()), Look::Gone(_)) => Followed::Gone,
            };
            (arn, followed)
        }));
        followed
    }

    /// Replaces these entries and no other, in the index as it is by now.
    async fn keep(&self, looks: &BTreeMap<String, Look>) -> Result<(), AwsError> {
        for _ in 0..TRIES {
            let Some((object, version)) = self.journal.get(NAME).await? else {
                // It was taken away meanwhile: `watch` builds another one.
                return Ok(());
            };
            let Some(mut index) = Index::of(object) else {
                return Ok(());
            };
            for (arn, look) in looks {
                match look {
                    Look::Seen(set) => index.learn(arn, set.clone()),
                    Look::Gone(now) => index.forget(arn, *now),
                }
            }
            let index = serde_json::to_value(&index).map_err(|_| AwsError::incomplete("s3:PutObject"))?;
            let written = self.journal.put(NAME, &index, Precondition::IfStill(&version)).await?;
            if written != PutResult::Conflict {
                return Ok(());
            }
        }
        Err(AwsError::incomplete("s3:PutObject"))
    }
}
